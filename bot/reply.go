package bot

import (
	"time"

	"vestnik/gateway"
)

// Reply is what becomes of a message.
type Reply struct {
	// Need is a fact without which nothing can be decided. When it is set, everything else
	// is empty: find the fact and call Reply again with the same conversation and message.
	Need *Need
	// Texts are none, one or two, each within the channel's limit, to be sent in order.
	Texts []string
	// Suggestions belong to the last text.
	Suggestions []Suggestion
	Actions     []Action
	// Next is the conversation from now on. Keep it in one transaction with the texts and
	// actions.
	Next Conversation
	Why  Why
	// Command is the ID of the command that was used, for statistics; may be empty.
	Command string
}

// NeedKind is a kind of fact.
type NeedKind string

// The needs.
const (
	NeedOrders NeedKind = "orders" // Facts.Orders, and OrdersKnown; with CRM false when they cannot be had
	NeedLookup NeedKind = "lookup" // Facts.Lookup
)

// Need is a fact that has to be found out.
type Need struct {
	Kind NeedKind
	// Number is the order's number as the customer typed it, Last4 the last four digits of
	// its phone; for NeedLookup.
	Number, Last4 string
}

// Suggestion is a quick reply.
type Suggestion struct {
	Title   string
	Payload string // comes back as Message.Payload
}

// ActionKind is a kind of action.
type ActionKind string

// The actions and the fields they use.
const (
	ActHandOver    ActionKind = "hand_over"    // Cause, Order: call a person
	ActOptOut      ActionKind = "opt_out"      // no advertising any more
	ActOptIn       ActionKind = "opt_in"       // advertising again
	ActKeepMark    ActionKind = "keep_mark"    // Order, About, Mark, Corrects
	ActKeepComment ActionKind = "keep_comment" // Order, Comment: add it to the marks of the order
	ActTask        ActionKind = "task"         // Order, Mark: a bad mark for a manager to look into
	ActReview      ActionKind = "review"       // Order: the review link was offered
	ActAnswerLater ActionKind = "answer_later" // Until: send EventCRMBack when the CRM answers again
	ActUnmatched   ActionKind = "unmatched"    // Phrase: nobody knows yet what it means
	ActSilenced    ActionKind = "silenced"     // Until: show on the page that the bot says nothing here
	ActClose       ActionKind = "close"        // nothing is left to be answered: the channel's dialog may be closed; it may come again
)

// Action is something that has to be done beside answering.
type Action struct {
	Kind    ActionKind
	Cause   Reason // why a person is called
	Order   gateway.OrderID
	About   Subject
	Mark    int // 1 to 5; for a task the lowest
	Comment string
	Phrase  string
	// Corrects marks a mark that replaces the one given before.
	Corrects bool
	Until    time.Time
}
