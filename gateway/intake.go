package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"vestnik/device"
)

// Watch reads the CRM's history into the ledger and decides about every change. It
// is one of the daemon's loops; a CRM that is away is a state, not an error.
type Watch struct {
	Live   *Live
	Intake Intake
	Book   Book
	// Restores tells of a restore, after which messages are held; nil: there was none.
	Restores Restores
	Clock    *ClockGuard // nil: the clock is believed
	Topics   *Topics
	Log      *slog.Logger
	// Enqueued is called after decisions made messages, Changed after orders changed their
	// status. Changed may be nil.
	Enqueued, Changed func()
	// MaxParts is how many SMS one message may take.
	MaxParts int

	mu     sync.Mutex
	orders Orders // nil while no address and key are set
	status CRMStatus
	wake   chan struct{}
	tries  map[int64]int // of changes whose order could not be read, by history id

	restored Restored // as it stood when this round began
}

// NewWatch needs every field above set before Run.
func NewWatch() *Watch {
	return &Watch{tries: map[int64]int{}, wake: make(chan struct{}, 1), status: CRMStatus{State: CRMOff}}
}

// Use replaces the CRM connection; nil switches it off.
func (w *Watch) Use(orders Orders) {
	w.mu.Lock()
	w.orders = orders
	state := CRMConnecting
	if orders == nil {
		state = CRMOff
	}
	w.status = CRMStatus{State: state, Since: w.Clock.Time(), Cursor: w.status.Cursor}
	w.mu.Unlock()
	w.Topics.Publish(TopicLinks)
	w.Wake()
}

// Orders is the present connection, nil when there is none.
func (w *Watch) Orders() Orders {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.orders
}

// Wake makes the loop look now.
func (w *Watch) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Status is how the connection stands.
func (w *Watch) Status() CRMStatus {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status
}

// referenceAge is how old the CRM's vocabulary may grow before it is read again.
const referenceAge = time.Hour

// Run polls until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	failures := 0
	for {
		pause := w.Live.Now().Settings.RetailCRM.Poll
		if orders := w.Orders(); orders != nil {
			err := w.round(ctx, orders)
			if ctx.Err() != nil {
				return nil
			}
			if isOurs(err) {
				return err
			}
			w.note(err)
			if err != nil {
				failures++
				pause = max(pause, backoff(failures, 2*time.Minute))
			} else {
				failures = 0
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-w.wake:
		case <-time.After(pause):
		}
	}
}

// backoff is 2, 4, 8 … seconds, at most limit.
func backoff(failures int, limit time.Duration) time.Duration {
	if failures > 10 {
		return limit
	}
	return min(limit, time.Second<<failures)
}

// isOurs tells a fault of this box (its disk, its code) from the CRM's.
func isOurs(err error) bool {
	var e *device.Error
	if asError(err, &e) && (strings.HasPrefix(e.Code, "SQLITE_") || strings.HasPrefix(e.Code, "DATABASE_")) {
		return true
	}
	return device.KindOf(err) == device.Internal
}

func (w *Watch) round(ctx context.Context, orders Orders) error {
	if w.Restores != nil {
		var err error
		if w.restored, err = w.Restores.Restored(ctx); err != nil {
			return err
		}
	}
	if w.Clock.Holds() {
		return w.ask(ctx, orders)
	}
	// An age below zero: a clock that was ahead has written it.
	if ref := w.Live.Now().Reference; w.age(ref.At) > referenceAge || w.age(ref.At) < -referenceAge {
		if err := w.refresh(ctx, orders); err != nil {
			if ref.At.IsZero() || isOurs(err) {
				return err
			}
			w.Log.Warn("retailcrm: statuses and fields are not renewed", "age", w.age(ref.At).Round(time.Minute), "error", err)
		}
	}
	for {
		more, err := w.read(ctx, orders)
		if err == nil && !more {
			err = w.caughtUp(ctx)
		}
		if err != nil {
			return err
		}
		if err := w.decideAll(ctx, orders); err != nil || !more {
			return err
		}
	}
}

