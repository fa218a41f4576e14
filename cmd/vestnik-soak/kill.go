package main

import (
	"context"
	"fmt"
	"time"
)

// kill is the scenario of SIGKILL: o.Faults times, at moments that are biased to lie
// inside a send, with arrivals going on and the box started again at once.
func kill(ctx context.Context, o options) (Tally, error) {
	r, err := newRig(ctx, rigOptions{Dir: o.Dir, Binary: o.Binary, Seed: o.Seed, Log: o.Log})
	if err != nil {
		return Tally{}, err
	}
	defer r.Close()
	if err := r.during(ctx, func(ctx context.Context) error { return r.kills(ctx, o.Faults) }); err != nil {
		return Tally{}, fmt.Errorf("kill: %w", err)
	}
	if err := r.Settle(ctx); err != nil {
		return Tally{}, fmt.Errorf("kill: %w", err)
	}
	return r.Tally(ctx, "kill", o.Faults)
}

// during runs troubles with arrivals going on, and returns when both are over.
func (r *rig) during(ctx context.Context, troubles func(context.Context) error) error {
	arriving, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Arrivals(arriving)
	}()
	err := troubles(ctx)
	stop()
	// The last arrivals need a box that answers.
	if _, ok := r.box.running(); !ok && err == nil {
		err = r.StartBox(ctx)
	}
	<-done
	return err
}

// kills kills the box n times.
func (r *rig) kills(ctx context.Context, n int) error {
	moments := make(chan moment, 1)
	r.OnMoment(func(m moment) {
		select {
		case moments <- m:
		default: // nobody waits for one
		}
	})
	defer r.OnMoment(nil)
	began := time.Now()
	for i := range n {
		alive := r.live
		if (i+1)%breath == 0 {
			alive = r.liveLong
		}
		if !alive(ctx, moments) {
			return ctx.Err()
		}
		select {
		case <-r.BoxExited():
			r.Note("the box ended by itself before kill %d: %v", i+1, r.box.ending())
		default:
		}
		if err := r.KillBox(); err != nil {
			return err
		}
		if err := r.StartBox(ctx); err != nil {
			return err
		}
		if (i+1)%50 == 0 {
			r.log.Info("kills", "done", i+1, "per_second", float64(i+1)/time.Since(began).Seconds(), "promised", r.book.size())
		}
	}
	return nil
}

// breath is after how many kills the box may live long enough to send again what it
// does not know of, to be killed in the middle of that.
const breath = 250

// liveLong lets the box live a minute, after which it resends and falls back (see
// gateway's crash rules), and some moments more. Arrivals go on.
func (r *rig) liveLong(ctx context.Context, _ <-chan moment) bool {
	if err := r.messengerUp(ctx, time.Minute); err != nil {
		r.Note("WhatsApp is not up a minute after a start: %v", err)
	}
	return sleep(ctx, time.Minute+r.span(0, 1500*time.Millisecond))
}

// live lets the box live until the next kill. Three of four kills wait for a moment
// inside a send, a few die while they start, the rest anywhere.
func (r *rig) live(ctx context.Context, moments <-chan moment) bool {
	if r.roll(12) == 0 {
		return sleep(ctx, r.span(0, 120*time.Millisecond)) // in the middle of opening its files
	}
	if !sleep(ctx, r.span(120*time.Millisecond, 350*time.Millisecond)) {
		return false
	}
	if r.roll(4) == 0 {
		return sleep(ctx, r.span(0, 500*time.Millisecond))
	}
	want := moment(1 + r.roll(3))
	limit := time.After(700 * time.Millisecond)
	for {
		select {
		case <-ctx.Done():
			return false
		case <-limit:
			return true
		case m := <-moments:
			if m != want {
				continue
			}
			switch r.roll(3) {
			case 0: // at once: the answer is on its way
			case 1:
				return sleep(ctx, r.span(0, 4*time.Millisecond))
			default:
				return sleep(ctx, r.span(0, 30*time.Millisecond))
			}
			return true
		}
	}
}
