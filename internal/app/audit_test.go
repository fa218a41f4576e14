package app_test

import (
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"vestnik/gateway"
	"vestnik/internal/app"
	"vestnik/store/storetest"
)

// TestCheckTellsWhatTheAuditorFound: a ledger that does not fit together is a line of
// `vestnik check`, in the shop's language, and no line once it fits again.
func TestCheckTellsWhatTheAuditorFound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	book, err := app.OpenBook(ctx, dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	line := func() app.Check {
		t.Helper()
		checks, err := book.Check(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range checks {
			if c.Name == "ledger" {
				return c
			}
		}
		t.Fatalf("no line about the ledger: %+v", checks)
		return app.Check{}
	}
	if c := line(); !c.OK || !strings.Contains(c.Says, "ещё не проверялся") {
		t.Errorf("before the first audit: %+v", c)
	}
	id := storetest.Enqueue(t, book.Store, storetest.Draft("k", "+79123456789"))
	db, err := sql.Open("sqlite", filepath.Join(dir, "vestnik.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	audit := func() {
		t.Helper()
		a, err := storetest.Auditor(book.Store, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Audit(ctx); err != nil {
			t.Fatal(err)
		}
	}
	audit()
	if c := line(); !c.OK || !strings.Contains(c.Says, "журнал сходится") {
		t.Errorf("a whole ledger: %+v", c)
	}
	if _, err := db.Exec(`UPDATE message SET channels = 'sms', attempts = 3 WHERE id = ?`, id); err != nil {
		t.Fatal(err)
	}
	audit()
	c := line()
	what := gateway.FindingWords(gateway.AttemptsMiscounted, "ru").What
	if c.OK || !strings.Contains(c.Says, "несоответствий в журнале: 2") || !strings.Contains(c.Says, what) {
		t.Errorf("a broken one: %+v", c)
	}
	if _, err := db.Exec(`UPDATE message SET channels = 'whatsapp,sms', attempts = 0 WHERE id = ?`, id); err != nil {
		t.Fatal(err)
	}
	audit()
	if c := line(); !c.OK {
		t.Errorf("mended: %+v", c)
	}
}
