package store

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store/storetest"
)

// audited is a small ledger with a message in every state that matters, and its
// auditor.
type audited struct {
	t    *testing.T
	s    *Store
	a    *gateway.Auditor
	now  time.Time
	id   map[string]gateway.MessageID
	held map[gateway.MessageID]bool // what a dispatcher has in hand
	crm  bool
	work bool
	woke int
}

func newAudited(t *testing.T) *audited {
	t.Helper()
	l := &audited{
		t: t, now: time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC), id: map[string]gateway.MessageID{}, held: map[gateway.MessageID]bool{},
	}
	var err error
	l.s, err = Open(context.Background(), Options{Path: filepath.Join(t.TempDir(), "v.db"), Now: func() time.Time { return l.now }})
	l.must(err)
	t.Cleanup(func() { _ = l.s.Close() })
	l.must(l.s.SaveSettings(context.Background(), gateway.DefaultSettings(), "test"))
	l.a, err = storetest.Auditor(l.s, func() time.Time { return l.now })
	l.must(err)
	l.a.Box = "box"
	l.a.Sends = func(id gateway.MessageID) bool { return l.held[id] }
	l.a.CRMAnswers = func() bool { return l.crm }
	l.a.Works = func(device.Channel) bool { return l.work }
	l.a.WakeWatch = func() { l.woke++ }
	l.fill()
	return l
}

func (l *audited) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

const (
	wa  = device.WhatsApp
	sms = device.SMS
)

func (l *audited) fill() {
	ctx := context.Background()
	draft := func(name string, order int64, ch device.Channel, change func(*gateway.Message)) gateway.MessageID {
		m := storetest.Draft("", "+79123456789")
		m.Channel, m.NotBefore, m.CreatedAt, m.UpdatedAt = ch, l.now, l.now, l.now
		if order != 0 {
			m.Order, m.RuleID, m.Rule, m.OrderNumber = gateway.OrderID(order), 7, "ready", fmt.Sprint(order)
			m.DedupeKey = fmt.Sprintf("rule/7/order/%d", order)
		}
		if change != nil {
			change(m)
		}
		l.id[name] = storetest.Enqueue(l.t, l.s, m)
		return l.id[name]
	}
	begin := func(id gateway.MessageID, ch device.Channel, wire string, parts int) {
		a := storetest.Attempt(id, ch, wire, l.now)
		a.Envelope.Parts = parts
		_, ok, err := l.s.Begin(ctx, gateway.Queued, a, gateway.Step{At: l.now, Reason: gateway.SendingNow, Args: gateway.Args{"attempt": "1"}})
		l.must(err)
		if !ok {
			l.t.Fatal("claim lost")
		}
	}
	settle := func(id gateway.MessageID, c gateway.Change) {
		c.Attempt = 1
		ok, err := l.s.Move(ctx, id, gateway.Sending, c)
		l.must(err)
		if !ok {
			l.t.Fatal("settlement lost")
		}
	}
	mark := func(id gateway.MessageID, order int64) []gateway.Effect {
		return []gateway.Effect{{Kind: gateway.EffectMark, Key: fmt.Sprintf("mark/%d", order), Order: gateway.OrderID(order), Message: id, Value: "yes", NextAt: l.now, At: l.now}}
	}
	accepted := func(id gateway.MessageID, effects []gateway.Effect) {
		settle(id, gateway.Change{State: gateway.Accepted, Reason: gateway.WasAccepted, AttemptState: gateway.AttemptAccepted, FallbackAt: l.now.Add(time.Hour), Effects: effects})
	}

	draft("queued", 0, wa, nil)
	id := draft("accepted", 1, wa, nil)
	begin(id, wa, "w-accepted", 1)
	accepted(id, mark(id, 1))
	id = draft("delivered", 2, wa, nil)
	begin(id, wa, "w-delivered", 1)
	accepted(id, mark(id, 2))
	l.receipt(wa, "w-delivered", 0, 0)
	id = draft("unknown", 0, wa, nil)
	begin(id, wa, "w-unknown", 1)
	settle(id, gateway.Change{State: gateway.UnknownState, Reason: gateway.Uncertain, AttemptState: gateway.AttemptUncertain, ResolveAt: l.now.Add(time.Minute)})
	id = draft("failed", 0, wa, nil)
	begin(id, wa, "w-failed", 1)
	settle(id, gateway.Change{State: gateway.Failed, Reason: gateway.WasRefused, AttemptState: gateway.AttemptRefused})
	draft("held", 0, wa, func(m *gateway.Message) {
		m.State, m.Reason, m.NotBefore = gateway.Held, gateway.HeldUntil, l.now.Add(time.Hour)
	})
	id = draft("sending", 0, wa, nil)
	begin(id, wa, "w-sending", 1)
	l.held[id] = true
	id = draft("sms", 0, sms, nil)
	begin(id, sms, "s-1", 2)
	settle(id, gateway.Change{State: gateway.Accepted, Reason: gateway.WasAccepted, AttemptState: gateway.AttemptAccepted, Parts: []device.AcceptedPart{{Seq: 1, MR: 5}, {Seq: 2, MR: 6}}})
	for seq := 1; seq <= 2; seq++ {
		l.receipt(sms, "s-1", seq, 2)
		l.must(l.s.SaveModemPart(ctx, ModemPart{WireID: "s-1", Seq: seq, Total: 2, Device: "imei", To: "+79123456789", State: "delivered", MR: 4 + seq, SubmittedAt: l.now, Report: "TP-ST 0x00"}))
	}
	_, err := l.s.SaveChanges(ctx, []gateway.StatusChange{{HistoryID: 1, Order: 3, To: "ready", At: l.now}, {HistoryID: 2, Order: 4, To: "ready", At: l.now}}, gateway.Cursor{SinceID: 2})
	l.must(err)
	m := storetest.Draft("rule/7/order/3", "+79123456789")
	m.Order, m.RuleID, m.OrderNumber, m.CreatedAt, m.UpdatedAt = 3, 7, "3", l.now, l.now
	kept, err := l.s.Decide(ctx, 1, []gateway.Decision{
		{RuleID: 7, Rule: "ready", Verdict: gateway.Send, Reason: gateway.InQueue, Order: 3, At: l.now, Message: m},
		{RuleID: 8, Rule: "vip", Verdict: gateway.Skip, Reason: gateway.RuleOff, Order: 3, At: l.now},
	})
	l.must(err)
	l.id["rule"] = kept[0].MessageID
	if r := l.audit(); !r.Clean() {
		l.t.Fatalf("a healthy ledger:%s", storetest.Told(r))
	}
}

