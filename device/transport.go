package device

import "context"

// Transport is a radio that can carry a text to a phone.
//
// The order of calls is Prepare, then the caller commits the envelope, then Send.
// Send may be called again with the same envelope after a crash.
type Transport interface {
	// Prepare gives a message its wire identity. It does not touch the network. It
	// fails with Invalid (text empty or too long, number not reachable by this radio)
	// or Unavailable (no radio to make an identity for).
	Prepare(ctx context.Context, out Outgoing) (Envelope, error)

	// Send hands the envelope to the network and waits for its word. Errors have a Kind:
	// Unavailable, RateLimited, Locked: nothing left, try later; Invalid, NotFound, Refused: a
	// definite no; Uncertain: it may have left, wait for a Receipt.
	Send(ctx context.Context, env Envelope) (Accepted, error)

	// Link is the state of the radio now.
	Link() Link
}

// Memory is a radio that writes down what it hands to its network, and so can tell after
// a crash more than "unknown".
type Memory interface {
	// Recall tells what this box's own records say about an envelope that Send was called with,
	// also before a restart: the SMS of it that the network took, and how many may have left besides.
	// None of both means that surely nothing left. It fails with Unavailable when the records cannot be read.
	Recall(ctx context.Context, env Envelope) (sent []AcceptedPart, doubtful int, err error)
}

// Revoker can take back a message that was not delivered yet.
type Revoker interface {
	// Revoke asks the network to delete the message for its recipient. Nil means that the
	// request was accepted, not that the recipient never saw the text.
	Revoke(ctx context.Context, env Envelope) error
}

// Directory knows who is on WhatsApp.
type Directory interface {
	// Lookup asks for up to 10 numbers at once. The answer has one entry per question,
	// in the same order; numbers the directory did not answer for come back Unknown. It fails
	// with RateLimited or Unavailable.
	Lookup(ctx context.Context, phones []Phone) ([]Presence, error)
}

// Sink takes what comes from the radios. Each method returns nil only after the
// news is safe on disk: the radio acknowledges it to its network after that, so
// that what was not stored comes again. All are idempotent and safe for use by
// several goroutines.
type Sink interface {
	Incoming(ctx context.Context, in Incoming) error
	Receipt(ctx context.Context, r Receipt) error
	// LinkChanged tells each change of a radio's state, in order; it does not block.
	LinkChanged(ctx context.Context, l Link)
}
