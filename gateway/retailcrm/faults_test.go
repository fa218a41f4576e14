package retailcrm_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/retailcrm"
	sim "vestnik/sim/retailcrm"
)

// answers is a way to the account whose next answers a test makes up.
type answers struct {
	t    http.RoundTripper
	next []func(*http.Request) (*http.Response, error)
	seen int
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	a.seen++
	if len(a.next) == 0 {
		return a.t.RoundTrip(r)
	}
	fn := a.next[0]
	a.next = a.next[1:]
	return fn(r)
}

// says makes an answer.
func says(status int, body string, headers ...string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{}
		for i := 0; i+1 < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

func TestFaultsOfTheAccount(t *testing.T) {
	t.Parallel()
	type outcome = device.Kind
	for name, test := range map[string]struct {
		luck func(f *sim.Faults)
		// What Changes, Order and MarkWhatsApp answer; "" is success. The mark is tried with
		// its field and its reading done, so that the fault meets the write.
		changes, order, mark outcome
		code                 string // of the error from Order
	}{
		"page":           {func(f *sim.Faults) { f.HTML(1) }, device.Unavailable, device.Unavailable, device.Uncertain, "page"},
		"no account":     {func(f *sim.Faults) { f.NoAccount(true) }, device.NotFound, device.Unavailable, device.Unavailable, "not_crm"},
		"over the limit": {func(f *sim.Faults) { f.Status(503, 1) }, "", "", "", ""},
		"429":            {func(f *sim.Faults) { f.Status(429, 2) }, "", "", "", ""},
		"over for long":  {func(f *sim.Faults) { f.Status(503, 5) }, device.RateLimited, device.RateLimited, device.RateLimited, "503"},
		"500":            {func(f *sim.Faults) { f.Status(500, 1) }, device.Unavailable, device.Unavailable, device.Uncertain, "500"},
		"502":            {func(f *sim.Faults) { f.Status(502, 1) }, device.Unavailable, device.Unavailable, device.Uncertain, "502"},
		"lost answer":    {func(f *sim.Faults) { f.LoseAnswer(1) }, device.Unavailable, device.Unavailable, device.Uncertain, ""},
		"empty":          {func(f *sim.Faults) { f.EmptyBody(1) }, device.Unavailable, device.Unavailable, device.Uncertain, "odd_answer"},
		"truncated":      {func(f *sim.Faults) { f.TruncateBody(1) }, device.Unavailable, device.Unavailable, device.Uncertain, ""},
		"down":           {func(f *sim.Faults) { f.Down(true) }, device.Unavailable, device.Unavailable, device.Unavailable, ""},
		"slow":           {func(f *sim.Faults) { f.SlowBy(time.Hour) }, device.Unavailable, device.Unavailable, device.Uncertain, ""},
		"wrong key":      {func(f *sim.Faults) { f.WrongKey(true) }, device.Unauthorized, device.Unauthorized, device.Unauthorized, ""},
		"no order_read":  {func(f *sim.Faults) { f.DropScope("order_read") }, device.Unauthorized, device.Unauthorized, "", "order_read"},
		"no order_write": {func(f *sim.Faults) { f.DropScope("order_write") }, "", "", device.Unauthorized, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTime(t, func(t *testing.T) {
				a := plain(t)
				o := order(a)
				id := gateway.OrderID(o.ID)
				way := &answers{t: a.Transport()}
				c := connect(t, a, func(opt *retailcrm.Options) { opt.Transport = way })
				cursor := from(t, c)
				must(t, c.MarkWhatsApp(t.Context(), id, false))
				must(t, a.SetStatus(o.ID, "assembling"))
				_, err := c.Order(t.Context(), id)
				must(t, err)

				test.luck(a.Faults())
				changes, next, _, err := c.Changes(t.Context(), cursor)
				wantKind(t, err, test.changes)
				if err != nil && (next != cursor || len(changes) > 0) {
					t.Errorf("the cursor moved with an error: %+v, %d changes", next, len(changes))
				}
				a.Faults().Clear()
				test.luck(a.Faults())
				_, err = c.Order(t.Context(), id)
				wantKind(t, err, test.order)
				if got := codeOf(err); err != nil && got != test.code {
					t.Errorf("order: code %q, want %q", got, test.code)
				}
				a.Faults().Clear()
				way.next = append(way.next, func(r *http.Request) (*http.Response, error) {
					resp, err := a.Transport().RoundTrip(r)
					test.luck(a.Faults())
					return resp, err
				})
				wantKind(t, c.MarkWhatsApp(t.Context(), id, true), test.mark)
				a.Faults().Clear()

				// Whatever it was, it is over now.
				must(t, c.MarkWhatsApp(t.Context(), id, true))
				all, _ := readAll(t, c, cursor)
				if len(all) != 1 || all[0].To != "assembling" {
					t.Errorf("after the fault: %+v", all)
				}
			})
		})
	}
}

