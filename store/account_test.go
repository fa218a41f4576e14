package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store"
)

// Another CRM account counts its changes and orders from the beginning: none of
// them may look known.
func TestAnotherAccountBeginsAnew(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "vestnik.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	use := func(url string) {
		t.Helper()
		settings := gateway.DefaultSettings()
		settings.RetailCRM.URL, settings.RetailCRM.Key = url, "key"
		if err := s.SaveSettings(ctx, settings, "test"); err != nil {
			t.Fatal(err)
		}
	}
	for round, url := range []string{"https://one.retailcrm.ru", "https://two.retailcrm.ru", "https://three.retailcrm.ru"} {
		use(url)
		cursor, err := s.Cursor(ctx)
		if err != nil || cursor != (gateway.Cursor{}) {
			t.Fatalf("round %d: cursor %+v, %v", round, cursor, err)
		}
		now := time.Now()
		changes := []gateway.StatusChange{{HistoryID: 5, Order: 1, To: "ready", At: now}, {HistoryID: 9, Order: 2, To: "ready", At: now}}
		if n, err := s.SaveChanges(ctx, changes, gateway.Cursor{SinceID: 9}); err != nil || n != 2 {
			t.Fatalf("round %d: %d new changes, %v", round, n, err)
		}
		kept, err := s.Decide(ctx, 5, []gateway.Decision{{
			HistoryID: 5, Verdict: gateway.Send, Reason: gateway.InQueue, Order: 1, At: now,
			Message: &gateway.Message{
				DedupeKey: "rule/1/order/1", To: "+79123456789", Purpose: gateway.ForOrder, Text: "готов", State: gateway.Queued,
				Channels: []device.Channel{device.SMS}, Channel: device.SMS, Order: 1, NotBefore: now, CreatedAt: now, UpdatedAt: now,
			},
		}})
		if err != nil || kept[0].Verdict != gateway.Send {
			t.Fatalf("round %d: %+v, %v", round, kept, err)
		}
	}
	rows, _, err := s.Decisions(ctx, gateway.DecisionFilter{})
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d decisions, %v", len(rows), err)
	}
}
