package main

import (
	"context"
	"fmt"
	"time"
)

// Times of the quiet phase. A WhatsApp message of unknown fate goes out again a
// minute after the box's login; effects are tried again after pauses that double.
const (
	stallWait = 100 * time.Second // without any change: then it does not come any more
	quietWait = 10 * time.Minute  // in all; a long run leaves hundreds of orders to mark
	quietFor  = 2 * time.Second
)

// Settle ends the troubles: the box runs, half of the sleepers stay off until the box
// has sent again what it does not know of, then all phones are on, until nothing moves
// any more. An error is a box that does not come up; what is still open after the
// wait shows in the tally.
func (r *rig) Settle(ctx context.Context) error {
	if _, ok := r.box.running(); !ok {
		if err := r.StartBox(ctx); err != nil {
			return err
		}
	}
	r.crowd.wake(len(r.crowd.sleepers) / 2)
	if err := r.messengerUp(ctx, 2*time.Minute); err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	if err := r.await(ctx, func(l ledger) bool {
		return len(l.toResolve) == 0 && l.queued == 0 && l.impatient == 0
	}); err != nil {
		return err
	}
	r.crowd.wake(-1)
	var quiet time.Time // since when nothing is open
	return r.await(ctx, func(l ledger) bool {
		if l.open() > 0 {
			quiet = time.Time{}
		} else if quiet.IsZero() {
			quiet = time.Now()
		}
		return !quiet.IsZero() && time.Since(quiet) > quietFor
	})
}

// await looks at the ledger until cond is true, or nothing changes for stallWait,
// which is no error here.
func (r *rig) await(ctx context.Context, cond func(ledger) bool) error {
	limited, cancel := context.WithTimeout(ctx, quietWait)
	defer cancel()
	var last string
	changed := time.Now()
	err := until(limited, 500*time.Millisecond, func() (bool, error) {
		select {
		case <-r.box.exited():
			return false, fmt.Errorf("the box ended in the quiet phase (%w): see %s", r.box.ending(), r.box.logPath)
		default:
		}
		l, err := r.ledger(limited)
		if err != nil {
			return false, nil // asked again; a box that is gone shows above
		}
		if now := l.String(); now != last {
			last, changed = now, time.Now()
			r.log.Debug("settling", "ledger", now)
		}
		return cond(l) || time.Since(changed) > stallWait, nil
	})
	if ctx.Err() == nil && limited.Err() != nil {
		return nil
	}
	return err
}

// ledger is how the box's list of messages stands against the book.
type ledger struct {
	byState   map[string]int
	queued    int       // queued or sending
	accepted  int       // no receipt yet
	impatient int       // of these, those that will go on by SMS
	toResolve []message // unknown by WhatsApp, and the box itself will go on with them
	missing   int       // promised and not in the list
	unmarked  int       // orders whose checkbox is not right yet
}

// open counts what should still move.
func (l ledger) open() int {
	return l.queued + l.accepted + len(l.toResolve) + l.missing + l.unmarked
}

func (l ledger) String() string {
	return fmt.Sprintf("%v, %d queued, %d accepted, %d to resolve, %d missing, %d unmarked",
		l.byState, l.queued, l.accepted, len(l.toResolve), l.missing, l.unmarked)
}

// ledger asks the box.
func (r *rig) ledger(ctx context.Context) (ledger, error) {
	list, err := r.api.messages(ctx, "")
	if err != nil {
		return ledger{}, err
	}
	l := ledger{byState: map[string]int{}}
	have := map[[2]string]message{}
	for _, m := range list {
		have[[2]string{m.To, m.Text}] = m
		l.byState[m.State]++
		switch {
		case m.State == "queued" || m.State == "sending" || m.State == "held":
			l.queued++
		case m.State == "accepted":
			if !r.mayStayAccepted(m) {
				l.accepted++
			}
		case m.State == "unknown" && m.Channel == whatsApp && m.ReasonCode != askPerson:
			l.toResolve = append(l.toResolve, m)
		}
	}
	for _, p := range r.book.all() {
		m, ok := have[[2]string{p.to.Phone, p.text}]
		if p.acked && !ok {
			l.missing++
		}
		if ok && p.impatient && m.State == "accepted" && m.Channel == whatsApp {
			l.impatient++
		}
		if ok && p.order != 0 && !r.marked(p, m) {
			l.unmarked++
		}
	}
	return l, nil
}

// askPerson is the reason of an unknown message that waits for a person.
const askPerson = "ask_person"
