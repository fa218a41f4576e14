package webui

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

const (
	publicName = "go.lavka.example"
	phoneAgent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36"
)

// reviewing is a shop with a public address.
func reviewing(t *testing.T) (*shop, *Server) {
	t.Helper()
	s := busyShop()
	s.settings.Decency.ReviewURL, s.settings.Decency.PublicURL = "https://reviews.example/lavka?add=1", "https://"+publicName
	s.invites = busyInvites(s)
	return s, newServer(t, s, func(o *Options) {
		o.AllowedHosts = append(o.AllowedHosts, publicName) // even so
	})
}

func ask(t testing.TB, srv *Server, method, host, path string, headers ...string) (int, string) {
	t.Helper()
	req := httptest.NewRequest(method, path, nil)
	req.Host = host
	req.Header.Set("User-Agent", phoneAgent)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return answer(t, srv, req)
}

func TestAReviewLinkLeadsToTheReviewsAndNowhereElse(t *testing.T) {
	t.Parallel()
	s, srv := reviewing(t)
	for _, host := range []string{publicName, publicName + ":443", "192.168.1.20:8480", "GO.lavka.example."} {
		status, to := ask(t, srv, "GET", host, "/r/k7m2q9xw?next=https://evil.test")
		if status != 302 || to != s.settings.Decency.ReviewURL {
			t.Errorf("%s: %d %s", host, status, to)
		}
	}
	if len(s.invites.clicks) != 4 {
		t.Errorf("%d clicks are counted", len(s.invites.clicks))
	}
	// Later the shop moves its reviews.
	s.settings.Decency.ReviewURL = "https://other.example/"
	if status, to := ask(t, srv, "GET", publicName, "/r/k7m2q9xw"); status != 302 || to != "https://other.example/" {
		t.Errorf("after a change: %d %s", status, to)
	}
}

func TestOnlyPeopleAreCounted(t *testing.T) {
	t.Parallel()
	s, srv := reviewing(t)
	for _, h := range [][3]string{
		{"GET", "User-Agent", "WhatsApp/2.23.20.0 A"},
		{"GET", "User-Agent", "TelegramBot (like TwitterBot)"},
		{"GET", "User-Agent", "facebookexternalhit/1.1"},
		{"GET", "User-Agent", ""},
		{"GET", "Sec-Purpose", "prefetch;prerender"},
		{"HEAD", "Accept", "*/*"},
	} {
		if status, to := ask(t, srv, h[0], publicName, "/r/k7m2q9xw", h[1], h[2]); status != 302 || to != s.settings.Decency.ReviewURL {
			t.Errorf("%v: %d %s", h, status, to)
		}
	}
	if len(s.invites.clicks) != 0 {
		t.Errorf("%d clicks are counted", len(s.invites.clicks))
	}
}

func TestUnderThePublicNameThereIsNothingElse(t *testing.T) {
	t.Parallel()
	s, srv := reviewing(t)
	cookie := s.enter(gateway.Owner, "ru")
	for _, path := range []string{
		"/", "/login", "/setup", "/settings", "/healthz", "/readyz", "/metrics", "/api/v1/messages", "/events", "/card/embed", "/r", "/r/", "/R/k7m2q9xw", "/r/../login",
		"/r/k7m2q9xw/../../login", "/assets/vestnik.js", "/assets/htmx-4.0.1.min.js", "/hooks/chats/secret", "//login", "/panel/v1/lookup", "/campaigns", "/%6cogin",
	} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			status, body := ask(t, srv, method, publicName, path, "Cookie", loginCookie+"="+cookie)
			if status != 404 || strings.Contains(body, "password") || strings.Contains(body, "menu") {
				t.Errorf("%s %s: %d %.200s", method, path, status, body)
			}
		}
	}
	if status, _ := ask(t, srv, "GET", publicName, "/assets/vestnik.css"); status != 200 {
		t.Errorf("the stylesheet: %d", status)
	}
	if status, _ := ask(t, srv, "POST", publicName, "/r/k7m2q9xw"); status != 404 {
		t.Errorf("POST: %d", status)
	}
	// The box's own names are never the public one: nobody locks himself out.
	s.settings.Decency.PublicURL = "https://vestnik.local"
	if status, _ := ask(t, srv, "GET", "vestnik.local", "/login"); status != 200 {
		t.Errorf("/login under the box's own name: %d", status)
	}
	// Without the setting, the name is as foreign as any.
	if status, _ := ask(t, srv, "GET", "go2.lavka.example", "/r/k7m2q9xw"); status != 421 {
		t.Errorf("a foreign name: %d", status)
	}
}

