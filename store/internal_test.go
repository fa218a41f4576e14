package store

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

var update = flag.Bool("update", false, "rewrite golden files")

func testStore(t testing.TB) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{Path: filepath.Join(t.TempDir(), "vestnik.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// exec runs a statement past all methods.
func (s *Store) exec(query string, args ...any) (res sql.Result, err error) {
	ctx := context.Background()
	err = s.writer.use(ctx, func(conn *sql.Conn) error {
		res, err = conn.ExecContext(ctx, query, args...)
		return err
	})
	return res, err
}

func TestEveryConnectionHasThePragmas(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	ctx := context.Background()
	s.writer.drop() // so that the pool gives its connection to the test
	for name, pool := range map[string]*sql.DB{"writer": s.writer.pool, "reader": s.reader.pool} {
		conns := 2
		if pool == s.writer.pool {
			conns = 1
		}
		var held []*sql.Conn
		for i := range conns {
			c, err := pool.Conn(ctx)
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, c)
			queryOnly := "1"
			if pool == s.writer.pool {
				queryOnly = "0"
			}
			for pragma, want := range map[string]string{
				"busy_timeout": "10000", "journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "query_only": queryOnly, "secure_delete": "2", "page_size": "1024",
			} {
				var got string
				if err := c.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
					t.Errorf("%s connection %d: %s = %q, %v; want %q", name, i+1, pragma, got, err, want)
				}
			}
			if pool == s.reader.pool {
				if _, err := c.ExecContext(ctx, `DELETE FROM message`); err == nil {
					t.Error("a reader may write")
				}
			}
			if _, err := c.ExecContext(ctx, `INSERT INTO trace (message, n, at, reason) VALUES (99, 1, 1, 'x')`); err == nil {
				t.Error("foreign keys are not enforced")
			}
		}
		for _, c := range held {
			_ = c.Close()
		}
	}
}

func TestDatabaseRefusesNonsense(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	for _, q := range []string{
		`INSERT INTO user (name, name_key, role, hash, language, created_at) VALUES ('a', 'a', 'boss', '', '', 1)`,
		`INSERT INTO cursor (id, since_id) VALUES (2, 1)`,
		`INSERT INTO change (history_id, order_id, from_status, to_status, own) VALUES ('x', 1, '', '', 0)`,
		`INSERT INTO presence (phone, answer, canonical, alias, at, source) VALUES ('+7', 'perhaps', '', '', 1, '')`,
		`INSERT INTO decision (rule, verdict, reason, number, name, name_key, status, at) VALUES ('', 'maybe', '', '', '', '', '', 1)`,
		`INSERT INTO card (customer, total, as_of) VALUES (0, 0, 1)`,
		`INSERT INTO card_email (email, customer) VALUES ('a', 9)`,
		`INSERT INTO alarm (order_id, status, at, due_at, state) VALUES (1, 'lost', 1, 1, 'perhaps')`,
		`INSERT INTO ticket (id, number, updated, requester, seen, first_seen, changed_at, looked_at, open, closed_at, search_key, said) VALUES (1, '', '', 0, 1, 1, 1, 1, 1, 5, '', '{}')`,
		`INSERT INTO ticket (id, number, updated, requester, seen, first_seen, changed_at, looked_at, open, found, search_key, said) VALUES (1, '', '', 0, 1, 1, 1, 1, 1, 'perhaps', '', '{}')`,
		`INSERT INTO ticket_event (ticket, at, reason) VALUES (9, 1, 'x')`,
	} {
		if _, err := s.exec(q); err == nil {
			t.Errorf("accepted: %s", q)
		}
	}
	ctx := context.Background()
	r := device.Receipt{Channel: device.SMS, WireIDs: []string{"w"}, Kind: device.ReceiptDelivered, At: time.Unix(1, 0)}
	if _, err := s.ApplyReceipt(ctx, r, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.exec(`UPDATE receipt SET kind = 'read'`); err == nil || !strings.Contains(err.Error(), "never changed") {
		t.Errorf("a receipt was changed: %v", err)
	}
}

// TestSchema compares the schema that the migrations make with the one that was
// looked at; `go test ./store -update` writes it anew.
func TestSchema(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	var b strings.Builder
	err := each(context.Background(), s.reader, func(scan scanner) error {
		var q string
		err := scan(&q)
		b.WriteString(q + ";\n\n")
		return err
	}, `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY tbl_name, type DESC, name`)
	if err != nil {
		t.Fatal(err)
	}
	const golden = "schema.golden.sql"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Error("the schema differs from schema.golden.sql; look at the difference and run go test ./store -update")
	}
}

