package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

const (
	// queryInvited are the invitations of some weeks that reached somebody, or may yet: a day has tens.
	queryInvited = `SELECT m.phone, coalesce(m.customer_id, 0), i.settled_at FROM invitation i JOIN message m ON m.id = i.message
		WHERE i.settled_at >= ?1 AND i.settled_at IS NOT NULL AND i.state = 'asked' AND m.state NOT IN ('cancelled', 'failed', 'expired')`
	reviewMailing = ` FROM campaign_person p JOIN campaign c ON c.id = p.campaign WHERE c.kind = 'invitation' AND (p.sent_at IS NOT NULL OR p.state IN ('queued', 'doubt')) AND `
	// queryInvitedSince counts mailings that ask for a review as well.
	queryInvitedSince = `SELECT max(at) FROM (
			SELECT i.settled_at AS at FROM invitation i JOIN message m ON m.id = i.message
				WHERE i.settled_at >= ?3 AND i.settled_at IS NOT NULL AND i.state = 'asked' AND m.state NOT IN ('cancelled', 'failed', 'expired')
				AND (m.phone = ?1 AND m.phone <> '' OR m.customer_id = ?2 AND m.customer_id <> 0)
			UNION ALL SELECT coalesce(p.sent_at, p.fed_at)` + reviewMailing + `p.phone = ?1 AND p.phone <> ''
			UNION ALL SELECT coalesce(p.sent_at, p.fed_at)` + reviewMailing + `p.customer_id = ?2 AND p.customer_id <> 0)
		WHERE at >= ?3`
	queryInvitationsMade = `SELECT count(*), min(settled_at) FROM invitation WHERE settled_at >= ? AND settled_at IS NOT NULL AND state = 'asked'`
	queryAskOf           = `SELECT order_id, at, due_at, tries, state, why, customer_id FROM ask WHERE order_id = ?`
)

// InvitedSince implements invite.Store.
func (s *Store) InvitedSince(ctx context.Context, phone device.Phone, customer int64, t time.Time) (time.Time, bool, error) {
	return s.oneTime(ctx, "read when a person was invited", queryInvitedSince, phone.String(), customer, t.UnixMilli())
}

// InvitationsMade implements invite.Store.
func (s *Store) InvitationsMade(ctx context.Context, since time.Time) (n int, first time.Time, err error) {
	var at stamp
	err = s.reader.QueryRowContext(ctx, queryInvitationsMade, since.UnixMilli()).Scan(&n, &at)
	return n, at.time(), fault("count invitations that were made", err)
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
