package retailcrm

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"

	"vestnik/device"
	"vestnik/gateway"
)

// taskTime is how a task's date is written, with no seconds (official PHP client: Y-m-d
// H:i).
const taskTime = "2006-01-02 15:04"

// AddTask gives a task. It reads the tasks with these words since t.Since, else of the last month, first,
// whoever is to do them and also those that are done: Uncertain may be repeated.
func (c *Client) AddTask(ctx context.Context, t gateway.Task) error {
	const op = "retailcrm: give a task"
	words := cut(t.Text, maxTask)
	if t.Performer == 0 || words == "" {
		return device.Errorf(device.Invalid, op, "a task needs a performer and a text")
	}
	t, err := c.aboutWhom(ctx, t)
	if err != nil {
		return err
	}
	given, err := c.taskThere(ctx, t, words)
	if err != nil || given {
		return err
	}
	task, err := c.taskDocument(ctx, t, words)
	if err != nil {
		return err
	}
	return c.post(ctx, call{op: op, path: "/api/v5/tasks/create", right: "task_write", lane: background}, "task", task, text(t.Site), nil)
}

// aboutWhom follows a merged card, and fills the shop in, which an account with several
// wants to be told: that of the customer, the order, or the main one.
func (c *Client) aboutWhom(ctx context.Context, t gateway.Task) (gateway.Task, error) {
	if t.Customer != 0 {
		card, err := c.rawCustomer(ctx, t.Customer, background)
		switch {
		case device.KindOf(err) == device.NotFound && t.Order != 0: // the order says enough
		case err != nil:
			return t, err
		}
		t.Customer, t.Site = int64(card.ID), cmp.Or(t.Site, string(card.Site))
	}
	if t.Order != 0 && t.Site == "" {
		o, err := c.rawOrder(ctx, t.Order, background)
		if err != nil {
			return t, err
		}
		t.Site = string(o.Site)
	}
	if t.Site == "" {
		w, err := c.vocabulary(ctx, background, wordsAge)
		if err != nil {
			return t, err
		}
		t.Site = string(w.mainSite)
	}
	return t, nil
}

func (c *Client) taskDocument(ctx context.Context, t gateway.Task, words string) (map[string]any, error) {
	task := map[string]any{"text": words, "performerId": t.Performer}
	if comment := cut(t.Comment, maxComment); comment != "" {
		task["commentary"] = comment
	}
	if !t.DueAt.IsZero() {
		zone, err := c.apiZone(ctx)
		if err != nil {
			return nil, err
		}
		task["datetime"] = t.DueAt.In(zone).Format(taskTime)
	}
	if t.Order != 0 {
		task["order"] = map[string]any{"id": int64(t.Order)}
	}
	if t.Customer != 0 {
		task["customer"] = map[string]any{"id": t.Customer}
	}
	if t.Phone != "" {
		task["phone"] = t.Phone
	}
	return task, nil
}

// taskThere tells whether a task with these very words for the same order, else
// customer, else number was given since a month or t.Since. The filter by text only narrows: it is
// assumed to find at least the whole text.
func (c *Client) taskThere(ctx context.Context, t gateway.Task, words string) (there bool, err error) {
	since, err := c.lookBack(ctx, t.Since)
	if err != nil {
		return false, err
	}
	same := func(row taskBody) bool {
		switch {
		case cut(string(row.Text), maxTask) != words:
			return false
		case t.Order != 0:
			return row.Order.T.ID == ident(t.Order)
		case t.Customer != 0:
			return row.Customer.T.ID == ident(t.Customer)
		}
		return row.Order.T.ID == 0 && row.Customer.T.ID == 0 && string(row.Phone) == t.Phone
	}
	q := call{
		op: "retailcrm: read tasks", path: "/api/v5/tasks", right: "task_read", lane: background,
		query: url.Values{"filter[text]": {words}, "filter[createdAtFrom]": {since}},
	}
	err = c.pages(ctx, q, maxPages, func(q call) (pagination, error) {
		var body tasksBody
		_, err := c.do(ctx, q, &body)
		if err == nil && !body.Tasks.Given {
			err = c.lost(q, codeOdd, errors.New("the answer lacks the tasks"))
		}
		there = there || slices.ContainsFunc(body.Tasks.Rows, same)
		return body.Pagination.T, err
	})
	return there, err
}
