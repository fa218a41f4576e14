package store_test

import (
	"context"
	"testing"
	"time"

	"vestnik/gateway"
	"vestnik/store"
)

// What a restore makes of a ledger is a state that the auditor has nothing against.
func TestTheAuditorHasNothingAgainstARestore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	now := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	s, _ := openLedger(t, t.TempDir(), &now)
	madeAt := now
	now = now.Add(time.Hour)
	before := inspect(t, s, now)
	if _, err := s.HoldFromBackup(ctx, madeAt); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	for key, f := range inspect(t, s, now) {
		if _, known := before[key]; !known {
			t.Errorf("new: %+v", f)
		}
	}
}

func inspect(t *testing.T, s *store.Store, now time.Time) map[string]gateway.Finding {
	t.Helper()
	seen, err := s.Inspect(context.Background(), gateway.AuditScope{Now: now, Slice: 1000, AlarmsBefore: now, EffectsAfter: now.Add(24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]gateway.Finding{}
	for _, f := range seen.Found {
		found[f.Key] = f
	}
	return found
}
