package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

const personColumns = `p.id, p.campaign, p.line, p.phone, p.customer_id, p.order_id, p.name, p.language, p.zone, p.known, p.allows, p.fields,
	p.state, p.reason, p.args, p.class, p.variant, p.message, p.tries, p.channel,
	p.sent_at, p.delivered_at, p.read_at, p.answered_at, p.clicked_at, p.marked_at, p.opted_out_at, p.token`

func scanPerson(scan scanner) (campaign.Person, error) {
	var p campaign.Person
	var order, message sql.NullInt64
	var fields, args sql.NullString
	var sent, delivered, read, answered, clicked, marked, optedOut stamp
	if err := scan(&p.ID, &p.Campaign, &p.Line, &p.Phone, &p.Customer, &order, &p.Name, &p.Language, &p.Zone, &p.Known, &p.Allows, &fields,
		&p.State, &p.Reason, &args, &p.Class, &p.Variant, &message, &p.Tries, &p.Channel,
		&sent, &delivered, &read, &answered, &clicked, &marked, &optedOut, &p.Token); err != nil {
		return p, err
	}
	p.Order, p.Message = gateway.OrderID(order.Int64), gateway.MessageID(message.Int64)
	p.SentAt, p.DeliveredAt, p.ReadAt, p.AnsweredAt = sent.time(), delivered.time(), read.time(), answered.time()
	p.ClickedAt, p.MarkedAt, p.OptedOutAt = clicked.time(), marked.time(), optedOut.time()
	if fields.Valid {
		if err := json.Unmarshal([]byte(fields.String), &p.Fields); err != nil {
			return p, err
		}
	}
	var err error
	p.Args, err = readArgs(args)
	return p, err
}

func persons(ctx context.Context, q querier, query string, args ...any) ([]campaign.Person, error) {
	var list []campaign.Person
	err := each(ctx, q, func(scan scanner) error {
		p, err := scanPerson(scan)
		list = append(list, p)
		return err
	}, query, args...)
	return list, err
}

const queryCampaignPerson = `SELECT ` + personColumns + ` FROM campaign_person p WHERE p.id = ?`

