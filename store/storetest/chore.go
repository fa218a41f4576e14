package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/gateway"
)

func keepsChores(t *testing.T, l Ledger) {
	ctx := context.Background()
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	audit := gateway.Chore{Name: gateway.ChoreAudit, At: at, OK: true}
	for _, c := range []gateway.Chore{
		{Name: gateway.ChoreBackup, At: at, OK: false, Detail: gateway.Args{"error": "no space"}},
		audit,
		{Name: gateway.ChoreBackup, At: at.Add(time.Hour), OK: true, Detail: gateway.Args{"file": "a.age"}},
	} {
		if err := l.SaveChore(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	got, err := l.Chores(ctx)
	want := map[gateway.ChoreName]gateway.Chore{
		gateway.ChoreAudit:  audit,
		gateway.ChoreBackup: {Name: gateway.ChoreBackup, At: at.Add(time.Hour), OK: true, Detail: gateway.Args{"file": "a.age"}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}
