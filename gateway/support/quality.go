package support

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

const (
	day = 24 * time.Hour
	// pairPause is between two questions to the CRM that nobody waits for.
	pairPause = 5 * time.Second
	// pairRest is the pause when all pairs are made or the CRM does not answer.
	pairRest = 10 * time.Minute
	// pairOthers is how many like customers stand beside one, out of a sample of pairSample.
	pairOthers = 3
	pairSample = 50
)

// backWithin are the times within which a customer may come back.
var backWithin = [3]time.Duration{30 * day, 60 * day, 90 * day}

// RunLessons tells the CRM once a week what was asked, and looks, slowly, which customers came
// back, until ctx ends.
func (c *Clerk) RunLessons(ctx context.Context) error {
	return c.rounds(ctx, "lessons", c.lessons, func(ctx context.Context) (time.Duration, error) {
		if err := c.digest(ctx); err != nil {
			return 0, err
		}
		more, err := c.makePair(ctx)
		switch {
		case isFault(err):
			return 0, err
		case err != nil && ctx.Err() == nil:
			c.Log.Info("whether customers came back is not known yet", "error", err)
			return min(pairRest, c.untilDigest()), nil
		case more:
			return pairPause, nil
		}
		return min(pairRest, c.untilDigest()), nil
	}, nil)
}

// makePair finds out for one closed ticket whether its customer ordered again, and whether
// like customers without tickets did. more: there may be another one.
func (c *Clerk) makePair(ctx context.Context) (more bool, _ error) {
	crm := c.Profiles()
	if crm == nil {
		return false, nil
	}
	now := c.now()
	list, err := c.Store.UnpairedTickets(ctx, now.Add(-backWithin[0]), 1)
	if err != nil {
		return false, boxed(err)
	}
	if len(list) == 0 {
		return false, nil
	}
	t := list[0]
	p := Pair{Ticket: t.ID, Customer: t.Customer, ClosedAt: t.ClosedAt, Mark: t.Rate, First: t.FirstAnswer, Lasted: t.Lasted}
	for i, within := range backWithin {
		p.Known[i] = !now.Before(t.ClosedAt.Add(within))
	}
	if k, ok, err := c.kept(ctx, t.Customer); err == nil && ok {
		p.ShopMark = int(math.Round(k.ShopMark))
	}
	times, total, err := c.ordersAfter(ctx, crm, t.Customer)
	if err != nil {
		return false, err
	}
	p.Back = cameBack(times, t.ClosedAt)
	others, err := c.likeOnes(ctx, crm, t, total)
	if err != nil {
		return false, err
	}
	for _, id := range others {
		times, _, err := c.ordersAfter(ctx, crm, id)
		if err != nil {
			return false, err
		}
		p.Others++
		for i, back := range cameBack(times, t.ClosedAt) {
			if back && p.Known[i] {
				p.OthersBack[i]++
			}
		}
	}
	for i := range p.Back {
		p.Back[i] = p.Back[i] && p.Known[i]
	}
	return true, boxed(c.Store.KeepPair(ctx, p))
}

// ordersAfter are the times of a customer's newest orders; a card that is gone has none. It
// takes one question, after a pause.
func (c *Clerk) ordersAfter(ctx context.Context, crm gateway.Profiles, customer int64) (times []time.Time, total int, err error) {
	if err := rest(ctx, pairPause); err != nil {
		return nil, 0, err
	}
	orders, total, err := crm.ProfileOrders(ctx, customer, 1)
	if device.KindOf(err) == device.NotFound {
		return nil, 0, nil
	}
	for _, o := range orders {
		times = append(times, o.CreatedAt)
	}
	return times, total, err
}

func rest(ctx context.Context, pause time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pause):
		return nil
	}
}

// cameBack tells whether one of the orders was made within each of the times after t.
func cameBack(orders []time.Time, t time.Time) (back [3]bool) {
	for _, at := range orders {
		for i, within := range backWithin {
			back[i] = back[i] || at.After(t) && !at.After(t.Add(within))
		}
	}
	return back
}

