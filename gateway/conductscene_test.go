package gateway_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

func texts(s *shop, n int) (got int) {
	for i := range n {
		got += len(s.wa.texts(person(i)))
	}
	return got
}

// Of ten messages an hour a mailing may use five; orders use the rest, and never wait behind it.
func TestMailingsLeaveRoomForOrders(t *testing.T) {
	t.Parallel()
	polite(t, func(s *shop) {
		s.settings.WhatsApp = gateway.WhatsAppSettings{Enabled: true, PaceSettings: gateway.PaceSettings{Gap: time.Second, PerHour: 10}}
	}, func(s *shop, _ *manners) {
		var last gateway.MessageID
		for i := range 30 {
			last = s.write(gateway.ForCampaign, person(i), "mailing", nil)
		}
		s.pass(10 * time.Minute)
		if n := texts(s, 30); n != 5 {
			t.Fatalf("%d of the mailing in the first minutes, 5 may go\n%s", n, s.story())
		}
		for i := range 5 {
			s.write(gateway.ForOrder, anna, fmt.Sprint("order ", i), nil)
		}
		s.pass(20 * time.Second)
		if n := len(s.wa.texts(anna)); n != 5 {
			t.Fatalf("%d of 5 orders went", n)
		}
		s.write(gateway.ForOrder, anna, "one too many", nil)
		s.pass(10 * time.Minute)
		if n := len(s.wa.sentAt); n != 10 {
			t.Errorf("%d in the hour, 10 may go", n)
		}
		s.pass(14 * time.Hour)
		if n := texts(s, 30); n != 30 || !slices.Equal(s.wa.texts(person(29)), []string{s.message(last).Text}) {
			t.Errorf("%d of 30 in the end", n)
		}
		rows, _, err := s.store.Messages(context.Background(), gateway.MessageFilter{Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		said := 0
		for _, m := range rows {
			said += s.toldOf(m.ID, gateway.ShareUsed)
		}
		if said == 0 || said > 40 {
			t.Errorf("the share is told %d times", said)
		}
	})
}

// The new chats of mailings stay within their part and the warm-up; whoever has a chat is written to
// all the same.
func TestMailingsBeginFewChats(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		age     time.Duration
		wait    bool
		wa, sms int
	}{
		"an old account":        {1000 * time.Hour, true, 10, 0},
		"a fresh account":       {time.Hour, true, 5, 0},
		"the others get an SMS": {time.Hour, false, 5, 35},
		"a week old":            {7*24*time.Hour + time.Hour, true, 7, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			polite(t, func(s *shop) {
				s.settings.WhatsApp.NewChatsPerDay, s.settings.WhatsApp.Gap = 20, 0
				s.settings.SMS.PaceSettings = gateway.PaceSettings{}
			}, func(s *shop, m *manners) {
				m.mu.Lock()
				m.since = time.Now().Add(-c.age)
				m.mu.Unlock()
				m.set(1, gateway.CampaignPolicy{Running: true, NewChatsWait: c.wait})
				s.write(gateway.ForOrder, person(100), "order", nil)
				s.pass(time.Second)
				for i := range 40 {
					s.write(gateway.ForCampaign, person(i), "mailing", nil)
				}
				s.write(gateway.ForCampaign, person(100), "mailing", nil)
				s.pass(10 * time.Minute)
				sms := 0
				for i := range 40 {
					sms += len(s.sms.texts(person(i)))
				}
				// The order's chat counts as well.
				if n := texts(s, 40); n != c.wa-1 || c.sms > 0 && sms != c.sms+1 || c.sms == 0 && sms != 0 {
					t.Errorf("%d chats begun and %d SMS", n, sms)
				}
				s.wants("who has a chat", s.wa.texts(person(100)), []string{"order", "mailing"})
				for i := range 8 {
					s.write(gateway.ForOrder, person(110+i), "order", nil)
				}
				s.pass(time.Minute)
				if n := len(s.wa.texts(person(117))); n != 1 {
					t.Error("a mailing has used up the new chats of orders")
				}
				// Nobody is asked about who could not be written to anyway.
				if n := len(s.wa.asked); n > c.wa+10 {
					t.Errorf("asked about %d numbers", n)
				}
			})
		})
	}
}

// Invitations begin chats within the same part: what they begin, no mailing may, and orders go on.
func TestInvitationsBeginFewChats(t *testing.T) {
	t.Parallel()
	polite(t, func(s *shop) {
		s.settings.WhatsApp.NewChatsPerDay, s.settings.WhatsApp.Gap = 20, 0
	}, func(s *shop, m *manners) {
		m.mu.Lock()
		m.since = time.Now().Add(-time.Hour)
		m.mu.Unlock()
		whatsApp := func(m *gateway.Message) { m.Channels = []device.Channel{device.WhatsApp} }
		for i := range 8 {
			s.write(gateway.ForRating, person(i), "invitation", whatsApp)
		}
		s.pass(time.Hour)
		if n := texts(s, 8); n != gateway.WarmUpFirst {
			t.Errorf("%d invitations began chats on the account's first day, %d may", n, gateway.WarmUpFirst)
		}
		s.write(gateway.ForCampaign, person(20), "mailing", whatsApp)
		for i := range 10 {
			s.write(gateway.ForOrder, person(30+i), "order", nil)
		}
		s.pass(10 * time.Minute)
		if n := texts(s, 40) - gateway.WarmUpFirst; n != 10 {
			t.Errorf("%d of 10 orders and no mailing", n)
		}
		s.pass(48 * time.Hour)
		if n := texts(s, 40); n != 19 {
			t.Errorf("%d of 19 in the end", n)
		}
	})
}

