package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

// arrivals counts what a customer's messenger shows, by the simulator's own word:
// looking into the inbox again and again would take the processor from what is measured.
type arrivals struct {
	n      atomic.Int64
	signal chan struct{}
	stop   func()
}

func count(w *world.World, p *world.Person) *arrivals {
	a := &arrivals{signal: make(chan struct{}, 1)}
	a.stop = p.Messenger.OnReceive(func(whatsapp.Received) {
		a.n.Add(1)
		select {
		case a.signal <- struct{}{}:
		default:
		}
	})
	return a
}

// await waits until n messages have come since count.
func (a *arrivals) await(ctx context.Context, n int) error {
	limit := time.NewTimer(5 * time.Minute)
	defer limit.Stop()
	for a.n.Load() < int64(n) {
		select {
		case <-a.signal:
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			return fmt.Errorf("%d of %d messages arrived", a.n.Load(), n)
		}
	}
	return nil
}
