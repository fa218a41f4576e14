package gatewaytest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// ProfilesRig is a CRM's cards with the system behind them. The region of numbers without
// a country code is RU.
type ProfilesRig struct {
	Profiles gateway.Profiles

	// NewCustomer makes a card of the main shop with an e-mail (may be empty) and telephones
	// as a person of the shop types them; later ones have higher ids.
	NewCustomer func(t testing.TB, name, email string, phones ...string) int64
	// NewOrder makes an order of a card (0: of none); number "" lets the CRM choose one.
	NewOrder       func(t testing.TB, customer int64, number string, at time.Time) gateway.OrderID
	DeleteOrder    func(t testing.TB, id gateway.OrderID)
	DeleteCustomer func(t testing.TB, id int64)
	// Merge puts one card into another, which stays; Touch changes something of a card.
	Merge func(t testing.TB, keep, gone int64)
	Touch func(t testing.TB, id int64)
	// Note and Task are written by a person of the shop.
	Note func(t testing.TB, customer int64, text string, at time.Time)
	Task func(t testing.TB, customer int64, text string, done bool, at time.Time)
	// Loyalty makes a customer a member of the loyalty programme.
	Loyalty func(t testing.TB, customer int64, level string, points float64)

	Cards func(t testing.TB) int                      // how many cards there are
	Notes func(t testing.TB, customer int64) []string // as they stand on a card
	// Requests counts the requests that the system got, Writes the writing ones.
	Requests, Writes func(t testing.TB) int
	Sites            []gateway.Site // that the connection sees, the main one first

	// Cut takes the system away, Mend brings it back; SwallowWrite makes the system do what
	// the next writing request asks and lose the answer.
	Cut, Mend, SwallowWrite func(t testing.TB)
	// Again is another connection to the same system.
	Again func(t testing.TB) gateway.Profiles
}

// ExerciseProfiles runs the suite. The factory is called once for each test, with a
// system that has some past.
func ExerciseProfiles(t *testing.T, factory func(t *testing.T) *ProfilesRig) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *ProfilesRig){
		"finds cards by e-mail, in any case":         profilesByEmail,
		"finds cards by a number":                    profilesByPhone,
		"tells a card":                               tellsProfile,
		"follows a merged card":                      profileOfMerged,
		"lists orders by pages, newest first":        pagesOfOrders,
		"costs the same whatever was ordered":        flatCost,
		"tells an order, and finds it by its number": tellsOrder,
		"tells notes and tasks, newest first":        tellsEntries,
		"samples the customers of a time":            samples,
		"tells whose card was touched":               tellsTouched,
		"makes a card once":                          makesOnce,
		"makes a card once after a lost answer":      makesOnceWhenLost,
		"refuses to make a card of nothing":          makesNothing,
		"knows the shops":                            knowsSites,
		"says unavailable when the system is away":   profilesAway,
		"obeys the context":                          profilesObey,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, factory(t))
		})
	}
}

// wantProfiles checks what ProfilesBy answers, in any order.
func wantProfiles(t *testing.T, p gateway.Profiles, email string, phone device.Phone, want ...int64) {
	t.Helper()
	got, err := p.ProfilesBy(within(t), email, phone)
	var ids []int64
	for _, one := range got {
		ids = append(ids, one.ID)
	}
	slices.Sort(ids)
	slices.Sort(want)
	if err != nil || !slices.Equal(ids, want) {
		t.Errorf("cards of %s%s: %v, %v; want %v", email, phone, ids, err, want)
	}
}

func profilesByEmail(t *testing.T, rig *ProfilesRig) {
	anna := rig.NewCustomer(t, "Анна", "Anna.K@Shop.Example")
	for _, near := range []string{"xanna.k@shop.example", "anna.k@shop.example.com", "annaxk@shop.example", ""} {
		rig.NewCustomer(t, "Не она", near)
	}
	for _, email := range []string{"anna.k@shop.example", "ANNA.K@SHOP.EXAMPLE", " anna.k@shop.example "} {
		wantProfiles(t, rig.Profiles, email, "", anna)
	}
	for _, nobody := range []string{"", "@", "anna", "nobody@shop.example", "%@%", "a'b@shop.example"} {
		wantProfiles(t, rig.Profiles, nobody, "")
	}
	// One of two that were merged.
	boris := rig.NewCustomer(t, "Борис", "boris@shop.example")
	gone := rig.NewCustomer(t, "Борис", "boris@shop.example")
	wantProfiles(t, rig.Profiles, "boris@shop.example", "", boris, gone)
	rig.Merge(t, boris, gone)
	wantProfiles(t, rig.Profiles, "boris@shop.example", "", boris)
	rig.DeleteCustomer(t, boris)
	wantProfiles(t, rig.Profiles, "boris@shop.example", "")
	for range 12 {
		rig.NewCustomer(t, "Семья", "family@shop.example")
	}
	if got, err := rig.Profiles.ProfilesBy(within(t), "family@shop.example", ""); err != nil || len(got) != 10 {
		t.Errorf("%d cards of one address, %v", len(got), err)
	}
}

