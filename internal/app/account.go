package app

import (
	"context"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

const (
	// accountWindow is how far back the link's history is read to find the account's first day: so
	// far that an account which is older shows itself, also when it was quiet for weeks.
	accountWindow = 60 * 24 * time.Hour
	accountHolds  = time.Hour
)

// account remembers since when the WhatsApp account of the moment is linked to this box.
type account struct {
	mu    sync.Mutex
	phone device.Phone
	since time.Time // zero: for long, or not known
	at    time.Time // when the history was read
}

// accountSince is when the shop's WhatsApp account was first linked to this box; zero: long ago.
func (a *App) accountSince() time.Time {
	phone := a.radios[device.WhatsApp].Link().Phone
	a.account.mu.Lock()
	defer a.account.mu.Unlock()
	if k := &a.account; k.phone != phone || time.Since(k.at) > accountHolds {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		from := a.clock.Time().Add(-accountWindow)
		history, err := a.store.LinkHistory(ctx, device.WhatsApp, from)
		if err != nil {
			a.log.Warn("since when the account is linked cannot be read", "error", err)
			return time.Time{}
		}
		k.phone, k.since, k.at = phone, gateway.LinkedSince(history, from, phone), time.Now()
	}
	return a.account.since
}
