package campaign_test

import (
	"context"
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

// TestAMailingBegunDuringABan waits for the account, or goes by SMS alone: the ban is not its doing.
func TestAMailingBegunDuringABan(t *testing.T) {
	for name, channels := range map[string][]device.Channel{"WhatsApp alone": {device.WhatsApp}, "with SMS": {device.WhatsApp, device.SMS}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(b *box) {
				b.wa.setLink(device.LinkBanned)
				c := b.mailing(1, 20, func(c *campaign.Campaign) { c.Plan.Channels = channels })
				b.begin(c)
				b.pass(time.Hour)
				if len(channels) == 2 {
					b.is(c, campaign.Done, "")
					b.got(20, 1)
					return
				}
				b.is(c, campaign.Running, "")
				b.got(0, 0)
				b.wa.setLink(device.LinkConnected)
				b.pass(30 * time.Minute)
				b.got(20, 1)
			})
		})
	}
}

// slowFreeze is a ledger that judges one person at a time.
type slowFreeze struct{ campaign.Ledger }

func (s slowFreeze) Freeze(ctx context.Context, id gateway.CampaignID, d campaign.Deductions, _ int) (bool, error) {
	time.Sleep(time.Second)
	return s.Ledger.Freeze(ctx, id, d, 1)
}

// TestPausedWhileItBegins pauses a mailing half of whose people are judged: nobody is written to until it
// is let go on, then everybody once.
func TestPausedWhileItBegins(t *testing.T) {
	inBubble(t, func(b *box) { b.between = func(l campaign.Ledger) campaign.Ledger { return slowFreeze{l} } }, func(b *box) {
		c := b.mailing(1, 20, nil)
		b.begin(c)
		b.pass(10 * time.Second)
		b.is(c, campaign.Starting, "")
		b.must(b.runner.Pause(b.t.Context(), c.ID, "anna"))
		b.pass(time.Hour)
		b.is(c, campaign.Paused, gateway.PausedByPerson)
		b.got(0, 0)
		b.must(b.runner.Resume(b.t.Context(), c.ID, "anna"))
		b.pass(10 * time.Minute)
		b.is(c, campaign.Done, "")
		b.got(20, 1)
	})
}

// TestAFileThatBreaksItsReader ends its own gathering; another mailing goes on, and it may be tried again.
func TestAFileThatBreaksItsReader(t *testing.T) {
	inBubble(t, nil, func(b *box) {
		other := b.mailing(1, 20, nil)
		b.begin(other)
		b.runner.Rows = func(context.Context, campaign.Campaign, func(int, []string, string) error) error {
			panic("a broken file")
		}
		c := other
		c.ID, c.Name, c.Audience.Pasted = 0, "Зима", list(21, 30)
		c, err := b.store.SaveCampaign(b.t.Context(), c, "anna")
		b.must(err)
		b.must(b.runner.Collect(b.t.Context(), c.ID))
		b.pass(10 * time.Minute)
		if got := b.now(c).Collect; got.State != campaign.CollectFailed || got.Error == "" {
			t.Errorf("%+v", got)
		}
		b.is(other, campaign.Done, "")
		b.got(20, 1)
		b.runner.Rows = pastedRows
		b.must(b.runner.Collect(b.t.Context(), c.ID))
		b.pass(time.Second)
		b.begin(c)
		b.pass(10 * time.Minute)
		b.got(30, 1)
	})
}
