package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"vestnik/gateway"
	"vestnik/internal/app"
	"vestnik/sim/messagegateway"
	"vestnik/sim/modem"
	"vestnik/sim/retailcrm"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

// stage is the box with the simulated world around it.
type stage struct {
	*world.World
	app     *app.App
	changed *changes
	// regular is one more customer on Telegram, who has been silent for weeks.
	regular *messagegateway.Customer
	sms     outbox
	// pages and control are the addresses of the product's pages and of the control page.
	pages, control string
}

func newStage(ctx context.Context, dir string, log *slog.Logger, o world.Options, pages, control net.Listener) (_ *stage, err error) {
	o.Dir = dir
	w, err := world.New(o)
	if err != nil {
		return nil, err
	}
	s := &stage{World: w, changed: newChanges(), regular: addRegular(w), pages: "http://" + pages.Addr().String(), control: "http://" + control.Addr().String()}
	addFamily(w)
	s.askEarlier()
	s.app, err = app.New(ctx, app.Options{
		DataDir: dir, Version: version, Log: log, Demo: true, DemoURL: s.control + "/", WhatsAppHTTP: w.WhatsApp.HTTPClient(), ModemPorts: w.ModemPorts,
	})
	if err != nil {
		w.Close()
		return nil, err
	}
	w.WhatsApp.OnReceive(func(string, whatsapp.Received) { s.changed.tell() })
	w.Modem.OnTaken(func(modem.Message) { s.changed.tell() })
	w.CRM.OnChange(func(retailcrm.Change) { s.changed.tell() })
	w.MG.OnChange(s.changed.tell)
	return s, nil
}

func (s *stage) close() error {
	err := s.app.Close()
	s.World.Close()
	return err
}

// prepare sets the shop up as after the wizard, apart from the phone, which the
// visitor links by himself.
func (s *stage) prepare(ctx context.Context, password string, askAfter time.Duration) error {
	book := s.app.Book()
	if err := book.AddUser(ctx, "owner", password, gateway.Owner); err != nil {
		return err
	}
	s.app.SetupDone()
	_, err := app.ApplyConfig(ctx, book, []byte(s.shopConfig(askAfter)), "demo")
	return errors.Join(err, s.app.Reload(ctx))
}

// serve runs the product and the control page until ctx ends.
func (s *stage) serve(ctx context.Context, pages, control net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	page := &http.Server{Handler: newControl(s), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	var ended sync.WaitGroup
	ended.Go(func() {
		<-ctx.Done()
		page.Close()
	})
	ended.Go(func() {
		if err := page.Serve(control); !errors.Is(err, http.ErrServerClosed) {
			cancel()
		}
	})
	err := s.app.Run(ctx, pages)
	cancel()
	ended.Wait()
	return err
}

// changes wakes whoever shows the world.
type changes struct {
	mu sync.Mutex
	ch chan struct{}
}

func newChanges() *changes { return &changes{ch: make(chan struct{})} }

func (c *changes) tell() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.ch)
	c.ch = make(chan struct{})
}

// next is closed at the next change.
func (c *changes) next() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ch
}
