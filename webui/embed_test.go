package webui

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"vestnik/gateway"
)

func TestOnlyTheEmbedPageMayBeFramedAndOnlyByTheNamedOrigin(t *testing.T) {
	t.Parallel()
	s := supported()
	cookie := s.enter(gateway.Owner, "ru")
	srv := newServer(t, s)
	head := func(path string) http.Header {
		req := httptest.NewRequest("GET", path, nil)
		req.Header.Set("Cookie", loginCookie+"="+cookie)
		res, err := srv.App().Test(req, 5000)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.Header
	}
	h := head("/card/embed")
	if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "; frame-ancestors https://chat.lavka.example;") || strings.Contains(csp, "unsafe") || h.Get("X-Frame-Options") != "" || len(h.Values("Content-Security-Policy")) != 1 {
		t.Errorf("%v", h)
	}
	if h.Get("Set-Cookie") != "" {
		t.Error("the frame is given a cookie")
	}
	for _, path := range []string{"/", "/card", "/card/51", "/card/t/1042", "/card/embed/token", "/support", "/settings/helpdesk", "/login", "/assets/embed.js", "/card/embed/find"} {
		if h := head(path); !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || h.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s may be framed: %v", path, h)
		}
	}
	for origin, want := range map[string]int{"": 404, "https://chat.lavka.example/": 200} {
		s.settings.Helpdesk.Embed.Frame = origin
		if status, _ := get(t, srv, "", "/card/embed"); status != want {
			t.Errorf("for %q: %d", origin, status)
		}
	}
}

