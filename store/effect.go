package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vestnik/gateway"
)

const (
	effectColumns = `id, kind, key, order_id, message, value, state, tries, next_at, error, at`
	queryEffect   = `SELECT ` + effectColumns + ` FROM effect WHERE id = ?`
	queryDue      = `SELECT ` + effectColumns + ` FROM effect WHERE state = 'pending' AND next_at <= ?1 AND instr(?2, ',' || kind || ',') > 0 ORDER BY next_at, id LIMIT 1`
	queryEffectAt = `SELECT min(next_at) FROM effect WHERE state = 'pending' AND instr(?1, ',' || kind || ',') > 0`
)

func scanEffect(scan scanner) (gateway.Effect, error) {
	var e gateway.Effect
	var order, message sql.NullInt64
	var next, at stamp
	err := scan(&e.ID, &e.Kind, &e.Key, &order, &message, &e.Value, &e.State, &e.Tries, &next, &e.Error, &at)
	e.Order, e.Message = gateway.OrderID(order.Int64), gateway.MessageID(message.Int64)
	e.NextAt, e.At = next.time(), at.time()
	return e, err
}

// enqueueEffect adds an effect, or renews the one with the same key when that says
// something else or was given up. The renewed one keeps its id.
func (tx *transaction) enqueueEffect(ctx context.Context, e gateway.Effect) error {
	const query = `
		INSERT INTO effect (kind, key, order_id, message, value, state, tries, next_at, error, at)
		VALUES (?, ?, ?, ?, ?, 'pending', 0, ?, '', ?)
		ON CONFLICT (key) DO UPDATE SET
			kind = excluded.kind, order_id = excluded.order_id, message = excluded.message, value = excluded.value,
			state = 'pending', tries = 0, next_at = excluded.next_at, error = '', at = excluded.at
		WHERE value <> excluded.value OR state IN ('failed', 'dropped')`
	if e.At.IsZero() {
		e.At = tx.now
	}
	if e.NextAt.IsZero() {
		e.NextAt = e.At
	}
	_, err := tx.ExecContext(ctx, query, string(e.Kind), e.Key, orNull(e.Order), orNull(e.Message), e.Value, e.NextAt.UnixMilli(), e.At.UnixMilli())
	return err
}

// AddEffect enqueues an effect that belongs to no other change, as a change's are.
func (s *Store) AddEffect(ctx context.Context, e gateway.Effect) error {
	return s.change(ctx, "keep an effect", func(tx *transaction) error { return tx.enqueueEffect(ctx, e) })
}

// Effect implements gateway.Effects.
func (s *Store) Effect(ctx context.Context, id int64) (gateway.Effect, error) {
	const op = "read an effect"
	e, err := scanEffect(s.reader.QueryRowContext(ctx, queryEffect, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Effect{}, notFound(op, "no effect %d", id)
	}
	if err != nil {
		return gateway.Effect{}, fault(op, err)
	}
	return e, nil
}

// DueEffect implements gateway.Effects.
func (s *Store) DueEffect(ctx context.Context, now time.Time, kinds []gateway.EffectKind) (gateway.Effect, bool, error) {
	e, err := scanEffect(s.reader.QueryRowContext(ctx, queryDue, now.UnixMilli(), ","+joined(kinds)+",").Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Effect{}, false, nil
	}
	if err != nil {
		return gateway.Effect{}, false, fault("read the next effect", err)
	}
	return e, true, nil
}

// NextEffectAt implements gateway.Effects.
func (s *Store) NextEffectAt(ctx context.Context, kinds []gateway.EffectKind) (time.Time, bool, error) {
	return s.oneTime(ctx, "read the time of the next effect", queryEffectAt, ","+joined(kinds)+",")
}

// SettleEffect implements gateway.Effects. An effect whose value was changed while
// it was being done stays pending with the new one, and one that a person dropped
// meanwhile is not tried again (a try has Tries above 0, a person's wish has none); the step
// is kept all the same.
func (s *Store) SettleEffect(ctx context.Context, e gateway.Effect, step *gateway.Step) error {
	const op = "settle an effect"
	const query = `
		UPDATE effect SET
			state   = CASE WHEN value <> ?1 OR state = 'dropped' AND ?2 = 'pending' AND ?3 > 0 THEN state ELSE ?2 END,
			tries   = CASE WHEN value = ?1 THEN ?3 ELSE tries END,
			next_at = CASE WHEN value = ?1 THEN coalesce(?4, next_at) ELSE next_at END,
			error   = CASE WHEN value = ?1 THEN ?5 ELSE error END
		WHERE id = ?6`
	return s.change(ctx, op, func(tx *transaction) error {
		found, err := changedOne(tx.ExecContext(ctx, query, e.Value, string(e.State), e.Tries, millis(e.NextAt), e.Error, e.ID))
		if err != nil {
			return err
		}
		if !found {
			return notFound(op, "no effect %d", e.ID)
		}
		if step == nil || e.Message == 0 {
			return nil
		}
		return tx.addSteps(ctx, e.Message, []gateway.Step{*step})
	})
}
