package retailcrm_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/retailcrm"
	sim "vestnik/sim/retailcrm"
)

// paths are the requests that a call makes, without the API's prefix.
func paths(t *testing.T, a *sim.Account, do func() error) []string {
	t.Helper()
	before := len(a.Requests())
	must(t, do())
	var out []string
	for _, r := range a.Requests()[before:] {
		out = append(out, strings.TrimPrefix(r.Path, "/api/v5/"))
	}
	return out
}

func TestFiveThousandOrdersCostOneRequest(t *testing.T) {
	t.Parallel()
	a, c := shopOf(t)
	card := a.AddCustomer(sim.Customer{FirstName: "Опт", Phones: []string{"+79167712233"}})
	for range 5000 {
		a.AddOrder(sim.Order{CustomerID: card.ID, Items: []sim.Item{{Name: "Мёд", Price: 10, Quantity: 1}}})
	}
	var p gateway.Profile
	var err error
	if got := paths(t, a, func() error { p, err = c.Profile(t.Context(), int64(card.ID)); return err }); !slices.Equal(got, []string{"customers/" + fmt.Sprint(card.ID), "loyalty/accounts"}) {
		t.Errorf("a profile: %q", got)
	}
	if p.OrdersCount != 5000 || p.Total != "50000.00" || p.Average != "10.00" {
		t.Errorf("%+v", p)
	}
	for _, page := range []int{1, 2, 250} {
		var orders []gateway.ProfileOrder
		var total int
		got := paths(t, a, func() error { orders, total, err = c.ProfileOrders(t.Context(), int64(card.ID), page); return err })
		if !slices.Equal(got, []string{"orders"}) || len(orders) != 20 || total != 5000 {
			t.Errorf("page %d: %q, %d of %d", page, got, len(orders), total)
		}
	}
	if got := paths(t, a, func() error { _, err := c.ProfileEntries(t.Context(), int64(card.ID)); return err }); !slices.Equal(got, []string{"customers/notes", "tasks"}) {
		t.Errorf("entries: %q", got)
	}
	if got := paths(t, a, func() error { _, err := c.ProfilesBy(t.Context(), "", "+79167712233"); return err }); !slices.Equal(got, []string{"customers"}) {
		t.Errorf("a search: %q", got)
	}
}

func TestRefusedLoyaltyIsAskedForOnceAnHour(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) {
		a, c := shopOf(t)
		_, err := a.AddLoyalty(sim.LoyaltyAccount{CustomerID: 301, Level: "Старый", Points: 5})
		must(t, err)
		_, err = a.AddLoyalty(sim.LoyaltyAccount{CustomerID: 301, Level: "Золотой", Points: 100, Active: true})
		must(t, err)
		asked := func(want int, level string) {
			t.Helper()
			var p gateway.Profile
			got := paths(t, a, func() error { p, err = c.Profile(t.Context(), 301); return err })
			if len(got) != want || p.Loyalty.Level != level || p.Name == "" {
				t.Errorf("%q, %+v", got, p.Loyalty)
			}
		}
		asked(2, "Золотой")
		a.Faults().DropScope("loyalty_read")
		asked(2, "")
		asked(1, "")
		a.Faults().RestoreScope("loyalty_read")
		time.Sleep(59 * time.Minute)
		asked(1, "")
		time.Sleep(2 * time.Minute)
		asked(2, "Золотой")
	})
}

