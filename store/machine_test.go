package store_test

import (
	"context"
	"database/sql"
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

// machine drives a ledger with random claims, settlements, receipts, people's hands
// and restarts, and compares it with a model that fits on a page.
type machine struct {
	dir   string
	store *store.Store
	now   time.Time
	seq   int
	looks int

	messages  map[gateway.MessageID]*modelled
	order     []gateway.MessageID
	keys      map[string]gateway.MessageID
	changes   map[int64]bool // decided?
	historyID int64
}

type modelled struct {
	state    gateway.State
	channel  device.Channel
	attempts int
	wires    []string
	left     bool // something was handed to a radio and may have left
	byHand   bool // a person sent it again since
}

func TestStateMachine(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		m := &machine{
			dir: filepath.Join(base, fmt.Sprint(n)), now: time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC),
			messages: map[gateway.MessageID]*modelled{}, keys: map[string]gateway.MessageID{}, changes: map[int64]bool{},
		}
		if err := os.Mkdir(m.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		putEmpty(t, filepath.Join(m.dir, "v.db"))
		m.open(t)
		defer func() {
			_ = m.store.Close()
			_ = os.RemoveAll(m.dir)
		}()
		t.Repeat(map[string]func(*rapid.T){
			"change":   m.change,
			"decide":   m.decide,
			"draft":    m.draft,
			"dispatch": m.dispatch,
			"settle":   m.settle,
			"receipt":  m.receipt,
			"cancel":   m.cancel,
			"again":    m.again,
			"illegal":  m.illegal,
			"crash":    m.crash,
			"":         m.check,
		})
		m.audit(t)
	})
}

func (m *machine) open(t *rapid.T) {
	var err error
	m.store, err = store.Open(context.Background(), store.Options{Path: filepath.Join(m.dir, "v.db"), Now: func() time.Time { return m.now }})
	if err != nil {
		t.Fatal(err)
	}
}

func (m *machine) tick(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 1000).Draw(t, "ms")) * time.Millisecond)
}

func must(t *rapid.T, err error) {
	if err != nil {
		t.Fatalf("%+v", err)
	}
}

