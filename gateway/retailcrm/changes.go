package retailcrm

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/url"
	"slices"
	"time"

	"vestnik/gateway"
)

// historyPage is how many entries one reading brings, the most that the API gives.
const historyPage = "100"

// Changes reads one page of the orders' history and picks the status changes out of
// it. The next cursor stands behind everything that was read, also what was no status
// change.
//
// With the zero cursor nothing is picked: the answer is a cursor at the account's
// present time, so that nothing older ever becomes a message. Afterwards reading goes
// by startDate until there is an entry to go on from, then by sinceId, which is
// exclusive and must not be combined with a page (RetailCRM docs, "Working with the
// history API", since May 2023).
//
// An address without an account gives NotFound.
func (c *Client) Changes(ctx context.Context, after gateway.Cursor) ([]gateway.StatusChange, gateway.Cursor, bool, error) {
	zone, err := c.apiZone(ctx)
	if err != nil {
		return nil, after, false, asWhole(err)
	}
	if after == (gateway.Cursor{}) {
		next, err := c.baseline(ctx, zone)
		return nil, next, false, asWhole(err)
	}
	query := url.Values{"limit": {historyPage}}
	if after.SinceID > 0 {
		query.Set("filter[sinceId]", itoa(after.SinceID))
	} else {
		query.Set("filter[startDate]", after.Start.In(zone).Format(time.DateTime))
	}
	body, got, err := c.history(ctx, query)
	if err != nil {
		return nil, after, false, asWhole(err)
	}
	zone = c.calibrate(zone, body.GeneratedAt, got)
	if ids := ordersIn(body.History.Rows); c.touched != nil && len(ids) > 0 {
		c.touched(ids, customersIn(body.History.Rows))
	}
	changes, next := pick(body.History.Rows, after, zone)
	more := next.SinceID > after.SinceID && body.Pagination.T.TotalPageCount > 1
	return changes, next, more, nil
}

func (c *Client) history(ctx context.Context, query url.Values) (historyBody, receipt, error) {
	var body historyBody
	q := call{op: "retailcrm: read the history", path: "/api/v5/orders/history", query: query, right: "order_read", lane: background}
	got, err := c.do(ctx, q, &body)
	if err == nil && !body.History.Given {
		err = c.lost(q, codeOdd, errors.New("the answer lacks the history"))
	}
	return body, got, err
}

// baseline is the cursor of an account that is read for the first time. The moment is
// taken from the account's own clock: that of the box may be wrong.
func (c *Client) baseline(ctx context.Context, zone *time.Location) (gateway.Cursor, error) {
	query := url.Values{"limit": {"20"}, "filter[startDate]": {c.now().In(zone).Format(time.DateTime)}}
	body, got, err := c.history(ctx, query)
	if err != nil {
		return gateway.Cursor{}, err
	}
	zone = c.calibrate(zone, body.GeneratedAt, got)
	start, ok := apiTime(body.GeneratedAt, zone)
	if !ok {
		start = got.at
		if !got.date.IsZero() {
			start = got.date
		}
	}
	start = start.UTC().Truncate(time.Second)
	// startDate is inclusive to the second: what already happened in this very second is
	// skipped by its id.
	query = url.Values{"limit": {historyPage}, "filter[startDate]": {start.In(zone).Format(time.DateTime)}}
	if body, _, err = c.history(ctx, query); err != nil {
		return gateway.Cursor{}, err
	}
	next := gateway.Cursor{Start: start}
	for _, e := range body.History.Rows {
		if at, ok := apiTime(e.CreatedAt, zone); ok && !at.After(start) {
			next.SinceID = max(next.SinceID, int64(e.ID))
		}
	}
	return next, nil
}

// ordersIn are the orders that a page of history is about, with those into which others
// were merged.
func ordersIn(rows []historyEntry) []gateway.OrderID {
	var ids []gateway.OrderID
	for _, e := range rows {
		for _, id := range []ident{e.Order.T.ID, e.CombinedTo.T.ID} {
			if id != 0 && !slices.Contains(ids, gateway.OrderID(id)) {
				ids = append(ids, gateway.OrderID(id))
			}
		}
	}
	return ids
}

// customersIn are the customers whom a page of the orders' history names: those of new
// orders.
func customersIn(rows []historyEntry) []int64 {
	var ids []int64
	for _, e := range rows {
		if id := int64(e.Order.T.Customer.T.ID); id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// pick turns entries into status changes, by rising id.
func pick(rows []historyEntry, after gateway.Cursor, zone *time.Location) ([]gateway.StatusChange, gateway.Cursor) {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b historyEntry) int { return cmp.Compare(a.ID, b.ID) })
	var out []gateway.StatusChange
	next := after
	for _, e := range rows {
		// An entry that is not new, or has no id, cannot be gone on from.
		if int64(e.ID) <= next.SinceID {
			continue
		}
		next.SinceID = int64(e.ID)
		if change, ok := e.statusChange(zone); ok {
			out = append(out, change)
		}
	}
	return out, next
}

// statusChange reads an entry. A deleted order is no status change, and a merged one
// neither: reading the order tells that it is gone.
func (e historyEntry) statusChange(zone *time.Location) (gateway.StatusChange, bool) {
	to := string(e.NewValue)
	switch {
	case e.Deleted.On || e.Order.T.ID == 0:
		return gateway.StatusChange{}, false
	case e.Created.On && e.Field != "status":
		to = string(e.Order.T.Status)
	case e.Field != "status":
		return gateway.StatusChange{}, false
	}
	if to == "" {
		return gateway.StatusChange{}, false
	}
	change := gateway.StatusChange{
		HistoryID: int64(e.ID), Order: gateway.OrderID(e.Order.T.ID), From: string(e.OldValue), To: to,
		Own: e.Source == "api" && e.APIKey.T.Current.On,
	}
	if e.Created.On {
		change.From = ""
	}
	if at, ok := apiTime(e.CreatedAt, zone); ok {
		change.At = at.UTC()
	}
	return change, true
}

// calibrate compares the time in an answer with the server's clock. The API's times
// have no offset and no document says whose zone they are in; the settings' zone is
// only the likely one. A difference of whole quarters of an hour is another zone.
func (c *Client) calibrate(zone *time.Location, generated text, got receipt) *time.Location {
	wall, ok := apiTime(generated, time.UTC)
	if !ok || got.date.IsZero() {
		return zone
	}
	const quarter = 15 * time.Minute
	ahead := wall.Sub(got.date)
	offset := ahead.Round(quarter)
	if math.Abs(float64(ahead-offset)) > float64(2*time.Minute) || offset.Abs() > 15*time.Hour {
		return zone
	}
	if sameOffset(got.date, zone, offset) {
		return zone
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.zone != nil && sameOffset(got.date, c.zone, offset) {
		c.measured = nil
		return c.zone
	}
	c.measured = time.FixedZone("", int(offset/time.Second))
	c.log.Warn("retailcrm: the API's times are not in the zone of the account's settings", "settings", zone.String(), "offset", offset)
	return c.measured
}

// sameOffset tells whether a zone is so far from UTC at a moment.
func sameOffset(at time.Time, zone *time.Location, offset time.Duration) bool {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds)*time.Second == offset
}