// A failure that passes is no "no": a kept card must not lose what it has.
func TestLoyaltyThatFailsFailsTheProfile(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true})
	status := 500
	c := connect(t, a, func(o *retailcrm.Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/api/v5/loyalty/accounts" {
				return says(status, `{"success":false,"errorMsg":"API method not found"}`)(r)
			}
			return a.Transport().RoundTrip(r)
		})
	})
	_, err := c.Profile(t.Context(), 301)
	wantKind(t, err, device.Unavailable)
	// An account without the programme is another matter.
	status = 404
	p, err := c.Profile(t.Context(), 301)
	if err != nil || p.ID != 301 || p.Loyalty != (gateway.Loyalty{}) {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestEntriesLeaveOutWhatTheKeyMayNotRead(t *testing.T) {
	t.Parallel()
	a, c := shopOf(t)
	_, err := a.AddNote(sim.Note{CustomerID: 301, ManagerID: 20, Text: "Просит <b>перезвонить</b> & ждёт"})
	must(t, err)
	a.AddTask(sim.Task{CustomerID: 301, Text: "Перезвонить", Commentary: "до обеда", PerformerID: 21, Complete: true})
	kinds := func() (out []string) {
		t.Helper()
		got, err := c.ProfileEntries(t.Context(), 301)
		must(t, err)
		for _, e := range got {
			out = append(out, e.Kind+"|"+e.Text+"|"+e.By)
		}
		slices.Sort(out)
		return out
	}
	note, task := "note|Просит <b>перезвонить</b> & ждёт|Игорь Соболев", "task|Перезвонить\nдо обеда|Марина Лужина"
	if got := kinds(); !slices.Equal(got, []string{note, task}) {
		t.Errorf("%q", got)
	}
	a.Faults().DropScope("task_read")
	if got := kinds(); !slices.Equal(got, []string{note}) {
		t.Errorf("without tasks: %q", got)
	}
	a.Faults().RestoreScope("task_read")
	a.Faults().DropScope("customer_read")
	if got := kinds(); !slices.Equal(got, []string{task}) {
		t.Errorf("without notes: %q", got)
	}
	// Not even the card can be read.
	fresh := connect(t, a)
	if got, err := fresh.ProfileEntries(t.Context(), 301); err != nil || len(got) > 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Notes come oldest first: of more than a page the newest stand on the last.
func TestNewestOfManyNotes(t *testing.T) {
	t.Parallel()
	a, c := shopOf(t)
	base := time.Now().Add(-time.Hour)
	for i := range 230 {
		_, err := a.AddNote(sim.Note{CustomerID: 301, Text: fmt.Sprint("Заметка ", i), CreatedAt: base.Add(time.Duration(i) * time.Second)})
		must(t, err)
	}
	got, err := c.ProfileEntries(t.Context(), 301)
	must(t, err)
	if len(got) != 20 || got[0].Text != "Заметка 229" || got[19].Text != "Заметка 210" {
		t.Errorf("%d entries, %+v", len(got), got)
	}
}

// What an operator reads of an order.
func TestOrderInWords(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true})
	c, en := connect(t, a), connect(t, a, func(o *retailcrm.Options) { o.Language = "en" })
	made := a.AddOrder(sim.Order{
		CustomerID: 301, ManagerID: 20, Status: "delivering", CustomerComment: "Позвоните <за час>",
		Items: []sim.Item{
			{Name: "Мёд & <соты>", OfferID: 7002, Price: 690, Quantity: 2, Discount: 80},
			{Name: "Чай", Price: 0.5, Quantity: 1.5},
			{Name: "Не привезли", Price: 100, Quantity: 1, Status: "cancelled"},
		},
		Delivery: sim.Delivery{Type: "cdek", Cost: 300, Date: "2026-11-21", Data: map[string]any{"trackNumber": 1234567890}},
		Payments: []sim.Payment{{Type: "bank-card", Status: "paid", Amount: 1000, PaidAt: time.Now()}, {Type: "cash", Status: "not-paid", Amount: 700.75}},
	})
	id := gateway.OrderID(made.ID)
	o, err := c.ProfileOrder(t.Context(), id)
	must(t, err)
	items := []gateway.ProfileItem{{Name: "Мёд & <соты>", Quantity: "2", Price: "650.00", Offer: 7002}, {Name: "Чай", Quantity: "1.5", Price: "0.50"}}
	if !slices.Equal(o.Items, items) || o.Total != "1700.75" || o.ToPay != "700.75" || o.Currency != "RUB" || o.Payment != "Наличными: не оплачен" {
		t.Errorf("%+v", o)
	}
	if o.StatusName != "Доставляется" || o.Group != "delivery" || o.GroupName != "Доставка" || !o.Open() || o.Manager != 20 {
		t.Errorf("%+v", o)
	}
	if o.Delivery != "СДЭК" || o.DeliverOn != "2026-11-21" || o.Track != "1234567890" || o.Comment != "Позвоните <за час>" {
		t.Errorf("%+v", o)
	}
	must(t, a.PayOrder(made.ID))
	if o, err = en.ProfileOrder(t.Context(), id); err != nil || o.ToPay != "" || o.Payment != "Наличными: оплачен" {
		t.Errorf("paid: %+v, %v", o, err) // the names are the account's own
	}
	must(t, a.SetStatus(made.ID, "complete"))
	if o, err = c.ProfileOrder(t.Context(), id); err != nil || o.Open() || time.Since(o.StatusAt) > time.Minute {
		t.Errorf("done: %+v, %v", o, err)
	}
	off := a.AddOrder(sim.Order{Status: "cancel-other", Items: []sim.Item{{Name: "Чай", Price: 10, Quantity: 1}}})
	if o, err = c.ProfileOrder(t.Context(), gateway.OrderID(off.ID)); err != nil || o.Open() || o.ToPay != "" || o.Payment != "" || o.DeliverOn != "" || o.Customer != 0 {
		t.Errorf("cancelled: %+v, %v", o, err)
	}
}

