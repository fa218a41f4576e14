package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// Options configure a simulator; the zero value is usable.
type Options struct {
	// Logger receives what the simulator does, at debug level mostly. Default: discard.
	Logger *slog.Logger
	// Now is the server's clock: message times, QR expiry. Default: time.Now, which is virtual inside testing/synctest.
	Now func() time.Time
	// CertificateFrom is when the server's certificate becomes valid. Default: 1970. A later time lets a test show what a
	// client with a clock in the past does.
	CertificateFrom time.Time
}

// Server is a WhatsApp server for any number of phones and companions. It is an http.Handler: the websocket at /ws/chat, media under
// /mms/ and /v/. All methods may be called from several goroutines.
type Server struct {
	log    *slog.Logger
	now    func() time.Time
	id     *identityOfServer
	faults Faults
	media  mediaStore
	listen listening

	mu       sync.Mutex // guards everything below and the fields of conn, account, companion and device that say so
	closed   bool
	changed  chan struct{} // closed and replaced whenever something changed: Await waits on it
	conns    map[*conn]struct{}
	accounts map[string]*account // by phone number without '+'
	lids     map[string]*account // by the user part of the LID
	aliases  map[string]string   // other spellings of a number -> the number
	invalid  map[string]bool     // numbers which the directory leaves out of its answer
	refs     map[string]*qrRef
	codes    map[string]*linkCode // by reference
	ids      int                  // counter for stanza ids, references and LIDs

	notUnderstood []string
	queries       []DirectoryQuery
	presences     []Presence
	typings       []Typing
	rejected      []Rejected
	listeners     []*listener
}

// New makes a server. It accepts connections as soon as it is mounted somewhere, or after Start, or through PipeHTTPClient.
func New(opts Options) (*Server, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	var from uint64
	if !opts.CertificateFrom.IsZero() {
		from = uint64(max(opts.CertificateFrom.Unix(), 0))
	}
	id, err := newIdentityOfServer(from)
	if err != nil {
		return nil, err
	}
	s := &Server{
		log: opts.Logger, now: opts.Now, id: id,
		changed: make(chan struct{}), conns: map[*conn]struct{}{},
		accounts: map[string]*account{}, lids: map[string]*account{}, aliases: map[string]string{}, invalid: map[string]bool{},
		refs: map[string]*qrRef{}, codes: map[string]*linkCode{},
	}
	s.faults.srv = s
	s.media.blobs = map[string][]byte{}
	return s, nil
}

// ServeHTTP serves what web.whatsapp.com and the media hosts serve to a client.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/ws/chat":
		s.serveWebsocket(w, r)
	case s.faults.isDown():
		panic(http.ErrAbortHandler) // closes the TCP connection without an answer
	default:
		s.serveMedia(w, r)
	}
}

// Faults is the switchboard of bad luck.
func (s *Server) Faults() *Faults { return &s.faults }

// Disconnect cuts every connection now, as a dead network does. Clients may come back at once.
func (s *Server) Disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.cut()
	}
}

// Connected is the number of open connections, those of clients which are not logged in included.
func (s *Server) Connected() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// NotUnderstood lists, in order, the stanzas (or parts of them) which the simulator could not interpret. Not empty means: the
// client did something that nobody has modelled, and the test must not be believed.
func (s *Server) NotUnderstood() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.notUnderstood...)
}

// Await returns when cond is true, looking again after every change in the server, or with the context's error. cond is called without
// locks and may use every method.
func (s *Server) Await(ctx context.Context, cond func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("whatsapp simulator: waiting for a condition: %w", ctx.Err())
		}
	}
}

// touch wakes Await. Called with mu held.
func (s *Server) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// puzzled notes something that was not understood. Called with mu held.
func (s *Server) puzzled(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.log.Warn("not understood", "what", text)
	s.notUnderstood = append(s.notUnderstood, text)
	s.touch()
}

// nextID is a number for stanza ids and references. Called with mu held.
func (s *Server) nextID() string {
	s.ids++
	return strconv.Itoa(s.ids)
}

func (s *Server) unix() string { return strconv.FormatInt(s.now().Unix(), 10) }

func (s *Server) register(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[c] = struct{}{}
	s.touch()
	return true
}

func (s *Server) unregister(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	for _, ref := range c.refs {
		delete(s.refs, ref)
	}
	for ref, code := range s.codes {
		if code.conn == c {
			delete(s.codes, ref)
		}
	}
	if c.pairing != nil {
		c.pairing.finish(errors.New("the connection of the new device ended"))
		c.pairing = nil
	}
	if c.companion != nil && c.companion.conn == c {
		c.companion.conn = nil
	}
	s.touch()
}

// opened decides after the handshake what the client is here for.
func (s *Server) opened(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.payload.GetDevicePairingData() != nil {
		s.offerPairing(c)
	} else {
		s.login(c)
	}
	s.touch()
}

// handle interprets one stanza of a client.
func (s *Server) handle(c *conn, node *waBinary.Node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.touch()
	if c.companion == nil && node.Tag != "iq" && node.Tag != "ack" && node.Tag != "ib" && node.Tag != "xmlstreamend" {
		s.puzzled("%s from a client that is not logged in", node)
		return
	}
	if c.companion != nil && c.companion.conn != c {
		return // cut, replaced or unlinked: what is still in the pipe counts as lost
	}
	switch node.Tag {
	case "iq":
		s.handleIQ(c, node)
	case "message":
		s.handleMessage(c, node)
	case "receipt":
		s.handleReceipt(c, node)
	case "ack":
		s.handleAck(c, node)
	case "presence":
		s.handlePresence(c, node)
	case "chatstate":
		s.handleChatState(c, node)
	case "ib", "xmlstreamend":
		// Session statistics and goodbyes ask for no answer.
	default:
		s.puzzled("%s", node)
	}
}

// Start opens a listener on 127.0.0.1 with a free port, which HTTPClient then uses.
func (s *Server) Start() error { return s.listen.start(s) }

// Addr is host:port of the listener that Start opened, or "".
func (s *Server) Addr() string { return s.listen.addr() }

// Close cuts all connections and closes the listeners that the server opened itself.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for c := range s.conns {
		c.cut()
	}
	for _, l := range s.listeners {
		l.close()
	}
	s.listeners = nil
	s.touch()
	s.mu.Unlock()
	return s.listen.close()
}

// fromServer is the sender of the server's own stanzas: a JID with an empty user, never a string.
func fromServer(attrs waBinary.Attrs) waBinary.Attrs {
	attrs["from"] = types.ServerJID
	return attrs
}

// bytesOf is the content of a leaf; texts that happen to be in the codec's dictionary arrive as strings.
func bytesOf(node waBinary.Node) []byte {
	switch content := node.Content.(type) {
	case []byte:
		return content
	case string:
		return []byte(content)
	}
	return nil
}

// leaf is a node whose content is bytes, as the client expects of all leaves.
func leaf(tag string, content []byte) waBinary.Node {
	return waBinary.Node{Tag: tag, Content: content}
}
