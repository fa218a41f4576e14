package helpdeskeddy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// change notes an event in the ticket's audit.
func (a *Account) change(t *ticket, who int, byAPI bool, field, from, to string) {
	if from == to {
		return
	}
	t.audit = append(t.audit, Event{
		ID: a.nextID("audit"), UserID: who, ByAPI: byAPI, Field: field, Old: from, New: to, At: a.now(),
	})
}

// draft is a ticket as a request wants it, before it is stored.
type draft struct {
	q    *request
	t    *ticket
	next Ticket
	no   *answer
}

func (d *draft) refuse(an answer) {
	if d.no == nil {
		d.no = &an
	}
}

// allowed checks a right to a part of the ticket.
func (d *draft) allowed(right bool) bool {
	if !right && !d.q.acct.opt.DropForbidden {
		d.refuse(forbidden())
	}
	return right
}

// id reads an id that must be known. Assumed: unknown ones are refused.
func (d *draft) id(name string, isKnown func(int) bool, to *int, right bool) {
	if !d.q.body.has(name) || !d.allowed(right) {
		return
	}
	n, isNumber := d.q.body.number(name)
	if !isNumber || !isKnown(n) {
		d.refuse(bad(fmt.Sprintf("Unknown %s {%s}", name, d.q.body.text(name))))
		return
	}
	*to = n
}

// date reads a date of the SLA or a freeze; "null" and "" clear it.
func (d *draft) date(name string, to *time.Time, right bool) (changed bool) {
	if !d.q.body.has(name) || !d.allowed(right) {
		return false
	}
	s := d.q.body.text(name)
	if s == "" || s == "null" {
		*to = time.Time{}
		return true
	}
	at, err := time.ParseInLocation(dayFirst, s, d.q.acct.zone)
	if err != nil {
		d.refuse(bad("Wrong " + name))
		return false
	}
	*to = at
	return true
}

// properties reads what POST and PUT have in common.
func (d *draft) properties(edit Rights) {
	a, in, next := d.q.acct, d.q.body, &d.next
	if in.has("title") && d.allowed(edit.EditTickets) {
		next.Title = in.text("title")
	}
	if in.has("status_id") && d.allowed(edit.EditTickets) {
		next.Status = in.text("status_id")
		if !slices.ContainsFunc(a.statuses, func(s Status) bool { return s.ID == next.Status }) {
			d.refuse(bad("Unknown status_id {" + next.Status + "}"))
		}
	}
	d.id("priority_id", func(n int) bool { return known(a.priorities, n) }, &next.Priority, edit.Priority)
	d.id("type_id", func(n int) bool { return known(a.types, n) }, &next.Type, edit.EditTickets)
	d.id("department_id", func(n int) bool { return known(a.departments, n) }, &next.Department, edit.EditTickets)
	d.id("owner_id", func(n int) bool { return n == 0 || a.isStaff(n) }, &next.Owner, edit.EditTickets)
	d.id("user_id", func(n int) bool { return a.user(n) != nil }, &next.Requester, edit.EditTickets)
	d.date("sla_date", &next.SLA, edit.EditTickets)
	if d.date("freeze_date", &next.FrozenTill, edit.EditTickets) {
		next.Frozen = !next.FrozenTill.IsZero()
	}
	if in.has("ticket_lock") && d.allowed(edit.EditTickets) {
		next.Locked = slices.Contains([]string{"1", "true"}, in.text("ticket_lock"))
	}
	for name, to := range map[string]*[]string{"cc": &next.CC, "bcc": &next.BCC, "tags": &next.Tags} {
		if in.has(name) && d.allowed(edit.EditTickets) {
			*to = in.texts(name)
		}
	}
	if in.has("followers") && d.allowed(edit.EditTickets) {
		list, good := in.numbers("followers")
		if !good || slices.ContainsFunc(list, func(n int) bool { return !a.isStaff(n) }) {
			d.refuse(bad("followers must be staff"))
		}
		next.Followers = list
	}
	if in.has("custom_fields") && d.allowed(edit.Fields) {
		d.fields(in.node("custom_fields"))
	}
}

func (a *Account) isStaff(id int) bool {
	u := a.user(id)
	return u != nil && u.Staff
}

// store puts the draft into the ticket, notes every change in the audit and what
// outsiders see of it. The caller touches the ticket.
func (d *draft) store() {
	a, t, who := d.q.acct, d.t, d.q.user.ID
	old := t.Ticket
	t.Ticket = d.next
	for _, c := range []struct{ field, from, to string }{
		{"title", old.Title, t.Title},
		{"status_id", old.Status, t.Status},
		{"priority_id", strconv.Itoa(old.Priority), strconv.Itoa(t.Priority)},
		{"type_id", strconv.Itoa(old.Type), strconv.Itoa(t.Type)},
		{"department_id", strconv.Itoa(old.Department), strconv.Itoa(t.Department)},
		{"owner_id", strconv.Itoa(old.Owner), strconv.Itoa(t.Owner)},
		{"user_id", strconv.Itoa(old.Requester), strconv.Itoa(t.Requester)},
		{"tags", strings.Join(old.Tags, ","), strings.Join(t.Tags, ",")},
	} {
		a.change(t, who, true, c.field, c.from, c.to)
	}
	for _, f := range a.fields {
		from, to := fieldText(old.Fields[f.ID]), fieldText(t.Fields[f.ID])
		if from == to {
			continue
		}
		a.change(t, who, true, "custom_fields["+strconv.Itoa(f.ID)+"]", from, to)
		a.publishField(t, f)
	}
	a.opened(t)
	if t.Title != old.Title {
		a.publishIn(t, "title", t.Title)
	}
	if t.Requester != old.Requester && old.Requester != 0 {
		// Somebody else can read the whole ticket from now on.
		a.publishIn(t, "title", t.Title)
		for _, p := range t.posts {
			a.publishIn(t, "post", p.Text)
		}
	}
	if t.Status != old.Status && t.Status == "closed" && old.Status != "" {
		a.closingLetter(t, true)
	}
}

