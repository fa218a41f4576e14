package gateway_test

import (
	"context"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// An order goes to Vladivostok: at six in the evening of the shop it is one at night there. It
// waits for nine by the customer's clock, two at night of the shop, and its story says both.
func TestAnOrderWaitsForTheCustomersMorning(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) {
		o := s.crm.orders[1]
		o.Place = gateway.Place{Country: "RU", City: "г. Владивосток"}
		s.crm.orders[1] = o
	}, func(s *shop) {
		s.rule(nil)
		s.pass(6 * time.Hour) // 18:00 in Moscow
		s.crm.reach(1, "ready")
		s.pass(time.Minute)
		s.stateIs(gateway.Held)
		m := s.only()
		if want := time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC); m.Zone != "Asia/Vladivostok" || !m.NotBefore.Equal(want) {
			t.Fatalf("zone %q, until %s", m.Zone, m.NotBefore)
		}
		story, err := s.store.Story(context.Background(), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		last := story.Trace[len(story.Trace)-1]
		if got, want := last.Reason.Sentence(last.Args, "ru", s.settings.Shop.Zone()), "Ждёт разрешённых часов, до 22.11 02:00 (у клиента будет 22.11 09:00)."; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		s.pass(8*time.Hour - 2*time.Minute)
		s.wants("two minutes before", s.wa.texts(anna), nil)
		s.pass(3 * time.Minute)
		s.wants("in her morning", s.wa.texts(anna), []string{ready})
	})
}

// What would be of no use when the customer's morning comes ends when its time runs out, and
// says so.
func TestAnOrderThatExpiresAtTheCustomersNight(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) {
		o := s.crm.orders[1]
		o.Place = gateway.Place{Region: "Камчатский край"}
		s.crm.orders[1] = o
	}, func(s *shop) {
		s.rule(func(r *gateway.Rule) { r.ExpiresAfter = 3 * time.Hour })
		s.pass(time.Hour) // 22:00 in Kamchatka
		s.crm.reach(1, "ready")
		s.pass(2*time.Hour + 59*time.Minute)
		s.stateIs(gateway.Held)
		s.pass(2 * time.Minute)
		s.stateIs(gateway.Expired)
		if m := s.only(); m.Reason != gateway.WasExpired {
			t.Errorf("reason %s", m.Reason)
		}
		s.pass(24 * time.Hour)
		s.wants("never", s.wa.texts(anna), nil)
	})
}

// Rules without hours write at any hour, as they say, unless the shop wants its decency for
// orders too.
func TestOrdersAreHeldToDecencyOnlyWhenTheShopWantsIt(t *testing.T) {
	t.Parallel()
	for _, too := range []bool{false, true} {
		open(t, func(s *shop) { s.settings.Decency.OrdersToo = too }, func(s *shop) {
			s.rule(func(r *gateway.Rule) { r.Hours = gateway.Hours{} })
			s.pass(12 * time.Hour) // midnight
			s.crm.reach(1, "ready")
			s.pass(time.Minute)
			if got := len(s.wa.texts(anna)); (got == 1) == too {
				t.Errorf("too %t: %d messages at midnight\n%s", too, got, s.story())
			}
			s.pass(10 * time.Hour)
			s.wants("in the morning", s.wa.texts(anna), []string{ready})
		})
	}
}

// A mailing of Saturday noon to Almaty, whose shop in Moscow works on weekdays from nine to
// six: it leaves on Monday at nine of the shop, eleven there. One that comes by on Monday evening waits
// for the next day. An order does not mind.
func TestAMailingLeavesWhileTheShopIsOpen(t *testing.T) {
	t.Parallel()
	const dana = device.Phone("+77011234567")
	var weekdays gateway.Week
	for _, d := range []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday} {
		weekdays.Days[d] = []gateway.Span{{From: 9 * 60, To: 18 * 60}}
	}
	open(t, func(s *shop) {
		s.opens = func() gateway.Week { return weekdays }
		s.wa.members[dana] = true
		s.settings.WhatsApp.PaceSettings = gateway.PaceSettings{}
	}, func(s *shop) {
		s.rule(nil)
		send := func(text string) gateway.Message {
			m, _, err := s.desk.Enqueue(context.Background(), gateway.Draft{To: string(dana), Text: text, Purpose: gateway.ForCampaign, By: "test"})
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		first := send("Скидки")
		s.crm.reach(1, "ready")
		s.pass(time.Minute)
		s.wants("the order's message", s.wa.texts(anna), []string{ready})
		m, err := s.store.Message(context.Background(), first.ID)
		if monday := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC); err != nil || m.State != gateway.Held || m.Reason != gateway.HeldShopClosed || m.Zone != "Asia/Almaty" || !m.NotBefore.Equal(monday) {
			t.Fatalf("%s, %s in %q until %s, %v", m.State, m.Reason, m.Zone, m.NotBefore, err)
		}
		s.pass(45*time.Hour - 2*time.Minute)
		s.wants("on Monday before nine", s.wa.texts(dana), nil)
		s.pass(2 * time.Minute)
		s.wants("on Monday at nine", s.wa.texts(dana), []string{"Скидки"})

		s.pass(10 * time.Hour) // 19:00 in Moscow, 21:00 in Almaty
		second := send("Ещё скидки")
		s.pass(time.Minute)
		if m, err := s.store.Message(context.Background(), second.ID); err != nil || m.Reason != gateway.HeldHours {
			t.Fatalf("%s, %v", m.Reason, err)
		}
		weekdays.Except = []gateway.Day{{Date: "2026-11-24"}} // a holiday that was entered later
		s.pass(24 * time.Hour)
		s.wants("on the holiday", s.wa.texts(dana), []string{"Скидки"})
		s.pass(15 * time.Hour)
		s.wants("after it", s.wa.texts(dana), []string{"Скидки", "Ещё скидки"})
	})
}
