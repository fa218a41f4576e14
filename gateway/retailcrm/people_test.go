package retailcrm_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/gatewaytest"
	"vestnik/gateway/retailcrm"
	"vestnik/sim/messagegateway"
	sim "vestnik/sim/retailcrm"
)

func TestPeopleConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.ExercisePeople(t, func(t *testing.T) *gatewaytest.PeopleRig {
		a := account(t, sim.Options{Rate: -1, Seed: true})
		wire := &swallower{RoundTripper: a.Transport()}
		rig := peopleRig(t, a, func(o *retailcrm.Options) { o.Transport = wire })
		rig.SwallowWrite = func(testing.TB) { wire.armed.Store(true) }
		return rig
	})
}

// An account in which orders are not found by phone.
func TestOrdersOfCardsWhenOrdersAreSearchedByName(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true, OrdersByName: true})
	c := connect(t, a)
	card := a.AddCustomer(sim.Customer{FirstName: "Анна", Phones: []string{"8 916 234-55-67"}})
	a.AddOrder(sim.Order{Phone: "+79162345567"})
	o := a.AddOrder(sim.Order{CustomerID: card.ID, Phone: "+79162345567"})
	got, err := c.OrdersOf(t.Context(), gateway.Who{Phone: "+79162345567"}, 5)
	must(t, err)
	if len(got) != 1 || got[0].ID != gateway.OrderID(o.ID) {
		t.Errorf("%+v", got)
	}
}

func TestPeopleConformanceOverASocket(t *testing.T) {
	t.Parallel()
	gatewaytest.ExercisePeople(t, func(t *testing.T) *gatewaytest.PeopleRig {
		a := account(t, sim.Options{Rate: -1, Seed: true})
		var armed atomic.Bool
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && armed.CompareAndSwap(true, false) {
				a.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			}
			a.ServeHTTP(w, r)
		}))
		t.Cleanup(srv.Close)
		rig := peopleRig(t, a, func(o *retailcrm.Options) { o.URL, o.Transport = srv.URL, nil })
		rig.SwallowWrite = func(testing.TB) { armed.Store(true) }
		return rig
	})
}

func peopleRig(t *testing.T, a *sim.Account, change func(*retailcrm.Options)) *gatewaytest.PeopleRig {
	c := connect(t, a, change)
	chats := messagegateway.New(a, messagegateway.Options{})
	telegram := chats.AddChannel("telegram", "Лавка")
	return &gatewaytest.PeopleRig{
		People: c, Orders: c,
		NewCustomer: func(_ testing.TB, name string, phones ...string) int64 {
			return int64(a.AddCustomer(sim.Customer{FirstName: name, Phones: phones}).ID)
		},
		NewOrder: func(_ testing.TB, customer int64, phone string) gateway.OrderID {
			return gateway.OrderID(a.AddOrder(sim.Order{CustomerID: int(customer), Phone: phone}).ID)
		},
		DeleteOrder:    func(t testing.TB, id gateway.OrderID) { done(t, a.DeleteOrder(int(id))) },
		DeleteCustomer: func(t testing.TB, id int64) { done(t, a.DeleteCustomer(int(id))) },
		Merge:          func(t testing.TB, keep, gone int64) { done(t, a.CombineCustomers(int(keep), int(gone))) },
		Talks: func(t testing.TB, customer int64) int64 {
			who := chats.AddCustomer(telegram, t.Name(), "Кто-то")
			who.LinkTo(int(customer))
			return int64(who.ID())
		},
		Staff:    [2]int64{20, 21},
		SetThere: func(_ testing.TB, user int64, on bool) { a.SetUserOnline(int(user), on) },
		SetBusy: func(_ testing.TB, user int64, on bool) {
			status := "free"
			if on {
				status = "dinner"
			}
			a.SetUserStatus(int(user), status)
		},
		Notes: func(testing.TB) []gateway.Note {
			var out []gateway.Note
			for _, n := range a.Notes() {
				out = append(out, gateway.Note{Customer: int64(n.CustomerID), Manager: int64(n.ManagerID), Text: n.Text})
			}
			return out
		},
		Tasks: func(t testing.TB) []gateway.Task { return tasksOf(t, a) },
		Notices: func(testing.TB) []gatewaytest.Notice {
			var out []gatewaytest.Notice
			for _, n := range a.Notifications() {
				one := gatewaytest.Notice{Text: n.Message}
				for _, id := range n.UserIDs {
					one.Users = append(one.Users, int64(id))
				}
				out = append(out, one)
			}
			return out
		},
		OrderField: func(t testing.TB, id gateway.OrderID, code string) any {
			o, ok := a.Order(int(id))
			if !ok {
				t.Fatalf("no order %d", id)
			}
			return o.CustomFields[code]
		},
		CustomerField: func(t testing.TB, id int64, code string) any {
			card, ok := a.Customer(int(id))
			if !ok {
				t.Fatalf("no customer %d", id)
			}
			return card.CustomFields[code]
		},
		DateField: func(_ testing.TB, entity, code string) {
			a.AddCustomField(sim.CustomField{Entity: entity, Code: code, Name: code, Type: "date"})
		},
		Writes: func(testing.TB) int { return writes(a) },
		Cut:    func(testing.TB) { a.Faults().Down(true) },
		Mend:   func(testing.TB) { a.Faults().Down(false) },
		Again:  func(testing.TB) gateway.People { return connect(t, a, change) },
	}
}

func tasksOf(t testing.TB, a *sim.Account) []gateway.Task {
	moscow, err := time.LoadLocation("Europe/Moscow")
	done(t, err)
	var out []gateway.Task
	for _, task := range a.Tasks() {
		one := gateway.Task{
			Performer: int64(task.PerformerID), Order: gateway.OrderID(task.OrderID), Customer: int64(task.CustomerID),
			Phone: task.Phone, Text: task.Text, Comment: task.Commentary,
		}
		if task.Datetime != "" {
			one.DueAt, err = time.ParseInLocation("2006-01-02 15:04", task.Datetime, moscow)
			done(t, err)
		}
		out = append(out, one)
	}
	return out
}

// writes counts the writing requests.
func writes(a *sim.Account) int {
	n := 0
	for _, r := range a.Requests() {
		if r.Method == http.MethodPost {
			n++
		}
	}
	return n
}

func done(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
