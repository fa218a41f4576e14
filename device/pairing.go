package device

import "time"

// PairingState is how far the linking of the shop's phone has come.
type PairingState string

// The states. All but waiting and scanned are final until pairing is started
// again.
const (
	PairingNone    PairingState = "none" // nobody started it
	PairingWaiting PairingState = "waiting"
	PairingScanned PairingState = "scanned" // the phone agreed; keys are being exchanged
	PairingPaired  PairingState = "paired"
	PairingExpired PairingState = "expired" // all codes ran out
	PairingPasskey PairingState = "passkey" // WhatsApp wants a passkey, which this page cannot give
	PairingFailed  PairingState = "failed"
)

// Pairing is a running or ended attempt to link the shop's phone.
type Pairing struct {
	State PairingState
	// QR is the text of the code to show now; empty unless waiting.
	QR string
	// Code is the 8-character code in the form ABCD-EFGH to type on the phone instead;
	// empty unless it was asked for.
	Code string
	// ShownAt and ExpiresAt bound the life of the QR shown now: 60 s for the first, 20 s for
	// each of the five others.
	ShownAt, ExpiresAt time.Time
	// Reason says why it failed, in the technician's words.
	Reason string
	Phone  Phone // the number that was linked, once scanned
	// Wrong is the number that was scanned when another was expected.
	Wrong Phone
}
