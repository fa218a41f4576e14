package support_test

import (
	"context"
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
	"vestnik/gateway/card"
	"vestnik/gateway/support"
	"vestnik/store"
)

// crm is a CRM with its cards, and what it was told.
type crm struct {
	gateway.People   // what is not needed here panics
	gateway.Profiles // likewise

	mu       sync.Mutex
	cards    map[int64]card.Card
	chosen   map[int64]int64 // requester → card
	made     []gateway.NewCustomer
	external map[string]int64
	orders   map[gateway.OrderID]gateway.ProfileOrder
	of       map[int64][]gateway.ProfileOrder // all orders of a customer, newest first
	sample   []gateway.Profile
	down     bool
	cached   map[int64]card.Card // who is found while it is down; nil: nobody
	asked    []time.Time
	before   func(op string) error

	notes   []gateway.Note
	notices []gateway.Notice
	tasks   []gateway.Task
}

func (c *crm) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

func (c *crm) ask(op string) error {
	c.asked = append(c.asked, time.Now())
	if c.before != nil {
		if err := c.before(op); err != nil {
			return err
		}
	}
	if c.down {
		return device.Errorf(device.Unavailable, "crm", "away")
	}
	return nil
}

func (c *crm) Find(_ context.Context, h card.Hints) (card.Found, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(h.Emails) == 0 && len(h.Phones) == 0 {
		return card.Found{Status: card.FoundNone, NoHints: true}, nil
	}
	if id := c.chosen[h.Requester]; id != 0 {
		return card.Found{Status: card.FoundOne, By: "choice", Customer: id}, nil
	}
	var f card.Found
	from := c.cards
	if err := c.ask("find"); err != nil {
		from, f.Away = c.cached, gateway.CRMUnreachable
	}
	for id, k := range from {
		by := ""
		for _, mail := range h.Emails {
			if slices.Contains(k.Profile.Emails, strings.ToLower(mail)) {
				by = "email"
			}
		}
		for _, phone := range h.Phones {
			if slices.Contains(k.Profile.Phones, phone) {
				by = "phone"
			}
		}
		if by != "" {
			f.Candidates = append(f.Candidates, card.Candidate{Customer: id, Name: k.Profile.Name, Orders: k.Profile.OrdersCount, By: by, URL: k.Profile.URL})
			f.By, f.Customer = by, id
		}
	}
	slices.SortFunc(f.Candidates, func(a, b card.Candidate) int { return int(a.Customer - b.Customer) })
	switch len(f.Candidates) {
	case 0:
		if f.Status = card.FoundNone; f.Away != "" {
			f.Status = card.FoundAway
		}
	case 1:
		f.Status, f.Candidates = card.FoundOne, nil
	default:
		f.Status, f.Customer = card.FoundMany, 0
	}
	return f, nil
}

// Card is the card from the cache, which is as new as the CRM.
func (c *crm) Card(_ context.Context, id int64) (card.Card, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.before != nil {
		if err := c.before("card"); err != nil {
			return card.Card{}, err
		}
	}
	k, ok := c.cards[id]
	if !ok {
		return k, device.Errorf(device.NotFound, "crm", "no card %d", id)
	}
	k.AsOf = time.Now()
	if c.down {
		k.Away, k.FromCache = gateway.CRMUnreachable, true
	}
	return k, nil
}

func (c *crm) Make(_ context.Context, n gateway.NewCustomer, _ string) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ask("make"); err != nil {
		return 0, err
	}
	if id := c.external[n.ExternalID]; id != 0 {
		return id, nil
	}
	id := int64(900 + len(c.made))
	c.made, c.external[n.ExternalID] = append(c.made, n), id
	c.cards[id] = card.Card{Profile: gateway.Profile{Customer: gateway.Customer{ID: id, Name: strings.TrimSpace(n.First + " " + n.Last)}, Emails: []string{n.Email}}}
	return id, nil
}

func (c *crm) Choose(_ context.Context, requester, customer int64, _ string, _ time.Time) error {
	c.set(func() { c.chosen[requester] = customer })
	return nil
}

func (c *crm) ProfileOrder(_ context.Context, id gateway.OrderID) (gateway.ProfileOrder, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ask("order"); err != nil {
		return gateway.ProfileOrder{}, err
	}
	o, ok := c.orders[id]
	if !ok {
		return o, device.Errorf(device.NotFound, "crm", "no order %d", id)
	}
	return o, nil
}

