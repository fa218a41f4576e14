package app_test

import (
	"testing"

	"vestnik/sim/retailcrm"
)

func TestAKnownVIPIsShownAndRaised(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{}, func(b *box) {
		vip := b.customer(0, func(c retailcrm.Customer) bool { return c.VIP && c.Email != "" })
		ticket := b.world.Asks(vip, "Где мой заказ?", "Здравствуйте! Когда привезут?")
		b.comment(ticket.ID, vip.LastName, "VIP", "/card/t/")
	})
}
