package helpdeskeddy

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

const (
	// defaultRate is requests a minute of this box.
	defaultRate = 60
	// accountRate is what the account answers in a minute, all its integrations together
	// (documented; the header X-Rate-Limit says it too).
	accountRate = 300
	// spareShare of the account's minute is left to others.
	spareShare = 5
	// sparePause is how long this box waits when that is reached: after a minute the
	// account's window has passed whatever it was.
	sparePause = time.Minute
	// banPause is how long a ban lasts (documented, and in the body of one seen in public
	// code; an older page says 48 hours), banJitter what is added so that not all integrations begin again
	// together.
	banPause  = 20 * time.Minute
	banJitter = 2 * time.Minute
)

// account is what all connections to one account share: the limit is the account's.
type account struct {
	limit *outbound.Limiter

	mu        sync.Mutex
	remaining int // of the account's minute, by its last answer; negative: not told
	quota     int
	why       gateway.HelpdeskState // of the silence: banned or sparing
	since     time.Time
	until     time.Time
	cause     string
	sent      []time.Time // requests of the last minute
}

// bucket turns requests in any minute into a bucket that is never over them: what may
// go at once, and what flows in a second, are together one minute's.
func bucket(perMinute int) (perSecond float64, burst int) {
	if perMinute <= 0 {
		perMinute = defaultRate
	}
	burst = max(1, perMinute/6)
	return max(1, float64(perMinute-burst)) / 60, burst
}

func newAccount(perMinute int) *account {
	perSecond, burst := bucket(perMinute)
	return &account{limit: outbound.NewLimiter("the helpdesk", perSecond, burst), remaining: -1}
}

// pace changes the ceiling; 0 leaves it.
func (a *account) pace(perMinute int) {
	if perMinute > 0 {
		a.limit.Pace(bucket(perMinute))
	}
}

// asks counts a request.
func (a *account) asks(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent = append(a.lastMinute(now), now)
}

// lastMinute is the requests of the last minute. The caller holds mu.
func (a *account) lastMinute(now time.Time) []time.Time {
	return slices.DeleteFunc(a.sent, func(at time.Time) bool { return now.Sub(at) >= time.Minute })
}

// reads takes what an answer says of the account's limit (documented: X-Rate-Limit and
// X-Rate-Limit-Remaining, for the account as a whole).
func (a *account) reads(h http.Header, now time.Time) {
	left, err := strconv.Atoi(strings.TrimSpace(h.Get("X-Rate-Limit-Remaining")))
	if err != nil || left < 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remaining, a.quota = left, accountRate
	if quota, err := strconv.Atoi(strings.TrimSpace(h.Get("X-Rate-Limit"))); err == nil && quota > 0 {
		a.quota = quota
	}
	if left < a.quota/spareShare {
		a.silence(gateway.HelpdeskSparing, now, sparePause, fmt.Sprintf("%d of the account's %d requests a minute are left", left, a.quota))
	}
}

// banned is silent while a ban lasts. It answers for how long.
func (a *account) banned(now time.Time, cause string) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := banPause + rand.N(banJitter)
	a.silence(gateway.HelpdeskBanned, now, d, cause)
	return d
}

// silence keeps every call back. The caller holds mu. A ban is not shortened to a
// pause, and one that was begun is not begun anew.
func (a *account) silence(why gateway.HelpdeskState, now time.Time, d time.Duration, cause string) {
	a.limit.Silence(d)
	until := now.Add(d)
	if until.Before(a.until) {
		return
	}
	if a.why != why || !now.Before(a.until) {
		a.since = now
	}
	a.why, a.until, a.cause = why, until, cause
}

// overlay lays what the account suffers over a connection's own state.
func (a *account) overlay(s *gateway.HelpdeskStatus, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s.Remaining, s.Limit = a.remaining, a.quota
	a.sent = a.lastMinute(now)
	s.Minute = len(a.sent)
	if now.Before(a.until) {
		s.State, s.Since, s.Until, s.Cause = a.why, a.since, a.until, a.cause
	}
}

// code names the silence for device.Error.
func (a *account) code() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.why == gateway.HelpdeskBanned {
		return codeBan
	}
	return codeQuota
}
