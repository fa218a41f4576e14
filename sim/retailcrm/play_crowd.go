package retailcrm

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// AddSegment adds a segment, or replaces the one with its code. A zero ID and CreatedAt are
// filled. Who is in it stands on the cards.
func (a *Account) AddSegment(s Segment) (stored Segment) {
	a.do(func() {
		last := 0
		for _, have := range a.segments {
			if last = max(last, have.ID); have.Code == s.Code {
				s.ID = cmp.Or(s.ID, have.ID)
			}
		}
		s.ID, s.Name = cmp.Or(s.ID, last+1), cmp.Or(s.Name, s.Code)
		if s.CreatedAt.IsZero() {
			s.CreatedAt = a.now()
		}
		a.segments = append(slices.DeleteFunc(a.segments, func(have Segment) bool { return have.Code == s.Code }), s)
		stored = s
	})
	return stored
}

// SetSegments: the CRM's rules put a card into these segments and no others. That makes no
// history.
func (a *Account) SetSegments(customerID int, codes ...string) (err error) {
	a.do(func() {
		c := a.customer(customerID)
		if c == nil {
			err = fmt.Errorf("sim/retailcrm: no customer %d", customerID)
			return
		}
		c.Segments, a.members = slices.Clone(codes), nil
	})
	return err
}

// ImportCustomers puts many cards in at once, which were there before the account's history
// begins. Zero IDs, Sites and CreatedAts are filled; an ID must not be taken. The ids come back
// in order.
func (a *Account) ImportCustomers(cards []Customer) (ids []int) {
	a.do(func() {
		now := a.now()
		for _, next := range cards {
			c := next.clone()
			if c.ID == 0 {
				c.ID = a.nextID("customer")
			}
			a.lastID["customer"] = max(a.lastID["customer"], c.ID)
			c.Site = cmp.Or(c.Site, a.opt.Site)
			if c.CreatedAt.IsZero() {
				c.CreatedAt = now
			}
			a.customers = append(a.customers, &c)
			ids = append(ids, c.ID)
		}
		slices.SortStableFunc(a.customers, func(x, y *Customer) int { return cmp.Compare(x.ID, y.ID) })
		a.members = nil
	})
	return ids
}

// AddCrowd imports n customers with mobile numbers that follow first ("79160000000"), who have the
// tags and are in the segments: for mailings to thousands.
func (a *Account) AddCrowd(n int, first int64, tags, segments []string) (ids []int) {
	names := [...]string{"Анна", "Пётр", "Мария", "Иван", "Ольга", "Сергей", "Юлия", "Олег"}
	places := [...][2]string{{"Москва", "Москва"}, {"Самарская область", "Самара"}, {"Новосибирская область", "Новосибирск"}, {"Приморский край", "Владивосток"}}
	cards := make([]Customer, n)
	for i := range cards {
		place := places[i%len(places)]
		cards[i] = Customer{
			FirstName: names[i%len(names)], Phones: []string{fmt.Sprintf("+%d", first+int64(i))}, Tags: tags, Segments: segments,
			Address: Address{Region: place[0], City: place[1]},
		}
	}
	return a.ImportCustomers(cards)
}

// SetSubscription: a customer's place in the advertising of a channel ("email", "sms", "waba") is
// changed.
func (a *Account) SetSubscription(customerID int, channel string, on bool) error {
	return a.editCard(customerID, func(c *Customer) []change {
		c.Subscriptions = append(slices.DeleteFunc(c.Subscriptions, func(s Subscription) bool { return s.Channel == channel }),
			Subscription{Channel: channel, On: on, At: a.now()})
		return []change{{field: "customer_subscriptions", new: on}}
	})
}

// UnsubscribeEmail: a customer wants no more advertising by e-mail.
func (a *Account) UnsubscribeEmail(customerID int) error {
	return a.editCard(customerID, func(c *Customer) []change {
		c.EmailOff = a.now().Truncate(time.Second)
		return []change{{field: "email_marketing_unsubscribed_at", new: a.stamp(c.EmailOff)}}
	})
}

// SubscribeByHand: the account subscribes nobody to a channel's advertising by itself any more.
func (a *Account) SubscribeByHand(channel string) {
	a.do(func() {
		if a.byHand == nil {
			a.byHand = map[string]bool{}
		}
		a.byHand[channel] = true
	})
}
