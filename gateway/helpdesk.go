package gateway

import (
	"context"
	"time"
)

// TicketID is the helpdesk's own id of a ticket.
type TicketID int64

// Ticket is what the helpdesk says of a ticket at one moment. Its times are the
// helpdesk's own texts "2006-01-02 15:04:05": the API names no zone, so they are compared
// with each other and never with a clock of ours.
type Ticket struct {
	ID         TicketID
	Parent     TicketID // the ticket into which it was merged, or of which it is a part; 0: none
	Number     string   // as people name it: "KTR-20418"
	Title      string
	Source     string // how the customer wrote: "email", "telegram"…; free
	Status     string // ids of the account's dictionaries, as texts
	Priority   string
	Type       string
	Department string
	Owner      int64 // an employee; 0: nobody
	OwnerName  string
	Requester  int64 // the user who asks
	Name       string
	Email      string
	Created    string
	Updated    string
	Frozen     bool
	Deleted    bool
	Rate       string // what the requester gave it; a free text of the account, "" while he gave nothing
	RateWords  string
	// Fields has the texts of the ticket's own fields by id; empty ones are left out.
	Fields map[string]string
	URL    string // the ticket's page, for an employee
}

// Requester is a user of the helpdesk: a customer, or an employee.
type Requester struct {
	ID    int64
	Name  string
	Email string // may be a technical one that a messenger's door made up
	Phone string // as typed
	Staff bool
}

// TicketPost is one of the texts that requester and employees exchange.
type TicketPost struct {
	ID      int64
	User    int64
	Text    string // without HTML
	Created string // "2006-01-02 15:04:05", as in Ticket
}

// TicketComment is a text that only employees see.
type TicketComment struct {
	ID   int64
	User int64
	HTML string
}

// TicketQuery selects tickets, the ones that changed longest ago first.
type TicketQuery struct {
	UpdatedFrom string   // the helpdesk's own time, inclusive; "" means all
	CreatedFrom string   // likewise
	CreatedTo   string   // likewise
	Statuses    []string // ids; none: all
	Requesters  []int64
	Search      string
	Page        int // from 1
}

// TicketPage is one page of some thirty tickets.
type TicketPage struct {
	Tickets []Ticket // by Updated, then ID
	Page    int
	Pages   int
	Total   int
}

// TicketChange is what is written to a ticket; zero values are left as they are.
type TicketChange struct {
	Priority string
	Fields   map[string]string
}

// InternalTicket is a ticket that no customer sees or hears of.
type InternalTicket struct {
	Title      string
	Text       string // plain; it becomes the first post, so it holds no personal data
	Requester  int64  // an employee
	Department string // "" leaves it to the account
	Priority   string
}

// HelpdeskEntry is a line of one of the account's dictionaries.
type HelpdeskEntry struct {
	ID   string
	Name string
	// Type is a field's ("text", "select", "checkbox"…).
	Type string
	// Public: requesters see the field, so nothing of the CRM is ever written there.
	Public bool
	// Options are a select field's values.
	Options []HelpdeskEntry
}

// HelpdeskBook is the account's vocabulary. Ids differ from account to account, and their
// order says nothing.
type HelpdeskBook struct {
	Departments []HelpdeskEntry
	Statuses    []HelpdeskEntry
	Priorities  []HelpdeskEntry
	Types       []HelpdeskEntry
	Fields      []HelpdeskEntry
	Staff       []HelpdeskEntry // employees who may be an internal ticket's requester
	At          time.Time
}

// Entry finds a line by its id.
func Entry(list []HelpdeskEntry, id string) (HelpdeskEntry, bool) {
	for _, e := range list {
		if e.ID == id {
			return e, true
		}
	}
	return HelpdeskEntry{}, false
}

