package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/store"
	"vestnik/store/storetest"
)

// mailer drives two mailings to overlapping people with all that may become of them, and restarts in
// between. After each step the counts are those of the people, a person has at most one message that may leave or has
// left, and nobody who refused is in a queue after he was fed.
type mailer struct {
	dir   string
	store *store.Store
	ids   []gateway.CampaignID
	seq   int
}

func TestMailingMachine(t *testing.T) {
	t.Parallel()
	base, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		m := &mailer{dir: filepath.Join(base, fmt.Sprint(n))}
		if err := os.Mkdir(m.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		putEmpty(t, filepath.Join(m.dir, "vestnik.db"))
		m.open(t)
		defer func() {
			_ = m.store.Close()
			_ = os.RemoveAll(m.dir)
		}()
		m.gather(t, 1)
		m.gather(t, 4)
		t.Repeat(map[string]func(*rapid.T){
			"begin":    m.begin,
			"freeze":   m.freeze,
			"feed":     m.feed,
			"takeBack": m.takeBack,
			"shift":    m.shift,
			"send":     m.send,
			"receipt":  m.receipt,
			"end":      m.end,
			"words":    m.words,
			"refuse":   m.refuse,
			"click":    m.click,
			"crash":    m.crash,
			"":         m.check,
		})
	})
}

func (m *mailer) open(t *rapid.T) {
	var err error
	if m.store, err = store.Open(context.Background(), store.Options{Path: filepath.Join(m.dir, "vestnik.db")}); err != nil {
		t.Fatal(err)
	}
}

func (m *mailer) must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (m *mailer) gather(t *rapid.T, first int) {
	ctx := context.Background()
	c, err := m.store.SaveCampaign(ctx, storetest.Mailing(fmt.Sprint("mailing ", first)), "olga")
	m.must(t, err)
	m.ids = append(m.ids, c.ID)
	token, err := m.store.BeginCollect(ctx, c.ID, 6)
	m.must(t, err)
	var people []campaign.Person
	for i := range 6 {
		people = append(people, storetest.Someone(first+i))
	}
	people = append(people, people[0])
	_, err = m.store.AddPeople(ctx, c.ID, token, people, 7, 7)
	m.must(t, err)
	m.must(t, m.store.EndCollect(ctx, c.ID, token, ""))
}

func (m *mailer) id(t *rapid.T) gateway.CampaignID {
	return rapid.SampledFrom(m.ids).Draw(t, "mailing")
}

func (m *mailer) people(t *rapid.T, id gateway.CampaignID) []campaign.Person {
	rows, _, err := m.store.People(context.Background(), id, campaign.PeopleFilter{Limit: 200})
	m.must(t, err)
	return rows
}

func (m *mailer) move(t *rapid.T, id gateway.CampaignID, from, to campaign.State) {
	_, err := m.store.Shift(context.Background(), id, from, to, gateway.PausedByPerson, nil, "olga")
	m.must(t, err)
}

func (m *mailer) begin(t *rapid.T) { m.move(t, m.id(t), campaign.Draft, campaign.Starting) }

func (m *mailer) deductions() campaign.Deductions {
	d := storetest.Everybody()
	d.Now = time.Now()
	return d
}

func (m *mailer) freeze(t *rapid.T) {
	_, err := m.store.Freeze(context.Background(), m.id(t), m.deductions(), rapid.IntRange(1, 5).Draw(t, "piece"))
	m.must(t, err)
}

// feed gives the ledger rows as they were read, or as they were read before.
func (m *mailer) feed(t *rapid.T) {
	id := m.id(t)
	var fed []campaign.Fed
	for _, p := range m.people(t, id) {
		if rapid.Bool().Draw(t, "fed") {
			one := storetest.Feeding(p)
			if rapid.IntRange(0, 9).Draw(t, "out") == 0 {
				one.Decision = gateway.Decision{Verdict: gateway.Skip, Reason: gateway.TextEmpty}
			} else {
				m.seq++
				one.Token = fmt.Sprintf("token%d", m.seq)
			}
			fed = append(fed, one)
		}
	}
	every := rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(t, "every")
	_, err := m.store.Feed(context.Background(), id, every, fed)
	m.must(t, err)
}