func codeOf(err error) string {
	e, ok := err.(*device.Error)
	if !ok {
		return ""
	}
	return e.Code
}

func TestMissingRightsAreNamed(t *testing.T) {
	t.Parallel()
	for right, ask := range map[string]func(context.Context, *retailcrm.Client, gateway.OrderID) error{
		"reference_read": func(ctx context.Context, c *retailcrm.Client, _ gateway.OrderID) error {
			_, err := c.Reference(ctx)
			return err
		},
		"custom_fields_read": func(ctx context.Context, c *retailcrm.Client, id gateway.OrderID) error {
			return c.MarkWhatsApp(ctx, id, true)
		},
		"custom_fields_write": func(ctx context.Context, c *retailcrm.Client, id gateway.OrderID) error {
			return c.MarkWhatsApp(ctx, id, true)
		},
		"order_write": func(ctx context.Context, c *retailcrm.Client, id gateway.OrderID) error {
			return c.MarkWhatsApp(ctx, id, true)
		},
		"order_read": func(ctx context.Context, c *retailcrm.Client, _ gateway.OrderID) error {
			_, err := c.FindOrder(ctx, "10482")
			return err
		},
	} {
		t.Run(right, func(t *testing.T) {
			t.Parallel()
			a := plain(t)
			id := gateway.OrderID(order(a).ID)
			c := connect(t, a)
			a.Faults().DropScope(right)
			err := ask(t.Context(), c, id)
			wantKind(t, err, device.Unauthorized)
			if gateway.RightOf(err) != right {
				t.Errorf("the right is %q, want %q", gateway.RightOf(err), right)
			}
			a.Faults().RestoreScope(right)
			must(t, ask(t.Context(), c, id))
		})
	}
}

func TestWithoutUsersTheManagerIsLeftOut(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true, Scopes: retailcrm.Needed()})
	ref, err := connect(t, a).Reference(t.Context())
	must(t, err)
	if _, ok := ref.Field("manager.name"); ok {
		t.Error("the directory offers a field that this key can never fill")
	}
	if f, ok := ref.Field("order.number"); !ok || f.Example == "" {
		t.Errorf("order.number: %+v", f)
	}
}

