package gateway

import (
	"time"

	"vestnik/device"
)

// RuleID names a rule for good; a changed rule keeps its id and gets a new version.
type RuleID int64

// Once says how often one order may trigger one rule.
type Once string

// The choices.
const (
	OncePerOrder  Once = "order"
	OncePerChange Once = "change"
)

// IfMissing says what becomes of a message whose text has an empty field without a
// default.
type IfMissing string

// The choices.
const (
	SendWithout IfMissing = "send" // leave the place empty
	DoNotSend   IfMissing = "skip"
)

// Clock is a time of day in minutes since midnight, 0 to 1440.
type Clock int

// Hours is the part of the day in which customers may be written to. From equal to
// To means the whole day; From after To spans midnight.
type Hours struct{ From, To Clock }

// Any tells whether h does not restrict anything.
func (h Hours) Any() bool { return h.From == h.To }

// Rule says which message an order's status makes.
type Rule struct {
	ID       RuleID
	Name     string // unique, what the journal calls it
	Enabled  bool
	Statuses []string // CRM status codes
	Text     string   // a template
	// Channels in order of preference; the first that reaches the customer carries the
	// message.
	Channels []device.Channel
	Once     Once
	// FallbackAfter is how long a missing delivered receipt is waited for before the next
	// channel gets the message; 0 means for ever.
	FallbackAfter time.Duration
	Hours         Hours
	// ExpiresAfter counts from the status change; 0 means never.
	ExpiresAfter time.Duration
	IfMissing    IfMissing
	Version      int // 1 for a new rule
	UpdatedAt    time.Time
	UpdatedBy    string
}

// DefaultRule is what a new rule starts from.
func DefaultRule() Rule {
	return Rule{
		Enabled:       true,
		Channels:      []device.Channel{device.WhatsApp, device.SMS},
		Once:          OncePerOrder,
		FallbackAfter: 30 * time.Minute,
		Hours:         Hours{From: 9 * 60, To: 21 * 60},
		ExpiresAfter:  24 * time.Hour,
		IfMissing:     SendWithout,
	}
}
