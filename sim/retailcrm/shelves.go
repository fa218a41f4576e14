package retailcrm

import (
	"cmp"
	"slices"
	"time"
)

// shelf is one customer's orders with their sum, so that a card of thousands of orders
// is shown at once.
type shelf struct {
	orders []*Order // ascending by ID
	total  float64
	stale  bool // total is to be added up again
}

// place finds an order's place on a shelf.
func (s *shelf) place(id int) (int, bool) {
	return slices.BinarySearchFunc(s.orders, id, func(o *Order, id int) int { return cmp.Compare(o.ID, id) })
}

// shelve puts an order with its customer. Whatever changes an order's customer or its
// sum takes it off before and puts it back after.
func (a *Account) shelve(o *Order) {
	s := a.shelves[o.CustomerID]
	if s == nil {
		s = &shelf{}
		a.shelves[o.CustomerID] = s
	}
	i, there := s.place(o.ID)
	if there {
		return
	}
	s.orders = slices.Insert(s.orders, i, o)
	s.total += o.Total()
}

func (a *Account) unshelve(o *Order) {
	s := a.shelves[o.CustomerID]
	if s == nil {
		return
	}
	if i, there := s.place(o.ID); there {
		s.orders, s.stale = slices.Delete(s.orders, i, i+1), true
	}
}

// ordersOf are a customer's orders, oldest first.
func (a *Account) ordersOf(customer int) []*Order {
	if s := a.shelves[customer]; s != nil {
		return slices.Clone(s.orders)
	}
	return nil
}

// bought is how many orders a customer has and what they come to.
func (a *Account) bought(customer int) (count int, total float64) {
	s := a.shelves[customer]
	if s == nil {
		return 0, 0
	}
	if s.stale {
		s.total, s.stale = 0, false
		for _, o := range s.orders {
			s.total += o.Total()
		}
	}
	return len(s.orders), s.total
}

// boughtAt is when a customer's first or last order was made; zero without one.
func (a *Account) boughtAt(customer int, last bool) time.Time {
	s := a.shelves[customer]
	switch {
	case s == nil || len(s.orders) == 0:
		return time.Time{}
	case last:
		return s.orders[len(s.orders)-1].CreatedAt
	}
	return s.orders[0].CreatedAt
}
