package gateway

import (
	"time"

	"vestnik/device"
)

// OrderID is the CRM's own id of an order.
type OrderID int64

// Order is what the shop's CRM says of an order at one moment.
type Order struct {
	ID         OrderID
	Number     string // as the customer knows it
	Site       string // shop code, "" when the CRM has one shop
	Status     string // status code
	CustomerID int64  // 0: the order has no customer card
	ManagerID  int64  // the CRM's user who answers for it; 0: nobody
	Courier    string // who brings it, as the CRM names him; may be empty
	Name       string // whom the message addresses, for lists; may be empty
	// Phones are the number fields of the order and of its customer as typed, the
	// order's own first. One field may hold several numbers.
	Phones []string
	// Place is where it is delivered to, else where the customer lives.
	Place Place
	// WhatsApp is the checkbox on the order; Unknown while it was never set.
	WhatsApp device.Answer
	// Fields has the displayed text of every field in the directory that is not empty,
	// by path ("customer.firstName").
	Fields  map[string]string
	Deleted bool
	URL     string // the order's page in the CRM, for a person
}

// StatusChange is one entry of the CRM's history that moved an order to another
// status.
type StatusChange struct {
	HistoryID int64 // rises with time; unique in the CRM
	Order     OrderID
	From, To  string // status codes; From is empty for a new order
	At        time.Time
	// Own marks a change that this box made with its own key.
	Own bool
}

// Cursor is how far the CRM's history has been read.
type Cursor struct {
	// SinceID is the last history id that is safe in the ledger; 0 before the first one.
	SinceID int64
	// Start bounds the very first reading: nothing older becomes a message.
	Start time.Time
}

// Status is an order status of the CRM.
type Status struct {
	Code, Name string
	Group      string // the group's name
	Color      string // #rrggbb, or empty
	Active     bool
}

// Field is an entry of the directory that a template may name.
type Field struct {
	Path  string // "order.number", "order.custom.pickup_code"
	Label string // in the shop's language
	Group string // subject in the shop's language: "Заказ"
	// Example is the field's text in a recent order; may be empty.
	Example string
	// Empty is the share of recent orders that lack it, 0 to 1; negative when not known.
	Empty float64
}

// Reference is the CRM's vocabulary as last read. It is kept in the database, so
// that the pages work while the CRM is away.
type Reference struct {
	Statuses []Status
	Fields   []Field
	At       time.Time
}

// Status finds a status by its code.
func (r Reference) Status(code string) (Status, bool) {
	for _, s := range r.Statuses {
		if s.Code == code {
			return s, true
		}
	}
	return Status{}, false
}

// Field finds a field by its path.
func (r Reference) Field(path string) (Field, bool) {
	for _, f := range r.Fields {
		if f.Path == path {
			return f, true
		}
	}
	return Field{}, false
}

// CRMState is how the connection to the CRM stands.
type CRMState string

// The states.
const (
	CRMOff          CRMState = "off" // no address or key yet
	CRMConnecting   CRMState = "connecting"
	CRMConnected    CRMState = "connected"
	CRMUnreachable  CRMState = "unreachable" // no network, or no such host
	CRMNotCRM       CRMState = "not_crm"     // something answers there that is no RetailCRM account
	CRMWrongKey     CRMState = "wrong_key"
	CRMMissingRight CRMState = "missing_right" // the key lacks a right that the work needs
	CRMFailing      CRMState = "failing"       // it answers with errors
)

// CRMStatus is the state with its details.
type CRMStatus struct {
	State CRMState
	// Missing and Excess are rights by their CRM names ("order_write").
	Missing, Excess []string
	Cause           string // technician's words
	Since           time.Time
	LastPoll        time.Time
	Cursor          int64
	// Lag is the age of the newest unread change as far as known; 0 when all is read.
	Lag time.Duration
}

// CRMTest is the outcome of trying an address and a key.
type CRMTest struct {
	CRMStatus
	// Lacking are rights by their CRM names that the key lacks and the work can do without.
	Lacking []string
	// Shop is the account's shop names, for a person to recognise it.
	Shops []string
	// Zone is the account's time zone, such as Europe/Moscow.
	Zone string
	// Clock is how far the account's clock is ahead of ours.
	Clock time.Duration
}
