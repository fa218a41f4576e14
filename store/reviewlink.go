package store

import (
	"context"
	"database/sql"
	"errors"

	"vestnik/gateway"
)

// keepLink writes a review link; one without a token is none.
func (tx *transaction) keepLink(ctx context.Context, l gateway.ReviewLink) error {
	if l.Token == "" {
		return nil
	}
	if l.MadeAt.IsZero() {
		l.MadeAt = tx.now
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO review_link (token, person, order_id, made_at) VALUES (?, ?, ?, ?)`,
		l.Token, orNull(l.Person), orNull(l.Order), l.MadeAt.UnixMilli())
	return err
}

const queryLink = `SELECT token, person, order_id, made_at, clicked_at FROM review_link WHERE token = ?`

// LinkByToken implements campaign.Ledger.
func (s *Store) LinkByToken(ctx context.Context, token string) (gateway.ReviewLink, error) {
	const op = "find a review link"
	var l gateway.ReviewLink
	var person, order sql.NullInt64
	var made, clicked stamp
	err := s.reader.QueryRowContext(ctx, queryLink, token).Scan(&l.Token, &person, &order, &made, &clicked)
	if errors.Is(err, sql.ErrNoRows) {
		err = notFound(op, "no such review link")
	}
	if err != nil {
		return gateway.ReviewLink{}, fault(op, err)
	}
	l.Person, l.Order, l.MadeAt, l.ClickedAt = person.Int64, gateway.OrderID(order.Int64), made.time(), clicked.time()
	return l, nil
}

// Clicked implements campaign.Ledger: the first time counts.
func (s *Store) Clicked(ctx context.Context, token string) error {
	const op = "note that a review link was opened"
	if l, err := s.LinkByToken(ctx, token); err != nil || !l.ClickedAt.IsZero() {
		return err // whoever opens it again writes nothing
	}
	return s.change(ctx, op, func(tx *transaction) error {
		var person sql.NullInt64
		err := tx.QueryRowContext(ctx, `UPDATE review_link SET clicked_at = coalesce(clicked_at, ?) WHERE token = ? RETURNING person`, tx.now.UnixMilli(), token).Scan(&person)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound(op, "no such review link")
		}
		if err != nil || !person.Valid {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE campaign_person SET clicked_at = ? WHERE id = ? AND clicked_at IS NULL`, tx.now.UnixMilli(), person.Int64)
		return err
	})
}
