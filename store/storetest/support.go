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

// Ticket is what a helpdesk says of a ticket, for a test.
func Ticket(id gateway.TicketID) gateway.Ticket {
	return gateway.Ticket{
		ID: id, Number: fmt.Sprintf("KTR-%d", id), Title: "Где заказ?", Source: "email", Status: "open", Priority: "2", Requester: 1000 + int64(id), Name: "Анна",
		Email: "anna@example.com", Created: "2026-03-09 14:30:00", Updated: "2026-03-09 14:33:00", Fields: map[string]string{"31": "5123А"}, URL: "https://shop.helpdeskeddy.com/ticket/" + fmt.Sprint(id),
	}
}

// see shows tickets to the ledger at noon.
func see(t testing.TB, l Ledger, cursor string, seen ...gateway.Ticket) []gateway.TicketID {
	t.Helper()
	due, err := l.SeeTickets(context.Background(), seen, cursor, noon)
	must(t, err)
	return due
}

func kept(t testing.TB, l Ledger, id gateway.TicketID) support.Ticket {
	t.Helper()
	k, err := l.Ticket(context.Background(), id)
	must(t, err)
	return k
}

func seesTickets(t *testing.T, l Ledger) {
	ctx := context.Background()
	_, err := l.Ticket(ctx, 100)
	wantKind(t, err, device.NotFound)
	gone := Ticket(102)
	gone.Deleted = true
	if diff := cmp.Diff([]gateway.TicketID{100, 101, 102}, see(t, l, "a", Ticket(100), Ticket(101), gone, Ticket(100))); diff != "" {
		t.Fatal(diff)
	}
	want := support.Ticket{Ticket: Ticket(100), Seen: 1, FirstSeen: noon, ChangedAt: noon, Open: true, DueAt: noon}
	if diff := cmp.Diff(want, kept(t, l, 100)); diff != "" {
		t.Fatal(diff)
	}
	if k := kept(t, l, 102); k.Open || k.ClosedAt.IsZero() {
		t.Fatalf("%+v", k)
	}
	// The same again is no news.
	if due := see(t, l, "b", Ticket(100), Ticket(101), gone); len(due) != 0 {
		t.Fatal(due)
	}
	for _, newest := range []string{"", "2026-03-09 14:35:00", "2026-03-10 14:35:00"} {
		begun, at, err := l.TicketsBegun(ctx)
		if err != nil || begun != min(newest, "2026-03-09 14:35:00") || begun != "" && !at.Equal(noon) {
			t.Error(begun, at, err)
		}
		must(t, l.BeginTickets(ctx, max(newest, "2026-03-09 14:35:00"), noon.Add(time.Duration(len(newest))*time.Hour)))
	}
	if cursor, err := l.TicketCursor(ctx); err != nil || cursor != "b" {
		t.Fatal(cursor, err)
	}
	// Our own write is none, but what it says is kept.
	k := kept(t, l, 100)
	k.Written, k.DueAt = "2026-03-09 14:35:00", time.Time{}
	must(t, l.KeepTicket(ctx, k, nil, nil))
	own := Ticket(100)
	own.Updated, own.Priority = k.Written, "1"
	if due := see(t, l, "b", own); len(due) != 0 {
		t.Fatal(due)
	}
	if k = kept(t, l, 100); k.Priority != "1" || !k.DueAt.IsZero() || k.Seen != 1 {
		t.Fatalf("%+v", k)
	}
	later := noon.Add(time.Minute)
	for i, change := range []func(*gateway.Ticket){
		func(t *gateway.Ticket) { t.Updated = "2026-03-09 14:36:00" },
		func(t *gateway.Ticket) { t.Updated = "2026-03-09 13:36:00" }, // the helpdesk's clock went back for the winter
		func(t *gateway.Ticket) { t.Deleted = true },                  // without another time
		func(t *gateway.Ticket) { t.Parent = 90 },
		func(t *gateway.Ticket) { t.Status = "closed" },
		func(t *gateway.Ticket) { t.Requester = 5 },
	} {
		change(&own)
		due, err := l.SeeTickets(ctx, []gateway.Ticket{own, Ticket(101)}, "b", later)
		must(t, err)
		if len(due) != 1 || due[0] != 100 {
			t.Fatalf("change %d: %v", i, due)
		}
		if k = kept(t, l, 100); !k.DueAt.Equal(later) || !k.ChangedAt.Equal(later) || !k.FirstSeen.Equal(noon) || k.Seen != int64(2+i) {
			t.Fatalf("%+v", k)
		}
	}
	first, ok, err := l.DueTicket(ctx, later)
	if must(t, err); !ok || first.ID != 101 && first.ID != 102 {
		t.Fatalf("%+v", first)
	}
	if _, ok, err = l.DueTicket(ctx, noon.Add(-time.Second)); err != nil || ok {
		t.Fatal(ok, err)
	}
	if at, ok, err := l.NextTicketAt(ctx); err != nil || !ok || !at.Equal(noon) {
		t.Fatal(at, ok, err)
	}
}

