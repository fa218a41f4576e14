package store

import (
	"context"
	"database/sql"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// counterInvitations is the last change of the CRM's history that QueueInvitations has looked at.
const counterInvitations = "invitation/history_id"

// QueueInvitations implements gateway.Invitations. After a restore it passes over what the lost ledger may
// have invited already, as QueueAsks does.
func (s *Store) QueueInvitations(ctx context.Context, statuses []string, delay time.Duration) (int, error) {
	const insert = `INSERT INTO invitation (order_id, at, due_at, state) VALUES (?, ?, ?, 'waits') ON CONFLICT (order_id) DO NOTHING`
	return s.queueOrders(ctx, "queue invitations", counterInvitations, insert, statuses, delay)
}

const (
	invitationColumns = `order_id, at, due_at, tries, state, why, message, coalesce(decision, 0)`

	queryDueInvitations  = `SELECT ` + invitationColumns + ` FROM invitation WHERE state = 'waits' AND due_at <= ? ORDER BY due_at, order_id LIMIT ?`
	queryInvitationAt    = `SELECT min(due_at) FROM invitation WHERE state = 'waits'`
	queryLastInvitations = `SELECT ` + invitationColumns + ` FROM invitation WHERE settled_at IS NOT NULL ORDER BY settled_at DESC LIMIT ?`
)

func invitations(ctx context.Context, q querier, query string, args ...any) ([]gateway.Invitation, error) {
	var list []gateway.Invitation
	err := each(ctx, q, func(scan scanner) error {
		var i gateway.Invitation
		var at, due stamp
		var message sql.NullInt64
		err := scan(&i.Order, &at, &due, &i.Tries, &i.State, &i.Why, &message, &i.Decision)
		i.At, i.DueAt, i.Message = at.time(), due.time(), gateway.MessageID(message.Int64)
		list = append(list, i)
		return err
	}, query, args...)
	return list, err
}

// DueInvitations implements gateway.Invitations.
func (s *Store) DueInvitations(ctx context.Context, now time.Time, limit int) ([]gateway.Invitation, error) {
	list, err := invitations(ctx, s.reader, queryDueInvitations, now.UnixMilli(), limit)
	return list, fault("read invitations", err)
}

// NextInvitationAt implements gateway.Invitations.
func (s *Store) NextInvitationAt(ctx context.Context) (time.Time, bool, error) {
	return s.oneTime(ctx, "read when to invite", queryInvitationAt)
}

// LastInvitations implements gateway.Invitations.
func (s *Store) LastInvitations(ctx context.Context, limit int) ([]gateway.Invitation, error) {
	list, err := invitations(ctx, s.reader, queryLastInvitations, limit)
	return list, fault("read the last invitations", err)
}

// justBefore is how long before a decision whatever it should have known may have been on its way
// into the file.
const justBefore = time.Hour

// askedMeanwhile finds who was asked for a review by a mailing or by another order's invitation
// while his own was being decided.
func (tx *transaction) askedMeanwhile(ctx context.Context, d gateway.Decision) (bool, error) {
	if d.Message == nil {
		return false, nil
	}
	var at stamp
	err := tx.QueryRowContext(ctx, queryInvitedSince, d.Message.To.String(), d.Message.Customer, d.At.Add(-justBefore).UnixMilli()).Scan(&at)
	return at.Valid, err
}

// SettleInvitation implements gateway.Invitations. One that waits no more is left as it is, and so
// is one whose person was asked by another message since it was decided: Conflict.
func (s *Store) SettleInvitation(ctx context.Context, i gateway.Invitation, d *gateway.Decision, l gateway.ReviewLink) error {
	const op = "settle an invitation"
	const query = `UPDATE invitation SET state = ?, why = ?, due_at = ?, tries = ?, message = ?, settled_at = CASE WHEN ?1 = 'waits' THEN NULL ELSE ?6 END,
		decision = ?8 WHERE order_id = ?7`
	return s.change(ctx, op, func(tx *transaction) error {
		var state gateway.AskState
		err := tx.QueryRowContext(ctx, `SELECT state FROM invitation WHERE order_id = ?`, int64(i.Order)).Scan(&state)
		switch {
		case err != nil && unlessNoRows(err) == nil:
			return notFound(op, "nobody is to be invited for order %d", i.Order)
		case err != nil:
			return err
		case state != gateway.AskWaits:
			return device.Errorf(device.Conflict, "store: "+op, "the invitation for order %d was settled before", i.Order)
		}
		if d != nil {
			if asked, err := tx.askedMeanwhile(ctx, *d); err != nil {
				return err
			} else if asked {
				return device.Errorf(device.Conflict, "store: "+op, "the customer of order %d was asked by another message in the meantime", i.Order)
			}
			kept := *d
			kept.HistoryID = 0
			if kept, err = tx.keepDecision(ctx, kept); err != nil {
				return err
			}
			i.Message, i.Decision = kept.MessageID, kept.ID
			if kept.Verdict == gateway.Send {
				if l.Order == 0 {
					l.Order = i.Order
				}
				if err := tx.keepLink(ctx, l); err != nil {
					return err
				}
			}
		}
		_, err = tx.ExecContext(ctx, query, string(i.State), string(i.Why), i.DueAt.UnixMilli(), i.Tries, orNull(i.Message), tx.now.UnixMilli(), int64(i.Order), orNull(i.Decision))
		return err
	})
}

// queryInvitationTotals looks at the invitations of some time one by one: a day has tens.
const queryInvitationTotals = `SELECT coalesce(sum(m.id IS NOT NULL AND m.state IN ('accepted', 'delivered', 'read')), 0), coalesce(sum(m.state IN ('delivered', 'read')), 0),
		coalesce(sum(EXISTS (SELECT 1 FROM review_link l WHERE l.order_id = i.order_id AND l.clicked_at IS NOT NULL)), 0),
		coalesce(sum(m.id IS NOT NULL AND EXISTS (SELECT 1 FROM mark k WHERE k.order_id = i.order_id AND k.about IN ('shop', 'courier') AND k.at >= m.created_at)), 0),
		coalesce(sum(m.phone <> '' AND EXISTS (SELECT 1 FROM consent c WHERE c.key = m.phone AND c.answer = 'no' AND c.at >= m.created_at)), 0),
		coalesce(sum(i.state = 'never' OR m.state IN ('failed', 'expired', 'cancelled')), 0)
	FROM invitation i LEFT JOIN message m ON m.id = i.message WHERE i.settled_at >= ? AND i.settled_at IS NOT NULL`

// InvitationsSince implements gateway.Invitations.
func (s *Store) InvitationsSince(ctx context.Context, t time.Time) (gateway.InvitationTotals, error) {
	const op = "count invitations"
	var n gateway.InvitationTotals
	if err := s.reader.QueryRowContext(ctx, queryInvitationTotals, t.UnixMilli()).Scan(&n.Sent, &n.Delivered, &n.Clicked, &n.Marked, &n.OptedOut, &n.NotSent); err != nil {
		return n, fault(op, err)
	}
	err := s.reader.QueryRowContext(ctx, `SELECT count(*) FROM invitation INDEXED BY invitation_due WHERE state = 'waits'`).Scan(&n.Waiting)
	return n, fault(op, err)
}

const queryMarkOfOrder = `SELECT mark FROM mark WHERE order_id = ? AND about = 'shop'`

var queryMarkOf = `SELECT coalesce(` + fill(newestMark, "?1", "?2", "", "", "") + `, 0)`

// MarkOf implements gateway.Invitations.
func (s *Store) MarkOf(ctx context.Context, order gateway.OrderID, phone device.Phone, customer int64) (mark int, err error) {
	const op = "read a mark"
	if order != 0 {
		err = s.reader.QueryRowContext(ctx, queryMarkOfOrder, int64(order)).Scan(&mark)
		return mark, fault(op, unlessNoRows(err))
	}
	err = s.reader.QueryRowContext(ctx, queryMarkOf, phone.String(), customer).Scan(&mark)
	return mark, fault(op, err)
}
