package whatsapp

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	waLog "go.mau.fi/whatsmeow/util/log"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"vestnik/device"
)

// Transition is one change of the session's state.
type Transition struct {
	At       time.Time
	From, To device.LinkState
	Cause    string
	Until    time.Time // end of a ban or lock; zero when none or unknown
	Code     int       // see device.Link
}

// keptTransitions is how many transitions the file remembers.
const keptTransitions = 2000

// vault is the session's file: the library's tables and two of ours.
type vault struct {
	db        *sql.DB
	container *sqlstore.Container
	mishaps   *mishaps
}

const ownTables = `
CREATE TABLE IF NOT EXISTS vestnik_transition (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	at         INTEGER NOT NULL, -- UTC, milliseconds
	from_state TEXT NOT NULL,
	to_state   TEXT NOT NULL CHECK (to_state IN ('off','unpaired','pairing','connecting','connected','unlinked',
		'banned','locked','outdated','replaced','unreachable','clock_wrong')),
	cause      TEXT NOT NULL,
	until      INTEGER,          -- UTC, milliseconds
	code       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS vestnik_lock (
	id      INTEGER PRIMARY KEY CHECK (id = 1),
	account TEXT NOT NULL,
	cause   TEXT NOT NULL,
	since   INTEGER NOT NULL,
	until   INTEGER NOT NULL,
	known   INTEGER NOT NULL CHECK (known IN (0, 1)),
	code    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS vestnik_account (
	account   TEXT PRIMARY KEY, -- the MSISDN without '+'
	linked_at INTEGER NOT NULL  -- UTC, milliseconds: when it was linked here for the first time
) STRICT;`

// dsn names the file with the pragmas that every pooled connection needs. The driver
// ignores the short forms such as _busy_timeout. FULL, since a ratchet that goes
// back in time after a power cut loses messages silently.
func dsn(path string) string {
	path = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	return "file:" + path + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_txlock=immediate"
}

func openVault(ctx context.Context, path string, log waLog.Logger) (*vault, error) {
	// The file holds the keys of the account. SQLite gives its side files the same mode.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	bare, err := sql.Open("sqlite", dsn(path)) // opens nothing yet: the way to the driver
	if err != nil {
		return nil, err
	}
	noted := &mishaps{}
	driver := bare.Driver()
	if err := bare.Close(); err != nil {
		return nil, err
	}
	db := sql.OpenDB(keeping{driver, dsn(path), noted, make(turn, 1)})
	// A few connections, so that a read beside a running transaction does not wait for
	// it; each has a cache of 2 MB at most.
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(2)
	if err := rewriteLog(ctx, db, path); err != nil {
		return nil, errors.Join(fmt.Errorf("secure the log: %w", err), db.Close())
	}
	v := &vault{db: db, container: sqlstore.NewWithDB(db, "sqlite", log), mishaps: noted}
	if err := v.container.Upgrade(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("upgrade the tables: %w", err), db.Close())
	}
	if err := v.makeOwnTables(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("make our tables: %w", err), db.Close())
	}
	return v, nil
}

// makeOwnTables makes our tables, or brings those of an older version up to date.
func (v *vault) makeOwnTables(ctx context.Context) error {
	if _, err := v.db.ExecContext(ctx, ownTables); err != nil {
		return err
	}
	for _, table := range []string{"vestnik_transition", "vestnik_lock"} {
		var has bool
		if err := v.db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM pragma_table_info(?) WHERE name = 'code'`, table).Scan(&has); err != nil {
			return err
		}
		if has {
			continue
		}
		if _, err := v.db.ExecContext(ctx, `ALTER TABLE `+table+` ADD COLUMN code INTEGER NOT NULL DEFAULT 0`); err != nil {
			return err
		}
	}
	return nil
}

func (v *vault) close() error {
	if v.mishaps.broken.Load() {
		return nil // closing would write and sync once more; the end of the process closes it
	}
	return v.db.Close()
}

// account is the linked account; nil when there is none.
func (v *vault) account(ctx context.Context) (*store.Device, error) {
	all, err := v.container.GetAllDevices(ctx)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[len(all)-1], nil
}

// load reads an account's keys afresh; nil when they are gone.
func (v *vault) load(ctx context.Context, jid types.JID) (*store.Device, error) {
	return v.container.GetDevice(ctx, jid)
}

// forget deletes every account's keys, with all that hangs on them. It does not wait
// for the library, which deletes them too, at a time of its own.
func (v *vault) forget(ctx context.Context) error {
	_, err := v.db.ExecContext(ctx, `DELETE FROM whatsmeow_device`)
	return err
}

// dropSessions deletes the ratchets but not the account.
func (v *vault) dropSessions(ctx context.Context) error {
	_, err := v.db.ExecContext(ctx, `DELETE FROM whatsmeow_sessions`)
	return err
}

func (v *vault) keep(ctx context.Context, t Transition) error {
	if _, err := v.db.ExecContext(ctx,
		`INSERT INTO vestnik_transition (at, from_state, to_state, cause, until, code) VALUES (?, ?, ?, ?, ?, ?)`,
		t.At.UnixMilli(), string(t.From), string(t.To), t.Cause, millis(t.Until), t.Code); err != nil {
		return err
	}
	_, err := v.db.ExecContext(ctx,
		`DELETE FROM vestnik_transition WHERE id <= (SELECT max(id) FROM vestnik_transition) - ?`, keptTransitions)
	return err
}

// transitions are the last n, newest first.
func (v *vault) transitions(ctx context.Context, n int) ([]Transition, error) {
	rows, err := v.db.QueryContext(ctx,
		`SELECT at, from_state, to_state, cause, until, code FROM vestnik_transition ORDER BY id DESC LIMIT ?`, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Transition
	for rows.Next() {
		var t Transition
		var at int64
		var until sql.NullInt64
		if err := rows.Scan(&at, &t.From, &t.To, &t.Cause, &until, &t.Code); err != nil {
			return nil, err
		}
		t.At = time.UnixMilli(at).UTC()
		if until.Valid {
			t.Until = time.UnixMilli(until.Int64).UTC()
		}
		found = append(found, t)
	}
	return found, rows.Err()
}

func (v *vault) keepLock(ctx context.Context, l lock) error {
	if l.Account == "" {
		_, err := v.db.ExecContext(ctx, `DELETE FROM vestnik_lock`)
		return err
	}
	_, err := v.db.ExecContext(ctx,
		`INSERT OR REPLACE INTO vestnik_lock (id, account, cause, since, until, known, code) VALUES (1, ?, ?, ?, ?, ?, ?)`,
		l.Account, l.Cause, l.Since.UnixMilli(), l.Until.UnixMilli(), l.Known, l.Code)
	return err
}

func (v *vault) lock(ctx context.Context) (lock, error) {
	var l lock
	var since, until int64
	err := v.db.QueryRowContext(ctx, `SELECT account, cause, since, until, known, code FROM vestnik_lock`).
		Scan(&l.Account, &l.Cause, &since, &until, &l.Known, &l.Code)
	if errors.Is(err, sql.ErrNoRows) {
		return lock{}, nil
	}
	l.Since, l.Until = time.UnixMilli(since).UTC(), time.UnixMilli(until).UTC()
	return l, err
}

func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}
