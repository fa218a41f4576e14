package gateway

import (
	"context"
	"time"

	"vestnik/device"
)

// Profile is a customer's card in the CRM as an operator is shown it.
type Profile struct {
	Customer
	Site       string // shop code
	SiteName   string
	ExternalID string
	Emails     []string
	Tags       []string
	Segments   []string // names
	// PersonalDiscount and CumulativeDiscount are per cent.
	PersonalDiscount   float64
	CumulativeDiscount float64
	DiscountCard       string
	Loyalty            Loyalty
	OrdersCount        int
	Total, Average     string // decimal: "184300.00"; empty: not told
	Currency           string // ISO 4217
	CreatedAt          time.Time
}

// Loyalty is the customer's account in the loyalty programme; the zero value: none, or
// the key may not read it.
type Loyalty struct {
	Level  string
	Points string // decimal
	Active bool
}

// ProfileOrder is an order as an operator is shown it.
type ProfileOrder struct {
	ID         OrderID
	Number     string
	Site       string
	Customer   int64
	Manager    int64
	Status     string // code
	StatusName string
	Group      string // status group's code ("delivery", "complete", "cancel" and others)
	GroupName  string
	CreatedAt  time.Time
	StatusAt   time.Time // zero: not told
	Total      string    // decimal, with delivery
	Currency   string
	Items      []ProfileItem
	Payment    string // "Картой на сайте: оплачен"
	ToPay      string // decimal; empty: nothing
	Delivery   string // "СДЭК"
	DeliverOn  string // the shop's date, "2006-01-02"; empty: not set
	Track      string
	Comment    string // the customer's own
	URL        string
}

// Open tells whether the order is still under way, by its status group: the CRM's own
// groups "complete" and "cancel" end it.
func (o ProfileOrder) Open() bool { return o.Group != "complete" && o.Group != "cancel" }

// ProfileItem is a line of an order.
type ProfileItem struct {
	Name     string
	Quantity string // decimal
	Price    string // decimal, for one
	Offer    int64  // the catalogue's id; 0: none
}

// ProfileEntry is something that was written about a customer in the CRM.
type ProfileEntry struct {
	Kind string // "note" or "task"
	At   time.Time
	Text string
	By   string
	Done bool // a task that is done
}

// NewCustomer is a card to make.
type NewCustomer struct {
	// ExternalID makes a repeated call find the card instead of making another one.
	ExternalID string
	Site       string // empty: the account's main shop
	First      string
	Last       string
	Email      string
	Phone      device.Phone
	Note       string // where he came from, for the card's first note; may be empty
}

// Profiles is the CRM as the customer card needs it. No call's cost grows with the number
// of a customer's orders. Errors are as those of Orders.
type Profiles interface {
	// ProfilesBy finds cards of persons by e-mail or by phone, exact after normalisation: one or
	// the other is given. Merged cards come back as the one that remains. At most ten; lists lack
	// Loyalty.
	ProfilesBy(ctx context.Context, email string, phone device.Phone) ([]Profile, error)
	// Profile reads one card, or that into which it was merged; NotFound when it is gone.
	Profile(ctx context.Context, id int64) (Profile, error)
	// ProfileOrders is page (from 1) of a customer's orders, newest first, twenty on each.
	ProfileOrders(ctx context.Context, customer int64, page int) (orders []ProfileOrder, total int, err error)
	// ProfileEntries are the newest notes and tasks, at most twenty of each.
	ProfileEntries(ctx context.Context, customer int64) ([]ProfileEntry, error)
	// ProfileOrder reads one order.
	ProfileOrder(ctx context.Context, id OrderID) (ProfileOrder, error)
	// OrdersByNumber are the orders with a number; several shops may use the same.
	OrdersByNumber(ctx context.Context, number string) ([]ProfileOrder, error)
	// SampleCustomers are up to n customers who had an order between two times, whoever they are.
	SampleCustomers(ctx context.Context, from, to time.Time, n int) ([]Profile, error)
	// TouchedCustomers are the cards that changed after the cursor in the customers' history,
	// and the cursor to go on from; 0 begins now.
	TouchedCustomers(ctx context.Context, after int64) (ids []int64, next int64, more bool, err error)
	// MakeCustomer makes a card; existed tells that its ExternalID was known already. Conflict when
	// the card with this ExternalID has neither the e-mail nor the number of the one to make.
	MakeCustomer(ctx context.Context, c NewCustomer) (id int64, existed bool, err error)
	// Sites are the shops of the account that the key sees.
	Sites(ctx context.Context) ([]Site, error)
}

// Site is a shop of the CRM's account.
type Site struct{ Code, Name string }