// some draws a message in one of the states.
func (m *machine) some(t *rapid.T, states ...gateway.State) (gateway.MessageID, *modelled) {
	var ids []gateway.MessageID
	for _, id := range m.order {
		for _, s := range states {
			if m.messages[id].state == s {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		t.Skip()
	}
	id := rapid.SampledFrom(ids).Draw(t, "message")
	return id, m.messages[id]
}

func (m *machine) change(t *rapid.T) {
	m.tick(t)
	var list []gateway.StatusChange
	for id := max(1, m.historyID-1); id <= m.historyID+int64(rapid.IntRange(0, 2).Draw(t, "new")); id++ {
		list = append(list, gateway.StatusChange{HistoryID: id, Order: gateway.OrderID(id % 4), To: "ready", At: m.now})
	}
	want := 0
	for _, c := range list {
		if _, known := m.changes[c.HistoryID]; !known {
			want++
			m.changes[c.HistoryID] = false
			m.historyID = max(m.historyID, c.HistoryID)
		}
	}
	n, err := m.store.SaveChanges(context.Background(), list, gateway.Cursor{SinceID: m.historyID})
	must(t, err)
	if n != want {
		t.Fatalf("%d new changes, want %d", n, want)
	}
}

func (m *machine) message(key string) *gateway.Message {
	d := storetest.Draft(key, "+79123456789")
	d.NotBefore, d.CreatedAt, d.UpdatedAt = m.now, m.now, m.now
	return d
}

// keep notes in the model what Decide answered.
func (m *machine) keep(t *rapid.T, key string, d gateway.Decision) {
	older, known := m.keys[key]
	if known {
		if d.Verdict != gateway.Skip || d.Reason != gateway.AlreadySent || d.MessageID != older {
			t.Fatalf("key %q is known as message %d, but was kept as %+v", key, older, d)
		}
		return
	}
	if d.Verdict != gateway.Send || m.messages[d.MessageID] != nil {
		t.Fatalf("key %q is new, but was kept as %+v", key, d)
	}
	m.messages[d.MessageID] = &modelled{state: gateway.Queued, channel: device.WhatsApp}
	m.order = append(m.order, d.MessageID)
	if key != "" {
		m.keys[key] = d.MessageID
	}
}

func (m *machine) decide(t *rapid.T) {
	m.tick(t)
	list, err := m.store.UndecidedChanges(context.Background(), 10)
	must(t, err)
	if len(list) == 0 {
		t.Skip()
	}
	c := rapid.SampledFrom(list).Draw(t, "change")
	key := fmt.Sprintf("rule/7/order/%d", c.Order)
	kept, err := m.store.Decide(context.Background(), c.HistoryID, []gateway.Decision{
		{RuleID: 7, Rule: "ready", Verdict: gateway.Send, Reason: gateway.InQueue, Order: c.Order, At: m.now, Message: m.message(key)},
		{RuleID: 8, Rule: "vip", Verdict: gateway.Skip, Reason: gateway.RuleOff, Order: c.Order, At: m.now},
	})
	must(t, err)
	m.keep(t, key, kept[0])
	m.changes[c.HistoryID] = true
}

func (m *machine) draft(t *rapid.T) {
	m.tick(t)
	key := rapid.SampledFrom([]string{"", "api/1", "api/2", "api/3"}).Draw(t, "key")
	kept, err := m.store.Decide(context.Background(), 0, []gateway.Decision{{Verdict: gateway.Send, Reason: gateway.InQueue, At: m.now, Message: m.message(key)}})
	must(t, err)
	m.keep(t, key, kept[0])
}

// dispatch claims what is due, as a dispatcher does; sometimes a rival claims first.
func (m *machine) dispatch(t *rapid.T) {
	m.tick(t)
	ctx := context.Background()
	ch := rapid.SampledFrom([]device.Channel{device.WhatsApp, device.SMS}).Draw(t, "channel")
	msg, ok, err := m.store.NextDue(ctx, ch, m.now, nil)
	must(t, err)
	if !ok {
		for id, mm := range m.messages {
			if mm.state == gateway.Queued && mm.channel == ch {
				t.Fatalf("message %d is queued and not due", id)
			}
		}
		t.Skip()
	}
	mm := m.messages[msg.ID]
	if mm.state != gateway.Queued {
		t.Fatalf("message %d is due in state %s", msg.ID, mm.state)
	}
	for i := range rapid.IntRange(1, 2).Draw(t, "rivals") {
		m.seq++
		wire := fmt.Sprintf("w%d", m.seq)
		a := storetest.Attempt(msg.ID, ch, wire, m.now)
		a.Envelope.Parts = rapid.IntRange(1, 3).Draw(t, "parts")
		n, won, err := m.store.Begin(ctx, gateway.Queued, a, gateway.Step{At: m.now, Reason: gateway.SendingNow, Args: gateway.Args{"attempt": fmt.Sprint(mm.attempts + 1)}})
		must(t, err)
		if won != (i == 0) || won && n != mm.attempts+1 {
			t.Fatalf("claim %d of message %d: won %v, attempt %d", i+1, msg.ID, won, n)
		}
		if won {
			mm.state, mm.attempts, mm.left = gateway.Sending, n, true
			mm.wires = append(mm.wires, wire)
		}
	}
}

func (m *machine) settle(t *rapid.T) {
	m.tick(t)
	id, mm := m.some(t, gateway.Sending)
	c := gateway.Change{Attempt: mm.attempts, Steps: []gateway.Step{{At: m.now, Reason: gateway.WasAccepted}}}
	switch rapid.SampledFrom([]string{"accepted", "uncertain", "nothing left", "refused"}).Draw(t, "answer") {
	case "accepted":
		c.State, c.AttemptState, c.FallbackAt = gateway.Accepted, gateway.AttemptAccepted, m.now.Add(time.Minute)
	case "uncertain":
		c.State, c.AttemptState, c.ResolveAt = gateway.UnknownState, gateway.AttemptUncertain, m.now.Add(time.Minute)
	case "nothing left":
		c.State, c.AttemptState, c.NotBefore = gateway.Queued, gateway.AttemptNotSent, m.now
		mm.left = false
	case "refused":
		c.State, c.AttemptState, c.Channel, c.NotBefore = gateway.Queued, gateway.AttemptRefused, device.SMS, m.now
		mm.left = false
	}
	ok, err := m.store.Move(context.Background(), id, gateway.Sending, c)
	must(t, err)
	if !ok {
		t.Fatalf("settling message %d was refused", id)
	}
	mm.state = c.State
	if c.Channel != "" {
		mm.channel = c.Channel
	}
}

func (m *machine) receipt(t *rapid.T) {
	m.tick(t)
	var wires []string
	owner := map[string]gateway.MessageID{}
	for _, id := range m.order {
		for _, w := range m.messages[id].wires {
			wires = append(wires, w)
			owner[w] = id
		}
	}
	wires = append(wires, "nobody's")
	wire := rapid.SampledFrom(wires).Draw(t, "wire")
	kind := rapid.SampledFrom([]device.ReceiptKind{device.ReceiptDelivered, device.ReceiptRead}).Draw(t, "kind")
	id := owner[wire]
	judge := func(msg gateway.Message, a gateway.Attempt, _ []gateway.Part) (gateway.Change, bool) {
		if msg.ID != id || a.Envelope.WireID != wire || msg.State != m.messages[id].state {
			t.Fatalf("receipt for %s of message %d was judged with %+v, %+v", wire, id, msg, a)
		}
		to := gateway.State(kind)
		if !msg.State.May(to) {
			return gateway.Change{}, false
		}
		m.messages[id].state = to
		return gateway.Change{State: to, Reason: gateway.WasDelivered, Attempt: a.N, AttemptState: gateway.AttemptAccepted, Channel: a.Channel}, true
	}
	for _, ch := range []device.Channel{device.WhatsApp, device.SMS} {
		r := device.Receipt{Channel: ch, WireIDs: []string{wire}, Kind: kind, At: m.now, Evidence: "receipt"}
		changed, err := m.store.ApplyReceipt(context.Background(), r, judge)
		must(t, err)
		if len(changed) > 0 {
			m.messages[id].channel = ch
		}
	}
}

func (m *machine) cancel(t *rapid.T) {
	m.tick(t)
	id, mm := m.some(t, gateway.Queued, gateway.Held, gateway.UnknownState, gateway.Sending)
	from := rapid.SampledFrom([]gateway.State{gateway.Queued, gateway.UnknownState}).Draw(t, "from")
	ok, err := m.store.Move(context.Background(), id, from, gateway.Change{State: gateway.Cancelled, Reason: gateway.WasCancelled})
	must(t, err)
	if ok != (mm.state == from) {
		t.Fatalf("cancelled from %s: %v, while it is %s", from, ok, mm.state)
	}
	if ok {
		mm.state = gateway.Cancelled
	}
}

// again is a person who sends a message once more: the only way back to the queue
// for one that may have left.
func (m *machine) again(t *rapid.T) {
	m.tick(t)
	id, mm := m.some(t, gateway.Cancelled, gateway.UnknownState, gateway.Failed, gateway.Expired)
	ok, err := m.store.Move(context.Background(), id, mm.state, gateway.Change{
		State: gateway.Queued, Reason: gateway.InQueue, NotBefore: m.now, NoExpiry: true, Steps: []gateway.Step{{At: m.now, Reason: gateway.SentAgain}},
	})
	must(t, err)
	if !ok {
		t.Fatalf("sending message %d again was refused", id)
	}
	mm.state, mm.byHand, mm.left = gateway.Queued, true, false
}

// illegal tries what the state machine forbids.
func (m *machine) illegal(t *rapid.T) {
	id, mm := m.some(t, gateway.States...)
	to := rapid.SampledFrom(gateway.States).Draw(t, "to")
	if mm.state.May(to) && to != gateway.Sending {
		t.Skip()
	}
	if _, err := m.store.Move(context.Background(), id, mm.state, gateway.Change{State: to}); device.KindOf(err) != device.Internal {
		t.Fatalf("from %s to %s: %v", mm.state, to, err)
	}
}

// crash ends the process without a goodbye: the file is read by a new one as the old
// one left it, log and all. What was being sent is unknown then.
func (m *machine) crash(t *rapid.T) {
	m.tick(t)
	next := m.dir + "x"
	must(t, os.Mkdir(next, 0o700))
	for _, name := range []string{"v.db", "v.db-wal"} {
		content, err := os.ReadFile(filepath.Join(m.dir, name))
		if err != nil && os.IsNotExist(err) {
			continue
		}
		must(t, err)
		must(t, os.WriteFile(filepath.Join(next, name), content, 0o600))
	}
	_ = m.store.Close()
	_ = os.RemoveAll(m.dir)
	m.dir = next
	m.open(t)
	ctx := context.Background()
	list, err := m.store.SendingOf(ctx, "box")
	must(t, err)
	sending := 0
	for _, mm := range m.messages {
		if mm.state == gateway.Sending {
			sending++
		}
	}
	if len(list) != sending {
		t.Fatalf("%d messages in flight after the crash, want %d", len(list), sending)
	}
	for _, msg := range list {
		ok, err := m.store.Move(ctx, msg.ID, gateway.Sending, gateway.Change{
			State: gateway.UnknownState, Reason: gateway.BoxRestarted, Attempt: msg.Attempts, AttemptState: gateway.AttemptUncertain, ResolveAt: m.now,
		})
		must(t, err)
		if !ok {
			t.Fatal("a message in flight moved by itself")
		}
		m.messages[msg.ID].state = gateway.UnknownState
	}
}

// check compares everything and asks the database itself about what must never be.
func (m *machine) check(t *rapid.T) {
	ctx := context.Background()
	for id, mm := range m.messages {
		got, err := m.store.Message(ctx, id)
		must(t, err)
		if got.State != mm.state || got.Channel != mm.channel || got.Attempts != mm.attempts {
			t.Fatalf("message %d: %s on %s after %d attempts; want %+v", id, got.State, got.Channel, got.Attempts, *mm)
		}
		if mm.left && !mm.byHand && (mm.state == gateway.Queued || mm.state == gateway.Held) {
			t.Fatalf("message %d may have left and waits to be sent again", id)
		}
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(m.dir, "v.db")+"?_pragma=query_only(1)")
	must(t, err)
	defer db.Close()
	for name, query := range map[string]string{
		"two attempts being sent":            `SELECT count(*) FROM (SELECT message FROM attempt WHERE state = 'sending' GROUP BY message HAVING count(*) > 1)`,
		"sent while not sending":             `SELECT count(*) FROM attempt a JOIN message m ON m.id = a.message WHERE a.state = 'sending' AND m.state <> 'sending'`,
		"sending without an attempt":         `SELECT count(*) FROM message m WHERE m.state = 'sending' AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.message = m.id AND a.n = m.attempts AND a.state = 'sending')`,
		"attempts not counted":               `SELECT count(*) FROM message m WHERE attempts <> (SELECT count(*) FROM attempt a WHERE a.message = m.id)`,
		"a key twice":                        `SELECT count(*) FROM (SELECT dedupe_key FROM message WHERE dedupe_key IS NOT NULL GROUP BY dedupe_key HAVING count(*) > 1)`,
		"a decided change without decisions": `SELECT count(*) FROM change c WHERE decided_at IS NOT NULL AND (SELECT count(*) FROM decision d WHERE d.history_id = c.history_id) <> 2`,
		"an undecided one with decisions":    `SELECT count(*) FROM change c JOIN decision d ON d.history_id = c.history_id WHERE decided_at IS NULL`,
		"a verdict without its message":      `SELECT count(*) FROM decision d WHERE verdict = 'send' AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = d.message AND m.decision = d.id)`,
		"broken references":                  `SELECT count(*) FROM pragma_foreign_key_check`,
	} {
		var n int
		must(t, db.QueryRowContext(ctx, query).Scan(&n))
		if n != 0 {
			t.Fatalf("%s: %d", name, n)
		}
	}
	undecided, err := m.store.UndecidedChanges(ctx, 1000)
	must(t, err)
	for _, c := range undecided {
		if m.changes[c.HistoryID] {
			t.Fatalf("change %d was decided and is not", c.HistoryID)
		}
	}
	open := 0
	for _, decided := range m.changes {
		if !decided {
			open++
		}
	}
	if open != len(undecided) {
		t.Fatalf("%d undecided changes, want %d", len(undecided), open)
	}
	if m.looks++; m.looks%5 == 0 {
		m.audit(t)
	}
}

// audit takes the auditor for an oracle: of what the machine does, nothing may look
// broken.
func (m *machine) audit(t *rapid.T) {
	storetest.Clean(t, m.store, func() time.Time { return m.now })
}
