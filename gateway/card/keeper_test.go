package card_test

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

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/store"
)

const (
	anna  device.Phone = "+79123456789"
	boris device.Phone = "+79217654321"
)

// fakeCRM is a CRM with customers and orders that takes its time for each request.
type fakeCRM struct {
	mu       sync.Mutex
	takes    time.Duration
	state    gateway.CRMState
	err      error // of every request
	people   map[int64]gateway.Profile
	merged   map[int64]int64
	orders   map[int64][]gateway.ProfileOrder // newest first
	entries  map[int64][]gateway.ProfileEntry
	users    []gateway.CRMUser
	noNotes  bool // the key may not read notes and tasks
	touched  []int64
	made     []gateway.NewCustomer
	asked    []string    // every request
	at       []time.Time // when they were made
	inside   map[int64]int
	together int // the most readings of one card at the same time
}

func newCRM() *fakeCRM {
	return &fakeCRM{
		state: gateway.CRMConnected, people: map[int64]gateway.Profile{}, merged: map[int64]int64{}, orders: map[int64][]gateway.ProfileOrder{},
		entries: map[int64][]gateway.ProfileEntry{}, inside: map[int64]int{}, users: []gateway.CRMUser{{ID: 21, Name: "Ольга"}, {ID: 22, Name: "Пётр"}},
	}
}

func (f *fakeCRM) add(id int64, name, email string, phones ...string) {
	p := gateway.Profile{Customer: gateway.Customer{ID: id, Name: name, Phones: phones}, Site: "main"}
	if email != "" {
		p.Emails = []string{email}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.people[id] = p
}

// order adds a newest order.
func (f *fakeCRM) order(customer int64, o gateway.ProfileOrder) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o.Customer = customer
	f.orders[customer] = append([]gateway.ProfileOrder{o}, f.orders[customer]...)
}

// request is one request: it takes its time, and fails as all do.
func (f *fakeCRM) request(ctx context.Context, what string) error {
	f.mu.Lock()
	f.asked, f.at = append(f.asked, what), append(f.at, time.Now())
	takes, err := f.takes, f.err
	f.mu.Unlock()
	if takes > 0 {
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			return device.Errorf(device.Unavailable, "retailcrm", "%w", ctx.Err())
		}
	}
	return err
}

func (f *fakeCRM) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := f.asked
	f.asked, f.at = nil, nil
	return list
}

