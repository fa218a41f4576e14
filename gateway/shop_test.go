package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store"
	"vestnik/store/storetest"
)

// crm is a CRM in memory; the real adapter is held to gateway.Orders by
// gatewaytest.
type crm struct {
	mu      sync.Mutex
	orders  map[gateway.OrderID]gateway.Order
	changes []gateway.StatusChange
	marks   map[gateway.OrderID][]bool
	down    error
	// marksDown is why orders cannot be marked.
	marksDown error
	said      func(time.Time) // its Date header
	// unreadable is an order that the CRM never gives out.
	unreadable gateway.OrderID
}

func (c *crm) reach(id gateway.OrderID, status string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.orders[id]
	from := o.Status
	o.Status = status
	c.orders[id] = o
	c.changes = append(c.changes, gateway.StatusChange{HistoryID: int64(len(c.changes) + 1), Order: id, From: from, To: status, At: time.Now()})
}

func (c *crm) setDown(err error) { c.mu.Lock(); c.down = err; c.mu.Unlock() }

func (c *crm) Changes(_ context.Context, after gateway.Cursor) ([]gateway.StatusChange, gateway.Cursor, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down != nil {
		return nil, after, false, c.down
	}
	if c.said != nil {
		c.said(time.Now())
	}
	var found []gateway.StatusChange
	for _, ch := range c.changes {
		if ch.HistoryID > after.SinceID {
			found = append(found, ch)
			after.SinceID = ch.HistoryID
		}
	}
	return found, after, false, nil
}

func (c *crm) Order(_ context.Context, id gateway.OrderID) (gateway.Order, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o, ok := c.orders[id]
	if c.unreadable == id {
		return o, device.Errorf(device.Unavailable, "crm", "not JSON")
	}
	if !ok {
		return o, device.Errorf(device.NotFound, "crm", "no order %d", id)
	}
	return o, c.down
}

func (c *crm) FindOrder(ctx context.Context, number string) (gateway.Order, error) {
	for id, o := range c.orders {
		if o.Number == number {
			return c.Order(ctx, id)
		}
	}
	return gateway.Order{}, device.Errorf(device.NotFound, "crm", "no order %s", number)
}

func (c *crm) RecentOrders(ctx context.Context, n int) ([]gateway.Order, error) {
	return []gateway.Order{c.orders[1]}, nil
}

func (c *crm) Reference(context.Context) (gateway.Reference, error) {
	return gateway.Reference{
		Statuses: []gateway.Status{{Code: "new", Name: "Новый"}, {Code: "ready", Name: "Готов"}, {Code: "sent", Name: "Передан"}},
		Fields:   []gateway.Field{{Path: "order.number", Label: "Номер"}},
	}, nil
}

func (c *crm) MarkWhatsApp(_ context.Context, id gateway.OrderID, on bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := errors.Join(c.down, c.marksDown); err != nil {
		return err
	}
	c.marks[id] = append(c.marks[id], on)
	return nil
}

// tester is what the shop needs of a test: *testing.T and *rapid.T have it.
type tester interface {
	Helper()
	Error(...any)
	Errorf(string, ...any)
	Fatal(...any)
	Fatalf(string, ...any)
}

// ledger is all that the rooms of the gateway ask of the store.
type ledger interface {
	gateway.Ledger
	gateway.Intake
	gateway.Receipts
	gateway.Inbox
	gateway.Effects
	gateway.Book
	gateway.Journal
}

// network is a radio with what lies behind it.
type network interface {
	device.Transport
	device.Revoker
	device.Directory
	listen(device.Sink)
}