// A lock stops the new chats of mailings at once, as long as it lasts; answers go on.
func TestALockStopsNewChats(t *testing.T) {
	t.Parallel()
	polite(t, func(s *shop) { s.settings.WhatsApp.Gap = 0 }, func(s *shop, m *manners) {
		m.set(1, gateway.CampaignPolicy{Running: true, NewChatsWait: true})
		s.write(gateway.ForOrder, person(150), "order", nil)
		s.pass(time.Second)
		s.wa.answers = []error{&device.Error{Kind: device.Locked, Op: "send", Code: "463"}}
		s.write(gateway.ForCampaign, anna, "mailing", nil)
		s.pass(time.Second)
		s.wa.setLink(device.LinkLocked)
		for i := range 5 {
			s.write(gateway.ForCampaign, person(i), "mailing", nil)
		}
		s.write(gateway.ForReply, person(150), "answer", nil)
		s.pass(5 * time.Hour)
		s.wants("answers go on", s.wa.texts(person(150)), []string{"order", "answer"})
		if n, sends := texts(s, 5), len(s.wa.sentAt); n != 0 || sends != 3 {
			t.Errorf("%d chats begun under a lock, %d sends", n, sends)
		}
		s.wants("no SMS", s.sms.texts(anna), nil)
		s.wa.setLink(device.LinkConnected)
		s.pass(time.Hour)
		if n := texts(s, 5) + len(s.wa.texts(anna)); n != 6 {
			t.Errorf("%d of 6 when the lock is over", n)
		}
	})
}

// A ban does not turn a mailing that may wait into SMS.
func TestABanMakesAMailingWait(t *testing.T) {
	t.Parallel()
	polite(t, nil, func(s *shop, m *manners) {
		m.set(1, gateway.CampaignPolicy{Running: true, NewChatsWait: true})
		s.wa.setLink(device.LinkBanned)
		s.write(gateway.ForCampaign, person(0), "mailing", nil)
		s.write(gateway.ForOrder, person(1), "order", nil)
		s.pass(5 * time.Hour)
		s.wants("the mailing", s.sms.texts(person(0)), nil)
		s.wants("the order", s.sms.texts(person(1)), []string{"order"})
	})
}

// Mailings ask about a bounded number of people; who is known is written to all the same.
func TestMailingsAskTheDirectoryLittle(t *testing.T) {
	t.Parallel()
	polite(t, func(s *shop) {
		s.settings.WhatsApp.Gap, s.settings.WhatsApp.NewChatsPerDay, s.settings.Conduct.LookUpsPerDay = 0, 0, 10
		for i := range 15 {
			delete(s.wa.members, person(i))
		}
	}, func(s *shop, _ *manners) {
		for i := range 40 {
			s.write(gateway.ForCampaign, person(i), "mailing", func(m *gateway.Message) { m.Channels = both[:1] })
		}
		s.pass(12 * time.Hour)
		s.restart()
		s.pass(10 * time.Hour)
		if n := len(s.wa.asked); n != 10 {
			t.Errorf("asked about %d, 10 may be", n)
		}
		s.write(gateway.ForOrder, person(100), "order", nil)
		s.pass(time.Minute)
		s.wants("an order is not counted", s.wa.texts(person(100)), []string{"order"})
		s.write(gateway.ForCampaign, person(100), "mailing", nil)
		s.pass(time.Minute)
		s.wants("who is known", s.wa.texts(person(100)), []string{"order", "mailing"})
		s.pass(4 * 24 * time.Hour)
		if n := texts(s, 40); n != 25 {
			t.Errorf("%d of 25 in the end", n)
		}
	})
}

// restart stops the shop and opens it again on the same ledger.
func (s *shop) restart() {
	s.stop()
	s.start(s.path)
}

// An order's message leaves at the next slot, however many of a mailing are in the queue.
func TestAnOrderOvertakesAMailing(t *testing.T) {
	t.Parallel()
	for name, share := range map[string]int{"the share is used up": 1, "it goes on": 100} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			polite(t, func(s *shop) {
				s.settings.WhatsApp.PaceSettings = gateway.PaceSettings{Gap: 10 * time.Second, PerHour: 400}
				s.settings.WhatsApp.NewChatsPerDay, s.settings.Conduct.MailingShare = 0, share
			}, func(s *shop, _ *manners) {
				for i := range 1500 {
					s.write(gateway.ForCampaign, person(i%200), strings.Repeat("m", 1+i/200), nil)
				}
				s.pass(7 * time.Minute)
				began := time.Now()
				for i := range 20 {
					s.write(gateway.ForOrder, anna, fmt.Sprint("order ", i), nil)
					at := time.Now()
					for len(s.wa.texts(anna)) <= i && time.Since(at) < time.Minute {
						s.pass(100 * time.Millisecond)
					}
					if took := time.Since(at); took > 14*time.Second {
						t.Fatalf("order %d took %s, a slot is 13.4 s", i, took)
					}
					s.pass(3 * time.Second)
				}
				t.Logf("20 orders in %s", time.Since(began))
			})
		})
	}
}
