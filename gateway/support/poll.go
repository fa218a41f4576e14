package support

import (
	"context"
	"slices"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// helpdeskTime is how the helpdesk writes times. They name no zone, so they are only ever
// compared with each other.
const helpdeskTime = "2006-01-02 15:04:05"

const (
	// overlap is how far before the newest known change a look begins, since changes may come into sight
	// late. When for twice as long nothing newer has come, there is nothing late any more, and the look begins
	// after it: else hundreds of tickets that were changed at a stroke would be read again and again.
	overlap = 120 * time.Second
	// A helpdesk whose clocks are set back to winter time writes an hour of times again. So every
	// wideEvery the look begins wide before the newest known change.
	wide      = 70 * time.Minute
	wideEvery = 10 * time.Minute
	// passes is how often a look that took several pages is done again, since pages shift.
	passes = 3
	// backfillTickets and backfillPages bound the very first look.
	backfillTickets = 300
	backfillPages   = 20
	// lookAgain is after what time an open ticket is read by itself: one that was merged, deleted or
	// moved need not show in a look by time. looksAtOnce bounds how many are in one round.
	lookAgain   = 6 * time.Hour
	looksAtOnce = 3
	// bookAge is how old the account's vocabulary may be.
	bookAge = 24 * time.Hour
	// bookAgain is after which time it is tried again when it could not be read, or lacks what every
	// account has.
	bookAgain = time.Hour
	// ticketCost is some how many requests a new ticket takes.
	ticketCost = 7
)

// Progress is what the first look at an account costs.
type Progress struct {
	// Filling: the first look is under way. Page of Pages, of open tickets, has been read.
	Filling     bool
	Page, Pages int
	// Tickets were put down to be taken up by it, which takes some Requests and Lasts at the most that this box
	// may ask.
	Tickets  int
	Requests int
	Lasts    time.Duration
}

type progress struct {
	mu      sync.Mutex
	now     Progress
	wideAt  time.Time // steady
	cursor  string
	movedAt time.Time // steady: when the cursor was seen to have moved
	blind   bool      // looks by time bring nothing
	bookAt  time.Time // steady: when the vocabulary could last not be read
}

func (p *progress) set(change func(*Progress)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.now)
}

func (p *progress) forgetBook() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bookAt = time.Time{}
}

// Progress tells how far the first look is.
func (c *Clerk) Progress() Progress {
	c.progress.mu.Lock()
	defer c.progress.mu.Unlock()
	p := c.progress.now
	p.Requests = p.Tickets * ticketCost
	if n := c.settings().PerMinute; n > 0 {
		p.Lasts = time.Duration(p.Requests) * time.Minute / time.Duration(n)
	}
	return p
}

// RunWatch notes which tickets have changed, until ctx ends.
func (c *Clerk) RunWatch(ctx context.Context) error {
	return c.rounds(ctx, "watch", c.watch, func(ctx context.Context) (time.Duration, error) {
		if left := c.halt.left(); left > 0 {
			return left, nil
		}
		err := c.lookRound(ctx, c.Helpdesk())
		switch {
		case isFault(err):
			return 0, err
		case err == nil:
			c.halt.well()
		case ctx.Err() != nil:
			return 0, nil
		case c.stops(err):
			return c.halt.left(), nil
		case lacksRight(err) != "":
			c.Log.Warn("the key may not read the tickets", "error", err)
			return haltKey, nil
		default:
			c.Log.Warn("the tickets cannot be read", "error", err)
		}
		return max(c.settings().Poll, 5*time.Second), nil
	}, nil)
}

func (c *Clerk) lookRound(ctx context.Context, desk gateway.Helpdesk) error {
	if err := c.readBook(ctx, desk); err != nil {
		return err
	}
	newest, err := c.beginning(ctx, desk)
	if err != nil {
		return err
	}
	cursor, err := c.Store.TicketCursor(ctx)
	if err != nil {
		return boxed(err)
	}
	if cursor == "" {
		if err := c.backfill(ctx, desk, newest); err != nil {
			return err
		}
		if cursor, err = c.Store.TicketCursor(ctx); err != nil || cursor == "" {
			return boxed(err)
		}
	}
	if err := c.lookChanged(ctx, desk, cursor); err != nil {
		return err
	}
	return c.lookSingly(ctx, desk)
}

// neverYet is before all times of a helpdesk's: the account had no ticket as the work began.
const neverYet = "0"

