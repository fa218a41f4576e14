package store

import (
	"context"
	"database/sql"
	"time"

	"vestnik/gateway"
)

// keepMark writes a mark. The first one for an order and a subject stays unless it is
// corrected; a comment is added to the marks that are there.
func (tx *transaction) keepMark(ctx context.Context, talk gateway.ConversationID, m gateway.Mark) error {
	const insert = `
		INSERT INTO mark (conversation, order_id, number, customer_id, name, about, mark, comment, courier, at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
		ON CONFLICT (order_id, about) WHERE order_id IS NOT NULL DO UPDATE SET
			conversation = excluded.conversation, mark = excluded.mark, at = excluded.at,
			comment = CASE excluded.comment WHEN '' THEN comment ELSE excluded.comment END,
			courier = CASE excluded.courier WHEN '' THEN courier ELSE excluded.courier END
		WHERE ?11`
	const correctLast = `UPDATE mark SET mark = ?3, at = ?4
		WHERE id = (SELECT max(id) FROM mark WHERE conversation = ?1 AND order_id IS NULL AND about = ?2)`
	if m.At.IsZero() {
		m.At = tx.now
	}
	at := m.At.UnixMilli()
	switch {
	case m.CommentOnly:
		return tx.addComment(ctx, talk, m)
	case m.Corrects && m.Order == 0:
		if done, err := changedOne(tx.ExecContext(ctx, correctLast, int64(talk), m.About, m.Mark, at)); err != nil || done {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, insert, int64(talk), orNull(m.Order), m.OrderNumber, orNull(m.Customer), m.Name, m.About, m.Mark, m.Comment, m.Courier, at, m.Corrects)
	return err
}

// addComment adds words to the marks of an order; without an order to those that the
// customer gave last.
func (tx *transaction) addComment(ctx context.Context, talk gateway.ConversationID, m gateway.Mark) error {
	const add = `UPDATE mark SET comment = CASE comment WHEN '' THEN ?1 ELSE comment || char(10) || ?1 END WHERE `
	if m.Order != 0 {
		_, err := tx.ExecContext(ctx, add+`order_id = ?2`, m.Comment, int64(m.Order))
		return err
	}
	_, err := tx.ExecContext(ctx, add+`conversation = ?2 AND order_id IS NULL
		AND at = (SELECT at FROM mark WHERE conversation = ?2 AND order_id IS NULL ORDER BY id DESC LIMIT 1)`, m.Comment, int64(talk))
	return err
}

const (
	queryMarkTables = `SELECT about, CASE about WHEN 'courier' THEN courier ELSE '' END AS who, mark, count(*), max(at)
		FROM mark WHERE at >= ? GROUP BY 1, 2, 3 ORDER BY about = 'courier', who, mark`
	queryMarks = `SELECT id, conversation, order_id, number, customer_id, name, about, mark, comment, courier, at
		FROM mark WHERE at >= ? AND mark <= ? ORDER BY at DESC, id DESC LIMIT ?`
)

// MarkTables implements gateway.TalkPages.
func (s *Store) MarkTables(ctx context.Context, since time.Time) ([]gateway.MarkTable, error) {
	var list []gateway.MarkTable
	err := each(ctx, s.reader, func(scan scanner) error {
		var t gateway.MarkTable
		var mark, n int
		var at stamp
		if err := scan(&t.About, &t.Courier, &mark, &n, &at); err != nil {
			return err
		}
		if last := len(list) - 1; last < 0 || list[last].About != t.About || list[last].Courier != t.Courier {
			list = append(list, t)
		}
		line := &list[len(list)-1]
		line.Counts[mark] = n
		line.LastAt = later(line.LastAt, at.time())
		return nil
	}, queryMarkTables, since.UnixMilli())
	return list, fault("read the tables of marks", err)
}

// lowMark is the highest mark that counts as a low one.
const lowMark = 3

// Marks implements gateway.TalkPages.
func (s *Store) Marks(ctx context.Context, since time.Time, onlyLow bool, limit int) ([]gateway.Mark, error) {
	most := 5
	if onlyLow {
		most = lowMark
	}
	var list []gateway.Mark
	err := each(ctx, s.reader, func(scan scanner) error {
		var m gateway.Mark
		var order, customer sql.NullInt64
		var at stamp
		err := scan(&m.ID, &m.Conversation, &order, &m.OrderNumber, &customer, &m.Name, &m.About, &m.Mark, &m.Comment, &m.Courier, &at)
		m.Order, m.Customer, m.At = gateway.OrderID(order.Int64), customer.Int64, at.time()
		list = append(list, m)
		return err
	}, queryMarks, since.UnixMilli(), most, limit)
	return list, fault("read marks", err)
}
