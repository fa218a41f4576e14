package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

// linesAtMost bounds what one card shows of each kind, talksOfOne the conversations that are
// looked into.
const (
	linesAtMost = 50
	talksOfOne  = 20
)

// Each part of a card's lines reads along an index and ends after so many rows: the time does not
// depend on how large the ledger is, nor on how much one customer has said.
const (
	queryTalksOfOne = `SELECT id, channel, messenger FROM conversation WHERE id IN (
			SELECT id FROM conversation WHERE phone_tail IN (SELECT value FROM json_each(?1)) AND phone_tail <> ''
			UNION SELECT id FROM conversation WHERE customer_id = ?2 AND customer_id <> 0)
		ORDER BY last_at DESC, id DESC LIMIT ?3`
	queryOneHeard = `SELECT coalesce(at, kept_at), text, media, from_shop, name
		FROM incoming WHERE conversation = ? AND event = '' ORDER BY id DESC LIMIT ?`
	oneSaid       = `SELECT ` + saidColumns + `, m.channel, m.order_number, m.order_id FROM message m `
	queryOneSaid  = oneSaid + `WHERE m.conversation = ? ORDER BY m.id DESC LIMIT ?`
	queryOneNews  = oneSaid + `WHERE m.phone_tail = ? ORDER BY m.id DESC LIMIT ?`
	queryOneMarks = `SELECT at, about, mark, comment, courier, number, order_id FROM mark WHERE id IN (
			SELECT id FROM mark WHERE customer_id = ?1 AND customer_id IS NOT NULL
			UNION SELECT id FROM mark WHERE conversation IN (SELECT value FROM json_each(?2)))
		ORDER BY id DESC LIMIT ?3`
	// Ids below zero are those of a former account of the CRM, where the orders' ids meant others.
	queryOneStatuses = `SELECT order_id, to_status, at FROM change WHERE order_id = ? AND history_id > 0 AND at IS NOT NULL ORDER BY history_id DESC LIMIT ?`
	queryOneTickets  = `SELECT id, number, first_seen, open, said ->> '$.Title', said ->> '$.URL' FROM ticket
		WHERE customer = ? AND customer <> 0 ORDER BY id DESC LIMIT ?`
)