// beginning notes, once, how new the newest ticket was as the work with the account began. It answers
// that when it has noted it now.
func (c *Clerk) beginning(ctx context.Context, desk gateway.Helpdesk) (string, error) {
	begun, _, err := c.Store.TicketsBegun(ctx)
	if err != nil || begun != "" {
		return "", boxed(err)
	}
	page, err := c.newestPage(ctx, desk, gateway.TicketQuery{})
	if err != nil {
		return "", err
	}
	newest := largest(neverYet, page.Tickets)
	return newest, boxed(c.Store.BeginTickets(ctx, newest, c.now()))
}

// readBook keeps the account's vocabulary, read anew once a day. The tickets need not wait for it: only a
// ban or a wrong key, which have to do with everything, are errors beside a fault of the box.
func (c *Clerk) readBook(ctx context.Context, desk gateway.Helpdesk) error {
	b, err := c.Store.HelpdeskBook(ctx)
	if err != nil {
		return boxed(err)
	}
	age := bookAge
	if len(b.Statuses) == 0 || len(b.Priorities) == 0 {
		age = bookAgain
	}
	p := &c.progress
	p.mu.Lock()
	failed := !p.bookAt.IsZero() && time.Since(p.bookAt) < bookAgain
	p.mu.Unlock()
	if failed || !b.At.IsZero() && c.now().Sub(b.At) < age {
		return nil
	}
	read, err := desk.Book(gateway.WithoutHurry(ctx))
	p.mu.Lock()
	p.bookAt = time.Time{}
	p.mu.Unlock()
	if err == nil {
		read.At = c.now()
		return boxed(c.Store.SaveHelpdeskBook(ctx, together(b, read)))
	}
	kind := device.KindOf(err)
	if ctx.Err() != nil || kind == device.RateLimited || kind == device.Unauthorized && lacksRight(err) == "" {
		return err
	}
	c.Log.Warn("the helpdesk's dictionaries cannot be read", "error", err)
	p.mu.Lock()
	p.bookAt = time.Now()
	p.mu.Unlock()
	return nil
}

// together is the vocabulary that was read, with what was known before of the lists that it lacks: the
// key may not read them any more.
func together(was, read gateway.HelpdeskBook) gateway.HelpdeskBook {
	for _, list := range [][2]*[]gateway.HelpdeskEntry{
		{&read.Departments, &was.Departments},
		{&read.Statuses, &was.Statuses},
		{&read.Priorities, &was.Priorities},
		{&read.Types, &was.Types},
		{&read.Fields, &was.Fields},
		{&read.Staff, &was.Staff},
	} {
		if len(*list[0]) == 0 {
			*list[0] = *list[1]
		}
	}
	return read
}

// lookChanged takes up what has changed since the cursor. It goes on from the time of the
// page's last ticket and not by the page's number, so that a ticket that changes meanwhile moves no
// other one out of sight; and each page is kept with its cursor, so that a ban in the middle costs one
// page.
func (c *Clerk) lookChanged(ctx context.Context, desk gateway.Helpdesk, cursor string) error {
	from, far, done := c.lookFrom(cursor)
	for range passes {
		pages, fresh, seen, err := c.walk(ctx, desk, from)
		if err != nil {
			return err
		}
		if seen == 0 && far {
			return c.clockWentBack(ctx, desk, cursor)
		}
		if pages == 1 || fresh == 0 {
			break
		}
		if cursor, err = c.Store.TicketCursor(ctx); err != nil {
			return boxed(err)
		}
		from = earlier(cursor, overlap)
	}
	done()
	return nil
}

// lookFrom is where a look begins, and whether that is far back; done notes that it was done.
func (c *Clerk) lookFrom(cursor string) (from string, far bool, done func()) {
	p := &c.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.cursor != cursor {
		p.cursor, p.movedAt = cursor, now
	}
	far = p.wideAt.IsZero() || now.Sub(p.wideAt) >= wideEvery
	switch {
	case far:
		from = earlier(cursor, wide)
	case now.Sub(p.movedAt) > 2*overlap:
		from = earlier(cursor, -time.Second)
	default:
		from = earlier(cursor, overlap)
	}
	return from, far, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if far {
			p.wideAt = now
		}
	}
}

