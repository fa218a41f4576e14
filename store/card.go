package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

// counterCards is how far the history of customers was read.
const counterCards = "card/history_id"

const (
	queryCard = `SELECT c.total, c.as_of, c.old_at, t.profile, t.orders, t.entries
		FROM card c JOIN card_text t ON t.customer = c.customer WHERE c.customer = ?`
	queryCardPhones = `SELECT phone FROM card_phone WHERE customer = ?`
	queryCardEmails = `SELECT email FROM card_email WHERE customer = ?`
	queryCardOrders = `SELECT order_id FROM card_order WHERE customer = ?`
)

// Card implements card.Store.
func (s *Store) Card(ctx context.Context, customer int64) (card.Kept, error) {
	const op = "read a customer's card"
	var k card.Kept
	err := s.view(ctx, op, func(q querier) error {
		texts, err := readCard(ctx, q, customer, &k)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound(op, "no card of customer %d", customer)
		}
		if err != nil {
			return err
		}
		return texts.into(&k)
	})
	if err != nil {
		return card.Kept{}, err
	}
	return k, nil
}

// cardTexts are the parts of a card as they are kept.
type cardTexts struct{ profile, orders, entries string }

func textsOf(k card.Kept) (cardTexts, error) {
	var t cardTexts
	for _, part := range []struct {
		text *string
		from any
	}{{&t.profile, k.Profile}, {&t.orders, k.Orders}, {&t.entries, k.Entries}} {
		b, err := json.Marshal(part.from)
		if err != nil {
			return t, err
		}
		*part.text = string(b)
	}
	return t, nil
}

func (t cardTexts) into(k *card.Kept) error {
	for text, at := range map[*string]any{&t.profile: &k.Profile, &t.orders: &k.Orders, &t.entries: &k.Entries} {
		if err := json.Unmarshal([]byte(*text), at); err != nil {
			return fmt.Errorf("card of customer %d: %w", k.Profile.ID, err)
		}
	}
	return nil
}

// readCard reads all but what stands in the texts; sql.ErrNoRows when there is no card.
func readCard(ctx context.Context, q querier, customer int64, k *card.Kept) (cardTexts, error) {
	*k = card.Kept{}
	var t cardTexts
	var asOf, old stamp
	if err := q.QueryRowContext(ctx, queryCard, customer).Scan(&k.Total, &asOf, &old, &t.profile, &t.orders, &t.entries); err != nil {
		return t, err
	}
	k.AsOf, k.OldAt = asOf.time(), old.time()
	phones, err := column[device.Phone](ctx, q, queryCardPhones, customer)
	k.Phones = phones
	return t, err
}

// column reads the first column of all rows.
func column[T any](ctx context.Context, q querier, query string, args ...any) ([]T, error) {
	var list []T
	err := each(ctx, q, func(scan scanner) error {
		var v T
		err := scan(&v)
		list = append(list, v)
		return err
	}, query, args...)
	return list, err
}

// SaveCard implements card.Store. Of a card that says what it said before only the time is
// written.
func (s *Store) SaveCard(ctx context.Context, k card.Kept) error {
	const op = "keep a customer's card"
	const head = `INSERT INTO card (customer, total, as_of, old_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (customer) DO UPDATE SET total = excluded.total, as_of = excluded.as_of,
			old_at = CASE WHEN old_at > excluded.as_of THEN old_at ELSE excluded.old_at END`
	const body = `INSERT INTO card_text (customer, profile, orders, entries) VALUES (?, ?, ?, ?)
		ON CONFLICT (customer) DO UPDATE SET profile = excluded.profile, orders = excluded.orders, entries = excluded.entries`
	id := k.Profile.ID
	if id <= 0 || k.AsOf.IsZero() {
		return device.Errorf(device.Invalid, "store: "+op, "customer %d, as of %s", id, gateway.At(k.AsOf))
	}
	texts, err := textsOf(k)
	if err != nil {
		return fault(op, err)
	}
	emails := make([]string, 0, len(k.Profile.Emails))
	for _, e := range k.Profile.Emails {
		emails = append(emails, smallEmail(e))
	}
	orders := make([]int64, len(k.Orders))
	for i, o := range k.Orders {
		orders[i] = int64(o.ID)
	}
	return s.change(ctx, op, func(tx *transaction) error {
		var was card.Kept
		old, err := readCard(ctx, tx, id, &was)
		if unlessNoRows(err) != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, head, id, k.Total, k.AsOf.UnixMilli(), millis(k.OldAt)); err != nil {
			return err
		}
		if old != texts {
			if _, err := tx.ExecContext(ctx, body, id, texts.profile, texts.orders, texts.entries); err != nil {
				return err
			}
		}
		if err := keepSet(ctx, tx, id, emails, queryCardEmails, "card_email", "email"); err != nil {
			return err
		}
		if err := keepSet(ctx, tx, id, phoneTexts(k.Phones), queryCardPhones, "card_phone", "phone"); err != nil {
			return err
		}
		return keepSet(ctx, tx, id, orders, queryCardOrders, "card_order", "order_id")
	})
}

