package retailcrm

import (
	"maps"
	"slices"
	"time"
)

// Customer is a customer card. Zero ID, CreatedAt and Site are filled by
// [Account.AddCustomer].
type Customer struct {
	ID                 int
	ExternalID         string // id in the shop's own system, may be empty
	Site               string // shop code
	CreatedAt          time.Time
	FirstName          string
	LastName           string
	Patronymic         string
	Sex                string // "male", "female" or empty
	Email              string
	Phones             []string // free-form, as operators type them
	Birthday           string   // Y-m-d or empty
	ManagerID          int      // 0 when nobody is responsible
	VIP                bool
	Bad                bool // blacklisted
	IsContact          bool
	PersonalDiscount   float64 // per cent
	CumulativeDiscount float64 // per cent
	DiscountCard       string
	Address            Address
	Tags               []string
	Segments           []string       // codes
	CustomFields       map[string]any // code → value
	EmailOff           time.Time      // when he wanted no more advertising by e-mail; zero: never
	// Subscriptions are those that he or a manager has changed; in others he is as the account
	// presumes.
	Subscriptions []Subscription
}

// Subscription is a card's place in the advertising of a channel.
type Subscription struct {
	Channel string // email, sms, waba
	On      bool
	At      time.Time
}

func (c Customer) clone() Customer {
	c.Phones, c.Tags, c.Segments = slices.Clone(c.Phones), slices.Clone(c.Tags), slices.Clone(c.Segments)
	c.Subscriptions = slices.Clone(c.Subscriptions)
	c.CustomFields = maps.Clone(c.CustomFields)
	return c
}

// Address is a postal address in parts; Text is what the CRM shows.
type Address struct {
	ID       int
	Index    string
	Country  string // ISO code, "RU" when empty
	Region   string
	City     string
	Street   string
	Building string
	Flat     string
	Floor    int
	Metro    string
	Notes    string
	Text     string
}

// Order is an order. Zero ID, Number, CreatedAt, Status and Site are filled by
// [Account.AddOrder].
type Order struct {
	ID              int
	Number          string // what the shop and its customer call the order
	ExternalID      string
	Site            string
	Type            string // order type code
	Method          string // order method code
	Status          string // status code
	StatusComment   string
	CreatedAt       time.Time
	StatusUpdatedAt time.Time
	FirstName       string
	LastName        string
	Patronymic      string
	Phone           string // one free-form text
	AdditionalPhone string
	Email           string
	CustomerID      int // 0: an order without a customer
	ManagerID       int
	CustomerComment string
	ManagerComment  string
	Items           []Item
	Discount        float64 // roubles off the whole order
	Delivery        Delivery
	Payments        []Payment
	ShipmentStore   string // store code
	ShipmentDate    string // Y-m-d
	Shipped         bool
	Call            bool
	Expired         bool
	FullPaidAt      time.Time
	DialogID        int            // MG dialog tied to the order
	CustomFields    map[string]any // code → value
	FromAPI         bool
}

func (o Order) clone() Order {
	o.Items, o.Payments = slices.Clone(o.Items), slices.Clone(o.Payments)
	o.CustomFields, o.Delivery.Data = maps.Clone(o.CustomFields), maps.Clone(o.Delivery.Data)
	return o
}

// Sum is the goods without delivery, in roubles.
func (o Order) Sum() float64 {
	var sum float64
	for _, it := range o.Items {
		sum += it.Price*it.Quantity - it.Discount
	}
	return sum - o.Discount
}

// Total is the goods with delivery, in roubles.
func (o Order) Total() float64 { return o.Sum() + o.Delivery.Cost }

// Paid is the sum of payments whose status is "paid", in roubles.
func (o Order) Paid() float64 {
	var sum float64
	for _, p := range o.Payments {
		if p.Status == "paid" {
			sum += p.Amount
		}
	}
	return sum
}

// Item is a line of an order.
type Item struct {
	ID       int
	OfferID  int
	Name     string
	Article  string
	Price    float64 // roubles for one
	Quantity float64
	Discount float64 // roubles off the line
	Status   string  // product status code
	Comment  string
}

// Delivery is how an order reaches the customer.
type Delivery struct {
	Type     string // delivery type code
	Service  string // delivery service code, "" when none
	Cost     float64
	NetCost  float64
	Date     string // Y-m-d
	TimeFrom string // H:i
	TimeTo   string
	TimeText string // free text instead of from and to
	Address  Address
	Data     map[string]any // trackNumber, status, pickuppointName, …
}

// Payment is one payment of an order.
type Payment struct {
	ID         int
	ExternalID string
	Type       string // payment type code
	Status     string // payment status code
	Amount     float64
	PaidAt     time.Time
	Comment    string
}

// Status is an order status of the reference.
type Status struct {
	Code, Name, Group string
	Ordering          int
	Active            bool
}

// StatusGroup is a group of statuses.
type StatusGroup struct {
	Code, Name string
	Ordering   int
	Process    bool // orders in it are being worked on
}

// User is somebody who works in the CRM.
type User struct {
	ID                                     int
	CreatedAt                              time.Time
	FirstName, LastName, Patronymic, Email string
	Phone, Position                        string
	Status                                 string // free, busy, dinner, break
	Active, Online, IsAdmin, IsManager     bool
	MGUserID                               int
}

// CustomField is a field that the account added to an entity.
type CustomField struct {
	Entity         string // order, customer, loyalty_account
	Code           string
	Name           string
	Type           string // boolean, date, dictionary, email, integer, numeric, string, text, multiselect_dictionary
	Dictionary     string // dictionary code of the two dictionary types
	DisplayArea    string
	ViewMode       string // editable, not_editable, miss
	Ordering       int
	Required       bool
	InFilter       bool
	InList         bool
	InGroupActions bool
	Default        any // as the API shows it in "default": a number, a text, nil
	DefaultTyped   any
}

// Dictionary is a list of values for custom fields.
type Dictionary struct {
	Code, Name string
	Elements   []Element
}

// Element is one value of a dictionary.
type Element struct {
	Code, Name string
	Ordering   int
}

// Note is a text on a customer's card.
type Note struct {
	ID         int
	CustomerID int
	ManagerID  int
	Text       string
	CreatedAt  time.Time
}

// Task is something that a manager has to do.
type Task struct {
	ID          int
	Text        string
	Commentary  string
	Datetime    string // Y-m-d H:i, empty when there is no date
	PerformerID int
	OrderID     int
	CustomerID  int
	Phone       string
	CreatedAt   time.Time
	Complete    bool
}

// Notification is a pop-up shown to CRM users; the CRM keeps no record of it.
type Notification struct {
	Type       string // api.error, api.info
	Message    string
	UserIDs    []int
	UserGroups []string
	At         time.Time
}

// LoyaltyAccount is a customer's part in the loyalty programme.
type LoyaltyAccount struct {
	ID         int
	CustomerID int
	Level      string // name
	Points     float64
	Active     bool
	Card       string
	CreatedAt  time.Time
}

// Segment is a group of customers.
type Segment struct {
	ID         int
	Code, Name string
	IsDynamic  bool
	Off        bool // no longer in use
	CreatedAt  time.Time
}
