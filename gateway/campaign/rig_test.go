package campaign_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/store"
	"vestnik/store/storetest"
)

// box is the gateway with its mailings on a real database, with two networks in memory.
type box struct {
	t        *testing.T
	path     string
	settings gateway.Settings
	open     gateway.Week
	disk     gateway.DiskState
	wa, sms  *radio
	crm      gateway.Audiences
	// between puts something between the runner and its ledger; nil: nothing.
	between func(campaign.Ledger) campaign.Ledger

	store   *store.Store
	live    *gateway.Live
	runner  *campaign.Runner
	ear     *gateway.Ear
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// inBubble runs a test in virtual time, with a box at noon in Moscow on a Saturday.
func inBubble(t *testing.T, change func(*box), test func(*box)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vestnik.db")
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)))
		b := &box{t: t, path: path, settings: gateway.DefaultSettings(), wa: newRadio(device.WhatsApp), sms: newRadio(device.SMS), disk: gateway.DiskFine}
		b.settings.Shop.Name, b.settings.Decency.ReviewURL = "Лавка", "https://shop.example/reviews"
		b.settings.WhatsApp.PaceSettings, b.settings.SMS.PaceSettings = gateway.PaceSettings{Gap: 2 * time.Second}, gateway.PaceSettings{Gap: 2 * time.Second}
		b.settings.WhatsApp.NewChatsPerDay, b.settings.Conduct.LookUpsPerDay = 0, 0
		if change != nil {
			change(b)
		}
		b.start()
		defer func() { b.stop(true) }()
		test(b)
	})
}

func (b *box) start() {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	log := slog.New(slog.DiscardHandler)
	st, err := store.Open(ctx, store.Options{Path: b.path, Logger: log})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := st.SaveSettings(ctx, b.settings, "test"); err != nil {
		b.t.Fatal(err)
	}
	topics := &gateway.Topics{}
	live, err := gateway.NewLive(ctx, st, topics)
	if err != nil {
		b.t.Fatal(err)
	}
	radios := map[device.Channel]*radio{device.WhatsApp: b.wa, device.SMS: b.sms}
	link := func(ch device.Channel) device.Link {
		if r := radios[ch]; r != nil {
			return r.Link()
		}
		return device.Link{Channel: ch, State: device.LinkOff}
	}
	dispatchers := map[device.Channel]*gateway.Dispatcher{}
	wake := func() {
		for _, d := range dispatchers {
			d.Wake()
		}
	}
	b.ear = &gateway.Ear{
		Receipts: st, Inbox: st, Journal: st, Topics: topics, Log: log, LinkChangedTo: func(device.Link) { topics.Publish(gateway.TopicLinks); wake() },
		Handed: func(device.Channel) { wake() }, Live: live, EffectsDue: func() {}, Heard: func() {},
		Next: func(m gateway.Message) device.Channel {
			return gateway.NextOf(m, func(ch device.Channel) bool { return radios[ch] != nil && !link(ch).NeedsPerson() }, live.Now().On)
		},
	}
	r := campaign.NewRunner()
	r.Consents = st
	r.Ledger, r.Counters, r.Effects, r.Live, r.Links, r.Topics, r.Log, r.MaxParts = st, st, st, live, link, topics, log, 6
	r.Open, r.Disk = func() gateway.Week { return b.open }, func() gateway.DiskState { return b.disk }
	r.Enqueued, r.EffectsDue = wake, func() {}
	r.Audiences = func() gateway.Audiences { return b.crm }
	r.Rows = pastedRows
	if b.between != nil {
		r.Ledger = b.between(st)
	}
	b.store, b.live, b.runner, b.cancel = st, live, r, cancel
	runs := []func(context.Context) error{r.Run}
	for ch, radio := range radios {
		radio.listen(b.ear)
		d := gateway.NewDispatcher(ch)
		d.Box, d.Live, d.Ledger, d.Transport, d.Topics, d.Log = "main", live, st, radio, topics, log
		d.MaxParts, d.Links, d.Handed, d.EffectsDue = 6, link, func(device.Channel) { wake() }, func() {}
		d.Talks = st
		rigDispatcher(d, b)
		if ch == device.WhatsApp {
			d.Revoker, d.Directory = radio, radio
		}
		dispatchers[ch] = d
		runs = append(runs, d.Run)
	}
	for _, run := range runs {
		b.running.Go(func() {
			if err := run(ctx); err != nil && b.between == nil {
				b.t.Error(err)
			}
		})
	}
}

