package gatewaytest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

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

func notifies(t *testing.T, rig *PeopleRig) {
	for _, users := range [][]int64{{rig.Staff[1]}, nil} {
		if err := rig.People.Notify(within(t), users, "Клиент ждёт: заказ 10482"); err != nil {
			t.Fatal(err)
		}
	}
	got := rig.Notices(t)
	if len(got) != 2 || !slices.Equal(got[0].Users, []int64{rig.Staff[1]}) || !strings.Contains(got[1].Text, "заказ 10482") {
		t.Fatalf("%+v", got)
	}
	if got[1].Users != nil && (!slices.Contains(got[1].Users, rig.Staff[0]) || !slices.Contains(got[1].Users, rig.Staff[1])) {
		t.Errorf("to all managers: %+v", got[1])
	}
	if err := rig.People.Notify(within(t), nil, " \n"); device.KindOf(err) != device.Invalid {
		t.Errorf("an empty message: %v", err)
	}
}

func notesOnce(t *testing.T, rig *PeopleRig) {
	anna, boris := rig.NewCustomer(t, "Анна"), rig.NewCustomer(t, "Борис")
	notes := []gateway.Note{
		{Customer: anna, Text: "Оценка магазина: 5\r\nСпасибо, всё быстро!"},
		{Customer: anna, Text: "Оценка магазина: 5"},
		{Customer: boris, Manager: rig.Staff[0], Text: "Оценка магазина: 5"},
	}
	for range 2 {
		for _, n := range notes {
			if err := rig.People.AddNote(within(t), n); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := rig.Notes(t)
	if len(got) != 3 || got[0].Text != "Оценка магазина: 5\nСпасибо, всё быстро!" || got[2].Customer != boris || got[2].Manager != rig.Staff[0] {
		t.Errorf("%+v", got)
	}
	long := gateway.Note{Customer: anna, Text: strings.Repeat("долго ", 5000)}
	for range 2 {
		if err := rig.People.AddNote(within(t), long); err != nil {
			t.Fatal(err)
		}
	}
	if got := rig.Notes(t); len(got) != 4 {
		t.Errorf("%d notes after a long one twice", len(got))
	}
	for _, n := range []gateway.Note{{Text: "x"}, {Customer: anna, Text: "\n "}} {
		if err := rig.People.AddNote(within(t), n); device.KindOf(err) != device.Invalid {
			t.Errorf("%+v: %v", n, err)
		}
	}
}

func tasksOnce(t *testing.T, rig *PeopleRig) {
	anna := rig.NewCustomer(t, "Анна")
	first, second := rig.NewOrder(t, anna, ""), rig.NewOrder(t, anna, "")
	due := time.Now().Add(26 * time.Hour).Truncate(time.Minute)
	tasks := []gateway.Task{
		{Performer: rig.Staff[0], Order: first, Customer: anna, Phone: "+79161234567", Text: "Клиент просит человека", Comment: "Бот не понял", DueAt: due},
		{Performer: rig.Staff[0], Order: second, Text: "Клиент просит человека"},
		{Performer: rig.Staff[0], Customer: anna, Text: "Клиент просит 100%"},
		{Performer: rig.Staff[0], Phone: "+79161234567", Text: "Клиент просит человека"},
		{Performer: rig.Staff[0], Order: second, Text: strings.Repeat("слово ", 100)},
	}
	for range 2 {
		for _, task := range tasks {
			if err := rig.People.AddTask(within(t), task); err != nil {
				t.Fatal(err)
			}
			task.Performer = rig.Staff[1] // the first went home before the repeated call
			if err := rig.People.AddTask(within(t), task); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := rig.Tasks(t)
	if len(got) != len(tasks) {
		t.Fatalf("%+v", got)
	}
	if g := got[0]; g.Order != first || g.Customer != anna || g.Performer != rig.Staff[0] || g.Comment != "Бот не понял" || g.Phone != "+79161234567" || !g.DueAt.Equal(due) {
		t.Errorf("%+v, due %s, want %s", g, g.DueAt, due)
	}
	if n := len([]rune(got[4].Text)); n > 200 || !strings.HasSuffix(got[4].Text, "…") {
		t.Errorf("a long text has %d characters", n)
	}
	for _, task := range []gateway.Task{{Text: "x"}, {Performer: rig.Staff[0]}} {
		if err := rig.People.AddTask(within(t), task); device.KindOf(err) != device.Invalid {
			t.Errorf("%+v: %v", task, err)
		}
	}
}

func fillsFields(t *testing.T, rig *PeopleRig) {
	anna := rig.NewCustomer(t, "Анна", "+79161234567")
	id := rig.NewOrder(t, anna, "+79161234567")
	for _, fields := range []map[string]any{
		{"shop_mark": 5, "mark_comment": "Всё быстро"}, {"shop_mark": 5, "mark_comment": " Всё быстро\n"}, {"shop_mark": 4, "courier_mark": 3}, {}, nil,
	} {
		if err := rig.People.SetOrderFields(within(t), id, fields); err != nil {
			t.Fatalf("%v: %v", fields, err)
		}
	}
	if rig.OrderField(t, id, "shop_mark") != 4 || rig.OrderField(t, id, "courier_mark") != 3 || rig.OrderField(t, id, "mark_comment") != "Всё быстро" {
		t.Errorf("%v, %v, %v", rig.OrderField(t, id, "shop_mark"), rig.OrderField(t, id, "courier_mark"), rig.OrderField(t, id, "mark_comment"))
	}
	if err := rig.People.SetCustomerFields(within(t), anna, map[string]any{"shop_mark": 4, "mark_comment": "x"}); err != nil {
		t.Fatal(err)
	}
	before := rig.Writes(t)
	for _, again := range []error{
		rig.People.SetOrderFields(within(t), id, map[string]any{"shop_mark": 4, "courier_mark": 3, "mark_comment": "Всё быстро"}),
		rig.People.SetCustomerFields(within(t), anna, map[string]any{"shop_mark": 4, "mark_comment": "x"}),
		rig.Again(t).SetOrderFields(within(t), id, map[string]any{"shop_mark": 4}),
	} {
		if again != nil {
			t.Fatal(again)
		}
	}
	if after := rig.Writes(t); after != before {
		t.Errorf("%d writes of what stands there already", after-before)
	}
	if err := rig.People.SetCustomerFields(within(t), anna, map[string]any{"mark_comment": ""}); err != nil || rig.CustomerField(t, anna, "mark_comment") != nil {
		t.Errorf("emptied: %v, %v", rig.CustomerField(t, anna, "mark_comment"), err)
	}
	cards, err := rig.Again(t).CustomersOf(within(t), gateway.Who{Customer: anna})
	if err != nil || len(cards) != 1 || cards[0].Fields["customer.custom.shop_mark"] != "4" {
		t.Errorf("%+v, %v", cards, err)
	}
}

func refusesField(t *testing.T, rig *PeopleRig) {
	anna := rig.NewCustomer(t, "Анна")
	id := rig.NewOrder(t, anna, "")
	rig.DateField(t, "order", "shop_mark")
	rig.DateField(t, "customer", "mark_comment")
	before := rig.Writes(t)
	for what, err := range map[string]error{
		"shop_mark":    rig.People.SetOrderFields(within(t), id, map[string]any{"shop_mark": 5}),
		"mark_comment": rig.People.SetCustomerFields(within(t), anna, map[string]any{"mark_comment": "x"}),
	} {
		if device.KindOf(err) != device.Refused || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, value := range []any{nil, 4.5, []string{"x"}} {
		if err := rig.People.SetOrderFields(within(t), id, map[string]any{"other": value}); device.KindOf(err) != device.Invalid {
			t.Errorf("%v: %v", value, err)
		}
	}
	if after := rig.Writes(t); after != before {
		t.Errorf("%d writes", after-before)
	}
}

func lostAnswers(t *testing.T, rig *PeopleRig) {
	anna := rig.NewCustomer(t, "Анна")
	id := rig.NewOrder(t, anna, "")
	fill := func(p gateway.People) error {
		return p.SetOrderFields(within(t), id, map[string]any{"shop_mark": 5})
	}
	if err := fill(rig.People); err != nil { // the field is there
		t.Fatal(err)
	}
	mark := func(p gateway.People) error {
		return p.SetOrderFields(within(t), id, map[string]any{"shop_mark": 4})
	}
	for what, do := range map[string]func(gateway.People) error{
		"note": func(p gateway.People) error {
			return p.AddNote(within(t), gateway.Note{Customer: anna, Text: "Просит перезвонить"})
		},
		"task": func(p gateway.People) error {
			return p.AddTask(within(t), gateway.Task{Performer: rig.Staff[0], Order: id, Text: "Перезвонить", DueAt: time.Now().Add(time.Hour)})
		},
		"mark": mark,
	} {
		rig.SwallowWrite(t)
		if err := do(rig.People); device.KindOf(err) != device.Uncertain {
			t.Errorf("the answer to a %s was lost: %v", what, err)
		}
		// The box restarted before it tries again.
		if err := do(rig.Again(t)); err != nil {
			t.Errorf("the same %s again: %v", what, err)
		}
	}
	if len(rig.Notes(t)) != 1 || len(rig.Tasks(t)) != 1 || rig.OrderField(t, id, "shop_mark") != 4 {
		t.Errorf("notes %+v, tasks %+v, mark %v", rig.Notes(t), rig.Tasks(t), rig.OrderField(t, id, "shop_mark"))
	}
}

func peopleAway(t *testing.T, rig *PeopleRig) {
	anna := rig.NewCustomer(t, "Анна", "+79161234567")
	id := rig.NewOrder(t, anna, "+79161234567")
	rig.Cut(t)
	errs, writes := callAll(within(t), rig, anna, id)
	for what, err := range errs {
		if device.KindOf(err) != device.Unavailable {
			t.Errorf("%s while the system is away: %v", what, err)
		}
	}
	for what, err := range writes {
		if k := device.KindOf(err); k != device.Unavailable && k != device.Uncertain {
			t.Errorf("%s while the system is away: %v", what, err)
		}
	}
	rig.Mend(t)
	errs, writes = callAll(within(t), rig, anna, id)
	for what, err := range errs {
		if err != nil {
			t.Errorf("%s after it came back: %v", what, err)
		}
	}
	for what, err := range writes {
		if err != nil {
			t.Errorf("%s after it came back: %v", what, err)
		}
	}
}

// callAll calls every method once.
func callAll(ctx context.Context, rig *PeopleRig, customer int64, order gateway.OrderID) (reads, writes map[string]error) {
	p := rig.People
	reads, writes = map[string]error{}, map[string]error{}
	_, reads["orders of a card"] = p.OrdersOf(ctx, gateway.Who{Customer: customer}, 5)
	_, reads["orders of a number"] = p.OrdersOf(ctx, gateway.Who{Phone: "+79161234567"}, 5)
	_, reads["cards"] = p.CustomersOf(ctx, gateway.Who{Phone: "+79161234567"})
	_, reads["card"] = p.CustomersOf(ctx, gateway.Who{Customer: customer})
	_, reads["users"] = p.Users(ctx)
	writes["notice"] = p.Notify(ctx, []int64{rig.Staff[0]}, "x")
	writes["note"] = p.AddNote(ctx, gateway.Note{Customer: customer, Text: "x"})
	writes["task"] = p.AddTask(ctx, gateway.Task{Performer: rig.Staff[0], Order: order, Text: "x"})
	writes["order fields"] = p.SetOrderFields(ctx, order, map[string]any{"shop_mark": 5})
	writes["customer fields"] = p.SetCustomerFields(ctx, customer, map[string]any{"shop_mark": 5})
	return reads, writes
}

func peopleObey(t *testing.T, rig *PeopleRig) {
	anna := rig.NewCustomer(t, "Анна", "+79161234567")
	id := rig.NewOrder(t, anna, "+79161234567")
	before := rig.Writes(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	reads, writes := callAll(ctx, rig, anna, id)
	for _, errs := range []map[string]error{reads, writes} {
		for what, err := range errs {
			if err == nil {
				t.Errorf("%s for a caller who has gone", what)
			}
		}
	}
	if after := rig.Writes(t); after != before {
		t.Errorf("%d writes for a caller who has gone", after-before)
	}
}
