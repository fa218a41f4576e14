package helpdeskeddy

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
)

// Rights that the trial and errors name, see gateway.HelpdeskRight.
const (
	rightTickets      = "tickets_read"
	rightUsers        = "users_read"
	rightDictionaries = "dictionaries_read"
	rightFields       = "fields_read"
	rightComments     = "comments_read"
	rightComment      = "comment_write"
	rightChange       = "ticket_write" // priority and fields
	rightOpen         = "ticket_open"
	rightKeys         = "keys_of_others"
)

// Tickets is a page of some thirty tickets, those that changed longest ago first
// (documented: order_by=date_updated{asc}), put in order here once more. It is one
// request. Rows without an id are left out.
func (c *Client) Tickets(ctx context.Context, t gateway.TicketQuery) (gateway.TicketPage, error) {
	query := url.Values{"order_by": {"date_updated{asc}"}}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("from_date_updated", t.UpdatedFrom)
	set("from_date_created", t.CreatedFrom)
	set("to_date_created", t.CreatedTo)
	set("status_list", strings.Join(t.Statuses, ","))
	set("search", t.Search)
	var users []string
	for _, id := range t.Requesters {
		users = append(users, itoa(id))
	}
	set("user_list", strings.Join(users, ","))
	n := max(t.Page, 1)
	rows, at, err := page[ticketBody](ctx, c, call{op: "helpdeskeddy: read tickets", path: "/tickets/", query: query, right: rightTickets}, n)
	if err != nil {
		return gateway.TicketPage{}, err
	}
	out := gateway.TicketPage{Page: n, Pages: at.pages(), Total: max(int(at.Total), len(rows))}
	for _, b := range rows {
		out.Tickets = append(out.Tickets, c.ticket(b))
	}
	slices.SortStableFunc(out.Tickets, func(a, b gateway.Ticket) int {
		return cmp.Or(strings.Compare(a.Updated, b.Updated), cmp.Compare(a.ID, b.ID))
	})
	c.mu.Lock()
	c.lastPoll = c.now()
	c.mu.Unlock()
	return out, nil
}

// Ticket reads one. It is NotFound when it is not there, was deleted, or may not be seen
// by the service employee.
func (c *Client) Ticket(ctx context.Context, id gateway.TicketID) (gateway.Ticket, error) {
	const op = "helpdeskeddy: read a ticket"
	if err := positive(op, int64(id)); err != nil {
		return gateway.Ticket{}, err
	}
	q := call{op: op, path: ticketPath(id), right: rightTickets}
	b, err := one[ticketBody](ctx, c, q)
	switch {
	case err != nil:
		return gateway.Ticket{}, err
	case gateway.TicketID(b.ID) != id:
		return gateway.Ticket{}, c.odd(q, "the answer is another ticket")
	case b.Deleted.On:
		return gateway.Ticket{}, device.Errorf(device.NotFound, op, "it was deleted")
	}
	return c.ticket(b), nil
}

func ticketPath(id gateway.TicketID) string { return "/tickets/" + itoa(int64(id)) }

// SetTicket writes priority and fields in one request (documented: PUT with JSON). A
// checkbox is off by "0", "", "нет" or "no", and is read as "1" or "0"; a select takes an option's id or
// its name in any language, and is read as the name; a hierarchy is Refused. A field that requesters see, or of which the account does
// not say that they do not, is Refused before anything is written; so is one that is not there.
// Permissions of fields are read anew after five minutes.
//
// It answers the ticket by the API's own answer, with its Updated after the write. What
// the key may not change may come back unchanged (inferred): the caller compares.
func (c *Client) SetTicket(ctx context.Context, id gateway.TicketID, change gateway.TicketChange) (gateway.Ticket, error) {
	const op = "helpdeskeddy: change a ticket"
	if err := positive(op, int64(id)); err != nil {
		return gateway.Ticket{}, err
	}
	body := map[string]any{}
	if change.Priority != "" {
		body["priority_id"] = numberOr(change.Priority)
	}
	if len(change.Fields) > 0 {
		values, err := c.writableFields(ctx, op, change.Fields)
		if err != nil {
			return gateway.Ticket{}, err
		}
		body["custom_fields"] = values
	}
	if len(body) == 0 {
		return c.Ticket(ctx, id)
	}
	return c.written(ctx, call{op: op, method: "PUT", path: ticketPath(id), body: body, right: rightChange}, id)
}

// written makes a write that answers a ticket. id is 0 for a new one.
func (c *Client) written(ctx context.Context, q call, id gateway.TicketID) (gateway.Ticket, error) {
	var body maybeBody[ticketBody]
	if err := c.do(ctx, q, &body); err != nil {
		return gateway.Ticket{}, err
	}
	switch b := body.Data.row; {
	case body.Data.given && (id == 0 || gateway.TicketID(b.ID) == id):
		return c.ticket(b), nil
	case body.Data.given:
		return gateway.Ticket{}, c.odd(q, "the answer is another ticket")
	case id == 0:
		return gateway.Ticket{}, c.odd(q, "the answer does not say which ticket it is")
	}
	// A success without the ticket. It was written, whatever becomes of the reading.
	t, err := c.Ticket(ctx, id)
	if err != nil {
		return gateway.Ticket{}, &device.Error{Kind: device.Uncertain, Op: q.op, Code: codeOf(err), Err: errors.New("it was written, but could not be read afterwards")}
	}
	return t, nil
}

// numberOr is an id as a number where it is one: ids are numbers in some dictionaries
// and texts in others (documented).
func numberOr(id string) any {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && strconv.FormatInt(n, 10) == id {
		return n
	}
	return id
}

// OpenInternal opens a ticket that no customer hears of: in an employee's name, and with
// its first post by an employee (documented: create_from_user=0; a requester who is named by an
// e-mail address is made a user and may be written to, so that no address is ever sent). The
// requester is read first, and counts as an employee for ten minutes; one who is not is Refused
// with the code "not_staff", and nothing was written. When the answer is lost the error is
// Uncertain: look for the ticket by its title before trying again.
func (c *Client) OpenInternal(ctx context.Context, t gateway.InternalTicket) (gateway.Ticket, error) {
	const op = "helpdeskeddy: open an internal ticket"
	title := strings.TrimSpace(t.Title)
	if title == "" || strings.TrimSpace(t.Text) == "" {
		return gateway.Ticket{}, device.Errorf(device.Invalid, op, "a ticket has a title and a text")
	}
	if err := c.mustBeStaff(ctx, op, t.Requester); err != nil {
		return gateway.Ticket{}, err
	}
	form := url.Values{"title": {title}, "description": {asHTML(t.Text)}, "user_id": {itoa(t.Requester)}, "create_from_user": {"0"}}
	if t.Department != "" {
		form.Set("department_id", t.Department)
	}
	if t.Priority != "" {
		form.Set("priority_id", t.Priority)
	}
	return c.written(ctx, call{op: op, method: "POST", path: "/tickets/", form: form, right: rightOpen}, 0)
}