func keepsTickets(t *testing.T, l Ledger) {
	ctx := context.Background()
	see(t, l, "a", Ticket(100))
	k := kept(t, l, 100)
	k.Person = gateway.Requester{ID: 1100, Name: "Анна Ёлкина", Email: "anna@example.com", Phone: "8 912"}
	k.Found, k.By, k.Customer, k.Robot, k.Numbers = card.FoundMany, "email", 5, "", []string{"5123А"}
	k.Candidates = []card.Candidate{{Customer: 5, Name: "Анна", Total: "10.00", VIP: true}, {Customer: 6}}
	k.Comment, k.CommentHash, k.Written, k.DueAt, k.Tries, k.Error = 31, "h", "2026-03-09 14:35:00", noon.Add(time.Hour), 2, "away"
	k.Former, k.Post = true, 77
	k.Asked, k.Filled = "2026-03-09 14:34:00", map[string][]string{"31": {"10482", "10483"}}
	k.RaisedTo, k.RaisedFrom, k.RaisedWhy, k.RaisedAt, k.SetByPerson, k.WouldRaise = "1", "2", "vip", noon, true, "3"
	k.FirstAnswer, k.Lasted, k.Topic, k.Products, k.Internal = time.Minute, time.Hour, "where", []string{"Чайник"}, true
	k.Open, k.ClosedAt = false, noon.Add(time.Minute)
	event := support.Event{At: noon, Reason: gateway.FromPerson, Args: gateway.Args{"user": "olga"}}
	plain := support.Event{At: noon, Reason: gateway.InQueue}
	effect := gateway.Effect{Kind: gateway.EffectNote, Key: "note/ticket/100", Value: `{}`, NextAt: noon}
	for range 2 {
		must(t, l.KeepTicket(ctx, k, []support.Event{event, plain, {At: noon.Add(time.Hour), Reason: event.Reason, Args: event.Args}}, []gateway.Effect{effect}))
	}
	if diff := cmp.Diff(k, kept(t, l, 100)); diff != "" {
		t.Fatal(diff)
	}
	events, err := l.TicketEvents(ctx, 100)
	must(t, err)
	if diff := cmp.Diff([]support.Event{event, plain}, events); diff != "" {
		t.Fatal(diff)
	}
	if e, ok, err := l.DueEffect(ctx, noon, []gateway.EffectKind{gateway.EffectNote}); err != nil || !ok || e.Key != effect.Key {
		t.Fatal(e, ok, err)
	}
	// One that this box opened is kept before a look brings it.
	mine := support.Ticket{Ticket: Ticket(200), Internal: true, Open: true, Written: Ticket(200).Updated}
	must(t, l.KeepTicket(ctx, mine, nil, nil))
	if due := see(t, l, "b", Ticket(200)); len(due) != 0 {
		t.Fatal(due)
	}
	if got := kept(t, l, 200); !got.Internal || !got.Open || got.FirstSeen.IsZero() {
		t.Fatalf("%+v", got)
	}
	// Closed without a time.
	mine = kept(t, l, 200)
	mine.Open = false
	must(t, l.KeepTicket(ctx, mine, nil, nil))
	if got := kept(t, l, 200); got.Open || got.ClosedAt.IsZero() {
		t.Fatalf("%+v", got)
	}
}

