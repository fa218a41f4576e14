package support

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

const (
	// ticketTries is after how many tries a ticket's page shows what is wrong; it is tried on.
	ticketTries = 5
	// retryFirst and retryMost are the pauses of a ticket that could not be dealt with.
	retryFirst = 30 * time.Second
	retryMost  = 6 * time.Hour
	// crmFirst and crmMost are those of one that waits for the CRM.
	crmFirst = time.Minute
	crmMost  = 30 * time.Minute
	// judgeAgain is when an open ticket is looked at again without any change: orders become late,
	// and a requester whom the CRM did not know may have become a customer. After stillFor that ends.
	judgeAgain = 6 * time.Hour
	stillFor   = 14 * 24 * time.Hour
)

// RunHand takes up the tickets that are due, one by one, until ctx ends.
func (c *Clerk) RunHand(ctx context.Context) error {
	return c.rounds(ctx, "hand", c.hand, func(ctx context.Context) (time.Duration, error) {
		for ctx.Err() == nil {
			if left := c.halt.left(); left > 0 {
				return left, nil
			}
			t, ok, err := c.Store.DueTicket(ctx, c.now())
			if err != nil {
				return 0, err
			}
			if !ok {
				break
			}
			if err := c.takeUp(ctx, t.ID); err != nil {
				return 0, err
			}
		}
		at, ok, err := c.Store.NextTicketAt(ctx)
		if err != nil || !ok {
			return idle, err
		}
		return min(max(at.Sub(c.now()), 0), idle), nil
	}, nil)
}

// takeUp does all that follows from a ticket. Only a fault of the box itself is an error.
func (c *Clerk) takeUp(ctx context.Context, id gateway.TicketID) error {
	free, err := c.held.hold(ctx, id)
	if err != nil {
		return nil
	}
	defer free()
	t, err := c.Store.Ticket(ctx, id)
	if err != nil {
		return err
	}
	if t.DueAt.IsZero() || t.DueAt.After(c.now()) {
		return nil // somebody else took it up
	}
	w := c.begin(t)
	err = safely(func() error { return w.run(ctx) })
	switch {
	case err == nil:
		c.halt.well()
		c.Topics.Publish(gateway.TopicCards)
		return nil
	case isFault(err):
		return err
	case ctx.Err() != nil:
		return nil
	}
	stopped := c.stops(err)
	if stopped && device.KindOf(err) != device.Unavailable {
		return nil // it has to do with all of them; this one stays due
	}
	return c.putOff(ctx, id, err, stopped)
}

// putOff takes a ticket out of the others' way for a time.
func (c *Clerk) putOff(ctx context.Context, id gateway.TicketID, cause error, away bool) error {
	t, err := c.Store.Ticket(ctx, id)
	if err != nil {
		return err
	}
	w := c.begin(t) // what was found out before it failed has been kept where it matters
	w.t.Tries++
	w.t.DueAt = c.now().Add(backoff(w.t.Tries-1, retryFirst, retryMost))
	if !away && w.t.Tries >= ticketTries {
		w.t.Error = cause.Error()
	}
	switch {
	case w.without(cause):
	case device.KindOf(cause) == device.Refused:
		w.note(gateway.TicketRefused, gateway.Args{"error": cause.Error()})
	}
	c.Log.Warn("a ticket could not be dealt with, it is tried again", "ticket", id, "tries", w.t.Tries, "due", w.t.DueAt, "error", cause)
	return w.keep(ctx)
}

// work is one going through of one ticket. Each step looks at what is there before it writes,
// and keeps what it did at once.
type work struct {
	*Clerk
	h    gateway.HelpdeskSettings
	desk gateway.Helpdesk
	t    Ticket
	took time.Time // when it was due as it was taken up

	text   string     // what the requester wrote, when it was read now
	card   *card.Card // nil: not known
	nobody bool       // the hints hold nothing that a person has
	away   string     // why the CRM could not say everything; "" when it could

	events  []Event
	effects []gateway.Effect
	// after is the ticket as our own last write left it; dirty tells that it has to be read, since a
	// comment's answer does not say.
	after *gateway.Ticket
	dirty bool
	// denied: something was not done for want of a right.
	denied bool
	// another: somebody else is the requester than before.
	another bool
	ended   bool
}

