package gateway

import (
	"time"

	"vestnik/device"
)

// ConversationID names a conversation for good.
type ConversationID int64

// Conversation is one customer in one channel: a WhatsApp chat, the SMS to and from a
// number, or a chat in one of the CRM's messengers. One person may have several.
type Conversation struct {
	ID      ConversationID
	Channel device.Channel
	// Phone is the customer's number; empty while unknown, as in most messengers.
	Phone device.Phone
	// Alias is the customer's other identity, as in device.Incoming.
	Alias string
	Name  string // as he calls himself; foreign text
	Chat  device.ChatFacts
	// Customer is the CRM's customer card; 0: none is known. LookedUpAt is when the CRM was last
	// asked about it; zero: never.
	Customer   int64
	LookedUpAt time.Time

	HeardAt time.Time // the customer's last word by his network's clock; zero: he never wrote
	SaidAt  time.Time // the last word of the shop, whoever wrote it, or when a person was given the talk
	// Unread is how many of the customer's words nobody of the shop has seen on the page.
	Unread int

	// State is the bot's memory as JSON, in the bot's own form; nil: none yet. Version rises with
	// each change of it.
	State   []byte
	Version int64
	// SilentUntil is until when the bot says nothing here; zero: it answers. SilentWhy is the
	// bot's reason for it.
	SilentUntil time.Time
	SilentWhy   string
	// TakenAt is when a person of the shop last wrote here or was given the talk, by our clock:
	// what the bot decided before then does not leave any more. Given to a person because the bot
	// called one, the talk is taken as of the bot's word that it did.
	TakenAt time.Time
	// CalledAt is since when a person is waited for, because the customer asked for one or the
	// bot did not know further; zero: nobody is. CalledWhy is the bot's reason.
	CalledAt  time.Time
	CalledWhy string
	// OwedUntil is until when an answer that waits for the CRM is of use; zero: none is owed.
	OwedUntil time.Time
	// MarkUntil is until when an answer to a question for marks counts; zero: none is open.
	MarkUntil time.Time
	// OptedOutAt: he refused advertising here.
	OptedOutAt time.Time
}

// Waits tells whether a customer waits for a person of the shop.
func (c Conversation) Waits() bool { return !c.CalledAt.IsZero() }

// Heard is one message of a customer or a person of the shop, or an event, as it is kept
// until the bot has dealt with it.
type Heard struct {
	ID           int64 // rises with the order of arrival
	Conversation ConversationID
	In           device.Incoming
	KeptAt       time.Time
}

// Answered is what became of a heard message, or of a time that came: everything in one
// transaction.
type Answered struct {
	Conversation ConversationID
	// Version and TakenAt are those of the conversation that the decision looked at: when either
	// has changed meanwhile, nothing is kept and the decision is made again.
	Version int64
	TakenAt time.Time
	// Taken: a person of the shop does this on our page, and has the talk from now on: TakenAt and
	// SaidAt become now, and nothing is unread any more.
	Taken bool
	// Heard is the message that is dealt with; 0: none was heard (a time came).
	Heard int64
	// Why, Args and Command say in the bot's words what was decided; Phrase is what nobody
	// understood, in its small form.
	Why     string
	Args    Args
	Command string
	Phrase  string

	// Next replaces the state and what the columns beside it say.
	Next        []byte
	SilentUntil time.Time
	SilentWhy   string
	CalledAt    time.Time
	CalledWhy   string
	OwedUntil   time.Time
	MarkUntil   time.Time
	// OptOut: true, he refuses advertising; false, he allows it again; nil: nothing new.
	OptOut *bool
	// OptOutAlso are the same person\'s other conversations: he refuses or allows it there too.
	OptOutAlso []ConversationID

	// Decisions carry the texts to send.
	Decisions []Decision
	Effects   []Effect
	Marks     []Mark
	// Adopted is another conversation of the same person whose question for marks was taken over
	// here, with the state that is left of it; zero: none.
	Adopted      ConversationID
	AdoptedState []byte
	AdoptedFrom  int64 // its version as it was looked at
	// Asked is the order that was asked about, or will not be; 0: none.
	Asked      OrderID
	AskedState AskState
	AskAgainAt time.Time // for AskWaits
}

// Mark is what a customer gave the shop or a courier.
type Mark struct {
	ID           int64
	Conversation ConversationID
	Order        OrderID // 0: about no order in particular
	OrderNumber  string
	Customer     int64
	Name         string
	About        string // "shop" or "courier"
	Mark         int    // 1 to 5
	Comment      string
	Courier      string // who brought it, as the CRM names him; may be empty
	At           time.Time
	// Corrects replaces the mark given before for the same order and subject.
	Corrects bool
	// CommentOnly adds Comment to the marks that the order has.
	CommentOnly bool
}

// AskState is how far the question for an order's marks has come.
type AskState string

// The states.
const (
	AskWaits AskState = "waits" // until its time
	AskDone  AskState = "asked"
	AskNever AskState = "never" // it was decided not to ask
)

// Ask is an order whose customer is to be asked for marks.
type Ask struct {
	Order    OrderID
	At       time.Time // of the status that caused it
	DueAt    time.Time
	Tries    int
	State    AskState
	Why      string
	Customer int64
}

// UnmatchedPhrase is something that customers wrote and the bot did not understand.
type UnmatchedPhrase struct {
	Phrase string // in small form
	Sample string // as the last one wrote it
	Count  int
	LastAt time.Time
}

// CommandUse is how often a command was used.
type CommandUse struct {
	Command string
	Count   int
	People  int // different conversations
}

// MarkTable is one line of the tables of marks: the shop, or one courier.
type MarkTable struct {
	About   string
	Courier string
	Counts  [6]int // by mark; index 0 is unused
	LastAt  time.Time
}

// Marks is how many marks the line has.
func (t MarkTable) Marks() int {
	n := 0
	for _, c := range t.Counts {
		n += c
	}
	return n
}

// Mean is the average mark; 0 when there are none.
func (t MarkTable) Mean() float64 {
	sum := 0
	for mark, c := range t.Counts {
		sum += mark * c
	}
	if n := t.Marks(); n > 0 {
		return float64(sum) / float64(n)
	}
	return 0
}

// TalkLine is one line of a conversation as the page shows it.
type TalkLine struct {
	At   time.Time
	From TalkFrom
	Text string
	// Media is the kind of an attachment; empty for plain text.
	Media string
	Event device.TalkEvent
	// Message is the message of ours that the line shows; 0: it was heard.
	Message MessageID
	State   State  // of that message
	By      string // who wrote it, when a person of the shop did on our page
	Why     string // the bot's reason, for a heard line that was dealt with
	Args    Args
}

// TalkFrom is who said a line.
type TalkFrom string

// The sides.
const (
	TalkCustomer TalkFrom = "customer"
	TalkBot      TalkFrom = "bot"
	TalkPerson   TalkFrom = "person" // of the shop
	TalkOrder    TalkFrom = "order"  // a message about an order, a mailing, a test
	TalkSystem   TalkFrom = "system"
)

// ConversationFilter selects conversations for the page, those that wait for a person
// first, then the newest.
type ConversationFilter struct {
	// Only is "", "waiting" (for a person), "human" (the bot is silent) or "unread".
	Only   string
	Search string // name or digits of a phone
	Limit  int    // 1 to 200; 0 means 50
	// Before and BeforeID are the last word (the later of HeardAt and SaidAt; the Unix epoch
	// without one) and the ID of the last conversation of the page before. Without BeforeID
	// those that wait for a person count as shown.
	Before   time.Time
	BeforeID ConversationID
}
