package gateway_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/gateway"
)

// tray is a queue of effects that are all due until they are settled.
type tray struct {
	waits []gateway.Effect
	done  []gateway.Effect
}

func (q *tray) DueEffect(_ context.Context, now time.Time, _ []gateway.EffectKind) (gateway.Effect, bool, error) {
	for _, e := range q.waits {
		if !e.NextAt.After(now) {
			return e, true, nil
		}
	}
	return gateway.Effect{}, false, nil
}

func (q *tray) NextEffectAt(context.Context, []gateway.EffectKind) (time.Time, bool, error) {
	return time.Time{}, false, nil
}

func (q *tray) SettleEffect(_ context.Context, e gateway.Effect, _ *gateway.Step) error {
	for i := range q.waits {
		if q.waits[i].ID == e.ID {
			q.waits[i] = e
			if e.State != gateway.EffectPending {
				q.waits = append(q.waits[:i:i], q.waits[i+1:]...)
				q.done = append(q.done, e)
			}
			return nil
		}
	}
	return nil
}

func (q *tray) Effect(context.Context, int64) (gateway.Effect, error) { return gateway.Effect{}, nil }

// TestAnEffectAtWhichTheProgramFailsHoldsNoOtherUp.
func TestAnEffectAtWhichTheProgramFailsHoldsNoOtherUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &tray{waits: []gateway.Effect{{ID: 1, Kind: "odd", State: gateway.EffectPending}, {ID: 2, Kind: "good", State: gateway.EffectPending}}}
		o := gateway.NewOutbox()
		o.Name, o.Effects, o.Topics, o.Log, o.Ready = "crm", q, &gateway.Topics{}, slog.New(slog.DiscardHandler), func() bool { return true }
		o.Do = map[gateway.EffectKind]gateway.Doer{
			"odd":  func(context.Context, gateway.Effect) error { panic("odd") },
			"good": func(context.Context, gateway.Effect) error { return nil },
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := o.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if len(q.done) != 1 || q.done[0].ID != 2 || len(q.waits) != 1 || q.waits[0].Tries == 0 || q.waits[0].Tries > 30 {
			t.Errorf("done %+v, waiting %+v", q.done, q.waits)
		}
	})
}
