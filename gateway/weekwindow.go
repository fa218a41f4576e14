package gateway

import "time"

// Window is when something may happen, by the clock on a wall: a week in a zone.
type Window struct {
	Week Week
	Zone *time.Location
}

// Within is the window of hours that are the same every day.
func Within(h Hours, zone *time.Location) Window {
	if h.From%(24*60) == h.To%(24*60) { // the whole day, also from midnight to midnight
		return Window{Zone: zone}
	}
	return Window{Daily(h.From, h.To), zone}
}

// NextMoment is the first moment at or after now that lies within all windows at once,
// whatever their zones; ok is false when there is none within the span.
func NextMoment(now time.Time, span time.Duration, windows ...Window) (at time.Time, ok bool) {
	// Each step is the least that one window asks for, so that no common moment is passed over.
	last := now.Add(span)
	for at, agreed := now, 0; ; {
		for _, w := range windows {
			next, ok := w.Week.next(at, last, w.Zone)
			switch {
			case !ok:
				return time.Time{}, false
			case next.After(at):
				at, agreed = next, 0
			}
			if agreed++; agreed >= len(windows) {
				return at, true
			}
		}
		if len(windows) == 0 {
			return at, true
		}
	}
}

// next is the first moment from now until last, both included, at which the wall clock of
// a zone shows the week's hours. It goes from one change of the zone's clocks to the next: in
// between, the hours begin where a steady clock shows their beginning; an hour that a
// change jumps over never begins, one that comes twice begins twice.
func (w Week) next(now, last time.Time, zone *time.Location) (time.Time, bool) {
	for at := now; !at.After(last); {
		if w.Open(at, zone) {
			return at, true
		}
		local := at.In(zone)
		_, change := local.ZoneBounds()
		if opens := w.begins(local, last); !opens.IsZero() && (change.IsZero() || opens.Before(change)) {
			return opens, true
		}
		if change.IsZero() {
			break
		}
		at = change
	}
	return time.Time{}, false
}

// begins is when a span begins after local and not after last, by a clock that is never
// changed; zero: none does.
func (w Week) begins(local, last time.Time) time.Time {
	_, offset := local.Zone()
	y, m, d := local.Date()
	for day := 0; ; day++ {
		midnight := time.Date(y, m, d+day, 0, 0, -offset, 0, time.UTC)
		if midnight.After(last) {
			return time.Time{}
		}
		var first time.Time
		for _, s := range w.spans(local, day) {
			at := midnight.Add(time.Duration(s.From) * time.Minute)
			if at.After(local) && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
		if !first.IsZero() {
			if first.After(last) {
				return time.Time{}
			}
			return first.In(local.Location())
		}
	}
}
