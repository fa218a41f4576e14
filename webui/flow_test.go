package webui

import (
	"io"
	"slices"
	"strings"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
)

func copyAll(w io.Writer, r io.Reader) (int64, error) { return io.Copy(w, r) }

func TestARuleIsSavedAsTyped(t *testing.T) {
	t.Parallel()
	s := busyShop()
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	status, to := post(t, srv, cookie, "/rules", "csrf=form-token&name=Новое&enabled=1&text=Заказ+{{order.number}}%0D%0Aготов&way=sms,whatsapp&statuses=send&statuses=ready&once=1&fallback=45&expires=0&if_missing=skip&limit_hours=1&from=10:00&to=20:30&status=send")
	if status != 303 || to != "/rules/5?done=saved&status=send" {
		t.Fatalf("%d %s", status, to)
	}
	r := s.rules[4]
	if r.Text != "Заказ {{order.number}}\nготов" || !slices.Equal(r.Channels, []device.Channel{device.SMS, device.WhatsApp}) || !slices.Equal(r.Statuses, []string{"send", "ready"}) ||
		r.FallbackAfter.Minutes() != 45 || r.ExpiresAfter != 0 || r.Hours != (gateway.Hours{From: 600, To: 1230}) || r.Once != gateway.OncePerOrder || r.IfMissing != gateway.DoNotSend || !r.Enabled {
		t.Errorf("%+v", r)
	}
}

func TestAWrongRuleKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := busyShop()
	cookie := s.enter(gateway.Manager, "ru")
	status, body := post(t, newServer(t, s), cookie, "/rules/1", "csrf=form-token&name=&text=Заказ+{{order.numbr}}&way=sms&fallback=soon&statuses=ready&if_missing=send&once=1")
	if status != 422 {
		t.Fatalf("%d", status)
	}
	for _, want := range []string{"order.numbr", "{{order.number}}?", `value="soon"`, "Заполните это поле"} {
		if !strings.Contains(body, want) {
			t.Errorf("the form lacks %q", want)
		}
	}
	if s.rules[0].Text == "Заказ {{order.numbr}}" {
		t.Error("it was saved")
	}
}

