package gateway_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// counting counts how outcomes were written.
type counting struct {
	ledger
	alone, together *atomic.Int64
	slow            time.Duration // what the common transaction waits for its turn
}

func (c counting) Move(ctx context.Context, id gateway.MessageID, from gateway.State, to gateway.Change) (bool, error) {
	if from == gateway.Sending {
		c.alone.Add(1)
	}
	return c.ledger.Move(ctx, id, from, to)
}

func (c counting) SettleAndBegin(ctx context.Context, done gateway.MessageID, to gateway.Change, from gateway.State, a gateway.Attempt, steps ...gateway.Step) (bool, int, bool, error) {
	c.together.Add(1)
	time.Sleep(c.slow)
	return c.ledger.SettleAndBegin(ctx, done, to, from, a, steps...)
}

func TestWithoutAGapTheNextClaimWritesTheOutcome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name            string
		gap, slow       time.Duration
		deaf            bool
		state           gateway.State
		alone, together int64 // the first one begins the chat, which the second one asks for
	}{
		{name: "no gap", state: gateway.Accepted, deaf: true, alone: 2, together: 3},
		{name: "the receipt is quicker", state: gateway.Delivered, slow: time.Second, alone: 2, together: 3},
		{name: "a gap", gap: 3 * time.Second, deaf: true, state: gateway.Accepted, alone: 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var alone, together atomic.Int64
			open(t, func(s *shop) {
				s.settings.WhatsApp.Gap = c.gap
				s.wa.deaf = c.deaf
				s.between = func(l ledger) ledger {
					return counting{ledger: l, alone: &alone, together: &together, slow: c.slow}
				}
			}, func(s *shop) {
				due := time.Now().Add(time.Minute)
				for i := range 5 {
					if _, _, err := s.desk.Enqueue(context.Background(), gateway.Draft{
						To: anna.String(), Text: fmt.Sprint("Ждём вас, ", i, "."), NotBefore: due, Channels: []device.Channel{device.WhatsApp},
					}); err != nil {
						t.Fatal(err)
					}
				}
				s.pass(2 * time.Minute)
				if got := len(s.wa.texts(anna)); got != 5 {
					t.Errorf("%d messages arrived", got)
				}
				rows, _, err := s.store.Messages(context.Background(), gateway.MessageFilter{})
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range rows {
					story, err := s.store.Story(context.Background(), m.ID)
					if err != nil {
						t.Fatal(err)
					}
					if m.State != c.state || len(story.Attempts) != 1 || story.Attempts[0].State != gateway.AttemptAccepted {
						t.Errorf("message %d is %s: %+v", m.ID, m.State, story.Attempts)
					}
				}
				// Where two goroutines of the same instant race, one more may go with the next claim, never one less.
				if a, n := alone.Load(), together.Load(); a > c.alone || a+n != c.alone+c.together || c.gap > 0 && a != c.alone {
					t.Errorf("%d outcomes written alone and %d with the next claim, want %d and %d", a, n, c.alone, c.together)
				}
			})
		})
	}
}
