package device

import "time"

// Outgoing is a message on its way to the radio.
type Outgoing struct {
	To   Phone
	Text string // never empty
	// ValidFor bounds how long the network may keep trying; zero leaves it to the
	// network. SMS: TP-VP, 5 minutes to 63 weeks (3GPP TS 23.040 §9.2.3.12).
	ValidFor time.Duration
}

// Envelope is a message with the identity it will carry on the wire. The ledger
// commits it before Send is called, so that after a crash the same identity can be
// recognised in receipts, or sent again.
type Envelope struct {
	Outgoing
	// WireID names the message towards the network: the WhatsApp message id, or for
	// an SMS an id of ours under which the modem room keeps its parts.
	WireID string
	// Device is the radio that made the envelope: the WhatsApp account's MSISDN or the
	// modem's IMEI.
	Device string
	// Parts is how many SMS the text takes; 1 for WhatsApp.
	Parts int
	// ConcatRef is the SMS concatenation reference, 0 to 255 (3GPP TS 23.040
	// §9.2.3.24.1); meaningless when Parts is 1.
	ConcatRef int
}

// Accepted is the network's word that it took a message. It is not a delivery: see
// Receipt.
type Accepted struct {
	At     time.Time
	Device string
	// Parts has one entry per SMS; empty for WhatsApp.
	Parts []AcceptedPart
}

// AcceptedPart is one SMS that the network took.
type AcceptedPart struct {
	Seq int // 1 to Parts
	MR  int // TP-Message-Reference, 0 to 255, assigned by the modem
	At  time.Time
}

// Incoming is a message from a customer.
type Incoming struct {
	Channel Channel
	Device  string
	// ID is the network's id; with Channel and Device it names the message once and
	// for all, so a redelivery is recognised.
	ID   string
	From Phone // empty when the network gave only an alias
	// Alias is the sender's other identity (WhatsApp: the LID with its server); may be empty.
	Alias string
	Name  string // as the sender calls himself; foreign text
	Text  string // foreign text; empty for media without a caption
	Media string // kind of an attachment ("image", "audio" …); empty for plain text
	At    time.Time
	// FromShop marks a message that a person of the shop wrote on the shop's own phone;
	// then To is the customer and From the shop.
	FromShop bool
	To       Phone
}

// ReceiptKind is what a receipt proves.
type ReceiptKind string

// The receipts. Failed is the network's definite "not delivered"; Trying its "not
// yet".
const (
	ReceiptDelivered ReceiptKind = "delivered"
	ReceiptRead      ReceiptKind = "read"
	ReceiptTrying    ReceiptKind = "trying"
	ReceiptFailed    ReceiptKind = "failed"
)

// Receipt is the network's later word about a message that it took.
type Receipt struct {
	Channel Channel
	Device  string
	WireIDs []string
	// Part and Parts are the SMS part this receipt is about; 0 of 0 means the whole
	// message.
	Part, Parts int
	Kind        ReceiptKind
	At          time.Time
	From        Phone
	// Evidence is the receipt as it came, for the journal's folded part: "TP-ST 0x00,
	// MR 17" or "receipt read".
	Evidence string
}
