package webui

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

func TestAForeignHostNameIsRefused(t *testing.T) {
	t.Parallel()
	srv := newServer(t, busyShop())
	for host, want := range map[string]int{
		"192.168.1.5:8480": 303, "localhost:8480": 303, "[::1]:8480": 303, "vestnik.local": 303, "example.com": 303, "EXAMPLE.com.": 303,
		"evil.test": 421, "localhost.evil.test": 421, "": 421,
	} {
		req := httptest.NewRequest("GET", "/", nil)
		req.Host = host
		req.Header.Set("X-Forwarded-Host", "localhost")
		if status, _ := answer(t, srv, req); status != want && (host != "" || status == 303) {
			t.Errorf("%q: %d, want %d", host, status, want)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	res, err := newServer(t, emptyShop()).App().Test(httptest.NewRequest("GET", "/setup", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	csp := res.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("the policy lacks %s: %s", part, csp)
		}
	}
	if strings.Contains(csp, "unsafe") || res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", res.Header)
	}
	cookie := res.Header.Get("Set-Cookie")
	if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") {
		t.Errorf("cookie: %s", cookie)
	}
}

func TestAFormNeedsItsTokenAndOrigin(t *testing.T) {
	t.Parallel()
	s := busyShop()
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	send := func(token, origin string) int {
		req := httptest.NewRequest("POST", "/device/reconnect", strings.NewReader("csrf="+token))
		req.Header.Set("Content-Type", fiber.MIMEApplicationForm)
		req.Header.Set("Cookie", loginCookie+"="+cookie)
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		status, _ := answer(t, srv, req)
		return status
	}
	if got := send("form-token", "http://example.com"); got != 303 {
		t.Errorf("our own form: %d", got)
	}
	for _, c := range [][2]string{{"", ""}, {"other", ""}, {"form-token", "http://evil.test"}, {"form-token", "null"}} {
		if got := send(c[0], c[1]); got != 403 {
			t.Errorf("token %q from %q: %d", c[0], c[1], got)
		}
	}
	if len(s.done) != 1 {
		t.Errorf("done: %v", s.done)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		role gateway.Role
		path string
		form string
		want int
	}{
		{gateway.Operator, "/rules/1", "name=x", 403},
		{gateway.Operator, "/pairing", "", 403},
		{gateway.Operator, "/rules/new", "GET", 403},
		{gateway.Operator, "/settings/channels", "GET", 403},
		{gateway.Operator, "/messages/3/again", "", 303},
		{gateway.Operator, "/messages/2/cancel", "", 303},
		{gateway.Operator, "/setup/shop", "GET", 403},
		{gateway.Manager, "/pairing", "", 303},
		{gateway.Manager, "/pairing/unlink", "", 403},
		{gateway.Manager, "/settings/people", "GET", 403},
		{gateway.Manager, "/settings/tokens", "name=x&role=owner", 403},
		{gateway.Manager, "/settings/crm", "url=x", 403},
		{gateway.Owner, "/pairing/unlink", "", 303},
		{gateway.Owner, "/settings/people", "GET", 200},
	} {
		s := busyShop()
		cookie := s.enter(c.role, "ru")
		srv := newServer(t, s)
		var got int
		if c.form == "GET" {
			got, _ = get(t, srv, cookie, c.path)
		} else {
			got, _ = post(t, srv, cookie, c.path, "csrf=form-token&"+c.form)
		}
		if got != c.want {
			t.Errorf("%s at %s: %d, want %d", c.role, c.path, got, c.want)
		}
	}
}

func TestABodyOverOneMegabyteIs413(t *testing.T) {
	t.Parallel()
	base := run(t, newServer(t, busyShop()))
	for name, body := range map[string]io.Reader{
		"a byte more":           strings.NewReader(strings.Repeat("x", maxBody+1)),
		"more than TCP buffers": strings.NewReader(strings.Repeat("x", 12*maxBody)),
		"of a length not told":  io.LimitReader(endless{}, 12*maxBody),
	} {
		res, err := http.Post(base+"/login", "text/plain", body)
		if err != nil {
			t.Errorf("%s: the sender does not learn what is wrong: %v", name, err)
			continue
		}
		res.Body.Close()
		if res.StatusCode != 413 {
			t.Errorf("%s: status %d", name, res.StatusCode)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// run serves on a port of its own until the test ends.
func run(t testing.TB, srv *Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

func TestEventsCarryTopicsAndEndWithTheServer(t *testing.T) {
	t.Parallel()
	s := busyShop()
	cookie := s.enter(gateway.Operator, "ru")
	srv := newServer(t, s)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, l) }()
	req, err := http.NewRequest("GET", "http://"+l.Addr().String()+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", loginCookie+"="+cookie)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	next := func(r *bufio.Reader) string {
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if name, ok := strings.CutPrefix(line, "event: "); ok {
				return strings.TrimSpace(name)
			}
		}
	}
	r := bufio.NewReader(res.Body)
	if got := next(r); got != "hello" {
		t.Errorf("the stream begins with %q", got)
	}
	s.topics.Publish(gateway.TopicQueue)
	if got := next(r); got != "queue" {
		t.Errorf("heard %q", got)
	}
	stop := time.Now()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if took := time.Since(stop); took > 2*time.Second {
		t.Errorf("it took %v to end with open streams", took)
	}
}

func TestAPartThatFailsLeavesTheOldOneStanding(t *testing.T) {
	t.Parallel()
	s := busyShop()
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	req := httptest.NewRequest("GET", "/messages/999?part=story", nil)
	req.Header.Set("Cookie", loginCookie+"="+cookie)
	req.Header.Set("HX-Request", "true")
	res, err := srv.App().Test(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 404 || res.Header.Get("HX-Reswap") != "none" {
		t.Errorf("%d, %v", res.StatusCode, res.Header)
	}
}

func TestAPIHasItsOwnErrorsAndNoCookies(t *testing.T) {
	t.Parallel()
	s := busyShop()
	cookie := s.enter(gateway.Owner, "ru")
	srv := newServer(t, s, func(o *Options) {
		o.API = func(r fiber.Router) {
			r.Get("/x", func(c *fiber.Ctx) error {
				if visitorOf(c).in {
					t.Error("the API sees a cookie's login")
				}
				return device.Errorf(device.Conflict, "api", "no")
			})
		}
		o.APIErrors = func(c *fiber.Ctx, _ error) error { return c.Status(409).SendString(`{"error":{}}`) }
	})
	if status, body := get(t, srv, cookie, "/api/v1/x"); status != 409 || body != `{"error":{}}` {
		t.Errorf("%d %s", status, body)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	srv := newServer(t, busyShop(), func(o *Options) { o.Health = sick{}; o.Metrics = http.NotFoundHandler() })
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503, "/metrics": 404} {
		if got, _ := get(t, srv, "", path); got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
}

type sick struct{}

func (sick) Ready(context.Context) error {
	return device.Errorf(device.Unavailable, "store", "the disk is full")
}