// CampaignPerson implements campaign.Ledger.
func (s *Store) CampaignPerson(ctx context.Context, id int64) (campaign.Person, error) {
	const op = "read a person of a mailing"
	p, err := scanPerson(s.reader.QueryRowContext(ctx, queryCampaignPerson, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = notFound(op, "no person %d in any mailing", id)
	}
	return p, fault(op, err)
}

const (
	queryWaiting      = `SELECT zone, class, n FROM campaign_wait WHERE campaign = ? AND n > 0 ORDER BY zone, class`
	queryWaitingFirst = `SELECT zone, class, count(*) FROM campaign_person WHERE id >= ? AND id <= ? AND state = 'waits' GROUP BY zone, class ORDER BY zone, class`
	queryNextWaiting  = `SELECT ` + personColumns + ` FROM campaign_person p
		WHERE p.campaign = ? AND p.zone = ? AND p.class = ? AND p.state = 'waits' AND p.id <= ? ORDER BY p.id LIMIT ?`
	// queryLastOfFirst is the last one of so many who were let through when the mailing began.
	queryLastOfFirst = `SELECT id FROM campaign_person WHERE id >= ? AND id < ? AND class <> '' ORDER BY id LIMIT 1 OFFSET ?`
)

// lastOfFirst is the greatest id among the first n people (0: all) who were let through.
func (s *Store) lastOfFirst(ctx context.Context, id gateway.CampaignID, n int) (int64, error) {
	last := firstPerson(id+1) - 1
	if n <= 0 {
		return last, nil
	}
	err := s.reader.QueryRowContext(ctx, queryLastOfFirst, firstPerson(id), firstPerson(id+1), n-1).Scan(&last)
	return last, unlessNoRows(err)
}

// Waiting implements campaign.Ledger. Before all are judged it means nothing.
func (s *Store) Waiting(ctx context.Context, id gateway.CampaignID, first int) ([]campaign.Group, error) {
	const op = "count who waits in a mailing"
	query, args := queryWaiting, []any{int64(id)}
	if first > 0 {
		last, err := s.lastOfFirst(ctx, id, first)
		if err != nil {
			return nil, fault(op, err)
		}
		query, args = queryWaitingFirst, []any{firstPerson(id), last}
	}
	var list []campaign.Group
	err := each(ctx, s.reader, func(scan scanner) error {
		var g campaign.Group
		err := scan(&g.Zone, &g.Class, &g.N)
		list = append(list, g)
		return err
	}, query, args...)
	return list, fault(op, err)
}

// Next implements campaign.Ledger.
func (s *Store) Next(ctx context.Context, id gateway.CampaignID, zone string, class campaign.Class, first, limit int) ([]campaign.Person, error) {
	const op = "read who is next in a mailing"
	last, err := s.lastOfFirst(ctx, id, first)
	if err != nil {
		return nil, fault(op, err)
	}
	list, err := persons(ctx, s.reader, queryNextWaiting, int64(id), zone, string(class), last, limit)
	return list, fault(op, err)
}

// got are the columns of campaign.PeopleFilter.Got.
var gotColumns = map[string]string{
	"sent": "sent_at", "delivered": "delivered_at", "read": "read_at", "answered": "answered_at", "clicked": "clicked_at", "marked": "marked_at", "opted_out": "opted_out_at",
}

// peopleQuery lists people of a mailing, in the order of their ids. It reads along an index until the page
// is full.
func peopleQuery(id gateway.CampaignID, f campaign.PeopleFilter, limit int) (query string, args []any, err error) {
	where := []string{"p.id > ?", "p.id < ?"}
	args = []any{max(f.After, firstPerson(id)-1), firstPerson(id + 1)}
	if f.State != "" {
		where, args = append(where, "p.campaign = ?", "p.state = ?"), append(args, int64(id), string(f.State))
	}
	if f.Reason != "" {
		where, args = append(where, "p.reason = ?"), append(args, string(f.Reason))
	}
	if f.Got != "" {
		column, ok := gotColumns[f.Got]
		if !ok {
			return "", nil, device.Errorf(device.Invalid, "store: list the people of a mailing", "no result %q", f.Got)
		}
		where = append(where, "p."+column+" IS NOT NULL")
	}
	if f.Channel != "" {
		where, args = append(where, "p.channel = ?"), append(args, string(f.Channel))
	}
	if f.Variant != 0 {
		where, args = append(where, "p.variant = ?"), append(args, f.Variant)
	}
	if words := nameKey(f.Search); words != "" {
		if digits := onlyDigits(f.Search); digits != "" {
			where, args = append(where, "(instr(p.phone, ?) > 0 OR instr(p.name_key, ?) > 0)"), append(args, digits, words)
		} else {
			where, args = append(where, "instr(p.name_key, ?) > 0"), append(args, words)
		}
	}
	return `SELECT ` + personColumns + ` FROM campaign_person p WHERE ` + strings.Join(where, " AND ") + ` ORDER BY p.id LIMIT ?`, append(args, limit), nil
}

// onlyDigits is a number as people type it, without what stands between its digits; "" when it is none.
func onlyDigits(s string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.ContainsRune("+-() .\u00a0", r):
			return ""
		}
	}
	return b.String()
}

// People implements campaign.Ledger: in an order by chance that stays; then those
// who were refused while they were read, in the order of the list. next is 0 after the last page.
func (s *Store) People(ctx context.Context, id gateway.CampaignID, f campaign.PeopleFilter) (rows []campaign.Person, next int64, err error) {
	const op = "list the people of a mailing"
	limit := f.Limit
	switch {
	case limit == 0:
		limit = 50
	case limit < 0 || limit > 200:
		return nil, 0, device.Errorf(device.Invalid, "store: "+op, "a page of %d rows", limit)
	}
	query, args, err := peopleQuery(id, f, limit+1)
	if err != nil {
		return nil, 0, err
	}
	if rows, err = persons(ctx, s.reader.pool, query, args...); err != nil {
		return nil, 0, fault(op, err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = rows[limit-1].ID
	}
	return rows, next, nil
}
