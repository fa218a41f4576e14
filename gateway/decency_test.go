package gateway_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// manners is what the dispatchers ask about mailings, and what people say of advertising.
type manners struct {
	*shop
	mu       sync.Mutex
	mailings map[gateway.CampaignID]gateway.CampaignPolicy
	since    time.Time
}

// says keeps a person's word.
func (m *manners) says(p device.Phone, a device.Answer) { m.keeps(p, a, gateway.ConsentWord) }

func (m *manners) keeps(p device.Phone, a device.Answer, from gateway.ConsentSource) {
	m.t.Helper()
	if _, err := m.store.KeepConsents(context.Background(), gateway.Consent{Phone: p, Answer: a, Source: from, At: time.Now()}); err != nil {
		m.t.Fatal(err)
	}
}

func (m *manners) mailing(id gateway.CampaignID) (gateway.CampaignPolicy, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.mailings[id]
	return p, ok
}

func (m *manners) set(id gateway.CampaignID, p gateway.CampaignPolicy) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mailings[id] = p
}

func (m *manners) into(d *gateway.Dispatcher) {
	d.Campaigns = m.mailing
	d.AccountSince = func() time.Time { m.mu.Lock(); defer m.mu.Unlock(); return m.since }
}

// polite opens a shop with one running mailing, number 1.
func polite(t *testing.T, change func(*shop), test func(*shop, *manners)) {
	t.Helper()
	m := &manners{mailings: map[gateway.CampaignID]gateway.CampaignPolicy{1: {Running: true}}}
	open(t, func(s *shop) {
		s.wire, m.shop = m.into, s
		for i := range 200 {
			s.wa.members[person(i)] = true
		}
		if change != nil {
			change(s)
		}
	}, func(s *shop) { test(s, m) })
}

// person is one of many, who are on WhatsApp unless a test says otherwise.
func person(i int) device.Phone { return device.Phone(fmt.Sprintf("+7916%07d", i)) }

var both = []device.Channel{device.WhatsApp, device.SMS}