// A card as the API may write it: figures as texts, empty lists for objects, no names.
const oddCard = `{"id":"7","type":"customer","site":5,"createdAt":"вчера","vip":"1","bad":0,"email":"Odd@Shop.Example","phones":{"3":{"number":79167712233}},
	"tags":["опт",{"name":"<i>чай</i>","color":null},[]],"segments":{"1":{"id":4,"code":"novye","name":""}},"ordersCount":"12","totalSumm":"184300","averageSumm":null,
	"personalDiscount":"7.5","cumulativeDiscount":[],"discountCardNumber":100500,"customFields":[],"address":[],"contragent":null,"mgCustomers":[]}`

func TestOddCards(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true})
	orders := `{"success":true,"orders":[{"id":"9","number":77,"status":"gone","createdAt":null,"totalSumm":"12.5","prepaySum":"0","customer":` + oddCard + `,
		"items":{"1":{"offer":[],"productName":"<script>","quantity":"3","initialPrice":"4.1","prices":[]}},"payments":[],"delivery":[],"customerComment":5},
		{"id":10,"customer":{"id":8}},{"id":9,"customer":{"id":7}}],"pagination":{"totalCount":"1"}}`
	c := connect(t, a, func(o *retailcrm.Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			switch r.URL.Path {
			case "/api/v5/customers/7":
				return says(200, `{"success":true,"customer":`+oddCard+`}`)(r)
			case "/api/v5/customers":
				return says(200, `{"success":"1","customers":{"1":`+oddCard+`,"2":[],"3":`+oddCard+`},"pagination":[]}`)(r)
			case "/api/v5/orders":
				return says(200, orders)(r)
			case "/api/v5/loyalty/accounts":
				return says(200, `{"success":true,"loyaltyAccounts":[{"customer":{"id":"7"},"active":"1","amount":"12.30","level":[]}]}`)(r)
			case "/api/v5/customers/notes", "/api/v5/tasks":
				return says(200, `{"success":true,"notes":[{"customer":{"id":7},"text":12,"createdAt":[]}],"tasks":{"1":{"customer":{"id":7},"text":"x","performer":{},"complete":"1"}}}`)(r)
			}
			return a.Transport().RoundTrip(r)
		})
	})
	p, err := c.Profile(t.Context(), 7)
	must(t, err)
	if p.ID != 7 || p.Name != "" || !p.VIP || p.Bad || p.Site != "5" || p.SiteName != "5" || !p.CreatedAt.IsZero() || !slices.Equal(p.Phones, []string{"79167712233"}) {
		t.Errorf("%+v", p)
	}
	if !slices.Equal(p.Tags, []string{"опт", "<i>чай</i>"}) || !slices.Equal(p.Segments, []string{"novye"}) || p.OrdersCount != 12 || p.Total != "184300.00" || p.Average != "" {
		t.Errorf("%+v", p)
	}
	if p.PersonalDiscount != 7.5 || p.CumulativeDiscount != 0 || p.DiscountCard != "100500" || p.Loyalty != (gateway.Loyalty{Points: "12.3", Active: true}) {
		t.Errorf("%+v", p)
	}
	if list, err := c.ProfilesBy(t.Context(), "odd@shop.example", ""); err != nil || len(list) != 1 || list[0].ID != 7 {
		t.Errorf("%+v, %v", list, err)
	}
	list, total, err := c.ProfileOrders(t.Context(), 7, 1)
	must(t, err)
	if len(list) != 1 || total != 1 {
		t.Fatalf("%d of %d", len(list), total)
	}
	if o := list[0]; o.ID != 9 || o.Number != "77" || o.StatusName != "gone" || o.Group != "" || !o.Open() || o.ToPay != "12.50" || o.Comment != "5" ||
		!slices.Equal(o.Items, []gateway.ProfileItem{{Name: "<script>", Quantity: "3", Price: "4.10"}}) {
		t.Errorf("%+v", list)
	}
	entries, err := c.ProfileEntries(t.Context(), 7)
	if err != nil || len(entries) != 2 || entries[0].Text != "12" || !entries[1].Done {
		t.Errorf("%+v, %v", entries, err)
	}
	for path, body := range map[string]string{"no orders": `{"success":true}`, "no list": `{"success":true,"orders":5}`} {
		orders = body
		if _, _, err := c.ProfileOrders(t.Context(), 7, 1); device.KindOf(err) != device.Unavailable {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A person does not wait for names to be read again; background work reads them.
func TestNamesAreReadBehind(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) {
		a, c := shopOf(t)
		o := order(a)
		a.AddStatus(sim.Status{Code: "aside", Name: "Отложен", Group: "approval", Active: true})
		must(t, a.SetStatus(o.ID, "aside"))
		time.Sleep(3 * time.Hour)
		read := func(p gateway.Profiles, name string, requests int) {
			t.Helper()
			var got gateway.ProfileOrder
			asked := paths(t, a, func() (err error) { got, err = p.ProfileOrder(t.Context(), gateway.OrderID(o.ID)); return err })
			if got.StatusName != name || requests > 0 && len(asked) != requests {
				t.Errorf("%q after %q, want %q", got.StatusName, asked, name)
			}
		}
		read(c, "aside", 1)
		read(c.Background(), "Отложен", 0)
		read(c, "Отложен", 1)
		time.Sleep(25 * time.Hour)
		read(c, "Отложен", 0)
	})
}

