package gateway

import (
	"context"
	"time"

	"vestnik/device"
)

// Chats is the CRM's chats as the gateway needs them, beside the transport of their
// messages. Errors are *device.Error with kinds Unauthorized, NotFound, Conflict,
// RateLimited, Unavailable, Refused, Uncertain.
type Chats interface {
	// Channel is one of the shop's accounts in a messenger, as last heard of; false when it is
	// not known.
	Channel(id int64) (ChatChannel, bool)
	// ChatUsers are the people of the shop who answer in the CRM's chats.
	ChatUsers(ctx context.Context) ([]ChatUser, error)
	// Assign gives the newest dialog of a chat to a person, by his id in the chats; Unassign takes
	// it from whoever has it, so that any operator may take it. Both open a dialog when there is
	// none.
	Assign(ctx context.Context, chat string, user int64) error
	Unassign(ctx context.Context, chat string) error
	// Close ends a dialog; one that is closed is no error.
	Close(ctx context.Context, chat string, dialog int64) error
	// Private writes a line that only the shop's people see.
	Private(ctx context.Context, chat, text string) error
}

// ChatChannel is one of the shop's accounts in a messenger of the CRM.
type ChatChannel struct {
	ID        int64
	Messenger string // "telegram" …
	Name      string
	Active    bool
	// Texts: the CRM may write texts there.
	Texts bool
	// AfterWindow is what may be written after the answer window: "" anything, "template" or "no".
	AfterWindow string
	MaxChars    int // longest text in characters; 0: not told
	// Suggestions: quick replies are shown.
	Suggestions bool
	// Ours: this box made it, to show its own WhatsApp and SMS; nobody is written to by it.
	Ours bool
}

// ChatUser is a person of the shop in the CRM's chats.
type ChatUser struct {
	ID        int64 // in the chats
	CRMUser   int64 // in the CRM; 0: not known
	Name      string
	Online    bool
	Available bool // he takes dialogs
}

// ChatModule is this box's module in the CRM, by which it gets the keys to the chats.
type ChatModule struct {
	Code string // Latin letters, digits, "-" and "_"; the same for the life of the box
	Name string
	// Refresh asks for a new key; the old one ends.
	Refresh bool
	// Transport asks for the right to show own channels among the CRM's chats, whose outgoing
	// messages are sent to WebhookURL.
	Transport  bool
	WebhookURL string
}

// ChatAccess is the keys to the CRM's chats. The keys are secret.
type ChatAccess struct {
	BotURL, BotKey             string // the URL is empty when the CRM does not tell it
	TransportURL, TransportKey string // both empty without the right
}

// ChatRegistrar registers the module: the CRM's API.
type ChatRegistrar interface {
	// RegisterChats answers Unauthorized when the key lacks the right, NotFound when the account has no
	// chats.
	RegisterChats(ctx context.Context, m ChatModule) (ChatAccess, error)
}

// NoChatNow tells why a text must not be written to a chat now; "" when it may.
func NoChatNow(c Conversation, ch ChatChannel, known bool, now time.Time) (Reason, Args) {
	args := Args{"messenger": c.Chat.Messenger}
	switch {
	case c.Chat.Blocked:
		return ChatBlocked, args
	case known && (!ch.Active || !ch.Texts || ch.Ours):
		return ChatClosed, args
	case !c.Chat.AnswerUntil.IsZero() && now.After(c.Chat.AnswerUntil) && known && ch.AfterWindow != "":
		args["until_at"] = At(c.Chat.AnswerUntil)
		return ChatWindowOver, args
	}
	return "", nil
}

// MayBeOf tells whether a conversation may be that of a card: a chat that the CRM ties to
// another card is not, although both may have one number, as families and placeholders have.
func (c Conversation) MayBeOf(customer int64) bool {
	return c.Channel != device.Chat || c.Customer == 0 || customer == 0 || c.Customer == customer
}

// ChooseChat is the messenger of the CRM to which a message about an order goes: the one
// from which the customer wrote last. talks are the conversations with his number or card, customer is
// his card, 0 when it is not known. ok is false when there is none or
// he wrote in this box's own WhatsApp later; why then says so.
func ChooseChat(talks []Conversation, customer int64, channel func(int64) (ChatChannel, bool), whatsapp bool, now time.Time) (chosen Conversation, why Reason, args Args, ok bool) {
	why = NoChat
	var newest time.Time
	for _, c := range talks {
		if c.Channel != device.Chat || c.HeardAt.IsZero() || !c.MayBeOf(customer) {
			continue
		}
		ch, known := channel(c.Chat.Account)
		if known && ch.Ours {
			continue
		}
		if no, a := NoChatNow(c, ch, known, now); no != "" {
			if !ok && why == NoChat {
				why, args = no, a
			}
			continue
		}
		if c.HeardAt.After(newest) {
			chosen, newest, ok = c, c.HeardAt, true
		}
	}
	if !ok {
		return Conversation{}, why, args, false
	}
	for _, c := range talks {
		if whatsapp && c.Channel == device.WhatsApp && c.HeardAt.After(newest) {
			return Conversation{}, OtherMessenger, Args{"heard_at": At(c.HeardAt)}, false
		}
	}
	return chosen, ChatChosen, Args{"messenger": chosen.Chat.Messenger, "heard_at": At(newest)}, true
}
