package retailcrm_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/gatewaytest"
	"vestnik/gateway/retailcrm"
	sim "vestnik/sim/retailcrm"
)

func TestAudienceConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.ExerciseAudience(t, func(t *testing.T) *gatewaytest.AudienceRig {
		a := account(t, sim.Options{Rate: -1, Seed: true})
		wire := &swallower{RoundTripper: a.Transport()}
		rig := audienceRig(t, a, func(o *retailcrm.Options) { o.Transport = wire })
		rig.SwallowWrite = func(testing.TB) { wire.armed.Store(true) }
		return rig
	})
}

func audienceRig(t *testing.T, a *sim.Account, change func(*retailcrm.Options)) *gatewaytest.AudienceRig {
	c := connect(t, a, change)
	return &gatewaytest.AudienceRig{
		Audiences: c, People: c,
		Add: func(_ testing.TB, p gatewaytest.AudienceCard) int64 {
			for _, code := range p.Segments {
				a.AddSegment(sim.Segment{Code: code, Name: strings.ToUpper(code)})
			}
			card := sim.Customer{FirstName: p.First, LastName: p.Last, Site: p.Site, Tags: p.Tags, Segments: p.Segments}
			if p.Phone != "" {
				card.Phones = []string{p.Phone}
			}
			if p.City != "" {
				card.Address = sim.Address{City: p.City}
			}
			return int64(a.AddCustomer(card).ID)
		},
		Order: func(_ testing.TB, o gatewaytest.AudienceOrder) gateway.OrderID {
			return gateway.OrderID(a.AddOrder(sim.Order{
				CustomerID: int(o.Customer), Phone: o.Phone, Site: o.Site, Status: o.Status, CreatedAt: o.At,
				Items: []sim.Item{{Name: "Чай", Price: float64(o.Total), Quantity: 1}},
			}).ID)
		},
		Crowd:       func(_ testing.TB, n int, tag string) { a.AddCrowd(n, 79160000000, []string{tag}, nil) },
		Merge:       func(t testing.TB, keep, gone int64) { done(t, a.CombineCustomers(int(keep), int(gone))) },
		Refuse:      func(t testing.TB, id int64) { done(t, a.SetSubscription(int(id), "waba", false)) },
		RefuseEmail: func(t testing.TB, id int64) { done(t, a.UnsubscribeEmail(int(id))) },
		RetireSegment: func(_ testing.TB, code string) {
			a.AddSegment(sim.Segment{Code: code, Off: true})
		},
		Tags: func(t testing.TB, id int64) []string {
			card, ok := a.Customer(int(id))
			if !ok {
				t.Fatalf("no customer %d", id)
			}
			return card.Tags
		},
		Writes:   func(testing.TB) int { return writes(a) },
		Requests: func(testing.TB) int { return len(a.Requests()) },
		Cut:      func(testing.TB) { a.Faults().Down(true) },
		Mend:     func(testing.TB) { a.Faults().Down(false) },
		Sites:    [2]string{"lavka", "lavka-opt"}, Statuses: [2]string{"complete", "delivering"},
	}
}

// Where the shop subscribes nobody by itself, a subscription is the customer's own word, and its
// absence is none.
func TestAllowedWhereNobodyIsSubscribedByItself(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true})
	a.SubscribeByHand("sms")
	a.SubscribeByHand("waba")
	yes := a.AddCustomer(sim.Customer{FirstName: "Анна", Tags: []string{"x"}})
	silent := a.AddCustomer(sim.Customer{FirstName: "Борис", Tags: []string{"x"}})
	must(t, a.SetSubscription(yes.ID, "sms", true))
	people, _, err := connect(t, a).AudiencePage(t.Context(), gateway.AudienceQuery{Tags: []string{"x"}}, 1)
	must(t, err)
	got := map[int64]device.Answer{}
	for _, p := range people {
		got[p.Customer] = p.Allows
	}
	if len(got) != 2 || got[int64(yes.ID)] != device.Yes || got[int64(silent.ID)] != device.Unknown {
		t.Errorf("%v", got)
	}
}

// However many people are gathered, a person who waits goes first.
func TestAudienceLetsPersonsPass(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) {
		a := account(t, sim.Options{Seed: true})
		a.AddCrowd(1000, 79160000000, []string{"x"}, nil)
		c := connect(t, a, func(o *retailcrm.Options) { o.Rate = 5 })
		gathered, start := make(chan error, 1), time.Now()
		go func() {
			for page := 1; page <= 10; page++ {
				if _, _, err := c.AudiencePage(t.Context(), gateway.AudienceQuery{Tags: []string{"x"}}, page); err != nil {
					gathered <- err
					return
				}
			}
			gathered <- nil
		}()
		time.Sleep(5 * time.Second) // of virtual time: the burst is used up
		began := time.Now()
		_, err := c.FindOrder(t.Context(), "10450")
		must(t, err)
		if took := time.Since(began); took > time.Second {
			t.Errorf("a person waited %s", took)
		}
		must(t, <-gathered)
		if took := time.Since(start); took < 6*time.Second {
			t.Errorf("1,000 people were read in %s: the limit was not kept", took)
		}
	})
}

// An account that takes segments by their number alone, and one that does not filter.
func TestAudienceOfOddAccounts(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true, SegmentsByNumber: true})
	a.AddSegment(sim.Segment{Code: "cats", Name: "Кошки"})
	ids := a.AddCrowd(3, 79160000000, nil, []string{"cats"})
	people, total, err := connect(t, a).AudiencePage(t.Context(), gateway.AudienceQuery{Segment: "cats"}, 1)
	must(t, err)
	if len(people) != 3 || total != 3 || !slices.Contains(ids, int(people[0].Customer)) {
		t.Errorf("%d of %d: %+v", len(people), total, people)
	}
}
