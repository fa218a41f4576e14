package retailcrm_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/retailcrm"
	sim "vestnik/sim/retailcrm"
)

// peopleCalls are the calls about people, each ready to be made; ids are of a seeded
// account.
var peopleCalls = map[string]struct {
	rights []string // without one of them the call fails
	writes bool
	do     func(context.Context, *retailcrm.Client) error
}{
	"orders of a card": {[]string{"order_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, err := c.OrdersOf(ctx, gateway.Who{Customer: 301}, 5)
		return err
	}},
	"orders of a number": {[]string{"order_read", "customer_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, err := c.OrdersOf(ctx, gateway.Who{Phone: "+79161230001"}, 5)
		return err
	}},
	"card": {[]string{"customer_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, err := c.CustomersOf(ctx, gateway.Who{Customer: 301})
		return err
	}},
	"cards of a number": {[]string{"customer_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, err := c.CustomersOf(ctx, gateway.Who{Phone: "+79161230001"})
		return err
	}},
	"users": {[]string{"user_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, err := c.Users(ctx)
		return err
	}},
	"notice": {nil, true, func(ctx context.Context, c *retailcrm.Client) error {
		return c.Notify(ctx, []int64{20}, "Клиент ждёт")
	}},
	"note": {[]string{"customer_read", "customer_write"}, true, func(ctx context.Context, c *retailcrm.Client) error {
		return c.AddNote(ctx, gateway.Note{Customer: 301, Text: "Просит перезвонить"})
	}},
	"task": {[]string{"task_read", "task_write"}, true, func(ctx context.Context, c *retailcrm.Client) error {
		return c.AddTask(ctx, gateway.Task{Performer: 20, Order: 5042, Text: "Перезвонить", DueAt: time.Now().Add(time.Hour)})
	}},
	"order fields": {[]string{"order_read", "order_write", "custom_fields_read"}, true, func(ctx context.Context, c *retailcrm.Client) error {
		return c.SetOrderFields(ctx, 5042, map[string]any{"shop_mark": 5})
	}},
	"customer fields": {[]string{"customer_read", "customer_write", "custom_fields_write"}, true, func(ctx context.Context, c *retailcrm.Client) error {
		return c.SetCustomerFields(ctx, 301, map[string]any{"shop_mark": 5})
	}},
	"profiles of an address": {[]string{"customer_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, err := c.ProfilesBy(ctx, "client01@mail.example", "")
		return err
	}},
	"profile": {[]string{"customer_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, err := c.Profile(ctx, 301)
		return err
	}},
	"profile's orders": {[]string{"order_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, _, err := c.ProfileOrders(ctx, 301, 1)
		return err
	}},
	"profile's entries": {nil, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, err := c.ProfileEntries(ctx, 301)
		return err
	}},
	"order of a profile": {[]string{"order_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, err := c.ProfileOrder(ctx, 5042)
		return err
	}},
	"orders of a profile's number": {[]string{"order_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, err := c.OrdersByNumber(ctx, "10442")
		return err
	}},
	"sample": {[]string{"order_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, err := c.SampleCustomers(ctx, time.Now().Add(-1000*time.Hour), time.Now(), 5)
		return err
	}},
	"end of the customers' history": {[]string{"customer_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, _, _, err := c.TouchedCustomers(ctx, 0)
		return err
	}},
	"touched customers": {[]string{"customer_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, _, _, err := c.TouchedCustomers(ctx, 1)
		return err
	}},
	"sites": {[]string{"reference_read"}, false, func(ctx context.Context, c *retailcrm.Client) error {
		_, err := c.Sites(ctx)
		return err
	}},
	"chats": {[]string{"integration_write"}, true, func(ctx context.Context, c *retailcrm.Client) error {
		_, err := c.RegisterChats(ctx, gateway.ChatModule{Code: "vestnik-1", Name: "Вестник"})
		if device.KindOf(err) == device.NotFound {
			return nil // this account has no chats
		}
		return err
	}},
}

// shopOf is an account with all rights and the demo's shop, and a client that knows its
// words.
func shopOf(t *testing.T) (*sim.Account, *retailcrm.Client) {
	t.Helper()
	a := account(t, sim.Options{Rate: -1, Seed: true})
	c := connect(t, a)
	_, err := c.FindOrder(t.Context(), "10442")
	must(t, err)
	return a, c
}

func TestPeopleNameTheMissingRight(t *testing.T) {
	t.Parallel()
	for name, call := range peopleCalls {
		for _, right := range call.rights {
			t.Run(name+" without "+right, func(t *testing.T) {
				t.Parallel()
				a, c := shopOf(t)
				a.Faults().DropScope(right)
				err := call.do(t.Context(), c)
				wantKind(t, err, device.Unauthorized)
				if gateway.RightOf(err) != right {
					t.Errorf("the right is %q, want %q", gateway.RightOf(err), right)
				}
				a.Faults().RestoreScope(right)
				must(t, call.do(t.Context(), c))
			})
		}
	}
}

