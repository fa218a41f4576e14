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
// the wall clock's hour, never skipped and never twice; an opening that the clocks jump
// over is as long after the jump as it would have been without one.
func (h Hours) Next(now time.Time, zone *time.Location) time.Time {
	if h.Any() || h.From == 0 && h.To == 24*60 {
		return now
	}
	local := now.In(zone)
	if h.hold(local) {
		return now
	}
	open := h.opening(local, 0)
	if !open.After(now) {
		open = h.opening(local, 1)
	}
	if _, change := local.ZoneBounds(); !change.IsZero() && change.Before(open) && setBack(change, zone) && h.hold(change.In(zone)) {
		return change // an hour of these comes a second time
	}
	return open
}

// hold tells whether a wall clock's time lies within the hours.
func (h Hours) hold(local time.Time) bool {
	minute := Clock(local.Hour()*60 + local.Minute())
	if h.From > h.To {
		return minute >= h.From || minute < h.To
	}
	return minute >= h.From && minute < h.To
}

// opening is when the hours begin on local's day or some days after it. For a time that
// no clock shows, time.Date may answer one before the jump.
func (h Hours) opening(local time.Time, days int) time.Time {
	y, m, d := local.Date()
	on := func(zone *time.Location) time.Time {
		return time.Date(y, m, d+days, int(h.From)/60, int(h.From)%60, 0, 0, zone)
	}
	open := on(local.Location())
	_, offset := open.Zone()
	return open.Add(max(0, on(time.UTC).Sub(open)-time.Duration(offset)*time.Second))
}

// setBack tells whether the clocks of a zone are set back at a change.
func setBack(change time.Time, zone *time.Location) bool {
	_, before := change.Add(-time.Second).In(zone).Zone()
	_, after := change.In(zone).Zone()
	return after < before
}
