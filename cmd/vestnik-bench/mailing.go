package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/internal/app"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

const (
	mailingPeople = 100_000
	mailingPages  = 200 // looks at the page of the running mailing
	mailingOrders = 20  // messages about orders that are sent meanwhile
	mailingBefore = 300 // messages to new chats before it, so that what sending itself takes is not counted
	mailingText   = "Осенний сбор"
)

// mailingConfig lets mailings use everything at any hour: what is measured is the box.
const mailingConfig = `
decency: {hours: {from: "00:00", to: "00:00"}, when_open: false, every: 0s}
conduct: {typing: false, mailing_share: 100, warm_up: false, look_ups_per_day: 0, stop_refused: 0, stop_silent: 0, stop_opt_out: 0}
`

func mailingPhone(i int) string { return fmt.Sprintf("+7902%07d", i) }

// putMailing makes a draft whose people are gathered.
func putMailing(ctx context.Context, book *app.Book, people int) error {
	if people == 0 {
		return nil
	}
	if err := book.AddUser(ctx, benchUser, benchPassword, gateway.Owner); err != nil {
		return err
	}
	c, err := book.SaveCampaign(ctx, campaign.Campaign{
		Name: "Осень", Kind: campaign.Advertising, Audience: campaign.Audience{Source: campaign.FromList, ConsentFrom: "анкета", ConsentAt: time.Now().AddDate(0, -1, 0)},
		Text: campaign.Text{Variants: []campaign.Variant{{Texts: map[string]string{"ru": mailingText + ": {{customer.firstName}}, загляните к нам."}}}},
		Plan: campaign.Plan{Channels: []device.Channel{device.WhatsApp}},
	}, "bench")
	if err != nil {
		return err
	}
	token, err := book.BeginCollect(ctx, c.ID, people)
	if err != nil {
		return err
	}
	zones := []string{"", "Europe/Kaliningrad", "Asia/Yekaterinburg", "Asia/Vladivostok"}
	for from := 0; from < people; from += 500 {
		var batch []campaign.Person
		for i := from; i < min(from+500, people); i++ {
			batch = append(batch, campaign.Person{
				Line: i + 1, Phone: device.Phone(mailingPhone(i)), Name: fmt.Sprintf("Анна %d", i), Zone: zones[i%len(zones)], Known: true, Allows: device.Yes,
				Fields: map[string]string{"customer.firstName": "Анна"},
			})
		}
		if _, err := book.AddPeople(ctx, c.ID, token, batch, from+len(batch), people); err != nil {
			return err
		}
	}
	return book.EndCollect(ctx, c.ID, token, "")
}

// benchMailing measures a mailing to 100,000 people.
func benchMailing(ctx context.Context, dir string) ([]figure, error) {
	w, err := world.New(world.Options{Dir: mkdir(dir, "world"), CRMRate: -1})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	numbers := make([]string, mailingPeople)
	for i := range numbers {
		numbers[i] = mailingPhone(i)
	}
	for i := range mailingBefore {
		numbers = append(numbers, fmt.Sprintf("+7903%07d", i))
	}
	w.WhatsApp.AddCustomers(numbers)
	var arrived, others atomic.Int64
	first := make(chan time.Time, 1)
	stop := w.WhatsApp.OnReceive(func(number string, r whatsapp.Received) {
		if r.FromMe || r.Read {
			return
		}
		if number[:5] != "+7902" {
			others.Add(1)
			return
		}
		if arrived.Add(1) == 1 {
			first <- time.Now()
		}
	})
	defer stop()
	b, err := startBoxOn(ctx, dir, w, mailingConfig, cardFill{Mailing: mailingPeople})
	if err != nil {
		return nil, err
	}
	defer b.stop() //nolint:errcheck // the figures are taken
	if err := b.pair(ctx); err != nil {
		return nil, err
	}
	browser, err := b.login()
	if err != nil {
		return nil, err
	}
	if _, err := read(browser.Get(b.url + "/campaigns")); err != nil {
		return nil, err
	}
	if err := b.sendBefore(ctx, &others); err != nil {
		return nil, err
	}
	time.Sleep(5 * time.Second)
	before, err := rss(b.pid())
	if err != nil {
		return nil, err
	}
	most := b.watchMemory(before)
	m, err := b.beginMailing(ctx, first)
	if err != nil {
		return nil, err
	}
	var looks []time.Duration
	for range mailingPages {
		began := time.Now()
		if _, err := read(browser.Get(b.url + "/campaigns/1")); err != nil {
			return nil, err
		}
		looks = append(looks, time.Since(began))
		time.Sleep(20 * time.Millisecond)
	}
	overtaken, err := b.orderOvertakes(ctx, &arrived)
	if err != nil {
		return nil, err
	}
	note := fmt.Sprintf("%d people; %d were written to while this was measured", mailingPeople, arrived.Load())
	return []figure{
		{"mailing to 100,000: plan", (m.plan + m.frozen).Seconds(), "s", atMost(5), fmt.Sprintf("count, forecast and check %.1f s, freezing %.1f s", m.plan.Seconds(), m.frozen.Seconds())},
		{"mailing to 100,000: first send after that", m.first.Seconds(), "s", atMost(1), fmt.Sprintf("from the last piece frozen to a customer's phone; from the click on Start %.2f s", (m.frozen + m.first).Seconds())},
		{"mailing to 100,000: memory", most() - before, "MiB", atMost(30), fmt.Sprintf("largest RSS from the check to the end, above that before it, when %d other messages had been sent; ", mailingBefore) + note},
		{"mailing to 100,000: what an order's message waits for", float64(overtaken), "messages", atMost(2), fmt.Sprintf("most of the mailing's that arrived between an order's entry and its arrival, %d orders, gaps of zero", mailingOrders)},
		{"mailing to 100,000: page while it runs, p99", ms(p99(looks)), "ms", atMost(50), fmt.Sprintf("%d looks by HTTP with a login; p50 %.1f ms", len(looks), ms(median(looks)))},
	}, nil
}

