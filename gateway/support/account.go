package support

import (
	"context"
	"errors"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// atAccount does a round for the account of the helpdesk that it begins with: nothing of it is
// kept when the settings name another one before it is over.
func (c *Clerk) atAccount(ctx context.Context, name string, round func(context.Context) (time.Duration, error)) (time.Duration, error) {
	at := ""
	if desk, ok := c.Helpdesk().(interface{ Account() string }); ok {
		at = desk.Account()
	}
	pause, err := round(gateway.AtHelpdesk(ctx, at))
	// What it worked at may be gone, too.
	former := at != "" && device.KindOf(err) == device.NotFound && hostOf(at) != hostOf(c.settings().URL)
	if errors.Is(err, gateway.ErrOtherHelpdesk) || err != nil && former {
		c.Log.Info("a round was for the helpdesk's former account", "round", name)
		return time.Second, nil
	}
	return pause, err
}

// WakeAnew is Wake after a change of the helpdesk's account: what the former one asked for, a pause
// after a ban too, is no matter of the new one.
func (c *Clerk) WakeAnew() {
	c.halt.mu.Lock()
	c.halt.until, c.halt.why, c.halt.failed = time.Time{}, "", 0
	c.halt.mu.Unlock()
	c.Wake()
}
