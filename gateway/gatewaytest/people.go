package gatewaytest

import (
	"slices"
	"strings"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
)

// PeopleRig is a CRM's customers and staff with the system behind them. The region of
// numbers without a country code is RU.
type PeopleRig struct {
	People gateway.People
	Orders gateway.Orders // of the same system

	// NewCustomer makes a card with telephones as a person of the shop types them.
	NewCustomer func(t testing.TB, name string, phones ...string) int64
	// NewOrder makes an order of a card (0: of none) that names a telephone itself.
	NewOrder       func(t testing.TB, customer int64, phone string) gateway.OrderID
	DeleteOrder    func(t testing.TB, id gateway.OrderID)
	DeleteCustomer func(t testing.TB, id int64)
	// Merge puts one card into another, which stays.
	Merge func(t testing.TB, keep, gone int64)
	// Talks lets a customer write in the CRM's chats and answers his id there.
	Talks func(t testing.TB, customer int64) int64

	// Staff are two active users: a manager who is there, and another manager.
	Staff [2]int64
	// SetThere and SetBusy change a user.
	SetThere, SetBusy func(t testing.TB, user int64, on bool)

	// What a person sees in the system, oldest first.
	Notes   func(t testing.TB) []gateway.Note
	Tasks   func(t testing.TB) []gateway.Task // without Site
	Notices func(t testing.TB) []Notice
	// OrderField and CustomerField are custom fields as a person sees them: nil, an int, a
	// string.
	OrderField    func(t testing.TB, id gateway.OrderID, code string) any
	CustomerField func(t testing.TB, id int64, code string) any
	// DateField makes a custom field of a type that is neither a number nor a text.
	DateField func(t testing.TB, entity, code string)
	// Writes counts the writing requests that the system got.
	Writes func(t testing.TB) int

	// Cut takes the system away, Mend brings it back; SwallowWrite makes the system do what
	// the next writing request asks and lose the answer.
	Cut, Mend, SwallowWrite func(t testing.TB)
	// Again is another connection to the same system.
	Again func(t testing.TB) gateway.People
}

// Notice is a message that was shown to users.
type Notice struct {
	Users []int64 // nil: a group
	Text  string
}

// ExercisePeople runs the suite. The factory is called once for each test, with a
// system that has some past.
func ExercisePeople(t *testing.T, factory func(t *testing.T) *PeopleRig) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *PeopleRig){
		"lists the orders of a card":                   ordersOfCard,
		"lists the orders of a number":                 ordersOfPhone,
		"keeps to the number's country":                keepsCountry,
		"follows a merged card":                        followsMerged,
		"finds nobody without an error":                findsNobody,
		"finds cards by a number, several too":         cardsOfPhone,
		"finds a card by the chats":                    cardOfChat,
		"tells what a template may name of a customer": tellsFields,
		"knows who is there":                           knowsStaff,
		"notifies users, or all managers":              notifies,
		"writes a note once":                           notesOnce,
		"gives a task once":                            tasksOnce,
		"fills an order's and a customer's fields":     fillsFields,
		"refuses a field of another type":              refusesField,
		"does nothing twice after a lost answer":       lostAnswers,
		"says unavailable when the system is away":     peopleAway,
		"obeys the context":                            peopleObey,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, factory(t))
		})
	}
}

func idsOf(orders []gateway.Order) []gateway.OrderID {
	var ids []gateway.OrderID
	for _, o := range orders {
		ids = append(ids, o.ID)
	}
	return ids
}