func (f *fakeCRM) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fakeCRM) CRM() gateway.CRMState {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

func (f *fakeCRM) ProfilesBy(ctx context.Context, email string, phone device.Phone) ([]gateway.Profile, error) {
	if err := f.request(ctx, "by "+email+phone.String()); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []gateway.Profile
	for id := int64(0); id < 1000; id++ {
		p, ok := f.people[id]
		if ok && (email != "" && slices.Contains(p.Emails, email) || phone != "" && slices.Contains(card.Phones(p.Phones, "RU"), phone)) {
			list = append(list, p)
		}
	}
	return list, nil
}

func (f *fakeCRM) Profile(ctx context.Context, id int64) (gateway.Profile, error) {
	f.mu.Lock()
	f.inside[id]++
	f.together = max(f.together, f.inside[id])
	f.mu.Unlock()
	defer f.set(func() { f.inside[id]-- })
	if err := f.request(ctx, fmt.Sprint("profile ", id)); err != nil {
		return gateway.Profile{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if into := f.merged[id]; into != 0 {
		id = into
	}
	p, ok := f.people[id]
	if !ok {
		return p, device.Errorf(device.NotFound, "retailcrm: profile", "no customer %d", id)
	}
	return p, nil
}

func (f *fakeCRM) ProfileOrders(ctx context.Context, customer int64, page int) ([]gateway.ProfileOrder, int, error) {
	if err := f.request(ctx, fmt.Sprintf("orders %d page %d", customer, page)); err != nil {
		return nil, 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	list := f.orders[customer]
	from := min(len(list), (page-1)*20)
	return slices.Clone(list[from:min(len(list), from+20)]), len(list), nil
}

func (f *fakeCRM) ProfileEntries(ctx context.Context, customer int64) ([]gateway.ProfileEntry, error) {
	if err := f.request(ctx, fmt.Sprint("entries ", customer)); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noNotes {
		return nil, device.Errorf(device.Unauthorized, "retailcrm: notes", "403")
	}
	return f.entries[customer], nil
}

func (f *fakeCRM) ProfileOrder(ctx context.Context, id gateway.OrderID) (gateway.ProfileOrder, error) {
	return gateway.ProfileOrder{}, device.Errorf(device.NotFound, "retailcrm: order", "no order %d", id)
}

func (f *fakeCRM) OrdersByNumber(ctx context.Context, number string) ([]gateway.ProfileOrder, error) {
	if err := f.request(ctx, "number "+number); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []gateway.ProfileOrder
	for id := int64(0); id < 1000; id++ {
		for _, o := range f.orders[id] {
			if o.Number == number {
				list = append(list, o)
			}
		}
	}
	return list, nil
}

func (f *fakeCRM) SampleCustomers(context.Context, time.Time, time.Time, int) ([]gateway.Profile, error) {
	return nil, nil
}

func (f *fakeCRM) TouchedCustomers(ctx context.Context, after int64) (ids []int64, next int64, more bool, err error) {
	if err := f.request(ctx, fmt.Sprint("history ", after)); err != nil {
		return nil, 0, false, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if after == 0 {
		return nil, int64(len(f.touched)) + 1, false, nil
	}
	return f.touched[after-1:], int64(len(f.touched)) + 1, false, nil
}

func (f *fakeCRM) MakeCustomer(ctx context.Context, c gateway.NewCustomer) (int64, bool, error) {
	if err := f.request(ctx, "make"); err != nil {
		return 0, false, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made = append(f.made, c)
	return 900, false, nil
}

func (f *fakeCRM) Sites(context.Context) ([]gateway.Site, error) { return nil, nil }

func (f *fakeCRM) Users(ctx context.Context) ([]gateway.CRMUser, error) {
	if err := f.request(ctx, "users"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.users, nil
}

// shop is a keeper with its store and its CRM.
type shop struct {
	*card.Keeper
	t       testing.TB
	crm     *fakeCRM
	store   *store.Store
	renewed []int64
	ctx     context.Context
}

func newShop(t testing.TB, change ...func(*gateway.Settings)) *shop {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "vestnik.db")})
	if err != nil {
		t.Fatal(err)
	}
	settings := gateway.DefaultSettings()
	settings.Helpdesk.Enabled = true
	settings.Shop.Timezone, settings.Shop.Region = "Europe/Moscow", "RU"
	for _, c := range change {
		c(&settings)
	}
	if err := s.SaveSettings(ctx, settings, "test"); err != nil {
		t.Fatal(err)
	}
	h := &shop{Keeper: card.NewKeeper(), t: t, crm: newCRM(), store: s, ctx: ctx}
	h.Topics = &gateway.Topics{}
	if h.Live, err = gateway.NewLive(ctx, s, h.Topics); err != nil {
		t.Fatal(err)
	}
	h.Profiles = func() gateway.Profiles { return h.crm }
	h.Keeper.Users, h.Keeper.CRM, h.Store = h.crm.Users, h.crm.CRM, s
	h.Log = slog.New(slog.DiscardHandler)
	h.Renewed = func(ids []int64) { h.renewed = append(h.renewed, ids...) }
	return h
}

func (h *shop) close() {
	if err := h.store.Close(); err != nil {
		h.t.Error(err)
	}
}

func (h *shop) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *shop) card(id int64) card.Card {
	h.t.Helper()
	c, err := h.Card(h.ctx, id)
	h.check(err)
	return c
}

// virtually runs a test in virtual time.
func virtually(t *testing.T, test func(t *testing.T, h *shop), change ...func(*gateway.Settings)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newShop(t, change...)
		defer h.close()
		test(t, h)
	})
}

// running runs the keeper while do lasts.
func (h *shop) running(do func()) {
	h.t.Helper()
	ctx, cancel := context.WithCancel(h.ctx)
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	do()
	cancel()
	h.check(<-done)
}

// The cold card of a customer with many orders takes as long as that of one with few: one
// round of requests, all at once.
func TestColdCardIsOneRound(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		h.crm.takes = 300 * time.Millisecond
		h.crm.add(5, "Анна", "anna@mail.ru")
		h.crm.add(6, "Борис", "boris@mail.ru")
		h.crm.order(5, gateway.ProfileOrder{ID: 1, Number: "1A"})
		for i := range 5000 {
			h.crm.order(6, gateway.ProfileOrder{ID: gateway.OrderID(i + 10), Number: fmt.Sprint(i)})
		}
		for id, total := range map[int64]int{5: 1, 6: 5000} {
			h.crm.requests()
			began := time.Now()
			c := h.card(id)
			if took := time.Since(began); took > 1200*time.Millisecond || c.OrdersTotal != total || c.FromCache || c.Old {
				t.Errorf("customer %d in %s: %+v", id, took, c)
			}
			if n := len(h.crm.requests()); n > 4 {
				t.Errorf("%d requests for customer %d", n, id)
			}
			again := h.card(id)
			if n := h.crm.requests(); len(n) != 0 || !again.FromCache || again.Old {
				t.Errorf("the kept card made requests: %v", n)
			}
		}
		if more, total, err := h.MoreOrders(h.ctx, 6, 250); err != nil || total != 5000 || len(more) != 20 || more[19].Number != "0" {
			t.Errorf("%d more, %d, %v", len(more), total, err)
		}
		if _, _, err := h.MoreOrders(h.ctx, 6, 0); device.KindOf(err) != device.Invalid {
			t.Error(err)
		}
	})
}

