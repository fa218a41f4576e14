package retailcrm

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"
)

// MainSite is the code of the first shop when Options.Site is empty.
const MainSite = "lavka"

// Options of a simulated account. The zero value gives an empty account with
// references, users and one shop, the key "test-key", the zone Europe/Moscow and
// the documented limit of 10 requests a second answered by 503.
type Options struct {
	Key    string           // API key; "test-key" when empty
	Scopes []string         // rights of the key; DefaultScopes() when nil
	Sites  []string         // shops the key sees; all when nil (access_full)
	Now    func() time.Time // time.Now when nil
	Zone   *time.Location   // zone of all API times; Europe/Moscow when nil
	Site   string           // code of the first shop; MainSite when empty
	Host   string           // when set, requests for another host get the "no such account" page
	Seed   bool             // fill the account with the demo shop

	// OrdersByName makes filter[customer] of orders search names only. Whether the real
	// one searches phones too is not documented.
	OrdersByName bool
	// SegmentsByNumber makes filter[segment] of customers take a segment's number alone.
	SegmentsByNumber bool

	// Rate is how many requests a second are answered: 0 means the documented
	// 10, a negative number means no limit.
	Rate int
	// RateStatus is the status over the limit: 503 (when 0) or 429; both are seen.
	RateStatus int

	Logger *slog.Logger // discarded when nil
}

// DefaultScopes are the rights that Vestnik asks a shop for.
func DefaultScopes() []string {
	return []string{
		"order_read", "order_write", "customer_read", "customer_write", "reference_read",
		"custom_fields_read", "custom_fields_write", "user_read", "task_read", "task_write",
		"segment_read", "file_read", "integration_read", "integration_write", "loyalty_read",
	}
}

// apiKey is one key of the account.
type apiKey struct {
	id     int
	secret string
	scopes map[string]bool
	sites  []string // nil: all
}

// Account is one RetailCRM account. It is an [http.Handler] for the whole host
// and is safe for concurrent use.
type Account struct {
	opt    Options
	now    func() time.Time
	zone   *time.Location
	log    *slog.Logger
	faults *Faults
	routes []route

	mu        sync.Mutex
	keys      []*apiKey
	limiter   limiter
	requests  []Request
	puzzles   []string
	listeners []func(Change)
	pending   []Change

	lastID     map[string]int // per kind of object
	customers  []*Customer    // ascending by ID
	orders     []*Order       // ascending by ID
	shelves    map[int]*shelf // orders by customer
	combined   map[int]int    // customer that is gone → the one that remains
	history    map[entity][]record
	statuses   []Status
	groups     []StatusGroup
	users      []User
	fields     []CustomField
	dicts      []Dictionary
	notes      []Note
	tasks      []Task
	loyalty    []LoyaltyAccount
	notices    []Notification
	segments   []Segment
	members    map[string]int  // of segments, by code; nil: to be counted again
	byHand     map[string]bool // channels to whose advertising nobody is subscribed by itself
	references map[string]reference
	offers     []offer
	sites      []site

	chats         Chats // nil: an account without chats
	modules       []*module
	refuseModules bool
}

// New makes an account. It panics only on a zone database that lacks
// Europe/Moscow, which cannot be worked around by a caller's test.
func New(opt Options) *Account {
	if opt.Key == "" {
		opt.Key = "test-key"
	}
	if opt.Scopes == nil {
		opt.Scopes = DefaultScopes()
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Zone == nil {
		zone, err := time.LoadLocation("Europe/Moscow")
		if err != nil {
			panic(fmt.Sprintf("sim/retailcrm: load zone: %v", err))
		}
		opt.Zone = zone
	}
	if opt.Site == "" {
		opt.Site = MainSite
	}
	if opt.Rate == 0 {
		opt.Rate = 10
	}
	if opt.RateStatus == 0 {
		opt.RateStatus = http.StatusServiceUnavailable
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	a := &Account{
		opt: opt, now: opt.Now, zone: opt.Zone, log: opt.Logger,
		faults:   newFaults(),
		lastID:   map[string]int{"order": 5041, "customer": 300, "history": 90000, "item": 20000, "payment": 4300, "address": 700, "note": 40, "task": 10, "loyalty": 160},
		combined: map[int]int{},
		shelves:  map[int]*shelf{},
		history:  map[entity][]record{},
	}
	a.routes = apiRoutes()
	a.addKey(opt.Key, opt.Scopes, opt.Sites)
	a.setUpReferences()
	if opt.Seed {
		a.seed()
	}
	return a
}

// AddKey gives the account another API key, as a second integration has.
// Nil scopes are DefaultScopes(), nil sites are all shops.
func (a *Account) AddKey(secret string, scopes, sites []string) {
	if scopes == nil {
		scopes = DefaultScopes()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.addKey(secret, scopes, sites)
}

func (a *Account) addKey(secret string, scopes, sites []string) {
	set := map[string]bool{}
	for _, s := range scopes {
		set[s] = true
	}
	a.keys = append(a.keys, &apiKey{id: len(a.keys) + 1, secret: secret, scopes: set, sites: slices.Clone(sites)})
}

// Faults is the switchboard of bad luck.
func (a *Account) Faults() *Faults { return a.faults }

// Change tells a listener what has changed: Kind is "order", "customer",
// "note", "task", "loyalty", "notification", "status" or "custom_field".
type Change struct {
	Kind string
	ID   int // 0 for objects that are known by a code
}

// OnChange calls fn after every change, whoever made it, outside of the
// account's lock, on the goroutine that made the change.
func (a *Account) OnChange(fn func(Change)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.listeners = append(a.listeners, fn)
}

// do runs fn under the lock and then tells the listeners what fn changed.
func (a *Account) do(fn func()) {
	a.mu.Lock()
	fn()
	changes, listeners := a.pending, slices.Clone(a.listeners)
	a.pending = nil
	a.mu.Unlock()
	for _, c := range changes {
		for _, tell := range listeners {
			tell(c)
		}
	}
}

func (a *Account) changed(kind string, id int) {
	a.pending = append(a.pending, Change{Kind: kind, ID: id})
}

func (a *Account) nextID(kind string) int {
	a.lastID[kind]++
	return a.lastID[kind]
}

// stamp writes a time as the API does: the account's zone, no offset.
func (a *Account) stamp(t time.Time) string { return t.In(a.zone).Format(time.DateTime) }

// puzzled notes something in a request that the simulator does not know.
func (a *Account) puzzled(what string) {
	a.log.Warn("retailcrm simulator: not understood", "what", what)
	a.puzzles = append(a.puzzles, what)
}

// NotUnderstood lists requests and parameters that the simulator does not know,
// in order of arrival. A test asserts that it is empty.
func (a *Account) NotUnderstood() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.puzzles)
}
