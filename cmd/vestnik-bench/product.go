package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite"

	"vestnik/sim/modem"
	"vestnik/sim/world"
)

const (
	floorName   = "WhatsApp, bare whatsmeow loop, one customer"
	productName = "WhatsApp, whole product, one customer"
	rounds      = 500 // messages of a rate
	many        = 10_000
)

// benchDaemon measures the shipped binary by itself: start and idle memory.
func benchDaemon(ctx context.Context, dir, daemon string) ([]figure, error) {
	var starts []time.Duration
	var idle float64
	for range 7 {
		began := time.Now()
		cmd := exec.CommandContext(ctx, daemon, "serve", "--data", dir, "--listen", "127.0.0.1:18480", "--log-level", "error")
		if err := cmd.Start(); err != nil {
			return nil, fmt.Errorf("%w; run make build first", err)
		}
		for {
			resp, err := http.Get("http://127.0.0.1:18480/healthz")
			if err == nil {
				resp.Body.Close()
				break
			}
			if time.Since(began) > 20*time.Second {
				return nil, fmt.Errorf("the daemon did not answer")
			}
			time.Sleep(time.Millisecond)
		}
		starts = append(starts, time.Since(began))
		if len(starts) == 7 {
			time.Sleep(5 * time.Second)
			var err error
			if idle, err = rss(cmd.Process.Pid); err != nil {
				return nil, err
			}
		}
		_ = cmd.Process.Kill() // ours, and the figures are taken
		_ = cmd.Wait()
	}
	return []figure{
		{"start: exec to first HTTP answer, empty ledger", ms(median(starts)), "ms", "≤ 50", "median of 7"},
		{"memory: idle, unpaired", idle, "MiB", "≤ 35", "RSS 5 s after start"},
	}, nil
}

// benchFloor is what whatsmeow alone does on the same simulator with the same
// durability.
func benchFloor(ctx context.Context, dir string) ([]figure, error) {
	w, err := world.New(world.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	dsn := "file:" + dir + "/floor.db?_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_txlock=immediate"
	container, err := sqlstore.New(ctx, "sqlite", dsn, waLog.Noop)
	if err != nil {
		return nil, err
	}
	defer container.Close()
	cli := whatsmeow.NewClient(container.NewDevice(), waLog.Noop)
	cli.SetWebsocketHTTPClient(w.WhatsApp.HTTPClient())
	cli.SetPreLoginHTTPClient(w.WhatsApp.HTTPClient())
	cli.SynchronousAck, cli.EnableDecryptedEventBuffer, cli.UseRetryMessageStore = true, true, true
	connected := make(chan struct{}, 8)
	cli.AddEventHandler(func(e any) {
		if _, ok := e.(*events.Connected); ok {
			connected <- struct{}{}
		}
	})
	codes, err := cli.GetQRChannel(ctx)
	if err != nil {
		return nil, err
	}
	if err := cli.Connect(); err != nil {
		return nil, err
	}
	defer cli.Disconnect()
	for item := range codes {
		if item.Event == "code" {
			if err := w.Phone.ScanQR(item.Code); err != nil {
				return nil, err
			}
		}
	}
	<-connected
	to := types.NewJID(strings.TrimPrefix(w.Somebody(true, 0).Phone, "+"), types.DefaultUserServer)
	send := func(n int) error {
		for i := range n {
			if _, err := cli.SendMessage(ctx, to, &waE2E.Message{Conversation: proto.String(fmt.Sprintf("Заказ %d готов.", i))}); err != nil {
				return err
			}
		}
		return nil
	}
	if err := send(20); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := send(rounds); err != nil {
		return nil, err
	}
	return []figure{{floorName, rounds / time.Since(began).Seconds(), "msg/s", "", "synchronous=FULL, retry store, event buffer"}}, nil
}

// benchProduct measures the box with WhatsApp: latency, rate, memory, writes.
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
	pid := b.cmd.Process.Pid
	time.Sleep(5 * time.Second)
	paired, err := rss(pid)
	if err != nil {
		return nil, err
	}
	figures := []figure{{"memory: paired and idle", paired, "MiB", "≤ 55", "RSS 5 s after pairing"}}

	p := w.Somebody(true, 0)
	latencies, err := b.latencies(ctx, p, 30)
	if err != nil {
		return nil, err
	}
	figures = append(figures, figure{"queue to air, WhatsApp, idle box", ms(median(latencies)), "ms", "≤ 50", "API call to the customer's phone, median of 30"})

	change, err := b.statusChanges(ctx, 6)
	if err != nil {
		return nil, err
	}
	figures = append(figures, figure{"status change in the CRM to the customer's phone", ms(median(change)), "ms", "≤ 2800", "poll every 5 s; target poll/2 + 300 ms; median of 6"})

	before, err := written(pid)
	if err != nil {
		return nil, err
	}
	rate, err := b.rate(ctx, p, rounds, "a")
	if err != nil {
		return nil, err
	}
	after, err := written(pid)
	if err != nil {
		return nil, err
	}
	figures = append(figures,
		figure{productName, rate, "msg/s", "", "from the ledger to the phone; enqueued before"},
		figure{"disk writes per message, enqueue to delivered", (after - before) / rounds, "KiB", "≤ 100", "write_bytes of the process, both databases"},
	)
	if _, err := b.rate(ctx, p, many-rounds, "b"); err != nil {
		return nil, err
	}
	full, err := rss(pid)
	if err != nil {
		return nil, err
	}
	return append(figures, figure{"memory: after 10,000 messages", full, "MiB", "≤ 80", "RSS"}), nil
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

func (b *box) count(p *world.Person) int {
	wa, sms := b.world.Texts(p)
	return len(wa) + len(sms)
}

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

// rate enqueues n messages that become due at one moment and times them from then
// to the customer's phone.
func (b *box) rate(ctx context.Context, p *world.Person, n int, key string) (float64, error) {
	have := b.count(p)
	due := time.Now().Add(time.Duration(n) * 3 * time.Millisecond).Add(2 * time.Second)
	for i := range n {
		body := fmt.Sprintf(`{"to":%q,"text":"Заказ %d готов.","key":"%s%d","not_before":%q}`, p.Phone, i, key, i, due.UTC().Format(time.RFC3339Nano))
		if err := b.call("POST", "/api/v1/messages", body, nil); err != nil {
			return 0, err
		}
	}
	if wait := time.Until(due); wait > 0 {
		time.Sleep(wait)
	} else {
		slog.Warn("enqueueing took longer than planned; the rate includes some of it", "by", -wait)
	}
	began := time.Now()
	if due.After(began) {
		began = due
	}
	if err := b.arrived(ctx, p, have+n); err != nil {
		return 0, err
	}
	return float64(n) / time.Since(began).Seconds(), nil
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
		{"SMS on a network that needs 1 s for each", rate, "SMS/s", "≥ 0.98", "first to last acceptance, 20 SMS"},
		{"queue to air, SMS, idle box", ms(median(latencies)), "ms", "≤ 50", "API call to the network, median of 20; network 0 s"},
	}, nil
}

func median(d []time.Duration) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[len(d)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