func TestOddAnswers(t *testing.T) {
	t.Parallel()
	good := `{"success":true,"order":{"id":5042,"number":"7"}}`
	for name, test := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		kind   device.Kind
		code   string
	}{
		"redirect":                {says(302, "", "Location", "https://evil.example/x"), device.Unavailable, "not_crm"},
		"another API":             {says(200, `{"ok":true}`), device.Unavailable, "not_crm"},
		"another API's 404":       {says(404, `{"error":"no route"}`), device.Unavailable, "not_crm"},
		"page with 404":           {says(404, "\n <html>"), device.Unavailable, "not_crm"},
		"no account":              {says(403, `{"success":false,"errorMsg":"Account does not exist."}`), device.Unavailable, "not_crm"},
		"no method":               {says(404, `{"success":false,"errorMsg":"API method not found"}`), device.Unavailable, "not_crm"},
		"page with 403":           {says(403, "<html>"), device.Unavailable, "page"},
		"text":                    {says(200, "Bad request"), device.Unavailable, "odd_answer"},
		"list":                    {says(200, "[]"), device.Unavailable, "odd_answer"},
		"half":                    {says(200, good[:20]), device.Unavailable, "odd_answer"},
		"no order":                {says(200, `{"success":true}`), device.Unavailable, "odd_answer"},
		"another order":           {says(200, `{"success":true,"order":{"id":1}}`), device.Unavailable, "odd_answer"},
		"huge":                    {says(200, `{"x":"`+strings.Repeat("a", 11<<20)), device.Unavailable, "odd_answer"},
		"wrong key, old style":    {says(200, `{"success":false,"errorMsg":"Wrong \"apiKey\" value"}`), device.Unauthorized, ""},
		"key missing":             {says(403, `{"success":false,"errorMsg":"\"apiKey\" is missing."}`), device.Unauthorized, ""},
		"denied":                  {says(403, `{"success":false,"errorMsg":"Access denied."}`), device.Unauthorized, "order_read"},
		"not found":               {says(404, `{"success":false,"errorMsg":"Not found"}`), device.NotFound, "404"},
		"not found, as a mistake": {says(400, `{"success":false,"errorMsg":"Not found."}`), device.NotFound, "400"},
		"mistake":                 {says(400, `{"success":false,"errorMsg":"Errors in the input parameters","errors":{"by":"wrong"}}`), device.Refused, "400"},
		"mistakes in a list":      {says(400, `{"success":false,"errorMsg":"Validation error","errors":["a","b"]}`), device.Refused, "400"},
		"no method, other verb":   {says(405, `{"success":false,"errorMsg":"Method Not Allowed"}`), device.Refused, "405"},
		"gave up":                 {says(408, `{"success":false}`), device.Unavailable, "408"},
		"good":                    {says(200, "\ufeff "+good), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := plain(t)
			way := &answers{t: a.Transport()}
			c := connect(t, a, func(o *retailcrm.Options) { o.Transport = way })
			way.next = append(way.next, test.answer)
			o, err := c.Order(t.Context(), 5042)
			wantKind(t, err, test.kind)
			if got := codeOf(err); err != nil && got != test.code {
				t.Errorf("code %q, want %q (%v)", got, test.code, err)
			}
			if err == nil && o.Number != "7" {
				t.Errorf("%+v", o)
			}
		})
	}
}

func TestErrorsKeepTheKeyAndStayShort(t *testing.T) {
	t.Parallel()
	a := plain(t)
	way := &answers{t: a.Transport()}
	c := connect(t, a, func(o *retailcrm.Options) { o.Transport = way })
	way.next = append(way.next, says(400, fmt.Sprintf(`{"success":false,"errorMsg":"key %s is odd %s"}`, secret, strings.Repeat("ы", 2000))))
	_, err := c.Order(t.Context(), 1)
	wantKind(t, err, device.Refused)
	if len(err.Error()) > 600 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
	for _, wrong := range []retailcrm.Options{
		{URL: "https://lavka.retailcrm.ru/?apiKey=" + secret + "\x7f", Key: secret},
		{URL: "lavka.retailcrm.ru", Key: secret},
		{URL: "http://lavka.retailcrm.ru", Key: secret},
		{URL: "https://" + secret + "@lavka.retailcrm.ru", Key: secret},
		{URL: "ftp://lavka.retailcrm.ru", Key: secret},
		{URL: "https://lavka.retailcrm.ru", Key: secret + "\n" + secret},
		{URL: "https://lavka.retailcrm.ru", Key: "ключ"},
		{URL: "https://lavka.retailcrm.ru", Key: "  "},
		{URL: "https://192.168.0.10", Key: secret},
		{URL: "https://[::ffff:10.0.0.1]:8443", Key: secret},
	} {
		if _, err := retailcrm.New(wrong); err == nil {
			t.Errorf("%q was taken", wrong.URL)
		} else {
			wantKind(t, err, device.Invalid)
		}
	}
}

func TestTheLimitOfTheAccount(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) {
		a := account(t, sim.Options{})
		order(a)
		c := connect(t, a, func(o *retailcrm.Options) { o.Rate = 0 })
		_, err := c.Reference(t.Context())
		must(t, err)
		done := make(chan error, 30)
		for range 30 {
			go func() {
				_, err := c.FindOrder(t.Context(), "10482")
				done <- err
			}()
		}
		for range 30 {
			must(t, <-done)
		}
		if most := a.MaxPerSecond(); most > 10 {
			t.Errorf("%d requests in one second", most)
		}
		for _, r := range a.Requests() {
			if r.Status != 200 {
				t.Errorf("%s: %d", r.Path, r.Status)
			}
		}
	})
}

