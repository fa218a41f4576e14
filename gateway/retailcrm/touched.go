package retailcrm

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// TouchedCustomers reads one page of the customers' history, which works as that of
// orders does. A merged card is told together with the one that remains.
//
// The first call looks for where the history ends: among the entries of the last hour,
// else day, else month, else all; one or two requests on a busy account and five at most. It
// answers 0 while there is no entry at all.
func (c *Client) TouchedCustomers(ctx context.Context, after int64) (ids []int64, next int64, more bool, err error) {
	if after <= 0 {
		next, err = c.historyEnd(ctx)
		return nil, next, false, asWhole(err)
	}
	body, err := c.customersHistory(ctx, url.Values{"limit": {historyPage}, "filter[sinceId]": {itoa(after)}})
	if err != nil {
		return nil, after, false, asWhole(err)
	}
	next = after
	for _, e := range body.History.Rows {
		if int64(e.ID) <= after {
			continue // not new: it cannot be gone on from
		}
		next = max(next, int64(e.ID))
		for _, id := range []ident{e.Customer.T.ID, e.CombinedTo.T.ID} {
			if id != 0 && !slices.Contains(ids, int64(id)) {
				ids = append(ids, int64(id))
			}
		}
	}
	return ids, next, next > after && body.Pagination.T.TotalPageCount > 1, nil
}

// historyEnd is the last id in the customers' history. The clocks need not agree: a wrong
// one makes the search longer.
func (c *Client) historyEnd(ctx context.Context) (int64, error) {
	zone, err := c.apiZone(ctx)
	if err != nil {
		return 0, err
	}
	for _, back := range []time.Duration{time.Hour, 24 * time.Hour, 31 * 24 * time.Hour, 0} {
		query := url.Values{"limit": {historyPage}}
		if back > 0 {
			query.Set("filter[startDate]", c.now().Add(-back).In(zone).Format(time.DateTime))
		}
		end, pages, err := c.lastID(ctx, query)
		if err == nil && pages > 1 {
			// What comes in between the two readings is new, and told by the next call.
			query.Set("page", strconv.Itoa(pages))
			var last int64
			last, _, err = c.lastID(ctx, query)
			end = max(end, last)
		}
		if err != nil || end > 0 {
			return end, err
		}
	}
	return 0, nil
}

func (c *Client) lastID(ctx context.Context, query url.Values) (last int64, pages int, err error) {
	body, err := c.customersHistory(ctx, query)
	for _, e := range body.History.Rows {
		last = max(last, int64(e.ID))
	}
	return last, int(body.Pagination.T.TotalPageCount), err
}

func (c *Client) customersHistory(ctx context.Context, query url.Values) (historyBody, error) {
	var body historyBody
	q := call{op: "retailcrm: read the customers' history", path: "/api/v5/customers/history", query: query, right: "customer_read", lane: background}
	_, err := c.do(ctx, q, &body)
	if err == nil && !body.History.Given {
		err = c.lost(q, codeOdd, errors.New("the answer lacks the history"))
	}
	return body, err
}
