package messagegateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"vestnik/device"
	"vestnik/gateway/outbound"
)

// events are what the socket is asked for (facts: MG Bot OpenAPI, /ws).
var events = strings.Join([]string{
	"message_new", "message_updated", "chat_created", "chat_updated", "dialog_opened", "dialog_assign", "dialog_closed",
	"user_updated", "user_online_updated", "customer_updated", "channel_updated",
}, ",")

const (
	maxFrame = 4 << 20 // bytes of one frame; a usual one has 3 kB
	maxQueue = 20000   // frames that wait; beyond it the socket is dropped and what it said is read again
)

var errDenied = errors.New("the key to the chats was refused")

// socket is one connection. Its reader puts frames into a queue, so that nothing is
// lost while earlier ones are dealt with.
type socket struct {
	conn *websocket.Conn
	stop context.CancelFunc
	done sync.WaitGroup
	news chan struct{} // capacity 1: something was put into queue
	dead chan struct{} // closed when the connection is over

	mu    sync.Mutex
	queue []event
	err   error
}

// dial opens the socket.
func (s *Session) dial(ctx context.Context, c *client) (*socket, error) {
	const op = "messagegateway: connect"
	query := url.Values{"events": {events}}
	if s.options {
		query.Set("options", "include_mass_communication")
	}
	dialling, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	conn, resp, err := websocket.Dial(dialling, c.url("/ws", query), &websocket.DialOptions{
		HTTPClient: c.http, HTTPHeader: http.Header{c.header: {c.key}, "User-Agent": {"Vestnik"}},
	})
	if err != nil {
		return nil, s.notConnected(c, op, resp, err)
	}
	conn.SetReadLimit(maxFrame)
	life, stop := context.WithCancel(ctx)
	k := &socket{conn: conn, stop: stop, news: make(chan struct{}, 1), dead: make(chan struct{})}
	k.done.Go(func() { s.readSocket(life, k) })
	k.done.Go(func() { s.pingSocket(life, k) })
	return k, nil
}

// notConnected tells what a refused handshake means.
func (s *Session) notConnected(c *client, op string, resp *http.Response, err error) error {
	if resp == nil || resp.StatusCode == 0 {
		return c.unsent(get(op, "", nil), err)
	}
	switch status := resp.StatusCode; {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return errDenied
	case status == http.StatusBadRequest && s.options:
		// An older MG may not know the option; without it receipts of notices are
		// read at the next connection only.
		s.options = false
		return device.Errorf(device.Unavailable, op, "the socket does not take the option for mass communication")
	case status == http.StatusSwitchingProtocols:
		return device.Errorf(device.Unavailable, op, "the handshake of the socket failed")
	default:
		return device.Errorf(device.Unavailable, op, "the socket was refused with status %d", status)
	}
}

// close ends the connection and waits for its goroutines.
func (k *socket) close() {
	k.stop()
	_ = k.conn.CloseNow() // it may be over already
	k.done.Wait()
}

// fail notes why the connection is over.
func (k *socket) fail(err error) {
	k.mu.Lock()
	if k.err == nil {
		k.err = err
		close(k.dead)
	}
	k.mu.Unlock()
	k.stop()
}

// cause is why the connection is over.
func (k *socket) cause() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

// next takes the oldest frame out of the queue.
func (k *socket) next() (event, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.queue) == 0 {
		return event{}, false
	}
	e := k.queue[0]
	k.queue[0] = event{}
	if k.queue = k.queue[1:]; len(k.queue) == 0 {
		k.queue = nil
	}
	return e, true
}

func (k *socket) put(e event) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.queue) >= maxQueue {
		return false
	}
	k.queue = append(k.queue, e)
	wake(k.news)
	return true
}

