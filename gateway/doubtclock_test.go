package gateway

import (
	"context"
	"testing"
	"time"
	"unsafe"

	"vestnik/device"
)

// upSince is a radio whose link came up at a time.
type upSince struct {
	device.Transport
	at time.Time
}

func (u upSince) Link() device.Link { return device.Link{State: device.LinkConnected, Since: u.at} }

// lastMove keeps what was written last.
type lastMove struct {
	Ledger
	change Change
}

func (l *lastMove) Move(_ context.Context, _ MessageID, _ State, c Change) (bool, error) {
	l.change = c
	return true, nil
}

// The internet and the time service come at the same moment: the link came up by a
// clock that was a year ahead, and was set right then.
func TestTheReceiptsOfALoginHaveAMinuteByWhateverClock(t *testing.T) {
	t.Parallel()
	now := time.Now()
	since := now
	// Its seconds stand above 30 bits of nanoseconds (package time, type Time); the monotonic reading stays.
	*(*uint64)(unsafe.Pointer(&since)) += uint64(365*24*time.Hour/time.Second) << 30
	since = since.Add(-20 * time.Second)
	ledger := &lastMove{}
	d := NewDispatcher(device.WhatsApp)
	d.Transport, d.Ledger, d.Topics = upSince{at: since}, ledger, &Topics{}
	m := Message{ID: 1, State: UnknownState, Channel: device.WhatsApp}
	for name, now := range map[string]time.Time{"steady": now, "from the ledger": now.Round(0)} {
		if err := d.resolveWhatsApp(t.Context(), m, Attempt{}, now); err != nil {
			t.Fatal(err)
		}
		if wait := ledger.change.ResolveAt.Round(0).Sub(now.Round(0)); wait < 39*time.Second || wait > 61*time.Second {
			t.Errorf("%s: it is looked at in %s", name, wait)
		}
	}
}
