package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"strconv"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
)

// window is how many rows one page of a list looks through at most, when no index
// answers the whole question. A page that found fewer than asked for within it is
// short and says where the next one goes on, so a list takes the same time over a
// thousand messages and over a million. Looking at a decision's message too costs
// several times as much.
const (
	window            = 30_000
	windowOverMessage = 8_000
)

// listing is a question for one page, newest first.
type listing struct {
	from   string   // FROM clause
	key    string   // column of the keyset
	lead   []string // conditions that the index behind key answers
	leadBy []any
	rest   []string // further conditions
	restBy []any
	below  int64 // keyset: only ids below this one
	since  int64 // only ids from this one on
	limit  int
}

// page is the SQL that reads ids, newest first, and one more than the limit.
func (l *listing) page(low int64) (string, []any) {
	where := append(append([]string{}, l.lead...), l.key+" < ?", l.key+" >= ?")
	args := append(append([]any{}, l.leadBy...), l.below, low)
	where = append(where, l.rest...)
	args = append(append(args, l.restBy...), l.limit+1)
	return `SELECT ` + l.key + ` FROM ` + l.from + ` WHERE ` + strings.Join(where, " AND ") +
		` ORDER BY ` + l.key + ` DESC LIMIT ?`, args
}

// edge is the SQL that finds the id at which the window ends.
func (l *listing) edge() (string, []any) {
	from, _, joins := strings.Cut(l.from, " JOIN ")
	from = strings.TrimSuffix(strings.TrimSuffix(from, " LEFT"), " CROSS")
	width := window
	if joins {
		width = windowOverMessage
	}
	where := append(append([]string{}, l.lead...), l.key+" < ?", l.key+" >= ?")
	args := append(append([]any{}, l.leadBy...), l.below, l.since, width)
	return `SELECT ` + l.key + ` FROM ` + from + ` WHERE ` + strings.Join(where, " AND ") +
		` ORDER BY ` + l.key + ` DESC LIMIT 1 OFFSET ?`, args
}

// ids answers one page and the id below which the next one begins; 0 at the end.
func (l *listing) ids(ctx context.Context, q querier) (ids []int64, next int64, err error) {
	low, cut := l.since, false
	if len(l.rest) > 0 {
		query, args := l.edge()
		err := q.QueryRowContext(ctx, query, args...).Scan(&low)
		switch {
		case err == nil:
			cut = true
		case errors.Is(err, sql.ErrNoRows):
			low = l.since
		default:
			return nil, 0, err
		}
	}
	query, args := l.page(low)
	err = each(ctx, q, func(scan scanner) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, query, args...)
	switch {
	case err != nil:
		return nil, 0, err
	case len(ids) > l.limit:
		ids = ids[:l.limit]
		return ids, ids[l.limit-1], nil
	case cut:
		return ids, low, nil
	}
	return ids, 0, nil
}

// bounds checks a page's limit and cursor. prefix tells the kinds of cursors apart.
func bounds(op, prefix string, limit int, cursor string) (int, int64, error) {
	if limit == 0 {
		limit = 50
	}
	if limit < 1 || limit > 200 {
		return 0, 0, device.Errorf(device.Invalid, "store: "+op, "limit %d: want 1 to 200", limit)
	}
	if cursor == "" {
		return limit, math.MaxInt64, nil
	}
	digits, ok := strings.CutPrefix(cursor, prefix)
	below, err := strconv.ParseInt(digits, 36, 64)
	if !ok || err != nil || below < 1 {
		return 0, 0, device.Errorf(device.Invalid, "store: "+op, "the cursor is not one of this list")
	}
	return limit, below, nil
}

func cursorOf(prefix string, id int64) string {
	if id == 0 {
		return ""
	}
	return prefix + strconv.FormatInt(id, 36)
}

// knownFilter refuses values that no row can have.
func knownFilter(op string, v gateway.Verdict, state gateway.State, ch device.Channel) error {
	switch {
	case v != "" && v != gateway.Send && v != gateway.Skip:
		return device.Errorf(device.Invalid, "store: "+op, "no verdict %q", v)
	case state != "" && !state.Known():
		return device.Errorf(device.Invalid, "store: "+op, "no state %q", state)
	case ch != "" && !ch.Known():
		return device.Errorf(device.Invalid, "store: "+op, "no channel %q", ch)
	}
	return nil
}
