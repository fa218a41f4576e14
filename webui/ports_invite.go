package webui

import (
	"context"
	"time"

	"vestnik/gateway"
)

// Invites is what the pages about invitations and consents ask, and the public review links.
// Errors are those of Desk.
type Invites interface {
	gateway.Consents
	// InvitationTotals are the figures of the page; the rule is a setting.
	InvitationTotals(ctx context.Context, since time.Time) (gateway.InvitationTotals, error)
	LastInvitations(ctx context.Context, limit int) ([]gateway.Invitation, error)
	// TryInvitation is what the rule would do with an order, by its number ("" = the newest one); lang
	// chooses among its texts.
	TryInvitation(ctx context.Context, i gateway.InvitationSettings, lang, orderNumber string) (gateway.Trial, error)
	// OpenLink is where a review link leads, empty when the shop does not say where reviews are left;
	// NotFound for a token that is not ours. With count it was a person who opened it.
	OpenLink(ctx context.Context, token string, count bool) (url string, err error)
}
