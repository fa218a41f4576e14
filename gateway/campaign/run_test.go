package campaign_test

import (
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// rigDispatcher gives a dispatcher what it knows of mailings.
func rigDispatcher(d *gateway.Dispatcher, b *box) { d.Campaigns, d.Consents = b.runner.Policy, b.store }

func TestEverybodyOnce(t *testing.T) {
	inBubble(t, nil, func(b *box) {
		c := b.mailing(1, 100, nil)
		b.begin(c)
		b.pass(10 * time.Minute)
		b.is(c, campaign.Done, "")
		for _, s := range b.got(100, 1) {
			if !strings.Contains(s.text, ", у нас новинки\nЧтобы не получать рассылки") {
				t.Errorf("%q", s.text)
			}
		}
	})
}

func TestTheFirstPortion(t *testing.T) {
	inBubble(t, nil, func(b *box) {
		c := b.mailing(1, 60, func(c *campaign.Campaign) { c.Plan.Canary = 10 })
		b.begin(c)
		b.pass(5 * time.Minute)
		b.got(10, 1)
		b.is(c, campaign.Paused, gateway.PausedCanary)
		b.must(b.runner.Resume(b.t.Context(), c.ID, "anna"))
		b.pass(5 * time.Minute)
		b.got(60, 1)
		b.is(c, campaign.Done, "")
	})
}

func TestTheFirstPortionWaitsForItsReceipts(t *testing.T) {
	inBubble(t, func(b *box) { b.wa.deaf = true }, func(b *box) {
		c := b.mailing(1, 60, func(c *campaign.Campaign) { c.Plan.Canary = 10 })
		b.begin(c)
		b.pass(5 * time.Minute)
		b.got(10, 1)
		b.is(c, campaign.Running, "")
		b.pass(6 * time.Minute)
		b.is(c, campaign.Paused, gateway.PausedCanary)
	})
}

func TestPauseResumeStop(t *testing.T) {
	inBubble(t, nil, func(b *box) {
		c := b.mailing(1, 100, nil)
		b.begin(c)
		b.pass(30 * time.Second)
		b.must(b.runner.Pause(b.t.Context(), c.ID, "anna"))
		b.pass(0)
		n := len(b.got(-1, 1))
		if n < 5 || n > 20 {
			t.Fatalf("%d in half a minute", n)
		}
		b.pass(time.Hour)
		b.got(n, 1)
		b.is(c, campaign.Paused, gateway.PausedByPerson)
		b.must(b.runner.Resume(b.t.Context(), c.ID, "anna"))
		b.pass(time.Minute)
		b.must(b.runner.Stop(b.t.Context(), c.ID, "boris"))
		b.pass(0)
		m := len(b.got(-1, 1))
		b.pass(time.Hour)
		b.got(m, 1)
		b.is(c, campaign.Stopped, gateway.CampaignStopped)
		if out := b.count(c, campaign.PersonOut, gateway.CampaignStopped); out+m != 100 || m <= n {
			t.Errorf("%d written to, %d left out", m, out)
		}
	})
}

func TestTheTextIsEditedWhileItRuns(t *testing.T) {
	inBubble(t, nil, func(b *box) {
		c := b.mailing(1, 60, nil)
		b.begin(c)
		b.pass(30 * time.Second)
		before := len(b.got(-1, 1))
		c = b.now(c)
		c.Text = ru("{{customer.firstName}}, приходите")
		_, err := b.store.SaveCampaign(b.t.Context(), c, "anna")
		b.must(err)
		b.must(b.runner.Edited(b.t.Context(), c.ID))
		b.pass(10 * time.Minute)
		for i, s := range b.got(60, 1) {
			if old := strings.Contains(s.text, "новинки"); old != (i < before) {
				t.Errorf("message %d: %q", i, s.text)
			}
		}
	})
}

func TestTwoMailingsToTheSamePeople(t *testing.T) {
	inBubble(t, nil, func(b *box) {
		one, two := b.mailing(1, 60, nil), b.mailing(31, 90, nil)
		b.begin(one)
		b.begin(two)
		b.pass(20 * time.Minute)
		b.got(90, 1)
		b.is(one, campaign.Done, "")
		b.is(two, campaign.Done, "")
	})
}

func TestWrongNumbers(t *testing.T) {
	inBubble(t, func(b *box) {
		for n := 1; n <= 300; n += 33 {
			b.wa.absent[phone(n)], b.sms.wrong[phone(n)] = true, true
		}
	}, func(b *box) {
		c := b.mailing(1, 300, nil)
		b.begin(c)
		b.pass(30 * time.Minute)
		b.is(c, campaign.Done, "")
		b.got(290, 1)
		if n := b.count(c, campaign.PersonFailed, ""); n != 10 {
			t.Errorf("%d failed", n)
		}
	})
}

func TestRefusalsPauseIt(t *testing.T) {
	inBubble(t, func(b *box) {
		for n := 1; n <= 300; n += 4 {
			b.wa.wrong[phone(n)] = true
		}
	}, func(b *box) {
		c := b.mailing(1, 300, func(c *campaign.Campaign) { c.Plan.Channels = []device.Channel{device.WhatsApp} })
		b.begin(c)
		b.pass(30 * time.Minute)
		b.is(c, campaign.Paused, gateway.PausedRefused)
		if n := len(b.got(-1, 1)); n > 150 {
			t.Errorf("%d were written to before it paused", n)
		}
		// A person lets it go on: the old ones do not stop it again, the next ones do.
		b.must(b.runner.Resume(b.t.Context(), c.ID, "anna"))
		b.pass(10 * time.Second)
		b.is(c, campaign.Running, "")
		b.pass(30 * time.Minute)
		b.is(c, campaign.Paused, gateway.PausedRefused)
	})
}

func TestThePhoneIsUnlinked(t *testing.T) {
	for name, channels := range map[string][]device.Channel{"WhatsApp alone waits": {device.WhatsApp}, "with SMS goes on": {device.WhatsApp, device.SMS}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(b *box) {
				c := b.mailing(1, 100, func(c *campaign.Campaign) { c.Plan.Channels = channels })
				b.begin(c)
				for len(b.wa.all()) < 40 {
					b.pass(time.Second)
				}
				b.wa.setLink(device.LinkUnlinked)
				b.pass(30 * time.Minute)
				if len(channels) == 2 {
					b.is(c, campaign.Done, "")
					b.got(100, 1)
					return
				}
				b.is(c, campaign.Running, "")
				if w := b.runner.Waits(c.ID); w.Why != gateway.WaitingLink {
					t.Errorf("waits for %+v", w)
				}
				b.got(40, 1)
				b.wa.setLink(device.LinkConnected)
				b.pass(30 * time.Minute)
				b.is(c, campaign.Done, "")
				b.got(100, 1)
			})
		})
	}
}

