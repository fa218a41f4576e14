package webui

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
)

// browser keeps cookies and the form token between requests.
type browser struct {
	t       testing.TB
	srv     *Server
	cookies map[string]string
	csrf    string
}

func newBrowser(t testing.TB, srv *Server) *browser {
	return &browser{t: t, srv: srv, cookies: map[string]string{}}
}

func (b *browser) do(method, path, form string) (int, string) {
	b.t.Helper()
	if method == "POST" {
		form = "csrf=" + b.csrf + "&" + form
	}
	req := httptest.NewRequest(method, path, strings.NewReader(form))
	req.Header.Set("Content-Type", fiber.MIMEApplicationForm)
	var sent []string
	for k, v := range b.cookies {
		sent = append(sent, k+"="+v)
	}
	req.Header.Set("Cookie", strings.Join(sent, "; "))
	res, err := b.srv.App().Test(req, 5000)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		if c.Value == "" {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
	buf := new(strings.Builder)
	if _, err := copyAll(buf, res.Body); err != nil {
		b.t.Fatal(err)
	}
	if _, rest, ok := strings.Cut(buf.String(), `name="csrf" value="`); ok {
		b.csrf, _, _ = strings.Cut(rest, `"`)
	}
	if to := res.Header.Get("Location"); to != "" {
		return res.StatusCode, to
	}
	return res.StatusCode, buf.String()
}

func TestLogin(t *testing.T) {
	t.Parallel()
	s := busyShop()
	s.users = []gateway.User{{ID: 1, Name: "Ольга", Role: gateway.Owner, Hash: ownerHash()}}
	b := newBrowser(t, newServer(t, s))
	if status, to := b.do("GET", "/rules?status=ready", ""); status != 303 || to != "/login?next=/rules?status=ready" {
		t.Errorf("without a login: %d %s", status, to)
	}
	b.do("GET", "/login?next=/rules", "")
	if status, body := b.do("POST", "/login", "name=Ольга&password=wrong"); status != 422 || !strings.Contains(body, "не подходят") {
		t.Errorf("a wrong password: %d", status)
	}
	status, to := b.do("POST", "/login", "name=ольга&next=//evil.test&password="+ownerPassword)
	if status != 303 || to != "/" {
		t.Errorf("the right one: %d %s", status, to)
	}
	secret := b.cookies[loginCookie]
	if s.logins[secret].TokenHash != "" || len(s.logins) != 1 {
		t.Error("the database keeps the cookie itself")
	}
	if status, body := b.do("GET", "/", ""); status != 200 || !strings.Contains(body, "Обзор") {
		t.Errorf("inside: %d", status)
	}
	s.now = s.now.Add(11 * time.Hour)
	if status, _ := b.do("GET", "/journal", ""); status != 200 {
		t.Errorf("after 11 hours: %d", status)
	}
	s.now = s.now.Add(12*time.Hour + time.Minute)
	if status, _ := b.do("GET", "/journal", ""); status != 303 || len(s.logins) != 0 {
		t.Errorf("after 12 idle hours: %d, %d logins", status, len(s.logins))
	}
}

func TestLoginTriesAreLimited(t *testing.T) {
	t.Parallel()
	s := busyShop()
	s.users = []gateway.User{{ID: 1, Name: "Ольга", Role: gateway.Owner, Hash: ownerHash()}}
	b := newBrowser(t, newServer(t, s))
	b.do("GET", "/login", "")
	for range 5 {
		if status, _ := b.do("POST", "/login", "name=Ольга&password=wrong"); status != 422 {
			t.Fatalf("a try: %d", status)
		}
	}
	if status, body := b.do("POST", "/login", "name=Ольга&password="+ownerPassword); status != 429 || !strings.Contains(body, "Подождите") {
		t.Errorf("the sixth: %d", status)
	}
	s.now = s.now.Add(31 * time.Second)
	if status, _ := b.do("POST", "/login", "name=Ольга&password="+ownerPassword); status != 303 {
		t.Errorf("after the wait: %d", status)
	}
}

func TestLogoutEndsTheLogin(t *testing.T) {
	t.Parallel()
	s := busyShop()
	cookie := s.enter(gateway.Operator, "ru")
	srv := newServer(t, s)
	if status, _ := post(t, srv, cookie, "/logout", "csrf=form-token"); status != 303 {
		t.Errorf("logout: %d", status)
	}
	if status, _ := get(t, srv, cookie, "/"); status != 303 {
		t.Errorf("the old cookie still works: %d", status)
	}
}

func TestLanguageIsTheUsers(t *testing.T) {
	t.Parallel()
	s := busyShop()
	cookie := s.enter(gateway.Operator, "")
	srv := newServer(t, s)
	if _, body := get(t, srv, cookie, "/"); !strings.Contains(body, "Обзор") {
		t.Error("the shop's language is Russian")
	}
	if status, to := post(t, srv, cookie, "/language", "csrf=form-token&lang=en&next=/journal"); status != 303 || to != "/journal" {
		t.Errorf("%d %s", status, to)
	}
	if _, body := get(t, srv, cookie, "/"); !strings.Contains(body, "Overview") {
		t.Error("the user chose English")
	}
}

func TestTheFirstOwnerNeedsTheCode(t *testing.T) {
	t.Parallel()
	s := emptyShop()
	s.code = "ABCD-EFGH"
	b := newBrowser(t, newServer(t, s))
	if _, to := b.do("GET", "/", ""); to != "/setup" {
		t.Errorf("a new box leads to %s", to)
	}
	b.do("GET", "/setup", "")
	for i := range 6 {
		status, _ := b.do("POST", "/setup/owner", "name=Ольга&code=AAAA-AAAA&password="+ownerPassword)
		if want := map[bool]int{true: 422, false: 429}[i < 5]; status != want {
			t.Errorf("try %d: %d", i+1, status)
		}
	}
	s.now = s.now.Add(3 * time.Minute)
	if status, body := b.do("POST", "/setup/owner", "name=Ольга&code=abcd efgh&password=short"); status != 422 || !strings.Contains(body, "10") {
		t.Errorf("a short password: %d", status)
	}
	if status, to := b.do("POST", "/setup/owner", "name=Ольга&code=abcd efgh&password="+ownerPassword); status != 303 || to != "/setup/shop" {
		t.Errorf("the right code: %d %s", status, to)
	}
	if s.code != "" || len(s.users) != 1 || s.users[0].Role != gateway.Owner || !strings.HasPrefix(s.users[0].Hash, "$argon2id$") {
		t.Errorf("users %v, code %q", s.users, s.code)
	}
	if status, to := b.do("POST", "/setup/owner", "name=Второй&code=ABCD-EFGH&password="+ownerPassword); status == 200 || to == "/setup/shop" || len(s.users) != 1 {
		t.Errorf("a second owner: %d %s", status, to)
	}
}