// likeOnes are customers without tickets who ordered in the week before a ticket was closed,
// with about as many orders as its customer.
func (c *Clerk) likeOnes(ctx context.Context, crm gateway.Profiles, t Ticket, orders int) ([]int64, error) {
	if err := rest(ctx, pairPause); err != nil {
		return nil, err
	}
	sample, err := crm.SampleCustomers(ctx, t.ClosedAt.Add(-7*day), t.ClosedAt, pairSample)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, p := range sample {
		ids = append(ids, p.ID)
	}
	had, err := c.Store.HadTicket(ctx, ids)
	if err != nil {
		return nil, boxed(err)
	}
	sample = slices.DeleteFunc(sample, func(p gateway.Profile) bool {
		return p.ID == t.Customer || had[p.ID] || !alike(p.OrdersCount, orders)
	})
	slices.SortStableFunc(sample, func(a, b gateway.Profile) int {
		return cmp.Compare(apart(a.OrdersCount, orders), apart(b.OrdersCount, orders))
	})
	ids = ids[:0]
	for _, p := range sample[:min(len(sample), pairOthers)] {
		ids = append(ids, p.ID)
	}
	return ids, nil
}

func apart(a, b int) int { return max(a-b, b-a) }

// alike tells whether two numbers of orders are about the same.
func alike(a, b int) bool { return apart(a, b) <= max(1, b/2) }

// The groups of times.
var (
	firstGroups  = []group{{"15m", 15 * time.Minute}, {"1h", time.Hour}, {"4h", 4 * time.Hour}, {"24h", day}}
	lastedGroups = []group{{"1d", day}, {"3d", 3 * day}, {"7d", 7 * day}}
)

type group struct {
	value string
	most  time.Duration
}

func groupOf(d time.Duration, groups []group) string {
	if d == 0 {
		return "none"
	}
	for _, g := range groups {
		if d <= g.most {
			return g.value
		}
	}
	return "more"
}

// QualityOf counts pairs: all together, by the mark that the requester gave (Value is the
// account's own word, "" for none), by the time to the first answer ("15m", "1h", "4h", "24h", "more",
// "none") and to the closing ("1d", "3d", "7d", "more", "none").
func QualityOf(pairs []Pair, since time.Time) Quality {
	q := Quality{Since: since}
	rows := map[[2]string]*QualityRow{}
	for _, p := range pairs {
		if p.ClosedAt.Before(since) {
			continue
		}
		q.Tickets++
		if p.Mark != "" {
			q.Rated++
		}
		for _, key := range [][2]string{{"all", ""}, {"mark", p.Mark}, {"first", groupOf(p.First, firstGroups)}, {"lasted", groupOf(p.Lasted, lastedGroups)}} {
			row := rows[key]
			if row == nil {
				row = &QualityRow{By: key[0], Value: key[1]}
				rows[key] = row
			}
			row.add(p)
		}
	}
	for _, r := range rows {
		q.Rows = append(q.Rows, *r)
	}
	order := []string{"all", "mark", "first", "lasted", "15m", "1h", "4h", "24h", "1d", "3d", "7d", "more", "none"}
	slices.SortFunc(q.Rows, func(a, b QualityRow) int {
		return cmp.Or(
			cmp.Compare(slices.Index(order, a.By), slices.Index(order, b.By)),
			cmp.Compare(slices.Index(order, a.Value), slices.Index(order, b.Value)),
			-cmp.Compare(a.Tickets, b.Tickets), cmp.Compare(a.Value, b.Value),
		)
	})
	return q
}

func (r *QualityRow) add(p Pair) {
	r.Tickets++
	for i, known := range p.Known {
		if !known {
			continue
		}
		r.Known[i]++
		if p.Back[i] {
			r.Back[i]++
		}
		r.Others[i] += p.Others
		r.OthersBack[i] += p.OthersBack[i]
	}
}
