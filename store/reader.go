package store

import (
	"context"
	"database/sql"
	"sync"
)

// reader is the pool of the loops' small questions, whose statements are parsed once
// for each connection. Lists and stories, which read in a transaction, use the pool
// itself.
type reader struct {
	pool  *sql.DB
	alarm *alarm // may be nil
	mu    sync.Mutex
	stmts map[string]*sql.Stmt
}

func newReader(pool *sql.DB, a *alarm) *reader {
	pool.SetMaxOpenConns(readers)
	pool.SetMaxIdleConns(readers)
	return &reader{pool: pool, stmts: map[string]*sql.Stmt{}, alarm: a}
}

func (r *reader) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	r.mu.Lock()
	stmt := r.stmts[query]
	r.mu.Unlock()
	if stmt != nil {
		return stmt, nil
	}
	// Not under the lock: this may wait for a free connection.
	stmt, err := r.pool.PrepareContext(ctx, query)
	if err != nil {
		return nil, r.alarm.note(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if first := r.stmts[query]; first != nil {
		_ = stmt.Close()
		return first, nil
	}
	r.stmts[query] = stmt
	return stmt, nil
}

func (r *reader) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, stmt := range r.stmts {
		_ = stmt.Close()
	}
	clear(r.stmts)
	return r.pool.Close()
}

// ExecContext implements querier; the pool is query_only, so it changes nothing.
func (r *reader) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return r.pool.ExecContext(ctx, query, args...)
}

// QueryContext implements querier.
func (r *reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := r.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	return rows, r.alarm.note(err) //nolint:sqlclosecheck // the caller closes them
}

// QueryRowContext implements querier. A question that is begun goes to its end, which
// takes microseconds: to watch ctx meanwhile, database/sql and the driver would start a
// goroutine each.
func (r *reader) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if ctx.Err() == nil {
		ctx = context.WithoutCancel(ctx)
	}
	stmt, err := r.stmt(ctx, query)
	if err != nil {
		// Running the query again is the way to get a Row with this error.
		return r.pool.QueryRowContext(ctx, query, args...)
	}
	row := stmt.QueryRowContext(ctx, args...)
	_ = r.alarm.note(row.Err())
	return row
}