func keepsNews(t *testing.T, l Ledger) {
	ctx := context.Background()
	see(t, l, "a", Ticket(100), Ticket(101), Ticket(102))
	stale, raced, due := kept(t, l, 100), kept(t, l, 101), kept(t, l, 102)
	news := Ticket(100)
	news.Updated, news.Title = "2026-03-09 14:40:00", "Жалоба"
	later := noon.Add(time.Minute)
	_, err := l.SeeTickets(ctx, []gateway.Ticket{news}, "b", later)
	must(t, err)
	stale.Customer, stale.Found, stale.DueAt, stale.Written = 5, card.FoundOne, time.Time{}, "2026-03-09 14:39:59"
	must(t, l.KeepTicket(ctx, stale, nil, nil))
	if got := kept(t, l, 100); got.Title != "Жалоба" || got.Updated != news.Updated || !got.DueAt.Equal(later) || got.Customer != 5 {
		t.Fatalf("%+v", got)
	}
	// The poller was quicker to see our own write than we to note it: nothing has happened.
	own := Ticket(101)
	own.Updated = "2026-03-09 14:41:00"
	_, err = l.SeeTickets(ctx, []gateway.Ticket{own}, "c", later)
	must(t, err)
	raced.Written, raced.DueAt = own.Updated, time.Time{}
	must(t, l.KeepTicket(ctx, raced, nil, nil))
	if got := kept(t, l, 101); got.Updated != own.Updated || !got.DueAt.IsZero() {
		t.Fatalf("%+v", got)
	}
	// What an own write answered may stand in the ticket itself.
	due.Updated, due.Priority, due.Written, due.DueAt = "2026-03-09 14:42:00", "1", "2026-03-09 14:42:00", time.Time{}
	must(t, l.KeepTicket(ctx, due, nil, nil))
	if got := kept(t, l, 102); got.Priority != "1" || !got.DueAt.IsZero() {
		t.Fatalf("%+v", got)
	}
	// A card was renewed while something was being written.
	k := kept(t, l, 102)
	k.Customer, k.Found = 6, card.FoundOne
	must(t, l.KeepTicket(ctx, k, nil, nil))
	must(t, l.MakeDue(ctx, []int64{6, 99}, later))
	must(t, l.KeepTicket(ctx, k, nil, nil))
	if got := kept(t, l, 102); !got.DueAt.Equal(later) {
		t.Fatalf("%+v", got)
	}
	if got := kept(t, l, 101); !got.DueAt.IsZero() {
		t.Fatalf("%+v", got)
	}
}

