package whatsapp

import (
	"context"
	"crypto/cipher"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waWa6"
)

// conn is one websocket connection of a client, from the handshake to the close. The reader is the HTTP handler's goroutine, the
// writer a second one; only the writer touches the write cipher.
type conn struct {
	srv     *Server
	ws      *websocket.Conn
	stop    context.CancelFunc
	done    <-chan struct{}
	read    cipher.AEAD
	payload *waWa6.ClientPayload
	noise   [32]byte

	outMu  sync.Mutex
	out    []outgoing
	signal chan struct{} // capacity 1: something was put into out

	// Guarded by Server.mu.
	companion *companion // nil until logged in
	active    bool       // the client said <active/>: queued stanzas may flow
	pairing   *pairing   // under way on this connection, nil otherwise
	refs      []string   // QR references that lead to this connection
	available bool       // the client said that somebody looks at it
	announced bool       // the client was told its low prekey count on this connection
}

// outgoing is a node to write or, with node nil, the order to close the connection after a pause.
type outgoing struct {
	node  *waBinary.Node
	pause time.Duration
}

// send queues a node; it never blocks.
func (c *conn) send(node waBinary.Node) { c.enqueue(outgoing{node: &node}) }

// closeSoon says goodbye and closes after the pause that Options.CloseAtOnce switches off: the client handles stanzas and the closed socket
// in different goroutines, and would often miss the reason otherwise.
func (c *conn) closeSoon() {
	pause := 150 * time.Millisecond
	if c.srv.faults.closesAtOnce() {
		pause = 0
	}
	c.send(waBinary.Node{Tag: "xmlstreamend"})
	c.enqueue(outgoing{pause: pause})
}

func (c *conn) enqueue(item outgoing) {
	c.outMu.Lock()
	c.out = append(c.out, item)
	c.outMu.Unlock()
	select {
	case c.signal <- struct{}{}:
	default:
	}
}

// cut ends the connection without a word, as a dead network does.
func (c *conn) cut() { c.stop() }

// serveWebsocket is the handler of /ws/chat.
func (s *Server) serveWebsocket(w http.ResponseWriter, r *http.Request) {
	if s.faults.isDown() {
		panic(http.ErrAbortHandler) // closes the TCP connection without an answer
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		s.log.Warn("websocket not accepted", "err", err)
		return
	}
	ws.SetReadLimit(1 << 24) // the first upload of prekeys is about 40 KB, the default limit 32 KiB
	ctx, stop := context.WithCancel(context.WithoutCancel(r.Context()))
	defer stop()
	c := &conn{srv: s, ws: ws, stop: stop, done: ctx.Done(), signal: make(chan struct{}, 1)}
	if !s.register(c) {
		_ = ws.CloseNow() // the simulator is closed already
		return
	}
	defer s.unregister(c)
	// Not deferred after the reader only: the writer must be able to end the reader and the other way round.
	go func() {
		<-ctx.Done()
		_ = ws.CloseNow() // the peer may have closed first; there is nobody to tell
	}()

	stream := websocket.NetConn(ctx, ws, websocket.MessageBinary)
	if err = c.open(stream); err != nil {
		s.log.Debug("handshake ended", "err", err)
		return
	}
	s.opened(c)
	err = c.readLoop(stream)
	s.log.Debug("connection ended", "err", err)
}

// open does the handshake and starts the writer.
func (c *conn) open(stream io.ReadWriter) error {
	prologue := make([]byte, 4) // "WA", 6, dictionary version
	if _, err := io.ReadFull(stream, prologue); err != nil {
		return err
	}
	writeFrame := func(body []byte) error {
		framed, err := frame(body)
		if err != nil {
			return err
		}
		_, err = stream.Write(framed)
		return err
	}
	result, err := handshake(c.srv.id, prologue, func() ([]byte, error) { return readFrameFrom(stream) }, writeFrame)
	if err != nil {
		return err
	}
	c.read, c.payload, c.noise = result.read, result.payload, result.clientStatic
	go c.writeLoop(writeFrame, result.write)
	return nil
}

// readLoop hands every stanza to the server until the connection ends.
func (c *conn) readLoop(stream io.Reader) error {
	for counter := uint32(0); ; counter++ {
		body, err := readFrameFrom(stream)
		if err != nil {
			return err
		}
		node, err := c.decode(body, counter)
		if err != nil {
			c.srv.mu.Lock()
			c.srv.puzzled("a frame that cannot be decoded: %v", err)
			c.srv.mu.Unlock()
			return err
		}
		if !c.delay() {
			return context.Canceled
		}
		if !c.srv.faults.isFrozen() {
			c.srv.handle(c, node)
		}
	}
}

func (c *conn) decode(body []byte, counter uint32) (*waBinary.Node, error) {
	plain, err := c.read.Open(nil, nonce(counter), body, nil)
	if err != nil {
		return nil, err
	}
	unpacked, err := waBinary.Unpack(plain)
	if err != nil {
		return nil, err
	}
	return waBinary.Unmarshal(unpacked)
}

// delay holds a stanza back as Faults.Delay asks; false means that the connection ended meanwhile.
func (c *conn) delay() bool {
	pause := c.srv.faults.pause()
	if pause <= 0 {
		return true
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.done:
		return false
	}
}

// writeLoop writes one frame per websocket message: whatsmeow reassembles a frame split over two messages wrongly.
func (c *conn) writeLoop(writeFrame func([]byte) error, aead cipher.AEAD) {
	defer c.stop()
	counter := uint32(0)
	for {
		select {
		case <-c.signal:
		case <-c.done:
			return
		}
		c.outMu.Lock()
		batch := c.out
		c.out = nil
		c.outMu.Unlock()
		for _, item := range batch {
			if item.node == nil {
				c.sleep(item.pause)
				return
			}
			plain, err := waBinary.Marshal(*item.node)
			if err != nil {
				c.srv.log.Error("stanza cannot be encoded", "tag", item.node.Tag, "err", err)
				return
			}
			if err = writeFrame(aead.Seal(nil, nonce(counter), plain, nil)); err != nil {
				return
			}
			counter++
		}
	}
}

func (c *conn) sleep(pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.done:
	}
}
