package gateway_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// manners is what the dispatchers ask about people and mailings.
type manners struct {
	mu       sync.Mutex
	words    map[device.Phone]gateway.Consent
	mailings map[gateway.CampaignID]gateway.CampaignPolicy
	since    time.Time
	gateway.Consents
}

func (m *manners) ConsentOf(_ context.Context, p device.Phone, _ int64) (gateway.Consent, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w, ok := m.words[p]
	return w, ok, nil
}

func (m *manners) says(p device.Phone, a device.Answer, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.words[p] = gateway.Consent{Phone: p, Answer: a, Source: gateway.ConsentWord, At: at}
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

func (m *manners) wire(d *gateway.Dispatcher) {
	d.Consents, d.Campaigns = m, m.mailing
	d.AccountSince = func() time.Time { m.mu.Lock(); defer m.mu.Unlock(); return m.since }
}

// polite opens a shop with one running mailing, number 1.
func polite(t *testing.T, change func(*shop), test func(*shop, *manners)) {
	t.Helper()
	m := &manners{words: map[device.Phone]gateway.Consent{}, mailings: map[gateway.CampaignID]gateway.CampaignPolicy{1: {Running: true}}}
	open(t, func(s *shop) {
		s.wire = m.wire
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
		m.says(anna, device.No, time.Now())
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

		m.mu.Lock()
		m.words[anna] = gateway.Consent{Phone: anna, Answer: device.Yes, Source: gateway.ConsentImport, At: time.Now()}
		m.mu.Unlock()
		s.write(gateway.ForCampaign, anna, "two", nil)
		s.pass(time.Minute)
		s.wants("a list does not allow it again", s.wa.texts(anna), nil)

		m.says(anna, device.Yes, time.Now())
		s.write(gateway.ForCampaign, anna, "three", nil)
		s.pass(time.Minute)
		s.wants("her own word does", s.wa.texts(anna), []string{"three"})

		s.talk(anna, func(a *gateway.Answered) { a.OptOut = &in })
		m.mu.Lock()
		delete(m.words, anna)
		m.mu.Unlock()
		s.write(gateway.ForCampaign, anna, "four", nil)
		s.pass(time.Minute)
		s.wants("as does the start word", s.wa.texts(anna), []string{"three", "four"})
	})
}

func TestARefusalDuringTheLookUpCounts(t *testing.T) {
	t.Parallel()
	polite(t, nil, func(s *shop, m *manners) {
		s.wa.lookUp = func() { m.says(anna, device.No, time.Now()) }
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
		m.says(person(1), device.Yes, time.Now())
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
		m.says(anna, device.No, time.Now())
		s.pass(time.Hour)
		if len(s.wa.sentAt) != 1 || s.message(id).Reason != gateway.OptedOut {
			t.Errorf("%d sends, %s", len(s.wa.sentAt), s.message(id).Reason)
		}
	})
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