// Helpdesk is the support desk as the gateway needs it. It can not write anything that a
// customer sees. Errors are *device.Error with kinds Unauthorized, NotFound,
// RateLimited (also while the account is banned: Code "ban"), Unavailable, Refused, Uncertain; the Code of
// Unauthorized is the right that the key lacks, empty when the key itself is not accepted;
// Uncertain means that a write may have happened: read before trying again.
type Helpdesk interface {
	// Tickets is a page of tickets; pages shift while tickets change.
	Tickets(ctx context.Context, q TicketQuery) (TicketPage, error)
	// Ticket is NotFound when it was deleted.
	Ticket(ctx context.Context, id TicketID) (Ticket, error)
	Requester(ctx context.Context, id int64) (Requester, error)
	// Posts are the newest thirty or so, oldest first.
	Posts(ctx context.Context, id TicketID) ([]TicketPost, error)
	// Comments are all of a ticket's, oldest first.
	Comments(ctx context.Context, id TicketID) ([]TicketComment, error)
	AddComment(ctx context.Context, id TicketID, html string) (TicketComment, error)
	// EditComment answers NotFound when somebody took the comment away.
	EditComment(ctx context.Context, id TicketID, comment int64, html string) error
	// SetTicket answers the ticket as it is afterwards. A field that requesters see is Refused.
	SetTicket(ctx context.Context, id TicketID, c TicketChange) (Ticket, error)
	// OpenInternal is Refused when the requester is not an employee.
	OpenInternal(ctx context.Context, t InternalTicket) (Ticket, error)
	// Book reads the dictionaries, in some six requests; one that the key may not read is empty. A
	// person waits for it, unless the context was marked by WithoutHurry.
	Book(ctx context.Context) (HelpdeskBook, error)
	// Test tries every right that the work needs, in at most eight requests. With a ticket it writes
	// a comment there, for employees only, and takes it away again or says that it stays. What is wrong
	// stands in the answer; the error is only for a trial that was broken off.
	Test(ctx context.Context, comment TicketID) (HelpdeskTest, error)
	Status() HelpdeskStatus
}

type unhurried struct{}

// WithoutHurry marks what no person waits for, so that others go before it.
func WithoutHurry(ctx context.Context) context.Context {
	return context.WithValue(ctx, unhurried{}, true)
}

// Unhurried tells whether a context was marked by WithoutHurry.
func Unhurried(ctx context.Context) bool { return ctx.Value(unhurried{}) != nil }

// HelpdeskState is how the connection to the helpdesk stands.
type HelpdeskState string

// The states.
const (
	HelpdeskOff          HelpdeskState = "off"
	HelpdeskConnecting   HelpdeskState = "connecting"
	HelpdeskConnected    HelpdeskState = "connected"
	HelpdeskUnreachable  HelpdeskState = "unreachable"
	HelpdeskNotOne       HelpdeskState = "not_helpdesk" // something else answers there
	HelpdeskWrongKey     HelpdeskState = "wrong_key"
	HelpdeskMissingRight HelpdeskState = "missing_right"
	HelpdeskBanned       HelpdeskState = "banned"  // the account's limit was exceeded, by whoever it was
	HelpdeskSparing      HelpdeskState = "sparing" // the limit is near: this box waits so that others can go on
	HelpdeskFailing      HelpdeskState = "failing"
)

// HelpdeskStatus is the state with its details.
type HelpdeskStatus struct {
	State    HelpdeskState
	Since    time.Time
	Until    time.Time // of a ban or a pause
	Cause    string    // technician's words
	LastPoll time.Time
	// Remaining is what the account's limit had left at the last answer; negative: not told.
	Remaining int
	Limit     int
	// Minute is how many requests this box made in the last minute.
	Minute int
}

// HelpdeskRight is one thing that the service employee may or may not do.
type HelpdeskRight struct {
	// Name is "tickets_read", "users_read", "dictionaries_read", "fields_read", "comments_read",
	// "comment_write", "keys_of_others".
	Name   string
	Needed bool
	State  RightState
	Cause  string
}

// RightState is what a trial found.
type RightState string

// The outcomes.
const (
	RightThere   RightState = "there"
	RightMissing RightState = "missing"
	RightExcess  RightState = "excess" // he may what the work does not need
	RightUntried RightState = "untried"
)

// HelpdeskTest is the outcome of trying an address and a key.
type HelpdeskTest struct {
	HelpdeskStatus
	Rights  []HelpdeskRight
	Me      Requester // whose key it is, as far as that can be seen
	Tickets int       // how many the key sees
	// Left tells that the trial's comment could not be taken away again.
	Left bool
}
