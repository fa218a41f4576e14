package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// querier is a pool, a connection or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// transaction is one change of the ledger with the one time it happened at.
type transaction struct {
	querier
	now time.Time
}

// change runs do in one transaction. When do or the commit fails, nothing has
// happened. op says what is being done, for the error.
func (s *Store) change(ctx context.Context, op string, do func(*transaction) error) error {
	return fault(op, s.writer.transact(ctx, func(q querier) error {
		tx := &transaction{querier: q, now: s.now()}
		if err := tx.sameHelpdesk(ctx); err != nil {
			return err
		}
		return do(tx)
	}))
}

// view runs do on one unchanging state of the database.
func (s *Store) view(ctx context.Context, op string, do func(querier) error) error {
	tx, err := s.reader.pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fault(op, s.alarm.note(err))
	}
	defer tx.Rollback() //nolint:errcheck // a reading transaction has nothing to lose
	return fault(op, s.alarm.note(do(tx)))
}

// changedOne tells whether a statement changed a row.
func changedOne(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// each reads all rows of a query.
func each(ctx context.Context, q querier, row func(scan scanner) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// scanner is the Scan of a row or of rows.
type scanner func(dest ...any) error

// millis is a time for the database; the zero time is NULL.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// stamp reads a time of the database.
type stamp struct{ sql.NullInt64 }

func (s stamp) time() time.Time {
	if !s.Valid {
		return time.Time{}
	}
	return time.UnixMilli(s.Int64).UTC()
}

// orNull is NULL for 0.
func orNull[T ~int64](n T) any {
	if n == 0 {
		return nil
	}
	return int64(n)
}

// textOrNull is NULL for "".
func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// jsonArgs is the arguments of a sentence; NULL when there are none. Keys come out
// sorted, so that equal arguments are equal texts.
func jsonArgs(a gateway.Args) (any, error) {
	if len(a) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(a)
	return string(b), err
}

func readArgs(s sql.NullString) (gateway.Args, error) {
	if !s.Valid {
		return nil, nil
	}
	var a gateway.Args
	err := json.Unmarshal([]byte(s.String), &a)
	return a, err
}

func joined[T ~string](list []T) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = string(s)
	}
	return strings.Join(parts, ",")
}

func split[T ~string](s string) []T {
	if s == "" {
		return nil
	}
	parts := strings.Split(s, ",")
	list := make([]T, len(parts))
	for i, p := range parts {
		list[i] = T(p)
	}
	return list
}

// tail is the digits of a phone, last one first.
func tail(p device.Phone) string { return reversed(p.Digits()) }

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// notFound is the error for one thing that is not there.
func notFound(op, format string, args ...any) error {
	return device.Errorf(device.NotFound, "store: "+op, format, args...)
}