// However many ask, one reading of a card is under way at a time.
func TestOneReadingAtATime(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		h.crm.takes = 300 * time.Millisecond
		for id := int64(1); id <= 3; id++ {
			h.crm.add(id, "x", "")
		}
		h.running(func() {
			var all sync.WaitGroup
			for i := range 60 {
				all.Go(func() {
					time.Sleep(time.Duration(i%7) * 70 * time.Millisecond)
					ctx := h.ctx
					if i%5 == 0 { // some leave before the answer is there
						short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
						defer cancel()
						ctx = short
					}
					_, err := h.Renew(ctx, int64(i%3+1))
					if err != nil && ctx.Err() == nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
		})
		if h.crm.together != 1 {
			t.Errorf("%d readings of one card at once", h.crm.together)
		}
		if n := len(h.crm.requests()); n > 60 {
			t.Errorf("%d requests", n)
		}
	})
}

// A storm in the orders' history makes no storm of requests: those whom somebody looks at come
// first, the others wait, and those whom nobody looks at are not asked for.
func TestTouchStorm(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		for id := int64(1); id <= 60; id++ {
			h.crm.add(id, "x", "")
			h.crm.order(id, gateway.ProfileOrder{ID: gateway.OrderID(id), Number: fmt.Sprint(id)})
			h.check(h.store.SaveCard(h.ctx, card.Kept{
				Profile: gateway.Profile{Customer: gateway.Customer{ID: id, Name: "x"}, Site: "main"}, AsOf: time.Now(), Total: 1,
				Orders: []gateway.ProfileOrder{{ID: gateway.OrderID(id), Number: "former", Customer: id}},
			}))
		}
		for id := int64(1); id <= 20; id++ {
			h.check(h.store.Seen(h.ctx, id, "olga", 0, time.Now().Add(time.Duration(id)*time.Second)))
		}
		h.check(h.store.SaveCardCursor(h.ctx, 1)) // the box has watched for long
		h.running(func() {
			time.Sleep(30 * time.Second)
			synctest.Wait()
			h.crm.requests()
			var orders []gateway.OrderID
			for id := range gateway.OrderID(500) {
				orders = append(orders, id+1)
			}
			began := time.Now()
			h.Touched(orders, nil)
			time.Sleep(time.Second)
			if c := h.card(50); !c.Old || c.Orders[0].Number != "former" {
				t.Errorf("%+v", c)
			}
			time.Sleep(3 * time.Minute)
			synctest.Wait()
			h.crm.mu.Lock()
			at, asked := slices.Clone(h.crm.at), slices.Clone(h.crm.asked)
			h.crm.mu.Unlock()
			for i := range at {
				for j := i; j < len(at); j++ {
					if n, window := j-i+1, at[j].Sub(at[i]).Seconds(); float64(n) > window+4.5 {
						t.Fatalf("%d requests in %.1f s", n, window)
					}
				}
			}
			var profiles []string
			for _, a := range asked {
				if id, ok := strings.CutPrefix(a, "profile "); ok {
					profiles = append(profiles, id)
				}
			}
			// 50 was looked at while the first was under way, then those seen last come first.
			if len(profiles) != 21 || profiles[0] != "20" || profiles[1] != "50" || profiles[2] != "19" || profiles[20] != "1" {
				t.Errorf("renewed within %s: %v", time.Since(began), profiles)
			}
			if c := h.card(20); c.Old || c.Orders[0].Number != "20" {
				t.Errorf("%+v", c)
			}
		})
		if len(h.renewed) != 21 {
			t.Errorf("told of %v", h.renewed)
		}
	})
}