func (c *Clerk) walk(ctx context.Context, desk gateway.Helpdesk, from string) (pages, fresh, seen int, err error) {
	for page := 1; ; {
		p, err := desk.Tickets(ctx, gateway.TicketQuery{UpdatedFrom: from, Page: page})
		if err != nil {
			return pages, fresh, seen, err
		}
		pages++
		seen += len(p.Tickets)
		ids, err := c.see(ctx, p.Tickets)
		if err != nil {
			return pages, fresh, seen, err
		}
		fresh += len(ids)
		if page >= p.Pages || len(p.Tickets) == 0 {
			return pages, fresh, seen, nil
		}
		if last := largest("", p.Tickets); last > from {
			from, page = last, 1
		} else {
			page++ // a whole page of one and the same second
		}
	}
}

// see keeps what a look brought. The cursor only ever goes on.
func (c *Clerk) see(ctx context.Context, tickets []gateway.Ticket) ([]gateway.TicketID, error) {
	c.seeing.Lock()
	defer c.seeing.Unlock()
	cursor, err := c.Store.TicketCursor(ctx)
	if err != nil {
		return nil, boxed(err)
	}
	if cursor != "" { // the first look keeps it when it is over
		cursor = largest(cursor, tickets)
	}
	return c.keepSeen(ctx, tickets, cursor)
}

func (c *Clerk) keepSeen(ctx context.Context, tickets []gateway.Ticket, cursor string) ([]gateway.TicketID, error) {
	ids, err := c.Store.SeeTickets(ctx, tickets, cursor, c.now())
	if err != nil {
		return nil, boxed(err)
	}
	if len(ids) > 0 {
		look(c.hand)
		c.Topics.Publish(gateway.TopicCards)
	}
	return ids, nil
}

// clockWentBack looks why a wide look brought not even the newest known ticket: see withoutTimes. When the account's
// newest change is older than the cursor, its clock or zone was set back, and the looks go on from there.
func (c *Clerk) clockWentBack(ctx context.Context, desk gateway.Helpdesk, cursor string) error {
	newest, err := c.newestPage(ctx, desk, gateway.TicketQuery{})
	if err != nil {
		return err
	}
	last := largest("", newest.Tickets)
	if last == "" {
		return nil
	}
	if last >= cursor {
		return c.withoutTimes(ctx, desk, newest)
	}
	away := 24 * time.Hour
	c.progress.mu.Lock()
	if !c.progress.wideAt.IsZero() {
		away = time.Since(c.progress.wideAt)
	}
	c.progress.mu.Unlock()
	c.Log.Warn("the helpdesk's clock went back", "from", cursor, "to", last)
	c.seeing.Lock()
	_, err = c.keepSeen(ctx, newest.Tickets, last)
	c.seeing.Unlock()
	if err != nil {
		return err
	}
	_, _, _, err = c.walk(ctx, desk, earlier(last, away+overlap))
	return err
}

// withoutTimes takes up the newest tickets of a helpdesk whose looks by time bring nothing although there
// are some: another form of times, or a filter that does not work. It is some three pages at each look.
func (c *Clerk) withoutTimes(ctx context.Context, desk gateway.Helpdesk, newest gateway.TicketPage) error {
	c.progress.mu.Lock()
	told := c.progress.blind
	c.progress.blind = true
	c.progress.mu.Unlock()
	if !told {
		c.Log.Warn("looks by time bring no tickets although there are some: only the newest ones are taken up", "pages", newest.Pages)
	}
	if _, err := c.see(ctx, newest.Tickets); err != nil || newest.Pages <= 1 {
		return err
	}
	before, err := desk.Tickets(ctx, gateway.TicketQuery{Page: newest.Pages - 1}) // the last page may hold but one
	if err != nil {
		return err
	}
	_, err = c.see(ctx, before.Tickets)
	return err
}

// newestPage is the last page of a selection.
func (c *Clerk) newestPage(ctx context.Context, desk gateway.Helpdesk, q gateway.TicketQuery) (gateway.TicketPage, error) {
	q.Page = 1
	p, err := desk.Tickets(ctx, q)
	if err != nil || p.Pages <= 1 {
		return p, err
	}
	q.Page = p.Pages
	return desk.Tickets(ctx, q)
}

