package bot

import (
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Sender is who wrote a message.
type Sender string

// The senders.
const (
	FromCustomer Sender = "customer"
	FromPhone    Sender = "shop_phone" // a person of the shop, on the shop's own phone
	FromOperator Sender = "operator"   // a person of the shop, in the CRM's chats or on our page
	FromUs       Sender = "us"         // the echo of what this box itself sent
	FromSystem   Sender = "system"     // nobody: see Event
)

// Event is what happened when nobody wrote.
type Event string

// The events.
const (
	EventClosed   Event = "closed"    // the dialog was closed
	EventAssigned Event = "assigned"  // the dialog was given to a person
	EventReturned Event = "returned"  // a person gave it back to the bot
	EventCRMBack  Event = "crm_back"  // the CRM answers again: what was owed may be asked for
	EventReleased Event = "released"  // a person ended the silence on the page
	EventOther    Event = "something" // of no meaning for the bot
)

// Message is one message of a conversation, or an event in it.
type Message struct {
	ID      string // unique in the conversation; a message that comes twice is answered once
	Channel device.Channel
	From    Sender
	Event   Event        // when From is FromSystem
	Phone   device.Phone // the customer's; may be empty
	Group   bool
	Text    string // foreign text with entities already unescaped
	// Media is the kind of an attachment as device.Incoming.Media has it ("image", "audio",
	// "sticker" …); empty for plain text.
	Media string
	// Payload is what a tapped suggestion of ours brings back; may be empty.
	Payload string
	At      time.Time // when it was written, by the channel's clock
}

// Facts are what the bot needs to know and cannot know by itself.
type Facts struct {
	Now  time.Time
	Zone *time.Location // the shop's; nil is UTC
	Open Week           // when people of the shop answer
	// Off: the bot is switched off. It answers nothing but the words about advertising.
	Off bool

	Person Person
	// Orders are the writer's own, the newest first, when OrdersKnown. They may be known
	// (from a cache) while the CRM is away.
	Orders      []Order
	OrdersKnown bool
	// Lookup is the answer to a Need of kind NeedLookup; the zero value: not asked.
	Lookup Lookup
	// CRM tells whether the CRM answers.
	CRM       bool
	Operators int // how many people of the shop are online
	Channel   Abilities
	// Fields are values for templates that are the same for everybody ("shop.name").
	Fields map[string]string
}

// Person is what is known of the writer.
type Person struct {
	// Fields are his values for templates ("customer.firstName"). They must be empty when
	// several people share the phone or chat: nobody is greeted by another one's name.
	Fields   map[string]string
	Language string // by his card; may be empty
	// OptedOut: he refused advertising. Erased: his data were removed at his wish.
	OptedOut, Erased bool
}

// Order is what a customer may hear about an order.
type Order struct {
	ID     gateway.OrderID
	Number string
	Status string // its name, not its code
	Date   string // as shown, in the shop's way
	Sum    string // as shown, with its currency
	// Fields are further values for templates ("order.delivery.date"). They are never used
	// for an order found by number and digits.
	Fields map[string]string
}

// LookupState is what came of looking an order up by number and digits.
type LookupState string

// The states; the zero value is "not asked".
const (
	LookupFound       LookupState = "found"
	LookupNotFound    LookupState = "not_found" // no such order, or another phone: the customer never learns which
	LookupUnavailable LookupState = "unavailable"
	LookupLimited     LookupState = "limited" // too many tries by this person on other ways
)

// Lookup is the answer to a NeedLookup. Number and Last4 repeat what was asked.
type Lookup struct {
	State         LookupState
	Number, Last4 string
	Order         Order // when found
}

// Abilities are what a channel can show.
type Abilities struct {
	// Suggestions is how many quick replies fit under one text; 0: the channel has none and
	// gets numbered text.
	Suggestions int
	// MaxTitle is the longest suggestion in characters; 0: no limit.
	MaxTitle int
	// MaxChars is the longest text in characters; 0 is 4000. Less than 40 is taken as 40.
	MaxChars int
}
