package retailcrm

import "time"

// limiter counts requests in a sliding second. Refused requests do not use up
// the allowance but do count in the maximum seen.
type limiter struct {
	allowed []time.Time // answered in the last second
	seen    []time.Time // all in the last second
	max     int
}

// take reports whether a request at now is within rate (negative: no limit).
func (l *limiter) take(now time.Time, rate int) bool {
	from := now.Add(-time.Second)
	l.seen = append(after(l.seen, from), now)
	l.max = max(l.max, len(l.seen))
	l.allowed = after(l.allowed, from)
	if rate >= 0 && len(l.allowed) >= rate {
		return false
	}
	l.allowed = append(l.allowed, now)
	return true
}

// after drops times not later than from; times are ascending.
func after(times []time.Time, from time.Time) []time.Time {
	for len(times) > 0 && !times[0].After(from) {
		times = times[1:]
	}
	return times
}

// MaxPerSecond is the largest number of requests that arrived within any one
// second, refused ones included.
func (a *Account) MaxPerSecond() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.limiter.max
}