func listsTickets(t *testing.T, l Ledger) {
	ctx := context.Background()
	for i := range 6 {
		seen := Ticket(gateway.TicketID(100 + i))
		seen.Title = fmt.Sprintf("Вопрос %d", i)
		_, err := l.SeeTickets(ctx, []gateway.Ticket{seen}, "a", noon.Add(time.Duration(i)*time.Minute))
		must(t, err)
	}
	edit := func(id gateway.TicketID, change func(*support.Ticket)) {
		k := kept(t, l, id)
		change(&k)
		must(t, l.KeepTicket(ctx, k, nil, nil))
	}
	edit(101, func(k *support.Ticket) { k.Found = card.FoundMany })
	edit(102, func(k *support.Ticket) { k.Open = false; k.Customer, k.Found = 5, card.FoundOne })
	edit(103, func(k *support.Ticket) {
		k.RaisedTo, k.RaisedAt = "1", noon
		k.Person.Name = "Жанна Щукина"
		k.Customer, k.Found = 5, card.FoundOne
	})
	edit(104, func(k *support.Ticket) { k.Customer, k.Found = 5, card.FoundOne })
	for name, c := range map[string]struct {
		f    support.TicketFilter
		want []gateway.TicketID
	}{
		"all":       {support.TicketFilter{}, []gateway.TicketID{105, 104, 103, 102, 101, 100}},
		"two":       {support.TicketFilter{Limit: 2}, []gateway.TicketID{105, 104}},
		"ambiguous": {support.TicketFilter{Found: card.FoundMany}, []gateway.TicketID{101}},
		"open":      {support.TicketFilter{Open: true, Limit: 3}, []gateway.TicketID{105, 104, 103}},
		"raised":    {support.TicketFilter{Raised: true}, []gateway.TicketID{103}},
		"since":     {support.TicketFilter{Since: noon.Add(4 * time.Minute)}, []gateway.TicketID{105, 104}},
		"by number": {support.TicketFilter{Search: "ktr-102"}, []gateway.TicketID{102}},
		"by title":  {support.TicketFilter{Search: "вопрос 4"}, []gateway.TicketID{104}},
		"by name":   {support.TicketFilter{Search: "щукина"}, []gateway.TicketID{103}},
		"nobody":    {support.TicketFilter{Search: "Пётр"}, nil},
	} {
		list, err := l.Tickets(ctx, c.f)
		must(t, err)
		var got []gateway.TicketID
		for _, k := range list {
			got = append(got, k.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s\n%s", name, diff)
		}
	}
	for _, limit := range []int{-1, 201} {
		_, err := l.Tickets(ctx, support.TicketFilter{Limit: limit})
		wantKind(t, err, device.Invalid)
	}
	list, err := l.OpenTicketsOf(ctx, 5)
	must(t, err)
	if len(list) != 2 || list[0].ID != 104 || list[1].ID != 103 {
		t.Fatalf("%+v", list)
	}
	n, err := l.OpenTickets(ctx)
	must(t, err)
	count(t, "open tickets", n, 5)
	had, err := l.HadTicket(ctx, []int64{4, 5, 0})
	must(t, err)
	if diff := cmp.Diff(map[int64]bool{5: true}, had); diff != "" {
		t.Fatal(diff)
	}
}

func givesOldestLooks(t *testing.T, l Ledger) {
	ctx := context.Background()
	see(t, l, "a", Ticket(100), Ticket(101))
	later := noon.Add(2 * time.Hour)
	old := func(before time.Time) int {
		t.Helper()
		list, err := l.OldestLooks(ctx, before, 9)
		must(t, err)
		return len(list)
	}
	count(t, "looks before noon", old(noon), 0)
	count(t, "looks before later", old(later), 2)
	if due, err := l.SeeTickets(ctx, []gateway.Ticket{Ticket(100)}, "a", later); err != nil || len(due) != 0 {
		t.Fatal(due, err)
	}
	count(t, "looks before later, one was looked at", old(later), 1)
	if k := kept(t, l, 100); k.Seen != 1 || !k.ChangedAt.Equal(noon) {
		t.Fatalf("%+v", k)
	}
}

func keepsRequesters(t *testing.T, l Ledger) {
	ctx := context.Background()
	p, at, err := l.Person(ctx, 77)
	if must(t, err); p != (gateway.Requester{}) || !at.IsZero() {
		t.Fatal(p, at)
	}
	want := gateway.Requester{ID: 77, Name: "Анна", Email: "anna@example.com", Phone: "8 912 345-67-89"}
	must(t, l.KeepRequester(ctx, gateway.Requester{ID: 77}, noon))
	must(t, l.KeepRequester(ctx, want, noon.Add(time.Minute)))
	if p, at, err = l.Person(ctx, 77); err != nil || p != want || !at.Equal(noon.Add(time.Minute)) {
		t.Fatal(p, at, err)
	}
}

func queuesAlarms(t *testing.T, l Ledger) {
	ctx := context.Background()
	queue := func(want int) {
		t.Helper()
		n, err := l.QueueAlarms(ctx, []string{"lost", "broken"})
		must(t, err)
		count(t, "alarms queued", n, want)
	}
	changes := func(list ...gateway.StatusChange) {
		t.Helper()
		_, err := l.SaveChanges(ctx, list, gateway.Cursor{SinceID: list[len(list)-1].HistoryID})
		must(t, err)
	}
	changes(gateway.StatusChange{HistoryID: 5, Order: 1, To: "lost", At: noon})
	queue(0) // what was before it began
	changes(gateway.StatusChange{HistoryID: 6, Order: 2, To: "lost", At: noon}, gateway.StatusChange{HistoryID: 7, Order: 3, To: "ready", At: noon},
		gateway.StatusChange{HistoryID: 8, Order: 2, To: "broken", At: noon}, gateway.StatusChange{HistoryID: 9, Order: 2, To: "lost", At: noon})
	queue(2)
	queue(0)
	soon := time.Now().Add(time.Hour)
	due, err := l.DueAlarms(ctx, soon, 9)
	must(t, err)
	if len(due) != 2 || due[0].Order != 2 || due[0].Status != "lost" || !due[0].At.Equal(noon) || due[0].State != support.AlarmWaits || due[1].Status != "broken" {
		t.Fatalf("%+v", due)
	}
	a := due[0]
	a.State, a.Ticket, a.Tries, a.DueAt = support.AlarmOpening, 100, 1, soon.Add(time.Hour)
	must(t, l.KeepAlarm(ctx, a))
	if due, err = l.DueAlarms(ctx, soon, 9); err != nil || len(due) != 1 || due[0].Status != "broken" {
		t.Fatalf("%+v, %v", due, err)
	}
	b := due[0]
	b.State, b.Comment, b.Why = support.AlarmTold, 31, ""
	must(t, l.KeepAlarm(ctx, b))
	if at, ok, err := l.NextAlarmAt(ctx); err != nil || !ok || !at.Equal(a.DueAt.Truncate(time.Millisecond)) {
		t.Fatal(at, ok, err)
	}
	if due, err = l.DueAlarms(ctx, a.DueAt, 9); err != nil || len(due) != 1 || due[0].State != support.AlarmOpening || due[0].Ticket != 100 || due[0].Tries != 1 {
		t.Fatalf("%+v, %v", due, err)
	}
	wantKind(t, l.KeepAlarm(ctx, support.Alarm{ID: 99, State: support.AlarmTold}), device.NotFound)
}

func keepsHelpdeskState(t *testing.T, l Ledger) {
	ctx := context.Background()
	b, err := l.HelpdeskBook(ctx)
	if must(t, err); !b.At.IsZero() {
		t.Fatal(b)
	}
	want := gateway.HelpdeskBook{Priorities: []gateway.HelpdeskEntry{{ID: "2", Name: "Обычный"}}, Fields: []gateway.HelpdeskEntry{{ID: "31", Type: "select", Public: true, Options: []gateway.HelpdeskEntry{{ID: "1"}}}}, At: noon}
	must(t, l.SaveHelpdeskBook(ctx, want))
	b, err = l.HelpdeskBook(ctx)
	must(t, err)
	if diff := cmp.Diff(want, b); diff != "" {
		t.Fatal(diff)
	}
	at, err := l.DigestedAt(ctx)
	if must(t, err); !at.IsZero() {
		t.Fatal(at)
	}
	must(t, l.KeepDigest(ctx, noon, gateway.Effect{}))
	must(t, l.KeepDigest(ctx, noon.Add(time.Hour), gateway.Effect{Kind: gateway.EffectNote, Key: "digest/1", Value: `{}`, NextAt: noon}))
	if at, err = l.DigestedAt(ctx); err != nil || !at.Equal(noon.Add(time.Hour)) {
		t.Fatal(at, err)
	}
	if e, ok, err := l.DueEffect(ctx, noon, []gateway.EffectKind{gateway.EffectNote}); err != nil || !ok || e.Key != "digest/1" {
		t.Fatal(e, ok, err)
	}
}

func countsQuestions(t *testing.T, l Ledger) {
	ctx := context.Background()
	week := 7 * 24 * time.Hour
	ask := func(id gateway.TicketID, at time.Time, topic string, internal bool, products ...string) {
		t.Helper()
		_, err := l.SeeTickets(ctx, []gateway.Ticket{Ticket(id)}, "a", at)
		must(t, err)
		k := kept(t, l, id)
		k.Topic, k.Products, k.Internal = topic, products, internal
		must(t, l.KeepTicket(ctx, k, nil, nil))
	}
	ask(1, noon.Add(-3*week), "where", false)
	ask(2, noon.Add(-week), "where", false)
	ask(3, noon.Add(-week), "broken", false, "Чайник")
	ask(4, noon, "where", false)
	ask(5, noon.Add(time.Hour), "where", false)
	ask(6, noon.Add(time.Hour), "broken", false, "Чайник", "Кружка")
	ask(7, noon.Add(time.Hour), "where", true)
	ask(8, noon.Add(week), "where", false)
	ask(9, noon, "", false)
	got, err := l.Questions(ctx, noon, noon.Add(week))
	must(t, err)
	want := []support.Question{
		{Topic: "where", Tickets: 2, Before: 1, Example: 5, Number: "KTR-5"},
		{Topic: "broken", Product: "Кружка", Tickets: 1, Example: 6, Number: "KTR-6"},
		{Topic: "broken", Product: "Чайник", Tickets: 1, Before: 1, Example: 6, Number: "KTR-6"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func pairsTickets(t *testing.T, l Ledger) {
	ctx := context.Background()
	day := 24 * time.Hour
	ticketOf(t, l, 100, 5, noon)
	ticketOf(t, l, 101, 5, noon.Add(day))
	ticketOf(t, l, 102, 0, noon)
	ticketOf(t, l, 103, 5, time.Time{})
	want := func(days int, want ...gateway.TicketID) {
		t.Helper()
		list, err := l.UnpairedTickets(ctx, noon.Add(time.Duration(days)*day+time.Hour), 9)
		must(t, err)
		var got []gateway.TicketID
		for _, k := range list {
			got = append(got, k.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("after %d days\n%s", days, diff)
		}
	}
	want(-1)
	want(0, 100)
	want(1, 100, 101)
	p := support.Pair{Ticket: 100, Customer: 5, ClosedAt: noon, Mark: "like", ShopMark: 5, First: time.Minute, Lasted: time.Hour, Known: [3]bool{true}, Back: [3]bool{true}, Others: 7, OthersBack: [3]int{2}}
	must(t, l.KeepPair(ctx, p))
	want(2, 101)
	want(30, 100, 101)
	p.Known = [3]bool{true, true, true}
	must(t, l.KeepPair(ctx, p))
	want(90, 101)
	pairs, err := l.Pairs(ctx, noon)
	must(t, err)
	if diff := cmp.Diff([]support.Pair{p}, pairs); diff != "" {
		t.Fatal(diff)
	}
	if pairs, err = l.Pairs(ctx, noon.Add(time.Hour)); err != nil || len(pairs) != 0 {
		t.Fatal(pairs, err)
	}
}
