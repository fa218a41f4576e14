package retailcrm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/retailcrm"
	sim "vestnik/sim/retailcrm"
)

// rich puts an order with everything into a seeded account.
func rich(t *testing.T, a *sim.Account) sim.Order {
	t.Helper()
	at := time.Date(2026, 11, 20, 22, 30, 0, 0, time.UTC) // the 21st in Moscow
	client := a.AddCustomer(sim.Customer{
		FirstName: "Пётр", LastName: "Климов", Phones: []string{"+7 916 000-00-01", "+79160000002"},
		Email: "petr@mail.example", PersonalDiscount: 7.5, CustomFields: map[string]any{"favourite": "Иван-чай"},
	})
	return a.AddOrder(sim.Order{
		Number: "10482", CustomerID: client.ID, FirstName: "Анна", LastName: "Климова", Phone: "8 916 123-45-67", AdditionalPhone: "+7 495 123-00-21",
		Status: "ready-for-pickup", CreatedAt: at, ManagerID: 20, ShipmentStore: storeCode(a),
		Items: []sim.Item{
			{Name: "Мёд липовый, 500 г", Price: 600.25, Quantity: 2}, {Name: "Чай", Price: 11000, Quantity: 1}, {Name: "Ткань", Price: 100, Quantity: 1.5},
		},
		Delivery: sim.Delivery{
			Type: "courier", Cost: 149.5, Date: "2026-11-22", TimeFrom: "10:00", TimeTo: "14:00",
			Address: sim.Address{City: "Москва", Text: "ул. Лесная, д. 12"}, Data: map[string]any{"trackNumber": "1050000470"},
		},
		CustomFields: map[string]any{"pickup_code": "5648", "pickup_point": "sadovaya", "gift": true, "nps": 10, "keep_until": "2026-11-28"},
	})
}

// storeCode is a store of the account: the one that seeded orders name.
func storeCode(a *sim.Account) string {
	for _, o := range a.Orders() {
		if o.ShipmentStore != "" {
			return o.ShipmentStore
		}
	}
	return ""
}

func seeded(t *testing.T) *sim.Account { return account(t, sim.Options{Rate: -1, Seed: true}) }

func TestFieldsInRussian(t *testing.T) {
	t.Parallel()
	a := seeded(t)
	o := rich(t, a)
	got, err := connect(t, a).Order(t.Context(), gateway.OrderID(o.ID))
	must(t, err)
	const nb = "\u00a0"
	check(t, got, map[string]string{
		"order.number": "10482", "order.status": "Готов к выдаче", "order.createdAt": "21.11.2026",
		"order.items":        "Мёд липовый, 500 г" + nb + "×" + nb + "2, Чай, Ткань" + nb + "×" + nb + "1,5",
		"order.summ":         "12" + nb + "350,50" + nb + "₽",
		"order.totalSumm":    "12" + nb + "500" + nb + "₽",
		"order.toPay":        "12" + nb + "500" + nb + "₽",
		"order.prepaySum":    "",
		"customer.firstName": "Анна", "customer.lastName": "Климова", "customer.fullName": "Климова Анна", "customer.phone": "8 916 123-45-67",
		"customer.email": "petr@mail.example", "customer.personalDiscount": "7,5" + nb + "%",
		"delivery.type": "Курьер", "delivery.address": "Москва, ул. Лесная, д. 12", "delivery.date": "22.11.2026", "delivery.time": "10:00–14:00",
		"delivery.cost": "149,50" + nb + "₽", "delivery.trackNumber": "1050000470",
		"order.custom.pickup_code": "5648", "order.custom.pickup_point": "Садовая, 40", "order.custom.gift": "да", "order.custom.nps": "10",
		"order.custom.keep_until": "28.11.2026", "customer.custom.favourite": "Иван-чай",
		"manager.phone": "+79030000102", "store.hours": "10:00–21:00", "store.address": "Москва, ул. Лесная, д. 12",
	})
	if want := []string{"8 916 123-45-67", "+7 495 123-00-21", "+7 916 000-00-01", "+79160000002"}; !slices.Equal(got.Phones, want) {
		t.Errorf("telephones %q", got.Phones)
	}
	if got.Name != "Климова Анна" || got.Site != sim.MainSite || got.URL != fmt.Sprintf("https://lavka.retailcrm.ru/orders/%d/edit", o.ID) || got.CustomerID != int64(o.CustomerID) {
		t.Errorf("%+v", got)
	}
}

