package support

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/card"
)

// Judge finds the rule that would raise a ticket highest, and why it fits. It looks at the
// card alone: whether anything is done about it is for Weigh.
func Judge(h gateway.HelpdeskSettings, k card.Card, now time.Time) (rule gateway.PriorityRule, why Event, ok bool) {
	best := -1
	for _, r := range h.Rules {
		if !r.Enabled {
			continue
		}
		reason, args, fits := fit(r, k)
		// A priority that the ranking lacks counts as the least: it is told why it is not used.
		if rank := h.Rank(r.Priority); fits && (!ok || rank > best) {
			rule, why, ok, best = r, Event{At: now, Reason: reason, Args: args}, true, rank
		}
	}
	return rule, why, ok
}

// fit tells whether a rule applies to a customer.
func fit(r gateway.PriorityRule, k card.Card) (gateway.Reason, gateway.Args, bool) {
	value := strings.TrimSpace(r.Value)
	limit, err := strconv.ParseFloat(value, 64)
	if r.When.Numeric() && err != nil {
		return "", nil, false
	}
	first := func(fits func(card.Order) bool) (card.Order, bool) {
		i := slices.IndexFunc(k.Orders, fits)
		if i < 0 {
			return card.Order{}, false
		}
		return k.Orders[i], true
	}
	switch r.When {
	case gateway.WhenVIP:
		return gateway.RaiseVIP, nil, k.Profile.VIP
	case gateway.WhenProblem:
		o, ok := first(func(o card.Order) bool { return o.Problem })
		return gateway.RaiseProblem, orderArgs(o), ok
	case gateway.WhenDelivery:
		o, ok := first(func(o card.Order) bool { return o.Delivery })
		return gateway.RaiseDelivery, orderArgs(o), ok
	case gateway.WhenLate:
		o, ok := first(func(o card.Order) bool { return o.Open() && o.Late > 0 && float64(o.Late) >= limit })
		return gateway.RaiseLate, gateway.Args{"order": o.Number, "days": strconv.Itoa(o.Late)}, ok
	case gateway.WhenTotal:
		total, err := strconv.ParseFloat(k.Profile.Total, 64)
		return gateway.RaiseTotal, gateway.Args{"total": k.Profile.Total, "currency": k.Profile.Currency}, err == nil && total >= limit
	case gateway.WhenOrders:
		return gateway.RaiseOrders, gateway.Args{"count": strconv.Itoa(k.Profile.OrdersCount)}, float64(k.Profile.OrdersCount) >= limit
	case gateway.WhenLoyalty:
		return gateway.RaiseLoyalty, gateway.Args{"level": k.Profile.Loyalty.Level}, same(k.Profile.Loyalty.Level, value)
	case gateway.WhenTag:
		has := func(s string) bool { return same(s, value) }
		return gateway.RaiseTag, gateway.Args{"tag": value}, slices.ContainsFunc(k.Profile.Tags, has) || slices.ContainsFunc(k.Profile.Segments, has)
	}
	return "", nil, false
}

func same(a, b string) bool { return b != "" && strings.EqualFold(strings.TrimSpace(a), b) }

func orderArgs(o card.Order) gateway.Args {
	return gateway.Args{"order": o.Number, "status": statusOf(o.ProfileOrder)}
}

func statusOf(o gateway.ProfileOrder) string {
	if o.StatusName != "" {
		return o.StatusName
	}
	return o.Status
}

// Weigh tells what stands against raising a ticket to a priority; "" when nothing does.
// Priorities are only ever raised, by the shop's own ranking, and what a person has set stays. An empty
// book is one that was not read yet.
func Weigh(h gateway.HelpdeskSettings, book gateway.HelpdeskBook, t Ticket, rule, to string) (gateway.Reason, gateway.Args) {
	switch {
	case t.SetByPerson:
		return gateway.TicketByPerson, gateway.Args{"priority": priorityName(book, t.Priority)}
	case len(book.Priorities) > 0 && !hasPriority(book, to):
		return gateway.TicketNoPriority, gateway.Args{"rule": rule, "priority": to}
	case h.Rank(to) < 0:
		return gateway.TicketNoRank, gateway.Args{"rule": rule, "priority": priorityName(book, to)}
	case h.Rank(t.Priority) < 0:
		return gateway.TicketNoRank, gateway.Args{"rule": rule, "priority": priorityName(book, t.Priority)}
	case h.Rank(t.Priority) >= h.Rank(to):
		return gateway.TicketIsHigher, gateway.Args{"rule": rule, "priority": priorityName(book, t.Priority)}
	}
	return "", nil
}

func hasPriority(book gateway.HelpdeskBook, id string) bool {
	_, ok := gateway.Entry(book.Priorities, id)
	return ok
}

func priorityName(book gateway.HelpdeskBook, id string) string {
	if e, ok := gateway.Entry(book.Priorities, id); ok && e.Name != "" {
		return e.Name
	}
	return id
}
