package gateway

import (
	"context"
	"errors"
)

// ErrOtherHelpdesk is of a change that was made out of what the former account of the helpdesk said,
// after the settings had named another one. Nothing of it was kept.
var ErrOtherHelpdesk = errors.New("the helpdesk's account is another one by now")

type helpdeskKey struct{}

// AtHelpdesk marks what is done with ctx as work at one account of the helpdesk, by its address. A
// store changes nothing for it once the settings name another account: ErrOtherHelpdesk.
func AtHelpdesk(ctx context.Context, url string) context.Context {
	if url == "" {
		return ctx
	}
	return context.WithValue(ctx, helpdeskKey{}, url)
}

// HelpdeskOf is the address that AtHelpdesk was given; empty: none.
func HelpdeskOf(ctx context.Context) string {
	url, _ := ctx.Value(helpdeskKey{}).(string)
	return url
}
