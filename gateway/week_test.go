package gateway

import (
	"testing"
	"time"
)

func TestWeek(t *testing.T) {
	t.Parallel()
	night := Week{Days: [7][]Span{5: {{From: 1320, To: 120}}, 6: {{From: 720, To: 840}, {From: 900, To: 1440}}}} // Fri 22-02, Sat 12-14 and 15-24
	moscow := time.FixedZone("MSK", 3*60*60)
	day := []Span{{From: 600, To: 1200}}
	shop := Week{
		Days:   [7][]Span{1: day, 2: day, 3: day, 4: day, 5: day, 6: {{From: 660, To: 1080}}},
		Except: []Day{{Date: "2026-12-31"}, {Date: "2026-12-30", Spans: []Span{{From: 600, To: 900}}}},
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		week  Week
		zone  *time.Location
		now   string
		opens string // "" is never; the same as now is open
	}{
		"always":                      {Week{}, moscow, "2026-11-23 03:00", "2026-11-23 03:00"},
		"inside":                      {shop, moscow, "2026-11-23 10:00", "2026-11-23 10:00"},
		"the last minute":             {shop, moscow, "2026-11-23 19:59", "2026-11-23 19:59"},
		"the end is outside":          {shop, moscow, "2026-11-23 20:00", "2026-11-24 10:00"},
		"before opening":              {shop, moscow, "2026-11-23 09:59", "2026-11-23 10:00"},
		"over Sunday":                 {shop, moscow, "2026-11-28 18:00", "2026-11-30 10:00"},
		"a short day and a holiday":   {shop, moscow, "2026-12-30 15:00", "2027-01-01 10:00"},
		"past midnight: late":         {night, moscow, "2026-11-28 01:30", "2026-11-28 01:30"},
		"past midnight: over":         {night, moscow, "2026-11-28 02:00", "2026-11-28 12:00"},
		"past midnight: another day":  {night, moscow, "2026-11-27 01:30", "2026-11-27 22:00"},
		"between two spans":           {night, moscow, "2026-11-28 14:30", "2026-11-28 15:00"},
		"until midnight":              {night, moscow, "2026-11-28 23:59", "2026-11-28 23:59"},
		"after midnight":              {night, moscow, "2026-11-29 00:00", "2026-12-04 22:00"},
		"never":                       {Week{Except: []Day{{Date: "2026-11-23"}}}, moscow, "2026-11-23 12:00", ""},
		"the clocks are set forward":  {Daily(600, 1200), berlin, "2026-03-28 20:00", "2026-03-29 10:00"},
		"the clocks are set back":     {Daily(600, 1200), berlin, "2026-10-24 20:00", "2026-10-25 10:00"},
		"a whole day from ten to ten": {Week{Days: [7][]Span{1: {{From: 600, To: 600}}}}, moscow, "2026-11-24 09:59", "2026-11-24 09:59"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := func(s string) time.Time {
				v, err := time.ParseInLocation("2006-01-02 15:04", s, c.zone)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			opens, ok := c.week.Next(at(c.now), c.zone)
			if c.opens == "" {
				if ok {
					t.Errorf("opens %s, want never", opens)
				}
				return
			}
			if !ok || !opens.Equal(at(c.opens)) {
				t.Errorf("opens %s (%v), want %s", opens, ok, c.opens)
			}
			if open := c.week.Open(at(c.now), c.zone); open != (c.now == c.opens) {
				t.Errorf("open %v", open)
			}
		})
	}
}
