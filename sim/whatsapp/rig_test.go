package whatsapp

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.mau.fi/libsignal/logger"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite"
)

// silent swallows libsignal's log lines, which go to stdout otherwise.
type silent struct{}

func (silent) Debug(string, string)   {}
func (silent) Info(string, string)    {}
func (silent) Warning(string, string) {}
func (silent) Error(string, string)   {}
func (silent) Configure(string)       {}

func TestMain(m *testing.M) {
	var quiet logger.Loggable = silent{}
	logger.Setup(&quiet)
	TrustRoot()
	os.Exit(m.Run())
}

// patience is how long a test waits for something that must happen.
const patience = 10 * time.Second

const shopNumber = "+79990000001"

// rig is a server, a shop with its phone, and any number of real clients.
type rig struct {
	t     *testing.T
	srv   *Server
	phone *Phone
	http  *http.Client
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := newRigOn(t, (*Server).HTTPClient)
	return r
}

func newRigOn(t *testing.T, door func(*Server) *http.Client) *rig {
	t.Helper()
	srv, err := New(Options{Logger: testLogger(t)})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, srv: srv, phone: srv.AddPhone(shopNumber, "Shop"), http: door(srv)}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		for _, what := range srv.NotUnderstood() {
			t.Errorf("the server did not understand: %s", what)
		}
	})
	return r
}

func testLogger(t *testing.T) *slog.Logger {
	if os.Getenv("SIM_LOG") == "" {
		return nil
	}
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// client is the real whatsmeow client on a SQLite file of its own.
type client struct {
	*whatsmeow.Client
	r         *rig
	container *sqlstore.Container
	refuse    bool // the message handler reports failure

	mu     sync.Mutex
	events []any
	more   chan struct{}
}

func (r *rig) openStore() *sqlstore.Container {
	r.t.Helper()
	dsn := "file:" + filepath.Join(r.t.TempDir(), "wa.db") +
		"?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=busy_timeout(10000)&_txlock=immediate"
	container, err := sqlstore.New(context.Background(), "sqlite", dsn, waLog.Noop)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = container.Close() })
	return container
}

func (r *rig) newClient() *client {
	r.t.Helper()
	return r.clientOn(r.openStore())
}

func (r *rig) clientOn(container *sqlstore.Container) *client {
	r.t.Helper()
	device, err := container.GetFirstDevice(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	log := waLog.Noop
	if os.Getenv("SIM_LOG") != "" {
		log = waLog.Stdout("client", "DEBUG", false)
	}
	c := &client{Client: whatsmeow.NewClient(device, log), r: r, container: container, more: make(chan struct{})}
	c.SetWebsocketHTTPClient(r.http)
	c.SetPreLoginHTTPClient(r.http)
	c.SetMediaHTTPClient(r.http)
	c.EnableDecryptedEventBuffer = true
	c.SynchronousAck = true
	c.UseRetryMessageStore = true
	c.ManualHistorySyncDownload = true
	c.AddEventHandlerWithSuccessStatus(c.handle)
	r.t.Cleanup(c.Disconnect)
	return c
}

func (c *client) handle(evt any) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = append(c.events, evt)
	close(c.more)
	c.more = make(chan struct{})
	_, isMessage := evt.(*events.Message)
	return !isMessage || !c.refuse
}

func (c *client) setRefuse(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = on
}

// wait returns the first event from index from on that fits, and the index behind it.
func wait[E any](c *client, from int, fits func(E) bool) (E, int) {
	c.r.t.Helper()
	deadline := time.After(patience)
	for i := from; ; i++ {
		for {
			c.mu.Lock()
			more, n := c.more, len(c.events)
			var evt any
			if i < n {
				evt = c.events[i]
			}
			c.mu.Unlock()
			if i < n {
				if e, ok := evt.(E); ok && (fits == nil || fits(e)) {
					return e, i + 1
				}
				break
			}
			select {
			case <-more:
			case <-deadline:
				var zero E
				c.r.t.Fatalf("no %T came; events: %s", zero, c.names())
			}
		}
	}
}

func (c *client) seen() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.events)
}

func (c *client) names() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list string
	for _, evt := range c.events {
		list += fmt.Sprintf("%T ", evt)
	}
	return list
}

// gone waits until the client has noticed that its connection ended.
func (c *client) gone() {
	c.r.t.Helper()
	for deadline := time.Now().Add(patience); c.IsConnected(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			c.r.t.Fatal("the client is still connected")
		}
	}
}

// count is how many events of a type fit.
func count[E any](c *client, fits func(E) bool) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, evt := range c.events {
		if e, ok := evt.(E); ok && (fits == nil || fits(e)) {
			n++
		}
	}
	return n
}

// linked is a client that is paired by QR and logged in.
func (r *rig) linked() *client {
	r.t.Helper()
	c := r.newClient()
	r.link(c)
	return c
}

func (r *rig) link(c *client) {
	r.t.Helper()
	qr, err := c.GetQRChannel(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	from := c.seen()
	if err = c.Connect(); err != nil {
		r.t.Fatal(err)
	}
	if err = r.phone.ScanQR(firstCode(r.t, qr)); err != nil {
		r.t.Fatal(err)
	}
	wait[*events.Connected](c, from, nil)
}

func firstCode(t *testing.T, qr <-chan whatsmeow.QRChannelItem) string {
	t.Helper()
	select {
	case item := <-qr:
		if item.Event != whatsmeow.QRChannelEventCode {
			t.Fatalf("QR channel says %q (%v)", item.Event, item.Error)
		}
		return item.Code
	case <-time.After(patience):
		t.Fatal("no QR code came")
		return ""
	}
}

// await waits for a condition on the server.
func (r *rig) await(what string, cond func() bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.srv.Await(ctx, cond); err != nil {
		r.t.Fatalf("%s did not happen: %v", what, err)
	}
}

func (r *rig) texts(customer *Customer, n int) []Received {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	inbox, err := customer.Await(ctx, n)
	if err != nil {
		r.t.Fatalf("inbox of %s: %v: %v", customer.Number(), err, inbox)
	}
	return inbox
}

// numberJID is the address of a number.
func numberJID(number string) types.JID { return types.NewJID(digits(number), types.DefaultUserServer) }

// send sends a text through the real client.
func (c *client) send(to, text string, extra ...whatsmeow.SendRequestExtra) (whatsmeow.SendResponse, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return c.SendMessage(ctx, numberJID(to), &waE2E.Message{Conversation: proto.String(text)}, extra...)
}

func (c *client) mustSend(to, text string) types.MessageID {
	c.r.t.Helper()
	resp, err := c.send(to, text)
	if err != nil {
		c.r.t.Fatalf("send to %s: %v", to, err)
	}
	return resp.ID
}

// receipt waits for a receipt of a type for a message.
func (c *client) receipt(id types.MessageID, kind types.ReceiptType) *events.Receipt {
	c.r.t.Helper()
	found, _ := wait(c, 0, func(e *events.Receipt) bool {
		for _, named := range e.MessageIDs {
			if named == id && e.Type == kind {
				return true
			}
		}
		return false
	})
	return found
}

// message waits for a text.
func (c *client) message(text string) *events.Message {
	c.r.t.Helper()
	found, _ := wait(c, 0, func(e *events.Message) bool { return e.Message.GetConversation() == text })
	return found
}
