package gateway

import (
	"context"
	"time"

	"vestnik/device"
)

// AudienceQuery selects customers in the CRM. Zero fields do not select.
type AudienceQuery struct {
	// ByOrders looks through orders and takes their customers; else through customers' cards.
	ByOrders bool
	Site     string   // shop code
	Tags     []string // cards: with any of them
	Segment  string   // cards: its code
	// Orders: created from From until before To, in one of the statuses (codes), with a total of
	// MinTotal to MaxTotal, whole units of the currency.
	Statuses           []string
	From, To           time.Time
	MinTotal, MaxTotal int64
}

// AudiencePerson is one customer whom a query found.
type AudiencePerson struct {
	Customer int64   // 0: the order has no card
	Order    OrderID // the order by which he was found; 0: by his card
	Name     string
	Phones   []string // as typed
	Place    Place
	// Known: he ordered once.
	Known bool
	// Allows is what the card says of advertising: Unknown when it says nothing.
	Allows device.Answer
	// Fields are texts by path, as in Order.Fields, as far as the list tells them.
	Fields map[string]string
}

// Segment is a segment of the CRM's customers.
type Segment struct {
	Code, Name string
	Customers  int // as the CRM counts them
}

// AudiencePageSize is how many people a page has at most.
const AudiencePageSize = 100

// Audiences finds people in the CRM. Errors are as those of Orders.
type Audiences interface {
	// Segments are the active ones.
	Segments(ctx context.Context) ([]Segment, error)
	// AudiencePage is a page (from 1) of those whom a query finds, fewer than AudiencePageSize when some did not fit, and how many there
	// are in all. People who turn up while it is read may come twice; the order of a list is the CRM's.
	AudiencePage(ctx context.Context, q AudienceQuery, page int) (people []AudiencePerson, total int, err error)
}

// Place is where a customer lives, as the CRM has it; any part may be empty.
type Place struct{ Country, Region, City string }