func check(t *testing.T, o gateway.Order, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for path := range want {
		got[path] = o.Fields[path]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestFieldsInEnglish(t *testing.T) {
	t.Parallel()
	a := seeded(t)
	o := rich(t, a)
	got, err := connect(t, a, func(o *retailcrm.Options) { o.Language, o.Zone = "en", time.UTC }).Order(t.Context(), gateway.OrderID(o.ID))
	must(t, err)
	check(t, got, map[string]string{
		"order.createdAt": "20 Nov 2026", "order.totalSumm": "12,500 RUB", "delivery.cost": "149.50 RUB", "delivery.time": "10:00-14:00",
		"delivery.date": "22 Nov 2026", "order.custom.gift": "yes", "order.custom.keep_until": "28 Nov 2026",
		"order.items": "Мёд липовый, 500 г x 2, Чай, Ткань x 1.5", "customer.personalDiscount": "7.5%", "store.hours": "10:00-21:00",
	})
}

func TestOrderWithoutAnything(t *testing.T) {
	t.Parallel()
	a := plain(t)
	o := a.AddOrder(sim.Order{Number: "1"})
	got, err := connect(t, a).Order(t.Context(), gateway.OrderID(o.ID))
	must(t, err)
	if got.CustomerID != 0 || len(got.Phones) > 0 || got.Name != "" || got.WhatsApp != device.Unknown {
		t.Errorf("%+v", got)
	}
	check(t, got, map[string]string{"order.number": "1", "customer.firstName": "", "order.items": "", "payment.type": "", "manager.name": "", "store.name": ""})
}

// The card serves when the order itself names nobody.
func TestNamesOfTheCard(t *testing.T) {
	t.Parallel()
	a := plain(t)
	client := a.AddCustomer(sim.Customer{FirstName: "Пётр", LastName: "Климов", Phones: []string{"+79160000001"}})
	o := a.AddOrder(sim.Order{CustomerID: client.ID})
	got, err := connect(t, a).Order(t.Context(), gateway.OrderID(o.ID))
	must(t, err)
	if got.Fields["customer.firstName"] != "Пётр" || !slices.Equal(got.Phones, []string{"+79160000001"}) || got.Name != "Климов Пётр" {
		t.Errorf("%+v", got)
	}
}

func TestAStatusThatIsGone(t *testing.T) {
	t.Parallel()
	a := seeded(t)
	o := order(a)
	c := connect(t, a)
	cursor := from(t, c)
	must(t, a.SetStatus(o.ID, "ready-for-pickup"))
	a.RemoveStatus("ready-for-pickup")
	all, _ := readAll(t, c, cursor)
	if len(all) != 1 || all[0].To != "ready-for-pickup" {
		t.Errorf("%+v", all)
	}
	got, err := c.Order(t.Context(), gateway.OrderID(o.ID))
	must(t, err)
	if got.Status != "ready-for-pickup" || got.Fields["order.status"] != "" {
		t.Errorf("status %q, shown as %q: a code is nothing for a customer", got.Status, got.Fields["order.status"])
	}
	ref, err := c.Reference(t.Context())
	must(t, err)
	if _, ok := ref.Status("ready-for-pickup"); ok {
		t.Error("the vocabulary has a status that is gone")
	}
}

func TestANewStatusIsNoticed(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) {
		a := seeded(t)
		o := order(a)
		c := connect(t, a)
		_, err := c.Order(t.Context(), gateway.OrderID(o.ID))
		must(t, err)
		time.Sleep(10 * time.Minute)
		a.AddStatus(sim.Status{Code: "at-the-post", Name: "На почте", Group: "delivery", Active: true})
		must(t, a.SetStatus(o.ID, "at-the-post"))
		got, err := c.Order(t.Context(), gateway.OrderID(o.ID))
		must(t, err)
		if got.Fields["order.status"] != "На почте" {
			t.Errorf("the status is shown as %q", got.Fields["order.status"])
		}
		asked := len(a.Requests())
		for range 5 {
			_, err = c.Order(t.Context(), gateway.OrderID(o.ID))
			must(t, err)
		}
		if more := len(a.Requests()) - asked; more != 5 {
			t.Errorf("five orders took %d requests", more)
		}
	})
}

// When the vocabulary cannot be read again, the one in memory serves.
func TestOldWordsServe(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) {
		a := seeded(t)
		o := order(a)
		c := connect(t, a)
		_, err := c.Order(t.Context(), gateway.OrderID(o.ID))
		must(t, err)
		time.Sleep(2 * time.Hour)
		a.Faults().DropScope("reference_read")
		got, err := c.Order(t.Context(), gateway.OrderID(o.ID))
		must(t, err)
		if got.Fields["order.status"] == "" {
			t.Errorf("%+v", got.Fields)
		}
	})
}

func TestReferenceWithoutOrders(t *testing.T) {
	t.Parallel()
	a := plain(t)
	ref, err := connect(t, a).Reference(t.Context())
	must(t, err)
	for _, f := range ref.Fields {
		if f.Empty >= 0 || f.Example != "" {
			t.Errorf("%+v: nothing is known without orders", f)
		}
	}
}

