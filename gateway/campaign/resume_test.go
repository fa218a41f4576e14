package campaign_test

import (
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// TestWhatAPersonHasSeenStopsItNoMore lets a mailing go on that nobody got: who was silent before
// counts no more, after a restart and a day later too; who is silent from then on does.
func TestWhatAPersonHasSeenStopsItNoMore(t *testing.T) {
	inBubble(t, func(b *box) { b.wa.deaf = true }, func(b *box) {
		c := b.mailing(1, 200, func(c *campaign.Campaign) {
			c.Plan.PerHour, c.Plan.Channels = 5, []device.Channel{device.WhatsApp}
		})
		b.begin(c)
		b.pass(30 * time.Hour)
		b.is(c, campaign.Paused, gateway.PausedSilent)
		before := len(b.got(-1, 1))
		b.must(b.runner.Resume(b.t.Context(), c.ID, "anna"))
		b.restart()
		b.pass(25 * time.Hour)
		b.is(c, campaign.Running, "")
		if n := len(b.got(-1, 1)); n < before+20 {
			t.Errorf("%d got it in a day, %d before", n, before)
		}
		b.pass(17 * time.Hour)
		b.is(c, campaign.Paused, gateway.PausedSilent)
	})
}