func phoneTexts(phones []device.Phone) []string {
	list := make([]string, len(phones))
	for i, p := range phones {
		list[i] = p.String()
	}
	return list
}

func smallEmail(e string) string { return strings.ToLower(strings.TrimSpace(e)) }

// keepSet makes the rows of one of a card's look-up tables those of want.
func keepSet[T comparable](ctx context.Context, tx *transaction, customer int64, want []T, query, table, col string) error {
	have, err := column[T](ctx, tx, query, customer)
	if err != nil {
		return err
	}
	var none T
	for _, v := range want {
		if v == none || slices.Contains(have, v) {
			continue
		}
		have = append(have, v)
		if _, err := tx.ExecContext(ctx, `INSERT INTO `+table+` (`+col+`, customer) VALUES (?, ?)`, v, customer); err != nil {
			return err
		}
	}
	for _, v := range have {
		if slices.Contains(want, v) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE `+col+` = ? AND customer = ?`, v, customer); err != nil {
			return err
		}
	}
	return nil
}

// cardsFound is the most cards that one e-mail or number gives: an address that more
// people share tells nobody apart.
const cardsFound = 20

const (
	queryCardsByEmail = `SELECT t.profile FROM card_email e JOIN card_text t ON t.customer = e.customer WHERE e.email = ? ORDER BY e.customer LIMIT ?`
	queryCardsByPhone = `SELECT t.profile FROM card_phone p JOIN card_text t ON t.customer = p.customer WHERE p.phone = ? ORDER BY p.customer LIMIT ?`
	queryCardsByOrder = `SELECT DISTINCT customer FROM card_order WHERE order_id IN (SELECT value FROM json_each(?)) ORDER BY customer LIMIT ?`
)

// CardsOf implements card.Store: at most twenty.
func (s *Store) CardsOf(ctx context.Context, email string, phone device.Phone) ([]gateway.Profile, error) {
	const op = "find kept cards"
	query, by := queryCardsByEmail, smallEmail(email)
	if by == "" {
		query, by = queryCardsByPhone, phone.String()
	}
	if by == "" {
		return nil, nil
	}
	var list []gateway.Profile
	err := each(ctx, s.reader, func(scan scanner) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		var p gateway.Profile
		err := json.Unmarshal([]byte(text), &p)
		list = append(list, p)
		return err
	}, query, by, cardsFound)
	return list, fault(op, err)
}

// CardsByOrder implements card.Store: at most five hundred.
func (s *Store) CardsByOrder(ctx context.Context, ids []gateway.OrderID) ([]int64, error) {
	const op = "find cards by their orders"
	set, err := jsonList(ids)
	if err != nil {
		return nil, fault(op, err)
	}
	list, err := column[int64](ctx, s.reader, queryCardsByOrder, set, 500)
	return list, fault(op, err)
}

// jsonList is a list for json_each.
func jsonList[T any](list []T) (string, error) {
	if len(list) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}

const queryFresh = `SELECT customer FROM card WHERE customer IN (SELECT value FROM json_each(?)) AND old_at IS NULL`

// Outdate implements card.Store.
func (s *Store) Outdate(ctx context.Context, customers []int64, at time.Time) error {
	const op = "mark cards as old"
	set, err := jsonList(customers)
	if err != nil {
		return fault(op, err)
	}
	fresh, err := column[int64](ctx, s.reader, queryFresh, set)
	if err != nil || len(fresh) == 0 {
		return fault(op, err)
	}
	return s.change(ctx, op, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, `UPDATE card SET old_at = ?2 WHERE customer IN (SELECT value FROM json_each(?1)) AND old_at IS NULL`, set, at.UnixMilli())
		return err
	})
}

// queryOldCards reads those that were seen along an index, which holds all that it asks
// for, and those of open tickets one by one.
const queryOldCards = `SELECT customer FROM (
		SELECT customer, seen_at FROM card INDEXED BY card_seen WHERE seen_at >= ?2 AND (old_at IS NOT NULL OR as_of < ?1)
		UNION SELECT c.customer, c.seen_at FROM ticket t INDEXED BY ticket_open_of JOIN card c ON c.customer = t.customer
			WHERE t.open = 1 AND t.customer <> 0 AND (c.old_at IS NOT NULL OR c.as_of < ?1))
	ORDER BY seen_at DESC, customer LIMIT ?3`

// OldCards implements card.Store.
func (s *Store) OldCards(ctx context.Context, readBefore, seenSince time.Time, limit int) ([]int64, error) {
	list, err := column[int64](ctx, s.reader, queryOldCards, edge(readBefore), edge(seenSince), limit)
	return list, fault("find old cards", err)
}

// sameLook is within which time two looks of one person at one card are one.
const sameLook = 10 * time.Minute

const (
	queryLastLooks = `SELECT at, who, ticket FROM card_look WHERE customer = ? ORDER BY id DESC LIMIT ?`
	looksCompared  = 5
)

// Seen implements card.Store. A page that renews itself writes a look every ten minutes.
func (s *Store) Seen(ctx context.Context, customer int64, by string, ticket gateway.TicketID, at time.Time) error {
	const op = "note who looked at a card"
	looks, err := s.CardLooks(ctx, customer, looksCompared)
	if err != nil {
		return err
	}
	for _, l := range looks {
		if ago := at.Sub(l.At); l.By == by && l.Ticket == ticket && ago >= 0 && ago < sameLook {
			return nil
		}
	}
	return s.change(ctx, op, func(tx *transaction) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO card_look (customer, at, who, ticket) VALUES (?, ?, ?, ?)`, customer, at.UnixMilli(), by, int64(ticket)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE card SET seen_at = ?2 WHERE customer = ?1 AND coalesce(seen_at, 0) < ?2`, customer, at.UnixMilli())
		return err
	})
}

// CardLooks are who has looked at a customer's card, newest first.
func (s *Store) CardLooks(ctx context.Context, customer int64, limit int) ([]card.Look, error) {
	var list []card.Look
	err := each(ctx, s.reader, func(scan scanner) error {
		var l card.Look
		var at stamp
		err := scan(&at, &l.By, &l.Ticket)
		l.At = at.time()
		list = append(list, l)
		return err
	}, queryLastLooks, customer, limit)
	return list, fault("read who looked at a card", err)
}

const queryChosen = `SELECT customer FROM chosen WHERE requester = ?`

// Chosen implements card.Store.
func (s *Store) Chosen(ctx context.Context, requester int64) (customer int64, err error) {
	err = s.reader.QueryRowContext(ctx, queryChosen, requester).Scan(&customer)
	return customer, fault("read the card that was chosen", unlessNoRows(err))
}

// Choose implements card.Store.
func (s *Store) Choose(ctx context.Context, requester, customer int64, by string, at time.Time) error {
	const op = "remember the card that was chosen"
	const put = `INSERT INTO chosen (requester, customer, at, author) VALUES (?, ?, ?, ?)
		ON CONFLICT (requester) DO UPDATE SET customer = excluded.customer, at = excluded.at, author = excluded.author WHERE customer <> excluded.customer`
	if requester == 0 {
		return device.Errorf(device.Invalid, "store: "+op, "no requester")
	}
	return s.change(ctx, op, func(tx *transaction) (err error) {
		if customer == 0 {
			_, err = tx.ExecContext(ctx, `DELETE FROM chosen WHERE requester = ?`, requester)
		} else {
			_, err = tx.ExecContext(ctx, put, requester, customer, at.UnixMilli(), by)
		}
		return err
	})
}

const queryCounter = `SELECT value FROM counter WHERE name = ?`

// CardCursor implements card.Store; 0 before the first SaveCardCursor.
func (s *Store) CardCursor(ctx context.Context) (cursor int64, err error) {
	err = s.reader.QueryRowContext(ctx, queryCounter, counterCards).Scan(&cursor)
	return cursor, fault("read the cursor of cards", unlessNoRows(err))
}

// SaveCardCursor implements card.Store.
func (s *Store) SaveCardCursor(ctx context.Context, cursor int64) error {
	const op = "keep the cursor of cards"
	if was, err := s.CardCursor(ctx); err != nil || was == cursor {
		return err
	}
	return s.change(ctx, op, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, putCounter, counterCards, cursor)
		return err
	})
}