func profilesByPhone(t *testing.T, rig *ProfilesRig) {
	anna := rig.NewCustomer(t, "Анна", "", "8 (916) 771-22-33", "+79037710000")
	boris := rig.NewCustomer(t, "Борис", "", "тел. 9167712233")
	rig.NewCustomer(t, "Вера", "", "+79167712234")
	wantProfiles(t, rig.Profiles, "", "+79167712233", anna, boris)
	wantProfiles(t, rig.Profiles, "", "+79037710000", anna)
	wantProfiles(t, rig.Profiles, "", "+19167712233")
	kazakh := rig.NewCustomer(t, "Айгерим", "", "8 701 771 00 77")
	wantProfiles(t, rig.Profiles, "", "+77017710077", kazakh)
}

func tellsProfile(t *testing.T, rig *ProfilesRig) {
	anna := rig.NewCustomer(t, "Анна", "anna@shop.example", "8 916 771-22-33")
	rig.NewOrder(t, anna, "", time.Now())
	rig.NewOrder(t, anna, "", time.Now())
	rig.Loyalty(t, anna, "Золотой", 1250.5)
	p, err := rig.Profiles.Profile(within(t), anna)
	if err != nil {
		t.Fatal(err)
	}
	if p.ID != anna || p.Name != "Анна" || !slices.Equal(p.Phones, []string{"8 916 771-22-33"}) || !slices.Equal(p.Emails, []string{"anna@shop.example"}) {
		t.Errorf("%+v", p)
	}
	if p.OrdersCount != 2 || p.Site != rig.Sites[0].Code || p.SiteName != rig.Sites[0].Name || len(p.Currency) != 3 || !strings.Contains(p.URL, "://") {
		t.Errorf("%+v", p)
	}
	if age := time.Since(p.CreatedAt).Abs(); age > time.Hour {
		t.Errorf("made %s ago", age)
	}
	if p.Loyalty != (gateway.Loyalty{Level: "Золотой", Points: "1250.5", Active: true}) {
		t.Errorf("%+v", p.Loyalty)
	}
	boris := rig.NewCustomer(t, "Борис", "")
	if p, err := rig.Profiles.Profile(within(t), boris); err != nil || p.Loyalty != (gateway.Loyalty{}) || p.OrdersCount != 0 || len(p.Emails)+len(p.Phones) > 0 {
		t.Errorf("%+v, %v", p, err)
	}
	rig.DeleteCustomer(t, boris)
	for _, id := range []int64{boris, 99999999} {
		if _, err := rig.Profiles.Profile(within(t), id); device.KindOf(err) != device.NotFound {
			t.Errorf("card %d: %v", id, err)
		}
	}
}

func profileOfMerged(t *testing.T, rig *ProfilesRig) {
	first, second, third := rig.NewCustomer(t, "Анна", ""), rig.NewCustomer(t, "Аня", ""), rig.NewCustomer(t, "Анюта", "")
	o := rig.NewOrder(t, first, "", time.Now())
	rig.Merge(t, second, first)
	rig.Merge(t, third, second)
	for _, id := range []int64{first, second, third} {
		p, err := rig.Profiles.Profile(within(t), id)
		if err != nil || p.ID != third || p.OrdersCount != 1 {
			t.Errorf("card %d is %+v, %v", id, p, err)
		}
	}
	orders, total, err := rig.Profiles.ProfileOrders(within(t), third, 1)
	if err != nil || total != 1 || len(orders) != 1 || orders[0].ID != o || orders[0].Customer != third {
		t.Errorf("%+v, %d, %v", orders, total, err)
	}
}

