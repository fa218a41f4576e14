package retailcrm_test

import (
	"net/url"
	"testing"

	"vestnik/sim/retailcrm"
)

func TestUsersComeAndGo(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Rate: -1})
	u := a.AddUser(retailcrm.User{FirstName: "Лев", Active: true})
	if u.ID <= 21 || u.Status != "free" || u.CreatedAt.IsZero() {
		t.Errorf("%+v", u)
	}
	a.SetUserOnline(u.ID, true)
	a.SetUserStatus(u.ID, "dinner")
	a.SetUserActive(20, false)
	a.SetUserOnline(99, true) // nobody
	for query, want := range map[string]int{"": 4, "?filter[active]=1": 3, "?filter[status]=dinner&filter[online]=1": 1, "?filter[online]=1&filter[active]=1": 2} {
		if got := array(t, "users", get(t, a, "/api/v5/users"+query)["users"]); len(got) != want {
			t.Errorf("%q: %d users, want %d", query, len(got), want)
		}
	}
	understood(t, a)
}

// What is created belongs to a shop; a key that sees one shop need not say which.
func TestNotesAndTasksWantTheirShop(t *testing.T) {
	t.Parallel()
	note := url.Values{"note": {`{"text":"x","customer":{"id":301}}`}}
	task := url.Values{"task": {`{"text":"x","performerId":20,"customer":{"id":301}}`}}
	for sites, want := range map[string]int{"": 400, "lavka": 201} {
		o := retailcrm.Options{Seed: true, Rate: -1}
		if sites != "" {
			o.Sites = []string{sites}
		}
		a := retailcrm.New(o)
		for path, form := range map[string]url.Values{"/api/v5/customers/notes/create": note, "/api/v5/tasks/create": task} {
			if status, body := ask(t, a, "POST", path, form); status != want {
				t.Errorf("a key for %q, %s: %d %v", sites, path, status, body)
			}
		}
	}
}

// OrdersByName takes the search by phone away.
func TestOrdersByName(t *testing.T) {
	t.Parallel()
	for byName, want := range map[bool]int{false: 1, true: 0} {
		a := retailcrm.New(retailcrm.Options{Rate: -1, OrdersByName: byName})
		a.AddOrder(retailcrm.Order{FirstName: "Анна", Phone: "8 (916) 234-55-67"})
		if got := array(t, "orders", get(t, a, "/api/v5/orders?filter[customer]=9162345567")["orders"]); len(got) != want {
			t.Errorf("names only: %v, found %d", byName, len(got))
		}
		if got := array(t, "orders", get(t, a, "/api/v5/orders?filter[customer]=анна")["orders"]); len(got) != 1 {
			t.Errorf("by name: %d", len(got))
		}
	}
}
