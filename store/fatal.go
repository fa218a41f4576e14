package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// alarm tells the first fault after which nothing may be written any more: the disk
// failed, or the file is damaged. From then on every change fails at once with that
// fault. An fsync that failed is never tried again: the kernel may have thrown the
// pages away and call the next one a success (postgresql.org/wiki, "Fsync Errors").
type alarm struct {
	tell func(error) // Options.OnFault; may be nil

	mu  sync.Mutex
	err error
}

// fatal tells whether an error ends the use of the file. A full disk, a lock that is
// not given and a lack of memory pass.
func fatal(err error) bool {
	code := codeOf(err)
	switch code & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	case sqlite3.SQLITE_IOERR:
	default:
		return false
	}
	switch code {
	case sqlite3.SQLITE_IOERR_NOMEM, sqlite3.SQLITE_IOERR_BLOCKED, sqlite3.SQLITE_IOERR_LOCK, sqlite3.SQLITE_IOERR_UNLOCK,
		sqlite3.SQLITE_IOERR_RDLOCK, sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK, sqlite3.SQLITE_IOERR_ACCESS,
		// A full disk shows in the shared index of the log as one of these.
		sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMLOCK, sqlite3.SQLITE_IOERR_SHMMAP:
		return false
	}
	return true
}

// note keeps and tells the first fatal error; it answers err.
func (a *alarm) note(err error) error {
	if err == nil || a == nil || !fatal(err) {
		return err
	}
	a.mu.Lock()
	first := a.err == nil
	if first {
		a.err = err
	}
	a.mu.Unlock()
	if first && a.tell != nil {
		a.tell(fault("use the database", err))
	}
	return err
}

// raised is the fatal error, nil while there was none.
func (a *alarm) raised() error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

// Broken is the fault after which this Store writes no more, nil while it works. Such
// a Store is not to be closed: closing would write and sync once more.
func (s *Store) Broken() error { return fault("use the database", s.alarm.raised()) }

// The log is written back into the file by the writer itself, since SQLite keeps the
// error of a checkpoint of its own to itself (sqlite3WalDefaultHook in wal.c): a failing
// fsync of the file would go unseen.
const (
	checkpointPages = 4096 // 4 MiB
	checkpointLook  = 32   // transactions between two looks
)

// checkpoint writes the log back when it has grown; conn is in no transaction.
func (w *writer) checkpoint(ctx context.Context, conn *sql.Conn) error {
	if w.commits++; w.commits < checkpointLook {
		return nil
	}
	w.commits = 0
	var busy, log, done int
	if err := conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(NOOP)`).Scan(&busy, &log, &done); err != nil {
		return err
	}
	if log-done < checkpointPages {
		return nil
	}
	err := conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &log, &done)
	var e *sqlite.Error
	if errors.As(err, &e) && !fatal(err) {
		return nil // another process is at it, or the disk is full: the log is safe where it is
	}
	return err
}