func TestForeignTextIsOnlyText(t *testing.T) {
	t.Parallel()
	s := busyShop()
	evil := `<script>alert(1)</script>"><img src=x onerror=alert(1)>`
	s.rows[0].Name, s.rows[0].Number = evil, evil
	s.ref.Statuses[0].Name, s.ref.Statuses[0].Color = evil, `"/><script>`
	s.orders[0].Fields["customer.firstName"] = evil
	s.links[0].Name = evil
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	for _, path := range []string{"/journal", "/rules?status=ready", "/device", "/pairing", "/rules/1?status=" + "%3Cscript%3Ealert(1)%3C/script%3E"} {
		if _, body := get(t, srv, cookie, path); strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") || strings.Contains(body, `"/><script>`) {
			t.Errorf("%s shows foreign markup", path)
		}
	}
}

func TestTheKeyOfTheCRMIsNeverShownNorSentElsewhere(t *testing.T) {
	t.Parallel()
	s := busyShop()
	cookie := s.enter(gateway.Owner, "ru")
	srv := newServer(t, s)
	for _, path := range []string{"/settings/crm", "/setup/crm", "/settings/channels"} {
		if _, body := get(t, srv, cookie, path); strings.Contains(body, "saved-key") {
			t.Errorf("%s shows the key", path)
		}
	}
	if status, _ := post(t, srv, cookie, "/settings/crm", "csrf=form-token&url=https://evil.test&do=save"); status != 422 {
		t.Errorf("another address with the kept key: %d", status)
	}
	if slices.ContainsFunc(s.done, func(d string) bool { return strings.Contains(d, "evil") }) {
		t.Errorf("asked: %v", s.done)
	}
	if status, to := post(t, srv, cookie, "/settings/crm", "csrf=form-token&url=new.retailcrm.ru/admin/orders&key=k2&field=has_whatsapp&do=save"); status != 303 {
		t.Errorf("a new address with its key: %d %s", status, to)
	}
	if got := s.settings.RetailCRM; got.URL != "https://new.retailcrm.ru" || got.Key != "k2" {
		t.Errorf("kept %+v", got)
	}
}

func TestPairingShowsTheCodeOnlyToThoseWhoMay(t *testing.T) {
	t.Parallel()
	scene := pairingIs(device.Pairing{State: device.PairingWaiting, QR: qrText, Code: "ABCD-EFGH", ShownAt: noon, ExpiresAt: noon})
	for role, want := range map[gateway.Role]bool{gateway.Manager: true, gateway.Operator: false} {
		s := scene()
		cookie := s.enter(role, "ru")
		if _, body := get(t, newServer(t, s), cookie, "/pairing"); strings.Contains(body, "ABCD-EFGH") != want {
			t.Errorf("%s sees the code: %v", role, !want)
		}
	}
}

func TestThePairingCodeIsAskedForANumberAsTyped(t *testing.T) {
	t.Parallel()
	s := emptyShop()
	cookie := s.enter(gateway.Manager, "ru")
	if status, to := post(t, newServer(t, s), cookie, "/pairing", "csrf=form-token&by=code&phone=8+(916)+123-45-67"); status != 303 || to != "/pairing" {
		t.Fatalf("%d %s", status, to)
	}
	if !slices.Contains(s.done, "pair +79161234567") {
		t.Errorf("asked: %v", s.done)
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	t.Parallel()
	s := busyShop()
	cookie := s.enter(gateway.Owner, "ru")
	srv := newServer(t, s)
	if status, body := post(t, srv, cookie, "/settings/people/100/delete", "csrf=form-token"); status != 409 || !strings.Contains(body, "последний владелец") {
		t.Errorf("deleting the last owner: %d", status)
	}
	if status, _ := post(t, srv, cookie, "/settings/people/100", "csrf=form-token&role=operator"); status != 409 || s.users[0].Role != gateway.Owner {
		t.Errorf("making him an operator: %d", status)
	}
}

func TestADeletedRuleCanBeBroughtBack(t *testing.T) {
	t.Parallel()
	s := busyShop()
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	_, to := post(t, srv, cookie, "/rules/1/delete", "csrf=form-token&status=ready")
	if _, body := get(t, srv, cookie, to); !strings.Contains(body, `action="/rules/1/restore"`) || !strings.Contains(body, "Правило удалено") {
		t.Errorf("after the deletion at %s there is no way back", to)
	}
	if status, _ := post(t, srv, cookie, "/rules/1/restore", "csrf=form-token&version=2"); status != 303 || !slices.Contains(s.done, "restore rule") {
		t.Errorf("restore: %d, %v", status, s.done)
	}
}

func TestATokenIsShownOnceAndKeptAsItsHash(t *testing.T) {
	t.Parallel()
	s := busyShop()
	cookie := s.enter(gateway.Owner, "ru")
	srv := newServer(t, s)
	_, body := post(t, srv, cookie, "/settings/tokens", "csrf=form-token&name=site&role=operator")
	_, rest, ok := strings.Cut(body, `class="token">`)
	value, _, _ := strings.Cut(rest, "<")
	if !ok || s.tokens[2].Hash != hashSecret(value) {
		t.Fatalf("token %q", value)
	}
	if _, again := get(t, srv, cookie, "/settings/tokens"); strings.Contains(again, value) {
		t.Error("it is shown again")
	}
}

func FuzzSafePath(f *testing.F) {
	for _, p := range []string{"/", "//evil", "/\\evil", "https://evil", "/a?b=/c", "/a\r\nb"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if got := safePath(p); !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\r\n") {
			t.Fatalf("%q leads to %q", p, got)
		}
	})
}

func FuzzCleanURL(f *testing.F) {
	f.Add("demo.retailcrm.ru/admin")
	f.Add("http://127.0.0.1:80/x")
	f.Fuzz(func(t *testing.T, raw string) {
		if got := cleanURL(raw); cleanURL(got) != got {
			t.Fatalf("%q: %q is not clean", raw, got)
		}
	})
}