// caughtUp ends the time after a restore in which every change may be one that the
// lost ledger had answered: the CRM's history has been read to its end. It comes
// before the deciding, which one order that cannot be read may hold up for long.
func (w *Watch) caughtUp(ctx context.Context) error {
	if !w.restored.CatchingUp {
		return nil
	}
	cursor, err := w.Intake.Cursor(ctx)
	if err != nil {
		return fmt.Errorf("gateway: cursor: %w", err)
	}
	return w.Restores.CaughtUp(ctx, cursor.SinceID)
}

func (w *Watch) age(t time.Time) time.Duration { return w.Clock.Time().Sub(t) }

// ask reads and keeps nothing: while the clock is wrong, expiries would be judged
// wrongly. The answer still says whether the CRM is there, and what time it is.
func (w *Watch) ask(ctx context.Context, orders Orders) error {
	cursor, err := w.Intake.Cursor(ctx)
	if err != nil {
		return fmt.Errorf("gateway: cursor: %w", err)
	}
	_, _, _, err = orders.Changes(ctx, cursor)
	return err
}

func (w *Watch) refresh(ctx context.Context, orders Orders) error {
	ref, err := orders.Reference(ctx)
	if err != nil {
		return err
	}
	ref.At = w.Clock.Time()
	if err := w.Book.SaveReference(ctx, ref); err != nil {
		return err
	}
	return w.Live.Reload(ctx)
}

// Refresh reads the CRM's vocabulary now.
func (w *Watch) Refresh(ctx context.Context) (Reference, error) {
	orders := w.Orders()
	if orders == nil {
		return Reference{}, device.Errorf(device.Conflict, "retailcrm: reference", "no address and key are set")
	}
	if err := w.refresh(ctx, orders); err != nil {
		return Reference{}, err
	}
	return w.Live.Now().Reference, nil
}

func (w *Watch) read(ctx context.Context, orders Orders) (more bool, err error) {
	cursor, err := w.Intake.Cursor(ctx)
	if err != nil {
		return false, fmt.Errorf("gateway: cursor: %w", err)
	}
	changes, next, more, err := orders.Changes(ctx, cursor)
	if err != nil {
		return false, err
	}
	if next != cursor || len(changes) > 0 {
		if _, err := w.Intake.SaveChanges(ctx, changes, next); err != nil {
			return false, fmt.Errorf("gateway: save %d changes: %w", len(changes), err)
		}
		if len(changes) > 0 && w.Changed != nil {
			w.Changed()
		}
	}
	w.mu.Lock()
	w.status.Cursor, w.status.LastPoll, w.status.Lag = next.SinceID, w.Clock.Time(), 0
	if more && len(changes) > 0 {
		w.status.Lag = w.age(changes[len(changes)-1].At)
	}
	first := w.status.State == CRMConnecting
	w.mu.Unlock()
	if first {
		w.note(nil) // it answers, however long the deciding takes
	}
	return more, nil
}

func (w *Watch) decideAll(ctx context.Context, orders Orders) error {
	for {
		changes, err := w.Intake.UndecidedChanges(ctx, 100)
		if err != nil {
			return fmt.Errorf("gateway: undecided changes: %w", err)
		}
		if len(changes) == 0 {
			return nil
		}
		cache := map[OrderID]Order{}
		var failed []error
		for _, c := range changes {
			if w.Clock.Holds() {
				return nil // an answer has just shown that it is wrong; they stay undecided
			}
			err := w.decide(ctx, orders, c, cache)
			if err == nil {
				delete(w.tries, c.HistoryID)
				continue
			}
			// One order that cannot be read must not stop those behind it; several in a row mean that
			// the CRM is away.
			if failed = append(failed, err); len(failed) == 3 || isOurs(err) || ctx.Err() != nil {
				return err
			}
			if w.tries[c.HistoryID]++; w.tries[c.HistoryID] > unreadableAfter {
				if err := w.giveUp(ctx, c, err); err != nil {
					return err
				}
				delete(w.tries, c.HistoryID)
			}
		}
		if len(failed) > 0 {
			return failed[0]
		}
	}
}

