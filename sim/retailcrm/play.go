package retailcrm

import (
	"cmp"
	"fmt"
	"slices"
)

// The methods below play the shop: its managers in the CRM's pages, its site, its
// other integrations. Changes that a person makes are signed by the manager who
// is responsible for the object, or by the first user.

// byUser signs a change by a person.
func (a *Account) byUser(manager int) actor {
	if manager == 0 {
		manager = a.users[0].ID
	}
	return actor{source: "user", userID: manager}
}

// byStranger signs a change by another integration's key.
var byStranger = actor{source: "api", key: -1}

// edit changes the order by fn, which returns what the history shall say. An
// unknown id is an error.
func (a *Account) edit(id int, sign func(*Order) actor, fn func(*Order) []change) (err error) {
	a.do(func() {
		o := a.order(id)
		if o == nil {
			err = fmt.Errorf("sim/retailcrm: no order %d", id)
			return
		}
		next := o.clone()
		a.saveOrder(o, next, fn(&next), sign(o))
	})
	return err
}

// setStatus changes a status; the same status makes no record.
func (a *Account) setStatus(id int, code string, sign func(*Order) actor) error {
	a.mu.Lock()
	known := a.knowsStatus(code)
	a.mu.Unlock()
	if !known {
		return fmt.Errorf("sim/retailcrm: no status %q", code)
	}
	return a.edit(id, sign, func(o *Order) []change {
		if o.Status == code {
			return nil
		}
		c := change{field: "status", old: obj{"code": o.Status}, new: obj{"code": code}}
		o.Status = code
		// saveOrder puts the new status in when it reaches this change.
		return []change{c}
	})
}

// SetStatus: a manager changes the order's status. An unknown order or status
// code is an error.
func (a *Account) SetStatus(orderID int, code string) error {
	return a.setStatus(orderID, code, func(o *Order) actor { return a.byUser(o.ManagerID) })
}

// SetStatusByAPI: another integration, with a key of its own, changes it.
func (a *Account) SetStatusByAPI(orderID int, code string) error {
	return a.setStatus(orderID, code, func(*Order) actor { return byStranger })
}

// SetStatusBySystem: the CRM's own logic changes it (source "code").
func (a *Account) SetStatusBySystem(orderID int, code string) error {
	return a.setStatus(orderID, code, func(*Order) actor { return actor{source: "code"} })
}

// EditOrderPhone: a manager types another phone into the order.
func (a *Account) EditOrderPhone(orderID int, phone string) error {
	return a.edit(orderID, func(o *Order) actor { return a.byUser(o.ManagerID) }, func(o *Order) []change {
		if o.Phone == phone {
			return nil
		}
		c := change{field: "phone", old: orNull(o.Phone), new: orNull(phone)}
		o.Phone = phone
		return []change{c}
	})
}

// SetOrderField: a manager fills a custom field of the order; nil clears it.
func (a *Account) SetOrderField(orderID int, code string, value any) error {
	return a.edit(orderID, func(o *Order) actor { return a.byUser(o.ManagerID) }, func(o *Order) []change {
		c := change{field: "custom_" + code, old: o.CustomFields[code], new: value}
		if o.CustomFields == nil {
			o.CustomFields = map[string]any{}
		}
		o.CustomFields[code] = value
		if value == nil {
			delete(o.CustomFields, code)
		}
		return []change{c}
	})
}

// PayOrder: the whole sum comes in. The payment is a manager's change and the
// date of full payment follows from it (source "code").
func (a *Account) PayOrder(orderID int) error {
	err := a.edit(orderID, func(o *Order) actor { return a.byUser(o.ManagerID) }, func(o *Order) []change {
		if len(o.Payments) == 0 {
			o.Payments = []Payment{{ID: a.nextID("payment"), Type: "bank-card", Amount: o.Total()}}
		}
		var out []change
		for i := range o.Payments {
			p := &o.Payments[i]
			if p.Status == "paid" {
				continue
			}
			out = append(out, change{
				field: "payments.status", old: asCode(orNull(p.Status)), new: obj{"code": "paid"},
				extra: obj{"payment": obj{"id": p.ID, "type": p.Type}},
			})
			p.Status, p.PaidAt = "paid", a.now()
		}
		return out
	})
	if err != nil {
		return err
	}
	return a.edit(orderID, func(*Order) actor { return actor{source: "code"} }, func(o *Order) []change {
		if !o.FullPaidAt.IsZero() {
			return nil
		}
		o.FullPaidAt = a.now()
		return []change{{field: "full_paid_at", new: a.stamp(o.FullPaidAt)}}
	})
}

// AddUser: somebody begins to work in the CRM. A zero ID, CreatedAt and Status are
// filled.
func (a *Account) AddUser(u User) (stored User) {
	a.do(func() {
		for _, have := range a.users {
			if u.ID == 0 || u.ID <= have.ID {
				u.ID = have.ID + 1
			}
		}
		if u.CreatedAt.IsZero() {
			u.CreatedAt = a.now()
		}
		u.Status = cmp.Or(u.Status, "free")
		a.users = append(a.users, u)
		stored = u
	})
	return stored
}

// SetUserOnline: somebody who works in the CRM comes online or leaves.
func (a *Account) SetUserOnline(id int, online bool) {
	a.editUser(id, func(u *User) { u.Online = online })
}

// SetUserStatus: somebody says that he is free, busy, at dinner or on a break.
func (a *Account) SetUserStatus(id int, status string) {
	a.editUser(id, func(u *User) { u.Status = status })
}

// SetUserActive: somebody's entry to the CRM is closed or opened again.
func (a *Account) SetUserActive(id int, active bool) {
	a.editUser(id, func(u *User) { u.Active = active })
}