func (c *crm) ProfileOrders(_ context.Context, customer int64, _ int) ([]gateway.ProfileOrder, int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ask("orders"); err != nil {
		return nil, 0, err
	}
	list := c.of[customer]
	return list[:min(20, len(list))], len(list), nil
}

func (c *crm) SampleCustomers(_ context.Context, _, _ time.Time, n int) ([]gateway.Profile, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ask("sample"); err != nil {
		return nil, err
	}
	return c.sample[:min(n, len(c.sample))], nil
}

func (c *crm) Notify(_ context.Context, users []int64, text string) error {
	c.set(func() { c.notices = append(c.notices, gateway.Notice{Users: users, Text: text}) })
	return nil
}

func (c *crm) AddTask(_ context.Context, t gateway.Task) error {
	c.set(func() { c.tasks = append(c.tasks, t) })
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
	hde   *helpdesk
	crm   *crm
	clerk *support.Clerk
	live  *gateway.Live
	stop  func() // nil while the clerk is away
	// cancel ends the clerk without waiting for him.
	cancel func()
	// kept is put between the clerk and the database; nil: nothing is.
	kept func(support.Store) support.Store
}

const (
	anna   = int64(501)
	boris  = int64(502)
	nobody = int64(503)
)

// enough is after which time a change has been seen and dealt with.
const enough = 40 * time.Second

func opened(t *testing.T, change func(*gateway.Settings), test func(*testing.T, *desk)) {
	t.Helper()
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vestnik.db")
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.open(path, change)
		d.begin()
		defer func() { // also of a test that fails: a bubble waits for its goroutines
			d.end()
			if err := d.store.Close(); err != nil {
				t.Error(err)
			}
		}()
		test(t, d)
	})
}

func (d *desk) open(path string, change func(*gateway.Settings)) {
	d.t.Helper()
	st, err := store.Open(d.t.Context(), store.Options{Path: path})
	if err != nil {
		d.t.Fatal(err)
	}
	d.store = st
	settings := shopSettings()
	if change != nil {
		change(&settings)
	}
	if err := st.SaveSettings(d.t.Context(), settings, "test"); err != nil {
		d.t.Fatal(err)
	}
}

func shopSettings() gateway.Settings {
	s := gateway.DefaultSettings()
	s.Shop.Name, s.RetailCRM.URL = "Лавка", "https://lavka.retailcrm.ru"
	h := &s.Helpdesk
	h.Enabled, h.URL, h.Email, h.Key, h.CardURL = true, "https://shop.helpdeskeddy.com", "bot@shop.example", "key", "http://192.168.1.5:8480"
	h.Fields = map[string]string{"order": "31", "customer": "32", "vip": "33", "status": "36"}
	h.Ranking = []string{"2", "3", "1"}
	h.Rules = []gateway.PriorityRule{{Name: "VIP", Enabled: true, When: gateway.WhenVIP, Priority: "1"}}
	h.RulesDry = false
	h.Delivery, h.Problem, h.Critical = []string{"delivering"}, []string{"delivery-problem"}, []string{"delivery-problem"}
	h.CriticalPriority, h.InternalRequester = "1", 12
	h.IgnoreDomains = []string{"telegram.helpdeskeddy.com"}
	return s
}

