package talk_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store"
)

// lives is how many lives are drawn when -rapid.checks does not say.
const lives = "20"

// The script's times in a life: short ones, since every minute is played.
const (
	livesAgain = time.Hour
	livesHuman = 10 * time.Minute
)

// TestLives draws conversations of one customer who writes by WhatsApp and in Telegram:
// people of the shop who come and go, a CRM that is slow or away, time, and a clerk who is
// stopped at drawn points and begins anew on the same database.
func TestLives(t *testing.T) {
	t.Parallel()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", lives); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	template := filepath.Join(dir, "template.db")
	synctest.Test(t, func(t *testing.T) {
		st := opens(t, template)
		script, settings := bot.DefaultScript("ru"), gateway.DefaultSettings()
		script.On, script.AgainAfter, script.HumanFor = true, livesAgain, livesHuman
		script.Limits.PerMinute, script.Limits.PerDay = 20, 500
		asking(&script, &settings)
		script.Marks.Ask.After, script.Marks.Ask.Hours = time.Minute, gateway.Hours{}
		settings.Shop.Name, settings.RetailCRM.URL = "Лавка", "https://lavka.retailcrm.ru"
		if err := st.SaveSettings(t.Context(), settings, "test"); err != nil {
			t.Fatal(err)
		}
		if _, err := st.SaveScript(t.Context(), script, 0, "test"); err != nil {
			t.Fatal(err)
		}
		if _, err := st.QueueAsks(t.Context(), []string{"delivered"}, 0); err != nil { // the history's end is noted
			t.Fatal(err)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	})
	blank, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n)+".db")
		if err := os.WriteFile(path, blank, 0o600); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(path)
		rapid.SyncTest(t, func(t *rapid.T) {
			l := &life{desk: newDesk(t), talks: map[device.Channel]*shopSide{device.WhatsApp: {}, device.Chat: {}}, heard: map[string]bool{}}
			l.store = opens(t, path)
			l.begin()
			defer func() {
				l.end()
				if err := l.store.Close(); err != nil {
					t.Error(err)
				}
			}()
			t.Repeat(map[string]func(*rapid.T){
				"customer": l.customer, "customer too": l.customer, "the same again": l.again,
				"person writes": l.personWrites, "dialog": l.dialog, "page": l.page,
				"crm": l.theCRM, "delivered": l.orderDelivered,
				"time": l.time, "more time": l.time, "stop or start": l.power,
				"": func(*rapid.T) { l.check() },
			})
			l.rests()
		})
	})
}

