package gateway_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"vestnik/gateway"
)

// changes are the moments of 2026 and 2027 at which a zone's clocks are changed.
func changes(zone *time.Location) []time.Time {
	var list []time.Time
	for t := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).In(zone); ; {
		_, end := t.ZoneBounds()
		if end.IsZero() || end.Year() > 2027 {
			return list
		}
		list = append(list, end)
		t = end
	}
}

// Around every change of the clocks, the moment that Next names is the first one that the
// wall clock shows within the hours, looked for minute by minute.
func TestHoursAroundEveryChangeOfTheClocks(t *testing.T) {
	t.Parallel()
	all := []gateway.Hours{
		{From: 9 * 60, To: 21 * 60},
		{From: 0, To: 20 * 60},
		{From: 2 * 60, To: 10 * 60},
		{From: 2*60 + 30, To: 3 * 60},
		{From: 22 * 60, To: 6 * 60},
		{From: 21*60 + 30, To: 2*60 + 30},
		{From: 1 * 60, To: 2 * 60},
		{From: 20 * 60, To: 24 * 60},
	}
	// New York's clocks jump as Berlin's but west of Greenwich, Santiago's and Beirut's at
	// midnight, Lord Howe's by half an hour.
	for _, name := range []string{"Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Beirut", "Australia/Lord_Howe"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			days := changes(zone)
			if len(days) < 3 {
				t.Fatalf("%d changes of the clocks", len(days))
			}
			for _, day := range days {
				for _, h := range all {
					inside := func(at time.Time) bool { return h.Next(at, zone).Equal(at) }
					for now := day.Add(-26 * time.Hour); now.Before(day.Add(4 * time.Hour)); now = now.Add(23 * time.Minute) {
						next := h.Next(now, zone)
						if next.Before(now) {
							t.Fatalf("%v at %s: %s is over", h, now.In(zone), next.In(zone))
						}
						first := now
						for !wall(first.In(zone), h) {
							first = first.Add(time.Minute)
						}
						if !next.Equal(first) {
							t.Fatalf("%v at %s: %s, want %s", h, now.In(zone), next.In(zone), first.In(zone))
						}
						if wall(now.In(zone), h) != inside(now) {
							t.Fatalf("%v at %s: inside %t", h, now.In(zone), inside(now))
						}
					}
				}
			}
		})
	}
}

// wall tells whether a clock on the wall is within the hours.
func wall(local time.Time, h gateway.Hours) bool {
	minute := gateway.Clock(local.Hour()*60 + local.Minute())
	if h.From < h.To {
		return minute >= h.From && minute < h.To
	}
	return minute >= h.From || minute < h.To
}

// A message made every forty minutes over the day of a change and the one after: each
// comes once, within the hours, and as soon as they open.
func TestOrdersOverAChangeOfTheClocks(t *testing.T) {
	t.Parallel()
	countries := map[string]string{"Europe/Berlin": "DE", "America/New_York": "US", "America/Santiago": "CL"}
	for name, c := range map[string]struct {
		zone  string
		hours gateway.Hours
		start time.Time
	}{
		"to summer":                {"Europe/Berlin", gateway.Hours{From: 9 * 60, To: 21 * 60}, time.Date(2027, 3, 27, 18, 0, 0, 0, time.UTC)},
		"to summer, in the gap":    {"Europe/Berlin", gateway.Hours{From: 2 * 60, To: 4 * 60}, time.Date(2027, 3, 27, 18, 0, 0, 0, time.UTC)},
		"to winter":                {"Europe/Berlin", gateway.Hours{From: 9 * 60, To: 21 * 60}, time.Date(2027, 10, 30, 18, 0, 0, 0, time.UTC)},
		"to winter, hour twice":    {"Europe/Berlin", gateway.Hours{From: 2*60 + 15, To: 2*60 + 45}, time.Date(2027, 10, 30, 18, 0, 0, 0, time.UTC)},
		"west, in the gap":         {"America/New_York", gateway.Hours{From: 2 * 60, To: 8 * 60}, time.Date(2027, 3, 14, 0, 0, 0, 0, time.UTC)},
		"midnight that is not":     {"America/Santiago", gateway.Hours{From: 0, To: 6 * 60}, time.Date(2027, 9, 4, 22, 0, 0, 0, time.UTC)},
		"the night that is longer": {"Europe/Berlin", gateway.Hours{From: 22 * 60, To: 6 * 60}, time.Date(2027, 10, 30, 10, 0, 0, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open(t, func(s *shop) {
				time.Sleep(time.Until(c.start))
				s.settings.Shop.Timezone = c.zone
				s.settings.WhatsApp.PaceSettings, s.settings.SMS.PaceSettings = gateway.PaceSettings{}, gateway.PaceSettings{}
				s.settings.RetailCRM.Poll = 20 * time.Minute
				s.wa.link.Since = time.Now().Add(-time.Hour)
				for id := gateway.OrderID(1); id <= 40; id++ {
					number := fmt.Sprint(10480 + id)
					s.crm.orders[id] = gateway.Order{ID: id, Number: number, Status: "new", Phones: []string{anna.String()}, Place: gateway.Place{Country: countries[c.zone]}, Fields: map[string]string{"order.number": number}}
				}
			}, func(s *shop) {
				zone := s.settings.Shop.Zone()
				s.rule(func(r *gateway.Rule) { r.Hours, r.ExpiresAfter, r.FallbackAfter = c.hours, 0, 0 })
				for id := gateway.OrderID(1); id <= 40; id++ {
					s.crm.reach(id, "ready")
					s.desk.Watch.Wake()
					s.pass(40 * time.Minute)
				}
				s.pass(26 * time.Hour)
				if n := len(s.wa.texts(anna)); n != 40 {
					t.Errorf("%d of 40 came\n%s", n, s.story())
				}
				rows, _, err := s.store.Messages(context.Background(), gateway.MessageFilter{Limit: 200})
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range rows {
					story, err := s.store.Story(context.Background(), m.ID)
					if err != nil || len(story.Attempts) != 1 || m.State != gateway.Delivered {
						t.Fatalf("message %d: %s, %d attempts, %v", m.ID, m.State, len(story.Attempts), err)
					}
					at := story.Attempts[0].StartedAt.In(zone)
					first := m.CreatedAt
					for !wall(first.In(zone), c.hours) {
						first = first.Add(time.Minute)
					}
					if late := at.Sub(first); !wall(at, c.hours) || late < -time.Minute || late > time.Hour+2*time.Minute {
						t.Errorf("made %s, sent %s, the shop opens %s", m.CreatedAt.In(zone), at, first.In(zone))
					}
				}
				if len(s.sms.texts(anna)) > 0 || len(rows) != 40 {
					t.Errorf("%d SMS, %d messages", len(s.sms.texts(anna)), len(rows))
				}
			})
		})
	}
}
