package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
)

// migrated is a file of an older version, brought up to date.
func migrated(t *testing.T, version int) *Store {
	t.Helper()
	scripts, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "vestnik.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	dump, err := os.ReadFile(filepath.Join("testdata", fmt.Sprintf("version-%d.sql", version)))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range append(scripts[:version:version], string(dump), fmt.Sprintf(`PRAGMA user_version = %d; PRAGMA application_id = %d`, version, applicationID)) {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(context.Background(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// A ledger without cards gives a card its lines out of what it has, and one that has cards gives them
// as they were.
func TestMigratedSupport(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for version := 3; version <= 4; version++ {
		s := migrated(t, version)
		lines, err := s.OwnLines(ctx, 6, []device.Phone{"+79123456789"}, []gateway.OrderID{10482}, 30)
		if err != nil || len(lines) != 6 {
			t.Errorf("version %d: %+v, %v", version, lines, err)
		}
		if shop, courier, err := s.OwnMarks(ctx, 5); err != nil || shop != 0 || courier != 4 {
			t.Errorf("version %d: marks %v, %v, %v", version, shop, courier, err)
		}
		var word string
		if err := s.reader.pool.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&word); err != nil || word != "ok" {
			t.Errorf("%q, %v", word, err)
		}
		if err := s.reader.pool.QueryRowContext(ctx, `PRAGMA foreign_key_check`).Scan(&word); err != sql.ErrNoRows {
			t.Errorf("a broken reference in %q, %v", word, err)
		}
		if version == 3 {
			if cursor, err := s.TicketCursor(ctx); err != nil || cursor != "" {
				t.Errorf("%q, %v", cursor, err)
			}
			continue
		}
		k, err := s.Card(ctx, 5)
		if err != nil || k.Total != 12 || k.Profile.Name != "Анна Ёлкина" || len(k.Orders) != 1 || len(k.Phones) != 1 || k.OldAt.IsZero() {
			t.Errorf("%+v, %v", k, err)
		}
		if list, err := s.CardsOf(ctx, "ANNA@example.com", ""); err != nil || len(list) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		ticket, err := s.Ticket(ctx, 20418)
		if err != nil || ticket.Title != "Где заказ?" || ticket.Comment != 31 || ticket.Customer != 5 || ticket.Products[0] != "Чайник" {
			t.Errorf("%+v, %v", ticket, err)
		}
		events, err := s.TicketEvents(ctx, 20418)
		if err != nil || len(events) != 1 || events[0].Args["by"] != "email" {
			t.Errorf("%+v, %v", events, err)
		}
	}
}
