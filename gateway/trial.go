package gateway

import (
	"time"

	"vestnik/device"
)

// Draft is a message that a person or a program asks for, not a rule.
type Draft struct {
	To   string // as typed
	Text string
	// Key makes a repeated request no second message; empty: each request is a new one.
	Key       string
	Purpose   Purpose
	Channels  []device.Channel // empty: WhatsApp, then SMS
	NotBefore time.Time
	ExpiresAt time.Time
	By        string // user or token, for the trace
	File      FileID // a picture or document that goes with it; 0: none
}

// Trial is what a rule would do with an order, with nothing sent.
type Trial struct {
	Verdict Verdict
	Reason  Reason
	Args    Args
	Text    string
	Missing []string // paths of fields that are empty and have no default
	To      device.Phone
	Channel device.Channel // the one that would carry it now; "" when none
	SMS     device.SMSLength
	Trace   []Step
	Order   Order
}

// NumberCheck is what is known of one number.
type NumberCheck struct {
	Raw      string
	Phone    device.Phone // empty when not valid
	Kind     device.PhoneKind
	Problem  device.PhoneProblem // why it is not valid
	Presence device.Presence
}

// Topic is the name of something that pages show and that has changed.
type Topic string

// The topics.
const (
	TopicLinks    Topic = "links" // a radio's or the CRM's state
	TopicPairing  Topic = "pairing"
	TopicQueue    Topic = "queue"    // a message or decision
	TopicSettings Topic = "settings" // settings, rules, reference
	TopicInbox    Topic = "inbox"
	TopicCards    Topic = "cards" // a customer's card was renewed, or a ticket was dealt with
	// TopicCampaigns: a mailing has come on, or another state.
	TopicCampaigns Topic = "campaigns"
)