// However much work is behind, a person's call goes next.
func TestBackgroundLetsPersonsPass(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) {
		a := account(t, sim.Options{Seed: true})
		c := connect(t, a, func(o *retailcrm.Options) { o.Rate = 2 })
		_, err := c.FindOrder(t.Context(), "10442")
		must(t, err)
		time.Sleep(time.Minute)
		began := time.Now()
		var all sync.WaitGroup
		for range 60 {
			all.Go(func() {
				if _, _, err := c.Background().ProfileOrders(t.Context(), 301, 1); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(2 * time.Second) // the burst is used up
		for range 5 {
			start := time.Now()
			_, _, err := c.ProfileOrders(t.Context(), 301, 1)
			must(t, err)
			if took := time.Since(start); took > 600*time.Millisecond {
				t.Errorf("a person waited %s", took)
			}
		}
		all.Wait()
		if took := time.Since(began); took < 20*time.Second {
			t.Errorf("all was done in %s: nobody had to wait", took)
		}
	})
}

// Whoever keeps cards hears of every order in a page of history before its status changes
// are handed on.
func TestTouchedOrdersAreTold(t *testing.T) {
	t.Parallel()
	a := plain(t)
	first, second, third := order(a), order(a), order(a)
	var told []gateway.OrderID
	var buyers []int64
	calls := 0
	c := connect(t, a, func(o *retailcrm.Options) {
		o.OnTouched = func(ids []gateway.OrderID, customers []int64) {
			told, buyers, calls = append(told, ids...), append(buyers, customers...), calls+1
		}
	})
	cursor := from(t, c)
	if calls != 0 {
		t.Errorf("the past was told: %v", told)
	}
	must(t, a.EditOrderPhone(first.ID, "+79161230099"))
	must(t, a.EditOrderPhone(first.ID, "+79161230098"))
	must(t, a.SetStatus(second.ID, "assembling"))
	must(t, a.CombineOrders(third.ID, second.ID))
	changes, next, _, err := c.Changes(t.Context(), cursor)
	must(t, err)
	slices.Sort(told)
	want := []gateway.OrderID{gateway.OrderID(first.ID), gateway.OrderID(second.ID), gateway.OrderID(third.ID)}
	if calls != 1 || !slices.Equal(told, want) || len(changes) != 1 {
		t.Errorf("told %v in %d calls, want %v; %+v", told, calls, want, changes)
	}
	if _, _, _, err = c.Changes(t.Context(), next); err != nil || calls != 1 {
		t.Errorf("an empty page: %d calls, %v", calls, err)
	}
	if len(buyers) > 0 {
		t.Errorf("customers without new orders are told: %v", buyers)
	}
	// A new order stands on nobody's kept card yet.
	buyer := a.AddCustomer(sim.Customer{FirstName: "Анна"})
	a.AddOrder(sim.Order{CustomerID: buyer.ID})
	if _, next, _, err = c.Changes(t.Context(), next); err != nil || calls != 2 || !slices.Equal(buyers, []int64{int64(buyer.ID)}) {
		t.Errorf("told of the buyers %v in %d calls, %v", buyers, calls, err)
	}
	a.Faults().Down(true)
	must(t, a.SetStatus(first.ID, "assembling"))
	if _, _, _, err = c.Changes(t.Context(), next); err == nil || calls != 2 {
		t.Errorf("a page that did not come: %d calls, %v", calls, err)
	}
}

// The customers' history is read from its end on, whichever clock is wrong.
func TestWhereTheCustomersHistoryEnds(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"right": 0, "ahead": 90 * time.Minute, "far ahead": 10000 * time.Hour, "behind": -200000 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := plain(t)
			c := connect(t, a, func(o *retailcrm.Options) { o.Now = func() time.Time { return time.Now().Add(ahead) } })
			ids, cursor, more, err := c.TouchedCustomers(t.Context(), 0)
			must(t, err)
			if len(ids) > 0 || cursor != 0 || more {
				t.Errorf("nothing has happened: %v, %d, %v", ids, cursor, more)
			}
			for range 250 {
				a.AddCustomer(sim.Customer{FirstName: "Анна"})
			}
			history := a.CustomerHistory()
			before := len(a.Requests())
			_, cursor, _, err = c.TouchedCustomers(t.Context(), 0)
			must(t, err)
			if asked := len(a.Requests()) - before; cursor != int64(history[len(history)-1].ID) || asked > 6 {
				t.Errorf("the end is %d after %d requests, want %d", cursor, asked, history[len(history)-1].ID)
			}
			must(t, a.SetVIP(301, true))
			if ids, _, _, err = c.TouchedCustomers(t.Context(), cursor); err != nil || !slices.Equal(ids, []int64{301}) {
				t.Errorf("%v, %v", ids, err)
			}
		})
	}
}

