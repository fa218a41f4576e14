package campaign_test

import (
	"testing"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// TestWhoGoesBySMSIsNoLookUp has more people whose chat may not begin today than numbers may be asked
// about: they get an SMS, and nobody asks about them.
func TestWhoGoesBySMSIsNoLookUp(t *testing.T) {
	inBubble(t, func(b *box) {
		b.settings.WhatsApp.NewChatsPerDay, b.settings.Conduct.WarmUp = 10, false // 5 for mailings
		b.settings.Conduct.LookUpsPerDay = 20
	}, func(b *box) {
		c := b.mailing(1, 60, nil)
		b.begin(c)
		b.pass(time.Hour)
		b.got(60, 1)
		if n := len(b.wa.all()); n != 5 {
			t.Errorf("%d by WhatsApp, 5 may begin", n)
		}
		if w := b.runner.Waits(c.ID); w.Why == gateway.LookUpsUsed {
			t.Errorf("waits for %+v", w)
		}
	})
}

// TestTheShopChangesItsHours opens on a day on which it was closed: the mailing goes at once, not at the
// hour that was known before.
func TestTheShopChangesItsHours(t *testing.T) {
	inBubble(t, func(b *box) {
		b.open.Days[time.Monday] = []gateway.Span{{From: 10 * 60, To: 18 * 60}}
	}, func(b *box) {
		c := b.mailing(1, 20, nil)
		b.begin(c)
		b.pass(time.Hour)
		b.got(0, 0)
		b.open = gateway.Daily(10*60, 20*60)
		b.pass(10 * time.Minute)
		b.got(20, 1)
	})
}

// TestThePlansSMSOfADay has people who are not on WhatsApp: they get SMS, no more in a day than planned,
// and nobody is lost.
func TestThePlansSMSOfADay(t *testing.T) {
	inBubble(t, func(b *box) {
		for n := 1; n <= 12; n++ {
			b.wa.absent[phone(n)] = true
		}
	}, func(b *box) {
		c := b.mailing(1, 30, func(c *campaign.Campaign) { c.Plan.SMSPerDay = 5 })
		b.begin(c)
		for day, most := range []int{5, 10, 12} {
			b.pass(8 * time.Hour)
			if n := len(b.sms.all()); n > most {
				t.Errorf("%d SMS by day %d", n, day)
			}
			b.pass(16 * time.Hour)
		}
		b.pass(48 * time.Hour)
		b.is(c, campaign.Done, "")
		b.got(30, 1)
	})
}