// stop closes the box; the auditor looks at its ledger when it is to be clean.
func (b *box) stop(clean bool) {
	b.cancel()
	b.running.Wait()
	synctest.Wait()
	if clean {
		storetest.Clean(b.t, b.store, nil)
	}
	if err := b.store.Close(); err != nil {
		b.t.Error(err)
	}
}

// restart is a box that was switched off and on.
func (b *box) restart() { b.stop(false); b.start() }

func (b *box) pass(d time.Duration) { time.Sleep(d); synctest.Wait() }

// pastedRows reads pasted lists as the box does, without its files.
func pastedRows(_ context.Context, c campaign.Campaign, each func(int, []string, string) error) error {
	for i, line := range strings.Split(c.Audience.Pasted, "\n") {
		number, name, _ := strings.Cut(line, ";")
		if err := each(i+1, []string{number, name}, ""); err != nil {
			return err
		}
	}
	return nil
}

// phone is the number of customer n; they live in Moscow's zone.
func phone(n int) device.Phone { return device.Phone(fmt.Sprintf("+7916%07d", n)) }

// list is a pasted list of customers from first to last.
func list(first, last int) string {
	var lines []string
	for n := first; n <= last; n++ {
		lines = append(lines, fmt.Sprintf("%s;Имя%d", phone(n), n))
	}
	return strings.Join(lines, "\n")
}

// mailing is a draft to customers first to last whose people are gathered.
func (b *box) mailing(first, last int, change func(*campaign.Campaign)) campaign.Campaign {
	b.t.Helper()
	c := campaign.Campaign{
		Name: fmt.Sprintf("Осень %d", first), Kind: campaign.Advertising,
		Audience: campaign.Audience{Source: campaign.FromList, Pasted: list(first, last), ConsentFrom: "анкета", ConsentAt: time.Now().Add(-time.Hour)},
		Text:     ru("{{customer.firstName}}, у нас новинки"),
		Plan:     campaign.Plan{Channels: []device.Channel{device.WhatsApp, device.SMS}},
	}
	if change != nil {
		change(&c)
	}
	c, err := b.store.SaveCampaign(b.t.Context(), c, "anna")
	b.must(err)
	b.must(b.runner.Collect(b.t.Context(), c.ID))
	b.pass(time.Second)
	if c = b.now(c); c.Collect.State != campaign.CollectDone {
		b.t.Fatalf("not gathered: %+v", c.Collect)
	}
	return c
}

func (b *box) begin(c campaign.Campaign) {
	b.t.Helper()
	b.must(b.runner.Start(b.t.Context(), c.ID, "anna"))
}

func (b *box) now(c campaign.Campaign) campaign.Campaign {
	b.t.Helper()
	c, err := b.store.Campaign(b.t.Context(), c.ID)
	b.must(err)
	return c
}

func (b *box) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// is checks the state of a mailing and why it is in it.
func (b *box) is(c campaign.Campaign, state campaign.State, why gateway.Reason) {
	b.t.Helper()
	if c = b.now(c); c.State != state || c.Why != why {
		b.t.Fatalf("mailing %d is %s (%s), want %s (%s)\n%s", c.ID, c.State, c.Why, state, why, b.tally(c))
	}
}

func (b *box) tally(c campaign.Campaign) string {
	rows, err := b.store.Tally(b.t.Context(), c.ID)
	b.must(err)
	return fmt.Sprintf("%+v\nwaits %+v", rows, b.runner.Waits(c.ID))
}

// count is how many people of a mailing are in a state.
func (b *box) count(c campaign.Campaign, state campaign.PersonState, why gateway.Reason) (n int) {
	rows, err := b.store.Tally(b.t.Context(), c.ID)
	b.must(err)
	for _, t := range rows {
		if t.State == state && (why == "" || t.Reason == why) {
			n += t.N
		}
	}
	return n
}

// got checks that customers got exactly so many messages together, nobody more than most, and
// answers them.
func (b *box) got(want, most int) []sent {
	b.t.Helper()
	all := append(b.wa.all(), b.sms.all()...)
	each := map[device.Phone]int{}
	for _, s := range all {
		if each[s.to]++; each[s.to] > most {
			b.t.Errorf("%s got %d messages", s.to, each[s.to])
		}
	}
	if want >= 0 && len(all) != want {
		b.t.Fatalf("%d messages arrived, want %d", len(all), want)
	}
	return all
}