func TestTheDoorWindowKeepsItsOpenerAndNoOtherPageDoes(t *testing.T) {
	t.Parallel()
	s := supported()
	cookie := s.enter(gateway.Operator, "ru")
	srv := newServer(t, s)
	for path, want := range map[string]string{"/card/embed/token": "unsafe-none", "/card/51": "same-origin", "/": "same-origin"} {
		req := httptest.NewRequest("GET", path, nil)
		req.Header.Set("Cookie", loginCookie+"="+cookie)
		res, err := srv.App().Test(req, 5000)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Cross-Origin-Opener-Policy"); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	for path, want := range map[string]string{"/login?next=/card/embed/token": "unsafe-none", "/login?next=/card": "same-origin", "/card/embed/token": "unsafe-none", "/card/51": "same-origin"} {
		res, err := srv.App().Test(httptest.NewRequest("GET", path, nil), 5000)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Cross-Origin-Opener-Policy"); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// frame is the embedded page's script.
type frame struct {
	t     *testing.T
	srv   *Server
	token string
}

func (f *frame) ask(path string, form url.Values) (int, string) {
	req := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if f.token != "" {
		req.Header.Set("Authorization", "Bearer "+f.token)
	}
	return answer(f.t, f.srv, req)
}

func tokenIn(t *testing.T, body string) string {
	t.Helper()
	var made struct {
		Token   string
		Seconds int
	}
	if err := json.Unmarshal([]byte(body), &made); err != nil || len(made.Token) < 30 || made.Seconds != 900 {
		t.Fatalf("%v %s", err, body)
	}
	return made.Token
}

func TestAFrameSeesACardWithItsTokenOnly(t *testing.T) {
	t.Parallel()
	s := supported()
	cookie := s.enter(gateway.Owner, "ru")
	srv := newServer(t, s)
	who := url.Values{"email": {"a.petrova@example.com"}}
	f := &frame{t: t, srv: srv}
	if status, body := f.ask("/card/embed/find", who); status != 401 || strings.Contains(body, "Анна") {
		t.Errorf("without a token: %d", status)
	}
	f.token = cookie // the login itself is none
	if status, _ := f.ask("/card/embed/find", who); status != 401 {
		t.Errorf("with the login: %d", status)
	}
	if status, _ := post(t, srv, cookie, "/card/embed/token", ""); status != 403 {
		t.Errorf("a token without a form token: %d", status)
	}
	if status, _ := post(t, srv, "", "/card/embed/token", "csrf=form-token"); status != 403 {
		t.Errorf("a token without a login: %d", status)
	}
	_, body := post(t, srv, cookie, "/card/embed/token", "csrf=form-token")
	f.token = tokenIn(t, body)
	status, body := f.ask("/card/embed/find", who)
	doc := docOf(t, body)
	if status != 200 || strings.Contains(body, "<html") || !strings.Contains(wordsOf(doc.Find("h1")), "Анна Сергеевна Петрова") {
		t.Fatalf("%d %s", status, body)
	}
	if doc.Find("form, [hx-get], [hx-post], script").Length() > 0 {
		t.Error("the frame could do more than look")
	}
	if doc.Find(`a[href="/card/51"][target=_blank]`).Length() != 1 {
		t.Error("nothing leads to the whole card")
	}
	if status, body := f.ask("/card/embed/find", url.Values{"email": {"nobody@example.com"}}); status != 200 || !strings.Contains(body, "такого клиента нет") {
		t.Errorf("nobody: %d %s", status, body)
	}
	for _, path := range []string{"/card/51/note", "/settings/helpdesk", "/card/51"} {
		if status, _ := f.ask(path, url.Values{"text": {"x"}}); status != 403 && status != 405 && status != 404 {
			t.Errorf("the token opens %s: %d", path, status)
		}
	}
	old := f.token
	status, body = f.ask("/card/embed/renew", nil)
	if status != 200 {
		t.Fatal(status)
	}
	f.token = tokenIn(t, body)
	if got, _ := (&frame{t, srv, old}).ask("/card/embed/find", who); got != 401 {
		t.Errorf("the token before still opens: %d", got)
	}
	s.now = s.now.Add(doorLife + time.Second)
	if status, _ := f.ask("/card/embed/find", who); status != 401 {
		t.Errorf("after a quarter of an hour: %d", status)
	}
}

func TestATokenEndsWithItsLogin(t *testing.T) {
	t.Parallel()
	s := supported()
	cookie := s.enter(gateway.Operator, "ru")
	srv := newServer(t, s)
	_, body := post(t, srv, cookie, "/card/embed/token", "csrf=form-token")
	f := &frame{t, srv, tokenIn(t, body)}
	if status, _ := post(t, srv, cookie, "/logout", "csrf=form-token"); status != 303 {
		t.Fatal(status)
	}
	if status, _ := f.ask("/card/embed/find", url.Values{"email": {"a.petrova@example.com"}}); status != 401 {
		t.Errorf("after logging out: %d", status)
	}
	if status, _ := f.ask("/card/embed/renew", nil); status != 401 {
		t.Errorf("renewed after logging out: %d", status)
	}
}

func TestDoorsAreFewAndHashed(t *testing.T) {
	t.Parallel()
	now := noon
	d := newDoors(func() time.Time { return now })
	first := d.open("login", now)
	for range maxDoors {
		now = now.Add(time.Millisecond)
		d.open("login", now)
	}
	if len(d.by) > maxDoors {
		t.Errorf("%d tokens", len(d.by))
	}
	if _, ok := d.find(first); ok {
		t.Error("the oldest is still there")
	}
	if _, ok := d.by[first]; ok {
		t.Error("a token itself is kept")
	}
}

func TestThePluginsFileIsWholeAndBehindItsSwitch(t *testing.T) {
	t.Parallel()
	s := supported()
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	status, body := get(t, srv, cookie, "/settings/helpdesk/plugin.html")
	if status != 200 {
		t.Fatal(status)
	}
	for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "{{", "⟦", "helpdesk-secret-key", "mailbox-secret", " src=", "href=\"http"} {
		if strings.Contains(body, bad) {
			t.Errorf("the plugin has %q", bad)
		}
	}
	for _, want := range []string{"Клиент в RetailCRM", "VESTNIK_KEY", "Content-Security-Policy"} {
		if !strings.Contains(body, want) {
			t.Errorf("the plugin lacks %q", want)
		}
	}
	s.settings.Helpdesk.Embed.Mailbox = ""
	if status, _ := get(t, srv, cookie, "/settings/helpdesk/plugin.html"); status != 404 {
		t.Errorf("without a mailbox: %d", status)
	}
}
