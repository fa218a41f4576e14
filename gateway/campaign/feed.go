package campaign

import (
	"context"
	"reflect"
	"slices"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// How many messages of mailings stand in a channel's queue: enough for the next minute of its
// pace, but no more than can be taken back and made anew at once.
const (
	leastQueued = 5
	mostQueued  = 200
	queueSpan   = time.Minute
)

// regroup is how often those who wait are counted anew; in between the counts are kept up by what
// was fed.
const regroup = 5 * time.Minute

// zoneNow is whether a zone's window is open, and until when that holds.
type zoneNow struct {
	open  bool
	until time.Time
}

// run does what is due with a running mailing: watches it, feeds the queue, sees that it is over.
func (r *Runner) run(ctx context.Context, c Campaign, running int) (time.Duration, error) {
	m, now := r.mindOf(c.ID), r.Clock.Time()
	m.why, m.args, m.nextAt = "", nil, time.Time{}
	if err := m.write(c, r.Live.Now()); err != nil {
		return idle, r.pauseItself(ctx, c, gateway.PausedBroken, gateway.Args{"error": err.Error()})
	}
	if paused, err := r.watch(ctx, c, m, now); paused || err != nil {
		return idle, err
	}
	if !c.Plan.EndAt.IsZero() && !now.Before(c.Plan.EndAt) {
		if left, err := r.leaveOut(ctx, c, gateway.WasExpired); left || err != nil {
			return 0, err
		}
	}
	if c.Plan.StartAt.After(now) {
		return r.waits(m, gateway.HeldUntil, gateway.Args{"until_at": gateway.At(c.Plan.StartAt)}, c.Plan.StartAt, now), nil
	}
	// What is put off takes nobody's place.
	queued, err := r.Ledger.InQueue(ctx, c.ID, now.Add(queueSpan))
	if err != nil {
		return 0, err
	}
	if err := r.closeZones(ctx, c, m, queued, now); err != nil {
		return 0, err
	}
	upTo := 0
	if !c.Rest {
		upTo = c.Plan.Canary
	}
	if err := r.regroup(ctx, c, m, upTo, now); err != nil {
		return 0, err
	}
	if sum(m.groups) == 0 {
		return r.nobodyWaits(ctx, c, m, upTo, now)
	}
	return r.feed(ctx, c, m, upTo, queued, running, now)
}

// waits notes what a mailing waits for, for the page, and answers for how long.
func (r *Runner) waits(m *mind, why gateway.Reason, args gateway.Args, until, now time.Time) time.Duration {
	m.why, m.args, m.nextAt = why, args, until
	r.note(m)
	if until.IsZero() {
		return idle
	}
	return max(until.Sub(now), time.Second)
}

// write makes the writer when the mailing or the settings have changed.
func (m *mind) write(c Campaign, now *gateway.Snapshot) error {
	if m.writer != nil && m.version == c.Version && m.settings == now {
		return nil
	}
	w, err := NewWriter(c.Text, now.Settings)
	if err != nil {
		return err
	}
	if m.version != c.Version {
		m.groups, m.countAt = nil, time.Time{}
	}
	clear(m.zones) // the window may be another one
	m.writer, m.version, m.settings = w, c.Version, now
	return nil
}

// regroup counts who waits, when that is not known or was counted long ago.
func (r *Runner) regroup(ctx context.Context, c Campaign, m *mind, upTo int, now time.Time) error {
	if m.upTo == upTo && !m.countAt.IsZero() && time.Since(m.countAt) < regroup {
		return nil
	}
	groups, err := r.Ledger.Waiting(ctx, c.ID, upTo)
	if err != nil {
		return err
	}
	m.groups, m.upTo, m.countAt = groups, upTo, time.Now()
	return nil
}

func sum(groups []Group) (n int) {
	for _, g := range groups {
		n += max(g.N, 0)
	}
	return n
}

// closeZones takes messages back that are still in the queue when a window in which they were fed
// has ended.
func (r *Runner) closeZones(ctx context.Context, c Campaign, m *mind, queued map[device.Channel]int, now time.Time) error {
	if m.fedUntil.IsZero() || now.Before(m.fedUntil) {
		return nil
	}
	m.fedUntil = time.Time{}
	n, err := r.Ledger.TakeBack(ctx, c.ID)
	if n > 0 {
		m.countAt = time.Time{}
		clear(queued)
	}
	return err
}

// openZones are the zones in which somebody waits and whose window is open, those that close first
// at the beginning; next is when another one opens.
func (r *Runner) openZones(c Campaign, m *mind, now time.Time) (open []string, next time.Time) {
	shop := r.open()
	if !reflect.DeepEqual(m.shop, shop) { // it has other opening hours now
		clear(m.zones)
		m.shop = shop
	}
	w := NewWindow(c.Plan, r.Live.Now().Settings, shop)
	for _, g := range m.groups {
		if g.N <= 0 || slices.Contains(open, g.Zone) {
			continue
		}
		z := m.zones[g.Zone]
		if z == nil || !now.Before(z.until) {
			zone := w.zoneOf(g.Zone)
			z = &zoneNow{open: w.Open(now, zone)}
			if z.open {
				z.until = w.Closes(now, zone)
			} else if opens, ok := w.Next(now, zone); ok {
				z.until = opens
			} else {
				z.until = now.Add(24 * time.Hour)
			}
			m.zones[g.Zone] = z
		}
		if z.open {
			open = append(open, g.Zone)
		} else if next.IsZero() || z.until.Before(next) {
			next = z.until
		}
	}
	slices.SortStableFunc(open, func(a, b string) int { return m.zones[a].until.Compare(m.zones[b].until) })
	return open, next
}

func (r *Runner) open() gateway.Week {
	if r.Open == nil {
		return gateway.Week{}
	}
	return r.Open()
}

// feed fills the queue up to its mark with people whose turn it is.
func (r *Runner) feed(ctx context.Context, c Campaign, m *mind, upTo int, queued map[device.Channel]int, running int, now time.Time) (time.Duration, error) {
	open, next := r.openZones(c, m, now)
	if len(open) == 0 {
		return r.waits(m, gateway.HeldHours, gateway.Args{"until_at": gateway.At(next)}, next, now), nil
	}
	b, err := r.budgetOf(ctx, c, m, queued, running, now)
	if err != nil {
		return 0, err
	}
	fed := 0
	for _, class := range []Class{SMSOnly, Cold, Warm} {
		for _, zone := range open {
			n, err := r.feedGroup(ctx, c, m, b, zone, class, upTo, now)
			if err != nil {
				return 0, err
			}
			fed += n
		}
	}
	if fed > 0 {
		r.Enqueued()
	}
	r.tell()
	stands := b.pools[messenger].queued + b.pools[text].queued
	if b.why != "" && fed == 0 && (stands == 0 || b.why == gateway.WaitingLink) {
		return min(r.waits(m, b.why, b.args, b.nextAt, now), linkLook), nil
	}
	r.note(m)
	pause := b.nextLook()
	if closes := m.zones[open[0]].until.Sub(now); closes < pause {
		pause = max(closes, time.Second)
	}
	return pause, nil
}

// feedGroup feeds people of one zone and class as far as there is room; it answers how many went
// into the queue.
func (r *Runner) feedGroup(ctx context.Context, c Campaign, m *mind, b *budget, zone string, class Class, upTo int, now time.Time) (int, error) {
	at := slices.IndexFunc(m.groups, func(g Group) bool { return g.Zone == zone && g.Class == class })
	if at < 0 || m.groups[at].N <= 0 {
		return 0, nil
	}
	group := &m.groups[at]
	total, first := 0, int64(0)
	for group.N > 0 {
		limit, done := b.room(class)
		if limit = min(limit, group.N); limit <= 0 {
			break
		}
		people, err := r.Ledger.Next(ctx, c.ID, zone, class, upTo, limit)
		if err != nil {
			return total, err
		}
		if len(people) == 0 {
			group.N, m.countAt = 0, time.Time{} // somebody else was quicker: counted anew
			break
		}
		fed := make([]Fed, len(people))
		for i, p := range people {
			fed[i] = r.compose(c, m, p, now)
		}
		if err := r.keepConsents(ctx, c, people, now); err != nil {
			return total, err
		}
		n, err := r.Ledger.Feed(ctx, c.ID, r.Live.Now().Settings.Decency.Every, fed)
		if err != nil {
			return total, err
		}
		group.N -= len(people)
		done(n)
		if total += n; n > 0 {
			if until := m.zones[zone].until; m.fedUntil.IsZero() || until.Before(m.fedUntil) {
				m.fedUntil = until
			}
		}
		if n == 0 {
			// All were left out, or none: the mailing was paused at this moment, or a row is odd.
			if len(people) < limit || people[0].ID == first {
				m.countAt = time.Time{}
				break
			}
			first = people[0].ID
		}
	}
	return total, nil
}

// leaveOut settles a piece of those who wait: they are not written to. It tells whether there was
// anybody.
func (r *Runner) leaveOut(ctx context.Context, c Campaign, why gateway.Reason) (bool, error) {
	groups, err := r.Ledger.Waiting(ctx, c.ID, 0)
	if err != nil {
		return false, err
	}
	now, out := r.Clock.Time(), false
	for _, g := range groups {
		people, err := r.Ledger.Next(ctx, c.ID, g.Zone, g.Class, 0, mostQueued)
		if err != nil {
			return out, err
		}
		fed := make([]Fed, len(people))
		for i, p := range people {
			fed[i] = Fed{Person: p.ID, Variant: p.Variant, Decision: skipped(c, p, why, nil, now)}
		}
		if len(fed) == 0 {
			continue
		}
		if _, err := r.Ledger.Feed(ctx, c.ID, 0, fed); err != nil {
			return out, err
		}
		out = true
	}
	if out {
		if m := r.mindOf(c.ID); m != nil {
			m.countAt = time.Time{}
		}
		r.tell()
	}
	return out, nil
}
