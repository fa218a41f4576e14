package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"vestnik/device"
)

// Outbox does the effects: what must leave the box besides messages. Each may be
// done twice without harm, so an answer that was lost is simply asked for again.
type Outbox struct {
	Effects Effects
	Orders  func() Orders // nil when no CRM is set
	Clock   *ClockGuard   // nil: the clock is believed
	Topics  *Topics
	Log     *slog.Logger

	wake chan struct{}
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
	orders := o.Orders()
	for orders != nil && ctx.Err() == nil {
		e, ok, err := o.Effects.DueEffect(ctx, o.Clock.Time())
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		away, err := o.do(ctx, orders, e)
		if err != nil {
			return 0, err
		}
		if away {
			return 30 * time.Second, nil // the others would fare no better now
		}
	}
	at, ok, err := o.Effects.NextEffectAt(ctx)
	if err != nil || !ok || orders == nil {
		return idle, err
	}
	return min(max(at.Sub(o.Clock.Time()), 0), idle), nil
}

// giveUpAfter is how many tries an effect has: with pauses up to six hours that is
// about five days.
const giveUpAfter = 30

// do tries one effect; away tells that the CRM itself did not answer.
func (o *Outbox) do(ctx context.Context, orders Orders, e Effect) (away bool, _ error) {
	err := orders.MarkWhatsApp(ctx, e.Order, e.Value == "yes")
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
	o.Log.Info("effect", "kind", e.Kind, "order", e.Order, "state", e.State, "tries", e.Tries)
	o.Topics.Publish(TopicQueue)
	return away, nil
}