// write puts a message into the queue.
func (s *shop) write(p gateway.Purpose, to device.Phone, text string, change func(*gateway.Message)) gateway.MessageID {
	s.t.Helper()
	now := time.Now()
	m := gateway.Message{
		To: to, Purpose: p, Text: text, State: gateway.Queued, Reason: gateway.InQueue, Channels: both, Channel: device.WhatsApp,
		NotBefore: now, CreatedAt: now, UpdatedAt: now, DedupeKey: fmt.Sprint(p, "/", to, "/", text),
	}
	if p == gateway.ForCampaign {
		m.Campaign = 1
	}
	if change != nil {
		change(&m)
	}
	kept, err := s.store.Decide(context.Background(), 0, []gateway.Decision{{Verdict: gateway.Send, Reason: gateway.InQueue, At: now, Message: &m, Trace: []gateway.Step{{At: now, Reason: gateway.FromCampaign}}}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.dispatchers[m.Channel].Wake()
	return kept[0].MessageID
}

// told counts how often a reason stands in a message's story.
func (s *shop) toldOf(id gateway.MessageID, why gateway.Reason) int {
	s.t.Helper()
	story, err := s.store.Story(context.Background(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return countReason(story.Trace, why)
}

func (s *shop) message(id gateway.MessageID) gateway.Message {
	s.t.Helper()
	m, err := s.store.Message(context.Background(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// talk has a person of the shop talk with a customer; change says how.
func (s *shop) talk(p device.Phone, change func(*gateway.Answered)) {
	s.t.Helper()
	ctx := context.Background()
	c, err := s.store.OpenConversation(ctx, device.WhatsApp, p, "")
	if err != nil {
		s.t.Fatal(err)
	}
	if c, err = s.store.Conversation(ctx, c.ID); err != nil {
		s.t.Fatal(err)
	}
	a := gateway.Answered{Conversation: c.ID, Version: c.Version, TakenAt: c.TakenAt, Next: []byte("{}"), SilentUntil: c.SilentUntil, SilentWhy: c.SilentWhy}
	change(&a)
	if _, ok, err := s.store.Answer(ctx, a); err != nil || !ok {
		s.t.Fatal(ok, err)
	}
}

func withPerson(until time.Time) func(*gateway.Answered) {
	return func(a *gateway.Answered) { a.Taken, a.SilentUntil, a.SilentWhy = true, until, "operator" }
}

// A refusal stops what is in the queue already, but no news of an order.
func TestARefusalStopsWhatIsInTheQueue(t *testing.T) {
	t.Parallel()
	polite(t, func(s *shop) { s.settings.WhatsApp.Gap = 10 * time.Second }, func(s *shop, m *manners) {
		s.write(gateway.ForOrder, person(0), "first", nil)
		s.pass(time.Second)
		mailed := s.write(gateway.ForCampaign, anna, "mailing", nil)
		asked := s.write(gateway.ForRating, anna, "mark?", nil)
		s.write(gateway.ForOrder, anna, "ready", nil)
		s.pass(time.Second)
		m.says(anna, device.No)
		s.pass(time.Minute)
		s.wants("Anna's WhatsApp", s.wa.texts(anna), []string{"ready"})
		for _, id := range []gateway.MessageID{mailed, asked} {
			if got := s.message(id); got.State != gateway.Cancelled || got.Reason != gateway.OptedOut || s.toldOf(id, gateway.OptedOut) != 1 {
				t.Errorf("%s is %s: %s", got.Text, got.State, got.Reason)
			}
		}
	})
}

// A stop word in any conversation counts, also when it comes while the directory is asked; a later word
// of her own takes it back, a list does not.
func TestAStopWordOfAnyConversationCounts(t *testing.T) {
	t.Parallel()
	out, in := true, false
	polite(t, func(s *shop) { s.settings.WhatsApp.Gap = 0 }, func(s *shop, m *manners) {
		s.talk(anna, func(a *gateway.Answered) { a.OptOut = &out })
		s.pass(time.Second)
		s.write(gateway.ForCampaign, anna, "one", nil)
		s.pass(time.Minute)
		s.wants("refused", s.wa.texts(anna), nil)

		m.keeps(anna, device.Yes, gateway.ConsentImport)
		s.write(gateway.ForCampaign, anna, "two", nil)
		s.pass(time.Minute)
		s.wants("a list does not allow it again", s.wa.texts(anna), nil)

		m.says(anna, device.Yes)
		s.write(gateway.ForCampaign, anna, "three", nil)
		s.pass(time.Minute)
		s.wants("her own word does", s.wa.texts(anna), []string{"three"})

		s.talk(anna, func(a *gateway.Answered) { a.OptOut = &in })
		s.write(gateway.ForCampaign, anna, "four", nil)
		s.pass(time.Minute)
		s.wants("as does the start word", s.wa.texts(anna), []string{"three", "four"})
	})
}

func TestARefusalDuringTheLookUpCounts(t *testing.T) {
	t.Parallel()
	polite(t, nil, func(s *shop, m *manners) {
		s.wa.lookUp = func() { m.says(anna, device.No) }
		id := s.write(gateway.ForCampaign, anna, "mailing", nil)
		s.pass(time.Minute)
		s.wants("Anna's WhatsApp", s.wa.texts(anna), nil)
		if got := s.message(id); got.Reason != gateway.OptedOut {
			t.Errorf("%s: %s", got.State, got.Reason)
		}
	})
}

func TestAdvertisingNeedsAYes(t *testing.T) {
	t.Parallel()
	polite(t, nil, func(s *shop, m *manners) {
		m.set(1, gateway.CampaignPolicy{Running: true, Advertising: true})
		m.says(person(1), device.Yes)
		no, yes := s.write(gateway.ForCampaign, person(0), "news", nil), s.write(gateway.ForCampaign, person(1), "news", nil)
		s.pass(time.Minute)
		s.wants("without a word", s.wa.texts(person(0)), nil)
		s.wants("who said yes", s.wa.texts(person(1)), []string{"news"})
		if a, b := s.message(no), s.message(yes); a.State != gateway.Cancelled || a.Reason != gateway.NoConsent || b.State != gateway.Delivered {
			t.Errorf("%s (%s), %s", a.State, a.Reason, b.State)
		}
	})
}

// A resend of unknown fate is a message as well.
func TestNothingIsSentAgainAfterARefusal(t *testing.T) {
	t.Parallel()
	polite(t, func(s *shop) { s.wa.swallow, s.wa.deaf = true, true }, func(s *shop, m *manners) {
		id := s.write(gateway.ForCampaign, anna, "mailing", nil)
		s.pass(10 * time.Second)
		m.says(anna, device.No)
		s.pass(time.Hour)
		if len(s.wa.sentAt) != 1 || s.message(id).Reason != gateway.OptedOut {
			t.Errorf("%d sends, %s", len(s.wa.sentAt), s.message(id).Reason)
		}
	})
}

// What nobody knows of, in the evening, is not sent again at night.
func TestNothingIsSentAgainAtNight(t *testing.T) {
	t.Parallel()
	for _, purpose := range []gateway.Purpose{gateway.ForCampaign, gateway.ForOrder} {
		polite(t, func(s *shop) { s.wa.swallow, s.wa.deaf = true, true }, func(s *shop, _ *manners) {
			now := time.Now().In(s.settings.Shop.Zone())
			minute := gateway.Clock(now.Hour()*60 + now.Minute())
			s.write(purpose, anna, "news", func(m *gateway.Message) { m.Hours = gateway.Hours{From: minute, To: minute + 1} })
			s.pass(time.Hour)
			if len(s.wa.sentAt) != 1 {
				t.Errorf("%s: %d sends, of which the later ones outside the hours", purpose, len(s.wa.sentAt))
			}
			s.pass(24 * time.Hour)
			if len(s.wa.sentAt) < 2 {
				t.Errorf("%s: not sent again the next day", purpose)
			}
		})
	}
}

// Into a talk with a person of the shop comes no mailing until it is over, and no news of an order
// until it has been quiet for ten minutes.
func TestNothingComesIntoATalk(t *testing.T) {
	t.Parallel()
	polite(t, nil, func(s *shop, _ *manners) {
		s.talk(anna, withPerson(time.Now().Add(4*time.Hour)))
		mailed := s.write(gateway.ForCampaign, anna, "mailing", nil)
		s.write(gateway.ForRating, anna, "mark?", nil)
		s.write(gateway.ForOrder, anna, "ready", nil)
		s.write(gateway.ForReply, anna, "answer", nil)
		s.write(gateway.ForOrder, person(0), "ready", nil)
		s.pass(30 * time.Second)
		s.wants("another customer", s.wa.texts(person(0)), []string{"ready"})
		s.wants("in the talk", s.wa.texts(anna), []string{"answer"})
		if got := s.message(mailed); got.State != gateway.Held || got.Reason != gateway.HeldTalk {
			t.Errorf("%s: %s", got.State, got.Reason)
		}
		s.pass(10 * time.Minute)
		s.wants("when it is quiet", s.wa.texts(anna), []string{"answer", "ready"})
		s.pass(3 * time.Hour)
		s.wants("while it may go on", s.wa.texts(anna), []string{"answer", "ready"})
		s.pass(time.Hour)
		s.wants("when it is over", s.wa.texts(anna), []string{"answer", "ready", "mark?", "mailing"})
		if n := s.toldOf(mailed, gateway.HeldTalk); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

// The person gives the talk back early: the mailing is there within half an hour.
func TestATalkThatEndsEarly(t *testing.T) {
	t.Parallel()
	polite(t, nil, func(s *shop, _ *manners) {
		s.talk(anna, withPerson(time.Now().Add(4*time.Hour)))
		s.write(gateway.ForCampaign, anna, "mailing", nil)
		s.pass(5 * time.Minute)
		s.talk(anna, func(a *gateway.Answered) { a.SilentUntil, a.SilentWhy = time.Time{}, "" })
		s.pass(30 * time.Minute)
		s.wants("Anna's WhatsApp", s.wa.texts(anna), []string{"mailing"})
	})
}

// Somebody who waits for a person gets no mailing; a program on the other side is no talk.
func TestWhoIsInATalk(t *testing.T) {
	t.Parallel()
	polite(t, nil, func(s *shop, _ *manners) {
		s.talk(anna, func(a *gateway.Answered) { a.CalledAt, a.CalledWhy = time.Now(), "asked_person" })
		s.talk(person(0), func(a *gateway.Answered) { a.SilentUntil, a.SilentWhy = time.Now().Add(time.Hour), "loop" })
		s.write(gateway.ForCampaign, anna, "mailing", nil)
		s.write(gateway.ForCampaign, person(0), "mailing", nil)
		s.pass(3 * time.Hour)
		s.wants("who waits for a person", s.wa.texts(anna), nil)
		s.wants("a program", s.wa.texts(person(0)), []string{"mailing"})
		s.talk(anna, func(*gateway.Answered) {})
		s.pass(time.Hour)
		s.wants("when she was served", s.wa.texts(anna), []string{"mailing"})
	})
}

// When nobody comes for days, a mailing does not wait for it.
func TestAMailingDoesNotWaitForAPersonForEver(t *testing.T) {
	t.Parallel()
	polite(t, nil, func(s *shop, _ *manners) {
		s.talk(anna, func(a *gateway.Answered) { a.CalledAt, a.CalledWhy = time.Now(), "asked_person" })
		s.write(gateway.ForCampaign, anna, "mailing", nil)
		s.pass(2 * 24 * time.Hour)
		s.wants("after two days", s.wa.texts(anna), nil)
		s.pass(2 * 24 * time.Hour)
		s.wants("after four", s.wa.texts(anna), []string{"mailing"})
	})
}

// A talk that never rests keeps an order's news for an hour, and none beyond its expiry.
func TestAnOrderDoesNotWaitForEverInATalk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		expires time.Duration
		after   time.Duration
	}{"an hour": {0, time.Hour}, "its expiry": {20 * time.Minute, 19 * time.Minute}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			polite(t, nil, func(s *shop, _ *manners) {
				began := time.Now()
				s.talk(anna, withPerson(began.Add(9*time.Hour)))
				s.write(gateway.ForOrder, anna, "ready", func(m *gateway.Message) {
					if c.expires > 0 {
						m.ExpiresAt = began.Add(c.expires)
					}
				})
				for time.Since(began) < c.after-time.Minute {
					s.pass(time.Minute)
					s.talk(anna, withPerson(began.Add(9*time.Hour)))
				}
				s.wants("while they talk", s.wa.texts(anna), nil)
				s.pass(2 * time.Minute)
				s.wants("in the end", s.wa.texts(anna), []string{"ready"})
			})
		})
	}
}

// A pause holds at once what is in the queue, says so once, and gives it free at once.
func TestAPauseHoldsAtOnce(t *testing.T) {
	t.Parallel()
	polite(t, func(s *shop) { s.settings.WhatsApp.Gap = 10 * time.Second }, func(s *shop, m *manners) {
		m.set(2, gateway.CampaignPolicy{Running: true})
		var ids []gateway.MessageID
		for i := range 300 { // more than one pass looks at
			ids = append(ids, s.write(gateway.ForCampaign, person(i), "mailing", nil))
		}
		s.pass(35 * time.Second)
		before := len(s.wa.sentAt)
		m.set(1, gateway.CampaignPolicy{})
		s.write(gateway.ForCampaign, anna, "the other mailing", func(m *gateway.Message) { m.Campaign = 2 })
		s.pass(2 * time.Hour)
		if before == 0 || len(s.wa.sentAt) != before+1 {
			t.Fatalf("%d sends before the pause, %d after it", before, len(s.wa.sentAt)-before)
		}
		s.wants("another mailing goes on", s.wa.texts(anna), []string{"the other mailing"})
		if got := s.message(ids[299]); got.Reason != gateway.CampaignPaused || s.toldOf(got.ID, gateway.CampaignPaused) != 1 {
			t.Errorf("%s, told %d times", got.Reason, s.toldOf(got.ID, gateway.CampaignPaused))
		}
		m.set(1, gateway.CampaignPolicy{Running: true})
		s.dispatchers[device.WhatsApp].Wake()
		s.pass(time.Second)
		if len(s.wa.sentAt) != before+2 {
			t.Errorf("%d sends a second after the mailing went on", len(s.wa.sentAt)-before-1)
		}
	})
}

func TestAMailingThatNobodyKnowsIsHeld(t *testing.T) {
	t.Parallel()
	polite(t, nil, func(s *shop, m *manners) {
		id := s.write(gateway.ForCampaign, anna, "mailing", func(m *gateway.Message) { m.Campaign = 9 })
		test := s.write(gateway.ForTest, anna, "to my own phone", func(m *gateway.Message) { m.Campaign = 9 })
		s.pass(time.Hour)
		if got := s.message(id); got.State != gateway.Held || got.NotBefore.IsZero() {
			t.Errorf("%s", got.State)
		}
		s.wants("a test needs no running mailing", s.wa.texts(anna), []string{s.message(test).Text})
		m.set(9, gateway.CampaignPolicy{Running: true})
		s.dispatchers[device.WhatsApp].Wake()
		s.pass(time.Minute)
		s.wants("Anna's WhatsApp", s.wa.texts(anna), []string{"to my own phone", "mailing"})
	})
}