func TestPersonsGoFirst(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) {
		a := account(t, sim.Options{})
		id := gateway.OrderID(order(a).ID)
		c := connect(t, a, func(o *retailcrm.Options) { o.Rate = 1 })
		_, err := c.Order(t.Context(), id)
		must(t, err)
		before := len(a.Requests())
		done := make(chan error, 20)
		for range 10 {
			go func() {
				_, err := c.Order(t.Context(), id)
				done <- err
			}()
		}
		time.Sleep(1500 * time.Millisecond)
		for range 3 {
			go func() {
				_, err := c.FindOrder(t.Context(), "10482")
				done <- err
			}()
		}
		for range 13 {
			must(t, <-done)
		}
		var order []string
		for _, r := range a.Requests()[before:] {
			kind := "loop"
			if r.Params["filter[numbers][0]"] != "" {
				kind = "person"
			}
			order = append(order, kind)
		}
		if got := strings.Join(order[:5], " "); strings.Count(got, "person") != 3 {
			t.Errorf("requests went %v: three persons waited behind loops", order)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) {
		a := plain(t)
		id := gateway.OrderID(order(a).ID)
		way := &answers{t: a.Transport()}
		c := connect(t, a, func(o *retailcrm.Options) { o.Transport = way })
		_, err := c.Order(t.Context(), id)
		must(t, err)

		way.next = append(way.next, says(429, "", "Retry-After", "7"))
		start := time.Now()
		_, err = c.Order(t.Context(), id)
		must(t, err)
		if took := time.Since(start); took < 7*time.Second || took > 8*time.Second {
			t.Errorf("waited %s, asked for 7 s", took)
		}

		way.next = append(way.next, says(503, "<html>", "Retry-After", time.Now().UTC().Add(90*time.Second).Format(http.TimeFormat)))
		start = time.Now()
		_, err = c.Order(t.Context(), id)
		wantKind(t, err, device.RateLimited)
		if time.Since(start) > 0 {
			t.Errorf("waited %s for an account that asked for more than we are ready to wait", time.Since(start))
		}
		if e := err.(*device.Error); e.RetryAfter < 89*time.Second || e.RetryAfter > 90*time.Second {
			t.Errorf("RetryAfter %s", e.RetryAfter)
		}
		asked := way.seen
		_, err = c.FindOrder(t.Context(), "10482")
		wantKind(t, err, device.RateLimited)
		if way.seen != asked {
			t.Error("the account was asked in the silence that it wanted")
		}
		time.Sleep(91 * time.Second)
		_, err = c.FindOrder(t.Context(), "10482")
		must(t, err)
	})
}

func TestOverASocketFaultsAreTheSame(t *testing.T) {
	t.Parallel()
	a := plain(t)
	id := gateway.OrderID(order(a).ID)
	log := &bytes.Buffer{}
	c := connect(t, a, overSocket(t, a), func(o *retailcrm.Options) {
		o.Timeout = 2 * time.Second
		o.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	_, err := c.Order(t.Context(), id)
	must(t, err)
	for name, luck := range map[string]func(){
		"page":      func() { a.Faults().HTML(1) },
		"empty":     func() { a.Faults().EmptyBody(1) },
		"truncated": func() { a.Faults().TruncateBody(1) },
		"lost":      func() { a.Faults().LoseAnswer(2) }, // net/http repeats a GET once
		"down":      func() { a.Faults().Down(true) },
		"slow":      func() { a.Faults().SlowBy(time.Minute) },
	} {
		luck()
		_, err := c.Order(t.Context(), id)
		if device.KindOf(err) != device.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
		a.Faults().Clear()
		_, err = c.Order(t.Context(), id)
		must(t, err)
	}
	if strings.Contains(log.String(), secret) {
		t.Error("the key is in the log")
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	a := plain(t)
	var asked []string
	way := roundTrip(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.String())
		return says(301, "", "Location", "https://other.example/api/credentials")(r)
	})
	c := connect(t, a, func(o *retailcrm.Options) { o.Transport = way })
	got, err := c.Test(t.Context())
	must(t, err)
	if got.State != gateway.CRMNotCRM || !strings.Contains(got.Cause, "other.example") || len(asked) != 1 {
		t.Errorf("%+v after %q", got, asked)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