// A key of one shop sees one, and makes its cards there.
func TestSitesOfTheKey(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true, Sites: []string{"lavka-opt"}})
	c := connect(t, a, func(o *retailcrm.Options) {
		// An account that lists all shops to everybody.
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/api/v5/reference/sites" {
				return says(200, `{"success":true,"sites":{"lavka":{"code":"lavka","name":"Лавка","defaultForCrm":true},"lavka-opt":{"code":"lavka-opt","name":"Опт"}}}`)(r)
			}
			return a.Transport().RoundTrip(r)
		})
	})
	sites, err := c.Sites(t.Context())
	if err != nil || !slices.Equal(sites, []gateway.Site{{Code: "lavka-opt", Name: "Опт"}}) {
		t.Errorf("%+v, %v", sites, err)
	}
	id, _, err := c.MakeCustomer(t.Context(), gateway.NewCustomer{ExternalID: "hde-1", First: "Анна"})
	must(t, err)
	if card, _ := a.Customer(int(id)); card.Site != "lavka-opt" {
		t.Errorf("%+v", card)
	}
}

// Orders and cards of others never come out, though the account ignores a filter.
func TestProfilesOfOthersStayInside(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true})
	a.AddTask(sim.Task{CustomerID: 302, Text: "О другом"})
	_, err := a.AddNote(sim.Note{CustomerID: 302, Text: "О другом"})
	must(t, err)
	_, err = a.AddLoyalty(sim.LoyaltyAccount{CustomerID: 302, Level: "Чужой", Active: true})
	must(t, err)
	c := connect(t, a, func(o *retailcrm.Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			q, r := r.URL.Query(), r.Clone(r.Context())
			for name := range q {
				if strings.HasPrefix(name, "filter") {
					q.Del(name)
				}
			}
			r.URL.RawQuery = q.Encode()
			return a.Transport().RoundTrip(r)
		})
	})
	cards, err := c.ProfilesBy(t.Context(), "client01@mail.example", "")
	if err != nil || len(cards) != 1 || cards[0].ID != 301 {
		t.Errorf("%+v, %v", cards, err)
	}
	orders, _, err := c.ProfileOrders(t.Context(), 301, 1)
	must(t, err)
	for _, o := range orders {
		if o.Customer != 301 {
			t.Errorf("%+v", o)
		}
	}
	if got, err := c.OrdersByNumber(t.Context(), "10481"); err != nil || len(got) != 1 || got[0].Number != "10481" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := c.ProfileEntries(t.Context(), 301); err != nil || len(got) > 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if p, err := c.Profile(t.Context(), 301); err != nil || p.Loyalty != (gateway.Loyalty{}) {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestMakingACardWithBadLuck(t *testing.T) {
	t.Parallel()
	anna := gateway.NewCustomer{ExternalID: "hde-7", Site: "lavka", First: "Анна", Note: "Обращение KTR-771"}
	for name, test := range map[string]struct {
		luck func(f *sim.Faults)
		kind device.Kind // of the first call
	}{
		"lost":                      {func(f *sim.Faults) { f.LoseAnswer(1) }, ""},
		"empty":                     {func(f *sim.Faults) { f.EmptyBody(1) }, ""},
		"truncated":                 {func(f *sim.Faults) { f.TruncateBody(1) }, ""},
		"a page":                    {func(f *sim.Faults) { f.HTML(1) }, device.Uncertain},
		"500":                       {func(f *sim.Faults) { f.Status(500, 1) }, device.Uncertain},
		"lost twice":                {func(f *sim.Faults) { f.LoseAnswer(2) }, device.Uncertain},
		"lost, and the note's page": {func(f *sim.Faults) { f.LoseAnswer(3) }, device.Uncertain},
		"down":                      {func(f *sim.Faults) { f.Down(true) }, device.Unavailable},
		"no right":                  {func(f *sim.Faults) { f.DropScope("customer_write") }, device.Unauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, c := shopOf(t)
			cards := len(a.Customers())
			test.luck(a.Faults())
			id, existed, err := c.MakeCustomer(t.Context(), anna)
			wantKind(t, err, test.kind)
			if err == nil && !existed {
				t.Error("nobody knows whether it existed")
			}
			a.Faults().Clear()
			again, _, err := c.MakeCustomer(t.Context(), anna)
			must(t, err)
			if id != 0 && again != id || len(a.Customers()) != cards+1 || len(a.Notes()) != 1 {
				t.Errorf("%d and %d, %d cards, notes %+v", id, again, len(a.Customers())-cards, a.Notes())
			}
		})
	}
}

