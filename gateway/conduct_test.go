package gateway_test

import (
	"testing"
	"time"

	"vestnik/gateway"
)

func TestPartOfMailings(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	c := gateway.ConductSettings{MailingShare: 50, WarmUp: true}
	for _, k := range []struct {
		limit, portion int
		age            time.Duration
		chats          int
	}{
		{0, 0, 0, 0}, // no cap, no part of it
		{1, 1, 0, 1},
		{40, 20, 0, 5},
		{40, 20, day - 1, 5},
		{40, 20, 7 * day, 12},
		{40, 20, 13 * day, 18},
		{40, 20, 14 * day, 20},
		{40, 20, 900 * day, 20},
		{40, 20, -day, 5}, // a clock that was set back
		{6, 3, 0, 3},
	} {
		if got := c.Portion(k.limit); got != k.portion {
			t.Errorf("portion of %d: %d, want %d", k.limit, got, k.portion)
		}
		if got := c.NewChats(k.limit, k.age); got != k.chats {
			t.Errorf("new chats of %d after %s: %d, want %d", k.limit, k.age, got, k.chats)
		}
	}
	for _, share := range []int{0, 100, 101, -1} {
		c := gateway.ConductSettings{MailingShare: share}
		if got := c.Portion(7); got != 7 {
			t.Errorf("a share of %d: %d", share, got)
		}
	}
}