// sendBefore sends messages to new chats and waits until they have arrived.
func (b *box) sendBefore(ctx context.Context, arrived *atomic.Int64) error {
	for i := range mailingBefore {
		if err := b.call("POST", "/api/v1/messages", fmt.Sprintf(`{"to":"+7903%07d","text":"Заказ %d готов.","purpose":"order"}`, i, i), nil); err != nil {
			return err
		}
	}
	for limit := time.Now().Add(2 * time.Minute); arrived.Load() < mailingBefore; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) || ctx.Err() != nil {
			return fmt.Errorf("%d of %d messages arrived before the mailing", arrived.Load(), mailingBefore)
		}
	}
	return nil
}

type mailingBegan struct{ plan, frozen, first time.Duration }

func (b *box) beginMailing(ctx context.Context, first <-chan time.Time) (m mailingBegan, err error) {
	var now struct{ State string }
	began := time.Now()
	if err := b.call("GET", "/api/v1/campaigns/1", "", &now); err != nil {
		return m, err
	}
	m.plan = time.Since(began)
	began = time.Now()
	if err := b.call("POST", "/api/v1/campaigns/1/start", "{}", nil); err != nil {
		return m, err
	}
	for now.State != string(campaign.Running) {
		var list struct{ Items []struct{ State string } }
		if err := b.call("GET", "/api/v1/campaigns", "", &list); err != nil {
			return m, err
		}
		now.State = list.Items[0].State
		time.Sleep(5 * time.Millisecond)
	}
	running := time.Now()
	m.frozen = running.Sub(began)
	select {
	case at := <-first:
		m.first = max(at.Sub(running), 0)
	case <-time.After(time.Minute):
		err = fmt.Errorf("nothing left within a minute")
	case <-ctx.Done():
		err = ctx.Err()
	}
	return m, err
}

// watchMemory follows the box's memory until it is asked.
func (b *box) watchMemory(least float64) (most func() float64) {
	var ended sync.WaitGroup
	end, top := make(chan struct{}), least
	ended.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				if v, err := rss(b.pid()); err == nil {
					top = max(top, v)
				}
			}
		}
	})
	return func() float64 { close(end); ended.Wait(); return top }
}

// orderOvertakes is the most messages of the mailing that arrived between the entry of an order's
// message and its arrival.
func (b *box) orderOvertakes(ctx context.Context, arrived *atomic.Int64) (most int64, err error) {
	p := b.world.Somebody(true, 0)
	for i := range mailingOrders {
		have := b.count(p)
		if err := b.call("POST", "/api/v1/messages", fmt.Sprintf(`{"to":%q,"text":"Заказ %d готов.","purpose":"order"}`, p.Phone, i), nil); err != nil {
			return 0, err
		}
		from := arrived.Load()
		if err := b.arrived(ctx, p, have+1); err != nil {
			return 0, err
		}
		most = max(most, arrived.Load()-from)
	}
	return most, nil
}
