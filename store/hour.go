package store

import (
	"context"
	"database/sql"
	"math"
	"time"
)

// Lists are ordered by id, which rises with time, and asked for "since then". The
// table hour knows the first id of each hour's rows, so that no index on times is
// written with every row.

const firstDecision = `
	INSERT INTO hour (hour, first_decision) VALUES (?, ?)
	ON CONFLICT (hour) DO UPDATE SET first_decision = excluded.first_decision WHERE first_decision IS NULL`

const firstMessage = `
	INSERT INTO hour (hour, first_message) VALUES (?, ?)
	ON CONFLICT (hour) DO UPDATE SET first_message = excluded.first_message WHERE first_message IS NULL`

const firstIncoming = `
	INSERT INTO hour (hour, first_incoming) VALUES (?, ?)
	ON CONFLICT (hour) DO UPDATE SET first_incoming = excluded.first_incoming WHERE first_incoming IS NULL`

// noteHour remembers the first id of an hour; it writes once an hour.
func (tx *transaction) noteHour(ctx context.Context, at time.Time, first string, id int64) error {
	_, err := tx.ExecContext(ctx, first, hourOf(at), id)
	return err
}

func hourOf(t time.Time) int64 { return int64(math.Floor(float64(t.UnixMilli()) / 3_600_000)) }

const (
	decisionsSince = `SELECT min(first_decision) FROM hour WHERE hour >= ?`
	messagesSince  = `SELECT min(first_message) FROM hour WHERE hour >= ?`
	incomingSince  = `SELECT min(first_incoming) FROM hour WHERE hour >= ?`
)

// firstSince is an id below which no row is from t or later: 0 for the zero time,
// the greatest id when there is no such row.
func firstSince(ctx context.Context, q querier, query string, t time.Time) (int64, error) {
	if t.IsZero() {
		return 0, nil
	}
	var id sql.NullInt64
	if err := q.QueryRowContext(ctx, query, hourOf(t)).Scan(&id); err != nil {
		return 0, err
	}
	if !id.Valid {
		return math.MaxInt64, nil
	}
	return id.Int64, nil
}
