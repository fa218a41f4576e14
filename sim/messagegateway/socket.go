package messagegateway

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/coder/websocket"
)

// socket is one bot's connection for events, from before the handshake ends, so
// that nothing is lost that happens right after it.
type socket struct {
	bot    *bot
	events map[string]bool
	mass   bool
	stop   context.CancelFunc
	done   <-chan struct{}

	mu     sync.Mutex
	out    [][]byte
	signal chan struct{} // capacity 1: something was put into out
}

func (s *socket) put(frame []byte) {
	s.mu.Lock()
	s.out = append(s.out, frame)
	s.mu.Unlock()
	select {
	case s.signal <- struct{}{}:
	default:
	}
}

func (s *socket) take() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.out
	s.out = nil
	return out
}

// Sockets is how many event sockets are open.
func (gw *Gateway) Sockets() int {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	return len(gw.sockets)
}

// serveSocket answers GET /ws until either side ends it.
func (gw *Gateway) serveSocket(w http.ResponseWriter, r *http.Request) {
	ctx, stop := context.WithCancel(context.WithoutCancel(r.Context()))
	defer stop()
	s := &socket{events: map[string]bool{}, stop: stop, done: ctx.Done(), signal: make(chan struct{}, 1)}
	var no *answer
	gw.do(func() {
		entry := Request{At: gw.now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Status: http.StatusSwitchingProtocols}
		if no = gw.admit(s, r); no != nil {
			entry.Status = no.status
		} else {
			gw.sockets = append(gw.sockets, s)
		}
		gw.record(entry)
	})
	if no != nil {
		no.write(w)
		return
	}
	defer gw.do(func() { gw.sockets = slices.DeleteFunc(gw.sockets, func(have *socket) bool { return have == s }) })
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionDisabled, InsecureSkipVerify: true})
	if err != nil {
		gw.log.Warn("chat simulator: socket not accepted", "err", err)
		return
	}
	go func() {
		<-ctx.Done()
		_ = conn.CloseNow() // the bot may have closed first; there is nobody to tell
	}()
	go s.write(ctx, conn)
	for {
		// Reading answers pings; a bot has nothing to say.
		_, said, err := conn.Read(ctx)
		if err != nil {
			return
		}
		gw.do(func() { gw.puzzled("the bot said into its socket: " + string(said)) })
	}
}

func (s *socket) write(ctx context.Context, conn *websocket.Conn) {
	defer s.stop()
	for {
		select {
		case <-s.signal:
		case <-s.done:
			return
		}
		for _, frame := range s.take() {
			if err := conn.Write(ctx, websocket.MessageText, frame); err != nil {
				return
			}
		}
	}
}

// admit checks the token and reads what the bot wants to hear. Assumed: a socket
// without events or with an event that does not exist is refused.
func (gw *Gateway) admit(s *socket, r *http.Request) *answer {
	if gw.faults.refusesSockets() {
		no := page(http.StatusServiceUnavailable)
		return &no
	}
	if s.bot = gw.botByToken(r.Header.Get("X-Bot-Token")); s.bot == nil {
		no := unauthorized()
		return &no
	}
	query := r.URL.Query()
	for name := range strings.SplitSeq(query.Get("events"), ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains(eventTypes, name) {
			gw.puzzled("GET " + r.URL.Path + ": event " + name)
			return bad("events: value %q is not valid", name)
		}
		s.events[name] = true
	}
	for name := range strings.SplitSeq(query.Get("options"), ",") {
		switch strings.TrimSpace(name) {
		case "":
		case "include_mass_communication":
			s.mass = true
		default:
			gw.puzzled("GET " + r.URL.Path + ": option " + name)
			return bad("options: value %q is not valid", name)
		}
	}
	for name := range query {
		if name != "events" && name != "options" {
			gw.puzzled("GET " + r.URL.Path + ": parameter " + name)
		}
	}
	return nil
}

// dropSockets cuts connections without a goodbye.
func (gw *Gateway) dropSockets(which func(*socket) bool) {
	for _, s := range gw.sockets {
		if which(s) {
			s.stop()
		}
	}
	gw.sockets = slices.DeleteFunc(gw.sockets, which)
}
