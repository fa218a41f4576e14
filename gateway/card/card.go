package card

import (
	"time"

	"vestnik/gateway"
)

// Card is what an operator sees of one customer.
type Card struct {
	Profile gateway.Profile
	// Manager answers for the customer, else for his newest open order; nil: nobody does, or the
	// key may not read who that is.
	Manager *gateway.CRMUser
	// Orders are the open ones first, each part newest first; at most ten.
	Orders []Order
	// OrdersTotal is how many there are.
	OrdersTotal int
	// Lines are what was said and done, newest first; at most thirty.
	Lines []Line
	// Marks are the mean marks that the customer gave; 0: none.
	ShopMark, CourierMark float64
	// AsOf is when the CRM said so.
	AsOf time.Time
	// FromCache: the CRM was not asked for this view. Old: what stands here may have changed since.
	FromCache, Old bool
	// Away is why the CRM could not be asked; "" when it could, or did not have to be.
	Away gateway.CRMState
}

// Order is an order on a card.
type Order struct {
	gateway.ProfileOrder
	Delivery  bool // under way to the customer, by the shop's own list of statuses
	Problem   bool
	Late      int  // days since the delivery date passed; 0: not late
	Mentioned bool // the ticket names its number
}

// Line is something that was said or done.
type Line struct {
	At   time.Time
	Kind LineKind
	// From tells who spoke, for talk.
	From    gateway.TalkFrom
	Channel string // "whatsapp", "sms", or the messenger
	Text    string
	// Media is the kind of an attachment; empty for plain text.
	Media string
	By    string
	// Order is its number; OrderID is set for what this box itself knows of an order.
	Order   string
	OrderID gateway.OrderID
	// Mark is 1 to 5, About "shop" or "courier", for marks; Text is what was said with it.
	Mark  int
	About string
	// Message is the message of ours, for a link; 0: none.
	Message gateway.MessageID
	State   gateway.State
	Done    bool // of a task
	// Ticket is the ticket's id and Number how people name it, for tickets; Done tells that it is closed.
	Ticket gateway.TicketID
	Number string
	URL    string
}

// LineKind is what a line is about.
type LineKind string

// The kinds.
const (
	LineTalk   LineKind = "talk"   // chats, and what was written by WhatsApp and SMS
	LineMark   LineKind = "mark"   // a mark from 1 to 5
	LineNote   LineKind = "note"   // in the CRM
	LineTask   LineKind = "task"   // in the CRM
	LineStatus LineKind = "status" // an order reached a status
	LineTicket LineKind = "ticket" // an earlier ticket
)

// Hints is by what a person may be found.
type Hints struct {
	// Requester is the helpdesk's user, for what was chosen before; 0: none.
	Requester int64
	Emails    []string
	Phones    []string // as typed
	// Numbers are order numbers that he named: they only choose among those whom an address or a
	// number fits.
	Numbers []string
}

// Found is whom the hints fit.
type Found struct {
	Status FoundStatus
	// By is "choice", "email", "phone" or "order".
	By string
	// Customer is the card's id when Status is FoundOne.
	Customer int64
	// Candidates are those who fit when there are several; at most ten.
	Candidates []Candidate
	// Away is why the CRM could not be asked.
	Away gateway.CRMState
	// Nobody could be meant: the hints hold nothing that a person has.
	NoHints bool
}

// FoundStatus tells how many fit.
type FoundStatus string

// The outcomes.
const (
	FoundOne  FoundStatus = "found"
	FoundMany FoundStatus = "ambiguous"
	FoundNone FoundStatus = "unknown"
	FoundAway FoundStatus = "degraded" // the CRM is away and the cache does not know him
)

// Candidate is one of several who fit.
type Candidate struct {
	Customer int64
	Name     string
	SiteName string
	Orders   int
	Total    string
	Currency string
	By       string // "email" or "phone"
	VIP      bool
	URL      string
}