func pagesOfOrders(t *testing.T, rig *ProfilesRig) {
	anna, boris := rig.NewCustomer(t, "Анна", ""), rig.NewCustomer(t, "Борис", "")
	var made []gateway.OrderID
	for i := range 45 {
		made = append(made, rig.NewOrder(t, anna, "", time.Now().Add(time.Duration(i-60)*time.Hour)))
		rig.NewOrder(t, boris, "", time.Now())
	}
	slices.Reverse(made)
	for page, want := range map[int][]gateway.OrderID{-1: made[:20], 0: made[:20], 1: made[:20], 2: made[20:40], 3: made[40:], 4: nil} {
		got, total, err := rig.Profiles.ProfileOrders(within(t), anna, page)
		var ids []gateway.OrderID
		for _, o := range got {
			ids = append(ids, o.ID)
			if o.Customer != anna {
				t.Errorf("an order of %d", o.Customer)
			}
		}
		if err != nil || total != 45 || !slices.Equal(ids, want) {
			t.Errorf("page %d: %v of %d, %v; want %v", page, ids, total, err, want)
		}
	}
	rig.DeleteOrder(t, made[0])
	if got, total, err := rig.Profiles.ProfileOrders(within(t), anna, 1); err != nil || total != 44 || got[0].ID != made[1] {
		t.Errorf("%d, %v", total, err)
	}
	for _, id := range []int64{rig.NewCustomer(t, "Вера", ""), 99999999} {
		if got, total, err := rig.Profiles.ProfileOrders(within(t), id, 1); err != nil || total != 0 || len(got) != 0 {
			t.Errorf("%v, %d, %v", got, total, err)
		}
	}
}

func flatCost(t *testing.T, rig *ProfilesRig) {
	few, many := rig.NewCustomer(t, "Анна", "anna@shop.example"), rig.NewCustomer(t, "Опт", "opt@shop.example")
	rig.NewOrder(t, few, "", time.Now())
	for range 300 {
		rig.NewOrder(t, many, "", time.Now())
	}
	cost := func(id int64, email string, page int) []int {
		t.Helper()
		var out []int
		for _, do := range []func() error{
			func() error { _, err := rig.Profiles.ProfilesBy(within(t), email, ""); return err },
			func() error { _, err := rig.Profiles.Profile(within(t), id); return err },
			func() error { _, _, err := rig.Profiles.ProfileOrders(within(t), id, page); return err },
			func() error { _, err := rig.Profiles.ProfileEntries(within(t), id); return err },
		} {
			before := rig.Requests(t)
			if err := do(); err != nil {
				t.Fatal(err)
			}
			out = append(out, rig.Requests(t)-before)
		}
		return out
	}
	cost(few, "anna@shop.example", 1) // what is read once and for all
	one, other := cost(few, "anna@shop.example", 1), cost(many, "opt@shop.example", 11)
	if !slices.Equal(one, other) || one[2] != 1 {
		t.Errorf("requests for one order %v, for 300 %v", one, other)
	}
}

func tellsOrder(t *testing.T, rig *ProfilesRig) {
	anna := rig.NewCustomer(t, "Анна", "")
	at := time.Now().Add(-3 * time.Hour).Truncate(time.Second)
	id := rig.NewOrder(t, anna, "SN-771", at)
	o, err := rig.Profiles.ProfileOrder(within(t), id)
	if err != nil {
		t.Fatal(err)
	}
	if o.ID != id || o.Number != "SN-771" || o.Customer != anna || !o.CreatedAt.Equal(at) || o.StatusName == "" || o.Group == "" || o.GroupName == "" || !o.Open() {
		t.Errorf("%+v", o)
	}
	if !strings.Contains(o.Total, ".") || len(o.Currency) != 3 || !strings.Contains(o.URL, "://") {
		t.Errorf("%+v", o)
	}
	// The same wherever it is read.
	list, _, err := rig.Profiles.ProfileOrders(within(t), anna, 1)
	if err != nil || len(list) != 1 || fmt.Sprintf("%+v", list[0]) != fmt.Sprintf("%+v", o) {
		t.Errorf("%+v, %v; alone it is %+v", list, err, o)
	}
	second := rig.NewOrder(t, 0, "SN-771", time.Now())
	rig.NewOrder(t, 0, "SN-7712", time.Now())
	for _, number := range []string{"SN-771", " #SN-771 "} {
		got, err := rig.Profiles.OrdersByNumber(within(t), number)
		if err != nil || len(got) != 2 || got[0].ID != second || got[1].ID != id {
			t.Errorf("%q: %+v, %v", number, got, err)
		}
	}
	for _, number := range []string{"", "#", "SN-77", "nothing"} {
		if got, err := rig.Profiles.OrdersByNumber(within(t), number); err != nil || len(got) != 0 {
			t.Errorf("%q: %+v, %v", number, got, err)
		}
	}
	rig.DeleteOrder(t, id)
	for _, id := range []gateway.OrderID{id, 99999999} {
		if _, err := rig.Profiles.ProfileOrder(within(t), id); device.KindOf(err) != device.NotFound {
			t.Errorf("order %d: %v", id, err)
		}
	}
}

