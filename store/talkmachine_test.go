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
	"vestnik/store"
	"vestnik/store/storetest"
)

// talkMachine drives conversations with customers who write, persons who take over,
// chats that are handed to and fro, decisions that are made out of date, and restarts; the
// clock goes back at times.
type talkMachine struct {
	path  string
	store *store.Store
	now   time.Time
	seq   int

	steps int

	in    []device.Incoming // all that came, for redeliveries
	known map[string]bool   // by wire id
	done  map[int64]string  // the heard rows that were dealt with
	looks []look            // decisions that are being made
	said  []gateway.MessageID
}

// look is a decision that has read its conversation.
type look struct {
	c gateway.Conversation
	h gateway.Heard
}

func TestTalkMachine(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		path := filepath.Join(base, fmt.Sprint(n, ".db"))
		putEmpty(t, path)
		m := &talkMachine{
			path: path, now: time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC),
			known: map[string]bool{}, done: map[int64]string{},
		}
		m.open(t)
		defer func() {
			_ = m.store.Close()
			_ = os.Remove(path)
		}()
		t.Repeat(map[string]func(*rapid.T){
			"hear":   m.hear,
			"again":  m.again,
			"look":   m.look,
			"answer": m.answer,
			"page":   m.page,
			"clock":  m.clock,
			"reopen": m.reopen,
			"":       m.check,
		})
		m.drain(t)
		storetest.Clean(t, m.store, func() time.Time { return m.now })
	})
}

func (m *talkMachine) open(t *rapid.T) {
	var err error
	m.store, err = store.Open(context.Background(), store.Options{Path: m.path, Now: func() time.Time { return m.now }})
	must(t, err)
}

func (m *talkMachine) reopen(t *rapid.T) {
	must(t, m.store.Close())
	m.open(t)
}

// clock moves the time, mostly not at all, so that much happens in one millisecond.
func (m *talkMachine) clock(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.SampledFrom([]int{1, 1, 1000, -1, -60_000}).Draw(t, "ms")) * time.Millisecond)
}

// hear makes up something heard: of two people on WhatsApp, who are seen by their
// number, their alias or both, and of two chats.
func (m *talkMachine) hear(t *rapid.T) {
	m.seq++
	in := device.Incoming{Channel: device.WhatsApp, Device: "d", ID: fmt.Sprint("w", m.seq), Text: "слова", At: m.now}
	person := rapid.IntRange(1, 2).Draw(t, "person")
	if rapid.Bool().Draw(t, "chat") {
		in.Channel, in.Alias = device.Chat, fmt.Sprint(person)
		in.Event = rapid.SampledFrom([]device.TalkEvent{"", "", device.TalkAssigned, device.TalkReturned, device.TalkClosed}).Draw(t, "event")
		in.FromShop = in.Event == "" && rapid.Bool().Draw(t, "from the shop")
	} else {
		phone := device.Phone(fmt.Sprintf("+7912000000%d", person))
		seen := rapid.SampledFrom([]string{"number", "alias", "both"}).Draw(t, "seen")
		if seen != "number" {
			in.Alias = fmt.Sprintf("%d@lid", person)
		}
		if in.FromShop = rapid.Bool().Draw(t, "from the shop"); in.FromShop {
			in.From = "+79000000000"
		}
		switch {
		case seen == "alias":
		case in.FromShop:
			in.To = phone
		default:
			in.From = phone
		}
	}
	m.save(t, in)
	m.in = append(m.in, in)
	if in.FromShop || in.Event == device.TalkAssigned {
		m.silenced(t, m.talkOf(t, in), in.ID)
	}
}

func (m *talkMachine) save(t *rapid.T, in device.Incoming) {
	isNew, err := m.store.SaveIncoming(context.Background(), in, nil)
	must(t, err)
	if isNew == m.known[in.ID] {
		t.Fatalf("%s: new is %v", in.ID, isNew)
	}
	m.known[in.ID] = true
}

// silenced fails when something that the bot has said in a conversation could still
// leave.
func (m *talkMachine) silenced(t *rapid.T, c gateway.Conversation, by string) {
	for _, id := range m.said {
		msg, err := m.store.Message(context.Background(), id)
		must(t, err)
		if msg.Conversation == c.ID && !c.TakenAt.After(msg.CreatedAt) {
			t.Fatalf("message %d was made at %s and may leave although %s took over at %s", id, msg.CreatedAt, by, c.TakenAt)
		}
	}
}

// talkOf is the conversation of something heard, found as pages find it.
func (m *talkMachine) talkOf(t *rapid.T, in device.Incoming) gateway.Conversation {
	list, err := m.store.Conversations(context.Background(), gateway.ConversationFilter{Limit: 200})
	must(t, err)
	phone := in.From
	if in.FromShop {
		phone = in.To
	}
	for _, c := range list {
		if c.Channel == in.Channel && (in.Alias != "" && c.Alias == in.Alias || phone != "" && c.Phone == phone) {
			return c
		}
	}
	t.Fatalf("no conversation of %+v", in)
	return gateway.Conversation{}
}

func (m *talkMachine) again(t *rapid.T) {
	if len(m.in) == 0 {
		t.Skip()
	}
	m.save(t, rapid.SampledFrom(m.in).Draw(t, "again"))
}

