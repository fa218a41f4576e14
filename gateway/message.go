package gateway

import (
	"time"

	"vestnik/device"
)

// MessageID names a message in the ledger; it rises with time.
type MessageID int64

// State is how far a message has come.
type State string

// The states. Accepted means only that the network took it; delivered is the
// receipt's word.
const (
	Held      State = "held" // waits until NotBefore, or for a person when that is zero
	Queued    State = "queued"
	Sending   State = "sending"
	Accepted  State = "accepted"
	Delivered State = "delivered"
	Read      State = "read"
	Failed    State = "failed"
	Expired   State = "expired"
	Cancelled State = "cancelled"
	// UnknownState: nobody here knows whether it left. It is settled by evidence, or by a
	// person, and never sent again silently.
	UnknownState State = "unknown"
)

// States lists all states in the order of a message's life.
var States = []State{Held, Queued, Sending, Accepted, Delivered, Read, Failed, Expired, Cancelled, UnknownState}

// transitions is the whole of what may happen to a message; the database checks
// the states again.
var transitions = map[State][]State{
	Held:         {Held, Queued, Sending, Expired, Cancelled, Failed, Delivered, Read},
	Queued:       {Held, Queued, Sending, Expired, Cancelled, Failed, Delivered, Read},
	Sending:      {Queued, Held, Accepted, Delivered, Read, Failed, UnknownState},
	Accepted:     {Queued, Delivered, Read, Failed},
	Delivered:    {Read},
	UnknownState: {Sending, Queued, Accepted, Delivered, Read, Failed, Cancelled, Expired},
	// A proof that comes after we had given up corrects the record.
	// A person may send it again.
	Failed:    {Delivered, Read, Queued},
	Expired:   {Delivered, Read, Queued},
	Cancelled: {Delivered, Read, Queued},
}

// May tells whether a message may go from one state to another.
func (s State) May(to State) bool {
	for _, t := range transitions[s] {
		if t == to {
			return true
		}
	}
	return false
}

// Known tells whether s is a state.
func (s State) Known() bool {
	for _, k := range States {
		if k == s {
			return true
		}
	}
	return false
}

// Over tells whether nothing more will happen by itself.
func (s State) Over() bool {
	switch s {
	case Delivered, Read, Failed, Expired, Cancelled:
		return true
	}
	return false
}

// Purpose is why a message is written; it decides its priority.
type Purpose string

// The purposes.
const (
	ForReply    Purpose = "reply"
	ForTest     Purpose = "test"
	ForOrder    Purpose = "order"
	ForRating   Purpose = "rating"
	ForCampaign Purpose = "campaign"
)

// Unasked tells that nobody waits for such a message: a mailing, an invitation, a question for marks.
func (p Purpose) Unasked() bool { return p == ForCampaign || p == ForRating }

// Priority of a purpose: lower goes first. -1 for an unknown one.
func (p Purpose) Priority() int {
	switch p {
	case ForReply:
		return 0
	case ForTest:
		return 1
	case ForOrder:
		return 2
	case ForRating:
		return 3
	case ForCampaign:
		return 4
	}
	return -1
}

// Message is one text on its way to one customer.
type Message struct {
	ID MessageID
	// DedupeKey makes a repeated cause no second message: "rule/7/order/10482".
	DedupeKey string
	To        device.Phone // empty when only Alias is known of the customer
	// Alias is the customer's other identity in the channel (device.Outgoing); in Chat it is the
	// chat that was chosen, empty before.
	Alias string
	// Conversation is the talk that it belongs to; 0: none.
	Conversation ConversationID
	// ByBot: the bot said it. It does not leave after a person has taken the talk over.
	ByBot bool
	// Customer is the CRM's card; 0: not known.
	Customer    int64
	Purpose     Purpose
	Text        string
	Suggestions []device.Suggestion
	State       State
	// Reason says why it is in its state or what it waits for.
	Reason Reason
	// Channels in order of preference; Channel is the one it is on now.
	Channels []device.Channel
	Channel  device.Channel

	RuleID        RuleID // 0 when no rule made it
	Rule          string
	Order         OrderID // 0 when it is about no order
	OrderNumber   string
	Hours         Hours
	FallbackAfter time.Duration

	NotBefore time.Time // zero while held for a person
	ExpiresAt time.Time // zero: never
	// FallbackAt is when a missing delivered receipt moves it to the next channel; zero: never.
	FallbackAt time.Time
	// ResolveAt is when an unknown message is looked at again; zero: by a person only.
	ResolveAt time.Time
	Attempts  int

	// Zone is the recipient's time zone, an IANA name, for Hours; empty: the shop's.
	Zone string
	// Campaign is the mailing that it belongs to; 0: none.
	Campaign CampaignID
	// File is the picture or document that goes with the text; 0: none.
	File FileID

	CreatedAt, UpdatedAt time.Time
}

// FileID names a kept file for good.
type FileID = device.FileID

// NextChannel is the channel after the present one in the order of preference,
// among those for which usable is true; "" when there is none.
func (m Message) NextChannel(usable func(device.Channel) bool) device.Channel {
	after := false
	for _, ch := range m.Channels {
		if after && usable(ch) {
			return ch
		}
		if ch == m.Channel {
			after = true
		}
	}
	return ""
}

// AttemptState is what became of one hand-over to the network.
type AttemptState string

// The states of an attempt.
const (
	AttemptSending   AttemptState = "sending"
	AttemptAccepted  AttemptState = "accepted"
	AttemptNotSent   AttemptState = "not_sent" // surely nothing left
	AttemptRefused   AttemptState = "refused"
	AttemptUncertain AttemptState = "uncertain"
	AttemptRevoked   AttemptState = "revoked" // taken back before its delivery was known
)

// Attempt is one hand-over of a message to a radio, written down before it happens.
type Attempt struct {
	Message   MessageID
	N         int // 1 for the first
	Channel   device.Channel
	Box       string
	Envelope  device.Envelope
	State     AttemptState
	Code      string // the network's code, folded away on pages
	StartedAt time.Time
	SettledAt time.Time
}

// Part is one SMS of an attempt.
type Part struct {
	Seq, Total int
	ConcatRef  int
	MR         int // TP-Message-Reference, -1 while unknown
	State      PartState
}

// PartState is what is known of one SMS.
type PartState string

// The states of a part.
const (
	PartSending   PartState = "sending"
	PartAccepted  PartState = "accepted"
	PartDelivered PartState = "delivered"
	PartFailed    PartState = "failed"
)
