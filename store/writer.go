package store

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"
)

// writer is the one connection that writes. Callers take turns; the statements of
// all transactions are parsed once and kept, which is a third of a transaction's
// time on a small box. Changes that wait at the same time share a transaction (group.go).
type writer struct {
	pool  *sql.DB       // of one connection
	turn  chan struct{} // holds one token while nobody writes
	conn  *sql.Conn     // nil until the first use, and after it broke
	stmts map[string]*sql.Stmt
	queue queue
	took  time.Duration // what the last commit waited for the disk
	alarm *alarm        // may be nil
	// commits counts towards the next look at the log's length.
	commits int
	// changes rises with everything that is written, before anybody hears that it was.
	changes atomic.Int64
}

func newWriter(pool *sql.DB, a *alarm) *writer {
	pool.SetMaxOpenConns(1)
	w := &writer{pool: pool, turn: make(chan struct{}, 1), stmts: map[string]*sql.Stmt{}, queue: newQueue(), alarm: a}
	w.turn <- struct{}{}
	return w
}

// use runs do alone on the connection, outside of any transaction.
func (w *writer) use(ctx context.Context, do func(*sql.Conn) error) error {
	select {
	case <-w.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { w.turn <- struct{}{} }()
	if err := ctx.Err(); err != nil {
		return err
	}
	defer w.changes.Add(1)
	return w.hold(ctx, do)
}

// hold runs do on the connection, for a caller whose turn it is.
func (w *writer) hold(ctx context.Context, do func(*sql.Conn) error) error {
	if err := w.alarm.raised(); err != nil {
		return err
	}
	if w.conn == nil {
		conn, err := w.pool.Conn(ctx)
		if err != nil {
			return w.alarm.note(err)
		}
		w.conn = conn
	}
	err := w.alarm.note(do(w.conn))
	if errors.Is(err, sql.ErrConnDone) {
		w.drop()
	}
	return err
}

// drop closes the connection; the next use opens another one.
func (w *writer) drop() {
	for _, stmt := range w.stmts {
		_ = stmt.Close()
	}
	clear(w.stmts)
	if w.conn != nil {
		_ = w.conn.Close()
		w.conn = nil
	}
}

func (w *writer) close() error {
	<-w.turn
	w.drop()
	err := w.pool.Close()
	w.turn <- struct{}{} // who comes later is told that it is closed
	return err
}

// rollBack ends a transaction if there is one: a full disk may have ended it
// already.
func (w *writer) rollBack(ctx context.Context) {
	_, _ = w.conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
}

// stmt is the parsed statement of a query. Only constant queries come here, so
// their number is small.
func (w *writer) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt := w.stmts[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := w.conn.PrepareContext(ctx, query)
	if err == nil {
		w.stmts[query] = stmt
	}
	return stmt, w.alarm.note(err)
}

// ExecContext implements querier, inside of transact only.
func (w *writer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx = context.WithoutCancel(ctx)
	stmt, err := w.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := stmt.ExecContext(ctx, args...)
	return res, w.alarm.note(err)
}

// QueryContext implements querier, inside of transact only.
func (w *writer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx = context.WithoutCancel(ctx)
	stmt, err := w.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	return rows, w.alarm.note(err) //nolint:sqlclosecheck // the caller closes them
}

// QueryRowContext implements querier, inside of transact only.
func (w *writer) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	ctx = context.WithoutCancel(ctx)
	stmt, err := w.stmt(ctx, query)
	if err != nil {
		// Running the query again is the way to get a Row with this error.
		return w.conn.QueryRowContext(ctx, query, args...)
	}
	row := stmt.QueryRowContext(ctx, args...)
	_ = w.alarm.note(row.Err())
	return row
}
