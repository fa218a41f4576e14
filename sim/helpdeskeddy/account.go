package helpdeskeddy

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options of a simulated account. The zero value gives an empty account with
// dictionaries, groups and no people, the zone Europe/Moscow, 300 requests a minute
// and a ban of 20 minutes told by 401. Switches named after a question choose
// between behaviours of which nobody outside knows the real one.
type Options struct {
	Now    func() time.Time // time.Now when nil
	Zone   *time.Location   // zone of all API times, which the API never names; Europe/Moscow when nil
	Domain string           // of links to files; demo.helpdeskeddy.example when empty

	// Rate is how many requests the account answers in any minute: 0 means the
	// documented 300, a negative number means no limit and no headers.
	Rate   int
	BanFor time.Duration // 20 minutes when 0; older documentation says 48 hours
	BanAs  int           // status of the ban: 401 (when 0) or 429; both are seen

	PerPage   int  // rows of a page, options of fields apart; 30 when 0
	ListsOnly bool // ticket and field lists are lists where maps keyed by id are documented
	StringIDs bool // ids are JSON strings

	// OwnWritesTouch: a comment or a PUT by API moves the ticket's date_updated.
	OwnWritesTouch bool
	// TagsStripped: comments keep the text of HTML and lose its tags.
	TagsStripped bool
	// MarkersStripped: comments keep tags and lose <!-- notes -->.
	MarkersStripped bool
	// DropForbidden: what the key may not change in a ticket is ignored with 200. Else
	// the request is refused with 403.
	DropForbidden bool
	// SearchPhones: search of users looks at phones as they are written.
	SearchPhones bool
	// CustomPriorities: the account's owner has renamed and added priorities.
	CustomPriorities bool

	MailboxToken string // last part of the mailbox's address; "mailbox" when empty
	Seed         bool   // fill the account as [Account.Seed] does

	Logger *slog.Logger // discarded when nil
}

// Account is one HelpDeskEddy account. It is an [http.Handler] for the whole host
// and is safe for concurrent use.
type Account struct {
	opt    Options
	now    func() time.Time
	zone   *time.Location
	log    *slog.Logger
	faults *Faults
	routes []route

	mu        sync.Mutex
	limiter   limiter
	exchanges []Exchange
	puzzles   []string

	lastID      map[string]int // per kind of object
	users       []*user        // ascending by ID
	tickets     []*ticket      // ascending by ID
	groups      []Group
	departments []Item
	statuses    []Status
	priorities  []Item
	types       []Item
	fields      []*Field
	goneFields  map[int]bool
	letters     []Letter
	published   []publication
	mailbox     map[string]string // ticket id → JSON
}

// New makes an account. It panics only on a zone database that lacks
// Europe/Moscow.
func New(opt Options) *Account {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Zone == nil {
		zone, err := time.LoadLocation("Europe/Moscow")
		if err != nil {
			panic(fmt.Sprintf("sim/helpdeskeddy: load zone: %v", err))
		}
		opt.Zone = zone
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	opt.Domain = cmp.Or(opt.Domain, "demo.helpdeskeddy.example")
	opt.Rate = cmp.Or(opt.Rate, 300)
	opt.BanFor = cmp.Or(opt.BanFor, 20*time.Minute)
	opt.BanAs = cmp.Or(opt.BanAs, http.StatusUnauthorized)
	opt.PerPage = cmp.Or(opt.PerPage, 30)
	opt.MailboxToken = cmp.Or(opt.MailboxToken, "mailbox")
	a := &Account{
		opt: opt, now: opt.Now, zone: opt.Zone, log: opt.Logger,
		faults: &Faults{},
		lastID: map[string]int{
			"staff": 6, "client": 500, "ticket": 1040, "post": 9000, "comment": 610, "note": 20, "audit": 70000, "option": 4, "file": 0,
		},
		goneFields: map[int]bool{},
		mailbox:    map[string]string{},
	}
	a.routes = apiRoutes()
	a.setUp()
	if opt.Seed {
		a.Seed()
	}
	return a
}

// Faults is the switchboard of bad luck.
func (a *Account) Faults() *Faults { return a.faults }

// Now is the account's clock.
func (a *Account) Now() time.Time { return a.now() }

// NotUnderstood lists requests and parameters that the simulator does not know, in
// order of arrival. A test asserts that it is empty.
func (a *Account) NotUnderstood() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.puzzles)
}

// puzzled notes something in a request that the simulator does not know.
func (a *Account) puzzled(what string) {
	a.log.Warn("helpdeskeddy simulator: not understood", "what", what)
	a.puzzles = append(a.puzzles, what)
}

func (a *Account) nextID(kind string) int {
	a.lastID[kind]++
	return a.lastID[kind]
}

func (a *Account) user(id int) *user {
	return find(a.users, func(u *user) bool { return u.ID == id })
}

func (a *Account) userByEmail(email string) *user {
	return find(a.users, func(u *user) bool { return u.Email != "" && strings.EqualFold(u.Email, email) })
}

func (a *Account) ticket(id int) *ticket {
	return find(a.tickets, func(t *ticket) bool { return t.ID == id })
}

func (a *Account) field(id int) *Field {
	return find(a.fields, func(f *Field) bool { return f.ID == id })
}

func find[T any](list []*T, fits func(*T) bool) *T {
	if i := slices.IndexFunc(list, fits); i >= 0 {
		return list[i]
	}
	return nil
}

func known(list []Item, id int) bool {
	return slices.ContainsFunc(list, func(it Item) bool { return it.ID == id })
}
