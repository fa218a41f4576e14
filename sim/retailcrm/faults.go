package retailcrm

import (
	"sync"
	"time"
)

// Faults makes the account misbehave. All switches are off at first and may be
// thrown at any time. The counted ones work on the next n requests, whatever
// they are, and are used up one at a time in the order of the methods below.
type Faults struct {
	mu        sync.Mutex
	down      bool
	noAccount bool
	wrongKey  bool
	dropped   map[string]bool
	slow      time.Duration
	html      int
	statuses  []int
	lose      int
	empty     int
	truncate  int
}

func newFaults() *Faults { return &Faults{dropped: map[string]bool{}} }

func (f *Faults) with(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fn()
}

// Down makes every request fail without an answer: through [Account.Transport]
// as a refused connection, over a socket as a connection cut at once. Nothing is
// processed.
func (f *Faults) Down(on bool) { f.with(func() { f.down = on }) }

// NoAccount answers every request with the web page for an unknown account.
func (f *Faults) NoAccount(on bool) { f.with(func() { f.noAccount = on }) }

// WrongKey revokes every key: 403 Wrong "apiKey" value.
func (f *Faults) WrongKey(on bool) { f.with(func() { f.wrongKey = on }) }

// DropScope takes a right away from every key, e.g. "order_write".
func (f *Faults) DropScope(name string) { f.with(func() { f.dropped[name] = true }) }

// RestoreScope undoes DropScope.
func (f *Faults) RestoreScope(name string) { f.with(func() { delete(f.dropped, name) }) }

// SlowBy delays every answer by d; the request is processed before the delay,
// so that a caller who gives up has changed the CRM all the same.
func (f *Faults) SlowBy(d time.Duration) { f.with(func() { f.slow = d }) }

// HTML answers the next n requests with status 200 and a web page, unprocessed.
func (f *Faults) HTML(n int) { f.with(func() { f.html = n }) }

// Status refuses the next n requests with the status: 429 and 5xx with the page
// of the web server in front, 500 with the API's own JSON. Unprocessed. Calls
// add up.
func (f *Faults) Status(status, n int) {
	f.with(func() {
		for range n {
			f.statuses = append(f.statuses, status)
		}
	})
}

// LoseAnswer processes the next n requests and cuts the connection before the
// answer. Over a real socket Go's client repeats a lost GET by itself when the
// connection was reused, so a GET may be counted twice.
func (f *Faults) LoseAnswer(n int) { f.with(func() { f.lose = n }) }

// EmptyBody processes the next n requests and answers 200 with no body.
func (f *Faults) EmptyBody(n int) { f.with(func() { f.empty = n }) }

// TruncateBody processes the next n requests and cuts the connection in the
// middle of the answer.
func (f *Faults) TruncateBody(n int) { f.with(func() { f.truncate = n }) }

// Clear switches everything off.
func (f *Faults) Clear() {
	f.with(func() {
		f.down, f.noAccount, f.wrongKey, f.slow = false, false, false, 0
		f.html, f.statuses, f.lose, f.empty, f.truncate = 0, nil, 0, 0, 0
		clear(f.dropped)
	})
}

// ending is how an answer leaves the account.
type ending int

const (
	whole ending = iota
	lost
	emptied
	truncated
)

// luck is what befalls one request.
type luck struct {
	down     bool
	instead  *answer // sent instead of processing
	ending   ending
	slow     time.Duration
	wrongKey bool
}

// draw uses up the faults that befall the request that has just arrived.
func (f *Faults) draw() luck {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := luck{slow: f.slow, wrongKey: f.wrongKey}
	switch {
	case f.down:
		out.down = true
	case f.noAccount:
		page := noAccountPage()
		out.instead = &page
	case f.html > 0:
		f.html--
		page := worksPage()
		out.instead = &page
	case len(f.statuses) > 0:
		status := f.statuses[0]
		f.statuses = f.statuses[1:]
		no := gatewayPage(status)
		if status == 500 {
			no = fail(status, "Internal Server Error", nil)
		}
		out.instead = &no
	case f.lose > 0:
		f.lose--
		out.ending = lost
	case f.empty > 0:
		f.empty--
		out.ending = emptied
	case f.truncate > 0:
		f.truncate--
		out.ending = truncated
	}
	return out
}

func (f *Faults) isDropped(scope string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dropped[scope]
}

// IsDown tells what Down was last told.
func (f *Faults) IsDown() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.down
}
