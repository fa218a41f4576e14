package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vestnik/sim/world"
)

const (
	rateRuns  = 5   // pairs of runs; the median of their ratios counts
	rateSends = 400 // messages of one run
)

// benchThroughput measures the rate of the whole product against its floor. Both live
// in a process of their own, speak through the loopback to a simulator in this one,
// write with synchronous=FULL to the same disk, send to one customer who has a session
// already, and take their receipts. They run in turns, so that what else the machine
// does hits both; the ratio is the median of the pairs' ratios.
func benchThroughput(ctx context.Context, dir string) ([]figure, error) {
	bareWorld, err := world.New(world.Options{Dir: mkdir(dir, "bare")})
	if err != nil {
		return nil, err
	}
	defer bareWorld.Close()
	floor, err := startBare(ctx, mkdir(dir, "bare"), bareWorld)
	if err != nil {
		return nil, err
	}
	defer floor.stop() //nolint:errcheck // the figures are taken
	w, err := world.New(world.Options{Dir: mkdir(dir, "box"), CRMRate: -1})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	b, err := startBox(ctx, mkdir(dir, "box"), w, true)
	if err != nil {
		return nil, err
	}
	defer b.stop() //nolint:errcheck // the figures are taken
	p := w.Somebody(true, 0)
	if _, err := floor.rate(ctx, 20); err != nil {
		return nil, err
	}
	if _, err := b.rate(ctx, p, 20); err != nil {
		return nil, err
	}
	sync, err := syncTime(dir)
	if err != nil {
		return nil, err
	}
	var bareRates, boxRates, ratios []float64
	var cost [3]time.Duration // processor time of the floor, of the box, of the simulators during the box's runs
	for range rateRuns {
		spent := stopwatch(floor.pid(), b.pid(), os.Getpid())
		r, err := floor.rate(ctx, rateSends)
		if err != nil {
			return nil, err
		}
		cost[0] += spent()[0]
		spentBox := func() []time.Duration { return nil }
		q, err := b.rateFrom(ctx, p, rateSends, func() { spentBox = stopwatch(b.pid(), os.Getpid()) })
		if err != nil {
			return nil, err
		}
		used := spentBox()
		cost[1], cost[2] = cost[1]+used[0], cost[2]+used[1]
		bareRates, boxRates, ratios = append(bareRates, r), append(boxRates, q), append(ratios, q/r)
	}
	each := func(d time.Duration) string { return fmt.Sprintf("%.2f ms", ms(d)/rateRuns/rateSends) }
	return []figure{
		{What: "an fsync of 4 KiB on the disk of these runs", Value: ms(sync), Unit: "ms", Note: "median of 100; every commit waits for one"},
		{What: "WhatsApp, bare whatsmeow loop", Value: middle(bareRates), Unit: "msg/s", Note: "median of " + fmt.Sprint(rateRuns) + "; processor per message " + each(cost[0])},
		{What: "WhatsApp, whole product", Value: middle(boxRates), Unit: "msg/s", Note: "processor per message " + each(cost[1]) + ", and the simulator's " + each(cost[2])},
		{
			What: "WhatsApp throughput, product against bare loop", Value: middle(ratios), Unit: "ratio", Target: atLeast(0.60),
			Note: fmt.Sprintf("median of %d pairs in turns, %.2f to %.2f; a process each, one simulator, synchronous=FULL both", rateRuns, slices.Min(ratios), slices.Max(ratios)),
		},
	}, nil
}

// syncTime is how long the disk takes to have a page that was written.
func syncTime(dir string) (time.Duration, error) {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var all []time.Duration
	for range 100 {
		began := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		all = append(all, time.Since(began))
	}
	return median(all), nil
}

// stopwatch tells how much processor time processes have used since it was made.
func stopwatch(pids ...int) func() []time.Duration {
	read := func() []time.Duration {
		all := make([]time.Duration, len(pids))
		for i, pid := range pids {
			all[i], _ = processorTime(pid) // 0 for a process that has ended
		}
		return all
	}
	began := read()
	return func() []time.Duration {
		now := read()
		for i := range now {
			now[i] -= began[i]
		}
		return now
	}
}

func mkdir(parts ...string) string {
	dir := filepath.Join(parts...)
	_ = os.MkdirAll(dir, 0o700) // whoever writes into it says what is wrong
	return dir
}

// rate enqueues n messages that become due at one moment and times them from then
// to the customer's phone.
func (b *box) rate(ctx context.Context, p *world.Person, n int) (float64, error) {
	return b.rateFrom(ctx, p, n, func() {})
}

// rateFrom calls start at the moment from which it counts.
func (b *box) rateFrom(ctx context.Context, p *world.Person, n int, start func()) (float64, error) {
	arrivals := count(b.world, p)
	defer arrivals.stop()
	due := time.Now().Add(time.Duration(n)*3*time.Millisecond + time.Second)
	for i := range n {
		body := fmt.Sprintf(`{"to":%q,"text":"Заказ %d готов.","not_before":%q}`, p.Phone, i, due.UTC().Format(time.RFC3339Nano))
		if err := b.call("POST", "/api/v1/messages", body, nil); err != nil {
			return 0, err
		}
	}
	if late := time.Since(due); late > 0 {
		return 0, fmt.Errorf("enqueueing %d messages took %s longer than planned; the machine is too busy", n, late)
	}
	time.Sleep(time.Until(due))
	start()
	if err := arrivals.await(ctx, n); err != nil {
		return 0, err
	}
	return float64(n) / time.Since(due).Seconds(), nil
}

func middle(list []float64) float64 {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}