// The note is lost, not the card.
func TestNewCardWhoseNoteFails(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true})
	answer := func(r *http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }
	c := connect(t, a, func(o *retailcrm.Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/api/v5/customers/notes/create" && answer != nil {
				return answer(r)
			}
			return a.Transport().RoundTrip(r)
		})
	})
	n := gateway.NewCustomer{ExternalID: "hde-7", Phone: "+79167712233", Note: "Обращение"}
	id, existed, err := c.MakeCustomer(t.Context(), n)
	if device.KindOf(err) != device.Uncertain || id == 0 || existed {
		t.Errorf("%d, %v, %v", id, existed, err)
	}
	answer = nil
	same, existed, err := c.MakeCustomer(t.Context(), n)
	if err != nil || same != id || !existed || len(a.Notes()) != 1 {
		t.Errorf("%d, %v, %v, %+v", same, existed, err, a.Notes())
	}
	answer = says(400, `{"success":false,"errorMsg":"Errors in the entity format"}`)
	n.ExternalID = "hde-8"
	if id, existed, err = c.MakeCustomer(t.Context(), n); err != nil || id == same || existed {
		t.Errorf("a note that is refused: %d, %v, %v", id, existed, err)
	}
}

// A card that is known by the external id is found though it was merged into another.
func TestMadeCardThatWasMerged(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true})
	var created url.Values
	c := connect(t, a, func(o *retailcrm.Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			switch r.URL.Path {
			case "/api/v5/customers/create":
				body, err := io.ReadAll(r.Body)
				must(t, err)
				created, err = url.ParseQuery(string(body))
				must(t, err)
				return says(400, `{"success":false,"errorMsg":"Customer already exists."}`)(r)
			case "/api/v5/customers/hde-7":
				return says(404, `{"success":false,"errorMsg":"Not found","combinedTo":{"id":301}}`)(r)
			case "/api/v5/customers/hde-8":
				return says(200, `{"success":true,"customer":{"id":5,"externalId":"another"}}`)(r)
			}
			return a.Transport().RoundTrip(r)
		})
	})
	id, existed, err := c.MakeCustomer(t.Context(), gateway.NewCustomer{ExternalID: "hde-7", Site: "lavka", First: " Анна\x00 ", Phone: "+79167712233"})
	if err != nil || id != 301 || !existed {
		t.Errorf("%d, %v, %v", id, existed, err)
	}
	if created.Get("site") != "lavka" || created.Get("customer") != `{"externalId":"hde-7","firstName":"Анна","phones":[{"number":"+79167712233"}]}` {
		t.Errorf("%q", created)
	}
	_, _, err = c.MakeCustomer(t.Context(), gateway.NewCustomer{ExternalID: "hde-8", Site: "lavka", First: "Анна"})
	wantKind(t, err, device.Refused)
}

// An order of years ago that was imported today has a high id.
func TestImportedOrdersAreOld(t *testing.T) {
	t.Parallel()
	a, c := shopOf(t)
	card := a.AddCustomer(sim.Customer{FirstName: "Анна"})
	today := a.AddOrder(sim.Order{CustomerID: card.ID})
	a.AddOrder(sim.Order{CustomerID: card.ID, CreatedAt: time.Now().AddDate(-3, 0, 0)})
	got, total, err := c.ProfileOrders(t.Context(), int64(card.ID), 1)
	if err != nil || total != 2 || len(got) != 2 || got[0].ID != gateway.OrderID(today.ID) {
		t.Errorf("%+v, %v", got, err)
	}
}