func opens(t tester, path string) *store.Store {
	st, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// life is a desk to which things happen, and what must be true of it.
type life struct {
	*desk
	hold    chan struct{}
	talks   map[device.Channel]*shopSide
	heard   map[string]bool // ids of all that was heard, without copies
	last    device.Incoming
	history int64
	seen    gateway.MessageID // the newest message that check has looked at
}

// shopSide is what a person of the shop did in a conversation last.
type shopSide struct {
	silent   time.Time // until when the bot says nothing; zero: it may
	welcomed time.Time
}

func pick[A any](t *rapid.T, what string, from ...A) A { return rapid.SampledFrom(from).Draw(t, what) }

func side(t *rapid.T) device.Channel { return pick(t, "channel", device.WhatsApp, device.Chat) }

// says is something heard from either side.
func (l *life) says(in device.Incoming) {
	l.n++
	if in.ID == "" {
		in.ID = fmt.Sprint("in-", l.n)
	}
	l.heard[in.ID] = true
	in.At = time.Now()
	l.last = in
	l.hears(in)
}

// in is a message in one of the customer's conversations.
func in(ch device.Channel, text string) device.Incoming {
	if ch == device.Chat {
		return telegram(text)
	}
	return device.Incoming{Channel: ch, From: anna, Text: text}
}

func (l *life) customer(t *rapid.T) {
	l.says(in(side(t), pick(t, "text", "привет", "где мой заказ", "адрес", "/1", "спасибо", "оператор", "абракадабра", "5", "2", "0", "меню", "стоп", "10482 6789")))
}

// again brings the last message once more, as networks do.
func (l *life) again(t *rapid.T) {
	if l.last.ID == "" {
		t.Skip()
	}
	l.hears(l.last)
}

func (l *life) silence(ch device.Channel) { l.talks[ch].silent = time.Now().Add(livesHuman) }

func (l *life) personWrites(t *rapid.T) {
	ch := side(t)
	m := in(ch, "Здравствуйте, это Ольга")
	m.FromShop, m.From, m.To = true, "", m.From
	l.says(m)
	l.silence(ch)
}

// dialog is what the CRM's chats tell of a dialog.
func (l *life) dialog(t *rapid.T) {
	m := in(device.Chat, "")
	m.Event = pick(t, "event", device.TalkAssigned, device.TalkReturned, device.TalkClosed)
	l.says(m)
	if m.Event == device.TalkAssigned {
		l.silence(device.Chat)
	} else {
		l.talks[device.Chat].silent = time.Time{}
	}
}

// page is what a person does on the box's own page.
func (l *life) page(t *rapid.T) {
	ch := side(t)
	to := anna.String()
	if ch == device.Chat {
		to = "901"
	}
	id := l.talkID(ch, to)
	// Known: what the chats told of a dialog and waits here for a slow CRM counts after a
	// person's click, not before it.
	if l.stop == nil || l.hold != nil || id == 0 {
		t.Skip()
	}
	var err error
	switch pick(t, "does", "writes", "takes", "releases", "closes") {
	case "writes":
		err = l.clerk.Say(t.Context(), id, "Пишет Ольга", "olga")
		l.silence(ch)
	case "takes":
		err = l.clerk.Take(t.Context(), id, "olga")
		l.silence(ch)
	case "releases":
		err = l.clerk.Release(t.Context(), id, "olga")
		l.talks[ch].silent = time.Time{}
	default:
		err = l.clerk.CloseTalk(t.Context(), id, "olga")
		l.talks[ch].silent = time.Time{}
	}
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

func (l *life) talkID(ch device.Channel, to string) gateway.ConversationID {
	list, err := l.store.Conversations(l.t.Context(), gateway.ConversationFilter{Limit: 200})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, c := range list {
		if c.Channel == ch && (c.Phone.String() == to || c.Alias == to) {
			return c.ID
		}
	}
	return 0
}

// theCRM goes away, comes back, or keeps whoever asks waiting until something else has
// happened.
func (l *life) theCRM(t *rapid.T) {
	state := pick(t, "crm", "there", "there", "away", "slow")
	if l.hold != nil {
		close(l.hold)
		l.hold = nil
	}
	if state == "slow" {
		l.hold = make(chan struct{})
	}
	l.crm.set(func() { l.crm.down, l.crm.hold = state == "away", l.hold })
	synctest.Wait()
}

func (l *life) orderDelivered(t *rapid.T) {
	if l.history >= 2 {
		t.Skip()
	}
	l.history++
	l.delivered(90_000 + l.history)
}

func (l *life) time(t *rapid.T) {
	l.pass(pick(t, "passes", time.Second, 7*time.Second, time.Minute, livesHuman/2, livesHuman+time.Minute, livesAgain+time.Minute))
}

// power stops the clerk wherever he is, or starts him. The night passes while he is away.
func (l *life) power(t *rapid.T) {
	if l.stop == nil {
		l.pass(pick(t, "off", 0, time.Minute, livesHuman, 3*livesAgain, 30*time.Hour))
		l.begin()
		return
	}
	l.end()
}

// check looks at what the bot has said since it last looked.
func (l *life) check() {
	l.t.Helper()
	rows, _, err := l.store.Messages(l.t.Context(), gateway.MessageFilter{Limit: 200})
	if err != nil {
		l.t.Fatal(err)
	}
	newest := l.seen
	for i := len(rows) - 1; i >= 0; i-- {
		m := rows[i]
		if m.ID <= l.seen || !m.ByBot {
			continue
		}
		newest = max(newest, m.ID)
		talk := l.talks[m.Channel]
		if m.CreatedAt.Before(talk.silent) {
			l.t.Errorf("%s: the bot said %q by %s, although it is silent until %s", m.CreatedAt.Format(time.TimeOnly), m.Text, m.Channel, talk.silent.Format(time.TimeOnly))
		}
		if strings.Contains(m.Text, "вам отвечает бот") {
			if !talk.welcomed.IsZero() && m.CreatedAt.Sub(talk.welcomed) < livesAgain {
				l.t.Errorf("welcomed again by %s after %s: %q", m.Channel, m.CreatedAt.Sub(talk.welcomed), m.Text)
			}
			talk.welcomed = m.CreatedAt
		}
	}
	l.seen = newest
}

// rests gives everything the time that it needs, and looks at the whole life.
func (l *life) rests() {
	if l.hold != nil {
		close(l.hold)
		l.hold = nil
	}
	l.crm.set(func() { l.crm.down, l.crm.hold = false, nil })
	if l.stop == nil {
		l.begin()
	}
	l.pass(time.Minute)
	l.check()
	ctx := l.t.Context()
	open, err := l.store.PendingTalks(ctx, nil, 10)
	if err != nil || len(open) != 0 {
		l.t.Fatalf("still to be dealt with: %v, %v", open, err)
	}
	dealt := 0
	for ch, to := range map[device.Channel]string{device.WhatsApp: anna.String(), device.Chat: "901"} {
		id := l.talkID(ch, to)
		if id == 0 {
			continue
		}
		lines, err := l.store.TalkLines(ctx, id, 1000)
		if err != nil {
			l.t.Fatal(err)
		}
		for _, line := range lines {
			if line.Message != 0 {
				continue
			}
			dealt++
			if line.Why == "" {
				l.t.Errorf("%q was passed over", line.Text)
			}
		}
	}
	if dealt != len(l.heard) {
		l.t.Errorf("%d of %d words are kept", dealt, len(l.heard))
	}
	rows, _, err := l.store.Messages(ctx, gateway.MessageFilter{Limit: 200})
	if err != nil {
		l.t.Fatal(err)
	}
	said := map[string]bool{}
	for _, m := range rows {
		from, part, _ := strings.Cut(strings.TrimPrefix(m.DedupeKey, "reply/"), "/")
		for _, key := range []string{m.DedupeKey, from + "\x00" + m.Text} {
			if strings.HasPrefix(m.DedupeKey, "reply/") && said[key] {
				l.t.Errorf("said twice (part %s): %q", part, m.Text)
			}
			said[key] = true
		}
	}
}
