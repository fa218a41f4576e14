package gateway

import "time"

// Week is when something is open: any number of spans for each weekday, and days that
// differ. The zero Week is always open.
type Week struct {
	Days [7][]Span // by time.Weekday: Sunday is 0
	// Except are single days that differ from their weekday: holidays, short days.
	Except []Day
}

// Span is a part of a day. To at or before From ends on the next day: 22:00 to 02:00;
// From equal to To is a whole day from From on.
type Span struct{ From, To Clock }

// Day is one date that differs from its weekday; no spans means closed.
type Day struct {
	Date  string // 2006-01-02
	Spans []Span
}

// Daily is a week with the same span every day.
func Daily(from, to Clock) Week {
	var w Week
	for i := range w.Days {
		w.Days[i] = []Span{{from, to}}
	}
	return w
}

// Always tells whether w restricts nothing.
func (w Week) Always() bool {
	for _, spans := range w.Days {
		if len(spans) > 0 {
			return false
		}
	}
	return len(w.Except) == 0
}

// Open tells whether now lies within the week's hours in zone.
func (w Week) Open(now time.Time, zone *time.Location) bool {
	if w.Always() {
		return true
	}
	local := now.In(zone)
	minute := Clock(local.Hour()*60 + local.Minute())
	for _, s := range w.spans(local, 0) {
		if minute >= s.From && (s.To <= s.From || minute < s.To) {
			return true
		}
	}
	for _, s := range w.spans(local, -1) {
		if s.To <= s.From && minute < s.To {
			return true
		}
	}
	return false
}

// Next is the first moment at or after now at which it is open in zone; ok is false
// when that is more than a year away.
func (w Week) Next(now time.Time, zone *time.Location) (opens time.Time, ok bool) {
	return w.next(now, now.Add(367*24*time.Hour), zone)
}

// spans are the hours of the day that lies some days after local's.
func (w Week) spans(local time.Time, days int) []Span {
	y, m, d := local.Date()
	day := time.Date(y, m, d+days, 12, 0, 0, 0, time.UTC)
	if len(w.Except) > 0 {
		date := day.Format(time.DateOnly)
		for _, e := range w.Except {
			if e.Date == date {
				return e.Spans
			}
		}
	}
	return w.Days[day.Weekday()]
}