func TestTheChatsMayComeInByTheSameName(t *testing.T) {
	t.Parallel()
	s, _ := reviewing(t)
	hook := func(o *Options) {
		o.Hook = func(_ context.Context, secret string, _ []byte) (any, bool, error) {
			return "ok", secret == "secret", nil
		}
	}
	srv := newServer(t, s, hook)
	if status, _ := ask(t, srv, "POST", publicName, "/hooks/chats/secret"); status != 404 {
		t.Errorf("before the shop says so: %d", status)
	}
	s.settings.Chats.WebhookURL = "https://" + publicName + "/hooks/chats/secret"
	if status, _ := ask(t, srv, "POST", publicName, "/hooks/chats/secret"); status != 200 {
		t.Errorf("after: %d", status)
	}
	if status, _ := ask(t, srv, "GET", publicName, "/login"); status != 404 {
		t.Errorf("/login: %d", status)
	}
}

func TestALinkThatIsNotOursSaysWhereReviewsAre(t *testing.T) {
	t.Parallel()
	s, srv := reviewing(t)
	seen := map[string]bool{}
	for _, token := range []string{"aaaaaaaa", "k7m2q9x", strings.Repeat("a", 400), "%3Cscript%3E"} {
		status, body := ask(t, srv, "GET", publicName, "/r/"+token)
		if status != 404 || !strings.Contains(body, `href="https://reviews.example/lavka?add=1"`) || strings.Contains(body, "<script") {
			t.Errorf("%.20s: %d %s", token, status, body)
		}
		seen[body] = true
	}
	if len(seen) != 1 {
		t.Errorf("unknown links look in %d ways", len(seen))
	}
	if _, body := ask(t, srv, "GET", publicName, "/r/aaaaaaaa", "Accept-Language", "en-GB,en;q=0.9"); !strings.Contains(body, "does not work any more") || !strings.Contains(body, `lang="en"`) {
		t.Errorf("an English phone reads %s", body)
	}
	// While the database cannot be read, he gets there all the same.
	s.fault = device.Errorf(device.Internal, "link", "disk")
	if status, body := ask(t, srv, "GET", publicName, "/r/k7m2q9xw"); status != 503 || !strings.Contains(body, "https://reviews.example/lavka?add=1") {
		t.Errorf("a fault: %d %s", status, body)
	}
	s.fault, s.settings.Decency.ReviewURL = nil, ""
	if status, body := ask(t, srv, "GET", publicName, "/r/k7m2q9xw"); status != 404 || strings.Contains(body, "<a ") {
		t.Errorf("without reviews: %d %s", status, body)
	}
}

func TestWhoAsksForTooManyLinksWaits(t *testing.T) {
	t.Parallel()
	s, srv := reviewing(t)
	from := func(address string) int {
		// app.Test comes from 0.0.0.0, which nobody believes; the gate itself is told apart below.
		status, _ := ask(t, srv, "GET", publicName, "/r/aaaaaaaa", "X-Forwarded-For", address)
		return status
	}
	for i := range linksAtOnce {
		if got := from(fmt.Sprintf("198.51.100.%d", i)); got != 404 {
			t.Fatalf("request %d: %d", i, got)
		}
	}
	if got := from("198.51.100.200"); got != 429 {
		t.Errorf("one too many, with a made-up address: %d", got)
	}
	s.now = s.now.Add(3 * time.Second)
	if got := from(""); got != 404 {
		t.Errorf("after a rest: %d", got)
	}
	g := newLinkGate(func() time.Time { return s.now })
	for i := range maxLinkAskers * 2 {
		if !g.take(fmt.Sprint(i)) {
			t.Fatal("a new address waits")
		}
	}
	if len(g.by) > maxLinkAskers {
		t.Errorf("%d addresses are remembered", len(g.by))
	}
}
