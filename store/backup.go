package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"vestnik/gateway"
)

// SchemaVersion is the newest schema that this program knows.
func SchemaVersion() int {
	scripts, err := migrations()
	if err != nil {
		return 0 // the files are built in; a test reads them
	}
	return len(scripts)
}

// FileInfo is what CheckFile found.
type FileInfo struct {
	Schema int
	// Rows are the rows of the ledger's tables, by name.
	Rows map[string]int64
}

// CheckFile reads a whole database file that nobody has open for damage. It changes
// nothing. The error is that of Open.
func CheckFile(ctx context.Context, path string) (info FileInfo, err error) {
	u := url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro&_pragma=query_only(1)"}
	if !filepath.IsAbs(path) {
		u.Path, u.Opaque = "", url.PathEscape(path)
	}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return info, openFault(path, err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	var word string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&word); err != nil {
		return info, openFault(path, err)
	}
	if word != "ok" {
		return info, openFault(path, &OpenError{Path: path, Problem: ProblemCorrupt, Err: errors.New(word)})
	}
	var app int
	if err := db.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&app); err != nil {
		return info, openFault(path, err)
	}
	if info.Schema, err = schemaVersion(ctx, db); err != nil {
		return info, openFault(path, err)
	}
	switch {
	case app != applicationID || info.Schema == 0:
		return info, openFault(path, &OpenError{Path: path, Problem: ProblemForeign})
	case info.Schema > SchemaVersion():
		return info, openFault(path, &OpenError{Path: path, Problem: ProblemNewer})
	}
	info.Rows, err = counts(ctx, db)
	return info, openFault(path, err)
}

// counted are the tables whose rows a rehearsal counts.
var counted = []string{
	"message", "attempt", "receipt", "decision", "change", "effect", "incoming", "conversation", "mark", "ask", "presence", "rule", "script", "user", "token",
	"card", "ticket", "alarm", "campaign", "campaign_person", "consent_word", "invitation", "file",
}

// Counts is how many rows the tables of the ledger have. It reads whole indexes:
// seconds on a large file.
func (s *Store) Counts(ctx context.Context) (rows map[string]int64, err error) {
	err = s.view(ctx, "count the rows", func(q querier) error {
		rows, err = counts(ctx, q)
		return err
	})
	return rows, err
}

// counts leaves out the tables that a file of an older version does not have yet.
func counts(ctx context.Context, q querier) (map[string]int64, error) {
	rows := map[string]int64{}
	for _, table := range counted {
		var there bool
		if err := q.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?`, table).Scan(&there); err != nil {
			return nil, err
		}
		if !there {
			continue
		}
		var n int64
		if err := q.QueryRowContext(ctx, `SELECT count(*) FROM `+table).Scan(&n); err != nil {
			return nil, fmt.Errorf("%s: %w", table, err)
		}
		rows[table] = n
	}
	return rows, nil
}

// The counters of a restore. Times are UTC milliseconds.
const (
	counterRestoredAt = "restore/at"
	counterMadeAt     = "restore/made_at"
	counterCatchingUp = "restore/catching_up" // 1 until the CRM's history was read to its end
	counterUpTo       = "restore/up_to"       // the last history id read then
)

// open messages of a backup: what the ledger would still do something with.
const openFromBackup = `(state IN ('held', 'queued', 'sending', 'unknown') OR state = 'accepted' AND fallback_at IS NOT NULL)`

// HoldFromBackup makes a ledger that came out of a backup safe to work with: nothing
// in it is sent, marked or alarmed by itself any more, mailings rest, the CRM hears of no ticket that lies there already,
// nobody is asked for a mark, invited to leave a review or given
// an answer that he was owed, and nobody is logged in. It answers how many messages wait for
// a person now.
//
// What was heard and not dealt with before the backup stays open: whoever answers sees by
// gateway.Restored and the time at which it was written that it is too late, and calls a person.
// What the chats and WhatsApp bring again since then is new to this ledger and goes the same way.
func (s *Store) HoldFromBackup(ctx context.Context, madeAt time.Time) (int, error) {
	held := 0
	err := s.change(ctx, "hold what a backup left open", func(tx *transaction) error {
		now := tx.now.UnixMilli()
		for _, step := range []struct {
			query string
			args  []any
		}{
			{`INSERT INTO trace (message, n, at, reason, args)
				SELECT m.id, coalesce((SELECT max(n) FROM trace WHERE message = m.id), 0) + 1, ?, ?, json_object('made_at', ?, 'was', m.state)
				FROM message m WHERE ` + openFromBackup, []any{now, string(gateway.FromBackup), gateway.At(madeAt)}},
			{`UPDATE message SET state = 'held', reason = ?, not_before = NULL, fallback_at = NULL, resolve_at = NULL, updated_at = ?
				WHERE ` + openFromBackup, []any{string(gateway.FromBackup), now}},
			{`UPDATE message SET fallback_at = NULL, resolve_at = NULL WHERE alarm_at IS NOT NULL`, nil},
			{`UPDATE attempt SET state = 'uncertain', settled_at = ? WHERE state = 'sending'`, []any{now}},
			{`UPDATE effect SET state = 'dropped', error = ? WHERE state = 'pending'`, []any{gateway.MarkPutAside}},
			{`UPDATE ask SET state = 'never', why = ? WHERE state = 'waits'`, []any{string(gateway.FromBackup)}},
			{`UPDATE invitation SET state = 'never', why = ?, settled_at = ? WHERE state = 'waits'`, []any{string(gateway.FromBackup), now}},
			// Whom a mailing has written to since then nobody knows: one that rested may have gone on.
			{`UPDATE campaign SET state = 'paused', why = ?, args = NULL, updated_at = ? WHERE state IN ('starting', 'running', 'paused')`, []any{string(gateway.PausedRestored), now}},
			{`UPDATE alarm SET state = 'never', why = ? WHERE state IN ('waits', 'opening')`, []any{string(gateway.FromBackup)}},
			{`DELETE FROM helpdesk_state WHERE name = ?`, []any{stateTicketsBegun}},
			{`UPDATE conversation SET owed_until = NULL WHERE owed_until IS NOT NULL`, nil},
			{`DELETE FROM login`, nil},
			{`DELETE FROM counter WHERE name = ?`, []any{counterUpTo}},
			{putCounter, []any{counterRestoredAt, now}},
			{putCounter, []any{counterMadeAt, madeAt.UnixMilli()}},
			{putCounter, []any{counterCatchingUp, 1}},
		} {
			if _, err := tx.ExecContext(ctx, step.query, step.args...); err != nil {
				return err
			}
		}
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM message WHERE state = 'held'`).Scan(&held)
	})
	return held, err
}

