package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// wire is one of the box's ways out, led through a toxiproxy.
type wire struct {
	name  string
	proxy *toxiproxy.Proxy
}

func newWire(name, target string) (*wire, error) {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	w := &wire{name: name, proxy: toxiproxy.NewProxy(server, name, "127.0.0.1:0", target)}
	if err := w.proxy.Start(); err != nil {
		return nil, fmt.Errorf("wire %s: %w", name, err)
	}
	return w, nil
}

// Addr is host:port for the box.
func (w *wire) Addr() string { return w.proxy.Listen }

// Close ends the proxy.
func (w *wire) Close() { w.proxy.Stop() }

// The directions of a wire, in toxiproxy's words.
const (
	toBox   = "downstream"
	fromBox = "upstream"
)

// poison adds a toxic; undo takes it away. Connections that the toxic has cut stay
// cut.
func (w *wire) poison(kind, direction string, attributes map[string]int) (undo func() error, err error) {
	text, err := json.Marshal(map[string]any{"name": kind, "type": kind, "stream": direction, "toxicity": 1, "attributes": attributes})
	if err != nil {
		return nil, err
	}
	// The library waits for links that may be stuck in a write; a harness must not.
	bounded := func(do func() error) error {
		done := make(chan error, 1)
		go func() { done <- do() }()
		select {
		case err := <-done:
			return err
		case <-time.After(20 * time.Second):
			return errors.New("the proxy does not come out of it")
		}
	}
	wrap := func(what string, err error) error {
		if err == nil {
			return nil
		}
		return fmt.Errorf("wire %s: %s %s: %w", w.name, what, kind, err)
	}
	err = bounded(func() error {
		_, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(string(text)))
		return err
	})
	if err != nil {
		return nil, wrap("add", err)
	}
	return func() error {
		return wrap("remove", bounded(func() error { return w.proxy.Toxics.RemoveToxic(context.Background(), kind) }))
	}, nil
}

// refuse closes the port and all connections; undo opens it again.
func (w *wire) refuse() (undo func() error) {
	w.proxy.Stop()
	return func() error {
		// The port may linger for a moment.
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		var last error
		err := until(ctx, 20*time.Millisecond, func() (bool, error) {
			last = w.proxy.Start()
			return last == nil, nil
		})
		if err != nil {
			return fmt.Errorf("wire %s: open again: %w", w.name, last)
		}
		return nil
	}
}

// counter stands in front of the CRM and loses answers to changes of orders: the
// CRM has done what it was asked, and the box does not hear of it.
type counter struct {
	server *http.Server
	addr   string
	lose   atomic.Int32 // how many more
	lost   atomic.Int32
}

func newCounter(target string) (*counter, error) {
	c := &counter{}
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: target})
	forward.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	forward.ModifyResponse = func(resp *http.Response) error {
		if isEdit(resp.Request) && c.lose.Add(-1) >= 0 {
			c.lost.Add(1)
			return errors.New("lost on purpose") // ErrorHandler cuts the connection
		}
		return nil
	}
	quiet := slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // every cut on purpose would be told
	forward.ErrorLog = quiet
	c.server = &http.Server{Handler: forward, ReadHeaderTimeout: 10 * time.Second, ErrorLog: quiet}
	l, err := listenLocal()
	if err != nil {
		return nil, err
	}
	c.addr = l.Addr().String()
	go c.server.Serve(l) //nolint:errcheck // it ends with Close
	return c, nil
}

func isEdit(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/api/v5/orders/") && strings.HasSuffix(r.URL.Path, "/edit")
}

// LoseEdits loses the answers to the next n changes; the count replaces what was left.
func (c *counter) LoseEdits(n int) { c.lose.Store(int32(n)) }

// Close ends it.
func (c *counter) Close() { _ = c.server.Close() }
