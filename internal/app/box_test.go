package app_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/internal/app"
	"vestnik/sim/modem"
	"vestnik/sim/world"
	"vestnik/store/storetest"
)

// box is the whole product in this process, on the wire of the simulated world: a
// websocket, a tty and HTTP.
type box struct {
	t     *testing.T
	dir   string
	world *world.World
	app   *app.App
	url   string
	log   *safeBuffer
	stop  func()
	now   func() time.Time // the box's clock, for a test that gave it one
	// options changes what the box is opened with; nil: nothing.
	options func(*app.Options)
	spoiled bool // the database was damaged on purpose: there is nothing to audit
	// listen makes the pages' listener; nil: a port of this machine.
	listen func() net.Listener
	every  time.Duration // how often until looks; 0: 5 ms
	// toCRM and toSupport are the ways of a box in its own time.
	toCRM, toSupport *road
}

const boxConfig = `
shop: {name: "Лавка", language: ru, timezone: Europe/Moscow, region: RU}
retailcrm: {url: "%s", key: "%s", poll: 5s}
whatsapp: {enabled: true, gap: 0, per_hour: 0, per_day: 0, new_chats_per_day: 0}
sms: {enabled: true, gap: 0, per_hour: 0, per_day: 0, modems: [{port: auto}]}
rules:
  - name: ready
    statuses: [ready-for-pickup]
    text: "Здравствуйте, {{customer.firstName|default:\"покупатель\"}}! Заказ {{order.number}} готов."
    channels: [whatsapp, sms]
    fallback_after: 10m
`

// newBox starts a world and a box in it whose phone is linked.
func newBox(t *testing.T, o world.Options) *box {
	t.Helper()
	return newBoxIn(t, t.TempDir(), o)
}

// newBoxIn is newBox on a folder of the caller's.
func newBoxIn(t *testing.T, dir string, o world.Options, change ...func(*app.Options)) *box {
	t.Helper()
	o.Dir = t.TempDir()
	if o.Profile == "" {
		o.Profile = modem.Huawei
	}
	o.CRMRate = -1
	w, err := world.New(o)
	if err != nil {
		t.Fatal(err)
	}
	b := &box{t: t, dir: dir, world: w, log: &safeBuffer{}}
	t.Cleanup(func() {
		b.stop()
		if strange := w.NotUnderstood(); len(strange) > 0 {
			t.Errorf("not understood: %q", strange)
		}
		w.Close()
		b.noNumbersInLog()
	})
	if len(change) > 0 {
		b.options = change[0]
	}
	b.start()
	b.apply(fmt.Sprintf(boxConfig, w.CRMURL, world.CRMKey))
	return b
}

// start opens the box on its folder.
func (b *box) start() {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	o := app.Options{DataDir: b.dir, Version: "test", Log: app.NewLogger(b.log, slog.LevelDebug), ModemPorts: b.world.ModemPorts}
	if b.world.WhatsApp != nil {
		o.WhatsAppHTTP = b.world.WhatsApp.HTTPClient()
	}
	if b.options != nil {
		b.options(&o)
	}
	a, err := app.New(ctx, o)
	if err != nil {
		b.t.Fatal(err)
	}
	l, err := b.listener()
	if err != nil {
		b.t.Fatal(err)
	}
	b.app, b.url = a, "http://"+l.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, l) }()
	var once sync.Once
	b.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				b.t.Errorf("run: %v", err)
			}
			if !b.spoiled {
				b.audit()
			}
			if err := a.Close(); err != nil {
				b.t.Errorf("close: %v", err)
			}
		})
	}
}

