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
// the wall clock's hour, never skipped and never twice.
func (h Hours) Next(now time.Time, zone *time.Location) time.Time {
	if h.Any() || h.From == 0 && h.To == 24*60 {
		return now
	}
	local := now.In(zone)
	minute := Clock(local.Hour()*60 + local.Minute())
	inside := minute >= h.From && minute < h.To
	if h.From > h.To {
		inside = minute >= h.From || minute < h.To
	}
	if inside {
		return now
	}
	y, m, d := local.Date()
	open := time.Date(y, m, d, int(h.From)/60, int(h.From)%60, 0, 0, zone)
	if !open.After(now) {
		open = time.Date(y, m, d+1, int(h.From)/60, int(h.From)%60, 0, 0, zone)
	}
	return open
}
