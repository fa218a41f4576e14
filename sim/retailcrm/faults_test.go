package retailcrm_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/sim/retailcrm"
)

// call sends one request and returns what came back, errors and all.
func call(t *testing.T, client *http.Client, base, method, path, form string) (status int, kind, body string, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-API-KEY", key)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(data), err
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"inside", "socket"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			a := retailcrm.New(retailcrm.Options{Rate: -1})
			a.AddOrder(retailcrm.Order{})
			client, base := &http.Client{Transport: a.Transport()}, "http://crm.test"
			if way == "socket" {
				srv := httptest.NewServer(a)
				t.Cleanup(srv.Close)
				client, base = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, srv.URL
			}
			faults := a.Faults()
			do := func(form string) (int, string, string, error) {
				return call(t, client, base, "POST", "/api/v5/orders/5042/edit", form)
			}
			status := func(code string) string {
				return url.Values{"by": {"id"}, "order": {`{"status":"` + code + `"}`}}.Encode()
			}
			current := func() string { o, _ := a.Order(5042); return o.Status }

			faults.Down(true)
			if _, _, _, err := do(status("assembling")); err == nil || current() != "new" {
				t.Errorf("down: %v, status %s", err, current())
			} else if way == "inside" && !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("down: %v", err)
			}
			faults.Down(false)

			faults.HTML(1)
			if code, kind, body, err := do(status("assembling")); err != nil || code != 200 || !strings.HasPrefix(kind, "text/html") || !strings.HasPrefix(body, "<") || current() != "new" {
				t.Errorf("HTML: %d %s %s %v", code, kind, body, err)
			}
			faults.Status(503, 1)
			faults.Status(429, 1)
			faults.Status(500, 1)
			faults.Status(502, 1)
			for _, want := range []int{503, 429, 500, 502} {
				code, kind, _, err := do(status("assembling"))
				if err != nil || code != want || (kind == "application/json") != (want == 500) || current() != "new" {
					t.Errorf("want %d: %d %s %v", want, code, kind, err)
				}
			}
			faults.LoseAnswer(1)
			if _, _, _, err := do(status("assembling")); err == nil || current() != "assembling" {
				t.Errorf("lost answer: %v, status %s", err, current())
			}
			faults.EmptyBody(1)
			if code, _, body, err := do(status("complete")); err != nil || code != 200 || body != "" || current() != "complete" {
				t.Errorf("empty: %d %q %v", code, body, err)
			}
			faults.TruncateBody(1)
			if code, _, body, err := do(status("new")); !errors.Is(err, io.ErrUnexpectedEOF) || code != 200 || body == "" || current() != "new" {
				t.Errorf("truncated: %d %q %v", code, body, err)
			}
			faults.WrongKey(true)
			if code, _, body, _ := do(status("complete")); code != 403 || !strings.Contains(body, "Wrong") {
				t.Errorf("wrong key: %d %s", code, body)
			}
			faults.WrongKey(false)
			faults.DropScope("order_write")
			if code, _, body, _ := do(status("complete")); code != 403 || !strings.Contains(body, "Access denied.") {
				t.Errorf("dropped scope: %d %s", code, body)
			}
			if _, _, body, _ := call(t, client, base, "GET", "/api/credentials", ""); strings.Contains(body, "order_write") {
				t.Error("a dropped scope is still listed")
			}
			faults.RestoreScope("order_write")
			faults.NoAccount(true)
			if code, _, body, _ := do(status("complete")); code != 404 || !strings.HasPrefix(body, "<") {
				t.Errorf("no account: %d %s", code, body)
			}
			faults.Clear()
			if code, _, _, err := do(status("complete")); err != nil || code != 200 || current() != "complete" {
				t.Errorf("after all: %d %v", code, err)
			}
			understood(t, a)
		})
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 429} {
		now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
		a := retailcrm.New(retailcrm.Options{Now: func() time.Time { return now }, RateStatus: status})
		client := &http.Client{Transport: a.Transport()}
		want := status
		if want == 0 {
			want = 503
		}
		for i := range 13 {
			code, kind, _, err := call(t, client, "http://crm.test", "GET", "/api/v5/users", "")
			if err != nil || i < 10 && code != 200 || i >= 10 && (code != want || kind == "application/json") {
				t.Errorf("request %d: %d %s %v", i, code, kind, err)
			}
		}
		now = now.Add(999 * time.Millisecond)
		if code, _, _, _ := call(t, client, "http://crm.test", "GET", "/api/v5/users", ""); code != want {
			t.Errorf("within the second: %d", code)
		}
		now = now.Add(2 * time.Millisecond)
		if code, _, _, _ := call(t, client, "http://crm.test", "GET", "/api/v5/users", ""); code != 200 {
			t.Errorf("a second later: %d", code)
		}
		if got := a.MaxPerSecond(); got != 14 {
			t.Errorf("maximum seen %d", got)
		}
	}
}

// The in-process transport works in virtual time.
func TestSlowAnswerInVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := retailcrm.New(retailcrm.Options{})
		a.AddOrder(retailcrm.Order{})
		a.Faults().SlowBy(40 * time.Second)
		client := &http.Client{Transport: a.Transport()}
		start := time.Now()
		if code, _, _, err := call(t, client, "http://crm.test", "GET", "/api/v5/users", ""); err != nil || code != 200 || time.Since(start) != 40*time.Second {
			t.Errorf("%d after %v: %v", code, time.Since(start), err)
		}
		client.Timeout = 10 * time.Second
		form := url.Values{"by": {"id"}, "order": {`{"status":"complete"}`}}.Encode()
		_, _, _, err := call(t, client, "http://crm.test", "POST", "/api/v5/orders/5042/edit", form)
		if err == nil || time.Since(start) != 50*time.Second {
			t.Errorf("time-out after %v: %v", time.Since(start), err)
		}
		if o, _ := a.Order(5042); o.Status != "complete" {
			t.Error("a slow request was not processed")
		}
	})
}
