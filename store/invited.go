package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// What was made for a number is found by the number, for a card alone among all invitations: those
// are few, for most customers have a number.
const (
	queryInvitedPhone = `SELECT max(created_at) FROM message WHERE phone_tail = ?1 AND +dedupe_key >= 'invitation/' AND +dedupe_key < 'invitation0'
		AND created_at >= ?2 AND state <> 'cancelled'`
	queryInvitedCard = `SELECT max(created_at) FROM message WHERE dedupe_key >= 'invitation/' AND dedupe_key < 'invitation0'
		AND customer_id = ?1 AND created_at >= ?2 AND state <> 'cancelled'`
	queryAskOf = `SELECT order_id, at, due_at, tries, state, why, customer_id FROM ask WHERE order_id = ?`
)

// InvitedSince implements invite.Store.
func (s *Store) InvitedSince(ctx context.Context, phone device.Phone, customer int64, t time.Time) (time.Time, bool, error) {
	const op = "read when a person was invited"
	if phone != "" {
		return s.oneTime(ctx, op, queryInvitedPhone, tail(phone), t.UnixMilli())
	}
	if customer == 0 {
		return time.Time{}, false, nil
	}
	return s.oneTime(ctx, op, queryInvitedCard, customer, t.UnixMilli())
}

// AskOf implements invite.Store.
func (s *Store) AskOf(ctx context.Context, order gateway.OrderID) (gateway.Ask, bool, error) {
	var a gateway.Ask
	var at, due stamp
	err := s.reader.QueryRowContext(ctx, queryAskOf, int64(order)).Scan(&a.Order, &at, &due, &a.Tries, &a.State, &a.Why, &a.Customer)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Ask{}, false, nil
	}
	a.At, a.DueAt = at.time(), due.time()
	return a, err == nil, fault("read the question for an order's marks", err)
}
