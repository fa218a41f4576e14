package invite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Loop invites: one of the daemon's loops.
type Loop struct {
	Store  Store
	Live   *gateway.Live
	Clock  *gateway.ClockGuard // nil: the clock is believed
	Topics *gateway.Topics
	Log    *slog.Logger
	// Orders is the CRM of the moment, nil while none is set. CRMAnswers tells whether it has
	// answered lately.
	Orders     func() gateway.Orders
	CRMAnswers func() bool
	// Enqueued is called after the queue got something.
	Enqueued func()
	// Asks tells whether the bot asks for marks by itself.
	Asks func() bool
	// LanguageOf is the language in which a customer writes in a conversation; empty: not known.
	LanguageOf func(gateway.Conversation) string
	// NewToken makes the key of a review link by chance.
	NewToken func() string
	// MaxParts is how many SMS one message may take.
	MaxParts int

	wake chan struct{}
}

// NewLoop needs every exported field set before Run.
func NewLoop() *Loop { return &Loop{wake: make(chan struct{}, 1)} }

// Wake makes the loop look now.
func (l *Loop) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

const (
	// every is the pause between two looks when nobody wakes the loop.
	every = time.Minute
	// atOnce bounds the orders of one look, which asks the CRM about each.
	atOnce = 50
	// crmAgain is when an order is tried again that the CRM would not show.
	crmAgain = 5 * time.Minute
)

// Run invites until ctx ends. Only a fault of the box itself ends it with an error.
func (l *Loop) Run(ctx context.Context) error {
	for {
		pause := every
		if !l.Clock.Holds() {
			next, err := l.look(ctx)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return fmt.Errorf("invite: %w", err)
			}
			pause = next
		}
		select {
		case <-ctx.Done():
			return nil
		case <-l.wake:
		case <-time.After(pause):
		}
	}
}

func (l *Loop) look(ctx context.Context) (next time.Duration, err error) {
	rule := l.Live.Now().Settings.Invitation
	if !rule.On {
		_, err := l.Store.QueueInvitations(ctx, nil, 0) // nobody is invited for what happens meanwhile, later
		return every, err
	}
	if _, err := l.Store.QueueInvitations(ctx, rule.Statuses, rule.After); err != nil {
		return 0, err
	}
	if l.Orders() != nil && l.CRMAnswers() {
		due, err := l.Store.DueInvitations(ctx, l.Clock.Time(), atOnce)
		if err != nil {
			return 0, err
		}
		for _, i := range due {
			err = errors.Join(err, l.safely(func() error { return l.one(ctx, i) }))
		}
		if err != nil {
			return 0, err
		}
		if len(due) == atOnce {
			return 0, nil
		}
	}
	next = every
	if at, ok, err := l.Store.NextInvitationAt(ctx); err != nil {
		return 0, err
	} else if left := at.Sub(l.Clock.Time()); ok && left > 0 {
		next = min(next, left)
	}
	return next, nil
}

// safely turns a panic into an error.
func (l *Loop) safely(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}

