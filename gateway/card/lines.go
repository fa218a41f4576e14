package card

import (
	"cmp"
	"context"
	"slices"
	"time"

	"vestnik/gateway"
)

// What stands on a card.
const (
	ordersShown = 10
	linesShown  = 30
)

// compose makes a card of what is kept.
func (k *Keeper) compose(ctx context.Context, kept Kept) (Card, error) {
	c := Card{Profile: kept.Profile, OrdersTotal: kept.Total, AsOf: kept.AsOf}
	orders := k.orders(kept.Orders)
	newestFirst := func(a, b Order) int { return b.CreatedAt.Compare(a.CreatedAt) }
	slices.SortStableFunc(orders, func(a, b Order) int {
		if a.Open() != b.Open() {
			if a.Open() {
				return -1
			}
			return 1
		}
		return newestFirst(a, b)
	})
	c.Orders = orders[:min(ordersShown, len(orders))]
	if c.Manager = k.user(kept.Profile.ManagerID); c.Manager == nil {
		for _, o := range c.Orders {
			if o.Open() && o.Manager != 0 {
				c.Manager = k.user(o.Manager)
				break
			}
		}
	}
	ids := make([]gateway.OrderID, len(kept.Orders))
	for i, o := range kept.Orders {
		ids[i] = o.ID
	}
	lines, err := k.Store.OwnLines(ctx, kept.Profile.ID, kept.Phones, ids, linesShown)
	if err != nil {
		return Card{}, err
	}
	c.Lines = k.lines(lines, kept)
	c.ShopMark, c.CourierMark, err = k.Store.OwnMarks(ctx, kept.Profile.ID)
	return c, err
}

// orders says of each order what the shop's own lists of statuses make of it.
func (k *Keeper) orders(list []gateway.ProfileOrder) []Order {
	settings := k.Live.Now().Settings
	today := k.now().In(settings.Shop.Zone())
	orders := make([]Order, len(list))
	for i, o := range list {
		orders[i] = Order{
			ProfileOrder: o, Delivery: slices.Contains(settings.Helpdesk.Delivery, o.Status), Problem: slices.Contains(settings.Helpdesk.Problem, o.Status),
			Late: late(o, today),
		}
	}
	return orders
}

// late is how many days an open order's delivery date passed by; today is in the shop's zone.
func late(o gateway.ProfileOrder, today time.Time) int {
	on, err := time.Parse(time.DateOnly, o.DeliverOn)
	if err != nil || !o.Open() {
		return 0
	}
	year, month, day := today.Date()
	return max(0, int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Sub(on)/(24*time.Hour)))
}

// lines joins what this box knows with what was written in the CRM, newest first, and gives
// orders their numbers and statuses their names.
func (k *Keeper) lines(own []Line, kept Kept) []Line {
	reference := k.Live.Now().Reference
	lines := slices.Clone(own)
	for i := range lines {
		l := &lines[i]
		for _, o := range kept.Orders {
			if l.OrderID == o.ID && o.ID != 0 {
				l.Order, l.URL = cmp.Or(l.Order, o.Number), cmp.Or(l.URL, o.URL)
			}
		}
		if l.Kind == LineStatus {
			l.Text = statusName(l.Text, reference, kept.Orders)
		}
	}
	for _, e := range kept.Entries {
		l := Line{At: e.At, Kind: LineNote, Text: e.Text, By: e.By, Done: e.Done}
		if e.Kind == "task" {
			l.Kind = LineTask
		}
		lines = append(lines, l)
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return b.At.Compare(a.At) })
	return lines[:min(linesShown, len(lines))]
}

func statusName(code string, reference gateway.Reference, orders []gateway.ProfileOrder) string {
	if s, ok := reference.Status(code); ok && s.Name != "" {
		return s.Name
	}
	for _, o := range orders {
		if o.Status == code && o.StatusName != "" {
			return o.StatusName
		}
	}
	return code
}

// Mention marks the orders whose numbers a ticket names.
func (c *Card) Mention(numbers []string) {
	for i := range c.Orders {
		c.Orders[i].Mentioned = Named(c.Orders[i].Number, numbers)
	}
}