func TestNothingIsAskedWhileTheCRMIsAway(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		h.crm.add(5, "Анна", "")
		h.card(5)
		h.crm.set(func() { h.crm.state = gateway.CRMUnreachable })
		h.crm.requests()
		h.running(func() {
			time.Sleep(time.Hour)
			c := h.card(5)
			if !c.FromCache || !c.Old || c.Away != gateway.CRMUnreachable || c.Profile.Name != "Анна" {
				t.Errorf("%+v", c)
			}
			if c, err := h.Renew(h.ctx, 5); err != nil || c.Away != gateway.CRMUnreachable {
				t.Errorf("%+v, %v", c, err)
			}
			if _, err := h.Card(h.ctx, 6); device.KindOf(err) != device.Unavailable {
				t.Error(err)
			}
			time.Sleep(time.Hour)
			if list := h.crm.requests(); len(list) != 0 {
				t.Errorf("asked: %v", list)
			}
			h.crm.set(func() { h.crm.state = gateway.CRMConnected })
			h.card(5)
			time.Sleep(2 * time.Minute)
			if c = h.card(5); c.Old || c.Away != "" {
				t.Errorf("%+v", c)
			}
			// Now it answers, with errors: it is not asked at full pace.
			h.crm.set(func() { h.crm.err = device.Errorf(device.Unavailable, "retailcrm", "503") })
			h.Touched(nil, nil)
			h.check(h.store.Outdate(h.ctx, []int64{5}, time.Now()))
			h.crm.requests()
			h.card(5)
			time.Sleep(10 * time.Minute)
			if n := len(h.crm.requests()); n == 0 || n > 60 {
				t.Errorf("%d requests to a CRM that fails", n)
			}
			h.crm.set(func() { h.crm.err = nil })
			h.card(5)
			time.Sleep(2 * time.Minute)
			if c = h.card(5); c.Old {
				t.Errorf("%+v", c)
			}
		})
	})
}

// The history of customers marks cards, and those who are looked after are renewed by it.
func TestHistoryMarksCards(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		h.crm.add(5, "Анна", "")
		h.crm.add(6, "Борис", "")
		h.running(func() {
			time.Sleep(time.Second)
			h.card(5)
			h.card(6)
			h.check(h.store.Seen(h.ctx, 5, "olga", 0, time.Now()))
			h.crm.add(5, "Анна Петрова", "")
			h.crm.add(6, "Борис Иванов", "")
			h.crm.set(func() { h.crm.touched = []int64{5, 6, 99} })
			time.Sleep(90 * time.Second)
			if c := h.card(5); c.Profile.Name != "Анна Петрова" || c.Old {
				t.Errorf("%+v", c)
			}
			if c := h.card(6); c.Profile.Name != "Борис" || !c.Old {
				t.Errorf("nobody looks at him: %+v", c)
			}
			time.Sleep(5 * time.Second)
			if c := h.card(6); c.Profile.Name != "Борис Иванов" {
				t.Errorf("somebody looked: %+v", c)
			}
		})
		if cursor, err := h.store.CardCursor(h.ctx); err != nil || cursor != 4 {
			t.Error(cursor, err)
		}
	})
}

