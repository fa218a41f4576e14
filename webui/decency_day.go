package webui

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"vestnik/gateway"
)

// dayPicture is a day of 24 hours as bars: when customers may be written to.
type dayPicture struct {
	Rows []dayRow
}

// dayRow is one bar with what it says in words.
type dayRow struct {
	Name, Says string
	Bar        template.HTML
}

// span is a part of a day in minutes.
type daySpan struct{ from, to int }

const wholeDay = 24 * 60

// dayPicture draws the hours of the customer's day, those of the shop today, and what both leave for
// mailings. open is nil where nobody knows the shop's hours.
func (f *Frame) dayPicture(d gateway.DecencySettings, open *gateway.Week) dayPicture {
	hours := hourSpans(d.Hours)
	rows := []dayRow{f.dayRow("decency.day_hours", hours, "bar-on")}
	if d.WhenOpen && open != nil && !open.Always() {
		today := weekSpans(*open, f.now, f.zone)
		rows = append(rows, f.dayRow("decency.day_open", today, "beat-waiting"), f.dayRow("decency.day_both", common(hours, today), "bar-on"))
	}
	return dayPicture{rows}
}

func (f *Frame) dayRow(key string, spans []daySpan, class string) dayRow {
	r := dayRow{Name: f.words.say(key)}
	var words []string
	var bars strings.Builder
	for _, s := range spans {
		words = append(words, gateway.Clock(s.from).String()+"–"+gateway.Clock(s.to).String())
		fmt.Fprintf(&bars, `<rect class="%s" x="%d" width="%d" height="14"/>`, class, s.from, s.to-s.from)
	}
	switch {
	case len(spans) == 1 && spans[0] == daySpan{0, wholeDay}:
		r.Says = f.words.say("decency.day_whole")
	case len(words) == 0:
		r.Says = f.words.say("decency.day_never")
	default:
		r.Says = strings.Join(words, ", ")
	}
	var hours strings.Builder
	for h := 6; h < 24; h += 6 {
		fmt.Fprintf(&hours, `<rect class="day-tick" x="%d" width="4" height="14"/>`, h*60-2)
	}
	r.Bar = template.HTML(fmt.Sprintf(`<svg class="day-bar" role="img" aria-label="%s: %s" viewBox="0 0 1440 14" preserveAspectRatio="none"><rect class="bar-off" width="1440" height="14"/>%s%s</svg>`,
		template.HTMLEscapeString(r.Name), template.HTMLEscapeString(r.Says), bars.String(), hours.String()))
	return r
}

func hourSpans(h gateway.Hours) []daySpan {
	from, to := int(h.From), int(h.To)
	switch {
	case h.Any():
		return []daySpan{{0, wholeDay}}
	case from < to:
		return []daySpan{{from, to}}
	case to == 0:
		return []daySpan{{from, wholeDay}}
	}
	return []daySpan{{0, to}, {from, wholeDay}}
}

// weekSpans are the hours in which something is open on the day of now, found by looking at every
// minute: so they are those of Week.Open, whatever the day.
func weekSpans(w gateway.Week, now time.Time, zone *time.Location) []daySpan {
	y, m, d := now.In(zone).Date()
	var list []daySpan
	from := -1
	for minute := range wholeDay + 1 {
		open := minute < wholeDay && w.Open(time.Date(y, m, d, minute/60, minute%60, 0, 0, zone), zone)
		switch {
		case open && from < 0:
			from = minute
		case !open && from >= 0:
			list = append(list, daySpan{from, minute})
			from = -1
		}
	}
	return list
}

// common are the parts that two lists share.
func common(a, b []daySpan) []daySpan {
	var list []daySpan
	for _, x := range a {
		for _, y := range b {
			if from, to := max(x.from, y.from), min(x.to, y.to); from < to {
				list = append(list, daySpan{from, to})
			}
		}
	}
	return list
}
