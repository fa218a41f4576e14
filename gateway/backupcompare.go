package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"vestnik/device"
)

// Comparer looks in the CRM for signs that messages held from a backup were sent by
// the ledger that was lost. It changes nothing but the reason that a person reads; it
// is one of the daemon's loops.
type Comparer struct {
	Restores Restores
	Ledger   Queue
	Effects  Effects
	Live     *Live
	Orders   func() Orders // nil when no CRM is set
	Clock    *ClockGuard   // nil: the clock is believed
	Topics   *Topics
	Log      *slog.Logger
	// Pause is the least time between two orders that are read, so that the CRM's limit
	// is left to the work of the day.
	Pause time.Duration

	wake      chan struct{}
	tries     map[OrderID]int // of orders that could not be read
	marksDone bool
}

// NewComparer needs every exported field set before Run. It reads four orders a
// second: the account allows ten.
func NewComparer() *Comparer {
	return &Comparer{Pause: 250 * time.Millisecond, wake: make(chan struct{}, 1), tries: map[OrderID]int{}}
}

// Wake makes the loop look now.
func (c *Comparer) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// crmAgain is how soon a CRM that did not answer is asked again.
const crmAgain = 30 * time.Second

// Run works until ctx ends.
func (c *Comparer) Run(ctx context.Context) error {
	for {
		pause, err := c.pass(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("gateway: compare with the CRM: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.wake:
		case <-time.After(pause):
		}
	}
}

// errAway says that the CRM does not answer at all.
var errAway = errors.New("the CRM is away")

func (c *Comparer) pass(ctx context.Context) (time.Duration, error) {
	restored, err := c.Restores.Restored(ctx)
	if err != nil || restored.At.IsZero() {
		return idle, err
	}
	if !c.marksDone {
		err = c.marks(ctx)
	}
	for err == nil && ctx.Err() == nil {
		var list []BackupMessage
		if list, err = c.Restores.FromBackup(ctx, FromBackup, 0, 50); err != nil || len(list) == 0 {
			break
		}
		cache := map[OrderID]*Order{}
		for _, m := range list {
			if err = c.compare(ctx, m, cache); err != nil {
				break
			}
		}
		c.Topics.Publish(TopicQueue)
	}
	if errors.Is(err, errAway) {
		return crmAgain, nil
	}
	return idle, err
}

// compare gives one message its verdict.
func (c *Comparer) compare(ctx context.Context, m BackupMessage, cache map[OrderID]*Order) error {
	last, attempted, err := c.Ledger.LastAttempt(ctx, m.ID)
	if err != nil {
		return err
	}
	if !attempted {
		last.State = ""
	}
	var known string
	var order *Order
	why := ""
	if m.Order != 0 && last.State != AttemptAccepted {
		if order, why, err = c.order(ctx, m.Order, cache); err != nil {
			return err
		}
		if known, err = c.Restores.KnownMark(ctx, m.Order); err != nil {
			return err
		}
	}
	reason, args := BackupUnclear, Args{"why": why}
	if why == "" {
		reason, args = judgeFromBackup(m, last.State, order, known, c.ruleOf(m.RuleID), c.Live.Now().Reference)
	}
	step := Step{At: c.Clock.Time(), Reason: reason, Args: args}
	_, err = c.Ledger.Move(ctx, m.ID, Held, Change{Reason: reason, Steps: []Step{step}})
	if err == nil {
		c.Log.Info("compared with the CRM", "msg", m.ID, "verdict", reason, "why", args["why"])
	}
	return err
}

// judgeFromBackup weighs what is known. order is nil for a message about none; known
// is the mark that this ledger itself may have put on the order.
func judgeFromBackup(m BackupMessage, last AttemptState, order *Order, known string, rule *Rule, ref Reference) (Reason, Args) {
	sent := func(why string, more ...string) (Reason, Args) {
		args := Args{"why": why}
		for i := 0; i+1 < len(more); i += 2 {
			args[more[i]] = more[i+1]
		}
		return BackupSent, args
	}
	switch {
	case last == AttemptAccepted:
		return sent("accepted")
	case order != nil && order.Deleted:
		return sent("order_gone")
	case order != nil && m.Status != "" && order.Status != m.Status && (rule == nil || !slices.Contains(rule.Statuses, order.Status)):
		return sent("moved", "now", statusWord(ref, order.Status))
	case order != nil && order.WhatsApp != device.Unknown && order.WhatsApp != "" && string(order.WhatsApp) != known:
		return sent("marked", "mark", string(order.WhatsApp))
	case last == AttemptUncertain || last == AttemptSending:
		return BackupUnclear, Args{"why": "on_its_way"}
	case order == nil:
		return BackupUnclear, Args{"why": "no_order"}
	}
	return BackupUnsent, nil
}

// order reads an order as it is now. why says that it cannot be had.
func (c *Comparer) order(ctx context.Context, id OrderID, cache map[OrderID]*Order) (order *Order, why string, err error) {
	if known := cache[id]; known != nil {
		return known, "", nil
	}
	orders := c.Orders()
	if orders == nil {
		if set := c.Live.Now().Settings.RetailCRM; set.URL != "" && set.Key != "" {
			return nil, "", errAway // it is just being connected
		}
		return nil, "crm_off", nil
	}
	select {
	case <-ctx.Done():
		return nil, "", ctx.Err()
	case <-time.After(c.Pause):
	}
	o, err := orders.Order(ctx, id)
	switch kind := device.KindOf(err); {
	case err == nil:
	case ctx.Err() != nil:
		return nil, "", ctx.Err()
	case kind == device.NotFound:
		o = Order{ID: id, Deleted: true}
	case kind == device.Unavailable || kind == device.Unauthorized || kind == device.RateLimited || kind == device.Uncertain:
		c.Log.Warn("retailcrm does not answer about an order", "order", id, "error", err)
		return nil, "", errAway
	default:
		if c.tries[id]++; c.tries[id] < 3 {
			return nil, "", errAway
		}
		delete(c.tries, id)
		return nil, "order_error", nil
	}
	cache[id] = &o
	return &o, "", nil
}

func (c *Comparer) ruleOf(id RuleID) *Rule {
	for _, r := range c.Live.Now().Rules {
		if id != 0 && r.ID == id {
			return &r
		}
	}
	return nil
}

// marks takes up the marks that were pending in the backup, where the CRM still has
// none: one that is there now is newer than ours.
func (c *Comparer) marks(ctx context.Context) error {
	for ctx.Err() == nil {
		list, err := c.Restores.MarksFromBackup(ctx, 50)
		if err != nil || len(list) == 0 {
			c.marksDone = err == nil
			return err
		}
		if c.Orders() == nil {
			return nil
		}
		for _, e := range list {
			order, why, err := c.order(ctx, e.Order, map[OrderID]*Order{})
			if err != nil {
				return err
			}
			e.Error, e.Tries = "", 0
			if why == "" && !order.Deleted && (order.WhatsApp == device.Unknown || order.WhatsApp == "") {
				e.State, e.NextAt = EffectPending, c.Clock.Time()
			}
			if err := c.Effects.SettleEffect(ctx, e, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