// backfill is the very first look: of what lies there already, only open tickets of the
// newest pages are taken up. The cursor is kept at its end: broken off, it begins anew, which is
// some dozen requests.
// newest is the newest change when that was just read.
func (c *Clerk) backfill(ctx context.Context, desk gateway.Helpdesk, newest string) error {
	if newest == "" {
		page, err := c.newestPage(ctx, desk, gateway.TicketQuery{})
		if err != nil {
			return err
		}
		newest = largest(neverYet, page.Tickets)
	}
	if newest == neverYet {
		return nil
	}
	open := gateway.TicketQuery{Statuses: c.openStatuses(ctx), Page: 1}
	first, err := desk.Tickets(ctx, open)
	if err != nil {
		return err
	}
	c.progress.set(func(p *Progress) { *p = Progress{Filling: true, Pages: min(first.Pages, backfillPages)} })
	taken := 0
	for n := first.Pages; n >= 1 && n > first.Pages-backfillPages && taken < backfillTickets; n-- {
		page := first
		if open.Page = n; n > 1 {
			if page, err = desk.Tickets(ctx, open); err != nil {
				return err
			}
		}
		tickets := slices.DeleteFunc(slices.Clone(page.Tickets), func(t gateway.Ticket) bool { return !c.open(t) })
		tickets = tickets[max(0, len(tickets)-(backfillTickets-taken)):]
		taken += len(tickets)
		if _, err := c.see(ctx, tickets); err != nil {
			return err
		}
		c.progress.set(func(p *Progress) { p.Page, p.Tickets = first.Pages-n+1, taken })
	}
	c.seeing.Lock()
	defer c.seeing.Unlock()
	if _, err := c.keepSeen(ctx, nil, newest); err != nil {
		return err
	}
	c.progress.set(func(p *Progress) { p.Filling = false })
	c.Log.Info("the helpdesk's open tickets were put down", "tickets", taken)
	return nil
}

// openStatuses are the ids of statuses that do not end a ticket; none: they are not known.
func (c *Clerk) openStatuses(ctx context.Context) []string {
	b, err := c.Store.HelpdeskBook(ctx)
	if err != nil {
		return nil
	}
	var ids []string
	for _, e := range b.Statuses {
		if !slices.Contains(c.settings().Closed, e.ID) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// open tells whether work at a ticket goes on.
func (c *Clerk) open(t gateway.Ticket) bool {
	return !t.Deleted && !slices.Contains(c.settings().Closed, t.Status)
}

// isGone tells whether a ticket was deleted or has become a part of another one. A parent alone does not
// say that: nobody documents that only merged tickets have one.
func (c *Clerk) isGone(t gateway.Ticket) bool { return t.Deleted || t.Parent != 0 && !c.open(t) }

// lookSingly reads a few open tickets that no look has shown for long.
func (c *Clerk) lookSingly(ctx context.Context, desk gateway.Helpdesk) error {
	old, err := c.Store.OldestLooks(ctx, c.now().Add(-lookAgain), looksAtOnce)
	if err != nil {
		return boxed(err)
	}
	for _, t := range old {
		now, err := desk.Ticket(ctx, t.ID)
		switch {
		case err == nil:
		case device.KindOf(err) == device.NotFound:
			if err := c.gone(ctx, t.ID); err != nil {
				return err
			}
			continue
		case c.stops(err) || ctx.Err() != nil:
			return err
		default: // about it alone: it must not stand before the others at each look
			c.Log.Warn("a ticket cannot be read", "ticket", t.ID, "error", err)
			now = t.Ticket
		}
		if _, err := c.see(ctx, []gateway.Ticket{now}); err != nil {
			return err
		}
	}
	return nil
}

// gone notes that the helpdesk does not have a ticket any more.
func (c *Clerk) gone(ctx context.Context, id gateway.TicketID) error {
	free, err := c.held.hold(ctx, id)
	if err != nil {
		return err
	}
	defer free()
	t, err := c.Store.Ticket(ctx, id)
	if err != nil {
		return boxed(err)
	}
	w := c.begin(t)
	w.t.Deleted = true
	w.leave()
	return w.keep(ctx)
}

// earlier is a time of the helpdesk's some while before; one that cannot be read stays as it
// is.
func earlier(at string, by time.Duration) string {
	t, err := time.Parse(helpdeskTime, at)
	if err != nil {
		return at
	}
	return t.Add(-by).Format(helpdeskTime)
}

// between is how much time lies between two of the helpdesk's times, and false when one of
// them cannot be read or they are in disorder.
func between(from, to string) (time.Duration, bool) {
	a, errA := time.Parse(helpdeskTime, from)
	b, errB := time.Parse(helpdeskTime, to)
	return b.Sub(a), errA == nil && errB == nil && !b.Before(a)
}

// largest is the newest change among tickets, and not before least. Times that cannot be
// read do not count.
func largest(least string, tickets []gateway.Ticket) string {
	for _, t := range tickets {
		if _, err := time.Parse(helpdeskTime, t.Updated); err == nil && t.Updated > least {
			least = t.Updated
		}
	}
	return least
}
