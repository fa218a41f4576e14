package messagegateway

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Faults makes the gateway misbehave. All switches are off at first and may be
// thrown at any time; the counted ones are used up one at a time.
type Faults struct {
	gw *Gateway

	mu       sync.Mutex
	down     bool
	noSocket bool
	slow     time.Duration
	html     int
	statuses []int
	losePost int
	cutPost  int
	lose     int
	twice    int
	swap     bool
	hold     bool
}

func (f *Faults) with(fn func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fn()
}

// Down cuts every request at once, unprocessed, and the sockets with them.
func (f *Faults) Down(on bool) {
	f.with(func() { f.down = on })
	if on {
		f.DropSockets()
	}
}

// DropSockets cuts all event sockets without a goodbye.
func (f *Faults) DropSockets() {
	f.gw.do(func() { f.gw.dropSockets(func(*socket) bool { return true }) })
}

// RefuseSockets answers new event sockets with 503.
func (f *Faults) RefuseSockets(on bool) { f.with(func() { f.noSocket = on }) }

// LosePost processes the next n POST /messages, of either API, and cuts the
// connection before the answer.
func (f *Faults) LosePost(n int) { f.with(func() { f.losePost = n }) }

// CutPost cuts the connection of the next n POST /messages before they are
// processed.
func (f *Faults) CutPost(n int) { f.with(func() { f.cutPost = n }) }

// Status refuses the next n requests, unprocessed: 429, 503 and other statuses of
// the web server with its page, 500 with the API's JSON. Calls add up.
func (f *Faults) Status(status, n int) {
	f.with(func() {
		for range n {
			f.statuses = append(f.statuses, status)
		}
	})
}

// HTML answers the next n requests with status 502 and a web page, unprocessed.
func (f *Faults) HTML(n int) { f.with(func() { f.html = n }) }

// SlowBy delays every answer by d, after the request was processed.
func (f *Faults) SlowBy(d time.Duration) { f.with(func() { f.slow = d }) }

// RevokeBotTokens makes the tokens of all bots invalid and closes their sockets,
// as when somebody registers the module again elsewhere.
func (f *Faults) RevokeBotTokens() {
	f.gw.do(func() {
		for _, b := range f.gw.bots {
			b.token = ""
		}
		f.gw.dropSockets(func(*socket) bool { return true })
	})
}

// RevokeTransportTokens makes the tokens of all transports invalid.
func (f *Faults) RevokeTransportTokens() {
	f.gw.do(func() {
		for _, t := range f.gw.transports {
			t.token = ""
		}
	})
}

// Twice delivers each of the next n events twice.
func (f *Faults) Twice(n int) { f.with(func() { f.twice = n }) }

// LoseEvents swallows the next n events; the socket stays.
func (f *Faults) LoseEvents(n int) { f.with(func() { f.lose = n }) }

// Swap delivers the next two events in the wrong order. The first waits until
// there is a second.
func (f *Faults) Swap() { f.with(func() { f.swap = true }) }

// Hold keeps events back while the sockets stay open; Hold(false) delivers them
// to the sockets that are open then.
func (f *Faults) Hold(on bool) {
	f.gw.do(func() {
		f.with(func() { f.hold = on })
		if on {
			return
		}
		for _, e := range f.gw.held {
			f.gw.hand(e)
		}
		f.gw.held = nil
	})
}

// Clear switches everything off. Revoked tokens stay revoked.
func (f *Faults) Clear() {
	f.with(func() {
		f.down, f.noSocket, f.slow, f.html, f.statuses = false, false, 0, 0, nil
		f.losePost, f.cutPost, f.lose, f.twice, f.swap = 0, 0, 0, 0, false
	})
	f.gw.do(func() {
		if first := f.gw.parked; first != nil {
			f.gw.parked = nil
			f.gw.hand(*first)
		}
	})
	f.Hold(false)
}

func (f *Faults) refusesSockets() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.noSocket
}

// IsDown tells what Down was last told.
func (f *Faults) IsDown() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.down
}

// luck is what befalls one request.
type luck struct {
	cut     bool    // before it is processed
	lost    bool    // after it
	instead *answer // sent without processing
	slow    time.Duration
}

func (f *Faults) draw(r *http.Request) luck {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := luck{slow: f.slow}
	post := r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/v1/messages")
	switch {
	case f.down:
		out.cut = true
	case strings.HasSuffix(r.URL.Path, "/ws"):
		out.slow = 0
	case f.html > 0:
		f.html--
		no := page(http.StatusBadGateway)
		out.instead = &no
	case len(f.statuses) > 0:
		no := page(f.statuses[0])
		if f.statuses[0] == http.StatusInternalServerError {
			no = fail(http.StatusInternalServerError, "Something went wrong")
		}
		f.statuses = f.statuses[1:]
		out.instead = &no
	case post && f.cutPost > 0:
		f.cutPost--
		out.cut = true
	case post && f.losePost > 0:
		f.losePost--
		out.lost = true
	}
	return out
}
