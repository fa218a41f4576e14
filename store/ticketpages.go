package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/support"
)

const (
	queryDueTicket    = `SELECT ` + ticketColumns + ` FROM ticket t WHERE t.due_at <= ? ORDER BY t.due_at LIMIT 1`
	queryNextTicketAt = `SELECT min(due_at) FROM ticket WHERE due_at IS NOT NULL`
	queryOpenTickets  = `SELECT count(*) FROM ticket INDEXED BY ticket_looked WHERE open = 1`
	queryOldestLooks  = `SELECT ` + ticketColumns + ` FROM ticket t WHERE t.open = 1 AND t.looked_at < ? ORDER BY t.looked_at LIMIT ?`
	queryOpenOf       = `SELECT ` + ticketColumns + ` FROM ticket t WHERE t.open = 1 AND t.customer = ? AND t.customer <> 0 ORDER BY t.updated DESC, t.id DESC LIMIT 50`
	queryHadTicket    = `SELECT DISTINCT customer FROM ticket WHERE customer IN (SELECT value FROM json_each(?)) AND customer <> 0`
	queryToMakeDue    = `SELECT id FROM ticket WHERE open = 1 AND customer IN (SELECT value FROM json_each(?1)) AND customer <> 0 AND coalesce(due_at, ?2 + 1) > ?2`
	queryPersonOf     = `SELECT value, at FROM ticket_person WHERE id = ?`
)

// DueTicket implements support.Store.
func (s *Store) DueTicket(ctx context.Context, now time.Time) (support.Ticket, bool, error) {
	t, err := scanTicket(s.reader.QueryRowContext(ctx, queryDueTicket, now.UnixMilli()).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return support.Ticket{}, false, nil
	}
	if err != nil {
		return support.Ticket{}, false, fault("read the next ticket", err)
	}
	return t, true, nil
}

// NextTicketAt implements support.Store.
func (s *Store) NextTicketAt(ctx context.Context) (time.Time, bool, error) {
	return s.oneTime(ctx, "read when to take up a ticket", queryNextTicketAt)
}

// Tickets implements support.Store.
func (s *Store) Tickets(ctx context.Context, f support.TicketFilter) ([]support.Ticket, error) {
	const op = "list tickets"
	if f.Limit == 0 {
		f.Limit = 50
	}
	if f.Limit < 1 || f.Limit > 200 {
		return nil, device.Errorf(device.Invalid, "store: "+op, "limit %d: want 1 to 200", f.Limit)
	}
	query, args := ticketPage(f)
	var list []support.Ticket
	err := s.view(ctx, op, func(q querier) (err error) {
		list, err = tickets(ctx, q, query, args...)
		return err
	})
	return list, err
}

// ticketPage reads the index of lists from its end until enough is found.
func ticketPage(f support.TicketFilter) (string, []any) {
	where, args := []string{"first_seen >= ?"}, []any{edge(f.Since)}
	if f.Found != "" {
		where, args = append(where, "found = ?"), append(args, string(f.Found))
	}
	if f.Open {
		where = append(where, "open = 1")
	}
	if f.Raised {
		where = append(where, "raised_at IS NOT NULL")
	}
	if key := nameKey(f.Search); key != "" {
		where, args = append(where, "instr(search_key, ?) > 0"), append(args, key)
	}
	return `SELECT ` + ticketColumns + ` FROM ticket t WHERE t.id IN (
			SELECT id FROM ticket INDEXED BY ticket_list WHERE ` + strings.Join(where, " AND ") + ` ORDER BY first_seen DESC, id DESC LIMIT ?)
		ORDER BY t.first_seen DESC, t.id DESC`, append(args, f.Limit)
}

// OpenTicketsOf implements support.Store: at most fifty.
func (s *Store) OpenTicketsOf(ctx context.Context, customer int64) ([]support.Ticket, error) {
	list, err := tickets(ctx, s.reader, queryOpenOf, customer)
	return list, fault("read a customer's open tickets", err)
}

// OpenTickets implements support.Store.
func (s *Store) OpenTickets(ctx context.Context) (n int, err error) {
	err = s.reader.QueryRowContext(ctx, queryOpenTickets).Scan(&n)
	return n, fault("count open tickets", err)
}

// OldestLooks implements support.Store.
func (s *Store) OldestLooks(ctx context.Context, lookedBefore time.Time, limit int) ([]support.Ticket, error) {
	list, err := tickets(ctx, s.reader, queryOldestLooks, lookedBefore.UnixMilli(), limit)
	return list, fault("read tickets that were not looked at", err)
}

// MakeDue implements support.Store. It counts as a change, so that what is being written about a
// ticket does not put it off again.
func (s *Store) MakeDue(ctx context.Context, customers []int64, at time.Time) error {
	const op = "make tickets due"
	set, err := jsonList(customers)
	if err != nil {
		return fault(op, err)
	}
	ids, err := column[int64](ctx, s.reader, queryToMakeDue, set, at.UnixMilli())
	if err != nil || len(ids) == 0 {
		return fault(op, err)
	}
	if set, err = jsonList(ids); err != nil {
		return fault(op, err)
	}
	return s.change(ctx, op, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, `UPDATE ticket SET due_at = ?2, seen = seen + 1 WHERE id IN (SELECT value FROM json_each(?1)) AND open = 1`, set, at.UnixMilli())
		return err
	})
}

// Person implements support.Store.
func (s *Store) Person(ctx context.Context, id int64) (p gateway.Requester, at time.Time, err error) {
	const op = "read a user of the helpdesk"
	var text string
	var kept stamp
	err = s.reader.QueryRowContext(ctx, queryPersonOf, id).Scan(&text, &kept)
	if err != nil {
		return gateway.Requester{}, time.Time{}, fault(op, unlessNoRows(err))
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return gateway.Requester{}, time.Time{}, fault(op, err)
	}
	return p, kept.time(), nil
}

// KeepRequester implements support.Store.
func (s *Store) KeepRequester(ctx context.Context, p gateway.Requester, at time.Time) error {
	const op = "keep a user of the helpdesk"
	const put = `INSERT INTO ticket_person (id, value, at) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value, at = excluded.at`
	text, err := json.Marshal(p)
	if err != nil {
		return fault(op, err)
	}
	return s.change(ctx, op, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, put, p.ID, string(text), at.UnixMilli())
		return err
	})
}

// HelpdeskBook implements support.Store.
func (s *Store) HelpdeskBook(ctx context.Context) (gateway.HelpdeskBook, error) {
	const op = "read the helpdesk's vocabulary"
	var b gateway.HelpdeskBook
	text, err := helpdeskState(ctx, s.reader, stateBook)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &b)
	}
	if err != nil {
		return gateway.HelpdeskBook{}, fault(op, err)
	}
	return b, nil
}

// SaveHelpdeskBook implements support.Store.
func (s *Store) SaveHelpdeskBook(ctx context.Context, b gateway.HelpdeskBook) error {
	const op = "keep the helpdesk's vocabulary"
	text, err := json.Marshal(b)
	if err != nil {
		return fault(op, err)
	}
	return s.change(ctx, op, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, putHelpdeskState, stateBook, string(text))
		return err
	})
}