func tellsEntries(t *testing.T, rig *ProfilesRig) {
	anna, other := rig.NewCustomer(t, "Анна", "", "+79167712233"), rig.NewCustomer(t, "Анна", "", "+79167712233")
	if got, err := rig.Profiles.ProfileEntries(within(t), anna); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	base := time.Now().Add(-48 * time.Hour).Truncate(time.Second)
	for i := range 25 {
		rig.Note(t, anna, fmt.Sprint("Заметка ", i), base.Add(time.Duration(2*i)*time.Minute))
		rig.Task(t, anna, fmt.Sprint("Задача ", i), i%2 == 0, base.Add(time.Duration(2*i+1)*time.Minute))
		rig.Note(t, other, "О другой", base.Add(time.Hour))
		rig.Task(t, other, "О другой", false, base.Add(time.Hour))
	}
	got, err := rig.Again(t).ProfileEntries(within(t), anna)
	if err != nil || len(got) != 40 {
		t.Fatalf("%d entries, %v", len(got), err)
	}
	for i, e := range got {
		kind, text, at := "task", fmt.Sprint("Задача ", 24-i/2), base.Add(time.Duration(49-i)*time.Minute)
		if i%2 == 1 {
			kind, text = "note", fmt.Sprint("Заметка ", 24-i/2)
		}
		if e.Kind != kind || e.Text != text || !e.At.Equal(at) || e.Done != (kind == "task" && (24-i/2)%2 == 0) {
			t.Errorf("%d: %+v", i, e)
		}
	}
	rig.DeleteCustomer(t, other)
	if _, err := rig.Again(t).ProfileEntries(within(t), other); device.KindOf(err) != device.NotFound {
		t.Errorf("of a card that is gone: %v", err)
	}
}