// one invites one order's customer, puts it off or gives it up.
func (l *Loop) one(ctx context.Context, i gateway.Invitation) error {
	now := l.Clock.Time()
	rule := l.Live.Now().Settings.Invitation
	restored, err := l.Store.Restored(ctx)
	if err != nil {
		return err
	}
	// Put off, it would seem to be due after the restore.
	mayWait := now.Sub(i.At) <= rule.After+tooLate && !unclear(i, restored)
	if rule.PerDay > 0 {
		made, first, err := l.Store.InvitationsMade(ctx, now.Add(-24*time.Hour))
		if err != nil {
			return err
		}
		if made >= rule.PerDay && mayWait {
			return l.putOff(ctx, i, later(first.Add(24*time.Hour), now.Add(time.Minute)), gateway.CapDay)
		}
	}
	order, err := l.Orders().Order(ctx, i.Order)
	switch {
	case device.KindOf(err) == device.NotFound:
		order = gateway.Order{ID: i.Order, Deleted: true}
	case err != nil:
		l.Log.Warn("an order that is due for an invitation cannot be read", "order", i.Order, "error", err)
		if mayWait {
			i.Tries++
			return l.putOff(ctx, i, now.Add(crmAgain), gateway.OrderUnreadable)
		}
		return l.settle(ctx, i, Verdict{Decision: unreadable(i, err, now)})
	}
	c, err := l.facts(ctx, order)
	if err != nil {
		return err
	}
	c.Invitation = i
	v := Judge(c)
	if v.Why != "" {
		return l.putOff(ctx, i, v.Wait, v.Why)
	}
	return l.settle(ctx, i, v)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func unreadable(i gateway.Invitation, err error, now time.Time) gateway.Decision {
	d := gateway.Decision{
		Verdict: gateway.Skip, Reason: gateway.OrderUnreadable, Args: gateway.Args{"error": err.Error()}, Order: i.Order, At: now,
	}
	d.Trace = []gateway.Step{{At: now, Reason: d.Reason, Args: d.Args}}
	return d
}

// facts is what is known of an order's customer.
func (l *Loop) facts(ctx context.Context, order gateway.Order) (Case, error) {
	now := l.Live.Now()
	c := Case{
		Order: order, Settings: now.Settings, Ref: now.Reference, Usable: now.On, MaxParts: l.MaxParts, Now: l.Clock.Time(), Token: l.NewToken(),
	}
	phone := order.Mobile(now.Settings.Shop.Region)
	var err error
	if c.Restored, err = l.Store.Restored(ctx); err != nil {
		return c, err
	}
	if phone != "" || order.CustomerID != 0 {
		if err := l.person(ctx, &c, phone, order.CustomerID); err != nil {
			return c, err
		}
	}
	if c.Mark, err = l.Store.MarkOf(ctx, order.ID, "", 0); err != nil {
		return c, err
	}
	if c.Mark == 0 && (phone != "" || order.CustomerID != 0) {
		if c.Mark, err = l.Store.MarkOf(ctx, 0, phone, order.CustomerID); err != nil {
			return c, err
		}
	}
	ask, ok, err := l.Store.AskOf(ctx, order.ID)
	if ok && (ask.State == gateway.AskDone || l.Asks()) {
		c.Ask = &ask
	}
	return c, err
}

func (l *Loop) person(ctx context.Context, c *Case, phone device.Phone, customer int64) error {
	consent, ok, err := l.Store.ConsentOf(ctx, phone, customer)
	if err != nil {
		return err
	}
	if ok && consent.Answer == device.No {
		c.Refused, c.RefusedAt = true, consent.At
	}
	talks, err := l.Store.ConversationsOf(ctx, phone, customer)
	if err != nil {
		return err
	}
	if heard := slices.IndexFunc(talks, func(t gateway.Conversation) bool { return !t.HeardAt.IsZero() }); heard >= 0 && l.LanguageOf != nil {
		c.Language = l.LanguageOf(talks[heard])
	}
	at, invited, err := l.Store.InvitedSince(ctx, phone, customer, c.Now.Add(-personRests))
	if invited {
		c.Invited = at
	}
	return err
}

// settle keeps what was decided and wakes whoever carries it out.
func (l *Loop) settle(ctx context.Context, i gateway.Invitation, v Verdict) error {
	d := v.Decision
	i.State, i.Why = gateway.AskDone, ""
	if d.Message == nil {
		i.State, i.Why = gateway.AskNever, d.Reason
	}
	err := l.Store.SettleInvitation(ctx, i, &d, v.Link)
	if device.KindOf(err) == device.Conflict {
		return nil // something was quicker: the next look sees it
	}
	if err != nil {
		return fmt.Errorf("settle the invitation of order %d: %w", i.Order, err)
	}
	l.Topics.Publish(gateway.TopicQueue)
	if d.Message != nil {
		l.Enqueued()
	}
	l.Log.Info("invitation decided", "order", i.Order, "verdict", d.Verdict, "why", d.Reason)
	return nil
}

func (l *Loop) putOff(ctx context.Context, i gateway.Invitation, until time.Time, why gateway.Reason) error {
	i.DueAt, i.State, i.Why = until, gateway.AskWaits, why
	if err := l.Store.SettleInvitation(ctx, i, nil, gateway.ReviewLink{}); err != nil {
		return fmt.Errorf("put the invitation of order %d off: %w", i.Order, err)
	}
	return nil
}

// Try tells what the loop would do with an order, with nothing kept or sent. An empty lang leaves
// the language to the customer's own.
func (l *Loop) Try(ctx context.Context, i gateway.InvitationSettings, lang string, order gateway.Order) (gateway.Decision, error) {
	c, err := l.facts(ctx, order)
	if err != nil {
		return gateway.Decision{}, err
	}
	if c.Settings.Invitation, c.Trial = i, true; lang != "" {
		c.Language = lang
	}
	if c.Settings.Decency.ReviewURL == "" {
		c.Settings.Decency.ReviewURL = "https://…"
	}
	return Judge(c).Decision, nil
}
