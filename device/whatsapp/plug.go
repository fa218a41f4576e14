package whatsapp

import (
	"io"
	"net/http"
	"sync"
)

// plug holds the end of a line's websocket, to pull it out.
//
// The library's own Disconnect and the end of a connection by the other side race
// with each other: one clears a function pointer that the other is about to call. So
// a line is ended from below, as a dead network would: the library then goes its
// usual way.
type plug struct {
	dead chan struct{} // closed when the library has noticed the end
	once sync.Once

	mu     sync.Mutex
	pulled bool
	stream io.Closer // nil before the websocket stands
}

// pull closes the stream and tells whether there was one. A stream that comes later is
// closed at once.
func (p *plug) pull() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pulled = true
	if p.stream == nil {
		return false
	}
	_ = p.stream.Close() // it is of no use any more, whatever it says
	return true
}

func (p *plug) noticed() { p.once.Do(func() { close(p.dead) }) }

// around wraps the transport that opens the websocket.
func (p *plug) around(next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return socketOpener{p, next}
}

type socketOpener struct {
	plug *plug
	next http.RoundTripper
}

func (s socketOpener) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := s.next.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		return resp, err
	}
	s.plug.mu.Lock()
	defer s.plug.mu.Unlock()
	s.plug.stream = resp.Body
	if s.plug.pulled {
		_ = resp.Body.Close()
	}
	return resp, nil
}