func TestVanishedAndMergedCards(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		for id := int64(5); id <= 7; id++ {
			h.crm.add(id, fmt.Sprint("customer ", id), "same@mail.ru")
			h.crm.order(id, gateway.ProfileOrder{ID: gateway.OrderID(id), Number: fmt.Sprint(id)})
			h.card(id)
		}
		h.check(h.Choose(h.ctx, 77, 5, "olga"))
		h.check(h.Choose(h.ctx, 78, 7, "olga"))
		h.crm.set(func() {
			delete(h.crm.people, 5)
			delete(h.crm.people, 7)
			h.crm.merged[5] = 6
		})
		c, err := h.Renew(h.ctx, 5)
		h.check(err)
		if c.Profile.ID != 6 || len(c.Orders) != 1 || c.Orders[0].Number != "6" {
			t.Errorf("%+v", c)
		}
		if _, err := h.store.Card(h.ctx, 5); device.KindOf(err) != device.NotFound {
			t.Error(err)
		}
		if f, err := h.Find(h.ctx, card.Hints{Requester: 77}); err != nil || f.Customer != 6 || f.By != "choice" {
			t.Errorf("%+v, %v", f, err)
		}
		if _, err := h.Renew(h.ctx, 7); device.KindOf(err) != device.NotFound {
			t.Error(err)
		}
		if _, err := h.store.Card(h.ctx, 7); device.KindOf(err) != device.NotFound {
			t.Error(err)
		}
		if f, err := h.Find(h.ctx, card.Hints{Requester: 78}); err != nil || f.Status != card.FoundNone || !f.NoHints {
			t.Errorf("%+v, %v", f, err)
		}
		if !slices.Contains(h.renewed, 6) {
			t.Errorf("told of %v", h.renewed)
		}
	})
}

// A card that is erased while it is being read does not come back.
func TestEraseWhileReading(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		h.crm.add(5, "Анна", "")
		h.card(5)
		h.crm.takes = time.Second
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = h.Renew(h.ctx, 5)
		}()
		time.Sleep(500 * time.Millisecond)
		h.check(h.Erase(h.ctx, 5, "olga"))
		<-done
		if _, err := h.store.Card(h.ctx, 5); device.KindOf(err) != device.NotFound {
			t.Errorf("it is there again: %v", err)
		}
	})
}

// What may not be read is left out, and what fails leaves the former.
func TestMissingRights(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		h.crm.add(5, "Анна", "")
		h.crm.entries[5] = []gateway.ProfileEntry{{Kind: "task", At: time.Now(), Text: "Позвонить", By: "Ольга", Done: true}, {Kind: "note", At: time.Now().Add(-time.Hour), Text: "VIP"}}
		c := h.card(5)
		if len(c.Lines) != 2 || c.Lines[0].Kind != card.LineTask || !c.Lines[0].Done || c.Lines[1].Kind != card.LineNote {
			t.Errorf("%+v", c.Lines)
		}
		h.crm.set(func() { h.crm.noNotes = true })
		c, err := h.Renew(h.ctx, 5)
		if h.check(err); len(c.Lines) != 2 {
			t.Errorf("%+v", c.Lines)
		}
		h.crm.add(6, "Борис", "")
		if c := h.card(6); len(c.Lines) != 0 || c.Profile.Name != "Борис" {
			t.Errorf("%+v", c)
		}
	})
}

func TestCardsArePastTheirTime(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		h.crm.add(5, "Анна", "")
		h.card(5)
		kept := func() bool {
			_, err := h.store.Card(h.ctx, 5)
			return err == nil
		}
		outside := time.Now()
		wrong := &gateway.ClockGuard{Kept: h.store, Now: func() time.Time { return time.Now().AddDate(5, 0, 0) }}
		h.check(wrong.Load(h.ctx))
		wrong.Outside(outside)
		h.Clock = wrong
		h.running(func() { time.Sleep(time.Minute) })
		if !kept() {
			t.Fatal("a clock that is years ahead erased a card")
		}
		h.Clock = nil
		time.Sleep(6 * 24 * time.Hour)
		h.running(func() { time.Sleep(time.Minute) })
		if !kept() {
			t.Fatal("erased too early")
		}
		time.Sleep(2 * 24 * time.Hour)
		h.running(func() { time.Sleep(time.Minute) })
		if kept() {
			t.Fatal("kept for too long")
		}
	}, func(s *gateway.Settings) { s.Helpdesk.KeepDays = 7 })
}

func TestMake(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		id, err := h.Make(h.ctx, gateway.NewCustomer{ExternalID: "hde-77", First: "Анна", Email: "noreply@shop.ru", Phone: anna}, "olga")
		if err != nil || id != 900 || h.crm.made[0].Email != "" || h.crm.made[0].Site != "two" || h.crm.made[0].Phone != anna {
			t.Errorf("%d, %v, %+v", id, err, h.crm.made)
		}
		for _, c := range []gateway.NewCustomer{{First: "Анна"}, {Email: "noreply@shop.ru"}, {Email: "anna"}} {
			if _, err := h.Make(h.ctx, c, "olga"); device.KindOf(err) != device.Invalid {
				t.Errorf("%+v: %v", c, err)
			}
		}
		h.crm.set(func() { h.crm.state = gateway.CRMWrongKey })
		if _, err := h.Make(h.ctx, gateway.NewCustomer{Phone: anna}, "olga"); device.KindOf(err) != device.Unavailable {
			t.Error(err)
		}
	}, func(s *gateway.Settings) { s.Helpdesk.UnknownSite = "two" })
}

