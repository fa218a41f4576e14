package helpdeskeddy

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Faults makes the account misbehave. The counted ones work on the next n requests
// that fit, in the order in which they were armed; a request gets one of them.
// Requests count against the limit all the same.
type Faults struct {
	mu    sync.Mutex
	down  bool
	slow  time.Duration
	armed []fault
}

// Where chooses requests. The zero value is all of them.
type Where struct {
	Method string // "" is any
	Path   string // a part of the path, e.g. "/comments/"
}

func (w Where) fits(r *http.Request) bool {
	return (w.Method == "" || w.Method == r.Method) && strings.Contains(r.URL.Path, w.Path)
}

// fault is a fault armed for one request.
type fault struct {
	where Where
	luck
}

// luck is what befalls one request.
type luck struct {
	down    bool
	cut     bool    // before processing
	instead *answer // sent instead of processing
	odd     *answer // sent instead of the answer, after processing
	ending  ending
	slow    time.Duration
}

// ending is how an answer leaves the account.
type ending int

const (
	whole ending = iota
	lost
	truncated
)

func (f *Faults) arm(n int, w Where, l luck) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range n {
		f.armed = append(f.armed, fault{w, l})
	}
}

// Down makes every request fail without an answer, unprocessed: through
// [Account.Transport] as a refused connection, over a socket as one cut at once.
func (f *Faults) Down(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = on
}

// SlowBy delays every answer by d; the request is processed before the delay.
func (f *Faults) SlowBy(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.slow = d
}

// Slow delays the answers of n requests by d, after processing. A caller who gives
// up ends the delay.
func (f *Faults) Slow(n int, d time.Duration, w Where) { f.arm(n, w, luck{slow: d}) }

// CutBefore cuts the connection of n requests before they are processed.
func (f *Faults) CutBefore(n int, w Where) { f.arm(n, w, luck{cut: true}) }

// CutAfter processes n requests and cuts the connection before the answer. Over a
// real socket Go's client repeats a lost GET by itself when the connection was
// reused, so a GET may be counted twice.
func (f *Faults) CutAfter(n int, w Where) { f.arm(n, w, luck{ending: lost}) }

// Page answers n requests with the status and the web page of a gateway,
// unprocessed. 502 is usual, 200 is seen with captive portals and maintenance.
func (f *Faults) Page(status, n int, w Where) {
	p := page(status)
	f.arm(n, w, luck{instead: &p})
}

// Fail answers n requests with 500 and the API's own error body, unprocessed.
func (f *Faults) Fail(n int, w Where) {
	no := fail(http.StatusInternalServerError, "Internal server error", "Internal server error")
	f.arm(n, w, luck{instead: &no})
}

// Truncate processes n requests and cuts the connection in the middle of the
// answer's JSON.
func (f *Faults) Truncate(n int, w Where) { f.arm(n, w, luck{ending: truncated}) }

// Odd processes n requests and answers 200 with the body, said to be JSON.
func (f *Faults) Odd(n int, body string, w Where) {
	f.arm(n, w, luck{odd: &answer{status: http.StatusOK, kind: "application/json", text: body}})
}

// Bodies for [Faults.Odd] that have been seen of PHP programs, or might be.
const (
	OddEmpty  = ""
	OddNull   = "null"
	OddList   = "[]"
	OddNoData = "{}"
	OddText   = `"ok"`
	OddData   = `{"data":false}`
	OddNotice = "<br />\n<b>Notice</b>: Undefined index in <b>/var/www/api.php</b><br />\n" + `{"data":[]}`
)

// Left is how many counted faults nobody has met yet. A test that arms some asserts
// that none are left.
func (f *Faults) Left() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.armed)
}

// Clear switches everything off.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down, f.slow, f.armed = false, 0, nil
}

// draw uses up the fault that befalls the request that has just arrived.
func (f *Faults) draw(r *http.Request) luck {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return luck{down: true}
	}
	for i, armed := range f.armed {
		if armed.where.fits(r) {
			f.armed = append(f.armed[:i:i], f.armed[i+1:]...)
			armed.slow += f.slow
			return armed.luck
		}
	}
	return luck{slow: f.slow}
}