// unreadableAfter is how many times an order that alone cannot be read is tried: with
// growing pauses some forty minutes.
const unreadableAfter = 25

// giveUp writes down that an order could not be read.
func (w *Watch) giveUp(ctx context.Context, c StatusChange, why error) error {
	var decisions []Decision
	for _, rule := range w.Live.Now().RulesFor(c.To) {
		args := Args{"error": string(device.KindOf(why))}
		decisions = append(decisions, Decision{
			HistoryID: c.HistoryID, RuleID: rule.ID, Rule: rule.Name, Verdict: Skip, Reason: OrderUnreadable, Args: args,
			Order: c.Order, Status: c.To, At: w.Clock.Time(), Trace: []Step{{At: w.Clock.Time(), Reason: OrderUnreadable, Args: args}},
		})
	}
	_, err := w.Intake.Decide(ctx, c.HistoryID, decisions)
	return err
}

func (w *Watch) decide(ctx context.Context, orders Orders, c StatusChange, cache map[OrderID]Order) error {
	now := w.Live.Now()
	rules := now.RulesFor(c.To)
	var decisions []Decision
	if len(rules) > 0 {
		order, known := cache[c.Order]
		if !known {
			var err error
			order, err = orders.Order(ctx, c.Order)
			switch {
			case device.KindOf(err) == device.NotFound:
				order = Order{ID: c.Order, Deleted: true}
			case err != nil:
				return err
			}
			cache[c.Order] = order
		}
		for _, rule := range rules {
			d := Decide(Case{
				Change: c, Order: order, Rule: rule, Ref: now.Reference, Shop: now.Settings.Shop,
				Usable: now.On, MaxParts: w.MaxParts, Now: w.Clock.Time(),
			})
			if w.restored.Holds(c) {
				d.hold(w.restored)
			}
			decisions = append(decisions, d)
		}
	}
	kept, err := w.Intake.Decide(ctx, c.HistoryID, decisions)
	if err != nil {
		return fmt.Errorf("gateway: keep decisions on change %d: %w", c.HistoryID, err)
	}
	for _, d := range kept {
		w.Log.Info("decided", "change", c.HistoryID, "order", c.Order, "rule", d.Rule, "verdict", d.Verdict, "reason", d.Reason, "msg", d.MessageID)
	}
	if len(kept) > 0 {
		w.Topics.Publish(TopicQueue)
		w.Enqueued()
	}
	return nil
}

// note turns the outcome of a round into a state, logged once per change.
func (w *Watch) note(err error) {
	state, cause := CRMConnected, ""
	var missing []string
	if err != nil {
		cause = err.Error()
		switch device.KindOf(err) {
		case device.Unauthorized:
			state = CRMWrongKey
			if right := RightOf(err); right != "" {
				state, missing = CRMMissingRight, []string{right}
			}
		case device.Unavailable, device.Uncertain:
			state = CRMUnreachable
		case device.NotFound:
			state = CRMNotCRM
		default:
			state = CRMFailing
		}
	}
	w.mu.Lock()
	changed := w.status.State != state
	if changed {
		w.status.State, w.status.Since = state, w.Clock.Time()
	}
	w.status.Cause, w.status.Missing = cause, missing
	w.mu.Unlock()
	if changed {
		if err != nil {
			w.Log.Warn("retailcrm is not usable", "state", state, "error", err)
		} else {
			w.Log.Info("retailcrm is connected")
		}
		w.Topics.Publish(TopicLinks)
	}
}

// RightOf is the CRM right that an Unauthorized error names, by the convention that
// Code carries it; "" when the key itself is wrong.
func RightOf(err error) string {
	var e *device.Error
	if asError(err, &e) && e.Kind == device.Unauthorized {
		return e.Code
	}
	return ""
}