// What another account of the CRM said counts no more: neither an answer, nor a card that is
// being read, nor who works there.
func TestAnotherAccountOfTheCRM(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		h.crm.add(5, "Анна", "anna@mail.ru")
		h.crm.add(6, "Борис", "boris@mail.ru")
		h.card(6)
		hints := card.Hints{Emails: []string{"anna@mail.ru"}}
		if f, err := h.Find(h.ctx, hints); err != nil || f.Customer != 5 {
			t.Fatalf("%+v %v", f, err)
		}
		h.crm.takes = time.Second
		other := newCRM()
		other.add(5, "Чужой", "other@mail.ru")
		other.add(9, "Анна", "anna@mail.ru")
		var late card.Found
		var read error
		var both sync.WaitGroup
		both.Go(func() { _, read = h.Renew(h.ctx, 5) })
		both.Go(func() { late, _ = h.Find(h.ctx, card.Hints{Emails: []string{"boris@mail.ru"}}) })
		time.Sleep(500 * time.Millisecond)
		var now gateway.Profiles
		h.Profiles = func() gateway.Profiles { return now }
		h.Forget()
		now = other
		fresh, err := h.Renew(h.ctx, 5) // it shares nothing with the reading of the former one
		if h.check(err); fresh.Profile.Name != "Чужой" {
			t.Errorf("%+v", fresh.Profile)
		}
		both.Wait()
		if device.KindOf(read) != device.Unavailable {
			t.Errorf("the former account's card was given: %v", read)
		}
		if late.Customer != 0 {
			t.Errorf("the former account's customer was found: %+v", late)
		}
		if k, err := h.store.Card(h.ctx, 5); err != nil || k.Profile.Name != "Чужой" {
			t.Errorf("%+v %v", k.Profile, err)
		}
		if f, err := h.Find(h.ctx, hints); err != nil || f.Customer != 9 {
			t.Errorf("%+v %v", f, err)
		}
	})
}

// Work that nobody waits for asks where it lets persons pass.
func TestQuietKeeperAsksBehind(t *testing.T) {
	virtually(t, func(t *testing.T, h *shop) {
		behind := newCRM()
		for _, crm := range []*fakeCRM{h.crm, behind} {
			crm.add(5, "Анна", "anna@mail.ru")
			crm.add(6, "Борис", "boris@mail.ru")
			crm.order(6, gateway.ProfileOrder{ID: 1, Number: "5123А"})
		}
		h.Behind = func() gateway.Profiles { return behind }
		h.Keeper.Users = nil
		behind.takes = 4 * time.Second // they wait
		if f, err := h.Quiet().Find(h.ctx, card.Hints{Emails: []string{"anna@mail.ru"}}); err != nil || f.Customer != 5 {
			t.Errorf("%+v %v", f, err)
		}
		if f, err := h.Quiet().Find(h.ctx, card.Hints{Numbers: []string{"5123А"}}); err != nil || f.Status != card.FoundMany {
			t.Errorf("%+v %v", f, err)
		}
		if c, err := h.Quiet().Card(h.ctx, 5); err != nil || c.Profile.Name != "Анна" {
			t.Errorf("%+v %v", c, err)
		}
		if n := h.crm.requests(); len(n) != 0 {
			t.Errorf("in the persons' lane: %v", n)
		}
		if h.card(6); len(h.crm.requests()) == 0 {
			t.Error("a person was not let pass")
		}
	})
}

// A shop without a helpdesk pays nothing for cards that nobody looks at.
func TestWithoutAHelpdeskNothingIsFollowed(t *testing.T) {
	virtually(t, func(_ *testing.T, h *shop) {
		h.running(func() {
			time.Sleep(time.Hour)
			synctest.Wait()
		})
		// Who works there is read once, so that the first card that somebody looks for names its manager.
		if asked := h.crm.requests(); len(asked) > 1 || len(asked) == 1 && asked[0] != "users" {
			h.t.Errorf("asked %q", asked)
		}
	}, func(s *gateway.Settings) { s.Helpdesk.Enabled = false })
}
