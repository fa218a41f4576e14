package retailcrm

import (
	"fmt"
	"slices"
)

// loyaltyBody shows an account of the loyalty programme as the official PHP client's
// tests record it.
func (a *Account) loyaltyBody(l LoyaltyAccount) obj {
	out := obj{
		"active": l.Active, "id": l.ID, "loyalty": obj{"id": 1, "currency": "RUB"}, "amount": money(l.Points),
		"ordersSum": 0, "nextLevelSum": 10000, "createdAt": a.stamp(l.CreatedAt), "status": "activated", "customFields": []any{},
		"level":    obj{"type": "bonus_converting", "id": 21, "name": l.Level, "privilegeSize": 20, "privilegeSizePromo": 30},
		"customer": a.customerLink(l.CustomerID),
	}
	if !l.Active {
		out["status"] = "not_confirmed"
	}
	texts(out, map[string]string{"cardNumber": l.Card})
	return out
}

func (a *Account) listLoyalty(q *request) answer {
	f := q.filter()
	var c checks[LoyaltyAccount]
	amongInts(&c, f, "ids", func(l LoyaltyAccount) int { return l.ID })
	exactly(&c, f, "cardNumber", func(l LoyaltyAccount) string { return l.Card })
	if id, given := f.integer("customerId"); given {
		c.add(func(l LoyaltyAccount) bool { return l.CustomerID == id })
	}
	if id, given := f.text("customerExternalId"); given {
		c.add(func(l LoyaltyAccount) bool {
			who := a.customer(l.CustomerID)
			return who != nil && who.ExternalID == id
		})
	}
	if no := f.done(q); no != nil {
		return *no
	}
	var rows []LoyaltyAccount
	for _, l := range slices.Backward(a.loyalty) {
		if who := a.customer(l.CustomerID); who != nil && q.key.sees(who.Site) && c.pass(l) {
			rows = append(rows, l)
		}
	}
	return paged(q, "loyaltyAccounts", rows, func(l LoyaltyAccount) any { return a.loyaltyBody(l) })
}

// AddLoyalty: a customer joins the loyalty programme. A zero ID and CreatedAt are
// filled; an unknown customer is an error.
func (a *Account) AddLoyalty(l LoyaltyAccount) (stored LoyaltyAccount, err error) {
	a.do(func() {
		if a.customer(l.CustomerID) == nil {
			err = fmt.Errorf("sim/retailcrm: no customer %d", l.CustomerID)
			return
		}
		if l.ID == 0 {
			l.ID = a.nextID("loyalty")
		}
		if l.CreatedAt.IsZero() {
			l.CreatedAt = a.now()
		}
		a.loyalty = append(a.loyalty, l)
		a.changed("loyalty", l.ID)
		stored = l
	})
	return stored, err
}
