package retailcrm

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"

	"vestnik/device"
	"vestnik/gateway"
)

// mostEntries is how many notes and how many tasks a card shows.
const mostEntries = 20

// ProfileEntries takes a request for the notes and one for the tasks, and one more for the
// card when it was not read since the start. What the key may not read is left out.
//
// There is no filter of tasks by a customer's id: filter[customer] takes a text. It is
// assumed to take a number, as the filters of orders and customers do, else the name is
// asked for; every hit is verified here.
func (c *Client) ProfileEntries(ctx context.Context, customer int64) ([]gateway.ProfileEntry, error) {
	needle, known := c.needleOf(customer)
	if !known {
		card, err := c.rawCustomer(ctx, customer, interactive)
		if gateway.RightOf(err) != "" {
			return nil, nil // who may read no card may read neither notes
		}
		if err != nil {
			return nil, err
		}
		customer, needle = int64(card.ID), c.keepNeedle(card)
	}
	notes, err := c.notesOf(ctx, customer)
	if err != nil {
		return nil, err
	}
	tasks, err := c.tasksOf(ctx, customer, needle)
	if err != nil || len(notes)+len(tasks) == 0 {
		return nil, err
	}
	w, err := c.profileWords(ctx, func(*words) bool { return true })
	if err != nil {
		return nil, err
	}
	out := make([]gateway.ProfileEntry, 0, len(notes)+len(tasks))
	for _, n := range notes {
		out = append(out, gateway.ProfileEntry{Kind: "note", At: c.moment(n.CreatedAt), Text: string(n.Text), By: w.users[int64(n.ManagerID)].name()})
	}
	for _, t := range tasks {
		by := w.users[int64(t.Creator)].name()
		if by == "" && t.PerformerType != "group" {
			by = w.users[int64(t.Performer)].name()
		}
		words := string(t.Text)
		if t.Commentary != "" {
			words += "\n" + string(t.Commentary)
		}
		out = append(out, gateway.ProfileEntry{Kind: "task", At: c.moment(t.CreatedAt), Text: words, By: by, Done: t.Complete.On})
	}
	slices.SortStableFunc(out, func(a, b gateway.ProfileEntry) int { return b.At.Compare(a.At) })
	return out, nil
}

func (c *Client) notesOf(ctx context.Context, customer int64) ([]noteBody, error) {
	q := call{
		op: "retailcrm: read a customer's notes", path: "/api/v5/customers/notes", right: "customer_read", lane: interactive,
		query: url.Values{"filter[customerIds][]": {itoa(customer)}},
	}
	return newest(q, func(q call) ([]noteBody, pagination, error) {
		var body notesBody
		_, err := c.do(ctx, q, &body)
		rows := slices.DeleteFunc(body.Notes.Rows, func(n noteBody) bool { return n.Customer.T.ID != ident(customer) || n.Text == "" })
		return rows, body.Pagination.T, err
	}, func(n noteBody) text { return n.CreatedAt })
}

func (c *Client) tasksOf(ctx context.Context, customer int64, needle string) ([]taskBody, error) {
	if needle == "" {
		return nil, nil
	}
	q := call{
		op: "retailcrm: read a customer's tasks", path: "/api/v5/tasks", right: "task_read", lane: interactive,
		query: url.Values{"filter[customer]": {needle}},
	}
	return newest(q, func(q call) ([]taskBody, pagination, error) {
		var body tasksBody
		_, err := c.do(ctx, q, &body)
		rows := slices.DeleteFunc(body.Tasks.Rows, func(t taskBody) bool { return t.Customer.T.ID != ident(customer) || t.Text == "" })
		return rows, body.Pagination.T, err
	}, func(t taskBody) text { return t.CreatedAt })
}

// newest reads a page of a hundred and picks the newest rows. Notes come oldest first
// (recorded answer): of more than a page the last one is read as well. Nothing comes of what
// the key may not read.
func newest[T any](q call, read func(call) ([]T, pagination, error), at func(T) text) ([]T, error) {
	page := func(n int) ([]T, pagination, error) {
		one := q
		one.query = url.Values{"limit": {"100"}, "page": {strconv.Itoa(n)}}
		for key, value := range q.query {
			one.query[key] = value
		}
		return read(one)
	}
	rows, p, err := page(1)
	if last := int(p.TotalPageCount); err == nil && last > 1 && len(rows) > 1 && at(rows[0]) < at(rows[len(rows)-1]) {
		rows, _, err = page(last)
	}
	switch {
	case gateway.RightOf(err) != "" || device.KindOf(err) == device.Refused:
		return nil, nil
	case err != nil:
		return nil, err
	}
	// Y-m-d H:i:s sorts as a text. Of one second the later row is the newer.
	slices.Reverse(rows)
	slices.SortStableFunc(rows, func(a, b T) int { return cmp.Compare(at(b), at(a)) })
	return rows[:min(mostEntries, len(rows))], nil
}

// keepNeedle remembers what a card's tasks are searched by, so that showing a card that
// was just read does not take reading it again.
func (c *Client) keepNeedle(b customerBody) string {
	needle := person{string(b.FirstName), "", string(b.LastName)}.full()
	for _, p := range b.Phones.Rows {
		if numbers, err := device.ParsePhones(string(p.Number), c.region); err == nil && len(numbers) > 0 {
			needle = needles(numbers[0].Phone)[0]
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.needle) >= mostNeedles {
		clear(c.needle)
	}
	c.needle[int64(b.ID)] = needle
	return needle
}

func (c *Client) needleOf(customer int64) (needle string, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	needle, known = c.needle[customer]
	return needle, known
}