// touch moves date_updated for a write by API. Whether the real one does is not
// known.
func (a *Account) touch(t *ticket) {
	if a.opt.OwnWritesTouch {
		t.UpdatedAt = a.now()
	}
}

func (a *Account) putTicket(q *request) answer {
	t, no := q.visible()
	if no != nil {
		return *no
	}
	d := &draft{q: q, t: t, next: t.copied()}
	d.properties(q.user.rights)
	if d.no != nil {
		return *d.no
	}
	d.store()
	a.touch(t)
	return ok(a.ticketBody(t, q.user))
}

// createTicket makes a ticket with its first post. An e-mail that nobody has makes a
// user, who gets letters like every client. Assumed: without user_id and user_email
// the ticket is the key's user's own; who may create may set everything at once.
func (a *Account) createTicket(q *request) answer {
	in := q.body
	title, text := in.text("title"), in.text("description")
	if title == "" || text == "" {
		return bad("title and description are required")
	}
	d := &draft{q: q, t: &ticket{}, next: a.freshTicket()}
	d.next.Source, d.next.Requester, d.next.Title = "api", q.user.ID, title
	if q.user.Staff {
		d.properties(AllRights())
	}
	if pid, isNumber := in.number("pid"); isNumber {
		d.next.Parent = pid
	}
	email := in.text("user_email")
	if d.no != nil {
		return *d.no
	}
	if email != "" && !in.has("user_id") && q.user.Staff {
		u := a.userByEmail(email)
		if u == nil {
			u = a.register(User{Email: email, Name: email}, true)
		}
		d.next.Requester = u.ID
	}
	author := d.next.Requester
	if in.has("create_from_user") && in.text("create_from_user") == "0" {
		author = q.user.ID
	}
	d.next.ID = a.nextID("ticket")
	d.next.Number = number(d.next.ID)
	d.store()
	t := d.t
	a.tickets = append(a.tickets, t)
	a.addPost(t, author, text, in.files, true)
	a.createdLetter(t, text, true)
	return ok(a.ticketBody(t, q.user))
}

// freshTicket has what every new ticket has.
func (a *Account) freshTicket() Ticket {
	now := a.now()
	return Ticket{
		Status: "open", Priority: a.priorities[0].ID, Department: a.departments[0].ID, SLA: now.Add(4 * time.Hour),
		ViewedByClient: true, Fields: map[int]any{}, CreatedAt: now, UpdatedAt: now,
	}
}

// number is what people call a ticket.
func number(id int) string { return fmt.Sprintf("KTR-%05d", 19376+id) }

// deleteTicket puts a ticket into the bin, or away for good with delete=true, and
// answers the ticket.
func (a *Account) deleteTicket(q *request) answer {
	t, no := q.visible()
	if no != nil {
		return *no
	}
	forever := slices.Contains([]string{"true", "1"}, cmp.Or(q.query.text("delete"), q.body.text("delete")))
	a.remove(t, forever, q.user.ID, true)
	return ok(a.ticketBody(t, q.user))
}

func (a *Account) remove(t *ticket, forever bool, who int, byAPI bool) {
	a.change(t, who, byAPI, "deleted", strconv.Itoa(flag(t.Deleted)), "1")
	t.Deleted = true
	if forever {
		a.tickets = slices.DeleteFunc(a.tickets, func(have *ticket) bool { return have == t })
	}
}

// unionTickets merges the tickets of ticket_list into the one of the path.
func (a *Account) unionTickets(q *request) answer {
	t, no := q.visible()
	if no != nil {
		return *no
	}
	list, good := q.body.numbers("ticket_list")
	if !good || len(list) == 0 {
		return bad("ticket_list is required")
	}
	var from []*ticket
	for _, id := range list {
		other := a.ticket(id)
		if other == nil || !q.user.sees(other) || other == t {
			return notFound("Ticket", id)
		}
		from = append(from, other)
	}
	for _, other := range from {
		if other.Requester != t.Requester {
			for _, p := range other.posts { // another client reads them from now on
				a.publishIn(t, "post", p.Text)
			}
		}
		a.merge(t, other, q.user.ID, true)
	}
	a.touch(t)
	return ok(a.ticketBody(t, q.user))
}

// merge moves the messages of other into t. Assumed: other goes into the bin.
func (a *Account) merge(t, other *ticket, who int, byAPI bool) {
	for _, m := range slices.Concat(other.posts, other.comments) {
		m.TicketID = t.ID
	}
	byTime := func(x, y *Message) int { return x.CreatedAt.Compare(y.CreatedAt) }
	t.posts, t.comments = append(t.posts, other.posts...), append(t.comments, other.comments...)
	slices.SortStableFunc(t.posts, byTime)
	slices.SortStableFunc(t.comments, byTime)
	other.posts, other.comments, other.MergedInto = nil, nil, t.ID
	other.open = other.open || t.open
	a.change(t, who, byAPI, "union", "", strconv.Itoa(other.ID))
	a.remove(other, false, who, byAPI)
	other.UpdatedAt = a.now()
}
