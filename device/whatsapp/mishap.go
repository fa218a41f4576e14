package whatsapp

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// mishaps are the statements on the session's file that failed. The library logs some
// of them and goes on: it sends a message without the phones whose keys it could not
// read or keep.
type mishaps struct {
	tell   func(error) // Options.OnFault; may be nil
	broken atomic.Bool // the disk failed: nothing is to be written any more

	mu     sync.Mutex
	cancel context.CancelFunc // of the send under way
	fault  error              // the first one since it began
}

// stop has cancel called at the first fault from now on, before whoever met it goes
// on. The function it answers ends that and tells the fault.
func (m *mishaps) stop(cancel context.CancelFunc) (fault func() error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cancel, m.fault = cancel, nil
	return func() error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.cancel = nil
		return m.fault
	}
}

// note takes an error down and answers it.
func (m *mishaps) note(err error) error {
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, driver.ErrSkip),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	m.mu.Lock()
	if m.cancel != nil && m.fault == nil {
		m.fault = err
		m.cancel()
	}
	m.mu.Unlock()
	if diskFailed(err) && m.broken.CompareAndSwap(false, true) && m.tell != nil {
		m.tell(fmt.Errorf("whatsapp: the session's file: %w", err))
	}
	return err
}

// diskFailed tells an error of the disk from one that passes. A full disk, a lock that
// is not given and a lack of memory pass.
func diskFailed(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() {
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_WRITE,
		sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC, sqlite3.SQLITE_IOERR_TRUNCATE, sqlite3.SQLITE_IOERR_FSTAT,
		sqlite3.SQLITE_IOERR_CORRUPTFS, sqlite3.SQLITE_IOERR_DATA:
		return true
	}
	return false
}

// Next implements driver.Rows.
func (r *keptRows) Next(into []driver.Value) error { return r.mishaps.note(r.Rows.Next(into)) }
