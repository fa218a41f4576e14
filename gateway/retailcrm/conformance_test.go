package retailcrm_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/gatewaytest"
	"vestnik/gateway/retailcrm"
	sim "vestnik/sim/retailcrm"
)

// swallower loses the answer to the next POST after it was processed.
type swallower struct {
	http.RoundTripper
	armed atomic.Bool
}

func (s *swallower) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.RoundTripper.RoundTrip(r)
	if err != nil || r.Method != http.MethodPost || !s.armed.CompareAndSwap(true, false) {
		return resp, err
	}
	_ = resp.Body.Close()
	return nil, io.ErrUnexpectedEOF
}

func TestConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.ExerciseOrders(t, func(t *testing.T) *gatewaytest.OrdersRig {
		a := account(t, sim.Options{Rate: -1, Seed: true})
		wire := &swallower{RoundTripper: a.Transport()}
		through := func(o *retailcrm.Options) { o.Transport = wire }
		rig := rigOf(t, a, through)
		rig.SwallowWrite = func(testing.TB) { wire.armed.Store(true) }
		return rig
	})
}

func TestConformanceOverASocket(t *testing.T) {
	t.Parallel()
	gatewaytest.ExerciseOrders(t, func(t *testing.T) *gatewaytest.OrdersRig {
		a := account(t, sim.Options{Rate: -1, Seed: true})
		// The checkbox exists, so that the write which is swallowed is the order's.
		a.AddCustomField(sim.CustomField{Entity: "order", Code: "has_whatsapp", Name: "Есть WhatsApp", Type: "boolean"})
		var armed atomic.Bool
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && armed.CompareAndSwap(true, false) {
				a.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			}
			a.ServeHTTP(w, r)
		}))
		t.Cleanup(srv.Close)
		rig := rigOf(t, a, func(o *retailcrm.Options) { o.URL, o.Transport = srv.URL, nil })
		rig.SwallowWrite = func(testing.TB) { armed.Store(true) }
		return rig
	})
}

func rigOf(t *testing.T, a *sim.Account, change func(*retailcrm.Options)) *gatewaytest.OrdersRig {
	c := connect(t, a, change)
	return &gatewaytest.OrdersRig{
		Orders: c,
		NewOrder: func(_ testing.TB, phone string) (gateway.OrderID, string) {
			o := a.AddOrder(sim.Order{FirstName: "Анна", Phone: phone})
			return gateway.OrderID(o.ID), o.Number
		},
		SetStatus: func(t testing.TB, id gateway.OrderID, status string) {
			if err := a.SetStatus(int(id), status); err != nil {
				t.Fatal(err)
			}
		},
		Statuses: [3]string{"client-confirmed", "assembling", "ready-for-pickup"},
		Touch: func(t testing.TB, id gateway.OrderID) {
			if err := a.EditOrderPhone(int(id), "+79161230099"); err != nil {
				t.Fatal(err)
			}
		},
		Delete: func(t testing.TB, id gateway.OrderID) {
			if err := a.DeleteOrder(int(id)); err != nil {
				t.Fatal(err)
			}
		},
		Marked: func(t testing.TB, id gateway.OrderID) device.Answer {
			o, ok := a.Order(int(id))
			if !ok {
				t.Fatalf("no order %d", id)
			}
			switch o.CustomFields["has_whatsapp"] {
			case true:
				return device.Yes
			case false:
				return device.No
			}
			return device.Unknown
		},
		Cut:   func(testing.TB) { a.Faults().Down(true) },
		Mend:  func(testing.TB) { a.Faults().Down(false) },
		Again: func(testing.TB) gateway.Orders { return connect(t, a, change) },
	}
}
