package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
)

// KeptCard is a card for a test.
func KeptCard(customer int64, email string, phones ...device.Phone) card.Kept {
	k := card.Kept{
		Profile: gateway.Profile{
			Customer: gateway.Customer{ID: customer, Name: "Анна Ёлкина", VIP: true, URL: "https://shop.retailcrm.ru/customers/" + fmt.Sprint(customer)},
			Site:     "main", OrdersCount: 2, Total: "184300.00", Currency: "RUB", CreatedAt: noon,
		},
		Phones:  phones,
		Orders:  []gateway.ProfileOrder{{ID: gateway.OrderID(customer * 10), Number: "5123А", Customer: customer, Items: []gateway.ProfileItem{{Name: "Чайник", Quantity: "1"}}}},
		Total:   2,
		Entries: []gateway.ProfileEntry{{Kind: "note", At: noon, Text: "Звонила"}},
		AsOf:    noon,
	}
	if email != "" {
		k.Profile.Emails = []string{email}
	}
	return k
}

func saveCards(t testing.TB, l Ledger, cards ...card.Kept) {
	t.Helper()
	for _, k := range cards {
		must(t, l.SaveCard(context.Background(), k))
	}
}

func profileIDs(list []gateway.Profile) []int64 {
	var ids []int64
	for _, p := range list {
		ids = append(ids, p.ID)
	}
	return ids
}

func keepsCards(t *testing.T, l Ledger) {
	ctx := context.Background()
	_, err := l.Card(ctx, 5)
	wantKind(t, err, device.NotFound)
	wantKind(t, l.SaveCard(ctx, card.Kept{AsOf: noon}), device.Invalid)
	first := KeptCard(5, "Anna@Example.com", anna, boris)
	saveCards(t, l, first, KeptCard(6, "anna@example.com", boris), KeptCard(7, ""))
	for range 2 {
		got, err := l.Card(ctx, 5)
		must(t, err)
		if diff := cmp.Diff(first, got); diff != "" {
			t.Fatal(diff)
		}
		saveCards(t, l, first)
	}
	find := func(email string, phone device.Phone, want ...int64) {
		t.Helper()
		list, err := l.CardsOf(ctx, email, phone)
		must(t, err)
		if diff := cmp.Diff(want, profileIDs(list)); diff != "" {
			t.Fatal(diff)
		}
	}
	find("anna@example.com", "", 5, 6)
	find("ANNA@example.com ", "", 5, 6)
	find("", boris, 5, 6)
	find("", anna, 5)
	find("", "")
	find("nobody@example.com", "")
	ids, err := l.CardsByOrder(ctx, []gateway.OrderID{70, 60, 1})
	must(t, err)
	if diff := cmp.Diff([]int64{6, 7}, ids); diff != "" {
		t.Fatal(diff)
	}
	must(t, l.Outdate(ctx, []int64{5, 99}, noon.Add(time.Minute)))
	must(t, l.Outdate(ctx, []int64{5}, noon.Add(time.Hour)))
	if got, err := l.Card(ctx, 5); err != nil || !got.OldAt.Equal(noon.Add(time.Minute)) {
		t.Fatalf("old since %s, %v", got.OldAt, err)
	}
	// Other numbers, other orders: the former ones lead nowhere any more.
	next := KeptCard(5, "new@example.com", "+79990000001")
	next.AsOf, next.Orders, next.Total = noon.Add(time.Hour), nil, 0
	saveCards(t, l, next)
	find("anna@example.com", "", 6)
	find("new@example.com", "", 5)
	find("", boris, 6)
	if ids, err := l.CardsByOrder(ctx, []gateway.OrderID{50}); err != nil || len(ids) != 0 {
		t.Fatal(ids, err)
	}
	got, err := l.Card(ctx, 5)
	must(t, err)
	if diff := cmp.Diff(next, got); diff != "" {
		t.Fatal(diff)
	}
	cursor, err := l.CardCursor(ctx)
	if must(t, err); cursor != 0 {
		t.Fatal(cursor)
	}
	must(t, l.SaveCardCursor(ctx, 17))
	if cursor, err = l.CardCursor(ctx); err != nil || cursor != 17 {
		t.Fatal(cursor, err)
	}
}

