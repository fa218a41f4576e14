package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vestnik/gateway"
	"vestnik/internal/app"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

// boxConfig is what the child of that role gets.
type boxConfig struct {
	Dir      string // the data folder
	Config   string // as YAML
	WhatsApp string // address of the simulator, host:port
	Ports    []string
	Fill     cardFill
}

// setUp makes the shop and answers a token. It is the child's work: a process must not
// have a database open on a disk that it serves itself (see sim/disk).
func setUp(ctx context.Context, c boxConfig) (string, error) {
	book, err := app.OpenBook(ctx, c.Dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	if _, err := app.ApplyConfig(ctx, book, []byte(c.Config), "bench"); err != nil {
		return "", errors.Join(err, book.Close())
	}
	if err := c.Fill.put(ctx, book); err != nil {
		return "", errors.Join(err, book.Close())
	}
	token, err := book.AddToken(ctx, "bench", gateway.Owner)
	return token, errors.Join(err, book.Close())
}

// runBox is the child: the whole product. It prints a token and the address of its
// pages.
func runBox(ctx context.Context, c boxConfig) error {
	token, err := setUp(ctx, c)
	if err != nil {
		return err
	}
	fmt.Println(token)
	whatsapp.TrustRoot()
	a, err := app.New(ctx, app.Options{
		DataDir: c.Dir, Version: "bench", Log: boxLog(),
		WhatsAppHTTP: &http.Client{Transport: toAddress(c.WhatsApp)},
		ModemPorts:   func() []string { return c.Ports },
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr().String())
	go app.Trim(ctx) // as cmd/vestnik does
	if err := a.Run(ctx, l); err != nil {
		return err
	}
	return a.Close()
}

// boxLog is silent unless somebody looks for a fault of the bench.
func boxLog() *slog.Logger {
	if os.Getenv("VESTNIK_BENCH_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

// toAddress sends every request to one loopback address, keeping its Host.
type toAddress string

// RoundTrip implements http.RoundTripper.
func (t toAddress) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Host = r.URL.Host
	r.URL.Scheme, r.URL.Host = "http", string(t)
	return http.DefaultTransport.RoundTrip(r)
}

// box is the child seen from the parent.
type box struct {
	*child
	url   string
	token string
	world *world.World
}

// startBox sets a shop up, starts it in a process of its own and, when asked, links
// its phone.
func startBox(ctx context.Context, dir string, w *world.World, pair bool) (*box, error) {
	return startBoxWith(ctx, dir, w, pair, "")
}

// startBoxWith is startBox with more of a configuration, and on what the folder has.
func startBoxWith(ctx context.Context, dir string, w *world.World, pair bool, more string) (*box, error) {
	b, err := startBoxOn(ctx, dir, w, more, cardFill{})
	if err == nil && pair {
		return b, b.pair(ctx)
	}
	return b, err
}

// startBoxOn is startBoxWith without a phone, on a ledger that has something.
func startBoxOn(ctx context.Context, dir string, w *world.World, more string, fill cardFill) (*box, error) {
	b := &box{world: w}
	var err error
	b.child, err = startChild(ctx, roleBox, boxConfig{
		Dir: filepath.Join(dir, "data"), Config: fmt.Sprintf(benchConfig, w.CRMURL, world.CRMKey) + more, WhatsApp: w.WhatsApp.Addr(), Ports: w.ModemPorts(),
		Fill: fill,
	})
	if err != nil {
		return nil, err
	}
	if b.token, err = b.line(); err != nil {
		return nil, fmt.Errorf("the box was not set up: %w", err)
	}
	address, err := b.line()
	if err != nil {
		return nil, fmt.Errorf("the box did not start: %w", err)
	}
	b.url = "http://" + address
	return b, nil
}

const benchConfig = `
shop: {name: "Лавка", language: ru, timezone: Europe/Moscow, region: RU}
retailcrm: {url: "%s", key: "%s", poll: 5s}
whatsapp: {enabled: true, gap: 0, per_hour: 0, per_day: 0, new_chats_per_day: 0}
sms: {enabled: true, gap: 0, per_hour: 0, per_day: 0, modems: [{port: auto}]}
rules:
  - {name: ready, statuses: [ready-for-pickup], text: "Заказ {{order.number}} готов.", channels: [whatsapp, sms], fallback_after: 0}
`

func (b *box) pair(ctx context.Context) error {
	if err := b.until(ctx, func() bool { return b.call("POST", "/api/v1/whatsapp/pairing", "{}", nil) == nil }); err != nil {
		return fmt.Errorf("start pairing: %w", err)
	}
	var p struct{ QR string }
	if err := b.until(ctx, func() bool { return b.call("GET", "/api/v1/whatsapp/pairing", "", &p) == nil && p.QR != "" }); err != nil {
		return fmt.Errorf("wait for a code: %w", err)
	}
	if err := b.world.Phone.ScanQR(p.QR); err != nil {
		return err
	}
	return b.until(ctx, func() bool {
		var s struct {
			WhatsApp struct{ State string }
			Modems   []struct{ State string }
		}
		return b.call("GET", "/api/v1/status", "", &s) == nil && s.WhatsApp.State == "connected" && len(s.Modems) > 0 && s.Modems[0].State == "connected"
	})
}

func (b *box) until(ctx context.Context, ok func() bool) error {
	limit := time.Now().Add(60 * time.Second)
	for !ok() {
		if time.Now().After(limit) {
			return fmt.Errorf("not within a minute")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

func (b *box) call(method, path, body string, into any) error {
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+b.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s %s", method, path, resp.Status, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