func (m *mailer) takeBack(t *rapid.T) {
	_, err := m.store.TakeBack(context.Background(), m.id(t))
	m.must(t, err)
}

func (m *mailer) shift(t *rapid.T) {
	way := rapid.SampledFrom([][2]campaign.State{
		{campaign.Running, campaign.Paused},
		{campaign.Paused, campaign.Running},
		{campaign.Starting, campaign.Paused},
		{campaign.Running, campaign.Done},
		{campaign.Running, campaign.Stopped},
		{campaign.Paused, campaign.Stopped},
		{campaign.Starting, campaign.Stopped},
	}).Draw(t, "way")
	m.move(t, m.id(t), way[0], way[1])
}

// one is a person with a message in one of some states.
func (m *mailer) one(t *rapid.T, states ...gateway.State) (gateway.Message, bool) {
	for _, p := range m.people(t, m.id(t)) {
		if p.Message == 0 || !rapid.Bool().Draw(t, "this one") {
			continue
		}
		msg, err := m.store.Message(context.Background(), p.Message)
		m.must(t, err)
		for _, s := range states {
			if msg.State == s {
				return msg, true
			}
		}
	}
	return gateway.Message{}, false
}

func (m *mailer) send(t *rapid.T) {
	ctx := context.Background()
	msg, ok := m.one(t, gateway.Queued)
	if !ok {
		return
	}
	m.seq++
	n, ok, err := m.store.Begin(ctx, gateway.Queued, storetest.Attempt(msg.ID, msg.Channel, fmt.Sprint("w", m.seq), time.Now()), gateway.Step{At: time.Now(), Reason: gateway.SendingNow})
	m.must(t, err)
	if !ok {
		t.Fatal("not begun")
	}
	to := rapid.SampledFrom([]gateway.Change{
		{State: gateway.Accepted, Reason: gateway.WasAccepted, AttemptState: gateway.AttemptAccepted},
		{State: gateway.UnknownState, Reason: gateway.Uncertain, AttemptState: gateway.AttemptUncertain},
		{State: gateway.Queued, Reason: gateway.NothingLeft, AttemptState: gateway.AttemptNotSent},
		{State: gateway.Queued, Reason: gateway.MovedTo, AttemptState: gateway.AttemptRefused, Channel: device.SMS},
		{State: gateway.Failed, Reason: gateway.WasRefused, AttemptState: gateway.AttemptRefused},
	}).Draw(t, "outcome")
	to.Attempt = n
	_, err = m.store.Move(ctx, msg.ID, gateway.Sending, to)
	m.must(t, err)
}

func (m *mailer) receipt(t *rapid.T) {
	msg, ok := m.one(t, gateway.Accepted, gateway.UnknownState, gateway.Delivered)
	if !ok {
		return
	}
	to := rapid.SampledFrom([]gateway.State{gateway.Accepted, gateway.Delivered, gateway.Read, gateway.Queued}).Draw(t, "proof")
	if msg.State.May(to) {
		_, err := m.store.Move(context.Background(), msg.ID, msg.State, gateway.Change{State: to})
		m.must(t, err)
	}
}

// end is what dispatchers and people do to a message that waits.
func (m *mailer) end(t *rapid.T) {
	msg, ok := m.one(t, gateway.Queued, gateway.Held)
	if !ok {
		return
	}
	to := rapid.SampledFrom([]gateway.Change{
		{State: gateway.Held, Reason: gateway.HeldHours, NotBefore: time.Now()},
		{State: gateway.Queued, Reason: gateway.InQueue},
		{State: gateway.Cancelled, Reason: gateway.OptedOut},
		{State: gateway.Cancelled, Reason: gateway.WasCancelled},
		{State: gateway.Expired, Reason: gateway.WasExpired},
	}).Draw(t, "end")
	if msg.State.May(to.State) {
		_, err := m.store.Move(context.Background(), msg.ID, msg.State, to)
		m.must(t, err)
	}
}

