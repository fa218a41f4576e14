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
	sim "vestnik/sim/retailcrm"
)

func TestProfilesConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.ExerciseProfiles(t, func(t *testing.T) *gatewaytest.ProfilesRig {
		a := account(t, sim.Options{Rate: -1, Seed: true})
		wire := &swallower{RoundTripper: a.Transport()}
		rig := profilesRig(t, a, func(o *retailcrm.Options) { o.Transport = wire }, func(c *retailcrm.Client) gateway.Profiles { return c })
		rig.SwallowWrite = func(testing.TB) { wire.armed.Store(true) }
		return rig
	})
}

func TestProfilesConformanceInTheBackgroundOverASocket(t *testing.T) {
	t.Parallel()
	gatewaytest.ExerciseProfiles(t, func(t *testing.T) *gatewaytest.ProfilesRig {
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
		rig := profilesRig(t, a, func(o *retailcrm.Options) { o.URL, o.Transport = srv.URL, nil }, (*retailcrm.Client).Background)
		rig.SwallowWrite = func(testing.TB) { armed.Store(true) }
		return rig
	})
}

func profilesRig(t *testing.T, a *sim.Account, change func(*retailcrm.Options), view func(*retailcrm.Client) gateway.Profiles) *gatewaytest.ProfilesRig {
	c := connect(t, a, change)
	return &gatewaytest.ProfilesRig{
		Profiles: view(c),
		NewCustomer: func(_ testing.TB, name, email string, phones ...string) int64 {
			return int64(a.AddCustomer(sim.Customer{FirstName: name, Email: email, Phones: phones}).ID)
		},
		NewOrder: func(_ testing.TB, customer int64, number string, at time.Time) gateway.OrderID {
			return gateway.OrderID(a.AddOrder(sim.Order{CustomerID: int(customer), Number: number, CreatedAt: at}).ID)
		},
		DeleteOrder:    func(t testing.TB, id gateway.OrderID) { done(t, a.DeleteOrder(int(id))) },
		DeleteCustomer: func(t testing.TB, id int64) { done(t, a.DeleteCustomer(int(id))) },
		Merge:          func(t testing.TB, keep, gone int64) { done(t, a.CombineCustomers(int(keep), int(gone))) },
		Touch:          func(t testing.TB, id int64) { done(t, a.SetTags(int(id), "проверено")) },
		Note: func(t testing.TB, customer int64, text string, at time.Time) {
			_, err := a.AddNote(sim.Note{CustomerID: int(customer), ManagerID: 20, Text: text, CreatedAt: at})
			done(t, err)
		},
		Task: func(_ testing.TB, customer int64, text string, ready bool, at time.Time) {
			a.AddTask(sim.Task{CustomerID: int(customer), Text: text, Complete: ready, CreatedAt: at})
		},
		Loyalty: func(t testing.TB, customer int64, level string, points float64) {
			_, err := a.AddLoyalty(sim.LoyaltyAccount{CustomerID: int(customer), Level: level, Points: points, Active: true})
			done(t, err)
		},
		Cards: func(testing.TB) int { return len(a.Customers()) },
		Notes: func(_ testing.TB, customer int64) []string {
			var out []string
			for _, n := range a.Notes() {
				if n.CustomerID == int(customer) {
					out = append(out, n.Text)
				}
			}
			return out
		},
		Requests: func(testing.TB) int { return len(a.Requests()) },
		Writes:   func(testing.TB) int { return writes(a) },
		Sites:    []gateway.Site{{Code: "lavka", Name: "Лавка на Лесной"}, {Code: "lavka-opt", Name: "Лавка: опт"}},
		Cut:      func(testing.TB) { a.Faults().Down(true) },
		Mend:     func(testing.TB) { a.Faults().Down(false) },
		Again:    func(testing.TB) gateway.Profiles { return view(connect(t, a, change)) },
	}
}
