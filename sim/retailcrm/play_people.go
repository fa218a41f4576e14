package retailcrm

import (
	"fmt"
	"slices"
	"strings"
)

// editCard changes a card as the manager who is responsible for it; fn returns what the
// history shall say. An unknown id is an error.
func (a *Account) editCard(id int, fn func(*Customer) []change) (err error) {
	a.do(func() {
		c := a.customer(id)
		if c == nil {
			err = fmt.Errorf("sim/retailcrm: no customer %d", id)
			return
		}
		next := c.clone()
		a.saveCustomer(c, next, fn(&next), a.byUser(c.ManagerID))
	})
	return err
}

// SetVIP: a manager makes a customer a VIP, or takes it back.
func (a *Account) SetVIP(customerID int, on bool) error {
	return a.editCard(customerID, func(c *Customer) []change {
		if c.VIP == on {
			return nil
		}
		c.VIP = on
		return []change{{field: "vip", old: !on, new: on}}
	})
}

// SetTags: a manager gives a card these tags and no others.
func (a *Account) SetTags(customerID int, tags ...string) error {
	return a.editCard(customerID, func(c *Customer) []change {
		var out []change
		for _, t := range c.Tags {
			if !slices.Contains(tags, t) {
				out = append(out, change{field: "tags", old: t})
			}
		}
		for _, t := range tags {
			if !slices.Contains(c.Tags, t) {
				out = append(out, change{field: "tags", new: t})
			}
		}
		c.Tags = slices.Clone(tags)
		return out
	})
}

// SetCustomerEmail: a manager types another address into a card.
func (a *Account) SetCustomerEmail(customerID int, email string) error {
	return a.editCard(customerID, func(c *Customer) []change {
		if c.Email == email {
			return nil
		}
		ch := change{field: "email", old: orNull(c.Email), new: orNull(email)}
		c.Email = email
		return []change{ch}
	})
}

// AddNote: a manager writes a note on a card. A zero ID and CreatedAt are filled; an
// unknown customer is an error.
func (a *Account) AddNote(n Note) (stored Note, err error) {
	a.do(func() {
		if a.customer(n.CustomerID) == nil || strings.TrimSpace(n.Text) == "" {
			err = fmt.Errorf("sim/retailcrm: no note for customer %d", n.CustomerID)
			return
		}
		if n.ID == 0 {
			n.ID = a.nextID("note")
		}
		if n.CreatedAt.IsZero() {
			n.CreatedAt = a.now()
		}
		a.notes = append(a.notes, n)
		a.changed("note", n.ID)
		stored = n
	})
	return stored, err
}

// AddTask: a manager gives a task. A zero ID and CreatedAt are filled, and the first user
// does what nobody is to do.
func (a *Account) AddTask(t Task) (stored Task) {
	a.do(func() {
		if t.ID == 0 {
			t.ID = a.nextID("task")
		}
		if t.CreatedAt.IsZero() {
			t.CreatedAt = a.now()
		}
		if t.PerformerID == 0 {
			t.PerformerID = a.users[0].ID
		}
		a.tasks = append(a.tasks, t)
		a.changed("task", t.ID)
		stored = t
	})
	return stored
}
