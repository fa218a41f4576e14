package store

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/support"
)

// pairStep is between the times for which a pair tells whether a customer came back.
const pairStep = 30 * 24 * time.Hour

const (
	// queryQuestions counts a ticket once for each product that it names.
	queryQuestions = `
		SELECT per.topic, per.product, per.n, per.before, per.example, t.number FROM (
			SELECT t.topic AS topic, coalesce(p.value, '') AS product, count(*) FILTER (WHERE t.first_seen >= ?2) AS n,
				count(*) FILTER (WHERE t.first_seen < ?2) AS before, max(t.id) FILTER (WHERE t.first_seen >= ?2) AS example
			FROM ticket t INDEXED BY ticket_list LEFT JOIN json_each(t.products) p
			WHERE t.first_seen >= ?1 AND t.first_seen < ?3 AND t.topic <> '' AND t.internal = 0
			GROUP BY 1, 2 HAVING n > 0) per
		JOIN ticket t ON t.id = per.example ORDER BY per.n DESC, per.topic, per.product LIMIT 200`
	queryUnpaired = `SELECT ` + ticketColumns + ` FROM ticket t INDEXED BY ticket_unpaired
		WHERE t.open = 0 AND t.customer <> 0 AND t.internal = 0 AND t.paired < 3 AND t.closed_at < ?1 AND t.closed_at < ?1 - t.paired * ?2 ORDER BY t.closed_at LIMIT ?3`
	queryPairs = `SELECT ticket, customer, closed_at, value FROM pair WHERE closed_at >= ? ORDER BY closed_at DESC, ticket DESC LIMIT 20000`
)

// Questions implements support.Store: at most two hundred.
func (s *Store) Questions(ctx context.Context, since, until time.Time) ([]support.Question, error) {
	const op = "count what was asked"
	before := since.Add(-until.Sub(since))
	var list []support.Question
	err := each(ctx, s.reader, func(scan scanner) error {
		var q support.Question
		err := scan(&q.Topic, &q.Product, &q.Tickets, &q.Before, &q.Example, &q.Number)
		list = append(list, q)
		return err
	}, queryQuestions, before.UnixMilli(), since.UnixMilli(), until.UnixMilli())
	return list, fault(op, err)
}

// DigestedAt implements support.Store; zero before the first.
func (s *Store) DigestedAt(ctx context.Context) (time.Time, error) {
	const op = "read up to when the CRM was told what is asked"
	text, err := helpdeskState(ctx, s.reader, stateDigestedAt)
	if err != nil || text == "" {
		return time.Time{}, fault(op, err)
	}
	at, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fault(op, err)
	}
	return time.UnixMilli(at).UTC(), nil
}

// KeepDigest implements support.Store. An effect without a key is none: there was nothing to
// tell.
func (s *Store) KeepDigest(ctx context.Context, at time.Time, e gateway.Effect) error {
	return s.change(ctx, "note that the CRM is told what is asked", func(tx *transaction) error {
		if _, err := tx.ExecContext(ctx, putHelpdeskState, stateDigestedAt, strconv.FormatInt(at.UnixMilli(), 10)); err != nil || e.Key == "" {
			return err
		}
		return tx.enqueueEffect(ctx, e)
	})
}

// UnpairedTickets implements support.Store, those that were closed first at the front.
func (s *Store) UnpairedTickets(ctx context.Context, closedBefore time.Time, limit int) ([]support.Ticket, error) {
	list, err := tickets(ctx, s.reader, queryUnpaired, closedBefore.UnixMilli(), pairStep.Milliseconds(), limit)
	return list, fault("read tickets whose effect is not known", err)
}

// KeepPair implements support.Store.
func (s *Store) KeepPair(ctx context.Context, p support.Pair) error {
	const op = "keep a customer beside like ones"
	const put = `INSERT INTO pair (ticket, customer, closed_at, value) VALUES (?, ?, ?, ?)
		ON CONFLICT (ticket) DO UPDATE SET customer = excluded.customer, closed_at = excluded.closed_at, value = excluded.value`
	known := 0
	for _, k := range p.Known {
		if k {
			known++
		}
	}
	value, err := json.Marshal(p)
	if err != nil {
		return fault(op, err)
	}
	return s.change(ctx, op, func(tx *transaction) error {
		if _, err := tx.ExecContext(ctx, put, int64(p.Ticket), p.Customer, p.ClosedAt.UnixMilli(), string(value)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE ticket SET paired = ?1 WHERE id = ?2 AND paired <> ?1`, known, int64(p.Ticket))
		return err
	})
}

// Pairs implements support.Store, by the time at which the tickets were closed.
func (s *Store) Pairs(ctx context.Context, since time.Time) ([]support.Pair, error) {
	var list []support.Pair
	err := each(ctx, s.reader, func(scan scanner) error {
		var ticket gateway.TicketID
		var customer int64
		var closed stamp
		var value string
		if err := scan(&ticket, &customer, &closed, &value); err != nil {
			return err
		}
		var p support.Pair
		err := json.Unmarshal([]byte(value), &p)
		p.Ticket, p.Customer, p.ClosedAt = ticket, customer, closed.time()
		list = append(list, p)
		return err
	}, queryPairs, since.UnixMilli())
	return list, fault("read customers beside like ones", err)
}

// HadTicket implements support.Store.
func (s *Store) HadTicket(ctx context.Context, customers []int64) (map[int64]bool, error) {
	const op = "look who has had a ticket"
	set, err := jsonList(customers)
	if err != nil {
		return nil, fault(op, err)
	}
	ids, err := column[int64](ctx, s.reader, queryHadTicket, set)
	had := make(map[int64]bool, len(ids))
	for _, id := range ids {
		had[id] = true
	}
	return had, fault(op, err)
}
