// Package gatewaytest is the conformance suite of the gateway's outside systems:
// every source of orders passes ExerciseOrders, every CRM ExercisePeople, and every helpdesk ExerciseHelpdesk, with its
// system simulated. Only tests import it.
package gatewaytest

import (
	"context"
	"slices"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// OrdersRig is one source of orders with the system behind it.
type OrdersRig struct {
	Orders gateway.Orders

	// NewOrder makes an order with a telephone as a person of the shop would.
	NewOrder func(t testing.TB, phone string) (id gateway.OrderID, number string)
	// SetStatus moves an order; Statuses are three codes to move it through.
	SetStatus func(t testing.TB, id gateway.OrderID, status string)
	Statuses  [3]string
	// Touch changes something else of the order than its status.
	Touch func(t testing.TB, id gateway.OrderID)
	// Delete takes an order away.
	Delete func(t testing.TB, id gateway.OrderID)
	// Marked is the checkbox as a person sees it in the system.
	Marked func(t testing.TB, id gateway.OrderID) device.Answer
	// Cut takes the system away, Mend brings it back.
	Cut, Mend func(t testing.TB)
	// SwallowWrite makes the system do what the next writing request asks and lose the
	// answer.
	SwallowWrite func(t testing.TB)
	// Again is another connection to the same system, as after a restart.
	Again func(t testing.TB) gateway.Orders
}

// ExerciseOrders runs the suite. The factory is called once for each test, with a
// system that has some past.
func ExerciseOrders(t *testing.T, factory func(t *testing.T) *OrdersRig) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *OrdersRig){
		"leaves the past alone":                        leavesPast,
		"tells each change once and in order":          tellsOnce,
		"moves the cursor past what is no change":      movesPast,
		"goes on from a saved cursor":                  goesOn,
		"reads an order as it is":                      readsOrder,
		"finds an order by its number":                 findsOrder,
		"knows a deleted order for gone":               knowsGone,
		"lists the newest orders":                      listsNewest,
		"knows the statuses and fields":                knowsWords,
		"marks an order, twice without harm":           marks,
		"says uncertain when a mark's answer was lost": marksUncertain,
		"says unavailable when the system is away":     saysAway,
		"obeys its context":                            obeys,
	} {
		t.Run(name, func(t *testing.T) {
			test(t, factory(t))
		})
	}
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// baseline is the first cursor, which brings no changes.
func baseline(t *testing.T, orders gateway.Orders) gateway.Cursor {
	t.Helper()
	changes, cursor, more, err := orders.Changes(within(t), gateway.Cursor{})
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) > 0 || more {
		t.Fatalf("the first reading brought %d changes, more %v", len(changes), more)
	}
	if cursor == (gateway.Cursor{}) {
		t.Fatal("the first cursor is zero: the next reading would start anew")
	}
	return cursor
}

func read(t *testing.T, orders gateway.Orders, after gateway.Cursor) ([]gateway.StatusChange, gateway.Cursor) {
	t.Helper()
	var all []gateway.StatusChange
	for {
		changes, next, more, err := orders.Changes(within(t), after)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, changes...)
		if more && next == after {
			t.Fatal("more is promised and the cursor stands still")
		}
		if after = next; !more {
			return all, after
		}
	}
}

func leavesPast(t *testing.T, rig *OrdersRig) {
	id, _ := rig.NewOrder(t, "+79161234567")
	rig.SetStatus(t, id, rig.Statuses[0])
	changes, _ := read(t, rig.Orders, baseline(t, rig.Orders))
	if len(changes) > 0 {
		t.Errorf("what happened before the box was set up became changes: %+v", changes)
	}
}

func tellsOnce(t *testing.T, rig *OrdersRig) {
	cursor := baseline(t, rig.Orders)
	id, _ := rig.NewOrder(t, "+79161234567")
	for _, s := range rig.Statuses {
		rig.SetStatus(t, id, s)
	}
	changes, cursor := read(t, rig.Orders, cursor)
	if len(changes) != 4 {
		t.Fatalf("%d changes, want the creation and three: %+v", len(changes), changes)
	}
	if changes[0].From != "" || changes[0].To == "" {
		t.Errorf("the creation: %+v", changes[0])
	}
	from := changes[0].To
	for i, c := range changes {
		if c.Order != id || c.HistoryID <= 0 || c.At.IsZero() || c.Own {
			t.Errorf("change %d: %+v", i, c)
		}
		if i == 0 {
			continue
		}
		if c.HistoryID <= changes[i-1].HistoryID {
			t.Errorf("ids do not rise: %d after %d", c.HistoryID, changes[i-1].HistoryID)
		}
		if c.From != from || c.To != rig.Statuses[i-1] {
			t.Errorf("change %d goes from %s to %s, want %s to %s", i, c.From, c.To, from, rig.Statuses[i-1])
		}
		from = c.To
	}
	if again, _ := read(t, rig.Orders, cursor); len(again) > 0 {
		t.Errorf("told again: %+v", again)
	}
}

