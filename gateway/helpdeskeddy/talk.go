package helpdeskeddy

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// Posts are the newest thirty or so texts that requester and employees exchanged,
// oldest first, without HTML. It is one request, or two where the API gives the oldest
// page first; the documented order is newest first.
func (c *Client) Posts(ctx context.Context, id gateway.TicketID) ([]gateway.TicketPost, error) {
	const op = "helpdeskeddy: read a ticket's posts"
	if err := positive(op, int64(id)); err != nil {
		return nil, err
	}
	q := call{op: op, path: ticketPath(id) + "/posts/", right: rightTickets}
	rows, at, err := page[postBody](ctx, c, q, 1)
	if err != nil {
		return nil, err
	}
	if last := len(rows) - 1; at.pages() > 1 && last > 0 && byTime(rows[0], rows[last]) < 0 {
		newest, _, err := page[postBody](ctx, c, q, at.pages())
		if err != nil {
			return nil, err
		}
		rows = newest
	}
	sortPosts(rows)
	out := make([]gateway.TicketPost, 0, len(rows))
	for _, b := range rows {
		out = append(out, gateway.TicketPost{ID: int64(b.ID), User: int64(b.User), Text: plain(string(b.Text)), Created: stamp(b.Created)})
	}
	return out, nil
}

// Comments are all of a ticket's, oldest first; at most twenty pages of thirty.
func (c *Client) Comments(ctx context.Context, id gateway.TicketID) ([]gateway.TicketComment, error) {
	const op = "helpdeskeddy: read a ticket's comments"
	if err := positive(op, int64(id)); err != nil {
		return nil, err
	}
	rows, err := whole[postBody](ctx, c, call{op: op, path: ticketPath(id) + "/comments/", right: rightComments})
	if err != nil {
		return nil, err
	}
	sortPosts(rows)
	out := make([]gateway.TicketComment, 0, len(rows))
	for _, b := range rows {
		out = append(out, comment(b))
	}
	return out, nil
}

func comment(b postBody) gateway.TicketComment {
	return gateway.TicketComment{ID: int64(b.ID), User: int64(b.User), HTML: string(b.Text)}
}

// AddComment writes a comment in the name of the key's employee (documented). The API
// says of each comment whom it is visible to; one that is not for employees alone is taken
// away at once and Refused with the code "not_internal". Uncertain: read the comments before
// trying again, or there are two.
func (c *Client) AddComment(ctx context.Context, id gateway.TicketID, html string) (gateway.TicketComment, error) {
	const op = "helpdeskeddy: write a comment"
	if err := positive(op, int64(id)); err != nil {
		return gateway.TicketComment{}, err
	}
	if strings.TrimSpace(html) == "" {
		return gateway.TicketComment{}, device.Errorf(device.Invalid, op, "the comment is empty")
	}
	b, _, err := c.addComment(ctx, id, html, background)
	if err != nil {
		return gateway.TicketComment{}, err
	}
	return comment(b), nil
}

// addComment tells besides whether a comment stays, or may stay, in spite of the error.
func (c *Client) addComment(ctx context.Context, id gateway.TicketID, html string, lane outbound.Lane) (b postBody, stays bool, err error) {
	const op = "helpdeskeddy: write a comment"
	b, err = one[postBody](ctx, c, call{
		op: op, method: http.MethodPost, path: ticketPath(id) + "/comments/", form: url.Values{"text": {html}}, right: rightComment, lane: lane,
	})
	if err != nil {
		return b, device.KindOf(err) == device.Uncertain, err
	}
	if b.Visible == "" || b.Visible == "staff" {
		return b, false, nil
	}
	gone := c.dropComment(ctx, id, int64(b.ID))
	c.log.Error("helpdeskeddy: a comment was visible to others than employees", "ticket", id, "comment", int64(b.ID), "visible", string(b.Visible), "taken_away", gone == nil)
	if gone != nil {
		return b, true, refused(op, codeNotInternal, "the comment is visible to %q, and it could not be taken away", string(b.Visible))
	}
	return b, false, refused(op, codeNotInternal, "the comment was visible to %q, and was taken away", string(b.Visible))
}

// EditComment changes a comment's text. It is NotFound when the comment or the ticket is
// not there any more.
func (c *Client) EditComment(ctx context.Context, id gateway.TicketID, comment int64, html string) error {
	const op = "helpdeskeddy: change a comment"
	if err := positive(op, int64(id), comment); err != nil {
		return err
	}
	if strings.TrimSpace(html) == "" {
		return device.Errorf(device.Invalid, op, "the comment is empty")
	}
	return c.do(ctx, call{op: op, method: http.MethodPut, path: commentPath(id, comment), form: url.Values{"text": {html}}, right: rightComment}, nil)
}

func commentPath(id gateway.TicketID, comment int64) string {
	return ticketPath(id) + "/comments/" + itoa(comment)
}

// dropComment takes a comment away, whoever has given up waiting meanwhile.
func (c *Client) dropComment(ctx context.Context, id gateway.TicketID, comment int64) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return c.do(ctx, call{
		op: "helpdeskeddy: take a comment away", method: http.MethodDelete, path: commentPath(id, comment), right: rightComment, lane: interactive,
	}, nil)
}

// staffAge is how long one who was seen to be an employee counts as one.
const staffAge = 10 * time.Minute

// Requester reads a user, a customer or an employee (documented: group.type).
func (c *Client) Requester(ctx context.Context, id int64) (gateway.Requester, error) {
	return c.requester(ctx, "helpdeskeddy: read a user", id, background, nil)
}

func (c *Client) requester(ctx context.Context, op string, id int64, lane outbound.Lane, look func([]byte)) (gateway.Requester, error) {
	if err := positive(op, id); err != nil {
		return gateway.Requester{}, err
	}
	q := call{op: op, path: "/users/" + itoa(id), right: rightUsers, lane: lane, look: look}
	b, err := one[userBody](ctx, c, q)
	if err != nil {
		return gateway.Requester{}, err
	}
	if int64(b.ID) != id {
		return gateway.Requester{}, c.odd(q, "the answer is another user")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.staff, id)
	if b.staff() {
		c.staff[id] = c.now()
	}
	return b.requester(), nil
}

// mustBeStaff refuses one who is not seen to be an employee.
func (c *Client) mustBeStaff(ctx context.Context, op string, id int64) error {
	no := refused(op, codeNotStaff, "the requester of an internal ticket must be an employee")
	if id <= 0 {
		return no
	}
	c.mu.Lock()
	at, seen := c.staff[id]
	c.mu.Unlock()
	if age := c.now().Sub(at); seen && age >= 0 && age < staffAge {
		return nil
	}
	r, err := c.requester(ctx, op, id, background, nil)
	switch {
	case device.KindOf(err) == device.NotFound:
		return no
	case err != nil:
		return err
	case !r.Staff:
		return no
	}
	return nil
}

// employees are those who may be an internal ticket's requester, by name.
func employees(rows []userBody) []gateway.HelpdeskEntry {
	var out []gateway.HelpdeskEntry
	for _, b := range rows {
		if b.staff() {
			r := b.requester()
			out = append(out, gateway.HelpdeskEntry{ID: itoa(r.ID), Name: r.Name})
		}
	}
	slices.SortStableFunc(out, func(a, b gateway.HelpdeskEntry) int { return strings.Compare(a.Name, b.Name) })
	return out
}