func (m *mailer) phone(t *rapid.T) device.Phone {
	return storetest.Someone(rapid.IntRange(1, 10).Draw(t, "person")).Phone
}

func (m *mailer) words(t *rapid.T) {
	m.seq++
	_, err := m.store.SaveIncoming(context.Background(), device.Incoming{
		Channel: device.WhatsApp, Device: "d", ID: fmt.Sprint("in", m.seq), From: m.phone(t), Text: "спасибо", At: time.Now(),
	}, nil)
	m.must(t, err)
}

func (m *mailer) refuse(t *rapid.T) {
	answer := rapid.SampledFrom([]device.Answer{device.No, device.Yes}).Draw(t, "answer")
	_, err := m.store.KeepConsents(context.Background(), gateway.Consent{Phone: m.phone(t), Answer: answer, Source: gateway.ConsentWord, At: time.Now()})
	m.must(t, err)
}

func (m *mailer) click(t *rapid.T) {
	for _, p := range m.people(t, m.id(t)) {
		if p.Token != "" && rapid.Bool().Draw(t, "clicks") {
			m.must(t, m.store.Clicked(context.Background(), p.Token))
			return
		}
	}
}

func (m *mailer) crash(t *rapid.T) {
	_ = m.store.Close()
	m.open(t)
	_, err := m.store.InForce(context.Background())
	m.must(t, err)
}

func (m *mailer) check(t *rapid.T) {
	ctx := context.Background()
	for _, id := range m.ids {
		c, err := m.store.Campaign(ctx, id)
		m.must(t, err)
		people := m.people(t, id)
		if c.State == campaign.Running || c.State == campaign.Done {
			storetest.Tallied(t, m.store, id, people)
		}
		for _, p := range people {
			m.person(t, c, p)
		}
	}
}

// person holds one row against his messages.
func (m *mailer) person(t *rapid.T, c campaign.Campaign, p campaign.Person) {
	live := 0
	for try := 1; try <= p.Tries; try++ {
		key := fmt.Sprintf("campaign/%d/person/%d", c.ID, p.ID)
		if try > 1 {
			key += fmt.Sprint("/", try)
		}
		msg, _, err := m.store.MessageByKey(context.Background(), key)
		m.must(t, err)
		if msg.State != gateway.Cancelled || msg.Attempts > 0 {
			live++
		}
		if try < p.Tries {
			continue
		}
		want := map[gateway.State]campaign.PersonState{
			gateway.Held: campaign.PersonQueued, gateway.Queued: campaign.PersonQueued, gateway.Sending: campaign.PersonQueued,
			gateway.Accepted: campaign.PersonSent, gateway.Delivered: campaign.PersonSent, gateway.Read: campaign.PersonSent,
			gateway.UnknownState: campaign.PersonDoubt, gateway.Failed: campaign.PersonFailed, gateway.Expired: campaign.PersonOut,
		}[msg.State]
		if want == "" {
			want = campaign.PersonOut
			if msg.Reason == gateway.CampaignBack && p.State == campaign.PersonWaits {
				want = campaign.PersonWaits
			}
		}
		if p.State != want || p.Message != msg.ID {
			t.Fatalf("%+v has the message %+v", p, msg)
		}
	}
	if live > 1 {
		t.Fatalf("%+v has %d messages", p, live)
	}
	ended := c.State == campaign.Stopped || c.State == campaign.Done
	if ended && p.State == campaign.PersonWaits {
		t.Fatalf("%s, and %+v", c.State, p)
	}
}
