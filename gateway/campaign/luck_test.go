package campaign_test

import (
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

func TestManyStopsPauseIt(t *testing.T) {
	inBubble(t, nil, func(b *box) {
		c := b.mailing(1, 1500, nil)
		b.begin(c)
		for len(b.wa.all()) < 300 {
			b.pass(time.Second)
		}
		all := b.wa.all() // how many leave in a second of no gaps is the machine's
		var words []gateway.Consent
		for _, s := range all[len(all)-200:] {
			words = append(words, gateway.Consent{Phone: s.to, Answer: device.No, Source: gateway.ConsentWord, Note: "стоп", At: time.Now()})
		}
		_, err := b.store.KeepConsents(b.t.Context(), words...)
		b.must(err)
		b.pass(20 * time.Second) // it looks every 15 s at least
		b.is(c, campaign.Paused, gateway.PausedOptOuts)
		if n := len(b.got(-1, 1)); n == 1500 {
			t.Error("everybody got it all the same")
		}
	})
}

func TestWhoRefusesMeanwhileGetsNothing(t *testing.T) {
	inBubble(t, nil, func(b *box) {
		c := b.mailing(1, 60, nil)
		b.begin(c)
		b.pass(20 * time.Second)
		_, err := b.store.KeepConsents(b.t.Context(), gateway.Consent{Phone: phone(60), Answer: device.No, Source: gateway.ConsentHand, At: time.Now()},
			gateway.Consent{Phone: phone(59), Answer: device.No, Source: gateway.ConsentHand, At: time.Now()})
		b.must(err)
		before := map[device.Phone]bool{}
		for _, s := range b.wa.all() {
			before[s.to] = true
		}
		b.pass(20 * time.Minute)
		b.is(c, campaign.Done, "")
		for _, s := range b.got(-1, 1) {
			if (s.to == phone(60) || s.to == phone(59)) && !before[s.to] {
				t.Errorf("%s got it after his refusal", s.to)
			}
		}
	})
}

func TestABanPausesWhatWroteThatDay(t *testing.T) {
	inBubble(t, nil, func(b *box) {
		c := b.mailing(1, 100, nil)
		later := b.mailing(101, 120, func(c *campaign.Campaign) { c.Plan.StartAt = time.Now().Add(48 * time.Hour) })
		b.begin(c)
		b.begin(later)
		b.pass(30 * time.Second)
		b.wa.mu.Lock()
		b.wa.link.Code = device.BanSameText
		b.wa.mu.Unlock()
		b.wa.setLink(device.LinkBanned)
		b.pass(5 * time.Second)
		b.is(c, campaign.Paused, gateway.PausedBan)
		if got := b.now(c).Args["code"]; got != "104" {
			t.Errorf("code %q", got)
		}
		b.is(later, campaign.Running, "")
	})
}

func TestNoRoomOnTheDisk(t *testing.T) {
	inBubble(t, nil, func(b *box) {
		c := b.mailing(1, 100, nil)
		b.begin(c)
		b.pass(30 * time.Second)
		b.disk = gateway.DiskLow
		b.pass(2 * time.Minute)
		b.is(c, campaign.Paused, gateway.PausedDisk)
	})
}

func TestReportsOnCards(t *testing.T) {
	inBubble(t, func(b *box) { b.crm = oneAndTwo{} }, func(b *box) {
		c := b.mailing(1, 2, func(c *campaign.Campaign) {
			c.Audience = campaign.Audience{Source: campaign.FromCustomers}
			c.Report = campaign.ReportNote
		})
		b.begin(c)
		b.pass(time.Minute)
		b.is(c, campaign.Done, "")
		b.got(2, 1)
		for range 2 {
			e, ok, err := b.store.DueEffect(b.t.Context(), time.Now(), []gateway.EffectKind{gateway.EffectNote})
			if err != nil || !ok {
				t.Fatalf("no note: %v", err)
			}
			e.State = gateway.EffectDone
			b.must(b.store.SettleEffect(b.t.Context(), e, nil))
		}
	})
}
