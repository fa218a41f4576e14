package retailcrm_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vestnik/sim/retailcrm"
)

func TestDemoShopIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	opt := retailcrm.Options{Seed: true, Rate: -1, Now: func() time.Time { return now }}
	a, b := retailcrm.New(opt), retailcrm.New(opt)
	for _, path := range []string{"/api/v5/orders?limit=100", "/api/v5/customers?limit=100", "/api/v5/orders/history?limit=100", "/api/v5/custom-fields"} {
		if asJSON(t, get(t, a, path)) != asJSON(t, get(t, b, path)) {
			t.Errorf("%s differs between two accounts", path)
		}
	}
}

func TestDemoShopHasWhatARuleNeeds(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Seed: true})
	if n, m := len(a.Customers()), len(a.Orders()); n != 25 || m != 40 {
		t.Errorf("%d customers, %d orders", n, m)
	}
	statuses := map[string]int{}
	known := map[string]bool{}
	for _, s := range a.Statuses() {
		known[s.Code] = true
	}
	sites, withCode, pickups, noExternal := map[string]int{}, 0, 0, 0
	for _, o := range a.Orders() {
		statuses[o.Status]++
		sites[o.Site]++
		if !known[o.Status] || o.Sum() <= 0 || o.Total() < o.Sum() || o.CreatedAt.After(time.Now()) {
			t.Errorf("order %+v", o)
		}
		if o.ExternalID == "" {
			noExternal++
		}
		if o.Delivery.Type == "self-delivery" {
			pickups++
			if o.CustomFields["pickup_code"] != nil {
				withCode++
			}
		}
	}
	if len(statuses) < 5 || len(sites) != 2 || withCode == 0 || withCode == pickups || noExternal == 0 {
		t.Errorf("statuses %v, sites %v, %d of %d with a code, %d without external id", statuses, sites, withCode, pickups, noExternal)
	}
	var phones []string
	for _, c := range a.Customers() {
		phones = append(phones, strings.Join(c.Phones, "|"))
	}
	for _, want := range []string{"", "8 495 123-00-21", "+77011230023", "8-916-123-00-24, 89161230124", "+79131230020|+79131230120"} {
		if !slices.Contains(phones, want) {
			t.Errorf("no customer with the phones %q", want)
		}
	}
	history := a.OrderHistory()
	for i := 1; i < len(history); i++ {
		if history[i].ID <= history[i-1].ID || history[i].At.Before(history[i-1].At) {
			t.Fatalf("history is out of order at %+v", history[i])
		}
	}
}

func TestFiltersFind(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Seed: true, Rate: -1})
	count := func(path string) int {
		t.Helper()
		n, _ := object(t, "pagination", get(t, a, path)["pagination"])["totalCount"].(float64)
		return int(n)
	}
	gift, since := 0, time.Now().Add(-100*time.Hour).In(moscow(t)).Format(time.DateTime)
	fresh := 0
	for _, o := range a.Orders() {
		if o.CustomFields["gift"] == true {
			gift++
		}
		if o.CreatedAt.After(time.Now().Add(-100 * time.Hour)) {
			fresh++
		}
	}
	for path, want := range map[string]int{
		"/api/v5/orders?filter[customFields][gift]=1":                                 gift,
		"/api/v5/orders?filter[customFields][gift]=0":                                 40 - gift,
		"/api/v5/orders?filter[numbers][]=10442&filter[numbers][]=10443":              2,
		"/api/v5/orders?filter[customerId]=301":                                       2,
		"/api/v5/orders?filter[createdAtFrom]=" + url.QueryEscape(since):              fresh,
		"/api/v5/orders?filter[minPrice]=1000000":                                     0,
		"/api/v5/orders?filter[ids][]=5042&filter[ids][]=1":                           1,
		"/api/v5/customers?filter[name]=9261230005":                                   1,
		"/api/v5/customers?filter[name]=" + url.QueryEscape("+7 (926) 123-00-05"):     0, // stored with an 8 in front
		"/api/v5/customers?filter[name]=" + url.QueryEscape("анна климова"):           1,
		"/api/v5/customers?filter[email]=client03":                                    1,
		"/api/v5/customers?filter[segment]=postoyannye":                               3,
		"/api/v5/customers?filter[segment]=4":                                         3,
		"/api/v5/customers?filter[vip]=1":                                             3,
		"/api/v5/customers?filter[sites][]=lavka-opt":                                 4,
		"/api/v5/customers?filter[tags][]=" + url.QueryEscape("чай"):                  3,
		"/api/v5/users?filter[isAdmin]=1":                                             1,
		"/api/v5/users?filter[groups][]=manager":                                      3,
		"/api/v5/custom-fields?filter[entity]=order&filter[type][]=boolean":           1,
		"/api/v5/custom-fields?filter[code]=pickup_code":                              1,
		"/api/v5/custom-fields/dictionaries?filter[code]=none":                        0,
		"/api/v5/orders?filter[customer]=" + url.QueryEscape("Климова") + "&limit=50": 2,
	} {
		if got := count(path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	understood(t, a)
}

func moscow(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Moscow")
	check(t, err)
	return zone
}

// Managers, the site and Vestnik work at once; run with -race.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Seed: true, Rate: -1})
	client := &http.Client{Transport: a.Transport()}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				id := 5042 + (i*20+j)%40
				if err := a.SetStatus(id, []string{"assembling", "complete"}[j%2]); err != nil {
					t.Error(err)
				}
				form := url.Values{"by": {"id"}, "order": {fmt.Sprintf(`{"managerComment":"%d-%d"}`, i, j)}}.Encode()
				if code, _, _, err := call(t, client, "http://crm.test", "POST", fmt.Sprintf("/api/v5/orders/%d/edit", id), form); code != 200 || err != nil {
					t.Error(code, err)
				}
				if code, _, _, err := call(t, client, "http://crm.test", "GET", "/api/v5/orders/history?limit=100&filter[sinceId]=90100", ""); code != 200 || err != nil {
					t.Error(code, err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(a.Requests()); n != 320 {
		t.Errorf("%d requests logged", n)
	}
	understood(t, a)
}
