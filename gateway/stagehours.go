package gateway

import (
	"context"
	"time"
)

// How far ahead a moment is looked for at which a message may leave, and how soon one that
// has none is looked at again: somebody may change the hours meanwhile.
const (
	hoursAhead = 14 * 24 * time.Hour
	hoursAgain = 24 * time.Hour
)

// stageHours holds a message until the customer may be written to: within the hours of
// its rule and of the shop's decency by his own clock, and, a mailing, while people of the shop
// are there by the shop's clock. It is held until all of that is so at once.
func (d *Dispatcher) stageHours(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	h := d.hold(m, now)
	if h.reason == "" {
		return false, wait{}, nil
	}
	c := Change{State: Held, Reason: h.reason, NotBefore: h.until}
	if h.reason != HeldNoHours || m.Reason != HeldNoHours { // which would be said every day
		c.Steps = []Step{{At: now, Reason: h.reason, Args: h.args}}
	}
	return true, wait{}, d.move(ctx, m, c)
}

func (d *Dispatcher) hold(m Message, now time.Time) hold {
	return holdOf(m, d.Live.Now().Settings, d.ShopOpen, now)
}

// hold is why a message does not leave now, and until when; no reason: it may.
type hold struct {
	reason Reason
	args   Args
	until  time.Time
}

// holdOf judges the hours of a message. open is when people of the shop are there; nil: always.
func holdOf(m Message, s Settings, open func() Week, now time.Time) hold {
	if m.Purpose == ForReply || m.Purpose == ForTest {
		return hold{}
	}
	shop := ZoneNamed(s.Shop.Timezone)
	if shop == nil {
		shop = time.UTC
	}
	his := ZoneNamed(m.Zone)
	if his == nil {
		his = shop
	}
	customer := []Window{Within(m.Hours, his)}
	if m.Purpose != ForOrder || s.Decency.OrdersToo {
		customer = append(customer, Within(s.Decency.Hours, his))
	}
	all := customer
	if m.Purpose == ForCampaign && s.Decency.WhenOpen && open != nil {
		all = append(all, Window{open(), shop})
	}
	at, ok := NextMoment(now, hoursAhead, all...)
	switch {
	case !ok:
		return hold{reason: HeldNoHours, until: now.Add(hoursAgain)}
	case !at.After(now):
		return hold{}
	}
	h := hold{reason: HeldHours, until: at, args: Args{"until_at": At(at)}}
	if then, _ := NextMoment(now, hoursAhead, customer...); then.Equal(now) {
		h.reason = HeldShopClosed
	}
	if there := at.In(his).Format("02.01 15:04"); there != at.In(shop).Format("02.01 15:04") {
		h.args["there"] = there
	}
	return h
}
