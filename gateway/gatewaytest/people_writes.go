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
	// Whoever asks for the same words again later wants them written again.
	for since, want := range map[time.Duration]int{-time.Hour: 4, time.Minute: 4} {
		again := notes[1]
		again.Since = time.Now().Add(since)
		if err := rig.People.AddNote(within(t), again); err != nil || len(rig.Notes(t)) != want {
			t.Errorf("since %s: %v, %d notes", since, err, len(rig.Notes(t)))
		}
	}
	later := notes[1]
	later.Since = time.Now().Add(time.Hour)
	if err := rig.People.AddNote(within(t), later); err != nil || len(rig.Notes(t)) != 5 {
		t.Errorf("an hour later: %v, %d notes", err, len(rig.Notes(t)))
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
	again := tasks[1]
	for since, want := range map[time.Duration]int{-time.Hour: len(tasks), time.Minute: len(tasks)} {
		again.Since = time.Now().Add(since)
		if err := rig.People.AddTask(within(t), again); err != nil || len(rig.Tasks(t)) != want {
			t.Errorf("since %s: %v, %d tasks", since, err, len(rig.Tasks(t)))
		}
	}
	again.Since = time.Now().Add(time.Hour)
	if err := rig.People.AddTask(within(t), again); err != nil || len(rig.Tasks(t)) != len(tasks)+1 {
		t.Errorf("an hour later: %v, %d tasks", err, len(rig.Tasks(t)))
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
