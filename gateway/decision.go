package gateway

import (
	"time"

	"vestnik/device"
)

// Verdict is whether a rule makes a message of a change.
type Verdict string

// The verdicts.
const (
	Send Verdict = "send"
	Skip Verdict = "skip"
)

// Decision is one rule's answer to one status change, or the taking of a message
// from elsewhere (API, test). It is kept also when the verdict is not to send.
type Decision struct {
	ID        int64
	HistoryID int64 // 0 when no status change caused it
	RuleID    RuleID
	Rule      string
	Verdict   Verdict
	Reason    Reason
	Args      Args
	Order     OrderID
	Number    string
	Name      string // whom it is about, for lists
	Status    string // the status code that the order reached
	At        time.Time
	Trace     []Step
	// Message is the draft to enqueue when the verdict is Send; its id once stored.
	Message   *Message
	MessageID MessageID
}

// Step is one line of a trace.
type Step struct {
	At     time.Time
	Reason Reason
	Args   Args
}

// Args fill the places in a reason's sentence. A value under a key that ends in
// "_at" is a time in RFC 3339 and is shown in the shop's zone.
type Args map[string]string

// Effect is something that must leave the box besides messages, and may be done
// twice without harm: the WhatsApp mark on an order, a note, a hand-over to a person.
type Effect struct {
	ID      int64
	Kind    EffectKind
	Key     string // the same key is the same effect
	Order   OrderID
	Message MessageID // whose trace hears of it; 0: nobody's
	Value   string    // "yes" or "no" for a mark, JSON for the others
	State   EffectState
	Tries   int
	NextAt  time.Time
	Error   string
	At      time.Time
}

// EffectKind names what an effect does.
type EffectKind string

// The kinds and what their values are.
const (
	EffectMark     EffectKind = "mark_whatsapp" // "yes" or "no"
	EffectNote     EffectKind = "note"          // Note
	EffectTag      EffectKind = "tag"           // Tag
	EffectTask     EffectKind = "task"          // HandOver without a conversation: a task for the manager
	EffectHandOver EffectKind = "hand_over"     // HandOver
	EffectFields   EffectKind = "fields"        // FieldValues
	EffectPrivate  EffectKind = "private"       // PrivateNote
	EffectClose    EffectKind = "close_dialog"  // CloseDialog
	EffectAck      EffectKind = "ack"           // OperatorAck
	EffectNotify   EffectKind = "notify"        // Notice
	EffectGive     EffectKind = "give_task"     // Task, for a performer who is known
	EffectMail     EffectKind = "plugin_card"   // PluginMailing
)

// Notice is a word to users of the CRM, which they see when they are there. A lost answer may
// show it twice.
type Notice struct {
	Users []int64 `json:"users"`
	Text  string  `json:"text"`
}

// HandOver is a talk, or a matter, that a person of the shop has to take on.
type HandOver struct {
	Conversation ConversationID `json:"conversation,omitempty"`
	Order        OrderID        `json:"order,omitempty"`
	OrderNumber  string         `json:"number,omitempty"`
	Customer     int64          `json:"customer,omitempty"`
	Phone        device.Phone   `json:"phone,omitempty"`
	Name         string         `json:"name,omitempty"`
	// Cause is the bot's reason, Text the sentence for the person, in the shop's language.
	Cause string `json:"cause,omitempty"`
	Text  string `json:"text"`
	// Asked is when the customer asked.
	Asked time.Time `json:"asked"`
}

// FieldValues are custom fields of an order or a customer's card.
type FieldValues struct {
	Order    OrderID        `json:"order,omitempty"`
	Customer int64          `json:"customer,omitempty"`
	Fields   map[string]any `json:"fields"`
}

// PrivateNote is a line in a chat of the CRM that only the shop's people see.
type PrivateNote struct {
	Chat string `json:"chat"`
	Text string `json:"text"`
}

// CloseDialog ends a dialog of the CRM's chats.
type CloseDialog struct {
	Chat   string `json:"chat"`
	Dialog int64  `json:"dialog"`
	// Unless anybody wrote in the conversation since the customer's word at HeardAt; zero: a
	// person wants it closed.
	Conversation ConversationID `json:"conversation,omitempty"`
	HeardAt      time.Time      `json:"heard,omitzero"`
}

// EffectState is how far an effect has come.
type EffectState string

// The states.
const (
	EffectPending EffectState = "pending"
	EffectDone    EffectState = "done"
	EffectFailed  EffectState = "failed" // refused for good; a person may retry it
	EffectDropped EffectState = "dropped"
)

// OperatorAck tells an operator in the CRM what became of what he wrote to a customer of this
// box's own WhatsApp or SMS.
type OperatorAck struct {
	ID  int64  `json:"id"`  // of his message in the CRM's chats
	Key string `json:"key"` // the dedupe key of the message here
}

// PluginMailing is a card for the helpdesk's plugin. Says stands for what is on it, so that the
// same card is posted once; what is posted is the card as it is then.
type PluginMailing struct {
	Ticket TicketID `json:"ticket"`
	Says   string   `json:"says"`
}