func (b *box) listener() (net.Listener, error) {
	if b.listen != nil {
		return b.listen(), nil
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

// audit asks the auditor, who must find nothing in a ledger that nobody broke on
// purpose. What was being done when the box was stopped has been settled by then.
func (b *box) audit() {
	b.t.Helper()
	if b.app.Store() != nil && len(b.app.Faults()) == 0 {
		storetest.Clean(b.t, b.app.Store(), b.now)
	}
}

func (b *box) apply(config string) {
	b.t.Helper()
	if _, err := app.ApplyConfig(b.t.Context(), b.app.Store(), []byte(config), "test"); err != nil {
		b.t.Fatal(err)
	}
	if err := b.app.Reload(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// pair links the shop's phone as a person does: with what the page shows.
func (b *box) pair() {
	b.t.Helper()
	b.until("WhatsApp may be paired", func() bool {
		return b.link(device.WhatsApp).State == device.LinkUnpaired || b.link(device.WhatsApp).State == device.LinkUnlinked
	})
	if err := b.app.Desk().StartPairing(b.t.Context(), "", ""); err != nil {
		b.t.Fatal(err)
	}
	b.until("a code is shown", func() bool { return b.app.Pairing().QR != "" })
	if err := b.world.Phone.ScanQR(b.app.Pairing().QR); err != nil {
		b.t.Fatal(err)
	}
	b.until("WhatsApp is connected", func() bool { return b.link(device.WhatsApp).State == device.LinkConnected })
}

func (b *box) link(ch device.Channel) device.Link {
	for _, l := range b.app.Desk().Links() {
		if l.Channel == ch {
			return l
		}
	}
	return device.Link{}
}

// until polls: the outside world has no event to wait for.
func (b *box) until(what string, ok func() bool) {
	b.t.Helper()
	tick := time.NewTicker(max(b.every, 5*time.Millisecond))
	defer tick.Stop()
	limit := time.After(100 * time.Second) // a message of unknown fate waits a minute for its receipt
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			b.t.Fatalf("not seen within 100 s: %s\n%s", what, b.story())
		}
	}
}

// order moves a new order of a person to the rule's status.
func (b *box) order(p *world.Person) (id int, number string) {
	b.t.Helper()
	id, number = b.world.NewOrder(p)
	if err := b.world.CRM.SetStatus(id, "ready-for-pickup"); err != nil {
		b.t.Fatal(err)
	}
	return id, number
}

// gets waits until a person's phones show exactly these texts.
func (b *box) gets(p *world.Person, messenger, sms int) {
	b.t.Helper()
	b.until(fmt.Sprintf("%s has %d by WhatsApp and %d by SMS", p.Name, messenger, sms), func() bool {
		wa, short := b.world.Texts(p)
		return len(wa) == messenger && len(short) == sms
	})
}

// decision waits for the journal's row about an order.
func (b *box) decision(number string) gateway.JournalRow {
	b.t.Helper()
	var found gateway.JournalRow
	b.until("a decision about order "+number, func() bool {
		rows, _, err := b.app.Store().Decisions(b.t.Context(), gateway.DecisionFilter{})
		for _, r := range rows {
			if r.Number == number {
				found = r
			}
		}
		return err == nil && found.ID != 0
	})
	return found
}

func (b *box) message(number string) gateway.Message {
	b.t.Helper()
	rows, _, err := b.app.Store().Messages(b.t.Context(), gateway.MessageFilter{Order: number})
	if err != nil || len(rows) != 1 {
		b.t.Fatalf("order %s has %d messages, %v", number, len(rows), err)
	}
	return rows[0]
}

func (b *box) story() string {
	var out strings.Builder
	for _, l := range b.app.Desk().Links() {
		fmt.Fprintf(&out, "%s %s %s\n", l.Channel, l.State, l.Cause)
	}
	fmt.Fprintf(&out, "crm %+v\nfaults %v\n", b.app.Desk().CRM(), b.app.Faults())
	rows, _, err := b.app.Store().Messages(context.Background(), gateway.MessageFilter{})
	if err != nil {
		return err.Error()
	}
	for _, m := range rows {
		story, err := b.app.Store().Story(context.Background(), m.ID)
		if err != nil {
			return err.Error()
		}
		fmt.Fprintf(&out, "message %d: %s on %s\n", m.ID, m.State, m.Channel)
		for _, s := range story.Trace {
			fmt.Fprintf(&out, "  %s %s\n", s.At.Format("15:04:05.000"), s.Reason.Sentence(s.Args, "en", time.UTC))
		}
		for _, e := range story.Effects {
			fmt.Fprintf(&out, "  effect %s %s %s\n", e.Key, e.State, e.Error)
		}
	}
	return out.String()
}

// noNumbersInLog looks for whole phone numbers and texts in everything that was
// logged.
func (b *box) noNumbersInLog() {
	logged := b.log.String()
	for _, p := range b.world.People {
		if i := strings.Index(logged, strings.TrimPrefix(p.Phone, "+")); i >= 0 {
			b.t.Errorf("the log has a customer's number: …%s…", logged[max(0, i-200):min(len(logged), i+60)])
			return
		}
	}
	if regexp.MustCompile(`Здравствуйте|` + world.CRMKey).MatchString(logged) {
		b.t.Error("the log has a message's text or the key")
	}
}

type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}
