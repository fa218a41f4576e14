package store

import (
	"context"
	"slices"
	"time"

	"vestnik/gateway/support"
)

// counterAlarms is the last change of the CRM's history that QueueAlarms has looked at.
const counterAlarms = "alarm/history_id"

// QueueAlarms implements support.Store. After a restore it passes over what the lost ledger
// may have told already, as QueueAsks does.
func (s *Store) QueueAlarms(ctx context.Context, statuses []string) (int, error) {
	const insert = `INSERT INTO alarm (order_id, status, at, due_at, state) VALUES (?, ?, ?, ?, 'waits') ON CONFLICT (order_id, status) DO NOTHING`
	queued := 0
	err := s.change(ctx, "queue orders of which support is to know", func(tx *transaction) error {
		queued = 0
		after, begins, err := tx.historyAfter(ctx, counterAlarms)
		if err != nil || begins {
			return err
		}
		last := after
		var reached []support.Alarm
		if err := each(ctx, tx, func(scan scanner) error {
			var a support.Alarm
			var at stamp
			if err := scan(&last, &a.Order, &a.Status, &at); err != nil {
				return err
			}
			if a.At = at.time(); !at.Valid {
				a.At = tx.now
			}
			if slices.Contains(statuses, a.Status) {
				reached = append(reached, a)
			}
			return nil
		}, queryAskable, after, asksAtOnce); err != nil {
			return err
		}
		for _, a := range reached {
			isNew, err := changedOne(tx.ExecContext(ctx, insert, int64(a.Order), a.Status, a.At.UnixMilli(), tx.now.UnixMilli()))
			if err != nil {
				return err
			}
			if isNew {
				queued++
			}
		}
		if last == after {
			return nil
		}
		_, err = tx.ExecContext(ctx, putCounter, counterAlarms, last)
		return err
	})
	if err != nil {
		return 0, err
	}
	return queued, nil
}

const (
	queryDueAlarms = `SELECT id, order_id, status, at, due_at, tries, state, ticket, comment, why FROM alarm
		WHERE state IN ('waits', 'opening') AND due_at <= ? ORDER BY due_at, id LIMIT ?`
	queryAlarmAt = `SELECT min(due_at) FROM alarm WHERE state IN ('waits', 'opening')`
)

// DueAlarms implements support.Store.
func (s *Store) DueAlarms(ctx context.Context, now time.Time, limit int) ([]support.Alarm, error) {
	var list []support.Alarm
	err := each(ctx, s.reader, func(scan scanner) error {
		var a support.Alarm
		var at, due stamp
		err := scan(&a.ID, &a.Order, &a.Status, &at, &due, &a.Tries, &a.State, &a.Ticket, &a.Comment, &a.Why)
		a.At, a.DueAt = at.time(), due.time()
		list = append(list, a)
		return err
	}, queryDueAlarms, now.UnixMilli(), limit)
	return list, fault("read of what support is to know", err)
}

// NextAlarmAt implements support.Store.
func (s *Store) NextAlarmAt(ctx context.Context) (time.Time, bool, error) {
	return s.oneTime(ctx, "read when support is to know", queryAlarmAt)
}

// KeepAlarm implements support.Store; NotFound for one that was never queued.
func (s *Store) KeepAlarm(ctx context.Context, a support.Alarm) error {
	const op = "keep what became of an alarm"
	const query = `UPDATE alarm SET due_at = ?, tries = ?, state = ?, ticket = ?, comment = ?, why = ? WHERE id = ?`
	return s.change(ctx, op, func(tx *transaction) error {
		found, err := changedOne(tx.ExecContext(ctx, query, edge(a.DueAt), a.Tries, string(a.State), int64(a.Ticket), a.Comment, a.Why, a.ID))
		if err == nil && !found {
			err = notFound(op, "no alarm %d", a.ID)
		}
		return err
	})
}
