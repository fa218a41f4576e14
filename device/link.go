package device

import "time"

// LinkState is the state of a radio's way to its network. A state is what a page
// shows and what a person can act on; why it came about is the Cause of the
// transition.
type LinkState string

// States of both radios.
const (
	LinkOff        LinkState = "off"        // switched off in the settings
	LinkConnecting LinkState = "connecting" // on its way; nothing to do
	LinkConnected  LinkState = "connected"
)

// States of the WhatsApp session.
const (
	LinkUnpaired    LinkState = "unpaired"
	LinkPairing     LinkState = "pairing"
	LinkUnlinked    LinkState = "unlinked"    // the shop's phone ended the session
	LinkBanned      LinkState = "banned"      // until Until, or for good when that is zero
	LinkLocked      LinkState = "locked"      // may answer, may not start new chats until Until
	LinkOutdated    LinkState = "outdated"    // WhatsApp refuses this version of the client
	LinkReplaced    LinkState = "replaced"    // another program uses the same session
	LinkUnreachable LinkState = "unreachable" // no way to WhatsApp's servers
	LinkClockWrong  LinkState = "clock_wrong" // the certificate does not fit the box's clock
)

// States of a modem.
const (
	LinkAbsent        LinkState = "absent" // no modem at the port
	LinkSIMMissing    LinkState = "sim_missing"
	LinkSIMPIN        LinkState = "sim_pin"   // a PIN is asked and none or a wrong one is set
	LinkSIMPUK        LinkState = "sim_puk"   // locked; only a phone and the PUK help
	LinkSearching     LinkState = "searching" // no network found yet
	LinkDenied        LinkState = "denied"    // the network refuses the SIM
	LinkNoSignal      LinkState = "no_signal"
	LinkNotResponding LinkState = "not_responding" // the port is there, the modem is silent
)

// States of the CRM's chats.
const (
	LinkNoChats  LinkState = "no_chats"  // the account has none, or its tariff or the key's rights do not allow them
	LinkNoAccess LinkState = "no_access" // the key to the chats was revoked and no new one can be had
)

// Link is the state of one radio at one moment.
type Link struct {
	Channel Channel
	Device  string // MSISDN or IMEI; empty while unknown
	State   LinkState
	// Cause is the technician's word for the last transition ("stream:error 515", "+CPIN: SIM
	// PUK"). Pages fold it away.
	Cause string
	Since time.Time
	Until time.Time // end of a ban or lock; zero when none or unknown
	// Code is WhatsApp's own number for why: of a ban BanStrangers and so on, of a lock NewChatRefused when it
	// was learned from a refused message. 0: none, or not told.
	Code int

	Phone     Phone  // the shop's own number, when known
	Name      string // the account's or operator's name
	Port      string // the modem's port
	SignalDBM int    // -113 to -51; 0 means unknown (3GPP TS 27.007 §8.5)
	LastSeen  time.Time
}

// WhatsApp's codes of a ban for a time, as its web client knows them.
const (
	BanStrangers     = 101 // too many messages to people who do not have this number in their contacts
	BanBlocked       = 102 // too many people blocked this number
	BanGroups        = 103 // too many groups with people who do not have this number in their contacts
	BanSameText      = 104 // the same message to too many people
	BanBroadcastList = 106 // too many messages to a broadcast list
)

// NewChatRefused is the code with which WhatsApp refuses the first message to somebody.
const NewChatRefused = 463

// CanReply tells whether a message to somebody with an open chat can leave now.
func (l Link) CanReply() bool { return l.State == LinkConnected || l.State == LinkLocked }

// CanStart tells whether a message to somebody new can leave now.
func (l Link) CanStart() bool { return l.State == LinkConnected }

// NeedsPerson tells whether the state goes on until a person acts.
func (l Link) NeedsPerson() bool {
	switch l.State {
	case LinkUnpaired, LinkUnlinked, LinkBanned, LinkOutdated, LinkReplaced, LinkClockWrong,
		LinkAbsent, LinkSIMMissing, LinkSIMPIN, LinkSIMPUK, LinkDenied, LinkNoSignal, LinkNotResponding,
		LinkNoChats, LinkNoAccess:
		return true
	}
	return false
}
