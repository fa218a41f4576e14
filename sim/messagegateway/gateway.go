package messagegateway

import (
	"html"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"vestnik/sim/retailcrm"
)

// Options of a gateway. The zero value is good for most tests.
type Options struct {
	// URL is the address that modules are told, see [Gateway.SetURL].
	URL string
	Now func() time.Time // the account's clock when nil
	// Client posts webhooks and fetches files by URL. When nil it is one that
	// gives up after 30 seconds; Assumed: that is how long MG waits for a webhook.
	Client *http.Client
	// AsyncTimeout is how long an asynchronous transport has for its ack; a minute
	// when 0. Assumed: the real time is not documented.
	AsyncTimeout time.Duration
	Unknowns     Unknowns
	Logger       *slog.Logger // discarded when nil
}

// Gateway is the MG server of one account. It is an [http.Handler] for the whole
// host and is safe for concurrent use.
type Gateway struct {
	account *retailcrm.Account
	now     func() time.Time
	client  *http.Client
	async   time.Duration
	log     *slog.Logger
	faults  *Faults
	routes  []route

	mu         sync.Mutex
	url        string
	hideURL    bool
	disabled   bool
	unknown    Unknowns
	delivery   Delivery
	failing    []Delivery // the next messages that fail, oldest first
	handTo     actor      // who gets new dialogs
	requests   []Request
	puzzles    []string
	listeners  []func()
	sockets    []*socket
	held       []event
	parked     *event // waits to be sent after its successor
	lastID     map[string]int
	tokens     int
	bots       []*bot
	transports []*transport
	channels   []*channel
	customers  []*customer
	users      []*user
	chats      []*chat
	dialogs    []*dialog
	messages   []*message
	members    []*member
	files      []*file
}

// New gives the account chats.
func New(account *retailcrm.Account, opt Options) *Gateway {
	if opt.Now == nil {
		opt.Now = account.Now
	}
	if opt.Client == nil {
		opt.Client = &http.Client{Timeout: 30 * time.Second}
	}
	if opt.AsyncTimeout == 0 {
		opt.AsyncTimeout = time.Minute
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	gw := &Gateway{
		account: account, now: opt.Now, client: opt.Client, async: opt.AsyncTimeout, log: opt.Logger,
		url: opt.URL, unknown: opt.Unknowns,
		// Every kind begins elsewhere, so that an id of one kind is none of another.
		lastID: map[string]int{
			"bot": 759, "transport": 4, "channel": 70, "customer": 390, "chat": 1200, "dialog": 2050, "message": 33700,
			"member": 5100, "command": 20, "file": 0, "crm-channel": 6, "crm-customer": 9400, "in-app": 630,
		},
	}
	gw.faults = &Faults{gw: gw}
	gw.routes = append(botRoutes(), transportRoutes()...)
	for _, u := range account.Users() {
		gw.users = append(gw.users, &user{
			id: u.MGUserID, crmID: u.ID, first: u.FirstName, last: u.LastName, email: u.Email,
			created: u.CreatedAt, active: u.Active, online: u.Online, connected: u.Online,
		})
	}
	account.AttachChats(asChats{gw})
	return gw
}

// SetURL says under which address the gateway is served. It is the endpointUrl of
// a module's registration.
func (gw *Gateway) SetURL(url string) { gw.do(func() { gw.url = strings.TrimSuffix(url, "/") }) }

// HideURL leaves endpointUrl out of registrations, as some accounts do.
func (gw *Gateway) HideURL(on bool) { gw.do(func() { gw.hideURL = on }) }

// SwitchOff takes the chats out of the account's tariff: registrations answer
// without a token and known tokens are refused.
func (gw *Gateway) SwitchOff(on bool) {
	gw.do(func() {
		gw.disabled = on
		if on {
			gw.dropSockets(func(*socket) bool { return true })
		}
	})
}

// Faults is the switchboard of bad luck.
func (gw *Gateway) Faults() *Faults { return gw.faults }

// OnChange calls fn after every change, whoever made it, outside of the gateway's
// lock, on the goroutine that made the change.
func (gw *Gateway) OnChange(fn func()) {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	gw.listeners = append(gw.listeners, fn)
}

// do runs fn under the lock and then tells the listeners.
func (gw *Gateway) do(fn func()) {
	gw.mu.Lock()
	fn()
	listeners := slices.Clone(gw.listeners)
	gw.mu.Unlock()
	for _, tell := range listeners {
		tell()
	}
}

func (gw *Gateway) nextID(kind string) int {
	gw.lastID[kind]++
	return gw.lastID[kind]
}

// puzzled notes something that the simulator does not know.
func (gw *Gateway) puzzled(what string) {
	gw.log.Warn("chat simulator: not understood", "what", what)
	gw.puzzles = append(gw.puzzles, what)
}

// NotUnderstood lists requests, parameters and fields that the simulator does not
// know, in order of arrival. A test asserts that it is empty.
func (gw *Gateway) NotUnderstood() []string {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	return slices.Clone(gw.puzzles)
}

// escape writes a text as MG gives it back. The server's types declare texts
// "trim,escape" (struct tags of retailcrm/bot-api-client-go), which in Go means
// html.EscapeString. Assumed: this goes for names as well.
func (gw *Gateway) escape(s string) string {
	if gw.unknown.PlainContent {
		return s
	}
	return html.EscapeString(s)
}

// moment is a time with whole seconds, stamp one with microseconds: recorded
// bodies mix the two.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00") }

func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

func idOrNull(id int) any {
	if id == 0 {
		return nil
	}
	return id
}
