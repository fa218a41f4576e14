package gateway_test

import (
	"testing"
	"time"

	"vestnik/device"
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

func TestLinkedSince(t *testing.T) {
	t.Parallel()
	window := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	link := func(phone device.Phone, after time.Duration) device.Link {
		return device.Link{Channel: device.WhatsApp, Phone: phone, Since: window.Add(after)}
	}
	const ours, former = device.Phone("+79990000001"), device.Phone("+79990000002")
	for name, k := range map[string]struct {
		history []device.Link
		account device.Phone
		want    time.Time
	}{
		"a new box":           {[]device.Link{link("", time.Hour), link(ours, 2*time.Hour), link(ours, 9*time.Hour)}, ours, window.Add(2 * time.Hour)},
		"long ago":            {[]device.Link{link(ours, -time.Hour), link("", time.Hour), link(ours, 2*time.Hour)}, ours, time.Time{}},
		"another number":      {[]device.Link{link(former, -time.Hour), link(ours, 3*time.Hour)}, ours, window.Add(3 * time.Hour)},
		"nothing is known":    {nil, ours, time.Time{}},
		"no number is known":  {[]device.Link{link("", time.Hour)}, "", time.Time{}},
		"a link without ours": {[]device.Link{link(former, time.Hour)}, ours, time.Time{}},
	} {
		if got := gateway.LinkedSince(k.history, window, k.account); !got.Equal(k.want) {
			t.Errorf("%s: %s, want %s", name, got, k.want)
		}
	}
}
