package helpdeskeddy

import (
	"maps"
	"slices"
	"time"
)

// Ticket returns a ticket as it is now; ok is false when it is gone for good.
func (a *Account) Ticket(id int) (t Ticket, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.ticket(id); t != nil {
		return t.copied(), true
	}
	return Ticket{}, false
}

// Tickets lists all tickets by id, those in the bin too.
func (a *Account) Tickets() []Ticket {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []Ticket
	for _, t := range a.tickets {
		out = append(out, t.copied())
	}
	return out
}

// Posts lists what client and staff wrote to each other, oldest first.
func (a *Account) Posts(ticketID int) []Message {
	return a.messages(ticketID, func(t *ticket) []*Message { return t.posts })
}

// Comments lists what only staff see, oldest first.
func (a *Account) Comments(ticketID int) []Message {
	return a.messages(ticketID, func(t *ticket) []*Message { return t.comments })
}

func (a *Account) messages(ticketID int, of func(*ticket) []*Message) []Message {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.ticket(ticketID)
	if t == nil {
		return nil
	}
	var out []Message
	for _, m := range of(t) {
		one := *m
		one.Files = slices.Clone(m.Files)
		out = append(out, one)
	}
	return out
}

// Audit lists who changed what in a ticket, oldest first.
func (a *Account) Audit(ticketID int) []Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.ticket(ticketID); t != nil {
		return slices.Clone(t.audit)
	}
	return nil
}

// User returns a contact or an employee as he is now.
func (a *Account) User(id int) (u User, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if u := a.user(id); u != nil {
		return u.copied(), true
	}
	return User{}, false
}

// Users lists contacts and employees by id.
func (a *Account) Users() []User {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []User
	for _, u := range a.users {
		out = append(out, u.copied())
	}
	return out
}

func (u *user) copied() User {
	out := u.User
	out.Departments = slices.Clone(u.Departments)
	return out
}

// Notes lists what staff wrote on a user's card, oldest first.
func (a *Account) Notes(userID int) []Note {
	a.mu.Lock()
	defer a.mu.Unlock()
	if u := a.user(userID); u != nil {
		return slices.Clone(u.notes)
	}
	return nil
}

// Priorities lists the dictionary in the account's order, which is not the order of
// urgency.
func (a *Account) Priorities() []Item {
	a.mu.Lock()
	defer a.mu.Unlock()
	return copyItems(a.priorities)
}

// Departments lists the dictionary.
func (a *Account) Departments() []Item {
	a.mu.Lock()
	defer a.mu.Unlock()
	return copyItems(a.departments)
}

func copyItems(list []Item) []Item {
	out := slices.Clone(list)
	for i := range out {
		out[i].Name = maps.Clone(out[i].Name)
	}
	return out
}

// Fields lists the ticket fields.
func (a *Account) Fields() []Field {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []Field
	for _, f := range a.fields {
		one := *f
		one.Options = slices.Clone(f.Options)
		out = append(out, one)
	}
	return out
}

// FieldNamed finds a ticket field by its Russian name; ok is false when there is
// none.
func (a *Account) FieldNamed(ru string) (f Field, ok bool) {
	for _, f := range a.Fields() {
		if f.Name["ru"] == ru {
			return f, true
		}
	}
	return Field{}, false
}

// Sent lists every request as it arrived, refused ones included: all since New, or
// the last ten thousand at least when there were very many.
func (a *Account) Sent() []Exchange {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.exchanges)
}

// Requests counts the requests that arrived at since or later.
func (a *Account) Requests(since time.Time) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, e := range a.exchanges {
		if !e.At.Before(since) {
			n++
		}
	}
	return n
}