func TestNothingAtNightAndNothingAfterTheEnd(t *testing.T) {
	inBubble(t, func(b *box) { b.settings.WhatsApp.Gap = 10 * time.Minute }, func(b *box) {
		end := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
		c := b.mailing(1, 200, func(c *campaign.Campaign) {
			c.Plan.EndAt = end
			c.Plan.Week = gateway.Daily(10*60, 18*60)
			c.Plan.Channels = []device.Channel{device.WhatsApp}
		})
		b.begin(c)
		b.pass(48 * time.Hour)
		b.is(c, campaign.Done, "")
		all := b.got(-1, 1)
		if len(all) < 50 || b.count(c, campaign.PersonOut, gateway.WasExpired) == 0 {
			t.Errorf("%d went\n%s", len(all), b.tally(c))
		}
		for _, s := range all {
			if h := s.at.In(moscow).Hour(); h < 10 || h >= 18 || !s.at.Before(end) {
				t.Errorf("written to at %v", s.at.In(moscow))
			}
		}
	})
}

func TestARestartInTheMiddle(t *testing.T) {
	inBubble(t, nil, func(b *box) {
		c := b.mailing(1, 100, nil)
		b.begin(c)
		for range 6 {
			b.pass(25 * time.Second)
			b.restart()
		}
		b.pass(20 * time.Minute)
		b.is(c, campaign.Done, "")
		b.got(100, 1)
	})
}