const putCounter = `INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`

// Restored implements gateway.Restores.
func (s *Store) Restored(ctx context.Context) (gateway.Restored, error) {
	var r gateway.Restored
	err := each(ctx, s.reader, func(scan scanner) error {
		var name string
		var value int64
		if err := scan(&name, &value); err != nil {
			return err
		}
		switch name {
		case counterRestoredAt:
			r.At = time.UnixMilli(value).UTC()
		case counterMadeAt:
			r.MadeAt = time.UnixMilli(value).UTC()
		case counterCatchingUp:
			r.CatchingUp = value != 0
		case counterUpTo:
			r.UpTo = value
		}
		return nil
	}, `SELECT name, value FROM counter WHERE name IN ('restore/at', 'restore/made_at', 'restore/catching_up', 'restore/up_to')`)
	return r, fault("read when this was restored", err)
}

// CaughtUp implements gateway.Restores.
func (s *Store) CaughtUp(ctx context.Context, upTo int64) error {
	return s.change(ctx, "note that the CRM's history was read", func(tx *transaction) error {
		if _, err := tx.ExecContext(ctx, putCounter, counterUpTo, upTo); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM counter WHERE name = ?`, counterCatchingUp)
		return err
	})
}

// queryFromBackup reads along the index of what waits for a person.
const queryFromBackup = `SELECT ` + messageColumns + `, d.status,
		(SELECT args FROM trace t WHERE t.message = m.id AND t.reason = m.reason ORDER BY n DESC LIMIT 1)
	FROM message m INDEXED BY message_person JOIN decision d ON d.id = m.decision
	WHERE ` + forPerson + ` AND m.state = 'held' AND m.reason = ?1 AND m.id > ?2
	ORDER BY m.id LIMIT ?3`

// queryFromBackupCounts counts along the same index.
const queryFromBackupCounts = `SELECT m.reason, count(*) FROM message m INDEXED BY message_person WHERE ` + forPerson + ` AND m.state = 'held'
	AND m.reason IN ('from_backup', 'backup_sent', 'backup_unsent', 'backup_unclear') GROUP BY m.reason`

// forPerson is the condition of the index message_person, word by word, so that SQLite
// takes it.
const forPerson = `((m.state = 'held' AND m.not_before IS NULL) OR (m.state = 'unknown' AND m.resolve_at IS NULL))`

// FromBackup implements gateway.Restores.
func (s *Store) FromBackup(ctx context.Context, reason gateway.Reason, after gateway.MessageID, limit int) ([]gateway.BackupMessage, error) {
	var list []gateway.BackupMessage
	err := each(ctx, s.reader, func(scan scanner) error {
		var r messageRow
		var m gateway.BackupMessage
		var args sql.NullString
		if err := scan(append(r.dest(), &m.Status, &args)...); err != nil {
			return err
		}
		m.Message = r.message()
		var err error
		m.Args, err = readArgs(args)
		list = append(list, m)
		return err
	}, queryFromBackup, string(reason), int64(after), limit)
	return list, fault("read what is held from a backup", err)
}

// FromBackupCounts implements gateway.Restores.
func (s *Store) FromBackupCounts(ctx context.Context) (map[gateway.Reason]int, error) {
	counts := map[gateway.Reason]int{}
	err := each(ctx, s.reader, func(scan scanner) error {
		var reason gateway.Reason
		var n int
		err := scan(&reason, &n)
		counts[reason] = n
		return err
	}, queryFromBackupCounts)
	return counts, fault("count what is held from a backup", err)
}

const queryKnownMark = `SELECT value FROM effect WHERE key = 'mark/' || ?`

// KnownMark implements gateway.Restores.
func (s *Store) KnownMark(ctx context.Context, id gateway.OrderID) (string, error) {
	var value string
	err := s.reader.QueryRowContext(ctx, queryKnownMark, int64(id)).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, fault("read the mark of an order", err)
}

// MarksFromBackup implements gateway.Restores.
func (s *Store) MarksFromBackup(ctx context.Context, limit int) ([]gateway.Effect, error) {
	var list []gateway.Effect
	err := each(ctx, s.reader, func(scan scanner) error {
		e, err := scanEffect(scan)
		list = append(list, e)
		return err
	}, `SELECT `+effectColumns+` FROM effect WHERE kind = 'mark_whatsapp' AND state = 'dropped' AND error = ? ORDER BY id LIMIT ?`, gateway.MarkPutAside, limit)
	return list, fault("read the marks of a backup", err)
}
