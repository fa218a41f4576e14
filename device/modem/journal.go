package modem

import (
	"context"
	"time"

	"vestnik/device"
)

// NoMR is the message reference of a part whose submit was never answered.
const NoMR = -1

// PartState is how far one SMS has come, as far as this box knows.
type PartState string

// The states. Sending is written before the last byte of the SMS goes to the
// modem, so a part found in it after a crash may or may not have left.
const (
	PartSending   PartState = "sending"   // handed to the modem, no answer: it may have left
	PartNotSent   PartState = "not_sent"  // the modem or network said a definite no
	PartAccepted  PartState = "accepted"  // the network took it
	PartDelivered PartState = "delivered" // final report: it is on the recipient's phone
	PartFailed    PartState = "failed"    // final report: the network gave up
)

// Part is one SMS of a message, as the journal keeps it. (WireID, Seq) is its key.
type Part struct {
	WireID string // of the device.Envelope
	Seq    int    // 1 to Total
	Total  int    // 1 to 255

	Device    string       // IMEI of the modem that was asked to send it
	To        device.Phone // recipient
	ConcatRef int          // 0 to 255; 0 when Total is 1
	State     PartState
	// MR is the TP-Message-Reference that the modem assigned, 0 to 255, or NoMR while the
	// submit is unanswered. It is one byte: the same value comes back 256 messages later.
	MR int
	// SubmittedAt is when the part was last handed to the modem, by the box's clock.
	SubmittedAt time.Time
	// Report is the fingerprint of the final delivery report that settled the part, empty
	// before. It is opaque text of at most 64 bytes.
	Report string
}

// Journal is the modem's memory across restarts and power cuts. The store
// implements it; the modem's owner goroutine is the main caller, but the methods must be
// safe for use by several goroutines. Each writing method returns nil only
// after its change is committed to disk. Times keep at least milliseconds.
type Journal interface {
	// NextConcatRef returns the next value of one counter that runs 0, 1 … 255, 0 … and
	// goes on where it was after a restart. It is shared by all modems of the box: two
	// values in a row are never the same, and a value may be skipped but not repeated
	// within 255 calls.
	NextConcatRef(ctx context.Context) (int, error)

	// SavePart inserts the part or overwrites all fields of the one with the same
	// (WireID, Seq). It is called once before a part leaves (Sending), once when its
	// answer is there (Accepted, NotSent), and once when a final report settles it
	// (Delivered, Failed). An error before the part has left makes the send fail as
	// Unavailable, so nothing leaves that is not written down.
	SavePart(ctx context.Context, p Part) error

	// Parts returns what is known of a message's parts, ordered by Seq; none for an
	// unknown WireID. Send uses it to leave out parts that the network already has.
	Parts(ctx context.Context, wireID string) ([]Part, error)

	// PartsByMR returns the parts of one modem (IMEI) with this message reference and a
	// SubmittedAt at or after since, newest SubmittedAt first, in every state but NotSent. mr may be
	// NoMR: then these are the unanswered submits. It is called for each delivery
	// report and deserves an index on (device, mr, submitted_at). The recipient is
	// compared by the modem room, since reports spell numbers in their own way.
	PartsByMR(ctx context.Context, device string, mr int, since time.Time) ([]Part, error)

	// TryPIN records, in one transaction, that the PIN behind key is about to be entered,
	// and tells whether that was recorded before. The key is opaque text of at most 128
	// bytes that stands for one SIM card and one PIN without holding either. Because
	// the record outlives restarts, a wrong PIN is entered once and not once per boot.
	TryPIN(ctx context.Context, key string) (triedBefore bool, err error)

	// PINAccepted forgets the record of TryPIN, since the SIM card took the PIN. Nil
	// for an unknown key.
	PINAccepted(ctx context.Context, key string) error
}
