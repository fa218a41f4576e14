package messagegateway

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// lane is whose call it is: an answer to a customer goes before reading.
type lane int

const (
	reading lane = iota
	answering
)

// defaultRate is requests a second, burst the calls that may go at once. The Bot
// API's limit is not documented; the Transport API's official client keeps to 100 a
// second.
const (
	defaultRate = 5
	burst       = 5
)

// limiter lets the calls of one account pass: answers first, then in no order.
// Waiting callers hold no reservation, so one that comes later can go first.
type limiter struct {
	tokens *rate.Limiter

	mu      sync.Mutex
	answers int           // answering calls that wait
	idle    chan struct{} // closed when answers falls to 0; nil when it is 0
	until   time.Time     // MG asked for silence until then
}

func newLimiter(perSecond float64) *limiter {
	if perSecond <= 0 {
		perSecond = defaultRate
	}
	return &limiter{tokens: rate.NewLimiter(rate.Limit(perSecond), burst)}
}

// patience is how long a call of the lane waits for an MG that asks for silence.
func (w lane) patience() time.Duration {
	if w == answering {
		return 8 * time.Second
	}
	return 30 * time.Second
}

// silenced is the error of a call that would have to wait longer than its patience.
type silenced struct{ left time.Duration }

func (s silenced) Error() string { return "the chats asked for a pause of " + s.left.String() }

// wait returns when the call may go, with silenced, or with the context's error.
func (l *limiter) wait(ctx context.Context, who lane) error {
	if who == answering {
		l.enter()
		defer l.leave()
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		pause, idle := l.try(who)
		switch {
		case pause > who.patience():
			return silenced{pause}
		case idle != nil:
			select {
			case <-idle:
			case <-ctx.Done():
			}
		case pause > 0:
			sleep(ctx, pause)
		default:
			return nil
		}
	}
}

// try takes a token. Otherwise it says how long to wait, or for what.
func (l *limiter) try(who lane) (pause time.Duration, idle <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Before(l.until) {
		return l.until.Sub(now), nil
	}
	if who == reading && l.answers > 0 {
		return 0, l.idle
	}
	if l.tokens.AllowN(now, 1) {
		return 0, nil
	}
	lacking := 1 - l.tokens.TokensAt(now)
	return max(time.Millisecond, time.Duration(lacking/float64(l.tokens.Limit())*float64(time.Second))), nil
}

func (l *limiter) enter() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.answers == 0 {
		l.idle = make(chan struct{})
	}
	l.answers++
}

func (l *limiter) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.answers--; l.answers == 0 {
		close(l.idle)
		l.idle = nil
	}
}

// silence keeps every call back for d.
func (l *limiter) silence(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(d); until.After(l.until) {
		l.until = until
	}
}

// sleep waits for d or the context's end.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
