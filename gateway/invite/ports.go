package invite

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Store is all that the loop reads and writes.
type Store interface {
	gateway.Invitations
	Restored(ctx context.Context) (gateway.Restored, error)
	ConsentOf(ctx context.Context, phone device.Phone, customer int64) (c gateway.Consent, ok bool, err error)
	ConversationsOf(ctx context.Context, phone device.Phone, customer int64) ([]gateway.Conversation, error)
	// InvitedSince is when a person, by his number or his card (either may be zero), was last
	// asked for a review since t, by an invitation or by a mailing; false when he was not.
	InvitedSince(ctx context.Context, phone device.Phone, customer int64, t time.Time) (at time.Time, ok bool, err error)
	// InvitationsMade is how many were made since t, sent already or not, and when the first of them was.
	InvitationsMade(ctx context.Context, since time.Time) (n int, first time.Time, err error)
	// AskOf is how far the bot's question for an order's marks has come.
	AskOf(ctx context.Context, order gateway.OrderID) (a gateway.Ask, ok bool, err error)
}
