package main

import (
	"context"
	"fmt"
	"time"

	"vestnik/sim/modem"
	"vestnik/sim/world"
)

// many is how many messages the memory under load is read after.
const many = 10_000

// benchProduct measures the box with WhatsApp: latency and memory.
func benchProduct(ctx context.Context, dir string) ([]figure, error) {
	w, err := world.New(world.Options{Dir: dir, CRMRate: -1})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	b, err := startBox(ctx, dir, w, true)
	if err != nil {
		return nil, err
	}
	defer b.stop() //nolint:errcheck // the figures are taken
	time.Sleep(5 * time.Second)
	paired, err := rss(b.pid())
	if err != nil {
		return nil, err
	}
	figures := []figure{{"memory: paired and idle", paired, "MiB", atMost(55), "RSS 5 s after pairing"}}

	p := w.Somebody(true, 0)
	latencies, err := b.latencies(ctx, p, 30)
	if err != nil {
		return nil, err
	}
	figures = append(figures, figure{"queue to air, WhatsApp, idle box", ms(median(latencies)), "ms", atMost(50), "API call to the customer's phone, median of 30"})

	change, err := b.statusChanges(ctx, 6)
	if err != nil {
		return nil, err
	}
	figures = append(figures, figure{"status change in the CRM to the customer's phone", ms(median(change)), "ms", atMost(2800), "poll every 5 s; target poll/2 + 300 ms; median of 6"})

	if _, err := b.rate(ctx, p, many); err != nil {
		return nil, err
	}
	full, err := rss(b.pid())
	if err != nil {
		return nil, err
	}
	return append(figures, figure{"memory: after 10,000 messages", full, "MiB", atMost(80), "RSS"}), nil
}

func (b *box) latencies(ctx context.Context, p *world.Person, n int) ([]time.Duration, error) {
	var all []time.Duration
	for i := range n {
		have := b.count(p)
		began := time.Now()
		if err := b.call("POST", "/api/v1/messages", fmt.Sprintf(`{"to":%q,"text":"№ %d"}`, p.Phone, i), nil); err != nil {
			return nil, err
		}
		if err := b.arrived(ctx, p, have+1); err != nil {
			return nil, err
		}
		all = append(all, time.Since(began))
		time.Sleep(50 * time.Millisecond)
	}
	return all, nil
}

func (b *box) statusChanges(ctx context.Context, n int) ([]time.Duration, error) {
	var all []time.Duration
	for i := range n {
		p := b.world.Somebody(true, 1+i)
		id, _ := b.world.NewOrder(p)
		have := b.count(p)
		// Spread over the poll interval, as in life.
		time.Sleep(time.Duration(i) * 5 * time.Second / time.Duration(n))
		began := time.Now()
		if err := b.world.CRM.SetStatus(id, "ready-for-pickup"); err != nil {
			return nil, err
		}
		if err := b.arrived(ctx, p, have+1); err != nil {
			return nil, err
		}
		all = append(all, time.Since(began))
	}
	return all, nil
}

// count is how many messages a customer has got by now, by any channel.
func (b *box) count(p *world.Person) int {
	wa, sms := b.world.Texts(p)
	return len(wa) + len(sms)
}

// arrived waits for a customer's n-th message.
func (b *box) arrived(ctx context.Context, p *world.Person, n int) error {
	limit := time.Now().Add(5 * time.Minute)
	for b.count(p) < n {
		if time.Now().After(limit) {
			return fmt.Errorf("%d of %d messages arrived", b.count(p), n)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

// benchSMS measures the SMS channel on a network that needs a second for each, and
// the latency on one that needs none.
func benchSMS(ctx context.Context, dir string) ([]figure, error) {
	w, err := world.New(world.Options{Dir: dir, NetworkDelay: time.Second, ReportDelay: 2 * time.Second, Profile: modem.Generic})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	b, err := startBox(ctx, dir, w, true)
	if err != nil {
		return nil, err
	}
	defer b.stop() //nolint:errcheck // the figures are taken
	p := w.Somebody(false, 0)
	const n = 20
	due := time.Now().Add(2 * time.Second)
	for i := range n {
		body := fmt.Sprintf(`{"to":%q,"text":"Заказ %d готов.","channels":["sms"],"not_before":%q}`, p.Phone, i, due.UTC().Format(time.RFC3339Nano))
		if err := b.call("POST", "/api/v1/messages", body, nil); err != nil {
			return nil, err
		}
	}
	if err := b.arrived(ctx, p, 1); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := b.arrived(ctx, p, n); err != nil {
		return nil, err
	}
	rate := float64(n-1) / time.Since(began).Seconds()
	w.Modem.Faults().SetNetworkDelay(0)
	time.Sleep(3 * time.Second)
	latencies, err := b.latencies(ctx, p, 20)
	if err != nil {
		return nil, err
	}
	return []figure{
		{"SMS on a network that needs 1 s for each", rate, "SMS/s", atLeast(0.98), "first to last acceptance, 20 SMS"},
		{"queue to air, SMS, idle box", ms(median(latencies)), "ms", atMost(50), "API call to the network, median of 20; network 0 s"},
	}, nil
}