// OwnLines implements card.Store; limit is 1 to 50.
func (s *Store) OwnLines(ctx context.Context, customer int64, phones []device.Phone, orders []gateway.OrderID, limit int) ([]card.Line, error) {
	const op = "read what a customer said and did"
	if limit < 1 || limit > linesAtMost {
		return nil, device.Errorf(device.Invalid, "store: "+op, "limit %d: want 1 to %d", limit, linesAtMost)
	}
	var lines []card.Line
	err := s.view(ctx, op, func(q querier) error {
		r := lineReader{q: q, limit: limit, shown: map[gateway.MessageID]bool{}}
		talks, err := r.talks(ctx, customer, phones)
		if err != nil {
			return err
		}
		if err := r.marks(ctx, customer, talks); err != nil {
			return err
		}
		for _, id := range orders {
			if err := r.statuses(ctx, id); err != nil {
				return err
			}
		}
		err = r.tickets(ctx, customer)
		lines = r.lines
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(lines, func(a, b card.Line) int { return b.At.Compare(a.At) })
	return lines[:min(limit, len(lines))], nil
}

// lineReader gathers the lines of one customer.
type lineReader struct {
	q     querier
	limit int
	lines []card.Line
	shown map[gateway.MessageID]bool
}

// oneTalk is a conversation of the customer.
type oneTalk struct {
	id      gateway.ConversationID
	channel device.Channel
	said    string // the channel as a card names it
}

func (r *lineReader) talks(ctx context.Context, customer int64, phones []device.Phone) ([]gateway.ConversationID, error) {
	tails := make([]string, 0, len(phones))
	for _, p := range phones {
		if p != "" {
			tails = append(tails, tail(p))
		}
	}
	set, err := jsonList(tails)
	if err != nil {
		return nil, err
	}
	var talks []oneTalk
	var ids []gateway.ConversationID
	if err := each(ctx, r.q, func(scan scanner) error {
		var t oneTalk
		var messenger string
		err := scan(&t.id, &t.channel, &messenger)
		if t.said = string(t.channel); t.channel == device.Chat {
			t.said = cmp.Or(messenger, t.said)
		}
		talks, ids = append(talks, t), append(ids, t.id)
		return err
	}, queryTalksOfOne, set, customer, talksOfOne); err != nil {
		return nil, err
	}
	for _, t := range talks {
		if err := r.heard(ctx, t); err != nil {
			return nil, err
		}
		if err := each(ctx, r.q, r.said(t.said), queryOneSaid, int64(t.id), r.limit); err != nil {
			return nil, err
		}
	}
	for _, t := range tails {
		if err := each(ctx, r.q, r.said(""), queryOneNews, t, r.limit); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func (r *lineReader) heard(ctx context.Context, t oneTalk) error {
	return each(ctx, r.q, func(scan scanner) error {
		l := card.Line{Kind: card.LineTalk, From: gateway.TalkCustomer, Channel: t.said}
		var at stamp
		var fromShop bool
		var name string
		err := scan(&at, &l.Text, &l.Media, &fromShop, &name)
		if l.At = at.time(); fromShop {
			l.From, l.By = gateway.TalkPerson, name
		}
		r.lines = append(r.lines, l)
		return err
	}, queryOneHeard, int64(t.id), r.limit)
}

// said reads messages; channel is how a card names theirs, "" for that of each message.
func (r *lineReader) said(channel string) func(scanner) error {
	return func(scan scanner) error {
		var ch, number string
		var order sql.NullInt64
		said, err := saidLine(func(dest ...any) error { return scan(append(dest, &ch, &number, &order)...) })
		if err != nil || r.shown[said.Message] {
			return err
		}
		r.shown[said.Message] = true
		r.lines = append(r.lines, card.Line{
			At: said.At, Kind: card.LineTalk, From: said.From, Channel: cmp.Or(channel, ch), Text: said.Text, By: said.By,
			Order: number, OrderID: gateway.OrderID(order.Int64), Message: said.Message, State: said.State,
		})
		return nil
	}
}

func (r *lineReader) marks(ctx context.Context, customer int64, talks []gateway.ConversationID) error {
	set, err := jsonList(talks)
	if err != nil {
		return err
	}
	return each(ctx, r.q, func(scan scanner) error {
		l := card.Line{Kind: card.LineMark, From: gateway.TalkCustomer}
		var at stamp
		var order sql.NullInt64
		err := scan(&at, &l.About, &l.Mark, &l.Text, &l.By, &l.Order, &order)
		l.At, l.OrderID = at.time(), gateway.OrderID(order.Int64)
		r.lines = append(r.lines, l)
		return err
	}, queryOneMarks, customer, set, r.limit)
}

// statuses leaves the words for a status to who knows them: Text is its code.
func (r *lineReader) statuses(ctx context.Context, order gateway.OrderID) error {
	return each(ctx, r.q, func(scan scanner) error {
		l := card.Line{Kind: card.LineStatus}
		var at stamp
		err := scan(&l.OrderID, &l.Text, &at)
		l.At = at.time()
		r.lines = append(r.lines, l)
		return err
	}, queryOneStatuses, int64(order), r.limit)
}

func (r *lineReader) tickets(ctx context.Context, customer int64) error {
	return each(ctx, r.q, func(scan scanner) error {
		l := card.Line{Kind: card.LineTicket}
		var at stamp
		var open bool
		var title, url sql.NullString
		err := scan(&l.Ticket, &l.Number, &at, &open, &title, &url)
		l.At, l.Done, l.Text, l.URL = at.time(), !open, title.String, url.String
		r.lines = append(r.lines, l)
		return err
	}, queryOneTickets, customer, r.limit)
}

const queryMeanMarks = `SELECT coalesce(avg(CASE about WHEN 'shop' THEN mark END), 0), coalesce(avg(CASE about WHEN 'courier' THEN mark END), 0) FROM mark WHERE id IN (
		SELECT id FROM mark WHERE customer_id = ?1 AND customer_id IS NOT NULL
		UNION SELECT m.id FROM conversation c JOIN mark m ON m.conversation = c.id WHERE c.customer_id = ?1 AND c.customer_id <> 0)`

// OwnMarks implements card.Store; 0 where there are none.
func (s *Store) OwnMarks(ctx context.Context, customer int64) (shop, courier float64, err error) {
	err = s.reader.QueryRowContext(ctx, queryMeanMarks, customer).Scan(&shop, &courier)
	return shop, courier, fault("read a customer's marks", err)
}
