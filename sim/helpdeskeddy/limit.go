package helpdeskeddy

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// limiter counts the requests of the whole account. Assumed: the minute slides,
// refused requests use nothing up, a ban is not prolonged by requests, and after it
// the minute begins anew.
type limiter struct {
	allowed []time.Time // in the last minute, other integrations included
	seen    []time.Time // own ones in the last minute, refused ones included
	max     int
	until   time.Time // end of the ban
}

// take uses n requests up at now and reports whether they are answered.
func (l *limiter) take(now time.Time, n, rate int, ban time.Duration) bool {
	if now.Before(l.until) {
		return false
	}
	l.allowed = after(l.allowed, now.Add(-time.Minute))
	for range n {
		if rate >= 0 && len(l.allowed) >= rate {
			l.until, l.allowed = now.Add(ban), nil
			return false
		}
		l.allowed = append(l.allowed, now)
	}
	return true
}

// note counts a request for MaxPerMinute.
func (l *limiter) note(now time.Time) {
	l.seen = append(after(l.seen, now.Add(-time.Minute)), now)
	l.max = max(l.max, len(l.seen))
}

// after drops times not later than from; times are ascending.
func after(times []time.Time, from time.Time) []time.Time {
	for len(times) > 0 && !times[0].After(from) {
		times = times[1:]
	}
	return times
}

// banned is the answer of a ban. Seen with 401; the code that goes with 429 is
// inferred.
func (a *Account) banned() answer {
	return fail(a.opt.BanAs, "Ban", fmt.Sprintf("Ban for %d min. API limit reached (%d request per minute).",
		int(a.opt.BanFor/time.Minute), max(a.opt.Rate, 0)))
}

// limitHeaders tells the account's limit and what is left of it.
func (a *Account) limitHeaders(h http.Header) {
	if a.opt.Rate < 0 {
		return
	}
	left := 0
	if now := a.now(); !now.Before(a.limiter.until) {
		left = a.opt.Rate - len(after(a.limiter.allowed, now.Add(-time.Minute)))
	}
	h.Set("X-Rate-Limit", strconv.Itoa(a.opt.Rate))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(max(left, 0)))
}

// OtherTraffic plays n requests that other integrations of the account send at
// once. They use up the common allowance and may bring the ban.
func (a *Account) OtherTraffic(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.limiter.take(a.now(), n, a.opt.Rate, a.opt.BanFor)
}

// Ban bans the whole account from now on for d; 0 ends a ban.
func (a *Account) Ban(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.limiter.until, a.limiter.allowed = a.now().Add(d), nil
}

// Banned tells until when the account is banned; ok is false when it is not.
func (a *Account) Banned() (until time.Time, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.limiter.until, a.now().Before(a.limiter.until)
}

// MaxPerMinute is the largest number of requests that arrived within any one
// minute, refused ones included and OtherTraffic left out.
func (a *Account) MaxPerMinute() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.limiter.max
}
