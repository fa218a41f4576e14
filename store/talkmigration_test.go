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

// phoneless are rows that the schema of version 2 refuses and that of version 3 takes.
var phoneless = []string{
	`INSERT INTO decision (id, rule, verdict, reason, number, name, name_key, status, at, message) VALUES (900, '', 'send', '', '', '', '', '', 1, 900)`,
	`INSERT INTO message (id, decision, phone, phone_tail, purpose, priority, text, state, reason, channels, channel, rule, order_number, hours_from, hours_to, fallback_after, created_at, updated_at)
		VALUES (900, 900, '', '', 'reply', 0, 'x', 'queued', '', 'chat', 'chat', '', '', 0, 0, 0, 1, 1)`,
	`INSERT INTO effect (kind, key, value, state, tries, next_at, error, at) VALUES ('note', 'note/900', '{}', 'pending', 0, 1, '', 1)`,
}

// refused are rows that the changed tables still refuse.
var refused = []string{
	`UPDATE message SET by_bot = 2 WHERE id = 900`,
	`UPDATE message SET suggestions = '[' WHERE id = 900`,
	`UPDATE message SET conversation = 12345 WHERE id = 900`,
	`UPDATE message SET text = '' WHERE id = 900`,
	`INSERT INTO incoming (channel, device, wire_id, phone, alias, name, text, media, from_shop, to_phone, kept_at, conversation) VALUES ('sms', '', '', '', '', '', '', '', 0, '', 1, 12345)`,
	`UPDATE message SET phone = '79123456789' WHERE id = 900`,
	`UPDATE effect SET kind = '' WHERE key = 'note/900'`,
}

// TestConstraintsAreChangedInPlace: the constraints that the migration changes in the
// schema's own table hold for files of every age, for the connection that has changed
// them, and for one that was open all the time, as another process has it.
func TestConstraintsAreChangedInPlace(t *testing.T) {
	t.Parallel()
	scripts, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	for version := range 3 {
		t.Run(fmt.Sprintf("from version %d", version), func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			path := filepath.Join(t.TempDir(), "vestnik.db")
			other, err := sql.Open("sqlite", dsn(path, pragmas))
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			conn, err := other.Conn(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if version > 0 {
				dump, err := os.ReadFile(filepath.Join("testdata", fmt.Sprintf("version-%d.sql", version)))
				if err != nil {
					t.Fatal(err)
				}
				for _, q := range append(scripts[:version:version], string(dump), fmt.Sprintf(`PRAGMA user_version = %d`, version), fmt.Sprintf(`PRAGMA application_id = %d`, applicationID)) {
					if _, err := conn.ExecContext(ctx, q); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := conn.ExecContext(ctx, phoneless[1]); err == nil {
					t.Fatal("the old schema took a message without a number")
				}
			}
			s, err := Open(ctx, Options{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			tryPhoneless(t, "the other connection", func(q string) error {
				_, err := conn.ExecContext(ctx, q)
				return err
			})
			tryPhoneless(t, "the one that has migrated", func(q string) error {
				_, err := s.exec(q)
				return err
			})
			if m, err := s.Message(ctx, 1); version > 0 && (err != nil || m.Alias != "" || m.ByBot || m.Conversation != 0 || m.Suggestions != nil) {
				t.Errorf("an old message: %+v, %v", m, err)
			}
			var word string
			if err := conn.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&word); err != nil || word != "ok" {
				t.Errorf("%q, %v", word, err)
			}
			if err := conn.QueryRowContext(ctx, `PRAGMA foreign_key_check`).Scan(&word); err != sql.ErrNoRows {
				t.Errorf("a broken reference in %q, %v", word, err)
			}
			again, err := Open(ctx, Options{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			tryPhoneless(t, "a later one", func(q string) error {
				_, err := again.exec(q)
				return err
			})
		})
	}
}

// tryPhoneless writes rows of the new kind and takes them back.
func tryPhoneless(t *testing.T, who string, exec func(string) error) {
	t.Helper()
	for _, q := range append([]string{`BEGIN IMMEDIATE`}, phoneless...) {
		if err := exec(q); err != nil {
			t.Errorf("%s: %v\n%s", who, err, q)
		}
	}
	for _, q := range refused {
		if err := exec(q); err == nil {
			t.Errorf("%s took: %s", who, q)
		}
	}
	if err := exec(`ROLLBACK`); err != nil {
		t.Errorf("%s: %v", who, err)
	}
}

// What an older version heard is not answered now, and what version 3 has kept is read
// as it was.
func TestMigratedTalks(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	scripts, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	open := func(version int, more ...string) *Store {
		t.Helper()
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
		for _, q := range append(append(scripts[:version:version], string(dump), fmt.Sprintf(`PRAGMA user_version = %d; PRAGMA application_id = %d`, version, applicationID)), more...) {
			if _, err := db.Exec(q); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Open(ctx, Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	old := open(2, `INSERT INTO incoming (channel, device, wire_id, phone, alias, name, text, media, at, from_shop, to_phone, kept_at)
		VALUES ('whatsapp', 'd', 'A', '+79123456789', '', 'Анна', 'ау', '', 1, 0, '', 2)`)
	if ids, err := old.PendingTalks(ctx, nil, 9); err != nil || len(ids) != 0 {
		t.Errorf("words of the time before the bot wait: %v, %v", ids, err)
	}
	isNew, err := old.SaveIncoming(ctx, device.Incoming{Channel: device.WhatsApp, Device: "d", ID: "A", From: "+79123456789", Text: "ау"}, nil)
	if err != nil || isNew {
		t.Errorf("they are new again: %v", err)
	}
	now := open(3)
	c, h, ok, err := now.NextHeard(ctx, 2)
	if err != nil || !ok || h.In.Event != device.TalkAssigned || h.In.Chat.Operator != 21 || c.Name != "Борис" || c.Chat.Messenger != "telegram" || c.Customer != 6 {
		t.Errorf("%+v %+v %v", c, h, err)
	}
	m, err := now.Message(ctx, 2)
	if err != nil || m.Alias != "57" || !m.ByBot || m.Conversation != 2 || len(m.Suggestions) != 1 || m.Suggestions[0].Payload != "order" {
		t.Errorf("%+v %v", m, err)
	}
	if script, version, ok, err := now.ScriptNow(ctx); err != nil || !ok || version != 1 || !script.On {
		t.Errorf("%+v %d %v", script, version, err)
	}
	if lines, err := now.TalkLines(ctx, 1, 9); err != nil || len(lines) != 2 || lines[0].From != gateway.TalkOrder {
		t.Errorf("%+v %v", lines, err)
	}
}