// newDesk is a desk without a database yet, on a Saturday noon in Moscow.
func newDesk(t tester) *desk {
	time.Sleep(time.Until(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)))
	d := &desk{t: t, hde: newHelpdesk(), crm: &crm{
		cards: map[int64]card.Card{}, chosen: map[int64]int64{}, external: map[string]int64{},
		orders: map[gateway.OrderID]gateway.ProfileOrder{}, of: map[int64][]gateway.ProfileOrder{},
	}}
	d.hde.users[anna] = gateway.Requester{ID: anna, Name: "Анна Петрова", Email: "Anna@pochta-lavki.ru", Phone: "+79123456789"}
	d.hde.users[boris] = gateway.Requester{ID: boris, Name: "Борис", Email: "boris@pochta-lavki.ru"}
	d.hde.users[nobody] = gateway.Requester{ID: nobody, Name: "tg user"}
	order := gateway.ProfileOrder{
		ID: 1, Number: "10482", Customer: 7, Manager: 31, Status: "delivering", StatusName: "Доставляется", Group: "delivery",
		CreatedAt: time.Now().Add(-48 * time.Hour), Total: "6490.00", Currency: "RUB", URL: "https://lavka.retailcrm.ru/orders/1/edit",
		Items: []gateway.ProfileItem{{Name: "Кроссовки Nike", Quantity: "1"}, {Name: "Носки белые", Quantity: "2.000"}},
	}
	d.crm.orders[1] = order
	d.crm.cards[7] = card.Card{
		Profile: gateway.Profile{
			Customer: gateway.Customer{ID: 7, Name: "Анна Петрова", Phones: []string{"+79123456789"}, VIP: true, ManagerID: 32, URL: "https://lavka.retailcrm.ru/customers/7"},
			Emails:   []string{"anna@pochta-lavki.ru"}, OrdersCount: 27, Total: "184300.00", Currency: "RUB",
		},
		Manager: &gateway.CRMUser{ID: 31, Name: "Ольга Сергеева"}, OrdersTotal: 1,
		Orders: []card.Order{{ProfileOrder: order, Delivery: true}},
	}
	return d
}

// begin has the clerk begin to work; end stops him wherever he is.
func (d *desk) begin() {
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
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
	log := slog.New(slog.DiscardHandler)
	out := gateway.NewOutbox()
	c := support.NewClerk()
	c.Store, c.Cards, c.Choices, c.KeptCard, c.Live, c.Topics, c.Log = d.store, d.crm, d.crm, d.crm.Card, live, topics, log
	if d.kept != nil {
		c.Store = d.kept(d.store)
	}
	c.Helpdesk = func() gateway.Helpdesk { return d.hde }
	c.Profiles, c.People = func() gateway.Profiles { return d.crm }, func() gateway.People { return d.crm }
	c.EffectsDue = out.Wake
	d.clerk, d.live = c, live
	out.Name, out.Effects, out.Ready, out.Topics, out.Log = "crm", d.store, func() bool { return true }, topics, log
	out.Do = c.Doers()
	out.Do[gateway.EffectNote] = d.crm.note
	var running, telling sync.WaitGroup
	for _, run := range []func(context.Context) error{c.RunWatch, c.RunHand, c.RunAlarms, c.RunLessons} {
		running.Go(func() {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				d.t.Error(err)
			}
		})
	}
	// The outbox is not what is stopped here: it has its own tests.
	outlives, cancel := context.WithCancel(context.WithoutCancel(ctx))
	telling.Go(func() {
		if err := out.Run(outlives); err != nil {
			d.t.Error(err)
		}
	})
	return func() {
		running.Wait()
		cancel()
		telling.Wait()
	}
}

func (d *desk) pass(dur time.Duration) {
	time.Sleep(dur)
	synctest.Wait()
}

// ticket is what is kept of a ticket.
func (d *desk) ticket(id gateway.TicketID) support.Ticket {
	d.t.Helper()
	t, err := d.store.Ticket(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return t
}

func (d *desk) happened(id gateway.TicketID, r gateway.Reason) bool {
	d.t.Helper()
	events, err := d.store.TicketEvents(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return slices.ContainsFunc(events, func(e support.Event) bool { return e.Reason == r })
}

// theCard is the one comment with the card.
func (d *desk) theCard(id gateway.TicketID) string {
	d.t.Helper()
	list := d.hde.cardsIn(id)
	if len(list) != 1 {
		d.t.Fatalf("%d comments with the card of ticket %d", len(list), id)
	}
	return list[0].HTML
}

func (d *desk) wants(what, got string, words ...string) {
	d.t.Helper()
	for _, w := range words {
		if !strings.Contains(got, w) {
			d.t.Errorf("%s: %q lacks %q", what, got, w)
		}
	}
}

// wantsNot is the opposite.
func (d *desk) wantsNot(what, got string, words ...string) {
	d.t.Helper()
	for _, w := range words {
		if strings.Contains(got, w) {
			d.t.Errorf("%s: %q has %q", what, got, w)
		}
	}
}

func (d *desk) settings(change func(*gateway.HelpdeskSettings)) {
	d.t.Helper()
	s, err := d.store.Settings(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	change(&s.Helpdesk)
	if err := d.store.SaveSettings(d.t.Context(), s, "test"); err != nil {
		d.t.Fatal(err)
	}
	if err := d.live.Reload(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	d.clerk.Wake()
}