// TestMigrationsReplay brings a file of every earlier version up to date; its rows
// stay, and a copy of the old file is beside it.
func TestMigrationsReplay(t *testing.T) {
	t.Parallel()
	scripts, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for version := 1; version <= len(scripts); version++ {
		path := filepath.Join(t.TempDir(), "vestnik.db")
		dump, err := os.ReadFile(filepath.Join("testdata", fmt.Sprintf("version-%d.sql", version)))
		if err != nil {
			t.Fatalf("no dump of version %d: %v", version, err)
		}
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range append(scripts[:version:version], string(dump), fmt.Sprintf(`PRAGMA user_version = %d`, version), fmt.Sprintf(`PRAGMA application_id = %d`, applicationID)) {
			if _, err := db.Exec(q); err != nil {
				t.Fatal(err)
			}
		}
		_ = db.Close()
		s, err := Open(ctx, Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		story, err := s.Story(ctx, 1)
		if err != nil || story.Message.State != gateway.Delivered || len(story.Attempts) != 1 || len(story.Attempts[0].Receipts) != 1 {
			t.Errorf("version %d: %+v, %v", version, story, err)
		}
		if err := s.Check(ctx); err != nil {
			t.Error(err)
		}
		_ = s.Close()
		if _, err := os.Stat(fmt.Sprintf("%s.version-%d", path, version)); (err == nil) != (version < len(scripts)) {
			t.Errorf("version %d: copy before the migration: %v", version, err)
		}
	}
}

func TestMigrationKeepsACopyAndFailsWhole(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	ctx := context.Background()
	for range 2 { // the second time an older copy is in the way
		if err := s.writer.use(ctx, func(conn *sql.Conn) error { return s.copyBeforeMigration(ctx, conn, 1) }); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(s.path + ".version-1")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := s.writer.use(ctx, func(conn *sql.Conn) error {
		scripts, err := migrations()
		if err != nil {
			t.Fatal(err)
		}
		bad := append(scripts, `CREATE TABLE half (x); CREATE TABLE message (x);`)
		return migrateTo(ctx, conn, len(scripts), len(bad), bad)
	}); err == nil {
		t.Fatal("a migration that cannot be")
	}
	version, err := schemaVersion(ctx, s.reader)
	if err != nil || version != SchemaVersion() {
		t.Errorf("version %d, %v", version, err)
	}
	var n int
	if err := s.reader.pool.QueryRow(`SELECT count(*) FROM sqlite_schema WHERE name = 'half'`).Scan(&n); err != nil || n != 0 {
		t.Errorf("half of a migration stayed: %d, %v", n, err)
	}
}

func TestDiskFullAndSecrets(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	ctx := context.Background()
	settings := gateway.DefaultSettings()
	settings.RetailCRM.Key, settings.SMS.Modems[0].PIN = "very-secret-key", "4711"
	if err := s.SaveSettings(ctx, settings, "olga"); err != nil {
		t.Fatal(err)
	}
	settings.RetailCRM.Key, settings.Shop.Name = "another-secret-key", "Магазин"
	if err := s.SaveSettings(ctx, settings, "petr"); err != nil {
		t.Fatal(err)
	}
	history, err := s.SettingHistory(ctx, 10)
	if err != nil || len(history) != 4 {
		t.Fatalf("%d lines, %v", len(history), err)
	}
	if text := fmt.Sprintf("%+v", history); strings.Contains(text, "secret-key") || strings.Contains(text, "4711") {
		t.Errorf("a secret in the history: %s", text)
	}
	if h := history[0]; h.By != "petr" || h.Section != "retailcrm" || !h.SecretChanged || history[1].Section != "shop" || history[1].SecretChanged {
		t.Errorf("%+v", history)
	}
	var kept string
	if err := s.reader.pool.QueryRow(`SELECT group_concat(value) FROM setting`).Scan(&kept); err != nil || strings.Contains(kept, "secret") {
		t.Errorf("a secret in the sections: %v", err)
	}

	// A file that may not grow is SQLite's own "disk is full".
	if _, err := s.exec(`PRAGMA max_page_count = 1`); err != nil {
		t.Fatal(err)
	}
	big := gateway.Reference{Fields: []gateway.Field{{Path: "x", Example: strings.Repeat("a", 1<<20)}}}
	err = s.SaveReference(ctx, big)
	e, ok := err.(*device.Error)
	if !ok || e.Kind != device.Unavailable || e.Code != "SQLITE_FULL" {
		t.Errorf("a full disk is %v", err)
	}
	if _, err := s.Settings(ctx); err != nil {
		t.Errorf("reading on a full disk: %v", err)
	}
	// The next write that fits goes through: the failed one left no open transaction.
	if err := s.SaveReference(ctx, gateway.Reference{}); err != nil {
		t.Errorf("writing after a full disk: %v", err)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.SaveReference(canceled, big); device.KindOf(err) != device.Unavailable {
		t.Errorf("a cancelled write is %v", err)
	}
}
