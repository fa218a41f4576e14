package app

import (
	"bytes"
	"database/sql"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"vestnik/gateway"
	"vestnik/store"
)

// A customer who opens a review link gets to the reviews, also when the click cannot be put down.
func TestAReviewLinkLeadsOnThoughTheClickIsNotNoted(t *testing.T) {
	t.Parallel()
	const reviews = "https://reviews.example/lavka"
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "v.db")
	book, err := store.Open(ctx, store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	settings, err := book.Settings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	settings.Decency.ReviewURL = reviews
	if err := book.SaveSettings(ctx, settings, "olga"); err != nil {
		t.Fatal(err)
	}
	topics := &gateway.Topics{}
	live, err := gateway.NewLive(ctx, book, topics)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	desk := inviteDesk{book, &App{live: live, log: slog.New(slog.NewTextHandler(&log, nil))}}

	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	do := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	do(`INSERT INTO review_link (token, made_at) VALUES ('k7m2q9xw', 1)`)
	do(`CREATE TRIGGER bad_luck BEFORE UPDATE ON review_link BEGIN SELECT raise(ABORT, 'bad luck'); END`)
	if to, err := desk.OpenLink(ctx, "k7m2q9xw", true); err != nil || to != reviews {
		t.Errorf("he gets to %q, %v", to, err)
	}
	if !strings.Contains(log.String(), "was not noted") {
		t.Errorf("nobody is told: %s", log.String())
	}
	do(`DROP TRIGGER bad_luck`)
	log.Reset()
	if to, err := desk.OpenLink(ctx, "k7m2q9xw", true); err != nil || to != reviews || log.Len() > 0 {
		t.Errorf("the next time: %q, %v, %s", to, err, log.String())
	}
	if link, err := book.LinkByToken(ctx, "k7m2q9xw"); err != nil || link.ClickedAt.IsZero() {
		t.Errorf("the click is not there: %+v, %v", link, err)
	}
}