func (c *Clerk) begin(t Ticket) *work {
	return &work{Clerk: c, h: c.settings(), desk: c.Helpdesk(), t: t, took: t.DueAt}
}

func (w *work) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		w.afresh, w.standing, w.whoAsks, w.whatSaid, w.whose, w.tell, w.raise, w.fill, w.comment, w.mail, w.rest,
	} {
		if err := step(ctx); err != nil || w.ended {
			return err
		}
	}
	return nil
}

func (w *work) note(r gateway.Reason, args gateway.Args) {
	w.events = append(w.events, Event{At: w.now(), Reason: r, Args: args})
}

// keep writes down what was found out and done so far.
func (w *work) keep(ctx context.Context) error {
	if err := w.Store.KeepTicket(ctx, w.t, w.events, w.effects); err != nil {
		return boxed(err)
	}
	if len(w.effects) > 0 {
		w.EffectsDue()
	}
	w.events, w.effects = nil, nil
	return nil
}

// writable tells whether anything may be written into the ticket.
func (w *work) writable() bool { return w.t.Open && !w.t.Internal }

// afresh reads a ticket that came due without having been seen changed: it may be hours since
// anybody looked, and not every change shows in a look by time.
func (w *work) afresh(ctx context.Context) error {
	if w.t.Internal || w.t.Written == "" || w.t.Written != w.t.Updated {
		return nil
	}
	now, err := w.readTicket(ctx)
	if device.KindOf(err) == device.NotFound {
		w.t.Deleted = true
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := w.see(ctx, []gateway.Ticket{now}); err != nil {
		return err
	}
	if w.t, err = w.Store.Ticket(ctx, w.t.ID); err != nil {
		return boxed(err)
	}
	w.took = w.t.DueAt
	return nil
}

func (w *work) readTicket(ctx context.Context) (gateway.Ticket, error) {
	return allowed(w.Clerk, doTicket, func() (gateway.Ticket, error) { return w.desk.Ticket(ctx, w.t.ID) })
}

// setTicket writes fields or a priority; what names that.
func (w *work) setTicket(ctx context.Context, what string, change gateway.TicketChange) (gateway.Ticket, error) {
	return allowed(w.Clerk, what, func() (gateway.Ticket, error) { return w.desk.SetTicket(ctx, w.t.ID, change) })
}

// standing takes up how the ticket stands: gone, closed, open, and who set its priority.
func (w *work) standing(ctx context.Context) error {
	if w.isGone(w.t.Ticket) {
		w.leave()
		w.ended = true
		return w.keep(ctx)
	}
	open := w.open(w.t.Ticket)
	switch {
	case !open && w.t.ClosedAt.IsZero():
		w.t.Open, w.t.ClosedAt = false, w.now()
		if lasted, ok := between(w.t.Created, w.t.Updated); ok {
			w.t.Lasted = max(lasted, time.Second)
		}
		w.note(gateway.TicketClosed, nil)
	case open && !w.t.ClosedAt.IsZero():
		w.t.Open, w.t.ClosedAt, w.t.Lasted = true, time.Time{}, 0
		w.note(gateway.TicketReopened, nil)
	default:
		w.t.Open = open
	}
	if w.t.Internal {
		w.t.DueAt, w.t.Written = time.Time{}, w.t.Updated
		w.ended = true
		return w.keep(ctx)
	}
	return w.watchPriority(ctx)
}

// leave ends all work at a ticket that is no more.
func (w *work) leave() {
	w.t.Open, w.t.DueAt, w.t.Tries, w.t.Error = false, time.Time{}, 0, ""
	if w.t.ClosedAt.IsZero() {
		w.t.ClosedAt = w.now()
	}
	args := gateway.Args{}
	if w.t.Parent != 0 {
		args["into"] = number(w.t.Parent)
	}
	w.note(gateway.TicketGone, args)
}

// lost looks what has become of a ticket that would not be written to. Gone: work at it ends.
func (w *work) lost(ctx context.Context, cause error) error {
	kind := device.KindOf(cause)
	if kind != device.NotFound && kind != device.Refused && kind != device.Conflict && kind != device.Invalid {
		return cause
	}
	now, err := w.desk.Ticket(ctx, w.t.ID)
	switch {
	case device.KindOf(err) == device.NotFound:
		w.t.Deleted = true
	case err != nil:
		return err
	case w.isGone(now):
		w.t.Deleted, w.t.Parent, w.t.Status = now.Deleted, now.Parent, now.Status
	default:
		return cause
	}
	w.leave()
	w.ended = true
	return w.keep(ctx)
}

// rest ends the round: what this box wrote is no news, and the ticket is due again only when
// there is something to wait for.
func (w *work) rest(ctx context.Context) error {
	if w.dirty {
		now, err := w.readTicket(ctx)
		switch {
		case err == nil:
			w.after = &now
		case !w.without(err):
			return w.lost(ctx, err)
		}
	}
	news := w.after != nil && !w.unchangedBut(*w.after)
	if w.after != nil && !news && w.after.Updated != w.t.Updated {
		more, err := w.saidMore(ctx)
		if err != nil {
			return w.lost(ctx, err)
		}
		news = more
	}
	if w.after != nil && !news {
		w.t.Ticket = *w.after
	}
	w.t.Written = w.t.Updated
	due := w.nextDue()
	kept, err := w.Store.Ticket(ctx, w.t.ID)
	if err != nil {
		return boxed(err)
	}
	if w.t.DueAt = due; !kept.DueAt.Equal(w.took) {
		w.t.DueAt = kept.DueAt // it became due while it was dealt with
	}
	w.ended = true
	if err := w.keep(ctx); err != nil || !news {
		return err
	}
	_, err = w.see(ctx, []gateway.Ticket{*w.after})
	return err
}

// nextDue is when the ticket is to be taken up again without any change in it.
func (w *work) nextDue() time.Time {
	now := w.now()
	if w.away != "" {
		w.t.Tries++
		return now.Add(backoff(w.t.Tries-1, crmFirst, crmMost))
	}
	if w.denied && w.writable() && now.Sub(w.t.ChangedAt) <= stillFor {
		w.t.Tries++
		return now.Add(backoff(w.t.Tries-1, rightAgain, retryMost))
	}
	w.t.Tries, w.t.Error = 0, ""
	switch {
	case !w.t.Open || w.t.Robot != "" || now.Sub(w.t.ChangedAt) > stillFor:
		return time.Time{}
	case w.t.Found == card.FoundNone || w.t.Found == card.FoundMany:
		return now.Add(judgeAgain)
	case w.card != nil:
		for _, o := range w.card.Orders {
			if o.Open() {
				return now.Add(judgeAgain)
			}
		}
	}
	return time.Time{}
}

// unchangedBut tells whether a ticket is as it was taken up apart from what this box wrote:
// else somebody else has written too, and that is news.
func (w *work) unchangedBut(now gateway.Ticket) bool {
	t := w.t.Ticket
	return now.Status == t.Status && now.Requester == t.Requester && now.Owner == t.Owner && now.Priority == w.t.priorityNow() &&
		now.Title == t.Title && now.Parent == t.Parent && now.Deleted == t.Deleted
}

// priorityNow is the priority that the ticket should have after what this box did.
func (t Ticket) priorityNow() string {
	if t.RaisedTo != "" && !t.RaisedAt.IsZero() && !t.SetByPerson {
		return t.RaisedTo
	}
	return t.Priority
}