// shop is the gateway on a real database with two networks in memory.
type shop struct {
	t        tester
	store    *store.Store
	crm      *crm
	wa, sms  *radio
	desk     *gateway.Desk
	live     *gateway.Live
	stop     func()
	settings gateway.Settings

	// A test may put its own parts in their places: networks instead of wa and sms, a CRM instead of
	// crm, something between the rooms and the store.
	networks map[device.Channel]network
	orders   gateway.Orders
	between  func(ledger) ledger
	wire     func(*gateway.Dispatcher) // more for the dispatchers; nil: no more
	running  sync.WaitGroup
	opens    func() gateway.Week // when people of the shop are there; nil: always
	// What the auditor needs.
	dispatchers map[device.Channel]*gateway.Dispatcher
	broken      bool // the test breaks the ledger on purpose: the auditor is not asked at the end
	// clock is the box's wall clock, which a test may set wrong; nil: it is right, and nobody asks.
	clock  *wallClock
	guard  *gateway.ClockGuard
	path   string
	cancel context.CancelFunc
}

const anna = device.Phone("+79123456789")

// open runs a test inside a bubble of virtual time with a shop in it. Anna is on
// WhatsApp; order 1 is hers.
func open(t *testing.T, change func(*shop), test func(*shop)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vestnik.db")
	synctest.Test(t, func(t *testing.T) {
		s := &shop{t: t, wa: newRadio(device.WhatsApp), sms: newRadio(device.SMS), settings: gateway.DefaultSettings()}
		s.wa.members[anna] = true
		s.crm = &crm{
			orders: map[gateway.OrderID]gateway.Order{1: {
				ID: 1, Number: "10482", Status: "new", Phones: []string{"8 912 345-67-89"}, Fields: map[string]string{"order.number": "10482"},
			}},
			marks: map[gateway.OrderID][]bool{},
		}
		// Noon in Moscow, so that hours do not hold what a test does not ask to be held.
		time.Sleep(time.Until(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)))
		if change != nil {
			change(s)
		}
		s.start(path)
		defer func() { s.stop() }() // also of a test that fails: a bubble waits for its goroutines
		test(s)
	})
}

func (s *shop) start(path string) {
	s.path = path
	ctx, cancel := context.WithCancel(context.Background())
	log := slog.New(slog.DiscardHandler)
	kept, err := store.Open(ctx, store.Options{Path: path, Logger: log, Now: s.wall()})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := kept.SaveSettings(ctx, s.settings, "test"); err != nil {
		s.t.Fatal(err)
	}
	st := ledger(kept)
	if s.between != nil {
		st = s.between(kept)
	}
	radios, orders := s.networks, s.orders
	if radios == nil {
		radios = map[device.Channel]network{device.WhatsApp: s.wa, device.SMS: s.sms}
	}
	if orders == nil {
		orders = s.crm
	}
	topics := &gateway.Topics{}
	live, err := gateway.NewLive(ctx, st, topics)
	if err != nil {
		s.t.Fatal(err)
	}
	link := func(ch device.Channel) device.Link {
		if r := radios[ch]; r != nil {
			return r.Link()
		}
		return device.Link{State: device.LinkOff}
	}
	watch, outbox := gateway.NewWatch(), gateway.NewOutbox()
	dispatchers := map[device.Channel]*gateway.Dispatcher{}
	wake := func() {
		for _, d := range dispatchers {
			d.Wake()
		}
		outbox.Wake()
	}
	ear := &gateway.Ear{
		Receipts: st, Inbox: st, Journal: st, Topics: topics, Log: log, LinkChangedTo: func(device.Link) { wake() }, Handed: func(device.Channel) { wake() }, Live: live, EffectsDue: wake,
		Next: func(m gateway.Message) device.Channel {
			return gateway.NextOf(m, func(ch device.Channel) bool { return radios[ch] != nil && !link(ch).NeedsPerson() }, live.Now().On)
		},
	}
	for ch, r := range radios {
		r.listen(ear)
		d := gateway.NewDispatcher(ch)
		d.Box, d.Live, d.Ledger, d.Transport, d.Topics, d.Log = "main", live, st, r, topics, log
		d.MaxParts, d.Links, d.Handed, d.EffectsDue = 6, link, func(device.Channel) { wake() }, outbox.Wake
		d.Talks, d.Consents = kept, kept
		if ch == device.WhatsApp {
			d.Revoker, d.Directory = r, r
		}
		if s.wire != nil {
			s.wire(d)
		}
		if m, ok := r.(device.Memory); ok {
			d.Memory = m
		}
		d.ShopOpen = s.opens
		dispatchers[ch] = d
	}
	outbox.Effects, outbox.Topics, outbox.Log = st, topics, log
	outbox.Do = map[gateway.EffectKind]gateway.Doer{gateway.EffectMark: gateway.MarkOrders(watch.Orders)}
	outbox.Ready = func() bool { return watch.Orders() != nil }
	watch.Live, watch.Intake, watch.Book, watch.Topics, watch.Log, watch.Enqueued, watch.MaxParts = live, st, st, topics, log, wake, 6
	s.desk = gateway.NewDesk()
	s.desk.Live, s.desk.Watch, s.desk.Book, s.desk.Intake, s.desk.Ledger, s.desk.Effects = live, watch, st, st, st, st
	s.desk.Topics, s.desk.Directory, s.desk.Links, s.desk.Enqueued, s.desk.EffectsDue, s.desk.MaxParts = topics, radios[device.WhatsApp], link, wake, outbox.Wake, 6
	s.store, s.live, s.cancel = kept, live, cancel
	s.dispatchers = dispatchers
	if s.guard = s.clock.guard(s.t, kept, wake); s.guard != nil {
		ear.Clock, watch.Clock, outbox.Clock, s.desk.Clock = s.guard, s.guard, s.guard, s.guard
		for _, d := range dispatchers {
			d.Clock = s.guard
		}
		s.running.Go(func() {
			if err := s.guard.Run(ctx); err != nil {
				s.t.Error(err)
			}
		})
	}
	watch.Use(orders)
	for _, run := range []func(context.Context) error{watch.Run, outbox.Run, dispatchers[device.WhatsApp].Run, dispatchers[device.SMS].Run} {
		s.running.Go(func() {
			if err := run(ctx); err != nil && (s.between == nil || ctx.Err() == nil) {
				s.t.Error(err)
			}
		})
	}
	s.stop = func() {
		cancel()
		s.running.Wait()
		if !s.broken {
			storetest.Clean(s.t, kept, nil)
		}
		if err := kept.Close(); err != nil {
			s.t.Error(err)
		}
	}
}

