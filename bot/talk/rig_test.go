package talk_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/bot"
	"vestnik/bot/talk"
	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store"
)

// crm is a CRM that keeps what it is told.
type crm struct {
	gateway.Orders // what is not needed here panics

	mu      sync.Mutex
	orders  []gateway.Order // newest first
	cards   []gateway.Customer
	users   []gateway.CRMUser
	down    bool
	panics  device.Phone // whose card makes the program fail
	refuses int64        // a chat customer about whom no question is taken
	// hold makes each question wait until it is closed; nil: none does.
	hold    chan struct{}
	slow    time.Duration // what each question takes
	asked   int
	notes   []gateway.Note
	tasks   []gateway.Task
	notices map[int64][]string
	fields  map[gateway.OrderID]map[string]any
}

func (c *crm) question(ctx context.Context) error {
	c.mu.Lock()
	hold, down, slow := c.hold, c.down, c.slow
	c.asked++
	c.mu.Unlock()
	time.Sleep(slow)
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return device.Errorf(device.Unavailable, "crm", "%w", ctx.Err())
		}
	}
	if down {
		return device.Errorf(device.Unavailable, "crm", "away")
	}
	return nil
}

func (c *crm) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

func (c *crm) Order(ctx context.Context, id gateway.OrderID) (gateway.Order, error) {
	if err := c.question(ctx); err != nil {
		return gateway.Order{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.orders {
		if o.ID == id {
			return o, nil
		}
	}
	return gateway.Order{}, device.Errorf(device.NotFound, "crm", "no order")
}

func (c *crm) FindOrder(ctx context.Context, number string) (gateway.Order, error) {
	if err := c.question(ctx); err != nil {
		return gateway.Order{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.orders {
		if o.Number == number {
			return o, nil
		}
	}
	return gateway.Order{}, device.Errorf(device.NotFound, "crm", "no order")
}

func (c *crm) OrdersOf(ctx context.Context, who gateway.Who, n int) ([]gateway.Order, error) {
	if err := c.question(ctx); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []gateway.Order
	for _, o := range c.orders {
		if who.Customer != 0 && o.CustomerID == who.Customer || who.Customer == 0 && who.Phone != "" && slices.Contains(o.Phones, who.Phone.String()) {
			found = append(found, o)
		}
	}
	return found[:min(n, len(found))], nil
}

func (c *crm) CustomersOf(ctx context.Context, who gateway.Who) ([]gateway.Customer, error) {
	if err := c.question(ctx); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if who.Phone != "" && who.Phone == c.panics {
		panic("an odd card")
	}
	if who.ChatCustomer != 0 && who.ChatCustomer == c.refuses {
		return nil, device.Errorf(device.Refused, "crm", "not this one")
	}
	var found []gateway.Customer
	for _, k := range c.cards {
		switch {
		case who.Customer != 0:
			if k.ID == who.Customer {
				found = append(found, k)
			}
		case who.ChatCustomer != 0:
			if slices.Contains(k.ChatCustomers, who.ChatCustomer) {
				found = append(found, k)
			}
		case who.Phone != "" && slices.Contains(k.Phones, who.Phone.String()):
			found = append(found, k)
		}
	}
	return found, nil
}

func (c *crm) Users(ctx context.Context) ([]gateway.CRMUser, error) {
	if err := c.question(ctx); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.users), nil
}

func (c *crm) Notify(ctx context.Context, users []int64, text string) error {
	if err := c.question(ctx); err != nil {
		return err
	}
	c.set(func() {
		for _, u := range users {
			c.notices[u] = append(c.notices[u], text)
		}
	})
	return nil
}

func (c *crm) AddNote(ctx context.Context, n gateway.Note) error {
	if err := c.question(ctx); err != nil {
		return err
	}
	c.set(func() { c.notes = append(c.notes, n) })
	return nil
}

func (c *crm) AddTask(ctx context.Context, t gateway.Task) error {
	if err := c.question(ctx); err != nil {
		return err
	}
	c.set(func() { c.tasks = append(c.tasks, t) })
	return nil
}

func (c *crm) SetOrderFields(ctx context.Context, id gateway.OrderID, fields map[string]any) error {
	if err := c.question(ctx); err != nil {
		return err
	}
	c.set(func() {
		if c.fields[id] == nil {
			c.fields[id] = map[string]any{}
		}
		for k, v := range fields {
			c.fields[id][k] = v
		}
	})
	return nil
}

func (c *crm) AddTag(context.Context, gateway.Tag) error { return nil }

func (c *crm) SetCustomerFields(context.Context, int64, map[string]any) error { return nil }

// messengers is the CRM's chats.
type messengers struct {
	mu       sync.Mutex
	channels map[int64]gateway.ChatChannel
	users    []gateway.ChatUser
	assigned map[string]int64
	closed   []int64
	private  []string
}

func (m *messengers) Channel(id int64) (gateway.ChatChannel, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ch, ok := m.channels[id]
	return ch, ok
}

func (m *messengers) ChatUsers(context.Context) ([]gateway.ChatUser, error) { return m.users, nil }

func (m *messengers) Assign(_ context.Context, chat string, user int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.assigned[chat] = user
	return nil
}

func (m *messengers) Unassign(ctx context.Context, chat string) error { return m.Assign(ctx, chat, -1) }

func (m *messengers) Close(_ context.Context, _ string, dialog int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = append(m.closed, dialog)
	return nil
}

func (m *messengers) Private(_ context.Context, _, text string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.private = append(m.private, text)
	return nil
}

// tester is what the desk needs of a test: testing's or rapid's.
type tester interface {
	Helper()
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
}

// desk is a shop's clerk on a real database, in virtual time.
type desk struct {
	t     tester
	store *store.Store
	crm   *crm
	chats *messengers
	clerk *talk.Clerk
	live  *gateway.Live
	ear   *gateway.Ear
	n     int
	stop  func() // nil while the clerk is away
}

const (
	anna  = device.Phone("+79123456789")
	boris = device.Phone("+79219876543")
)

// opened runs a test on a desk on a Saturday noon in Moscow. change edits the script and
// the settings before the start.
func opened(t *testing.T, change func(*bot.Script, *gateway.Settings), test func(*testing.T, *desk)) {
	t.Helper()
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vestnik.db")
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ctx := t.Context()
		st, err := store.Open(ctx, store.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		d.store = st
		script, settings := bot.DefaultScript("ru"), gateway.DefaultSettings()
		script.On = true
		settings.Shop.Name, settings.RetailCRM.URL = "Лавка", "https://lavka.retailcrm.ru"
		if change != nil {
			change(&script, &settings)
		}
		if err := st.SaveSettings(ctx, settings, "test"); err != nil {
			t.Fatal(err)
		}
		if _, err := st.SaveScript(ctx, script, 0, "test"); err != nil {
			t.Fatal(err)
		}
		d.begin()
		defer func() { // also of a test that fails: a bubble waits for its goroutines
			d.end()
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		}()
		test(t, d)
	})
}

// newDesk is a desk without a database yet, on a Saturday noon in Moscow.
func newDesk(t tester) *desk {
	time.Sleep(time.Until(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)))
	d := &desk{t: t, crm: &crm{notices: map[int64][]string{}, fields: map[gateway.OrderID]map[string]any{}}}
	d.chats = &messengers{channels: map[int64]gateway.ChatChannel{}, assigned: map[string]int64{}}
	d.crm.orders = []gateway.Order{{
		ID: 1, Number: "10482", Status: "delivered", CustomerID: 7, ManagerID: 31, Courier: "Пётр", Phones: []string{anna.String()}, Name: "Анна Петрова",
		Fields: map[string]string{"order.number": "10482", "order.status": "Доставлен", "order.totalSumm": "3 200 ₽"},
	}}
	d.crm.cards = []gateway.Customer{{ID: 7, Name: "Анна Петрова", Phones: []string{anna.String()}, ManagerID: 32, Fields: map[string]string{"customer.firstName": "Анна"}, ChatCustomers: []int64{501}}}
	return d
}

// begin has the clerk begin to work; end stops him wherever he is.
func (d *desk) begin() {
	ctx, cancel := context.WithCancel(context.Background())
	wait := d.start(ctx)
	d.stop = func() { cancel(); wait() }
	synctest.Wait()
}

func (d *desk) end() {
	if d.stop != nil {
		d.stop()
		d.stop = nil
	}
}

func (d *desk) start(ctx context.Context) (wait func()) {
	d.t.Helper()
	topics := &gateway.Topics{}
	live, err := gateway.NewLive(ctx, d.store, topics)
	if err != nil {
		d.t.Fatal(err)
	}
	script, err := talk.NewScript(ctx, d.store)
	if err != nil {
		d.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	outs := [2]*gateway.Outbox{gateway.NewOutbox(), gateway.NewOutbox()}
	c := talk.NewClerk()
	c.Store, c.Script, c.Live, c.Topics, c.Log, c.MaxParts = d.store, script, live, topics, log, 6
	c.Orders, c.People = func() gateway.Orders { return d.crm }, func() gateway.People { return d.crm }
	c.CRMAnswers = func() bool { d.crm.mu.Lock(); defer d.crm.mu.Unlock(); return !d.crm.down }
	c.Chats = func() gateway.Chats { return d.chats }
	c.Links = func(ch device.Channel) device.Link { return device.Link{Channel: ch, State: device.LinkConnected} }
	c.Enqueued = func() {}
	c.EffectsDue = func() { outs[0].Wake(); outs[1].Wake() }
	d.clerk, d.live = c, live
	d.ear = &gateway.Ear{Receipts: d.store, Inbox: d.store, Journal: d.store, Topics: topics, Log: log, Heard: c.Heard}
	var running sync.WaitGroup
	for i, do := range []map[gateway.EffectKind]gateway.Doer{c.Doers(), c.ChatDoers()} {
		o := outs[i]
		o.Name, o.Effects, o.Do, o.Ready, o.Topics, o.Log = fmt.Sprint(i), d.store, do, func() bool { return true }, topics, log
		running.Go(func() { d.fine(o.Run(ctx)) })
	}
	running.Go(func() { d.fine(c.Run(ctx)) })
	running.Go(func() { d.fine(c.RunErrands(ctx)) })
	return running.Wait
}

func (d *desk) fine(err error) {
	if err != nil {
		d.t.Error(err)
	}
}

// hears keeps a message as a radio does, and waits until everything has come to rest.
func (d *desk) hears(in device.Incoming) {
	d.t.Helper()
	d.n++
	if in.ID == "" {
		in.ID = fmt.Sprint("in-", d.n)
	}
	in.Device = "device"
	if in.At.IsZero() {
		in.At = time.Now()
	}
	if err := d.ear.Incoming(d.t.Context(), in); err != nil {
		d.t.Fatal(err)
	}
	synctest.Wait()
}

func (d *desk) wrote(p device.Phone, text string) {
	d.t.Helper()
	d.hears(device.Incoming{Channel: device.WhatsApp, From: p, Text: text})
}

// telegram is a chat of Anna's whose CRM knows her.
func telegram(text string) device.Incoming {
	return device.Incoming{
		Channel: device.Chat, Alias: "901", Name: "anna_p", Text: text,
		Chat: device.ChatFacts{Messenger: "telegram", Account: 3, Customer: 501, Dialog: 77},
	}
}

func (d *desk) pass(dur time.Duration) {
	time.Sleep(dur)
	synctest.Wait()
}

// said are the texts that go to a customer, by number or chat, oldest first; those that were
// taken back are left out.
func (d *desk) said(to string) []string {
	d.t.Helper()
	rows, _, err := d.store.Messages(d.t.Context(), gateway.MessageFilter{Limit: 200})
	if err != nil {
		d.t.Fatal(err)
	}
	slices.Reverse(rows)
	var texts []string
	for _, m := range rows {
		if m.To.String() == to && m.Channel != device.Chat || m.Alias == to && m.Channel == device.Chat {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// talkOf is the conversation with a customer.
func (d *desk) talkOf(ch device.Channel, to string) gateway.Conversation {
	d.t.Helper()
	list, err := d.store.Conversations(d.t.Context(), gateway.ConversationFilter{Limit: 200})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, c := range list {
		if c.Channel == ch && (c.Phone.String() == to || c.Alias == to) {
			return c
		}
	}
	d.t.Fatalf("no conversation with %s by %s among %d", to, ch, len(list))
	return gateway.Conversation{}
}

func (d *desk) last(to string) string {
	d.t.Helper()
	texts := d.said(to)
	if len(texts) == 0 {
		return ""
	}
	return texts[len(texts)-1]
}

func (d *desk) wants(what string, got string, words ...string) {
	d.t.Helper()
	for _, w := range words {
		if !strings.Contains(got, w) {
			d.t.Errorf("%s: %q lacks %q", what, got, w)
		}
	}
}