func (a *Account) editUser(id int, fn func(*User)) {
	a.do(func() {
		for i := range a.users {
			if a.users[i].ID == id {
				fn(&a.users[i])
			}
		}
	})
}

// AddCustomer: a manager adds a card. The card as stored is returned.
func (a *Account) AddCustomer(c Customer) (stored Customer) {
	a.do(func() { stored = a.insertCustomer(c, a.byUser(c.ManagerID)).clone() })
	return stored
}

// AddOrder: an order comes in. Fields left zero are filled; the order as stored
// is returned.
func (a *Account) AddOrder(o Order) (stored Order) {
	a.do(func() { stored = a.insertOrder(o, a.byUser(o.ManagerID)).clone() })
	return stored
}

// DeleteOrder: a manager deletes the order for good.
func (a *Account) DeleteOrder(id int) (err error) {
	a.do(func() {
		o := a.order(id)
		if o == nil {
			err = fmt.Errorf("sim/retailcrm: no order %d", id)
			return
		}
		a.note(entityOrder, record{
			at: a.now(), who: a.byUser(o.ManagerID), objectID: id, externalID: o.ExternalID, site: o.Site,
			deleted: true, field: "id", old: id, snapshot: a.orderStub(o),
		})
		a.unshelve(o)
		a.orders = slices.DeleteFunc(a.orders, func(have *Order) bool { return have.ID == id })
		a.changed("order", id)
	})
	return err
}

// CombineOrders: a manager merges two orders; the first one stays.
func (a *Account) CombineOrders(keep, gone int) (err error) {
	a.do(func() {
		stay, o := a.order(keep), a.order(gone)
		if stay == nil || o == nil || stay == o {
			err = fmt.Errorf("sim/retailcrm: cannot combine orders %d and %d", keep, gone)
			return
		}
		to := obj{"id": stay.ID, "site": stay.Site}
		texts(to, map[string]string{"externalId": stay.ExternalID})
		a.note(entityOrder, record{
			at: a.now(), who: a.byUser(o.ManagerID), objectID: gone, externalID: o.ExternalID, site: o.Site,
			deleted: true, field: "id", old: gone, snapshot: a.orderStub(o), extra: obj{"combinedTo": to},
		})
		a.unshelve(o)
		a.unshelve(stay)
		stay.Items = append(stay.Items, o.Items...)
		a.shelve(stay)
		a.orders = slices.DeleteFunc(a.orders, func(have *Order) bool { return have.ID == gone })
		a.changed("order", keep)
		a.changed("order", gone)
	})
	return err
}

// DeleteCustomer: a manager deletes a card for good. Its orders stay without one.
func (a *Account) DeleteCustomer(id int) error { return a.dropCustomer(id, 0) }

// CombineCustomers: a manager merges two cards; the first one stays and gets the
// other's orders.
func (a *Account) CombineCustomers(keep, gone int) error { return a.dropCustomer(gone, keep) }

func (a *Account) dropCustomer(gone, keep int) (err error) {
	a.do(func() {
		c, stay := a.customer(gone), a.customer(keep)
		if c == nil || keep != 0 && stay == nil || c == stay {
			err = fmt.Errorf("sim/retailcrm: cannot drop customer %d for %d", gone, keep)
			return
		}
		who, now := a.byUser(c.ManagerID), a.now()
		r := record{
			at: now, who: who, objectID: gone, externalID: c.ExternalID, site: c.Site,
			deleted: true, field: "id", old: gone, snapshot: a.customerBody(c),
		}
		var link any
		if stay != nil {
			link = obj{"id": stay.ID, "site": stay.Site}
			r.extra = obj{"combinedTo": customerStub(stay)}
			a.combined[gone] = keep
		}
		a.customers, a.members = slices.DeleteFunc(a.customers, func(have *Customer) bool { return have.ID == gone }), nil
		a.note(entityCustomer, r)
		for _, o := range a.ordersOf(gone) {
			a.unshelve(o)
			o.CustomerID = keep
			a.shelve(o)
			a.noteOrder(o, now, who, change{field: "customer", old: obj{"id": gone, "site": c.Site}, new: link})
			a.changed("order", o.ID)
		}
		a.changed("customer", gone)
	})
	return err
}

// AddStatus adds a status to the reference, or replaces the one with its code.
// An unknown group is created.
func (a *Account) AddStatus(s Status) {
	a.do(func() {
		if !slices.ContainsFunc(a.groups, func(g StatusGroup) bool { return g.Code == s.Group }) {
			a.groups = append(a.groups, StatusGroup{Code: s.Group, Name: s.Group, Ordering: 990})
		}
		a.statuses = append(slices.DeleteFunc(a.statuses, func(have Status) bool { return have.Code == s.Code }), s)
		a.changed("status", 0)
	})
}

// RemoveStatus deletes a status from the reference; orders keep its code.
func (a *Account) RemoveStatus(code string) {
	a.do(func() {
		a.statuses = slices.DeleteFunc(a.statuses, func(s Status) bool { return s.Code == code })
		a.changed("status", 0)
	})
}

// AddCustomField adds a custom field, or replaces the one with its entity and
// code.
func (a *Account) AddCustomField(f CustomField) {
	a.do(func() {
		a.fields = append(slices.DeleteFunc(a.fields, func(have CustomField) bool {
			return have.Entity == f.Entity && have.Code == f.Code
		}), f)
		a.changed("custom_field", 0)
	})
}

// AddDictionary adds a dictionary, or replaces the one with its code.
func (a *Account) AddDictionary(d Dictionary) {
	a.do(func() {
		a.dicts = append(slices.DeleteFunc(a.dicts, func(have Dictionary) bool { return have.Code == d.Code }), d)
	})
}
