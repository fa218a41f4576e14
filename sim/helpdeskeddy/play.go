package helpdeskeddy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// The methods below play people: clients who write and employees who work in the
// system's pages. What they do moves a ticket's date_updated at once.

var (
	errNoTicket = errors.New("sim/helpdeskeddy: no such ticket")
	errNoUser   = errors.New("sim/helpdeskeddy: no such user")
	errNoItem   = errors.New("sim/helpdeskeddy: no such entry")
)

// AddUser adds a contact, or an employee with Staff. Fields left zero are filled; the
// user as stored, with his key, is returned.
func (a *Account) AddUser(u User) User {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.register(u, false).copied()
}

// editUser changes a user by fn.
func (a *Account) editUser(id int, fn func(*user)) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	u := a.user(id)
	if u == nil {
		return fmt.Errorf("%w: %d", errNoUser, id)
	}
	fn(u)
	return nil
}

// EditUser: somebody changes a contact in the system's pages. The id stays.
func (a *Account) EditUser(id int, fn func(*User)) error {
	return a.editUser(id, func(u *user) {
		fn(&u.User)
		u.ID, u.UpdatedAt = id, a.now()
	})
}

// RevokeKey takes a user's key away: it answers 401 from now on.
func (a *Account) RevokeKey(userID int) error {
	return a.editUser(userID, func(u *user) { u.Key = "" })
}

// NewKey gives a user another key and returns it.
func (a *Account) NewKey(userID int) (key string, err error) {
	err = a.editUser(userID, func(u *user) {
		key = fmt.Sprintf("%08x-5eed-4000-9000-%012x", a.nextID("key"), userID)
		u.Key = key
	})
	return key, err
}

// AddTicket: a client turns to the shop, by mail when source is empty. Each opt
// changes the ticket before it is stored. It panics when there is no such user, which
// is a mistake of the test.
func (a *Account) AddTicket(byUser int, title, text, source string, opts ...func(*Ticket)) Ticket {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.user(byUser) == nil {
		panic(fmt.Sprintf("sim/helpdeskeddy: AddTicket: no user %d", byUser))
	}
	t := &ticket{Ticket: a.freshTicket()}
	t.Requester, t.Title, t.Source = byUser, title, source
	if source == "" {
		t.Source = "email"
	}
	for _, opt := range opts {
		opt(&t.Ticket)
	}
	if t.ID == 0 {
		t.ID = a.nextID("ticket")
	} else {
		a.lastID["ticket"] = max(a.lastID["ticket"], t.ID)
	}
	if t.Number == "" {
		t.Number = number(t.ID)
	}
	at, updated := t.CreatedAt, t.UpdatedAt
	a.opened(t)
	a.tickets = append(a.tickets, t)
	slices.SortFunc(a.tickets, func(x, y *ticket) int { return x.ID - y.ID })
	m := a.addPost(t, byUser, text, nil, false)
	m.CreatedAt, m.UpdatedAt, t.UpdatedAt = at, at, updated
	a.createdLetter(t, text, false)
	return t.copied()
}

// At puts a ticket that is added into the past, for [Account.AddTicket].
func At(at time.Time) func(*Ticket) {
	return func(t *Ticket) { t.CreatedAt, t.UpdatedAt, t.SLA = at, at, at.Add(4*time.Hour) }
}

// edit changes a ticket as a person does: date_updated moves.
func (a *Account) edit(id int, fn func(*ticket) error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.ticket(id)
	if t == nil {
		return fmt.Errorf("%w: %d", errNoTicket, id)
	}
	if err := fn(t); err != nil {
		return err
	}
	t.UpdatedAt = a.now()
	return nil
}

// Touch moves date_updated as any change does that the API does not show.
func (a *Account) Touch(ticketID int) error {
	return a.edit(ticketID, func(*ticket) error { return nil })
}

// ClientWrites: the requester answers. A closed ticket opens again. The post's id is
// returned.
func (a *Account) ClientWrites(ticketID int, text string, files ...string) (postID int, err error) {
	err = a.edit(ticketID, func(t *ticket) error {
		postID = a.addPost(t, t.Requester, text, files, false).ID
		if t.Status == "closed" {
			a.change(t, t.Requester, false, "status_id", t.Status, "open")
			t.Status = "open"
		}
		return nil
	})
	return postID, err
}

// StaffWrites: an employee answers the client, who gets a letter.
func (a *Account) StaffWrites(ticketID, staffID int, text string, files ...string) (postID int, err error) {
	err = a.edit(ticketID, func(t *ticket) error {
		m := a.addPost(t, staffID, text, files, false)
		a.answerLetter(t, m)
		postID = m.ID
		return nil
	})
	return postID, err
}

// StaffComments: an employee writes what only colleagues see.
func (a *Account) StaffComments(ticketID, staffID int, text string) (commentID int, err error) {
	err = a.edit(ticketID, func(t *ticket) error {
		m := a.newMessage(t, "comment", staffID, text, nil, false)
		t.comments = append(t.comments, m)
		commentID = m.ID
		return nil
	})
	return commentID, err
}

// EditComment: an employee changes a comment's text, whoever wrote it.
func (a *Account) EditComment(ticketID, commentID int, text string) error {
	return a.edit(ticketID, func(t *ticket) error {
		m := find(t.comments, func(m *Message) bool { return m.ID == commentID })
		if m == nil {
			return fmt.Errorf("%w: comment %d", errNoItem, commentID)
		}
		m.Text, m.UpdatedAt = text, a.now()
		return nil
	})
}

