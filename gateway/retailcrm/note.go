package retailcrm

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// AddNote writes a note on a card, or on that into which it was merged. The API has no
// note of an order. It reads the customer's notes since n.Since, else of the last month, first:
// Uncertain may be repeated.
func (c *Client) AddNote(ctx context.Context, n gateway.Note) error {
	const op = "retailcrm: write a note"
	words := cut(n.Text, maxNote)
	if n.Customer == 0 || words == "" {
		return device.Errorf(device.Invalid, op, "a note needs a customer and a text")
	}
	card, err := c.rawCustomer(ctx, n.Customer, background)
	if err != nil {
		return err
	}
	written, err := c.noteThere(ctx, int64(card.ID), words, n.Since)
	if err != nil || written {
		return err
	}
	note := map[string]any{"customer": map[string]any{"id": card.ID}, "text": words}
	if n.Manager != 0 {
		note["managerId"] = n.Manager
	}
	return c.post(ctx, call{
		op: op, path: "/api/v5/customers/notes/create", right: "customer_write", lane: background,
	}, "note", note, cmp.Or(text(n.Site), card.Site), nil)
}

// noteThere tells whether a customer's card has these very words since a month or asked. There is
// a filter by text, but how it compares is not known; a customer has few notes.
func (c *Client) noteThere(ctx context.Context, customer int64, words string, asked time.Time) (there bool, err error) {
	since, err := c.lookBack(ctx, asked)
	if err != nil {
		return false, err
	}
	q := call{
		op: "retailcrm: read a customer's notes", path: "/api/v5/customers/notes", right: "customer_read", lane: background,
		query: url.Values{"filter[customerIds][]": {itoa(customer)}, "filter[createdAtFrom]": {since}},
	}
	err = c.pages(ctx, q, maxPages, func(q call) (pagination, error) {
		var body notesBody
		_, err := c.do(ctx, q, &body)
		there = there || slices.ContainsFunc(body.Notes.Rows, func(n noteBody) bool {
			return n.Customer.T.ID == ident(customer) && cut(string(n.Text), maxNote) == words
		})
		return body.Pagination.T, err
	})
	return there, err
}

// askedLeeway is how far the CRM's clock may be behind this box's.
const askedLeeway = 5 * time.Minute

// lookBack is how far is looked for what may be written already, as a filter of creation times
// takes it (official PHP client's tests: "2019-08-06 12:00:00"): a month before now, or shortly before it
// was asked for.
func (c *Client) lookBack(ctx context.Context, asked time.Time) (string, error) {
	zone, err := c.apiZone(ctx)
	if err != nil {
		return "", err
	}
	since := c.now().AddDate(0, -1, 0)
	if from := asked.Add(-askedLeeway); !asked.IsZero() && from.After(since) {
		since = from
	}
	return since.In(zone).Format(time.DateTime), nil
}
