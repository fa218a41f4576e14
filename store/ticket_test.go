package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
	"vestnik/store/storetest"
)

// Looks at the tickets overlap, and a page that shows a card renews itself: what is known
// already does not touch the disk.
func TestWhatIsKnownIsNotWrittenAgain(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "vestnik.db")
	s, other := openAt(t, path), openAt(t, path)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	version := func() int64 {
		t.Helper()
		v, err := other.DataVersion(ctx) // another process's view: it changes with every commit
		check(err)
		return v
	}
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	var seen []gateway.Ticket
	for id := range gateway.TicketID(30) {
		seen = append(seen, storetest.Ticket(id+1))
	}
	_, err := s.SeeTickets(ctx, seen, "a", now)
	check(err)
	check(s.SaveCard(ctx, storetest.KeptCard(5, "anna@example.com", "+79123456789")))
	check(s.Outdate(ctx, []int64{5}, now))
	check(s.Seen(ctx, 5, "olga", 1, now))
	check(s.SaveCardCursor(ctx, 7))
	before := version()
	for i := range 20 {
		at := now.Add(time.Duration(i) * 15 * time.Second)
		due, err := s.SeeTickets(ctx, seen, "a", at)
		check(err)
		if len(due) != 0 {
			t.Fatal(due)
		}
		check(s.Seen(ctx, 5, "olga", 1, at))
		check(s.Outdate(ctx, []int64{5, 6}, at))
		check(s.SaveCardCursor(ctx, 7))
		check(s.MakeDue(ctx, []int64{5}, at))
		if n, err := s.EraseCards(ctx, now.AddDate(0, 0, -180)); err != nil || n != 0 {
			t.Fatal(n, err)
		}
	}
	if after := version(); after != before {
		t.Errorf("%d commits for nothing", after-before)
	}
	if _, err := s.SeeTickets(ctx, seen, "b", now); err != nil || version() == before {
		t.Errorf("a new cursor was not kept: %v", err)
	}
}

// In another account of the CRM the customers' and orders' ids mean others.
func TestAnotherAccountHasOtherCustomers(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := open(t)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	settings := gateway.DefaultSettings()
	settings.RetailCRM.URL, settings.Helpdesk.URL = "https://one.retailcrm.ru", "https://one.helpdeskeddy.com"
	check(s.SaveSettings(ctx, settings, "test"))
	now := time.Now().Truncate(time.Millisecond)
	check(s.SaveCard(ctx, storetest.KeptCard(5, "anna@example.com", "+79123456789")))
	check(s.Seen(ctx, 5, "olga", 100, now))
	check(s.Choose(ctx, 77, 5, "olga", now))
	check(s.SaveCardCursor(ctx, 7))
	_, err := s.SeeTickets(ctx, []gateway.Ticket{storetest.Ticket(100), storetest.Ticket(101)}, "a", now)
	check(err)
	for id := gateway.TicketID(100); id <= 101; id++ {
		k, err := s.Ticket(ctx, id)
		check(err)
		k.Customer, k.Found, k.By, k.Candidates, k.DueAt, k.Open = 5, card.FoundOne, "email", []card.Candidate{{Customer: 5}}, time.Time{}, id == 100
		check(s.KeepTicket(ctx, k, nil, nil))
	}
	check(s.KeepPair(ctx, support.Pair{Ticket: 90, Customer: 5, ClosedAt: now}))
	_, err = s.QueueAlarms(ctx, []string{"lost"})
	check(err)
	lose := func() {
		t.Helper()
		_, err := s.SaveChanges(ctx, []gateway.StatusChange{{HistoryID: 5, Order: 50, To: "lost", At: now}}, gateway.Cursor{SinceID: 5})
		check(err)
		if n, err := s.QueueAlarms(ctx, []string{"lost"}); err != nil || n != 1 {
			t.Fatal(n, err)
		}
	}
	lose()

	settings.RetailCRM.URL = "https://two.retailcrm.ru"
	check(s.SaveSettings(ctx, settings, "test"))
	if _, err := s.Card(ctx, 5); err == nil {
		t.Error("a card of another account's customer")
	}
	chosen, err := s.Chosen(ctx, 77)
	check(err)
	cursor, err := s.CardCursor(ctx)
	check(err)
	looks, err := s.CardLooks(ctx, 5, 9)
	check(err)
	pairs, err := s.Pairs(ctx, time.Time{})
	check(err)
	if chosen != 0 || cursor != 0 || len(looks) != 0 || len(pairs) != 1 || pairs[0].Customer != 0 {
		t.Errorf("chosen %d, cursor %d, %v, %+v", chosen, cursor, looks, pairs)
	}
	for id := gateway.TicketID(100); id <= 101; id++ {
		k, err := s.Ticket(ctx, id)
		check(err)
		if k.Customer != 0 || k.Found != "" || k.By != "" || k.Candidates != nil || k.Title == "" || k.DueAt.IsZero() != (id == 101) {
			t.Errorf("%+v", k)
		}
	}
	lines, err := s.OwnLines(ctx, 5, nil, []gateway.OrderID{50}, 30)
	check(err)
	if len(lines) != 0 {
		t.Errorf("lines of another account's order: %+v", lines)
	}
	// The same order id is another order now, of which support is to know.
	_, err = s.QueueAlarms(ctx, []string{"lost"})
	check(err)
	lose()

	settings.Helpdesk.URL = "https://two.helpdeskeddy.com"
	check(s.SaveSettings(ctx, settings, "test"))
	if _, err := s.Ticket(ctx, 100); err == nil {
		t.Error("a ticket of another helpdesk")
	}
	if cursor, err := s.TicketCursor(ctx); err != nil || cursor != "" {
		t.Error(cursor, err)
	}
	if due, err := s.DueAlarms(ctx, now.Add(time.Hour), 9); err != nil || len(due) != 1 {
		t.Error(due, err)
	}
}

// What a restored backup had to tell may have been told since.
func TestARestoredLedgerAlarmsNobody(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := open(t)
	lost := []string{"lost"}
	if _, err := s.QueueAlarms(ctx, lost); err != nil {
		t.Fatal(err)
	}
	change := func(id int64) {
		t.Helper()
		if _, err := s.SaveChanges(ctx, []gateway.StatusChange{{HistoryID: id, Order: gateway.OrderID(id), To: "lost"}}, gateway.Cursor{SinceID: id}); err != nil {
			t.Fatal(err)
		}
	}
	change(5)
	if n, err := s.QueueAlarms(ctx, lost); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if _, err := s.HoldFromBackup(ctx, time.Now()); err != nil {
		t.Fatal(err)
	}
	change(6)
	if n, err := s.QueueAlarms(ctx, lost); err != nil || n != 0 {
		t.Error(n, err)
	}
	if due, err := s.DueAlarms(ctx, time.Now().Add(time.Hour), 9); err != nil || len(due) != 0 {
		t.Error(due, err)
	}
	if err := s.CaughtUp(ctx, 6); err != nil {
		t.Fatal(err)
	}
	change(7)
	if n, err := s.QueueAlarms(ctx, lost); err != nil || n != 1 {
		t.Error(n, err)
	}
}
