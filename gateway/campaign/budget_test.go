package campaign_test

import (
	"testing"
	"time"

	"vestnik/gateway"
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