func samples(t *testing.T, rig *ProfilesRig) {
	from := time.Now().Add(-1000 * 24 * time.Hour).Truncate(time.Second)
	anna, boris, vera := rig.NewCustomer(t, "Анна", "anna@shop.example"), rig.NewCustomer(t, "Борис", ""), rig.NewCustomer(t, "Вера", "")
	for i := range 3 {
		rig.NewOrder(t, anna, "", from.Add(time.Duration(i)*time.Hour))
		rig.NewOrder(t, boris, "", from.Add(time.Duration(i)*time.Hour))
		rig.NewOrder(t, 0, "", from.Add(time.Duration(i)*time.Hour))
	}
	rig.NewOrder(t, vera, "", from.Add(100*time.Hour))
	for i, test := range [][2]int{{50, 2}, {0, 0}, {1, 1}, {2, 2}, {50, 2}} {
		n, want := test[0], test[1]
		before := rig.Requests(t)
		got, err := rig.Profiles.SampleCustomers(within(t), from, from.Add(10*time.Hour), n)
		if err != nil || len(got) != want {
			t.Errorf("%d of %d, %v", len(got), n, err)
		}
		for _, p := range got {
			if p.ID != anna && p.ID != boris || p.ID == anna && !slices.Equal(p.Emails, []string{"anna@shop.example"}) {
				t.Errorf("%+v", p)
			}
		}
		if asked := rig.Requests(t) - before; i > 0 && asked > 2 {
			t.Errorf("%d requests", asked)
		}
	}
	if got, err := rig.Profiles.SampleCustomers(within(t), from.Add(-10*time.Hour), from.Add(-time.Hour), 5); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// touchedAfter reads the customers' history to its end.
func touchedAfter(t *testing.T, p gateway.Profiles, after int64) (ids []int64, next int64) {
	t.Helper()
	for range 50 {
		some, next, more, err := p.TouchedCustomers(within(t), after)
		if err != nil {
			t.Fatal(err)
		}
		if more && next <= after {
			t.Fatalf("more after %d, but the cursor stays", after)
		}
		ids, after = append(ids, some...), next
		if !more {
			return ids, after
		}
	}
	t.Fatal("the history has no end")
	return nil, 0
}

func tellsTouched(t *testing.T, rig *ProfilesRig) {
	anna, boris, vera := rig.NewCustomer(t, "Анна", ""), rig.NewCustomer(t, "Борис", ""), rig.NewCustomer(t, "Вера", "")
	ids, cursor, more, err := rig.Profiles.TouchedCustomers(within(t), 0)
	if err != nil || len(ids) > 0 || more || cursor <= 0 {
		t.Fatalf("the beginning: %v, %d, %v, %v", ids, cursor, more, err)
	}
	if ids, next := touchedAfter(t, rig.Profiles, cursor); len(ids) > 0 || next != cursor {
		t.Errorf("nothing happened, but %v (%d)", ids, next)
	}
	rig.Touch(t, boris)
	ids, next := touchedAfter(t, rig.Again(t), cursor)
	if !slices.Equal(ids, []int64{boris}) || next <= cursor {
		t.Errorf("%v (%d)", ids, next)
	}
	again, _ := touchedAfter(t, rig.Profiles, cursor) // the cursor was not saved
	if !slices.Equal(again, ids) {
		t.Errorf("the second time %v", again)
	}
	rig.Merge(t, anna, vera)
	if ids, _ := touchedAfter(t, rig.Profiles, next); !slices.Contains(ids, anna) || !slices.Contains(ids, vera) || slices.Contains(ids, boris) {
		t.Errorf("%d went into %d, told are %v", vera, anna, ids)
	}
	var made []int64
	for range 230 {
		made = append(made, rig.NewCustomer(t, "Новый", ""))
	}
	ids, _ = touchedAfter(t, rig.Profiles, next)
	for _, id := range made {
		if !slices.Contains(ids, id) {
			t.Fatalf("%d is not told", id)
		}
	}
}

// someone is a card to make.
func someone(external string) gateway.NewCustomer {
	return gateway.NewCustomer{ExternalID: external, First: "Анна", Last: "Климова", Email: "anna@shop.example", Phone: "+79167712233", Note: "Обращение KTR-771"}
}

func makesOnce(t *testing.T, rig *ProfilesRig) {
	before := rig.Cards(t)
	id, existed, err := rig.Profiles.MakeCustomer(within(t), someone("hde-1"))
	if err != nil || existed || id == 0 {
		t.Fatalf("%d, %v, %v", id, existed, err)
	}
	again := someone("hde-1")
	again.Note = "Ещё одно обращение"
	same, existed, err := rig.Again(t).MakeCustomer(within(t), again)
	if err != nil || !existed || same != id {
		t.Errorf("again: %d, %v, %v", same, existed, err)
	}
	p, err := rig.Profiles.Profile(within(t), id)
	if err != nil || p.ExternalID != "hde-1" || !slices.Equal(p.Emails, []string{"anna@shop.example"}) || p.Site != rig.Sites[0].Code {
		t.Errorf("%+v, %v", p, err)
	}
	wantProfiles(t, rig.Profiles, "", "+79167712233", id)
	if notes := rig.Notes(t, id); len(notes) != 1 || notes[0] != "Обращение KTR-771" || rig.Cards(t) != before+1 {
		t.Errorf("notes %q, %d cards", notes, rig.Cards(t)-before)
	}
	stranger := someone("hde-1")
	stranger.Email, stranger.Phone = "boris@shop.example", "+79167712299"
	if got, _, err := rig.Again(t).MakeCustomer(within(t), stranger); device.KindOf(err) != device.Conflict || got != 0 {
		t.Errorf("somebody else's card: %d, %v", got, err)
	}
	moved := someone("hde-1") // one of the two is enough
	moved.Email = "anna@new.example"
	if got, _, err := rig.Again(t).MakeCustomer(within(t), moved); err != nil || got != id {
		t.Errorf("with another e-mail: %d, %v", got, err)
	}
	other, existed, err := rig.Profiles.MakeCustomer(within(t), gateway.NewCustomer{ExternalID: "hde-2", Phone: "+79167712244", Site: rig.Sites[0].Code})
	if err != nil || existed || other == id || len(rig.Notes(t, other)) != 0 {
		t.Errorf("another: %d, %v, %v", other, existed, err)
	}
}

func makesOnceWhenLost(t *testing.T, rig *ProfilesRig) {
	before := rig.Cards(t)
	rig.SwallowWrite(t)
	id, existed, err := rig.Profiles.MakeCustomer(within(t), someone("hde-1"))
	if device.KindOf(err) == device.Uncertain {
		id, existed, err = rig.Again(t).MakeCustomer(within(t), someone("hde-1"))
	}
	if err != nil || !existed || id == 0 {
		t.Fatalf("%d, %v, %v", id, existed, err)
	}
	same, existed, err := rig.Again(t).MakeCustomer(within(t), someone("hde-1"))
	if err != nil || !existed || same != id {
		t.Errorf("again: %d, %v, %v", same, existed, err)
	}
	if notes := rig.Notes(t, id); rig.Cards(t) != before+1 || len(notes) != 1 {
		t.Errorf("%d cards, notes %q", rig.Cards(t)-before, notes)
	}
}

func makesNothing(t *testing.T, rig *ProfilesRig) {
	before := rig.Writes(t)
	for what, n := range map[string]gateway.NewCustomer{
		"no external id": {First: "Анна"}, "nothing but the id": {ExternalID: "hde-1"}, "a slash": {ExternalID: "a/b", First: "Анна"},
	} {
		if _, _, err := rig.Profiles.MakeCustomer(within(t), n); device.KindOf(err) != device.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	if after := rig.Writes(t); after != before {
		t.Errorf("%d writes", after-before)
	}
	n := someone("hde-1")
	n.Site = "no-such-shop"
	if _, _, err := rig.Profiles.MakeCustomer(within(t), n); device.KindOf(err) != device.Refused {
		t.Errorf("in a shop that is not there: %v", err)
	}
}

func knowsSites(t *testing.T, rig *ProfilesRig) {
	got, err := rig.Profiles.Sites(within(t))
	if err != nil || !slices.Equal(got, rig.Sites) {
		t.Errorf("%+v, %v; want %+v", got, err, rig.Sites)
	}
}

// callProfiles calls every method once.
func callProfiles(ctx context.Context, p gateway.Profiles, customer int64, order gateway.OrderID) map[string]error {
	errs := map[string]error{}
	_, errs["cards of an address"] = p.ProfilesBy(ctx, "anna@shop.example", "")
	_, errs["cards of a number"] = p.ProfilesBy(ctx, "", "+79167712233")
	_, errs["card"] = p.Profile(ctx, customer)
	_, _, errs["orders"] = p.ProfileOrders(ctx, customer, 1)
	_, errs["entries"] = p.ProfileEntries(ctx, customer)
	_, errs["order"] = p.ProfileOrder(ctx, order)
	_, errs["orders by number"] = p.OrdersByNumber(ctx, "SN-771")
	_, errs["sample"] = p.SampleCustomers(ctx, time.Now().Add(-time.Hour), time.Now(), 5)
	_, _, _, errs["first touched"] = p.TouchedCustomers(ctx, 0)
	_, _, _, errs["touched"] = p.TouchedCustomers(ctx, 1)
	_, _, errs["new card"] = p.MakeCustomer(ctx, someone("hde-1"))
	_, errs["sites"] = p.Sites(ctx)
	return errs
}

func profilesAway(t *testing.T, rig *ProfilesRig) {
	anna := rig.NewCustomer(t, "Анна", "anna@shop.example", "+79167712233")
	o := rig.NewOrder(t, anna, "SN-771", time.Now())
	rig.Cut(t)
	for what, err := range callProfiles(within(t), rig.Profiles, anna, o) {
		if k := device.KindOf(err); k != device.Unavailable && (what != "new card" || k != device.Uncertain) {
			t.Errorf("%s while the system is away: %v", what, err)
		}
	}
	rig.Mend(t)
	for what, err := range callProfiles(within(t), rig.Profiles, anna, o) {
		if err != nil {
			t.Errorf("%s after it came back: %v", what, err)
		}
	}
}

func profilesObey(t *testing.T, rig *ProfilesRig) {
	anna := rig.NewCustomer(t, "Анна", "anna@shop.example", "+79167712233")
	o := rig.NewOrder(t, anna, "SN-771", time.Now())
	before := rig.Writes(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for what, err := range callProfiles(ctx, rig.Profiles, anna, o) {
		if err == nil {
			t.Errorf("%s for a caller who has gone", what)
		}
	}
	if after := rig.Writes(t); after != before {
		t.Errorf("%d writes for a caller who has gone", after-before)
	}
}