func movesPast(t *testing.T, rig *OrdersRig) {
	id, _ := rig.NewOrder(t, "+79161234567")
	cursor := baseline(t, rig.Orders)
	rig.Touch(t, id)
	changes, next := read(t, rig.Orders, cursor)
	if len(changes) > 0 {
		t.Errorf("no status was changed, and yet: %+v", changes)
	}
	if next.SinceID <= cursor.SinceID {
		t.Errorf("the cursor stays at %d", next.SinceID)
	}
}

func goesOn(t *testing.T, rig *OrdersRig) {
	id, _ := rig.NewOrder(t, "+79161234567")
	cursor := baseline(t, rig.Orders)
	rig.SetStatus(t, id, rig.Statuses[0])
	before, saved := read(t, rig.Orders, cursor)
	rig.SetStatus(t, id, rig.Statuses[1])
	after, _ := read(t, rig.Again(t), saved)
	if len(before) != 1 || len(after) != 1 || after[0].To != rig.Statuses[1] {
		t.Errorf("before %+v, after %+v", before, after)
	}
	// A crash between reading and saving reads the same again.
	if again, _ := read(t, rig.Again(t), cursor); len(again) != 2 || again[0] != before[0] || again[1] != after[0] {
		t.Errorf("read again from the old cursor: %+v", again)
	}
}

func readsOrder(t *testing.T, rig *OrdersRig) {
	id, number := rig.NewOrder(t, "8 916 123-45-67")
	rig.SetStatus(t, id, rig.Statuses[1])
	o, err := rig.Orders.Order(within(t), id)
	if err != nil {
		t.Fatal(err)
	}
	if o.ID != id || o.Number != number || o.Status != rig.Statuses[1] || o.Deleted {
		t.Errorf("%+v", o)
	}
	if !slices.Contains(o.Phones, "8 916 123-45-67") {
		t.Errorf("telephones %q: the number as typed is not there", o.Phones)
	}
	if o.WhatsApp != device.Unknown {
		t.Errorf("the checkbox that nobody set is %q", o.WhatsApp)
	}
	if o.Fields["order.number"] != number {
		t.Errorf("the field order.number is %q", o.Fields["order.number"])
	}
	for path, value := range o.Fields {
		if value == "" {
			t.Errorf("the empty field %s is there", path)
		}
	}
}

func findsOrder(t *testing.T, rig *OrdersRig) {
	id, number := rig.NewOrder(t, "+79161234567")
	o, err := rig.Orders.FindOrder(within(t), " "+number+" ")
	if err != nil || o.ID != id {
		t.Errorf("order %d, %v", o.ID, err)
	}
	for _, wrong := range []string{"no-such-number", "", number + "9"} {
		if _, err := rig.Orders.FindOrder(within(t), wrong); device.KindOf(err) != device.NotFound {
			t.Errorf("number %q: %v", wrong, err)
		}
	}
}

func knowsGone(t *testing.T, rig *OrdersRig) {
	id, _ := rig.NewOrder(t, "+79161234567")
	cursor := baseline(t, rig.Orders)
	rig.SetStatus(t, id, rig.Statuses[0])
	rig.Delete(t, id)
	changes, _ := read(t, rig.Orders, cursor)
	if len(changes) != 1 || changes[0].To != rig.Statuses[0] {
		t.Errorf("a deletion is no status change: %+v", changes)
	}
	o, err := rig.Orders.Order(within(t), id)
	if device.KindOf(err) != device.NotFound && (err != nil || !o.Deleted) {
		t.Errorf("a deleted order: %+v, %v", o, err)
	}
	if err := rig.Orders.MarkWhatsApp(within(t), id, true); device.KindOf(err) != device.NotFound {
		t.Errorf("marking a deleted order: %v", err)
	}
}

func listsNewest(t *testing.T, rig *OrdersRig) {
	var made []gateway.OrderID
	for range 3 {
		id, _ := rig.NewOrder(t, "+79161234567")
		made = append(made, id)
	}
	slices.Reverse(made)
	list, err := rig.Orders.RecentOrders(within(t), 3)
	if err != nil {
		t.Fatal(err)
	}
	var got []gateway.OrderID
	for _, o := range list {
		got = append(got, o.ID)
	}
	if !slices.Equal(got, made) {
		t.Errorf("newest orders %v, want %v", got, made)
	}
}