// DeleteComment: an employee deletes a comment, whoever wrote it.
func (a *Account) DeleteComment(ticketID, commentID int) error {
	return a.edit(ticketID, func(t *ticket) error {
		before := len(t.comments)
		t.comments = slices.DeleteFunc(t.comments, func(m *Message) bool { return m.ID == commentID })
		if len(t.comments) == before {
			return fmt.Errorf("%w: comment %d", errNoItem, commentID)
		}
		return nil
	})
}

// SetPriority: an employee changes the priority.
func (a *Account) SetPriority(ticketID, staffID, priority int) error {
	return a.edit(ticketID, func(t *ticket) error {
		if !known(a.priorities, priority) {
			return fmt.Errorf("%w: priority %d", errNoItem, priority)
		}
		a.change(t, staffID, false, "priority_id", strconv.Itoa(t.Priority), strconv.Itoa(priority))
		t.Priority = priority
		return nil
	})
}

// SetStatus: an employee changes the status. The client gets a letter when the
// ticket is closed.
func (a *Account) SetStatus(ticketID, staffID int, status string) error {
	return a.edit(ticketID, func(t *ticket) error {
		if !slices.ContainsFunc(a.statuses, func(s Status) bool { return s.ID == status }) {
			return fmt.Errorf("%w: status %q", errNoItem, status)
		}
		if status == "closed" && t.Status != "closed" {
			a.closingLetter(t, false)
		}
		a.change(t, staffID, false, "status_id", t.Status, status)
		t.Status = status
		return nil
	})
}

// Close: an employee closes the ticket.
func (a *Account) Close(ticketID, staffID int) error { return a.SetStatus(ticketID, staffID, "closed") }

// Assign: somebody gives the ticket to an employee; 0 takes it away.
func (a *Account) Assign(ticketID, staffID int) error {
	return a.edit(ticketID, func(t *ticket) error {
		if staffID != 0 && !a.isStaff(staffID) {
			return fmt.Errorf("%w: employee %d", errNoUser, staffID)
		}
		a.change(t, staffID, false, "owner_id", strconv.Itoa(t.Owner), strconv.Itoa(staffID))
		t.Owner = staffID
		return nil
	})
}

// SetField: an employee fills a ticket field; nil clears it.
func (a *Account) SetField(ticketID, staffID, fieldID int, value any) error {
	return a.edit(ticketID, func(t *ticket) error {
		f := a.field(fieldID)
		if f == nil {
			return fmt.Errorf("%w: field %d", errNoItem, fieldID)
		}
		a.change(t, staffID, false, "custom_fields["+strconv.Itoa(fieldID)+"]", fieldText(t.Fields[fieldID]), fieldText(value))
		t.Fields[fieldID] = value
		return nil
	})
}

// MoveDepartment: an employee moves the ticket.
func (a *Account) MoveDepartment(ticketID, department int) error {
	return a.edit(ticketID, func(t *ticket) error {
		if !known(a.departments, department) {
			return fmt.Errorf("%w: department %d", errNoItem, department)
		}
		a.change(t, t.Owner, false, "department_id", strconv.Itoa(t.Department), strconv.Itoa(department))
		t.Department = department
		return nil
	})
}

// ChangeRequester: an employee says that the ticket is another client's.
func (a *Account) ChangeRequester(ticketID, userID int) error {
	return a.edit(ticketID, func(t *ticket) error {
		if a.user(userID) == nil {
			return fmt.Errorf("%w: %d", errNoUser, userID)
		}
		a.change(t, t.Owner, false, "user_id", strconv.Itoa(t.Requester), strconv.Itoa(userID))
		t.Requester = userID
		a.opened(t)
		return nil
	})
}

// Freeze: an employee puts the ticket aside until a date; a zero date is for good.
func (a *Account) Freeze(ticketID int, until time.Time) error {
	return a.edit(ticketID, func(t *ticket) error {
		t.Frozen, t.FrozenTill = true, until
		return nil
	})
}

// Thaw ends a freeze. The account does not end it by itself.
func (a *Account) Thaw(ticketID int) error {
	return a.edit(ticketID, func(t *ticket) error {
		t.Frozen, t.FrozenTill = false, time.Time{}
		return nil
	})
}

// Rate: the client rates the answer. Values differ between accounts; "like" is one.
func (a *Account) Rate(ticketID int, value, comment string) error {
	return a.edit(ticketID, func(t *ticket) error {
		t.Rate, t.RateComment, t.RatedAt = value, comment, a.now()
		return nil
	})
}

// Merge: an employee merges the ticket from into into.
func (a *Account) Merge(into, from int) error {
	return a.edit(into, func(t *ticket) error {
		other := a.ticket(from)
		if other == nil || other == t {
			return fmt.Errorf("%w: %d", errNoTicket, from)
		}
		a.merge(t, other, t.Owner, false)
		return nil
	})
}

// Delete: an employee puts the ticket into the bin, or away for good.
func (a *Account) Delete(ticketID int, forever bool) error {
	return a.edit(ticketID, func(t *ticket) error {
		a.remove(t, forever, t.Owner, false)
		return nil
	})
}
