package support

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

type deskAt struct{ gateway.Helpdesk }

func (deskAt) Account() string { return "https://one.helpdeskeddy.com" }

func TestARoundOfTheFormerAccountEndsNothing(t *testing.T) {
	t.Parallel()
	c := NewClerk()
	c.Log = slog.New(slog.DiscardHandler)
	c.Helpdesk = func() gateway.Helpdesk { return deskAt{} }
	if _, err := c.atAccount(t.Context(), "watch", func(ctx context.Context) (time.Duration, error) {
		if at := gateway.HelpdeskOf(ctx); at != "https://one.helpdeskeddy.com" {
			t.Errorf("%q", at)
		}
		return 0, boxed(&device.Error{Kind: device.Conflict, Err: gateway.ErrOtherHelpdesk})
	}); err != nil {
		t.Error(err)
	}
	if _, err := c.atAccount(t.Context(), "watch", func(context.Context) (time.Duration, error) { return 0, errors.New("the disk") }); err == nil {
		t.Error("a fault of the box was passed over")
	}
	c.halt.until, c.halt.why = time.Now().Add(time.Hour), device.RateLimited
	if c.Wake(); c.halt.left() <= 0 {
		t.Error("a ban is forgotten")
	}
	if c.WakeAnew(); c.halt.left() > 0 {
		t.Error("another account's ban is kept to")
	}
}
