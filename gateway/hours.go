package gateway

import (
	"fmt"
	"time"
)

// ParseClock reads "09:00" or "24:00".
func ParseClock(s string) (Clock, error) {
	var h, m int
	if n, err := fmt.Sscanf(s, "%d:%d", &h, &m); n != 2 || err != nil || h < 0 || m < 0 || m > 59 || h > 24 || h == 24 && m > 0 {
		return 0, fmt.Errorf("time of day %q: want HH:MM", s)
	}
	return Clock(h*60 + m), nil
}

func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// Next is the first moment at or after now that lies within the hours, in zone.
// Days are those of the calendar: across a change to summer time the opening is at
// the wall clock's hour, never skipped and never twice; when the clocks jump over an opening
// it is at the jump, and hours that they jump over whole are those of the next day.
func (h Hours) Next(now time.Time, zone *time.Location) time.Time {
	at, _ := NextMoment(now, 72*time.Hour, Within(h, zone)) // there is no day longer than that without them
	return at
}
