package gateway

import (
	"context"
	"time"

	"vestnik/device"
)

// InvitationSettings is the invitation to leave a review, some days after an order reached a
// status: once for each order.
type InvitationSettings struct {
	On bool
	// Statuses are the CRM's status codes of orders that were handed over.
	Statuses []string
	// After is the pause since the status, 1 hour to 60 days.
	After time.Duration
	// Texts by language ("ru", "en"): templates over the order's directory and {{review.link}}.
	Texts    map[string]string
	Channels []device.Channel
	// PerDay bounds the invitations of 24 hours, 0 to 10,000; 0: only the channels' own caps.
	PerDay int
	// HappyOnly leaves out those who gave 3 or less.
	HappyOnly bool
}

// DefaultInvitation is what a new box starts from: off.
func DefaultInvitation() InvitationSettings {
	return InvitationSettings{
		After: 3 * 24 * time.Hour, Channels: []device.Channel{device.Chat, device.WhatsApp, device.SMS}, PerDay: 30, HappyOnly: true,
		Texts: map[string]string{
			"ru": "{{customer.firstName|default:\"Здравствуйте\"}}, спасибо за заказ {{order.number}}! Расскажите, всё ли понравилось: {{review.link}}",
			"en": "{{customer.firstName|default:\"Hello\"}}, thank you for order {{order.number}}! Tell us how it was: {{review.link}}",
		},
	}
}

// Invitation is an order whose customer is to be invited.
type Invitation struct {
	Order     OrderID
	At, DueAt time.Time // of the status that caused it; when it is due
	Tries     int
	State     AskState // AskWaits, AskDone, AskNever
	Why       Reason   // why it was not sent
	Message   MessageID
	Decision  int64 // that settled it; 0: it waits
}

// Invitations is where they are kept.
type Invitations interface {
	// QueueInvitations is as Talks.QueueAsks, with a counter of its own.
	QueueInvitations(ctx context.Context, statuses []string, delay time.Duration) (int, error)
	DueInvitations(ctx context.Context, now time.Time, limit int) ([]Invitation, error)
	NextInvitationAt(ctx context.Context) (at time.Time, ok bool, err error)
	// SettleInvitation writes State, Why, DueAt and Tries; with a decision it keeps that and enqueues
	// its message in the same transaction (dedupe key "invitation/order/10482"), and the link, when
	// it has a token. Conflict: it was settled before, or its person was asked by another message
	// since d.At; nothing is written then.
	SettleInvitation(ctx context.Context, i Invitation, d *Decision, l ReviewLink) error
	// InvitationsSince counts those sent since t, and what came of them.
	InvitationsSince(ctx context.Context, t time.Time) (InvitationTotals, error)
	// LastInvitations are the newest ones that were dealt with.
	LastInvitations(ctx context.Context, limit int) ([]Invitation, error)
	// MarkOf is the mark that the shop got for an order, or, when order is 0, the newest from a person,
	// by his number or his card; 0: none.
	MarkOf(ctx context.Context, order OrderID, phone device.Phone, customer int64) (mark int, err error)
}

// InvitationTotals are the figures of the page.
type InvitationTotals struct{ Sent, Delivered, Clicked, Marked, OptedOut, NotSent, Waiting int }

// ReviewLink is a short key for one person: who opens it is led to where reviews are left.
type ReviewLink struct {
	Token string // 8 letters and digits by chance; empty: none
	// Person is the row of a mailing, or Order the order of an invitation.
	Person    int64
	Order     OrderID
	MadeAt    time.Time
	ClickedAt time.Time // the first time; zero: never
}
