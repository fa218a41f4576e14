package gateway

import (
	"context"
	"time"
)

// sentLog remembers when something left, by the monotonic clock: hours by which the
// wall clock is set forward or back neither free a cap nor block it.
type sentLog struct{ at []time.Time } // oldest first

const (
	sentSpan = 24 * time.Hour // the longest cap
	// sentMost bounds the log; a cap beyond it does not bind. 24 bytes each.
	sentMost = 100_000
)

func (l *sentLog) add(t time.Time) {
	l.at = append(l.at, t)
	old := 0
	for old < len(l.at) && (t.Sub(l.at[old]) > sentSpan || len(l.at)-old > sentMost) {
		old++
	}
	if old > len(l.at)/2 { // now and then, so that it costs nothing
		l.at = append(l.at[:0], l.at[old:]...)
	}
}

// full is how long a cap of n in the span before now stays used up; 0: there is room. A cap of 0 is
// none.
func (l *sentLog) full(now time.Time, span time.Duration, n int) time.Duration {
	if n <= 0 || len(l.at) < n {
		return 0
	}
	return max(span-now.Sub(l.at[len(l.at)-n]), 0)
}

// loadSent makes a log of wall-clock times from the ledger, oldest first. Those that
// lie in the future were written by a clock that was ahead: its pace was right, so
// they are moved back together until the newest lies at the time when it was set
// right.
func loadSent(wall []time.Time, now, setBack, steady time.Time) *sentLog {
	l := &sentLog{at: make([]time.Time, 0, len(wall))}
	var shift time.Duration
	if n := len(wall); n > 0 && wall[n-1].After(now) {
		ref := now
		if !setBack.IsZero() && setBack.Before(now) {
			ref = setBack
		}
		shift = wall[n-1].Sub(ref)
	}
	var moved []time.Time
	for _, t := range wall {
		if t.After(now) {
			moved = append(moved, t.Add(-shift))
			continue
		}
		l.at = append(l.at, t)
	}
	l.at = merge(l.at, moved)
	for i, t := range l.at {
		l.at[i] = steady.Add(-now.Sub(t))
	}
	return l
}

func merge(a, b []time.Time) []time.Time {
	if len(b) == 0 {
		return a
	}
	out := make([]time.Time, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if b[0].Before(a[0]) {
			out, b = append(out, b[0]), b[1:]
		} else {
			out, a = append(out, a[0]), a[1:]
		}
	}
	return append(append(out, a...), b...)
}

// sentOf is the log of what left by this channel, read from the ledger when a cap first
// needs it.
func (d *Dispatcher) sentOf(ctx context.Context) (*sentLog, error) {
	if d.sent != nil {
		return d.sent, nil
	}
	now := d.now()
	wall, err := d.Ledger.SentTimes(ctx, d.Channel, now.Add(-sentSpan), sentMost)
	if err != nil {
		return nil, err
	}
	d.sent = loadSent(wall, now, d.Clock.Look().SetBackAt, time.Now())
	return d.sent, nil
}

// chatsOf is the same for the chats that the box began.
func (d *Dispatcher) chatsOf(ctx context.Context) (*sentLog, error) {
	if d.chats != nil {
		return d.chats, nil
	}
	now := d.now()
	wall, err := d.Ledger.NewChatTimes(ctx, now.Add(-sentSpan), sentMost)
	if err != nil {
		return nil, err
	}
	d.chats = loadSent(wall, now, d.Clock.Look().SetBackAt, time.Now())
	return d.chats, nil
}

// noteSent counts an attempt that may have left; fresh tells that it began a chat.
func (d *Dispatcher) noteSent(state AttemptState, began time.Time, fresh bool) {
	if state == AttemptNotSent || state == AttemptRefused {
		return
	}
	if d.sent != nil {
		d.sent.add(began)
	}
	if fresh && d.chats != nil {
		d.chats.add(began)
	}
}

// gapLeft is how long nothing of this channel may leave: the gap to the last message,
// and what the network asked for.
func (d *Dispatcher) gapLeft() time.Duration {
	return time.Until(later(d.gapUntil, d.busyUntil))
}
