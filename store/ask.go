package store

import (
	"context"
	"slices"
	"time"

	"vestnik/gateway"
)

// counterAsks is the last change of the CRM's history that QueueAsks has looked at.
const counterAsks = "ask/history_id"

// asksAtOnce bounds the changes that one call looks at.
const asksAtOnce = 5000

const queryAskable = `SELECT history_id, order_id, to_status, at FROM change WHERE history_id > ? ORDER BY history_id LIMIT ?`

// QueueAsks implements gateway.Talks. After a restore it passes over what the lost
// ledger may have asked about already, as gateway.Restored.Holds has it.
func (s *Store) QueueAsks(ctx context.Context, statuses []string, delay time.Duration) (int, error) {
	const insert = `INSERT INTO ask (order_id, at, due_at, state) VALUES (?, ?, ?, 'waits') ON CONFLICT (order_id) DO NOTHING`
	return s.queueOrders(ctx, "queue questions for marks", counterAsks, insert, statuses, delay)
}

// queueOrders inserts the orders that reached one of the statuses since it was last asked, by its
// counter.
func (s *Store) queueOrders(ctx context.Context, op, counter, insert string, statuses []string, delay time.Duration) (int, error) {
	queued := 0
	err := s.change(ctx, op, func(tx *transaction) error {
		queued = 0
		after, begins, err := tx.historyAfter(ctx, counter)
		if err != nil || begins {
			return err
		}
		last := after
		type reached struct {
			order int64
			at    time.Time
		}
		var orders []reached
		if err := each(ctx, tx, func(scan scanner) error {
			var r reached
			var status string
			var at stamp
			if err := scan(&last, &r.order, &status, &at); err != nil {
				return err
			}
			if r.at = at.time(); !at.Valid {
				r.at = tx.now
			}
			if slices.Contains(statuses, status) {
				orders = append(orders, r)
			}
			return nil
		}, queryAskable, after, asksAtOnce); err != nil {
			return err
		}
		for _, r := range orders {
			isNew, err := changedOne(tx.ExecContext(ctx, insert, r.order, r.at.UnixMilli(), r.at.Add(delay).UnixMilli()))
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
		_, err = tx.ExecContext(ctx, putCounter, counter, last)
		return err
	})
	if err != nil {
		return 0, err
	}
	return queued, nil
}

// historyAfter is the change after which a reader of the history goes on, whose counter has
// this name. begins tells that it has only noted where the history ends: the first time, and while
// a restored ledger catches up.
func (tx *transaction) historyAfter(ctx context.Context, counter string) (after int64, begins bool, err error) {
	counters := map[string]int64{}
	if err := each(ctx, tx, func(scan scanner) error {
		var name string
		var value int64
		err := scan(&name, &value)
		counters[name] = value
		return err
	}, `SELECT name, value FROM counter WHERE name IN (?, '`+counterCatchingUp+`', '`+counterUpTo+`')`, counter); err != nil {
		return 0, false, err
	}
	after, known := counters[counter]
	if known && counters[counterCatchingUp] == 0 {
		if upTo, restored := counters[counterUpTo]; restored {
			after = max(after, upTo)
		}
		return after, false, nil
	}
	var newest int64
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(history_id), 0) FROM change`).Scan(&newest); err != nil {
		return 0, false, err
	}
	_, err = tx.ExecContext(ctx, putCounter, counter, newest)
	return newest, true, err
}

// asked writes in an answer what became of a question for marks. One that was never
// queued, as when a person asks by hand, is not asked again either.
func (tx *transaction) asked(ctx context.Context, a gateway.Answered) error {
	const query = `
		INSERT INTO ask (order_id, at, due_at, tries, state, why, customer_id)
		VALUES (?1, ?2, ?3, 1, ?4, ?5, (SELECT customer_id FROM conversation WHERE id = ?6))
		ON CONFLICT (order_id) DO UPDATE SET state = excluded.state, why = excluded.why, tries = tries + 1, customer_id = excluded.customer_id,
			due_at = CASE excluded.state WHEN 'waits' THEN excluded.due_at ELSE due_at END`
	due := a.AskAgainAt
	if due.IsZero() {
		due = tx.now
	}
	_, err := tx.ExecContext(ctx, query, int64(a.Asked), tx.now.UnixMilli(), due.UnixMilli(), string(a.AskedState), a.Why, int64(a.Conversation))
	return err
}

const (
	queryDueAsks = `SELECT order_id, at, due_at, tries, state, why, customer_id FROM ask WHERE state = 'waits' AND due_at <= ? ORDER BY due_at, order_id LIMIT ?`
	queryAskAt   = `SELECT min(due_at) FROM ask WHERE state = 'waits'`
)

// DueAsks implements gateway.Talks.
func (s *Store) DueAsks(ctx context.Context, now time.Time, limit int) ([]gateway.Ask, error) {
	var list []gateway.Ask
	err := each(ctx, s.reader, func(scan scanner) error {
		var a gateway.Ask
		var at, due stamp
		err := scan(&a.Order, &at, &due, &a.Tries, &a.State, &a.Why, &a.Customer)
		a.At, a.DueAt = at.time(), due.time()
		list = append(list, a)
		return err
	}, queryDueAsks, now.UnixMilli(), limit)
	return list, fault("read questions for marks", err)
}

// NextAskAt implements gateway.Talks.
func (s *Store) NextAskAt(ctx context.Context) (time.Time, bool, error) {
	return s.oneTime(ctx, "read when to ask for a mark", queryAskAt)
}

// SettleAsk implements gateway.Talks.
func (s *Store) SettleAsk(ctx context.Context, a gateway.Ask) error {
	const op = "settle a question for marks"
	const query = `UPDATE ask SET state = ?, why = ?, due_at = ?, tries = ?, customer_id = CASE ?5 WHEN 0 THEN customer_id ELSE ?5 END WHERE order_id = ?6`
	return s.change(ctx, op, func(tx *transaction) error {
		found, err := changedOne(tx.ExecContext(ctx, query, string(a.State), a.Why, a.DueAt.UnixMilli(), a.Tries, a.Customer, int64(a.Order)))
		if err == nil && !found {
			err = notFound(op, "nobody is to be asked about order %d", a.Order)
		}
		return err
	})
}