func (l *audited) receipt(ch device.Channel, wire string, part, parts int) {
	r := device.Receipt{Channel: ch, WireIDs: []string{wire}, Kind: device.ReceiptDelivered, Part: part, Parts: parts, At: l.now, Evidence: "receipt"}
	_, err := l.s.ApplyReceipt(context.Background(), r, func(m gateway.Message, a gateway.Attempt, p []gateway.Part) (gateway.Change, bool) {
		return gateway.Judge(m, a, p, r, l.now, func(gateway.Message) device.Channel { return "" })
	})
	l.must(err)
}

func (l *audited) audit() gateway.Report {
	l.t.Helper()
	r, err := l.a.Audit(context.Background())
	l.must(err)
	return r
}

// past runs statements past every method and every foreign key. :name is a message's id.
func (l *audited) past(statements string) {
	l.t.Helper()
	var names []string
	for name, id := range l.id {
		names = append(names, ":"+name, fmt.Sprint(id))
	}
	names = append(names, ":now", fmt.Sprint(l.now.UnixMilli()))
	_, err := l.s.exec(`PRAGMA foreign_keys = OFF`)
	l.must(err)
	if _, err := l.s.exec(strings.NewReplacer(names...).Replace(statements)); err != nil {
		l.t.Fatalf("%v\n%s", err, statements)
	}
	_, err = l.s.exec(`PRAGMA foreign_keys = ON`)
	l.must(err)
}

func kinds(list []gateway.Finding) []gateway.FindingKind {
	var k []gateway.FindingKind
	for _, f := range list {
		k = append(k, f.Kind)
	}
	slices.Sort(k)
	return k
}

func (l *audited) wants(what string, got []gateway.Finding, want ...gateway.FindingKind) {
	l.t.Helper()
	slices.Sort(want)
	if !slices.Equal(kinds(got), want) {
		l.t.Fatalf("%s: %v, want %v", what, kinds(got), want)
	}
}

func (l *audited) told(id gateway.MessageID, want gateway.Reason) {
	l.t.Helper()
	story, err := l.s.Story(context.Background(), id)
	l.must(err)
	for _, step := range story.Trace {
		if step.Reason == want {
			return
		}
	}
	l.t.Errorf("the story of message %d does not say %s: %+v", id, want, story.Trace)
}

func (l *audited) state(name string) gateway.State {
	l.t.Helper()
	m, err := l.s.Message(context.Background(), l.id[name])
	l.must(err)
	return m.State
}

// written is how many rows the store has changed since it was opened.
func (l *audited) written() (n int) {
	l.t.Helper()
	l.must(l.s.writer.transact(context.Background(), func(q querier) error {
		return q.QueryRowContext(context.Background(), `SELECT total_changes()`).Scan(&n)
	}))
	return n
}
