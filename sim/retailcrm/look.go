package retailcrm

import (
	"slices"
	"time"
)

// Order returns the order as it is now.
func (a *Account) Order(id int) (Order, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if o := a.order(id); o != nil {
		return o.clone(), true
	}
	return Order{}, false
}

// OrderByNumber returns the order that the shop calls by that number.
func (a *Account) OrderByNumber(number string) (Order, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range a.orders {
		if o.Number == number {
			return o.clone(), true
		}
	}
	return Order{}, false
}

// Orders lists all orders by id.
func (a *Account) Orders() []Order {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]Order, 0, len(a.orders))
	for _, o := range a.orders {
		out = append(out, o.clone())
	}
	return out
}

// Customer returns the card as it is now.
func (a *Account) Customer(id int) (Customer, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.customer(id); c != nil {
		return c.clone(), true
	}
	return Customer{}, false
}

// Customers lists all cards by id.
func (a *Account) Customers() []Customer {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]Customer, 0, len(a.customers))
	for _, c := range a.customers {
		out = append(out, c.clone())
	}
	return out
}

// Statuses lists the reference of order statuses in the CRM's order.
func (a *Account) Statuses() []Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.statuses)
}

// StatusGroups lists the groups of statuses in the CRM's order.
func (a *Account) StatusGroups() []StatusGroup {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.groups)
}

// Now is the account's clock.
func (a *Account) Now() time.Time { return a.now() }

// Users lists who works in the CRM.
func (a *Account) Users() []User {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.users)
}

// CustomFields lists the custom fields of all entities.
func (a *Account) CustomFields() []CustomField {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.fields)
}

// Notes lists what is written on customers' cards, oldest first.
func (a *Account) Notes() []Note {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.notes)
}

// Tasks lists the managers' tasks, oldest first.
func (a *Account) Tasks() []Task {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.tasks)
}

// Notifications lists the pop-ups that CRM users were shown, oldest first.
func (a *Account) Notifications() []Notification {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.notices)
}
