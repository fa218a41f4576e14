package retailcrm_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	official "github.com/retailcrm/api-client-go/v2"

	"vestnik/sim/retailcrm"
)

// Whatever happens to orders, a card's figures and its list agree with the orders.
func TestCardsKeepTheirOrders(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Seed: true, Rate: -1})
	rnd := rand.New(rand.NewPCG(7, 7))
	ids := func() (orders, cards []int) {
		for _, o := range a.Orders() {
			orders = append(orders, o.ID)
		}
		for _, c := range a.Customers() {
			cards = append(cards, c.ID)
		}
		return orders, cards
	}
	for range 60 {
		orders, cards := ids()
		order, card := orders[rnd.IntN(len(orders))], cards[rnd.IntN(len(cards))]
		switch rnd.IntN(8) {
		case 0, 1, 2:
			a.AddOrder(retailcrm.Order{CustomerID: card, Items: []retailcrm.Item{{Name: "Мёд", Price: 690, Quantity: 2}}})
		case 3:
			_ = a.DeleteOrder(order)
		case 4:
			_ = a.CombineOrders(order, orders[rnd.IntN(len(orders))])
		case 5:
			_ = a.CombineCustomers(card, cards[rnd.IntN(len(cards))])
		case 6:
			ask(t, a, "POST", fmt.Sprintf("/api/v5/orders/%d/edit", order), url.Values{
				"by": {"id"}, "order": {fmt.Sprintf(`{"customer":{"id":%d},"discountManualAmount":%d}`, card, rnd.IntN(50))},
			})
		case 7:
			_ = a.DeleteCustomer(card)
		}
		if len(cards) < 3 {
			a.AddCustomer(retailcrm.Customer{FirstName: "Анна"})
		}
	}
	count, total := map[int]int{}, map[int]float64{}
	for _, o := range a.Orders() {
		count[o.CustomerID]++
		total[o.CustomerID] += o.Total()
	}
	for _, c := range a.Customers() {
		body := get(t, a, fmt.Sprintf("/api/v5/customers/%d?by=id", c.ID))["customer"].(map[string]any)
		if body["ordersCount"] != float64(count[c.ID]) || math.Abs(body["totalSumm"].(float64)-total[c.ID]) > 0.01 {
			t.Errorf("card %d: %v orders for %v, want %d for %v", c.ID, body["ordersCount"], body["totalSumm"], count[c.ID], total[c.ID])
		}
		page := get(t, a, fmt.Sprintf("/api/v5/orders?filter[customerId]=%d", c.ID))["pagination"].(map[string]any)
		if page["totalCount"] != float64(count[c.ID]) {
			t.Errorf("card %d: %v orders are listed, want %d", c.ID, page["totalCount"], count[c.ID])
		}
	}
	understood(t, a)
}

func TestLoyaltyAccounts(t *testing.T) {
	t.Parallel()
	a, c := serve(t, retailcrm.Options{Seed: true, Rate: -1})
	if _, err := a.AddLoyalty(retailcrm.LoyaltyAccount{CustomerID: 99999}); err == nil {
		t.Error("an account for nobody")
	}
	for _, id := range []int{301, 302} {
		if _, err := a.AddLoyalty(retailcrm.LoyaltyAccount{CustomerID: id, Level: "Золотой", Points: 1250.5, Active: id == 301, Card: fmt.Sprint("N", id)}); err != nil {
			t.Fatal(err)
		}
	}
	got, s, err := c.LoyaltyAccounts(official.LoyaltyAccountsRequest{Filter: official.LoyaltyAccountAPIFilter{CustomerID: "301"}})
	rows := must(t, "loyalty accounts", got, s, err).LoyaltyAccounts
	if len(rows) != 1 || rows[0].Customer.ID != 301 || rows[0].Amount != 1250.5 || rows[0].LoyaltyLevel.Name != "Золотой" || !rows[0].Active {
		t.Errorf("%+v", rows)
	}
	for query, want := range map[string]int{"": 2, "?filter[cardNumber]=N302": 1, "?filter[customerExternalId]=web-2100": 1, "?filter[customerId]=303": 0} {
		if got := array(t, "loyaltyAccounts", get(t, a, "/api/v5/loyalty/accounts"+query)["loyaltyAccounts"]); len(got) != want {
			t.Errorf("%q: %d accounts, want %d", query, len(got), want)
		}
	}
	a.Faults().DropScope("loyalty_read")
	if status, _ := ask(t, a, "GET", "/api/v5/loyalty/accounts", nil); status != 403 {
		t.Errorf("without the right: %d", status)
	}
	understood(t, a)
}

func TestManagersWriteOnCards(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Seed: true, Rate: -1})
	before := len(a.CustomerHistory())
	for _, err := range []error{a.SetVIP(301, true), a.SetVIP(301, true), a.SetTags(301, "опт", "чай"), a.SetTags(301, "чай"), a.SetCustomerEmail(301, "anna@mail.example")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{a.SetVIP(99999, true), a.SetTags(99999), a.SetCustomerEmail(99999, "")} {
		if err == nil {
			t.Error("a card that is not there was changed")
		}
	}
	if got := len(a.CustomerHistory()) - before; got != 5 { // VIP, two tags, one less, the address
		t.Errorf("%d records", got)
	}
	if _, err := a.AddNote(retailcrm.Note{CustomerID: 301, ManagerID: 20, Text: "Просит перезвонить"}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.AddNote(retailcrm.Note{CustomerID: 99999, Text: "x"}); err == nil {
		t.Error("a note on no card")
	}
	if task := a.AddTask(retailcrm.Task{CustomerID: 301, Text: "Перезвонить", Complete: true}); task.PerformerID == 0 || task.CreatedAt.IsZero() {
		t.Errorf("%+v", task)
	}
	card, _ := a.Customer(301)
	if !card.VIP || len(card.Tags) != 1 || card.Email != "anna@mail.example" || len(a.Notes()) != 1 || len(a.Tasks()) != 1 {
		t.Errorf("%+v, %v, %v", card, a.Notes(), a.Tasks())
	}
}

// A customer of many orders costs no more than any other: the bench and the tests of the
// card stand on it.
func TestCustomerOfManyOrders(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Rate: -1})
	c := a.AddCustomer(retailcrm.Customer{FirstName: "Опт"})
	for range 5000 {
		a.AddOrder(retailcrm.Order{CustomerID: c.ID, Items: []retailcrm.Item{{Name: "Мёд", Price: 690, Quantity: 1}}})
	}
	quickest := time.Hour
	for page := range 20 {
		began := time.Now()
		body := get(t, a, fmt.Sprintf("/api/v5/orders?filter[customerId]=%d&limit=20&page=%d", c.ID, 1+page*12))
		quickest = min(quickest, time.Since(began))
		if n := len(array(t, "orders", body["orders"])); n != 20 {
			t.Fatalf("%d orders", n)
		}
	}
	t.Log(quickest)
	// The least of twenty is not the machine's bad minute. Adding the orders up for each of
	// a page took 20 times as long.
	if quickest > 50*time.Millisecond {
		t.Errorf("a page took %v", quickest)
	}
}
