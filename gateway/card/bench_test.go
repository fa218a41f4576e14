package card_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

// BenchmarkCardFromCache is a card out of a file with 10,000 of them, each with twenty orders;
// p95-ms is to stay below 50.
func BenchmarkCardFromCache(b *testing.B) {
	const cards = 10_000
	h := newShop(b)
	defer h.close()
	h.crm.state = gateway.CRMUnreachable
	var all sync.WaitGroup
	turns := make(chan struct{}, 50) // those who save at the same time share a wait for the disk
	for id := int64(1); id <= cards; id++ {
		k := card.Kept{
			Profile: gateway.Profile{Customer: gateway.Customer{ID: id, Name: "Анна Ёлкина"}, Emails: []string{fmt.Sprintf("anna%d@mail.ru", id)}},
			Phones:  []device.Phone{device.Phone(fmt.Sprintf("+79%09d", id))}, Total: 5000, AsOf: time.Now(),
		}
		for i := range 20 {
			k.Orders = append(k.Orders, gateway.ProfileOrder{
				ID: gateway.OrderID(id*100 + int64(i)), Number: fmt.Sprintf("%dA", id*100+int64(i)), Customer: id, Total: "12300.00", Status: "done", StatusName: "Выполнен",
				Items: []gateway.ProfileItem{{Name: "Чайник электрический", Quantity: "1", Price: "2990.00"}, {Name: "Кружка", Quantity: "2", Price: "390.00"}},
			})
		}
		if id%20 != 0 {
			k.Orders = k.Orders[:3] // most have few
		}
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			if err := h.store.SaveCard(h.ctx, k); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
	var took []time.Duration
	b.ResetTimer()
	for i := range b.N {
		began := time.Now()
		if _, err := h.Card(h.ctx, int64(i)*7919%cards+1); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	if n := h.crm.requests(); len(n) != 0 {
		b.Errorf("%d requests", len(n))
	}
}
