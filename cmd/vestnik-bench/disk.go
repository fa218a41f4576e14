package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"vestnik/sim/disk"
	"vestnik/sim/world"
)

const (
	diskSends = 60                    // messages of one measurement
	badCard   = 30 * time.Millisecond // what an fsync takes on a poor memory card
	clients   = 8                     // programs that hand messages in at the same time
)

// benchDisk measures what the box writes, both databases, by the word of the disk that it
// writes to; and how many messages go through it when the disk is a poor card.
func benchDisk(ctx context.Context, dir string) ([]figure, error) {
	card, err := disk.New(disk.Options{Mount: filepath.Join(dir, "card"), Scratch: mkdir(dir, "scratch")})
	if errors.Is(err, disk.ErrUnavailable) {
		return []figure{{What: "fsyncs per message, enqueue to delivered", Unit: "not measured", Note: err.Error()}}, nil
	}
	if err != nil {
		return nil, err
	}
	defer card.Close() //nolint:errcheck // the figures are taken
	w, err := world.New(world.Options{Dir: mkdir(dir, "world"), CRMRate: -1})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	b, err := startBox(ctx, card.Path(), w, true)
	if err != nil {
		return nil, err
	}
	defer b.stop() //nolint:errcheck // the figures are taken
	p := w.Somebody(true, 0)
	if _, err := b.cycles(ctx, p, clients, 20); err != nil {
		return nil, err
	}
	other, err := world.New(world.Options{Dir: mkdir(dir, "other")})
	if err != nil {
		return nil, err
	}
	defer other.Close()
	floor, err := startBare(ctx, mkdir(card.Path(), "bare"), other)
	if err != nil {
		return nil, err
	}
	defer floor.stop() //nolint:errcheck // the figures are taken
	if _, err := floor.rate(ctx, 20); err != nil {
		return nil, err
	}
	syncs, kib := perMessage(card, diskSends)
	for range diskSends {
		if _, err := b.cycles(ctx, p, 1, 1); err != nil {
			return nil, err
		}
	}
	oneSyncs, oneKiB := syncs(), kib()

	card.SetSyncDelay(badCard)
	syncs, _ = perMessage(card, diskSends)
	rate, err := b.cycles(ctx, p, clients, diskSends)
	if err != nil {
		return nil, err
	}
	manySyncs := syncs()
	syncs, _ = perMessage(card, diskSends)
	bareRate, err := floor.rate(ctx, diskSends)
	if err != nil {
		return nil, err
	}
	bareSyncs := syncs()
	slow, err := b.latencies(ctx, p, 15)
	if err != nil {
		return nil, err
	}
	return []figure{
		{"fsyncs per message, enqueue to delivered", oneSyncs, "fsyncs", atMost(8), "both databases, one message at a time, as the disk counts; with the rest of the box's writing in that time"},
		{"disk writes per message, enqueue to delivered", oneKiB, "KiB", atMost(100), "both databases, whole pages of 4 KiB that the fsyncs wrote, one message at a time"},
		{"full cycles on a card with 30 ms fsync", rate, "msg/s", atLeast(10), fmt.Sprintf("%d messages handed in by %d programs at a time, to the last one delivered; %.1f fsyncs each", diskSends, clients, manySyncs)},
		{"bare whatsmeow loop on that card, which keeps no ledger", bareRate, "msg/s", target{}, fmt.Sprintf("%.1f fsyncs each", bareSyncs)},
		{"queue to air, WhatsApp, on that card", ms(median(slow)), "ms", target{}, "API call to the customer's phone, median of 15"},
	}, nil
}

// perMessage answers what the disk has done since now, for each of n messages.
func perMessage(d *disk.Disk, n int) (syncs, kib func() float64) {
	before := d.Counters()
	return func() float64 { return float64(d.Counters().Syncs-before.Syncs) / float64(n) },
		func() float64 { return float64(d.Counters().BytesSynced-before.BytesSynced) / 1024 / float64(n) }
}

// cycles hands n messages in, some at a time, waits until the ledger says of every one that it
// was delivered, and answers how many went through in a second.
func (b *box) cycles(ctx context.Context, p *world.Person, atOnce, n int) (float64, error) {
	began := time.Now()
	ids := make([]int64, n)
	var next atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, atOnce)
	for range atOnce {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				var taken struct{ ID int64 }
				if err := b.call(http.MethodPost, "/api/v1/messages", fmt.Sprintf(`{"to":%q,"text":"Заказ %d готов."}`, p.Phone, i), &taken); err != nil {
					failed <- err
					return
				}
				ids[i] = taken.ID
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
	}
	for _, id := range ids {
		if err := b.until(ctx, func() bool { return b.delivered(id) }); err != nil {
			return 0, fmt.Errorf("message %d was not delivered: %w", id, err)
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

// delivered asks the box about one message.
func (b *box) delivered(id int64) bool {
	var m struct{ State string }
	err := b.call(http.MethodGet, fmt.Sprintf("/api/v1/messages/%d", id), "", &m)
	return err == nil && (m.State == "delivered" || m.State == "read")
}