// Whatever befalls any one request of a call, it ends with a kind that fits, and the
// same call afterwards succeeds and has been done once.
func TestPeopleFaultsAtEveryStep(t *testing.T) {
	t.Parallel()
	for fault, test := range map[string]struct {
		luck  func(f *sim.Faults)
		read  device.Kind // what a lost reading is
		write device.Kind // what a lost writing is; "" is success
	}{
		"page":           {func(f *sim.Faults) { f.HTML(1) }, device.Unavailable, device.Uncertain},
		"over the limit": {func(f *sim.Faults) { f.Status(503, 1) }, "", ""},
		"over for long":  {func(f *sim.Faults) { f.Status(503, 5) }, device.RateLimited, device.RateLimited},
		"500":            {func(f *sim.Faults) { f.Status(500, 1) }, device.Unavailable, device.Uncertain},
		"lost answer":    {func(f *sim.Faults) { f.LoseAnswer(1) }, device.Unavailable, device.Uncertain},
		"empty":          {func(f *sim.Faults) { f.EmptyBody(1) }, device.Unavailable, device.Uncertain},
		"truncated":      {func(f *sim.Faults) { f.TruncateBody(1) }, device.Unavailable, device.Uncertain},
		"wrong key":      {func(f *sim.Faults) { f.WrongKey(true) }, device.Unauthorized, device.Unauthorized},
	} {
		for name, call := range peopleCalls {
			t.Run(fault+" and "+name, func(t *testing.T) {
				t.Parallel()
				inTime(t, func(t *testing.T) {
					for step := 1; ; step++ {
						a := account(t, sim.Options{Rate: -1, Seed: true})
						way := &nth{t: a.Transport(), left: -1}
						c := connect(t, a, func(o *retailcrm.Options) { o.Transport = way })
						_, err := c.FindOrder(t.Context(), "10442") // so that the words are known
						must(t, err)
						way.left, way.luck = step, func() { test.luck(a.Faults()) }
						err = call.do(t.Context(), c)
						if way.left > 0 {
							must(t, err) // the call has fewer steps
							return
						}
						want := test.read
						if way.method == http.MethodPost {
							want = test.write
						}
						wantKind(t, err, want)
						a.Faults().Clear()
						must(t, call.do(t.Context(), c))
						if n, m := len(a.Notes()), len(a.Tasks()); n > 1 || m > 1 {
							t.Fatalf("%d notes, %d tasks", n, m)
						}
					}
				})
			})
		}
	}
}

// nth is a way to the account that lets bad luck befall one request.
type nth struct {
	t      http.RoundTripper
	left   int
	luck   func()
	method string // of the request that it befell
}

func (n *nth) RoundTrip(r *http.Request) (*http.Response, error) {
	if n.left--; n.left == 0 {
		n.method = r.Method
		n.luck()
	}
	return n.t.RoundTrip(r)
}

// A loop of merged cards, which only a broken account has, ends.
func TestMergedInCircles(t *testing.T) {
	t.Parallel()
	asked := 0
	c := connect(t, plain(t), func(o *retailcrm.Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			asked++
			return says(404, `{"success":false,"errorMsg":"Not found","combinedTo":{"id":7}}`)(r)
		})
	})
	got, err := c.CustomersOf(t.Context(), gateway.Who{Customer: 7})
	if err != nil || len(got) > 0 || asked > 10 {
		t.Errorf("%+v, %v after %d requests", got, err, asked)
	}
}

// A shop must not be told another's card or orders because the account ignored a filter.
func TestFiltersThatTheAccountIgnores(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true})
	c := connect(t, a, func(o *retailcrm.Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/api/v5/orders" || r.URL.Path == "/api/v5/customers" {
				q := r.URL.Query()
				for name := range q {
					if strings.HasPrefix(name, "filter") {
						q.Del(name)
					}
				}
				r = r.Clone(r.Context())
				r.URL.RawQuery = q.Encode()
			}
			return a.Transport().RoundTrip(r)
		})
	})
	// The newest card of the demo has no number at all.
	orders, err := c.OrdersOf(t.Context(), gateway.Who{Phone: "+79161230001"}, 50)
	must(t, err)
	for _, o := range orders {
		if !slices.Contains(o.Phones, "+79161230001") {
			t.Errorf("%+v", o)
		}
	}
	if len(orders) == 0 {
		t.Error("no orders")
	}
	orders, err = c.OrdersOf(t.Context(), gateway.Who{Customer: 301}, 50)
	must(t, err)
	for _, o := range orders {
		if o.CustomerID != 301 {
			t.Errorf("%+v", o)
		}
	}
	cards, err := c.CustomersOf(t.Context(), gateway.Who{Phone: "+79161230001"})
	must(t, err)
	if len(cards) != 1 || cards[0].ID != 301 {
		t.Errorf("%+v", cards)
	}
}

// A refused search by phone leaves the cards.
func TestOrdersCannotBeSearchedByPhone(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true})
	c := connect(t, a, func(o *retailcrm.Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Query().Has("filter[customer]") {
				return says(400, `{"success":false,"errorMsg":"Errors in the input parameters","errors":{"children[customer]":"This value is not valid."}}`)(r)
			}
			return a.Transport().RoundTrip(r)
		})
	})
	orders, err := c.OrdersOf(t.Context(), gateway.Who{Phone: "+79161230001"}, 50)
	must(t, err)
	if len(orders) == 0 {
		t.Error("no orders")
	}
}