func TestReferenceWeighsTheNewestOrders(t *testing.T) {
	t.Parallel()
	a := plain(t)
	a.AddDictionary(sim.Dictionary{Code: "points", Elements: []sim.Element{{Code: "a", Name: "Лесная, 12"}, {Code: "b", Name: "Садовая, 40"}}})
	a.AddCustomField(sim.CustomField{Entity: "order", Code: "points", Name: "Пункты", Type: "multiselect_dictionary", Dictionary: "points", Default: 1, DefaultTyped: []any{"a"}})
	for i := range 250 {
		o := sim.Order{Number: fmt.Sprint(i)}
		if i%2 == 0 {
			o.FirstName = fmt.Sprint("Имя ", i)
		}
		if i < 60 {
			o.LastName = "старое"
		}
		if i == 249 {
			o.CustomFields = map[string]any{"points": []any{"a", "b"}}
		}
		a.AddOrder(o)
	}
	ref, err := connect(t, a).Reference(t.Context())
	must(t, err)
	for path, want := range map[string]gateway.Field{
		"order.number":        {Example: "249", Empty: 0},
		"customer.firstName":  {Example: "Имя 248", Empty: 0.5},
		"customer.lastName":   {Example: "старое", Empty: 0.95},
		"order.custom.points": {Example: "Лесная, 12, Садовая, 40", Empty: 0.995},
	} {
		f, ok := ref.Field(path)
		if !ok || f.Example != want.Example || f.Empty != want.Empty {
			t.Errorf("%s: %+v, want %+v", path, f, want)
		}
	}
	if n := len(a.Requests()); n > 20 {
		t.Errorf("%d requests for one reading", n)
	}
	list, err := connect(t, a).RecentOrders(t.Context(), 1000)
	must(t, err)
	if len(list) != 200 || list[0].Number != "249" || list[199].Number != "50" {
		t.Errorf("%d orders, %s to %s", len(list), list[0].Number, list[len(list)-1].Number)
	}
}

func TestMarkSpecialCases(t *testing.T) {
	t.Parallel()
	a := plain(t)
	o := order(a)
	id := gateway.OrderID(o.ID)
	must(t, connect(t, a, func(o *retailcrm.Options) { o.WhatsAppField = "" }).MarkWhatsApp(t.Context(), id, true))
	if n := len(a.Requests()); n > 0 {
		t.Errorf("%d requests although orders are not to be marked", n)
	}

	a.AddCustomField(sim.CustomField{Entity: "order", Code: "note", Name: "Заметка", Type: "string"})
	err := connect(t, a, func(o *retailcrm.Options) { o.WhatsAppField = "note" }).MarkWhatsApp(t.Context(), id, true)
	wantKind(t, err, device.Refused)
	if codeOf(err) != "field_type" || !strings.Contains(err.Error(), "note") || !strings.Contains(err.Error(), "string") {
		t.Errorf("%v", err)
	}

	c := connect(t, a)
	for range 3 {
		must(t, c.MarkWhatsApp(t.Context(), id, true))
	}
	var made, written int
	for _, r := range a.Requests() {
		switch r.Path {
		case "/api/v5/custom-fields/order/create":
			made++
		case fmt.Sprintf("/api/v5/orders/%d/edit", o.ID):
			written++
			if r.Params["by"] != "id" || r.Params["site"] != sim.MainSite || r.Params["order"] != `{"customFields":{"has_whatsapp":true}}` {
				t.Errorf("the edit: %v", r.Params)
			}
		}
	}
	if made != 1 || written != 1 {
		t.Errorf("the field was created %d times, the order written %d times", made, written)
	}
	for _, f := range a.CustomFields() {
		if f.Code == "has_whatsapp" && (f.Name != "Есть WhatsApp" || f.Type != "boolean" || f.Entity != "order") {
			t.Errorf("%+v", f)
		}
	}
	wantKind(t, c.MarkWhatsApp(t.Context(), 1, true), device.NotFound)
}

// The key sees two shops; the order is marked in its own.
func TestMarkInTheOtherShop(t *testing.T) {
	t.Parallel()
	a := seeded(t)
	var other sim.Order
	for _, o := range a.Orders() {
		if o.Site != sim.MainSite {
			other = o
		}
	}
	must(t, connect(t, a).MarkWhatsApp(t.Context(), gateway.OrderID(other.ID), true))
	if o, _ := a.Order(other.ID); o.CustomFields["has_whatsapp"] != true {
		t.Errorf("%+v", o.CustomFields)
	}
}

// Two boxes with one account mark at once: the field is created once.
func TestMarkFromTwoSides(t *testing.T) {
	t.Parallel()
	a := plain(t)
	done := make(chan error)
	for range 4 {
		id := gateway.OrderID(order(a).ID)
		c := connect(t, a)
		go func() { done <- c.MarkWhatsApp(t.Context(), id, true) }()
	}
	for range 4 {
		must(t, <-done)
	}
}
