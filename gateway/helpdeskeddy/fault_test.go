package helpdeskeddy_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/helpdeskeddy"
)

var noConnection = net.OpError{Op: "dial", Err: errors.New("refused")}

func readOne(ctx context.Context, c *helpdeskeddy.Client) error {
	_, err := c.Ticket(ctx, 1042)
	return err
}

func TestFaults(t *testing.T) {
	t.Parallel()
	ticket := file(t, "ticket.get.json")
	for name, test := range map[string]struct {
		reply
		kind  device.Kind
		code  string
		state gateway.HelpdeskState
	}{
		"well":                  {reply{body: ticket}, "", "", gateway.HelpdeskConnected},
		"JSON called a page":    {reply{body: ticket, kind: "text/html; charset=UTF-8"}, "", "", gateway.HelpdeskConnected},
		"with a mark of order":  {reply{body: "\ufeff" + ticket}, "", "", gateway.HelpdeskConnected},
		"wrong key":             {reply{status: 401, body: file(t, "error.401.badkey.inferred.json")}, device.Unauthorized, "", gateway.HelpdeskWrongKey},
		"wrong key in a 200":    {reply{body: file(t, "error.401.badkey.inferred.json")}, device.Unauthorized, "", gateway.HelpdeskWrongKey},
		"401 in words":          {reply{status: 401, body: "Unauthorized", kind: "text/plain"}, device.Unauthorized, "", gateway.HelpdeskWrongKey},
		"401 without words":     {reply{status: 401}, device.Unauthorized, "", gateway.HelpdeskWrongKey},
		"no right":              {reply{status: 403, body: `{"errors":[{"code":"e-403","title":"Forbidden"}]}`}, device.Unauthorized, "tickets_read", gateway.HelpdeskMissingRight},
		"not there":             {reply{status: 404, body: file(t, "error.404.inferred.json")}, device.NotFound, "404", gateway.HelpdeskConnected},
		"not there in a 200":    {reply{body: file(t, "error.404.inferred.json")}, device.NotFound, "404", gateway.HelpdeskConnected},
		"one error, no list":    {reply{body: `{"errors":{"code":"e-404","title":"Not found"}}`}, device.NotFound, "404", gateway.HelpdeskConnected},
		"an error and data":     {reply{body: `{"data":{"id":1042},"errors":[{"code":"e-404"}]}`}, device.NotFound, "404", gateway.HelpdeskConnected},
		"an error without code": {reply{body: `{"errors":[{"title":"Bad"}]}`}, device.Refused, "400", gateway.HelpdeskConnected},
		"no errors":             {reply{body: `{"errors":[],` + strings.TrimSpace(ticket)[1:]}, "", "", gateway.HelpdeskConnected},
		"another API's 404":     {reply{status: 404, body: `{"message":"no route"}`}, device.Unavailable, "not_helpdesk", gateway.HelpdeskNotOne},
		"another API":           {reply{body: `{"ok":true}`}, device.Unavailable, "not_helpdesk", gateway.HelpdeskNotOne},
		"leads elsewhere":       {reply{status: 302}, device.Unavailable, "not_helpdesk", gateway.HelpdeskNotOne},
		"a gateway's page":      {reply{status: 502, body: file(t, "error.html502.inferred.txt"), kind: "text/html"}, device.Unavailable, "page", gateway.HelpdeskFailing},
		"a page":                {reply{body: "<!DOCTYPE html><p>", kind: "text/html"}, device.Unavailable, "page", gateway.HelpdeskNotOne},
		"a page called JSON":    {reply{body: "\n<br />\n<b>Notice</b>" + ticket}, device.Unavailable, "page", gateway.HelpdeskNotOne},
		"words called a page":   {reply{body: "Account suspended", kind: "text/html"}, device.Unavailable, "page", gateway.HelpdeskNotOne},
		"a page for a 401":      {reply{status: 401, body: "<html>", kind: "text/html"}, device.Unavailable, "page", gateway.HelpdeskNotOne},
		"a page for a 404":      {reply{status: 404, body: "<html>", kind: "text/html"}, device.Unavailable, "page", gateway.HelpdeskNotOne},
		"500":                   {reply{status: 500, body: `{"errors":[{"code":"e-500"}]}`}, device.Unavailable, "500", gateway.HelpdeskFailing},
		"408":                   {reply{status: 408}, device.Unavailable, "408", gateway.HelpdeskFailing},
		"empty":                 {reply{}, device.Unavailable, "odd_answer", gateway.HelpdeskFailing},
		"null":                  {reply{body: "null"}, device.Unavailable, "odd_answer", gateway.HelpdeskFailing},
		"a list":                {reply{body: "[]"}, device.Unavailable, "odd_answer", gateway.HelpdeskFailing},
		"no data":               {reply{body: `{"data":false}`}, device.Unavailable, "odd_answer", gateway.HelpdeskFailing},
		"a success, no data":    {reply{body: `{"errors":[{"code":"s-200"}]}`}, device.Unavailable, "odd_answer", gateway.HelpdeskFailing},
		"half an answer":        {reply{body: ticket[:200]}, device.Unavailable, "odd_answer", gateway.HelpdeskFailing},
		"a cut answer":          {reply{body: ticket, cut: true}, device.Unavailable, "", gateway.HelpdeskUnreachable},
		"no connection":         {reply{err: &noConnection}, device.Unavailable, "", gateway.HelpdeskUnreachable},
		"the key said back":     {reply{status: 400, body: `{"errors":[{"title":"` + secret + ` and ` + basic + `"}]}`}, device.Refused, "400", gateway.HelpdeskConnected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.tell("GET /tickets/1042", test.reply)
			c := connect(t, d)
			err := readOne(t.Context(), c)
			if test.kind == "" {
				must(t, err)
			} else {
				wantError(t, err, test.kind, test.code)
			}
			s := c.Status()
			if s.State != test.state || (s.Cause != "") != (test.state != gateway.HelpdeskConnected) || strings.Contains(s.Cause, secret) {
				t.Errorf("status %+v", s)
			}
			if n := len(d.requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// An empty list where none was given would let a second comment be written.
func TestAListMustBeOne(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"data":null}`, `{"data":false}`, `{"data":"x"}`, `{"errors":[{"code":"s-200"}]}`} {
		d := newDesk(t)
		d.tell("GET /tickets/1042/comments/", jsonOf(body))
		_, err := connect(t, d).Comments(t.Context(), 1042)
		wantError(t, err, device.Unavailable, "odd_answer")
	}
}

func TestABan(t *testing.T) {
	t.Parallel()
	for name, ban := range map[string]reply{
		"as 401":             {status: 401, body: file(t, "error.401.ban.json"), left: "0"},
		"by its words":       {status: 401, body: `{"errors":[{"code":"e-401","title":"Unauthorized","details":"API Limit Reached"}]}`},
		"by its title":       {status: 401, body: `{"errors":[{"code":"e-401","title":"Ban","details":""}]}`},
		"in plain words":     {status: 401, body: "Ban for 20 min", kind: "text/plain"},
		"as 429":             {status: 429},
		"as a page":          {status: 429, body: "<html>Too Many Requests", kind: "text/html"},
		"as 429 in a 200":    {body: `{"errors":[{"code":"e-429","title":"x"}]}`},
		"as 401 in a 200":    {body: file(t, "error.401.ban.json")},
		"as 429 that breaks": {status: 429, body: "half", cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				var told []gateway.HelpdeskState
				c := connect(t, d, func(o *helpdeskeddy.Options) {
					o.OnStatus = func(s gateway.HelpdeskStatus) { told = append(told, s.State) }
				})
				must(t, readOne(t.Context(), c))
				d.tell("GET /tickets/1042", ban, jsonOf(file(t, "ticket.get.json")))
				start := time.Now()
				e := wantError(t, readOne(t.Context(), c), device.RateLimited, "ban")
				if !between(e.RetryAfter, 20*time.Minute, 22*time.Minute) {
					t.Errorf("again after %s", e.RetryAfter)
				}
				s := c.Status()
				if s.State != gateway.HelpdeskBanned || !s.Until.Equal(start.Add(e.RetryAfter)) || s.Cause == "" {
					t.Errorf("status %+v", s)
				}
				// Nothing leaves, neither from this connection nor from one that tries another key.
				beside := connect(t, d, func(o *helpdeskeddy.Options) { o.Beside = c })
				time.Sleep(e.RetryAfter - 31*time.Second)
				before := len(d.requests())
				wantError(t, readOne(t.Context(), c), device.RateLimited, "ban")
				_, err := c.AddComment(t.Context(), 1042, "<p>x</p>")
				wantError(t, err, device.RateLimited, "ban")
				for _, one := range []*helpdeskeddy.Client{c, beside} {
					got, err := one.Test(t.Context(), 1042)
					must(t, err)
					if got.State != gateway.HelpdeskBanned || got.Until.IsZero() || got.Rights[0].State != gateway.RightUntried {
						t.Errorf("a trial while it is banned: %+v", got)
					}
				}
				if len(d.requests()) != before {
					t.Errorf("asked while banned: %v", d.requests()[before:])
				}
				time.Sleep(time.Second)
				must(t, readOne(t.Context(), c)) // a loop waits the last half a minute
				if time.Since(start) < e.RetryAfter || c.Status().State != gateway.HelpdeskConnected {
					t.Errorf("status %+v after %s", c.Status(), time.Since(start))
				}
				if !slices.Equal(told, []gateway.HelpdeskState{gateway.HelpdeskConnected, gateway.HelpdeskBanned, gateway.HelpdeskConnected}) {
					t.Errorf("told %v", told)
				}
			})
		})
	}
}

// A fifth of the account's minute is left to the shop's other integrations.
func TestSparing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ticket := file(t, "ticket.get.json")
		d.tell("GET /tickets/1042", reply{body: ticket, left: "60"}, reply{body: ticket, left: "59"}, reply{body: ticket, left: "299"})
		c := connect(t, d)
		if s := c.Status(); s.State != gateway.HelpdeskConnecting || s.Remaining >= 0 || s.Minute != 0 {
			t.Errorf("at first %+v", s)
		}
		must(t, readOne(t.Context(), c))
		if s := c.Status(); s.State != gateway.HelpdeskConnected || s.Remaining != 60 || s.Limit != 300 {
			t.Errorf("with 60 left %+v", s)
		}
		must(t, readOne(t.Context(), c))
		s := c.Status()
		if s.State != gateway.HelpdeskSparing || s.Remaining != 59 || time.Until(s.Until) != time.Minute || s.Minute != 2 {
			t.Errorf("with 59 left %+v", s)
		}
		e := wantError(t, readOne(t.Context(), c), device.RateLimited, "quota")
		if e.RetryAfter != time.Minute {
			t.Errorf("again after %s", e.RetryAfter)
		}
		got, err := c.Test(t.Context(), 0)
		must(t, err)
		if got.State != gateway.HelpdeskSparing || len(d.requests()) != 2 {
			t.Errorf("a trial: %+v, requests %v", got, d.requests())
		}
		time.Sleep(time.Minute)
		must(t, readOne(t.Context(), c))
		if s := c.Status(); s.State != gateway.HelpdeskConnected || s.Remaining != 299 || s.Minute != 1 {
			t.Errorf("a minute later %+v", s)
		}
	})
}

// Whatever is asked, there are never more than the ceiling's requests in any minute, and
// a person is not behind the loops.
func TestTheCeiling(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{0, 10, 61, 240} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			var mu sync.Mutex
			var at []time.Time
			clocked := roundTrip(func(r *http.Request) (*http.Response, error) {
				mu.Lock()
				at = append(at, time.Now())
				mu.Unlock()
				return d.RoundTrip(r)
			})
			c := connect(t, clocked, func(o *helpdeskeddy.Options) { o.Rate = rate })
			most := rate
			if most == 0 {
				most = 60
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					for readOne(ctx, c) == nil {
					}
				})
			}
			wg.Wait()
			mu.Lock()
			defer mu.Unlock()
			for i := most; i < len(at); i++ {
				if gap := at[i].Sub(at[i-most]); gap < time.Minute {
					t.Fatalf("rate %d: %d requests in %s", rate, most+1, gap)
				}
			}
			if len(at) < 2*most*8/10 {
				t.Errorf("rate %d: only %d requests in three minutes", rate, len(at))
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A right that lacks is not forgotten because another call went well.
func TestAMissingRightStays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.tell("GET /users/501", reply{status: 403, body: `{"errors":[{"code":"e-403"}]}`}, jsonOf(file(t, "user.get.client.json")))
	var told int
	c := connect(t, d, func(o *helpdeskeddy.Options) { o.OnStatus = func(gateway.HelpdeskStatus) { told++ } })
	_, err := c.Requester(t.Context(), 501)
	wantError(t, err, device.Unauthorized, "users_read")
	must(t, readOne(t.Context(), c))
	if s := c.Status(); s.State != gateway.HelpdeskMissingRight || !strings.Contains(s.Cause, "users_read") || told != 1 {
		t.Errorf("status %+v, told %d times", s, told)
	}
	_, err = c.Requester(t.Context(), 501)
	must(t, err)
	if s := c.Status(); s.State != gateway.HelpdeskConnected || told != 2 {
		t.Errorf("status %+v, told %d times", s, told)
	}
}

func TestNoAnswerInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		silent := roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		c := connect(t, silent, func(o *helpdeskeddy.Options) { o.Timeout = 5 * time.Second })
		wantError(t, readOne(t.Context(), c), device.Unavailable, "")
		_, err := c.AddComment(t.Context(), 1042, "<p>x</p>")
		wantError(t, err, device.Uncertain, "")
		if s := c.Status(); s.State != gateway.HelpdeskUnreachable {
			t.Errorf("status %+v", s)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		c = connect(t, silent)
		wantError(t, readOne(ctx, c), device.Unavailable, "")
		if s := c.Status(); s.State != gateway.HelpdeskConnecting || s.Minute != 0 {
			t.Errorf("who does not wait learns nothing: %+v", s)
		}
	})
}

func TestSetUp(t *testing.T) {
	t.Parallel()
	good := helpdeskeddy.Options{URL: "https://shop.helpdeskeddy.com", Email: email, Key: secret}
	for name, change := range map[string]func(*helpdeskeddy.Options){
		"no address":         func(o *helpdeskeddy.Options) { o.URL = "" },
		"plain http":         func(o *helpdeskeddy.Options) { o.URL = "http://shop.helpdeskeddy.com" },
		"another scheme":     func(o *helpdeskeddy.Options) { o.URL = "ftp://127.0.0.1" },
		"a login in it":      func(o *helpdeskeddy.Options) { o.URL = "https://a:" + secret + "@shop.helpdeskeddy.com" },
		"a private address":  func(o *helpdeskeddy.Options) { o.URL = "https://192.168.1.5" },
		"the metadata":       func(o *helpdeskeddy.Options) { o.URL = "https://169.254.169.254" },
		"no e-mail address":  func(o *helpdeskeddy.Options) { o.Email = " " },
		"a colon in it":      func(o *helpdeskeddy.Options) { o.Email = "a:b@shop.example" },
		"no key":             func(o *helpdeskeddy.Options) { o.Key = "" },
		"a key of two lines": func(o *helpdeskeddy.Options) { o.Key = "a\r\nHost: b" },
	} {
		o := good
		change(&o)
		_, err := helpdeskeddy.New(o)
		if device.KindOf(err) != device.Invalid || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, address := range []string{"https://SHOP.helpdeskeddy.com/ru/ticket/", "https://support.shop.example:8443", "http://127.0.0.1:8080", "http://[::1]:1", "https://localhost"} {
		o := good
		o.URL = address
		if _, err := helpdeskeddy.New(o); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// Over a real socket: a broken answer, a redirect that is not followed, the loopback.
func TestOverASocket(t *testing.T) {
	t.Parallel()
	var hits []string
	var mu sync.Mutex
	body := file(t, "ticket.get.json")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		hits = append(hits, r.URL.Path)
		mu.Unlock()
		if user, key, ok := r.BasicAuth(); !ok || user != email || key != secret {
			t.Error("no login")
		}
		w.Header().Set("Content-Type", "application/json")
		switch strings.TrimPrefix(r.URL.Path, "/api/v2/tickets/") {
		case "1042":
			_, _ = w.Write([]byte(body))
		case "1043":
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write([]byte(body[:100]))
		case "1044":
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		default:
			panic(http.ErrAbortHandler)
		}
	}))
	t.Cleanup(srv.Close)
	c := connect(t, nil, func(o *helpdeskeddy.Options) { o.URL = srv.URL })
	must(t, readOne(t.Context(), c))
	for id, code := range map[gateway.TicketID]string{1043: "", 1044: "not_helpdesk"} {
		_, err := c.Ticket(t.Context(), id)
		wantError(t, err, device.Unavailable, code)
	}
	_, err := c.AddComment(t.Context(), 1045, "<p>x</p>")
	wantError(t, err, device.Uncertain, "")
	mu.Lock()
	defer mu.Unlock()
	if slices.Contains(hits, "/elsewhere") {
		t.Error("a redirect was followed")
	}
}

// What may not be written is no state in which all is well.
func TestARefusedWriteIsAMissingRight(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	no := reply{status: 403, body: `{"errors":[{"code":"e-403"}]}`}
	d.tell("PUT /tickets/1042", no, jsonOf(file(t, "ticket.get.json")))
	c := connect(t, d)
	set := func() error {
		_, err := c.SetTicket(t.Context(), 1042, gateway.TicketChange{Priority: "1"})
		return err
	}
	wantError(t, set(), device.Unauthorized, "ticket_write")
	must(t, readOne(t.Context(), c))
	if s := c.Status(); s.State != gateway.HelpdeskMissingRight || !strings.Contains(s.Cause, "ticket_write") {
		t.Errorf("status %+v", s)
	}
	must(t, set())
	if s := c.Status(); s.State != gateway.HelpdeskConnected {
		t.Errorf("status %+v", s)
	}
}
