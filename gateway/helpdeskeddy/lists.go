package helpdeskeddy

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"

	"vestnik/device"
)

// mostPages bounds how far a whole list is read.
const mostPages = 20

// page reads one page of a list, from 1.
func page[T row](ctx context.Context, c *Client, q call, n int) ([]T, pagination, error) {
	query := url.Values{}
	for k, v := range q.query {
		query[k] = v
	}
	if n > 1 || q.query != nil {
		query.Set("page", strconv.Itoa(max(n, 1)))
	}
	q.query = query
	var body listBody[T]
	if err := c.do(ctx, q, &body); err != nil {
		return nil, pagination{}, err
	}
	return body.Data.rows, body.Pagination.T, nil
}

// whole reads all pages of a list, mostPages of them. A row that moved from one page to
// the next meanwhile stands once.
func whole[T row](ctx context.Context, c *Client, q call) ([]T, error) {
	var all []T
	seen := map[string]bool{}
	for n := 1; n <= mostPages; n++ {
		rows, at, err := page[T](ctx, c, q, n)
		if err != nil {
			return nil, err
		}
		fresh := 0
		for _, r := range rows {
			if !seen[r.key()] {
				seen[r.key()] = true
				all = append(all, r)
				fresh++
			}
		}
		// A server that does not know pages answers with the same one again.
		if n >= at.pages() || fresh == 0 {
			break
		}
	}
	return all, nil
}

// one reads one object.
func one[T row](ctx context.Context, c *Client, q call) (T, error) {
	var body oneBody[T]
	if err := c.do(ctx, q, &body); err != nil {
		return *new(T), err
	}
	return body.Data.row, nil
}

// byTime orders posts and comments, the oldest first. An id breaks the tie of a second.
func byTime(a, b postBody) int {
	return cmp.Or(cmp.Compare(stamp(a.Created), stamp(b.Created)), cmp.Compare(a.ID, b.ID))
}

func sortPosts(rows []postBody) { slices.SortStableFunc(rows, byTime) }

// positive refuses an id that would lead to another address of the API.
func positive(op string, ids ...int64) error {
	for _, id := range ids {
		if id <= 0 {
			return device.Errorf(device.Invalid, op, "the number %d is not one", id)
		}
	}
	return nil
}