// look begins a decision.
func (m *talkMachine) look(t *rapid.T) {
	ids, err := m.store.PendingTalks(context.Background(), nil, 99)
	must(t, err)
	if len(ids) == 0 {
		t.Skip()
	}
	c, h, ok, err := m.store.NextHeard(context.Background(), rapid.SampledFrom(ids).Draw(t, "talk"))
	must(t, err)
	if !ok {
		t.Fatal("a talk waits with nothing to deal with")
	}
	if at, dealt := m.done[h.ID]; dealt {
		t.Fatalf("row %d comes again, it was done as %s", h.ID, at)
	}
	m.looks = append(m.looks, look{c, h})
}

// answer ends one, maybe long after it began. The bot speaks to a customer's words
// while nobody of the shop has the talk.
func (m *talkMachine) answer(t *rapid.T) {
	if len(m.looks) == 0 {
		t.Skip()
	}
	i := rapid.IntRange(0, len(m.looks)-1).Draw(t, "decision")
	l := m.looks[i]
	m.looks = append(m.looks[:i], m.looks[i+1:]...)
	m.conclude(t, l)
}

func (m *talkMachine) conclude(t *rapid.T, l look) {
	ctx := context.Background()
	a := storetest.Seen(l.c, l.h.ID)
	takes := l.h.In.FromShop || l.h.In.Event == device.TalkAssigned
	speaks := l.h.In.Event == "" && !takes && l.c.SilentUntil.IsZero()
	switch {
	case takes:
		a.SilentUntil = m.now.Add(time.Hour)
	case l.h.In.Event == device.TalkReturned:
	default:
		a.SilentUntil = l.c.SilentUntil
	}
	if speaks {
		a.Decisions = []gateway.Decision{storetest.Text(l.c, fmt.Sprintf("reply/%d", l.h.ID), "Ответ", m.now)}
	}
	before, err := m.store.Conversation(ctx, l.c.ID)
	gone := device.KindOf(err) == device.NotFound
	if !gone {
		must(t, err)
	}
	_, dealt := m.done[l.h.ID]
	fresh := !gone && before.Version == l.c.Version && before.TakenAt.Equal(l.c.TakenAt) && !dealt
	kept, ok, err := m.store.Answer(ctx, a)
	must(t, err)
	if ok != fresh {
		t.Fatalf("row %d: kept %v, while the conversation was as it was seen: %v", l.h.ID, ok, fresh)
	}
	if !ok {
		return
	}
	m.done[l.h.ID] = l.h.In.ID
	for _, d := range kept {
		if d.Verdict != gateway.Send {
			t.Fatalf("row %d was answered twice: %+v", l.h.ID, d)
		}
		msg, err := m.store.Message(ctx, d.MessageID)
		must(t, err)
		if msg.CreatedAt.Before(before.TakenAt) {
			t.Fatal("an answer that knows of the taking over would not leave")
		}
		m.said = append(m.said, d.MessageID)
	}
}

// page is a person of the shop who writes on our page.
func (m *talkMachine) page(t *rapid.T) {
	ctx := context.Background()
	list, err := m.store.Conversations(ctx, gateway.ConversationFilter{Limit: 200})
	must(t, err)
	if len(list) == 0 {
		t.Skip()
	}
	c := rapid.SampledFrom(list).Draw(t, "talk")
	a := storetest.Seen(c, 0)
	a.Taken, a.SilentUntil = true, m.now.Add(time.Hour)
	if _, ok, err := m.store.Answer(ctx, a); err != nil || !ok {
		t.Fatal(ok, err)
	}
	after, err := m.store.Conversation(ctx, c.ID)
	must(t, err)
	m.silenced(t, after, "a page")
}

// check counts what was heard: every wire id is one line of one conversation, and is
// either dealt with or waits.
func (m *talkMachine) check(t *rapid.T) {
	if m.steps++; m.steps%10 == 0 {
		m.count(t)
	}
}

func (m *talkMachine) count(t *rapid.T) {
	ctx := context.Background()
	list, err := m.store.Conversations(ctx, gateway.ConversationFilter{Limit: 200})
	must(t, err)
	lines := 0
	for _, c := range list {
		all, err := m.store.TalkLines(ctx, c.ID, 100_000)
		must(t, err)
		for _, l := range all {
			if l.Message == 0 {
				lines++
			}
		}
	}
	if lines != len(m.in) {
		t.Fatalf("%d lines were heard, %d are kept", len(m.in), lines)
	}
}

// drain deals with all that waits; nothing is left, and nothing was lost.
func (m *talkMachine) drain(t *rapid.T) {
	m.count(t)
	for {
		ids, err := m.store.PendingTalks(context.Background(), nil, 1)
		must(t, err)
		if len(ids) == 0 {
			break
		}
		c, h, ok, err := m.store.NextHeard(context.Background(), ids[0])
		must(t, err)
		if !ok {
			t.Fatal("a talk waits with nothing to deal with")
		}
		m.conclude(t, look{c, h})
	}
	wires := map[string]bool{}
	for _, wire := range m.done {
		if wires[wire] {
			t.Fatalf("%s was dealt with twice", wire)
		}
		wires[wire] = true
	}
	if len(m.done) != len(m.in) {
		t.Fatalf("%d lines were heard, %d dealt with", len(m.in), len(m.done))
	}
}