func knowsWords(t *testing.T, rig *OrdersRig) {
	id, _ := rig.NewOrder(t, "+79161234567")
	ref, err := rig.Orders.Reference(within(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range rig.Statuses {
		if s, ok := ref.Status(code); !ok || s.Name == "" || s.Group == "" {
			t.Errorf("status %s: %+v", code, s)
		}
	}
	seen := map[string]bool{}
	for _, f := range ref.Fields {
		if f.Label == "" || f.Group == "" || seen[f.Path] || f.Empty > 1 {
			t.Errorf("field %+v", f)
		}
		seen[f.Path] = true
		if _, err := gateway.ParseTemplate("{{" + f.Path + "}}"); err != nil {
			t.Errorf("field %s cannot be named in a template: %v", f.Path, err)
		}
	}
	for _, path := range []string{"order.number", "order.status", "order.totalSumm", "customer.firstName"} {
		if !seen[path] {
			t.Errorf("the directory lacks %s", path)
		}
	}
	o, err := rig.Orders.Order(within(t), id)
	if err != nil {
		t.Fatal(err)
	}
	for path := range o.Fields {
		if !seen[path] {
			t.Errorf("an order has the field %s, which the directory lacks", path)
		}
	}
}

func marks(t *testing.T, rig *OrdersRig) {
	id, _ := rig.NewOrder(t, "+79161234567")
	cursor := baseline(t, rig.Orders)
	for _, step := range []struct {
		on   bool
		want device.Answer
	}{{true, device.Yes}, {true, device.Yes}, {false, device.No}, {true, device.Yes}} {
		if err := rig.Orders.MarkWhatsApp(within(t), id, step.on); err != nil {
			t.Fatal(err)
		}
		o, err := rig.Orders.Order(within(t), id)
		if err != nil {
			t.Fatal(err)
		}
		if got := rig.Marked(t, id); got != step.want || o.WhatsApp != step.want {
			t.Errorf("after %v the checkbox is %q, read as %q", step.on, got, o.WhatsApp)
		}
	}
	if changes, _ := read(t, rig.Orders, cursor); len(changes) > 0 {
		t.Errorf("a mark is no status change: %+v", changes)
	}
}

func marksUncertain(t *testing.T, rig *OrdersRig) {
	id, _ := rig.NewOrder(t, "+79161234567")
	rig.SwallowWrite(t)
	err := rig.Orders.MarkWhatsApp(within(t), id, true)
	if device.KindOf(err) != device.Uncertain {
		t.Fatalf("the answer to a mark was lost: %v", err)
	}
	if err := rig.Orders.MarkWhatsApp(within(t), id, true); err != nil {
		t.Fatalf("the same mark again: %v", err)
	}
	if got := rig.Marked(t, id); got != device.Yes {
		t.Errorf("the checkbox is %q", got)
	}
}

func saysAway(t *testing.T, rig *OrdersRig) {
	id, number := rig.NewOrder(t, "+79161234567")
	cursor := baseline(t, rig.Orders)
	rig.Cut(t)
	_, kept, _, err := rig.Orders.Changes(within(t), cursor)
	if kept != cursor {
		t.Errorf("the cursor moved to %+v without an answer", kept)
	}
	errs := map[string]error{"changes": err}
	_, errs["order"] = rig.Orders.Order(within(t), id)
	_, errs["find"] = rig.Orders.FindOrder(within(t), number)
	_, errs["recent"] = rig.Orders.RecentOrders(within(t), 5)
	_, errs["reference"] = rig.Orders.Reference(within(t))
	for what, err := range errs {
		if device.KindOf(err) != device.Unavailable {
			t.Errorf("%s while the system is away: %v", what, err)
		}
	}
	if k := device.KindOf(rig.Orders.MarkWhatsApp(within(t), id, true)); k != device.Unavailable && k != device.Uncertain {
		t.Errorf("mark while the system is away: %q", k)
	}
	rig.Mend(t)
	if _, _, _, err := rig.Orders.Changes(within(t), cursor); err != nil {
		t.Errorf("after it came back: %v", err)
	}
}

func obeys(t *testing.T, rig *OrdersRig) {
	id, _ := rig.NewOrder(t, "+79161234567")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := rig.Orders.Order(ctx, id); err == nil {
		t.Error("an order was read for a caller who has gone")
	}
	if _, _, _, err := rig.Orders.Changes(ctx, gateway.Cursor{}); err == nil {
		t.Error("changes were read for a caller who has gone")
	}
	if err := rig.Orders.MarkWhatsApp(ctx, id, true); err == nil {
		t.Error("an order was marked for a caller who has gone")
	}
}