func cardsOf(cards []gateway.Customer) []int64 {
	var ids []int64
	for _, c := range cards {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}

// wantOrders checks what OrdersOf answers.
func wantOrders(t *testing.T, p gateway.People, who gateway.Who, n int, want ...gateway.OrderID) {
	t.Helper()
	got, err := p.OrdersOf(within(t), who, n)
	if err != nil || !slices.Equal(idsOf(got), want) {
		t.Errorf("orders of %+v: %v, %v; want %v", who, idsOf(got), err, want)
	}
}

// wantCards checks what CustomersOf answers, in any order.
func wantCards(t *testing.T, p gateway.People, who gateway.Who, want ...int64) {
	t.Helper()
	got, err := p.CustomersOf(within(t), who)
	slices.Sort(want)
	if err != nil || !slices.Equal(cardsOf(got), want) {
		t.Errorf("cards of %+v: %v, %v; want %v", who, cardsOf(got), err, want)
	}
}

func ordersOfCard(t *testing.T, rig *PeopleRig) {
	anna, boris := rig.NewCustomer(t, "Анна", "+79161234567"), rig.NewCustomer(t, "Борис", "+79161234567")
	var made []gateway.OrderID
	for range 4 {
		made = append(made, rig.NewOrder(t, anna, "+79161234567"))
		rig.NewOrder(t, boris, "+79161234567")
	}
	rig.DeleteOrder(t, made[2])
	who := gateway.Who{Customer: anna, Phone: "+79161234567"}
	wantOrders(t, rig.People, who, 50, made[3], made[1], made[0])
	wantOrders(t, rig.People, who, 2, made[3], made[1])
	for _, n := range []int{0, -5} {
		wantOrders(t, rig.People, who, n, made[3])
	}
	wantOrders(t, rig.People, gateway.Who{Customer: rig.NewCustomer(t, "Вера")}, 5)
	got, err := rig.People.OrdersOf(within(t), who, 1)
	if err != nil {
		t.Fatal(err)
	}
	same, err := rig.Orders.Order(within(t), made[3])
	if err != nil || got[0].Number != same.Number || got[0].CustomerID != anna || len(got[0].Fields) != len(same.Fields) {
		t.Errorf("%+v, %v; alone it is %+v", got[0], err, same)
	}
}

func ordersOfPhone(t *testing.T, rig *PeopleRig) {
	var made []gateway.OrderID
	for _, typed := range []string{"8 (916) 234-55-67", "9162345567", "+7 916 234 55 67", "79162345567", "8-916-234-55-67, 84951234567"} {
		made = append(made, rig.NewOrder(t, 0, typed))
	}
	rig.NewOrder(t, 0, "+79162345568")
	// The order names another number than its customer's card.
	made = append(made, rig.NewOrder(t, rig.NewCustomer(t, "Анна", "8 916 2345567"), "+79990000000"))
	// Three cards with one number, and one whose number is in both places.
	for _, name := range []string{"Борис", "Вера", "Глеб"} {
		made = append(made, rig.NewOrder(t, rig.NewCustomer(t, name, "+79162345567"), "8 916 234 55 67"))
	}
	slices.Reverse(made)
	wantOrders(t, rig.People, gateway.Who{Phone: "+79162345567"}, 50, made...)
	wantOrders(t, rig.People, gateway.Who{Phone: "+79162345567"}, 3, made[:3]...)
	for phone, typed := range map[device.Phone]string{
		"+77011230077": "8 701 123 00 77", "+375291234567": "+375 29 123-45-67", "+37477123456": "+374 77 123456", "+4915112345678": "0049 1511 2345678",
	} {
		id := rig.NewOrder(t, 0, typed)
		wantOrders(t, rig.People, gateway.Who{Phone: phone}, 5, id)
	}
}

func keepsCountry(t *testing.T, rig *PeopleRig) {
	ours, theirs := rig.NewCustomer(t, "Анна", "8 916 234 55 67"), rig.NewCustomer(t, "Ann", "+1 916 234 5567")
	o, other := rig.NewOrder(t, 0, "9162345567"), rig.NewOrder(t, 0, "+1 (916) 234-5567")
	wantCards(t, rig.People, gateway.Who{Phone: "+79162345567"}, ours)
	wantCards(t, rig.People, gateway.Who{Phone: "+19162345567"}, theirs)
	wantOrders(t, rig.People, gateway.Who{Phone: "+79162345567"}, 5, o)
	wantOrders(t, rig.People, gateway.Who{Phone: "+19162345567"}, 5, other)
}

func followsMerged(t *testing.T, rig *PeopleRig) {
	first, second, third := rig.NewCustomer(t, "Анна", "+79161234501"), rig.NewCustomer(t, "Аня", "+79161234502"), rig.NewCustomer(t, "Анюта", "+79161234503")
	o := rig.NewOrder(t, first, "")
	rig.Merge(t, second, first)
	rig.Merge(t, third, second)
	for _, id := range []int64{first, second, third} {
		wantCards(t, rig.People, gateway.Who{Customer: id}, third)
		wantOrders(t, rig.People, gateway.Who{Customer: id}, 5, o)
	}
	if err := rig.People.AddNote(within(t), gateway.Note{Customer: first, Text: "Просит перезвонить"}); err != nil {
		t.Fatal(err)
	}
	if err := rig.People.SetCustomerFields(within(t), second, map[string]any{"shop_mark": 5}); err != nil {
		t.Fatal(err)
	}
	if err := rig.People.AddTask(within(t), gateway.Task{Performer: rig.Staff[0], Customer: first, Text: "Перезвонить"}); err != nil {
		t.Fatal(err)
	}
	notes, tasks := rig.Notes(t), rig.Tasks(t)
	if len(notes) != 1 || notes[0].Customer != third || len(tasks) != 1 || tasks[0].Customer != third || rig.CustomerField(t, third, "shop_mark") != 5 {
		t.Errorf("notes %+v, tasks %+v, mark %v", notes, tasks, rig.CustomerField(t, third, "shop_mark"))
	}
}

func findsNobody(t *testing.T, rig *PeopleRig) {
	gone := rig.NewCustomer(t, "Анна", "+79161234567")
	rig.DeleteCustomer(t, gone)
	for _, who := range []gateway.Who{{}, {Customer: gone}, {Customer: 99999999}, {Phone: "+79161234567"}, {ChatCustomer: 99999999}} {
		wantCards(t, rig.People, who)
		wantOrders(t, rig.People, who, 5)
	}
	// Work for nobody is another matter.
	errs := map[string]error{
		"note":   rig.People.AddNote(within(t), gateway.Note{Customer: gone, Text: "x"}),
		"task":   rig.People.AddTask(within(t), gateway.Task{Performer: rig.Staff[0], Customer: gone, Text: "x"}),
		"fields": rig.People.SetCustomerFields(within(t), gone, map[string]any{"shop_mark": 5}),
		"order":  rig.People.SetOrderFields(within(t), 99999999, map[string]any{"shop_mark": 5}),
	}
	for what, err := range errs {
		if device.KindOf(err) != device.NotFound {
			t.Errorf("%s for nobody: %v", what, err)
		}
	}
}

func cardsOfPhone(t *testing.T, rig *PeopleRig) {
	anna := rig.NewCustomer(t, "Анна", "8 (916) 123-45-67", "+79031112233")
	wantCards(t, rig.People, gateway.Who{Phone: "+79161234567"}, anna)
	wantCards(t, rig.People, gateway.Who{Phone: "+79031112233"}, anna)
	boris, vera := rig.NewCustomer(t, "Борис", "9161234567"), rig.NewCustomer(t, "Вера", "тел. +7 916 1234567")
	rig.NewCustomer(t, "Глеб", "+79161234568")
	wantCards(t, rig.People, gateway.Who{Phone: "+79161234567"}, anna, boris, vera)
	kazakh := rig.NewCustomer(t, "Айгерим", "8 701 123 00 77")
	wantCards(t, rig.People, gateway.Who{Phone: "+77011230077"}, kazakh)
	// The card goes before the number.
	wantCards(t, rig.People, gateway.Who{Customer: kazakh, Phone: "+79161234567"}, kazakh)
}

func cardOfChat(t *testing.T, rig *PeopleRig) {
	anna, boris := rig.NewCustomer(t, "Анна", "+79161234567"), rig.NewCustomer(t, "Борис", "+79161234567")
	o := rig.NewOrder(t, anna, "+79161234567")
	first, second := rig.Talks(t, anna), rig.Talks(t, anna)
	other := rig.Talks(t, boris)
	for _, who := range []gateway.Who{{ChatCustomer: second}, {Customer: anna}} {
		got, err := rig.People.CustomersOf(within(t), who)
		if err != nil || len(got) != 1 || got[0].ID != anna || !slices.Equal(got[0].ChatCustomers, []int64{first, second}) {
			t.Errorf("%+v: %+v, %v", who, got, err)
		}
	}
	wantOrders(t, rig.People, gateway.Who{ChatCustomer: first}, 5, o)
	wantOrders(t, rig.People, gateway.Who{ChatCustomer: other}, 5)
	got, err := rig.People.CustomersOf(within(t), gateway.Who{Phone: "+79161234567"})
	if err != nil || len(got) != 2 || len(got[0].ChatCustomers)+len(got[1].ChatCustomers) != 3 {
		t.Errorf("by the number: %+v, %v", got, err)
	}
}

func tellsFields(t *testing.T, rig *PeopleRig) {
	anna := rig.NewCustomer(t, "Анна", "+79161234567")
	id := rig.NewOrder(t, anna, "+79161234567")
	ref, err := rig.Orders.Reference(within(t))
	if err != nil {
		t.Fatal(err)
	}
	cards, err := rig.People.CustomersOf(within(t), gateway.Who{Customer: anna})
	if err != nil || len(cards) != 1 {
		t.Fatal(cards, err)
	}
	card := cards[0]
	if card.Name != "Анна" || !slices.Equal(card.Phones, []string{"+79161234567"}) || card.VIP || card.Bad || !strings.Contains(card.URL, "://") {
		t.Errorf("%+v", card)
	}
	for path, value := range card.Fields {
		if _, known := ref.Field(path); !known || !strings.HasPrefix(path, "customer.") || value == "" {
			t.Errorf("the field %s is %q", path, value)
		}
	}
	o, err := rig.Orders.Order(within(t), id)
	if err != nil {
		t.Fatal(err)
	}
	for path, value := range o.Fields {
		if strings.HasPrefix(path, "customer.") && card.Fields[path] != value {
			t.Errorf("%s: the order says %q, the card %q", path, value, card.Fields[path])
		}
	}
	if card.Fields["customer.firstName"] != "Анна" || card.Fields["customer.phone"] != "+79161234567" {
		t.Errorf("%q", card.Fields)
	}
}

func knowsStaff(t *testing.T, rig *PeopleRig) {
	find := func(id int64) gateway.CRMUser {
		t.Helper()
		users, err := rig.Again(t).Users(within(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range users {
			if !u.Active || u.ID == 0 {
				t.Errorf("%+v", u)
			}
			if u.ID == id {
				return u
			}
		}
		t.Fatalf("user %d is not among %+v", id, users)
		return gateway.CRMUser{}
	}
	if u := find(rig.Staff[0]); !u.Online || !u.Manager || u.OnBreak || u.Name == "" || u.ChatUser == 0 {
		t.Errorf("%+v", u)
	}
	rig.SetThere(t, rig.Staff[0], false)
	rig.SetBusy(t, rig.Staff[1], true)
	if u := find(rig.Staff[0]); u.Online {
		t.Errorf("%+v", u)
	}
	if u := find(rig.Staff[1]); !u.OnBreak {
		t.Errorf("%+v", u)
	}
	rig.SetBusy(t, rig.Staff[1], false)
	if u := find(rig.Staff[1]); u.OnBreak {
		t.Errorf("%+v", u)
	}
}
