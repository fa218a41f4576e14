package webui

import (
	"sync"
	"time"
)

// limiter counts failed tries by key (an address, an account) and, after some free
// ones, makes the next wait: twice as long after each further failure, at most an
// hour. A key that rests for a day is forgotten.
type limiter struct {
	mu    sync.Mutex
	free  int
	first time.Duration
	now   func() time.Time
	tries map[string]*tried
}

type tried struct {
	n     int
	last  time.Time
	until time.Time
}

const (
	longestWait  = time.Hour
	forgetTries  = 24 * time.Hour
	maxTriedKeys = 10_000
)

func newLimiter(free int, first time.Duration, now func() time.Time) *limiter {
	return &limiter{free: free, first: first, now: now, tries: map[string]*tried{}}
}

// wait is how long the next try has to wait: the longest of the keys', 0 when it may
// happen now.
func (l *limiter) wait(keys ...string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var longest time.Duration
	for _, k := range keys {
		if t := l.tries[k]; t != nil {
			longest = max(longest, t.until.Sub(l.now()))
		}
	}
	return longest
}

func (l *limiter) failed(keys ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.forget(now)
	for _, k := range keys {
		t := l.tries[k]
		if t == nil {
			t = &tried{}
			l.tries[k] = t
		}
		t.n, t.last = t.n+1, now
		if over := t.n - l.free; over >= 0 {
			t.until = now.Add(min(l.first<<min(over, 12), longestWait))
		}
	}
}

func (l *limiter) succeeded(keys ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		delete(l.tries, k)
	}
}

// forget drops rested keys, and all of them when somebody floods us with new ones.
func (l *limiter) forget(now time.Time) {
	if len(l.tries) < maxTriedKeys/2 {
		return
	}
	for k, t := range l.tries {
		if now.Sub(t.last) > forgetTries || len(l.tries) > maxTriedKeys && t.until.Before(now) {
			delete(l.tries, k)
		}
	}
}
