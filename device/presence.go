package device

import "time"

// Answer is yes, no, or that nobody knows.
type Answer string

// The answers.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown"
)

// Source says where a presence answer came from.
type Source string

// The sources.
const (
	FromDirectory Source = "directory" // WhatsApp was asked
	FromReceipt   Source = "receipt"   // a delivered message proved it
	FromIncoming  Source = "incoming"  // the customer wrote
)

// Presence says whether a number is on WhatsApp.
type Presence struct {
	Phone Phone
	On    Answer
	// Canonical is the number under which WhatsApp knows the person; it differs from Phone
	// for countries with optional digits (Brazil, Mexico). Empty unless On is Yes.
	Canonical Phone
	// Alias is the person's LID with its server, when WhatsApp told it.
	Alias  string
	At     time.Time
	Source Source
}