func givesOldCards(t *testing.T, l Ledger) {
	ctx := context.Background()
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for id := int64(1); id <= 6; id++ {
		saveCards(t, l, KeptCard(id, ""))
	}
	must(t, l.Seen(ctx, 1, "olga", 0, at(10)))
	must(t, l.Seen(ctx, 2, "olga", 0, at(20)))
	must(t, l.Seen(ctx, 3, "olga", 0, at(30)))
	must(t, l.Seen(ctx, 4, "olga", 0, at(-60)))
	see(t, l, "1", Ticket(100))
	ticket := kept(t, l, 100)
	ticket.Customer, ticket.Found = 5, card.FoundOne
	must(t, l.KeepTicket(ctx, ticket, nil, nil))
	want := func(readBefore, seenSince time.Time, limit int, want ...int64) {
		t.Helper()
		got, err := l.OldCards(ctx, readBefore, seenSince, limit)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
	want(at(0), at(0), 9) // read at noon, none is old
	want(at(1), at(0), 9, 3, 2, 1, 5)
	want(at(1), at(0), 2, 3, 2)
	want(at(1), at(-90), 9, 3, 2, 1, 4, 5)
	must(t, l.Outdate(ctx, []int64{2, 5, 6}, at(5)))
	want(at(0), at(0), 9, 2, 5)
	ticket.Open = false
	must(t, l.KeepTicket(ctx, ticket, nil, nil))
	want(at(0), at(0), 9, 2)
}

func notesLooks(t *testing.T, l Ledger) {
	ctx := context.Background()
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	must(t, l.Seen(ctx, 5, "olga", 100, at(0)))
	must(t, l.Seen(ctx, 5, "olga", 100, at(3))) // the page renews itself
	must(t, l.Seen(ctx, 5, "petr", 100, at(4)))
	must(t, l.Seen(ctx, 5, "olga", 101, at(5)))
	must(t, l.Seen(ctx, 5, "olga", 100, at(11)))
	must(t, l.Seen(ctx, 6, "olga", 0, at(12)))
	looks, err := l.CardLooks(ctx, 5, 9)
	must(t, err)
	want := []card.Look{{At: at(11), By: "olga", Ticket: 100}, {At: at(5), By: "olga", Ticket: 101}, {At: at(4), By: "petr", Ticket: 100}, {At: at(0), By: "olga", Ticket: 100}}
	if diff := cmp.Diff(want, looks); diff != "" {
		t.Fatal(diff)
	}
}

func remembersChoices(t *testing.T, l Ledger) {
	ctx := context.Background()
	want := func(customer int64) {
		t.Helper()
		got, err := l.Chosen(ctx, 77)
		if must(t, err); got != customer {
			t.Fatalf("chosen %d, want %d", got, customer)
		}
	}
	want(0)
	wantKind(t, l.Choose(ctx, 0, 5, "olga", noon), device.Invalid)
	must(t, l.Choose(ctx, 77, 5, "olga", noon))
	want(5)
	must(t, l.Choose(ctx, 77, 6, "petr", noon))
	want(6)
	must(t, l.Choose(ctx, 77, 0, "petr", noon))
	want(0)
}

func tellsOwnLines(t *testing.T, l Ledger) {
	ctx := context.Background()
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	hear(t, l, whatsApp("1", anna, annaLID, "где заказ?", at(1)))
	id := pending(t, l)
	c, h := next(t, l, id)
	a := Seen(c, h.ID)
	a.Decisions = []gateway.Decision{Text(c, "reply/1", "В пути", at(2))}
	a.Marks = []gateway.Mark{{About: "courier", Mark: 4, Courier: "Пётр", OrderNumber: "5123А", Order: 50, Customer: 5, Comment: "хорошо", At: at(4)}}
	reply := answer(t, l, a)[0].MessageID
	hear(t, l, byHand("2", anna, "сейчас посмотрю", at(3)))
	order := Draft("rule/1/order/50", anna)
	order.Order, order.OrderNumber, order.CreatedAt = 50, "5123А", at(5)
	news := Enqueue(t, l, order)
	hear(t, l, inChat("3", "57", "и тут", at(6)), event("4", "57", device.TalkClosed, at(7)))
	strangers, err := l.Strangers(ctx, at(60), 1)
	must(t, err)
	must(t, l.KeepPerson(ctx, strangers[0].ID, 5, "", at(6)))
	stranger := Draft("k", boris)
	Enqueue(t, l, stranger)
	_, err = l.SaveChanges(ctx, []gateway.StatusChange{
		{HistoryID: 1, Order: 50, To: "new", At: at(-10)}, {HistoryID: 2, Order: 50, To: "ready", At: at(8)}, {HistoryID: 3, Order: 51, To: "ready", At: at(9)},
	}, gateway.Cursor{SinceID: 3})
	must(t, err)
	see(t, l, "1", Ticket(100))
	ticket := kept(t, l, 100)
	ticket.Customer, ticket.Found = 5, card.FoundOne
	must(t, l.KeepTicket(ctx, ticket, nil, nil))

	lines, err := l.OwnLines(ctx, 5, []device.Phone{anna, ""}, []gateway.OrderID{50}, 30)
	must(t, err)
	want := []card.Line{
		{At: at(8), Kind: card.LineStatus, OrderID: 50, Text: "ready"},
		{At: at(6), Kind: card.LineTalk, From: gateway.TalkCustomer, Channel: "telegram", Text: "и тут"},
		{At: at(5), Kind: card.LineTalk, From: gateway.TalkOrder, Channel: "whatsapp", Text: "Заказ готов", Message: news, State: gateway.Queued, Order: "5123А", OrderID: 50},
		{At: at(4), Kind: card.LineMark, From: gateway.TalkCustomer, About: "courier", Mark: 4, Text: "хорошо", By: "Пётр", Order: "5123А", OrderID: 50},
		{At: at(3), Kind: card.LineTalk, From: gateway.TalkPerson, Channel: "whatsapp", Text: "сейчас посмотрю", By: "Магазин"},
		{At: at(2), Kind: card.LineTalk, From: gateway.TalkBot, Channel: "whatsapp", Text: "В пути", Message: reply, State: gateway.Queued},
		{At: at(1), Kind: card.LineTalk, From: gateway.TalkCustomer, Channel: "whatsapp", Text: "где заказ?"},
		{At: ticket.FirstSeen, Kind: card.LineTicket, Text: ticket.Title, Ticket: 100, Number: "KTR-100", URL: ticket.URL},
		{At: at(-10), Kind: card.LineStatus, OrderID: 50, Text: "new"},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Fatal(diff)
	}
	if lines, err = l.OwnLines(ctx, 5, []device.Phone{anna}, nil, 3); err != nil || len(lines) != 3 || lines[1].Text != "Заказ готов" {
		t.Fatalf("%+v, %v", lines, err)
	}
	if lines, err = l.OwnLines(ctx, 0, nil, nil, 30); err != nil || len(lines) != 0 {
		t.Fatalf("lines of nobody: %+v, %v", lines, err)
	}
	for _, limit := range []int{0, 51} {
		_, err = l.OwnLines(ctx, 5, nil, nil, limit)
		wantKind(t, err, device.Invalid)
	}
	shop, courier, err := l.OwnMarks(ctx, 5)
	if must(t, err); shop != 0 || courier != 4 {
		t.Fatal(shop, courier)
	}
}

// ticketOf is a kept ticket of a customer, with all that is known of him.
func ticketOf(t testing.TB, l Ledger, id gateway.TicketID, customer int64, closed time.Time) support.Ticket {
	t.Helper()
	see(t, l, fmt.Sprint(id), Ticket(id))
	k := kept(t, l, id)
	k.Customer, k.Found, k.By, k.Numbers = customer, card.FoundOne, "email", []string{"5123А"}
	k.Person = gateway.Requester{ID: k.Requester, Name: "Анна Ёлкина", Phone: "8 912 345-67-89"}
	k.Candidates = []card.Candidate{{Customer: customer, Name: "Анна Ёлкина"}}
	k.DueAt = time.Time{}
	k.Topic, k.Open, k.ClosedAt = "where", closed.IsZero(), closed
	must(t, l.KeepTicket(context.Background(), k, []support.Event{{At: noon, Reason: gateway.FromPerson, Args: gateway.Args{"user": "Анна"}}}, nil))
	must(t, l.KeepRequester(context.Background(), k.Person, noon))
	return kept(t, l, id)
}

func followsCards(t *testing.T, l Ledger) {
	ctx := context.Background()
	saveCards(t, l, KeptCard(5, "anna@example.com", anna), KeptCard(6, "anna@example.com"))
	ticketOf(t, l, 100, 5, time.Time{})
	ticketOf(t, l, 101, 5, noon)
	must(t, l.Seen(ctx, 5, "olga", 100, noon))
	must(t, l.Choose(ctx, 77, 5, "olga", noon))
	must(t, l.KeepPair(ctx, support.Pair{Ticket: 90, Customer: 5, ClosedAt: noon}))
	c, err := l.OpenConversation(ctx, device.WhatsApp, anna, "Анна")
	must(t, err)
	must(t, l.KeepPerson(ctx, c.ID, 5, "", noon))
	wantKind(t, l.MergeCard(ctx, 5, 5), device.Invalid)
	must(t, l.MergeCard(ctx, 5, 6))
	_, err = l.Card(ctx, 5)
	wantKind(t, err, device.NotFound)
	pairs, err := l.Pairs(ctx, noon)
	must(t, err)
	chosen, err := l.Chosen(ctx, 77)
	must(t, err)
	looks, err := l.CardLooks(ctx, 6, 9)
	must(t, err)
	old, err := l.OldCards(ctx, noon.Add(time.Hour), noon, 9)
	must(t, err)
	if kept(t, l, 100).Customer != 6 || kept(t, l, 101).Customer != 6 || pairs[0].Customer != 6 || chosen != 6 || len(looks) != 1 || talk(t, l, c.ID).Customer != 6 || len(old) != 1 {
		t.Fatal(kept(t, l, 100), pairs, chosen, looks, old)
	}
	// It is gone, and whoever asks has to be looked for again.
	must(t, l.DropCard(ctx, 6, noon.Add(time.Hour)))
	_, err = l.Card(ctx, 6)
	wantKind(t, err, device.NotFound)
	if chosen, err = l.Chosen(ctx, 77); err != nil || chosen != 0 {
		t.Fatal(chosen, err)
	}
	for id, due := range map[gateway.TicketID]time.Time{100: noon.Add(time.Hour), 101: {}} {
		if k := kept(t, l, id); k.Customer != 0 || k.Found != "" || k.Name != "Анна" || !k.DueAt.Equal(due) {
			t.Fatalf("%+v", k)
		}
	}
	if looks, err = l.CardLooks(ctx, 6, 9); err != nil || len(looks) != 1 {
		t.Fatal(looks, err)
	}
	// What marks a card as old while it is being read stays.
	k := KeptCard(7, "")
	saveCards(t, l, k)
	must(t, l.Outdate(ctx, []int64{7}, noon.Add(time.Minute)))
	k.AsOf = noon.Add(30 * time.Second)
	saveCards(t, l, k)
	if got, err := l.Card(ctx, 7); err != nil || !got.OldAt.Equal(noon.Add(time.Minute)) || !got.AsOf.Equal(k.AsOf) {
		t.Fatalf("%+v, %v", got, err)
	}
}

func erasesCustomers(t *testing.T, l Ledger) {
	ctx := context.Background()
	saveCards(t, l, KeptCard(5, "anna@example.com", anna), KeptCard(6, "boris@example.com", boris))
	stale := ticketOf(t, l, 100, 5, time.Time{})
	stale.Filled = map[string][]string{"32": {"Анна"}}
	must(t, l.KeepTicket(ctx, stale, nil, nil))
	other := ticketOf(t, l, 101, 6, time.Time{})
	must(t, l.Seen(ctx, 5, "olga", 100, noon))
	must(t, l.Choose(ctx, 1100, 5, "olga", noon))
	must(t, l.Choose(ctx, 78, 5, "olga", noon))
	must(t, l.KeepPair(ctx, support.Pair{Ticket: 90, Customer: 5, ClosedAt: noon}))
	for range 2 {
		must(t, l.EraseCard(ctx, 5))
	}
	// What was being done about his ticket does not bring him back.
	must(t, l.KeepTicket(ctx, stale, []support.Event{{At: noon, Reason: gateway.FromPerson, Args: gateway.Args{"user": "Анна"}}}, nil))
	_, err := l.Card(ctx, 5)
	wantKind(t, err, device.NotFound)
	if list, err := l.CardsOf(ctx, "anna@example.com", ""); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
	looks, err := l.CardLooks(ctx, 5, 9)
	must(t, err)
	chosen, err := l.Chosen(ctx, 78)
	must(t, err)
	pairs, err := l.Pairs(ctx, time.Time{})
	must(t, err)
	if len(looks) != 0 || chosen != 0 || len(pairs) != 1 || pairs[0].Customer != 0 {
		t.Fatal(looks, chosen, pairs)
	}
	got := kept(t, l, 100)
	if got.Customer != 0 || got.Found != "" || got.Name != "" || got.Email != "" || got.Title != "" || got.Requester != 0 || got.Person != (gateway.Requester{}) || got.Candidates != nil || got.Filled != nil || got.Numbers != nil || got.Number != "KTR-100" || got.Topic != "where" {
		t.Fatalf("%+v", got)
	}
	if events, err := l.TicketEvents(ctx, 100); err != nil || len(events) != 0 {
		t.Fatal(events, err)
	}
	if _, at, err := l.Person(ctx, 1100); err != nil || !at.IsZero() {
		t.Fatal(at, err)
	}
	if list, err := l.Tickets(ctx, support.TicketFilter{Search: "анна"}); err != nil || len(list) != 1 || list[0].ID != 101 {
		t.Fatal(list, err)
	}
	if diff := cmp.Diff(other, kept(t, l, 101)); diff != "" {
		t.Fatal(diff)
	}
	// Looks that overlap bring it back only when something happens there.
	if due := see(t, l, "x", Ticket(100)); len(due) != 0 || kept(t, l, 100).Name != "" {
		t.Fatal(due)
	}
	again := Ticket(100)
	again.Updated = "2026-03-10 10:00:00"
	if due := see(t, l, "y", again); len(due) != 1 || kept(t, l, 100).Name == "" {
		t.Fatal(due)
	}
}

func erasesThePast(t *testing.T, l Ledger) {
	ctx := context.Background()
	past := noon.AddDate(0, 0, 1) // what was kept at noon is before it
	cards := func() (ids []int64) {
		for id := int64(1); id < 9; id++ {
			if _, err := l.Card(ctx, id); err == nil {
				ids = append(ids, id)
			}
		}
		return ids
	}
	for id := int64(1); id <= 5; id++ {
		saveCards(t, l, KeptCard(id, "", anna))
	}
	must(t, l.Seen(ctx, 2, "olga", 0, past.Add(time.Hour)))
	must(t, l.Seen(ctx, 5, "olga", 0, past.Add(-time.Hour)))
	ticketOf(t, l, 100, 3, time.Time{})
	ticketOf(t, l, 101, 4, past.Add(time.Hour))
	ticketOf(t, l, 102, 5, past.Add(-time.Hour))
	unknown := ticketOf(t, l, 103, 0, past.Add(-time.Hour))
	must(t, l.Choose(ctx, unknown.Requester, 5, "olga", noon))
	total := 0
	for range 3 {
		n, err := l.EraseCards(ctx, past)
		must(t, err)
		total += n
	}
	if diff := cmp.Diff([]int64{2, 3, 4}, cards()); diff != "" || total != 2 {
		t.Fatalf("%d erased\n%s", total, diff)
	}
	for id, want := range map[gateway.TicketID]string{100: "Анна", 101: "Анна", 102: "", 103: ""} {
		if got := kept(t, l, id); got.Name != want || (got.Person.Name == "") != (want == "") {
			t.Fatalf("%+v", got)
		}
	}
	for id, want := range map[int64]bool{1100: true, 1101: true, 1102: false, 1103: false} {
		if _, at, err := l.Person(ctx, id); err != nil || at.IsZero() == want {
			t.Fatalf("user %d: %s, %v", id, at, err)
		}
	}
	if looks, err := l.CardLooks(ctx, 2, 9); err != nil || len(looks) != 1 {
		t.Fatal(looks, err)
	}
}
