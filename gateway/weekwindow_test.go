package gateway

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// shows tells whether a wall clock is within a week's hours, worked out in another way than
// Week does: each span of today and of yesterday is laid out in minutes.
func shows(w Week, local time.Time) bool {
	if w.Always() {
		return true
	}
	minute := local.Hour()*60 + local.Minute()
	for back := range 2 {
		day := time.Date(local.Year(), local.Month(), local.Day()-back, 12, 0, 0, 0, time.UTC)
		spans := w.Days[int(day.Weekday())]
		for i := len(w.Except) - 1; i >= 0; i-- {
			if w.Except[i].Date == day.Format("2006-01-02") {
				spans = w.Except[i].Spans
			}
		}
		for _, s := range spans {
			from, to := int(s.From), int(s.To)
			if to <= from {
				to += 24 * 60
			}
			if at := minute + back*24*60; at >= from && at < to {
				return true
			}
		}
	}
	return false
}

// firstMinute looks for the first moment within all windows minute by minute.
func firstMinute(now time.Time, span time.Duration, windows []Window) (time.Time, bool) {
	for at := now; !at.After(now.Add(span)); {
		within := true
		for _, w := range windows {
			within = within && shows(w.Week, at.In(w.Zone))
		}
		if within {
			return at, true
		}
		if next := at.Truncate(time.Minute); next.After(at) {
			at = next
		} else {
			at = next.Add(time.Minute)
		}
	}
	return time.Time{}, false
}

func mustZone(t interface{ Fatal(...any) }, name string) *time.Location {
	zone := ZoneNamed(name)
	if zone == nil {
		t.Fatal("no zone " + name)
	}
	return zone
}

// What NextMoment names is within all windows, and no earlier minute is, whatever the hours,
// the holidays, the zones and the changes of their clocks.
func TestNextMomentIsTheFirstOne(t *testing.T) {
	t.Parallel()
	zones := []string{
		"Europe/Kaliningrad", "Europe/Moscow", "Asia/Vladivostok", "Asia/Kamchatka", "Asia/Almaty", "Europe/Madrid", "Atlantic/Canary", "Europe/Berlin",
		"America/Mexico_City", "America/Tijuana", "America/Ciudad_Juarez", "America/Santiago", "America/St_Johns", "Africa/Casablanca", "Asia/Beirut", "Asia/Kathmandu",
		"Australia/Lord_Howe", "Pacific/Chatham",
	}
	rapid.Check(t, func(t *rapid.T) {
		clock := rapid.Custom(func(t *rapid.T) Clock {
			if rapid.Bool().Draw(t, "round") {
				return Clock(rapid.IntRange(0, 24).Draw(t, "hour") * 60)
			}
			return Clock(rapid.IntRange(0, 24*60).Draw(t, "minute"))
		})
		spans := func(label string) []Span {
			var list []Span
			for range rapid.SampledFrom([]int{0, 1, 1, 1, 2}).Draw(t, label) {
				list = append(list, Span{clock.Draw(t, "from"), clock.Draw(t, "to")})
			}
			return list
		}
		var windows []Window
		for i := range rapid.IntRange(1, 3).Draw(t, "windows") {
			w := Window{Zone: mustZone(t, rapid.SampledFrom(zones).Draw(t, "zone"))}
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				w = Within(Hours{clock.Draw(t, "from"), clock.Draw(t, "to")}, w.Zone)
			case 1: // always
			default:
				for d := range w.Week.Days {
					w.Week.Days[d] = spans(fmt.Sprint("spans ", i, d))
				}
			}
			windows = append(windows, w)
		}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 2*365*24*3600).Draw(t, "second")) * time.Second)
		if rapid.Bool().Draw(t, "near a change") {
			if _, change := now.In(windows[0].Zone).ZoneBounds(); !change.IsZero() {
				now = change.Add(time.Duration(rapid.IntRange(-40*3600, 3*3600).Draw(t, "from it")) * time.Second)
			}
		}
		for i := range windows {
			for range rapid.IntRange(0, 2).Draw(t, "except") {
				date := now.AddDate(0, 0, rapid.IntRange(-1, 3).Draw(t, "day")).Format(time.DateOnly)
				windows[i].Week.Except = append(windows[i].Week.Except, Day{Date: date, Spans: spans("on it")})
			}
		}
		const span = 4 * 24 * time.Hour
		got, ok := NextMoment(now, span, windows...)
		want, any := firstMinute(now, span, windows)
		if ok != any || !got.Equal(want) {
			t.Fatalf("at %s: %s (%t), want %s (%t)\n%+v", now, got, ok, want, any, windows)
		}
	})
}

func TestNextMoment(t *testing.T) {
	t.Parallel()
	moscow, vladivostok := mustZone(t, "Europe/Moscow"), mustZone(t, "Asia/Vladivostok")
	shop := Window{Daily(9*60, 18*60), moscow}
	his := Within(Hours{9 * 60, 21 * 60}, vladivostok) // until 14:00 in Moscow
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05", s, moscow)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		now, want string // "" is never
		windows   []Window
	}{
		{"2026-11-28 03:00:01", "2026-11-28 03:00:01", nil},
		{"2026-11-28 03:00:01", "2026-11-28 03:00:01", []Window{Within(Hours{}, moscow), Within(Hours{0, 24 * 60}, moscow), Within(Hours{24 * 60, 0}, moscow)}},
		{"2026-11-28 03:00:01", "2026-11-28 09:00:00", []Window{shop, his}},
		{"2026-11-28 13:59:59", "2026-11-28 13:59:59", []Window{shop, his}},
		{"2026-11-28 14:00:00", "2026-11-29 09:00:00", []Window{shop, his}},
		{"2026-11-28 14:00:00", "2026-11-29 09:00:00", []Window{his, shop}},
		{"2026-11-28 14:00:00", "", []Window{{Daily(14*60, 18*60), moscow}, his}}, // the one ends when the other begins
		{"2026-11-28 14:00:00", "", []Window{{Week{Except: []Day{{Date: "2026-11-28"}}}, moscow}}},
	} {
		got, ok := NextMoment(at(c.now), 14*24*time.Hour, c.windows...)
		if ok != (c.want != "") || ok && !got.Equal(at(c.want)) {
			t.Errorf("at %s: %s (%t), want %s", c.now, got.In(moscow), ok, c.want)
		}
	}
}

func BenchmarkNextMoment(b *testing.B) {
	shop, his := Window{Daily(9*60, 18*60), ZoneNamed("Europe/Moscow")}, Within(Hours{9 * 60, 21 * 60}, ZoneNamed("Asia/Vladivostok"))
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for b.Loop() {
		NextMoment(now, hoursAhead, shop, his)
	}
}
