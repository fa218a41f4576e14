package campaign

import (
	"slices"
	"time"
	"unicode"

	"vestnik/gateway"
)

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// Window is when a mailing may reach people: the plan's week and the shop's decent hours by each
// person's own clock, and the shop's opening hours by its own.
type Window struct {
	Week   gateway.Week
	Decent gateway.Hours
	// Shop is when people of the shop are there, in Zone; the zero Week is always.
	Shop gateway.Week
	Zone *time.Location
}

// NewWindow is the window of a plan by the settings. open are the shop's hours.
func NewWindow(p Plan, s gateway.Settings, open gateway.Week) Window {
	w := Window{Week: p.Week, Decent: s.Decency.Hours, Zone: s.Shop.Zone()}
	if s.Decency.WhenOpen {
		w.Shop = open
	}
	return w
}

// zoneOf is the time zone of a person; the shop's when he has none, or one that is not known here.
func (w Window) zoneOf(name string) *time.Location {
	if zone := gateway.ZoneNamed(name); zone != nil {
		return zone
	}
	return w.Zone
}

// parts are what has to be open at once.
func (w Window) parts(zone *time.Location) []gateway.Window {
	return []gateway.Window{{Week: w.Week, Zone: zone}, gateway.Within(w.Decent, zone), {Week: w.Shop, Zone: w.Zone}}
}

// Open tells whether people of a zone may be written to at a time.
func (w Window) Open(at time.Time, zone *time.Location) bool {
	return allOpen(at, w.parts(zone))
}

// personal is the part of the window that goes by a person's own clock.
func (w Window) personal(at time.Time, zone *time.Location) bool {
	return allOpen(at, w.parts(zone)[:2])
}

func allOpen(at time.Time, parts []gateway.Window) bool {
	return !slices.ContainsFunc(parts, func(p gateway.Window) bool { return !p.Week.Open(at, p.Zone) })
}

// Next is the first moment at or after now at which it is open for a zone; ok is false when that
// is more than a year away.
func (w Window) Next(now time.Time, zone *time.Location) (opens time.Time, ok bool) {
	return gateway.NextMoment(now, 366*24*time.Hour, w.parts(zone)...)
}

// Closes is when an open window ends, to the minute that follows the border, at most a day later.
func (w Window) Closes(now time.Time, zone *time.Location) time.Time {
	last := now.Add(24 * time.Hour)
	step := 15 * time.Minute
	at := now.Truncate(step)
	for at = at.Add(step); at.Before(last) && w.Open(at, zone); at = at.Add(step) {
	}
	if !at.Before(last) {
		return last
	}
	for back := at.Add(-time.Minute); back.After(now) && back.After(at.Add(-step)) && !w.Open(back, zone); back = back.Add(-time.Minute) {
		at = back
	}
	return at
}

// Hours is the span of the plan's week that holds now, for a message's own hours: should it be
// still in the queue when they end, it waits. The zero Hours is any time.
func (w Window) Hours(now time.Time, zone *time.Location) gateway.Hours {
	if w.Week.Always() {
		return gateway.Hours{}
	}
	local := now.In(zone)
	minute := gateway.Clock(local.Hour()*60 + local.Minute())
	for _, day := range []int{0, -1} {
		for _, s := range spansOf(w.Week, local.AddDate(0, 0, day)) {
			over := s.To <= s.From
			switch {
			case day == 0 && minute >= s.From && (over || minute < s.To), day == -1 && over && minute < s.To:
				if s.From == s.To {
					return gateway.Hours{}
				}
				return gateway.Hours(s)
			}
		}
	}
	return gateway.Hours{}
}

// spansOf are a week's hours of one day.
func spansOf(w gateway.Week, day time.Time) []gateway.Span {
	date := day.Format(time.DateOnly)
	for _, e := range w.Except {
		if e.Date == date {
			return e.Spans
		}
	}
	return w.Days[day.Weekday()]
}
