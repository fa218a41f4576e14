package app_test

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/internal/app"
	"vestnik/sim/helpdeskeddy"
	"vestnik/sim/retailcrm"
	"vestnik/sim/world"
)

// shop is a helpdesk and a CRM, and how a box is set up between them.
type shop struct {
	helpdesk helpdeskeddy.Options
	crm      retailcrm.Options
	config   string // after quietConfig and helpdeskConfig
	// before is done to the world before a box is there.
	before func(*world.World)
	begins time.Time // zero: a Wednesday in March
}

const quietConfig = `
shop: {name: "Лавка", language: ru, timezone: Europe/Moscow, region: RU}
retailcrm: {url: "%s", key: "%s", poll: 10s}
`

// helpdeskReal and crmReal are the addresses that boxes in a time of their own ask.
const (
	helpdeskReal = "https://lavka.helpdeskeddy.example"
	crmReal      = "https://lavka.retailcrm.example"
)

// serverClock has the web server begin what it never ends, outside of any test's own time.
var serverClock = sync.OnceFunc(func() {
	f := fiber.New(fiber.Config{DisableStartupMessage: true})
	f.Get("/", func(c *fiber.Ctx) error { return c.SendString("") })
	r, err := http.NewRequest(http.MethodGet, "/", nil)
	if err != nil {
		panic(err)
	}
	resp, err := f.Test(r, -1)
	if err != nil {
		panic(err)
	}
	resp.Body.Close()
})

// inOwnTime plays a story of a box that has no radios, in a time of its own: the twenty minutes
// of a ban are over at once. The whole product runs, and only the way to the two accounts is no socket.
func inOwnTime(t *testing.T, s shop, story func(t *testing.T, b *box)) {
	t.Helper()
	serverClock()
	synctest.Test(t, func(t *testing.T) {
		begins := s.begins
		if begins.IsZero() {
			begins = time.Date(2027, 3, 3, 7, 0, 0, 0, time.UTC)
		}
		time.Sleep(time.Until(begins))
		t.Cleanup(func() { time.Sleep(time.Minute) }) // until the web server's workers have ended
		b := quietBox(t, s)
		story(t, b)
		b.nothingLeaks()
	})
}

func quietBox(t *testing.T, s shop) *box {
	t.Helper()
	s.helpdesk.Seed, s.crm.Seed, s.crm.Key, s.crm.Rate = true, true, world.CRMKey, -1
	w := &world.World{
		CRM: retailcrm.New(s.crm), CRMURL: crmReal,
		Helpdesk: helpdeskeddy.New(s.helpdesk), HelpdeskURL: helpdeskReal,
	}
	rights := helpdeskeddy.IntegrationRights()
	rights.CreateTickets = true
	if err := w.Helpdesk.SetRights(helpdeskeddy.VestnikID, rights); err != nil {
		t.Fatal(err)
	}
	who, _ := w.Helpdesk.User(helpdeskeddy.VestnikID)
	w.HelpdeskKey = who.Key
	if s.before != nil {
		s.before(w)
	}
	b := besides(t, w)
	b.connectHelpdesk(s.config)
	return b
}

// besides starts a box on a folder of its own in a world that is there.
func besides(t *testing.T, w *world.World) *box {
	t.Helper()
	b := &box{
		t: t, dir: t.TempDir(), world: w, log: &safeBuffer{}, every: 200 * time.Millisecond,
		listen:    func() net.Listener { return &deaf{closed: make(chan struct{})} },
		toCRM:     &road{to: w.CRM.Transport()},
		toSupport: &road{to: w.Helpdesk.Transport()},
	}
	b.options = func(o *app.Options) {
		o.CRMHTTP, o.HelpdeskHTTP = b.toCRM, b.toSupport
		o.ModemPorts = func() []string { return nil } // there is none, in any folder
	}
	t.Cleanup(func() {
		b.stop()
		if strange := slices.Concat(w.CRM.NotUnderstood(), w.Helpdesk.NotUnderstood()); len(strange) > 0 {
			t.Errorf("not understood: %q", strange)
		}
		b.noSecretsInLog()
	})
	b.start()
	b.apply(fmt.Sprintf(quietConfig, w.CRMURL, world.CRMKey))
	return b
}

// noSecretsInLog looks for keys, numbers and addresses of customers in everything that was logged.
func (b *box) noSecretsInLog() {
	b.t.Helper()
	logged := b.log.String()
	secret := []string{world.CRMKey}
	if b.world.HelpdeskKey != "" {
		secret = append(secret, b.world.HelpdeskKey)
	}
	for _, c := range b.world.CRM.Customers() {
		secret = append(secret, c.LastName, c.Email)
		for _, p := range c.Phones {
			secret = append(secret, strings.TrimPrefix(p, "+"))
		}
	}
	for _, s := range secret {
		if i := strings.Index(logged, s); s != "" && i >= 0 {
			b.t.Errorf("the log has %q: …%s…", s, logged[max(0, i-200):min(len(logged), i+60)])
			return
		}
	}
}

// eventually waits for something that takes its time.
func (b *box) eventually(most time.Duration, what string, ok func() bool) {
	b.t.Helper()
	for began := time.Now(); !ok(); time.Sleep(time.Second) {
		if time.Since(began) > most {
			b.t.Fatalf("not seen within %s: %s\n%s", most, what, b.story())
		}
	}
}

// road is the way to an account.
type road struct {
	to http.RoundTripper

	mu  sync.Mutex
	hit func(r *http.Request, send func() (*http.Response, error)) (*http.Response, error)
}

// meddle has a test do something in the place of the first request that fits.
func (r *road) meddle(method, path string, do func(r *http.Request, send func() (*http.Response, error)) (*http.Response, error)) {
	var done bool
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hit = func(req *http.Request, send func() (*http.Response, error)) (*http.Response, error) {
		r.mu.Lock()
		fits := !done && req.Method == method && strings.Contains(req.URL.Path, path)
		done = done || fits
		r.mu.Unlock()
		if fits {
			return do(req, send)
		}
		return send()
	}
}

// RoundTrip implements http.RoundTripper.
func (r *road) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	hit := r.hit
	r.mu.Unlock()
	send := func() (*http.Response, error) { return r.to.RoundTrip(req) }
	if hit == nil {
		return send()
	}
	return hit(req, send)
}

// deaf is a listener that nobody reaches.
type deaf struct {
	once   sync.Once
	closed chan struct{}
}

// Accept implements net.Listener.
func (l *deaf) Accept() (net.Conn, error) {
	<-l.closed
	return nil, net.ErrClosed
}

// Close implements net.Listener.
func (l *deaf) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *deaf) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8480} }
