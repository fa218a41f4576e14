package device

import "time"

// Outgoing is a message on its way to the radio.
type Outgoing struct {
	To Phone // empty when the recipient is known by his alias only
	// Alias is the recipient's other identity in the channel: in Chat the chat's id, which
	// alone counts there, in WhatsApp the LID, which counts when To is empty.
	Alias string
	Text  string // never empty
	// File is a picture or document that goes with the text, which then is its caption; 0: none. A
	// radio that cannot carry files leaves it out.
	File FileID
	// Suggestions are quick replies under the text; a radio that cannot show them leaves them
	// out.
	Suggestions []Suggestion
	// Notice marks what is not part of a talk (an order's news, a mailing): in Chat it opens no
	// dialog at the operators.
	Notice bool
	// ValidFor bounds how long the network may keep trying; zero leaves it to the
	// network. SMS: TP-VP, 5 minutes to 63 weeks (3GPP TS 23.040 §9.2.3.12).
	ValidFor time.Duration
	// Typing is how long the recipient sees "typing…" before the text, 0 to 8 s; 0: not at all. A radio
	// that cannot show it sends at once.
	Typing time.Duration
}

// FileID names a file that the ledger keeps, for good.
type FileID int64

// File is a picture or a document.
type File struct {
	ID   FileID
	Name string // as people see it: "Осень.pdf"
	MIME string // image/jpeg, image/png, application/pdf
	Data []byte
}

// Codes of a try about Outgoing.File.
const (
	// FileNotUploaded is the Error.Code of a message, and of it alone, that waits because its file
	// cannot be brought to the network: others may go.
	FileNotUploaded = "file not uploaded"
	// FileLeftOut is the Accepted.Code of a text that went alone, after its file could not be brought
	// to the network for long.
	FileLeftOut = "file left out"
)

// MaxFile is the largest file that is kept, in bytes. WhatsApp takes more; a Pi's memory and card
// do not.
const MaxFile = 5 << 20

// Suggestion is a quick reply that the recipient may tap instead of typing.
type Suggestion struct {
	Title string
	// Payload comes back as Incoming.Payload where the channel brings it back.
	Payload string
}

// Envelope is a message with the identity it will carry on the wire. The ledger
// commits it before Send is called, so that after a crash the same identity can be
// recognised in receipts, or sent again.
type Envelope struct {
	Outgoing
	// WireID names the message towards the network: the WhatsApp message id, or for
	// an SMS or a chat an id of ours under which its adapter keeps what the network calls it.
	WireID string
	// Device is the radio that made the envelope: the WhatsApp account's MSISDN or the
	// modem's IMEI, or the host of the CRM's chats.
	Device string
	// Parts is how many SMS the text takes; 1 for WhatsApp and Chat.
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
	// Code says what went otherwise than asked, for the journal's folded part: FileLeftOut; mostly
	// empty.
	Code string
	// Parts has one entry per SMS; empty for WhatsApp and Chat.
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
	// Alias is the customer's other identity: in WhatsApp the LID with its server, in Chat the
	// chat's id; may be empty.
	Alias string
	Name  string // as the sender calls himself; foreign text
	Text  string // foreign text; empty for media without a caption
	Media string // kind of an attachment ("image", "audio" …); empty for plain text
	At    time.Time
	// FromShop marks a message that a person of the shop wrote, on the shop's own phone or in
	// the CRM's chat; then To is the customer and From the shop.
	FromShop bool
	To       Phone
	// Event is what happened to the talk when nobody wrote; empty for words.
	Event TalkEvent
	// Payload is what a tapped suggestion brings back; may be empty.
	Payload string
	// Chat is filled for Chat.
	Chat ChatFacts
}

// TalkEvent is what happened to a talk beside words.
type TalkEvent string

// The events.
const (
	TalkAssigned TalkEvent = "assigned" // given to a person of the shop, or taken by one
	TalkReturned TalkEvent = "returned" // given back to the bot
	TalkClosed   TalkEvent = "closed"
	TalkCommand  TalkEvent = "command" // a person of the shop typed a command for the bot (Text)
)

// ChatFacts is what a messenger in the CRM says of a chat beside the words.
type ChatFacts struct {
	Messenger string // "telegram", "vk" … as the CRM calls it
	Account   int64  // the CRM's id of the shop's account in that messenger
	Customer  int64  // the messenger customer's id in the CRM's chats
	Dialog    int64  // the dialog in which it was said; 0: none
	// AnswerUntil is the end of the messenger's answer window; zero: none is known.
	AnswerUntil time.Time
	Blocked     bool  // the customer blocked the shop
	Operator    int64 // the CRM's user who answers here; 0: nobody, or the bot
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
