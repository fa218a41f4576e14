package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"vestnik/device"
)

// Doer does one effect. It may be called again after a lost answer or a crash. Errors
// are *device.Error: NotFound, Invalid and Refused end the effect as failed.
type Doer func(ctx context.Context, e Effect) error

// Outbox does the effects that leave for one outside system: what must leave the box
// besides messages. Each may be done twice without harm, so an answer that was lost is
// simply asked for again.
type Outbox struct {
	Name    string // for the log
	Effects Effects
	// Do has the kinds that this outbox carries.
	Do map[EffectKind]Doer
	// Ready tells whether the system is set up and may be asked.
	Ready  func() bool
	Clock  *ClockGuard // nil: the clock is believed
	Topics *Topics
	Log    *slog.Logger

	kinds []EffectKind
	wake  chan struct{}
}

// NewOutbox needs every field above set before Run.
func NewOutbox() *Outbox { return &Outbox{wake: make(chan struct{}, 1)} }

// Wake makes the loop look now.
func (o *Outbox) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends.
func (o *Outbox) Run(ctx context.Context) error {
	o.kinds = slices.Sorted(maps.Keys(o.Do))
	for {
		pause, err := o.pass(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("gateway: effects: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-o.wake:
		case <-time.After(pause):
		}
	}
}

func (o *Outbox) pass(ctx context.Context) (time.Duration, error) {
	ready := o.Ready()
	for ready && ctx.Err() == nil {
		e, ok, err := o.Effects.DueEffect(ctx, o.Clock.Time(), o.kinds)
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		away, err := o.do(ctx, e)
		if err != nil {
			return 0, err
		}
		if away {
			return 30 * time.Second, nil // the others would fare no better now
		}
	}
	at, ok, err := o.Effects.NextEffectAt(ctx, o.kinds)
	if err != nil || !ok || !ready {
		return idle, err
	}
	return min(max(at.Sub(o.Clock.Time()), 0), idle), nil
}

// giveUpAfter is how many tries an effect has: with pauses up to six hours that is
// about five days.
const giveUpAfter = 30

// attempt does an effect. One at which the program fails has its tries like any other, so
// that it does not stand before the rest for ever.
func (o *Outbox) attempt(ctx context.Context, e Effect) (err error) {
	defer func() {
		if p := recover(); p != nil {
			o.Log.Error("the program failed at an effect", "to", o.Name, "kind", e.Kind, "effect", e.ID, "panic", p, "stack", string(debug.Stack()))
			err = device.Errorf(device.Internal, "gateway: effects", "the program failed at it")
		}
	}()
	return o.Do[e.Kind](ctx, e)
}

// do tries one effect; away tells that the system itself did not answer.
func (o *Outbox) do(ctx context.Context, e Effect) (away bool, _ error) {
	err := o.attempt(ctx, e)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	away = device.KindOf(err) == device.Unavailable
	settled, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	now := o.Clock.Time()
	e.Tries++
	step := &Step{At: now}
	switch kind := device.KindOf(err); {
	case err == nil:
		e.State, e.Error = EffectDone, ""
		step.Reason, step.Args = OrderMarked, Args{"value": e.Value}
	case kind == device.NotFound || kind == device.Invalid || kind == device.Refused || e.Tries >= giveUpAfter:
		e.State, e.Error = EffectFailed, err.Error()
		step.Reason, step.Args = EffectRefused, Args{"error": err.Error()}
	default:
		e.Error = err.Error()
		e.NextAt = now.Add(backoff(e.Tries, 6*time.Hour))
		if e.Tries > 10 {
			e.NextAt = now.Add(6 * time.Hour)
		}
		step.Reason, step.Args = EffectWaits, Args{"error": string(kind), "until_at": At(e.NextAt)}
		if e.Tries > 1 {
			step = nil // told once; the count of tries stands on the page
		}
	}
	if err := o.Effects.SettleEffect(settled, e, step); err != nil {
		return away, err
	}
	o.Log.Info("effect", "to", o.Name, "kind", e.Kind, "order", e.Order, "state", e.State, "tries", e.Tries)
	o.Topics.Publish(TopicQueue)
	return away, nil
}

// MarkOrders does EffectMark in the CRM of the moment.
func MarkOrders(orders func() Orders) Doer {
	return func(ctx context.Context, e Effect) error {
		crm := orders()
		if crm == nil {
			return device.Errorf(device.Unavailable, "retailcrm: mark an order", "no address and key are set")
		}
		return crm.MarkWhatsApp(ctx, e.Order, e.Value == "yes")
	}
}