func (s *shop) rule(change func(*gateway.Rule)) {
	s.t.Helper()
	r := gateway.DefaultRule()
	r.Name, r.Statuses, r.Text = "ready", []string{"ready"}, "Заказ {{order.number}} готов."
	if change != nil {
		change(&r)
	}
	if _, err := s.desk.SaveRule(context.Background(), r, "test"); err != nil {
		s.t.Fatal(err)
	}
}

// pass lets virtual time go by and everything settle.
func (s *shop) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (s *shop) wants(what string, got, want []string) {
	s.t.Helper()
	if !slices.Equal(got, want) {
		s.t.Fatalf("%s: %q, want %q\n%s", what, got, want, s.story())
	}
}

// story is the trace of every message in words.
func (s *shop) story() string {
	var b strings.Builder
	rows, _, err := s.store.Messages(context.Background(), gateway.MessageFilter{})
	if err != nil {
		return err.Error()
	}
	for _, m := range rows {
		story, err := s.store.Story(context.Background(), m.ID)
		if err != nil {
			return err.Error()
		}
		fmt.Fprintf(&b, "message %d: %s on %s\n", m.ID, m.State, m.Channel)
		for _, step := range story.Trace {
			fmt.Fprintf(&b, "  %s %s\n", step.At.Format("15:04:05"), step.Reason.Sentence(step.Args, "en", time.UTC))
		}
	}
	return b.String()
}

func (s *shop) only() gateway.Message {
	s.t.Helper()
	rows, _, err := s.store.Messages(context.Background(), gateway.MessageFilter{})
	if err != nil || len(rows) != 1 {
		s.t.Fatalf("%d messages, %v", len(rows), err)
	}
	return rows[0]
}

func (s *shop) stateIs(want gateway.State) {
	s.t.Helper()
	if got := s.only().State; got != want {
		s.t.Fatalf("state %s, want %s\n%s", got, want, s.story())
	}
}
