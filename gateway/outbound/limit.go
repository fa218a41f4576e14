package outbound

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Lane is whose call it is: a person's goes before the loops'.
type Lane int

// The lanes. The zero value is the loops'.
const (
	Background  Lane = iota
	Interactive      // a person waits for the answer, or a customer for ours
)

// Patience is how long a call of the lane waits for an account that asks for silence:
// 8 s for a person, 30 s for a loop.
func (w Lane) Patience() time.Duration {
	if w == Interactive {
		return 8 * time.Second
	}
	return 30 * time.Second
}

// Limiter lets the calls of one account pass: persons first, then in no order.
// Waiting callers hold no reservation, so one that comes later can go first. It is safe
// for concurrent use and holds no goroutine.
type Limiter struct {
	whose  string
	tokens *rate.Limiter

	mu      sync.Mutex
	persons int           // interactive calls that wait
	idle    chan struct{} // closed when persons falls to 0; nil when it is 0
	until   time.Time     // the account asked for silence until then
}

// NewLimiter lets perSecond calls pass a second, burst of them at once. whose stands in
// the words of Silenced: "the account".
func NewLimiter(whose string, perSecond float64, burst int) *Limiter {
	return &Limiter{whose: whose, tokens: rate.NewLimiter(rate.Limit(perSecond), burst)}
}

// Pace changes what passes a second and at once. Calls that wait notice it when they look
// the next time.
func (l *Limiter) Pace(perSecond float64, burst int) {
	l.tokens.SetLimit(rate.Limit(perSecond))
	l.tokens.SetBurst(burst)
}

// Silenced is the error of a call that would have to wait longer than its patience.
type Silenced struct {
	Left  time.Duration // of the silence
	whose string
}

func (s Silenced) Error() string { return s.whose + " asked for a pause of " + s.Left.String() }

// Wait returns when the call may go, with Silenced, or with the context's error.
func (l *Limiter) Wait(ctx context.Context, who Lane) error {
	if who == Interactive {
		l.enter()
		defer l.leave()
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		pause, idle := l.try(who)
		switch {
		case pause > who.Patience():
			return Silenced{pause, l.whose}
		case idle != nil:
			select {
			case <-idle:
			case <-ctx.Done():
			}
		case pause > 0:
			Sleep(ctx, pause)
		default:
			return nil
		}
	}
}

// try takes a token. Otherwise it says how long to wait, or for what.
func (l *Limiter) try(who Lane) (pause time.Duration, idle <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Before(l.until) {
		return l.until.Sub(now), nil
	}
	if who == Background && l.persons > 0 {
		return 0, l.idle
	}
	if l.tokens.AllowN(now, 1) {
		return 0, nil
	}
	lacking := 1 - l.tokens.TokensAt(now)
	return max(time.Millisecond, time.Duration(lacking/float64(l.tokens.Limit())*float64(time.Second))), nil
}

func (l *Limiter) enter() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.persons == 0 {
		l.idle = make(chan struct{})
	}
	l.persons++
}

func (l *Limiter) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.persons--; l.persons == 0 {
		close(l.idle)
		l.idle = nil
	}
}

// Silence keeps every call of the account back for d. A silence is never shortened.
func (l *Limiter) Silence(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(d); until.After(l.until) {
		l.until = until
	}
}

// Sleep waits for d or the context's end.
func Sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
