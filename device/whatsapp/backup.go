package whatsapp

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"vestnik/device"
)

// Copy writes a compact copy of a session's file to a path that must not exist, also
// while a Session works on it, and has it on the disk when it returns. It answers the
// version of the library's tables. On an error nothing is left at the path.
func Copy(ctx context.Context, from, to string) (version int, err error) {
	const op = "whatsapp: copy"
	if _, err := os.Stat(from); err != nil {
		return 0, device.Errorf(device.NotFound, op, "%w", err)
	}
	// Made first, so that nobody else can read the keys: SQLite writes into an empty file
	// and leaves its mode alone.
	f, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, device.Errorf(device.Internal, op, "%w", err)
	}
	if err = f.Close(); err == nil {
		version, err = copyInto(ctx, from, to)
	}
	if err != nil {
		_ = os.Remove(to)
		return 0, device.Errorf(device.Internal, op, "%s: %w", from, err)
	}
	return version, nil
}

func copyInto(ctx context.Context, from, to string) (int, error) {
	db, err := sql.Open("sqlite", dsn(from))
	if err != nil {
		return 0, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	version, err := tablesVersion(ctx, db)
	if err != nil {
		return 0, err
	}
	// VACUUM INTO does not wait for the disk.
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return 0, err
	}
	for _, name := range []string{to, filepath.Dir(to)} {
		f, err := os.Open(name)
		if err != nil {
			return 0, err
		}
		err = f.Sync()
		_ = f.Close()
		if err != nil {
			return 0, err
		}
	}
	return version, nil
}

// tablesVersion is the version of the library's tables.
func tablesVersion(ctx context.Context, db *sql.DB) (version int, err error) {
	err = db.QueryRowContext(ctx, `SELECT version FROM whatsmeow_version`).Scan(&version)
	return version, err
}

// CheckFile reads a whole session's file that nobody has open for damage, without
// changing it, and answers the version of the library's tables.
func CheckFile(ctx context.Context, path string) (version int, err error) {
	const op = "whatsapp: check"
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	db, err := sql.Open("sqlite", "file:"+escaped+"?mode=ro&_pragma=query_only(1)")
	if err != nil {
		return 0, device.Errorf(device.Internal, op, "%w", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	var word string
	err = db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&word)
	if err == nil && word != "ok" {
		err = errors.New(word)
	}
	if err == nil {
		version, err = tablesVersion(ctx, db)
	}
	if err != nil {
		return 0, device.Errorf(device.Internal, op, "%s is damaged: %w", path, err)
	}
	return version, nil
}

// prekeyLeap is how far above the highest known prekey the next one is numbered after
// a restore.
const prekeyLeap = 1 << 16

// maxPrekey bounds the numbers of prekeys: they have 24 bits.
const maxPrekey = 1<<24 - 1

// Renew makes a session's file that came out of a backup safe to connect with. The
// identity stays: the phone keeps this device. The ratchets go: an old one makes messages that
// the customer's phone throws away without a word, and new ones build themselves. Of
// the one-time prekeys those that are left stay, since WhatsApp still hands out their
// public halves; new ones are numbered far above, so that none gets a number that the
// lost file had given to another key. Tables of an older version are brought up to date.
func Renew(ctx context.Context, path string) error {
	const op = "whatsapp: renew"
	v, err := openVault(ctx, path, libraryLog{slog.New(slog.DiscardHandler), "store"})
	if err != nil {
		return device.Errorf(device.Internal, op, "%s: %w", path, err)
	}
	if err := errors.Join(v.renew(ctx), v.close()); err != nil {
		return device.Errorf(device.Internal, op, "%s: %w", path, err)
	}
	return nil
}

func (v *vault) renew(ctx context.Context) error {
	tx, err := v.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing to undo after Commit
	for _, statement := range []string{
		`DELETE FROM whatsmeow_sessions`,
		`DELETE FROM whatsmeow_sender_keys`,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	// The key of the highest number is one that nobody was ever given.
	var unused [32]byte
	rand.Read(unused[:]) // never fails: crypto/rand ends the process instead
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO whatsmeow_pre_keys (jid, key_id, key, uploaded)
		SELECT jid, max(key_id) + ?, ?, true FROM whatsmeow_pre_keys GROUP BY jid HAVING max(key_id) + ? < ?`,
		prekeyLeap, unused[:], prekeyLeap, maxPrekey); err != nil {
		return fmt.Errorf("number the prekeys: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = v.db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	return err
}
