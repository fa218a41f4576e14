package store

import (
	"context"
	"time"

	"vestnik/device"
)

// queryLookUpTimes reads the whole cache: it is asked once, when a mailing first needs a number after
// a start.
const queryLookUpTimes = `SELECT at FROM presence WHERE source = ? AND at >= ? ORDER BY at DESC LIMIT ?`

// LookUpTimes implements gateway.Counters.
func (s *Store) LookUpTimes(ctx context.Context, t time.Time, limit int) ([]time.Time, error) {
	return s.times(ctx, "read when numbers were looked up", queryLookUpTimes, string(device.FromDirectory), t.UnixMilli(), limit)
}