func (s *Session) readSocket(ctx context.Context, k *socket) {
	for {
		kind, data, err := k.conn.Read(ctx)
		if err != nil {
			k.fail(brokenOff(err))
			return
		}
		s.heardAt.Store(s.opt.Now().UnixMilli())
		if kind != websocket.MessageText {
			continue
		}
		e, err := parseEvent(data)
		if err != nil {
			// What it was about is read again at the next connection.
			s.log.Warn("a frame of the chats cannot be read", "event", outbound.Clip(e.kind, 40), "bytes", len(data), "error", err)
			continue
		}
		if !k.put(e) {
			k.fail(device.Errorf(device.Unavailable, "messagegateway: listen", "more news than can be dealt with"))
			return
		}
	}
}

// brokenOff is the cause of a connection's end without addresses.
func brokenOff(err error) error {
	const op = "messagegateway: listen"
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		return device.Errorf(device.Unavailable, op, "the chats closed the socket with code %d", closed.Code)
	}
	return device.Errorf(device.Unavailable, op, "the socket broke off")
}

// pingSocket finds a dead connection: a working public listener pings every 30 s and
// waits 10 s.
func (s *Session) pingSocket(ctx context.Context, k *socket) {
	tick := time.NewTicker(s.opt.Pace.Ping)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		waiting, cancel := context.WithTimeout(ctx, s.opt.Pace.Pong)
		err := k.conn.Ping(waiting)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			k.fail(device.Errorf(device.Unavailable, "messagegateway: listen", "the socket does not answer to a ping within %s", s.opt.Pace.Pong))
			_ = k.conn.CloseNow() // it is dead anyway
			return
		}
		s.heardAt.Store(s.opt.Now().UnixMilli())
	}
}

// listen holds one connection: the socket first, then what was missed, so that
// nothing falls between; then the news as they come.
func (s *Session) listen(ctx context.Context, c *client) error {
	k, err := s.dial(ctx, c)
	if err != nil {
		return err
	}
	// What belongs to this connection ends with it.
	var others sync.WaitGroup
	visit, leave := context.WithCancel(ctx)
	defer k.close()
	defer others.Wait()
	defer leave()
	s.heardAt.Store(s.opt.Now().UnixMilli())
	drain(s.denied)
	if err := s.greet(visit, c); err != nil {
		return deniedOr(err)
	}
	if err := s.catchUp(visit, &others); err != nil {
		return deniedOr(err)
	}
	if err := s.dealWith(visit, k); err != nil {
		return deniedOr(err)
	}
	connected := s.opt.Now()
	s.move(device.LinkConnected, "")
	tick := time.NewTicker(s.opt.Pace.Ping)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-k.news:
		case <-tick.C:
			if s.opt.Now().Sub(connected) >= s.opt.Pace.RetryTo {
				s.fails = 0 // it lasts
			}
		case <-s.postKnown:
			if err := s.settleDue(visit); err != nil {
				return deniedOr(err)
			}
		case <-s.denied:
			// One call's refusal may be about that call alone.
			if err := s.greetBot(visit, c); err != nil {
				return deniedOr(err)
			}
		case <-s.asked:
			return errAsked
		case <-k.dead:
			// What came before the end is not to be read twice.
			if err := s.dealWith(visit, k); err != nil {
				return deniedOr(err)
			}
			return k.cause()
		}
		if err := s.dealWith(visit, k); err != nil {
			return deniedOr(err)
		}
	}
}

// dealWith deals with the frames that wait.
func (s *Session) dealWith(ctx context.Context, k *socket) error {
	for {
		e, ok := k.next()
		if !ok {
			return s.saveCursor(ctx)
		}
		if err := s.take(ctx, e); err != nil {
			return fmt.Errorf("deal with %s: %w", e.kind, err)
		}
	}
}

// deniedOr turns a refusal of the key into errDenied.
func deniedOr(err error) error {
	if device.KindOf(err) == device.Unauthorized {
		return errDenied
	}
	return err
}

func drain(c chan struct{}) {
	select {
	case <-c:
	default:
	}
}
