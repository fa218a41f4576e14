package helpdeskeddy_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway/helpdeskeddy"
)

// email and secret are the login of every test; no log line and no error may hold the
// secret, plain or as the header has it.
const (
	email  = "robot@shop.example"
	secret = "k3y-0f-the-b0x-never-sh0wn"
	basic  = "cm9ib3RAc2hvcC5leGFtcGxlOmszeS0wZi10aGUtYjB4LW5ldmVyLXNoMHdu"
)

// buffer is a log that several goroutines write.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// reply is one answer of the desk.
type reply struct {
	status int // 0: 200
	body   string
	kind   string // content type; "": JSON
	left   string // X-Rate-Limit-Remaining; "": not told
	err    error  // no answer at all
	cut    bool   // the body breaks off
}

// asked is one request that arrived.
type asked struct {
	method, path, query, body, kind string
}

func (a asked) String() string { return a.method + " " + a.path }

// desk is a network behind which a helpdesk answers as it was told to. What it was not
// told is answered with 404 in the API's form.
type desk struct {
	t testing.TB

	mu      sync.Mutex
	answers map[string][]reply
	came    []asked
}

// file is a body from testdata.
func file(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// newDesk is a desk that knows the reference bodies.
func newDesk(t testing.TB) *desk {
	d := &desk{t: t, answers: map[string][]reply{}}
	for what, name := range map[string]string{
		"GET /tickets/": "tickets.list.map.json", "GET /tickets/1042": "ticket.get.json", "PUT /tickets/1042": "ticket.update.response.json",
		"POST /tickets/": "ticket.get.json", "GET /tickets/1042/posts/": "posts.list.json", "GET /tickets/1042/comments/": "comments.list.json",
		"POST /tickets/1042/comments/": "comment.create.response.json", "PUT /tickets/1042/comments/611": "comment.create.response.json",
		"DELETE /tickets/1042/comments/611": "delete.s204.json",
		"GET /users/":                       "users.list.search.json", "GET /users/501": "user.get.client.json", "GET /users/7": "user.get.staff.json",
		"GET /departments/": "departments.json", "GET /statuses/": "statuses.json", "GET /priorities/": "priorities.default.json", "GET /types/": "types.json",
		"GET /custom_fields/": "custom_fields.json", "GET /custom_fields/32/options/": "custom_field_options.json",
	} {
		d.tell(what, reply{body: file(t, name)})
	}
	return d
}

// tell sets the answers to a method and path; the last one stays.
func (d *desk) tell(what string, answers ...reply) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers[what] = answers
}

// all sets one answer to everything.
func (d *desk) all(r reply) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers = map[string][]reply{"": {r}}
}

func (d *desk) requests() []asked {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]asked(nil), d.came...)
}

// writes are the requests that are not GET.
func (d *desk) writes() []asked {
	var out []asked
	for _, a := range d.requests() {
		if a.method != http.MethodGet {
			out = append(out, a)
		}
	}
	return out
}

func (d *desk) next(what string) reply {
	for _, key := range []string{what, ""} {
		if rest := d.answers[key]; len(rest) > 0 {
			if len(rest) > 1 {
				d.answers[key] = rest[1:]
			}
			return rest[0]
		}
	}
	return reply{status: 404, body: file(d.t, "error.404.inferred.json")}
}

// RoundTrip implements http.RoundTripper.
func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = string(data)
	}
	path, under := strings.CutPrefix(r.URL.Path, "/api/v2")
	if !under || r.Header.Get("Authorization") != "Basic "+basic || strings.Contains(r.URL.String(), secret) {
		d.t.Errorf("asked %s without prefix or login, or with the key in the address", r.URL.Path)
	}
	d.mu.Lock()
	d.came = append(d.came, asked{r.Method, path, r.URL.RawQuery, body, r.Header.Get("Content-Type")})
	answer := d.next(r.Method + " " + path)
	d.mu.Unlock()
	if answer.err != nil {
		return nil, answer.err
	}
	resp := &http.Response{StatusCode: max(answer.status, 200), Header: http.Header{"Content-Type": {"application/json"}}, Request: r}
	if answer.kind != "" {
		resp.Header.Set("Content-Type", answer.kind)
	}
	if answer.left != "" {
		resp.Header.Set("X-Rate-Limit", "300")
		resp.Header.Set("X-Rate-Limit-Remaining", answer.left)
	}
	var reader io.Reader = strings.NewReader(answer.body)
	if answer.cut {
		reader = io.MultiReader(strings.NewReader(answer.body[:len(answer.body)/2]), broken{})
	}
	resp.Body = io.NopCloser(reader)
	return resp, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// connect makes a client inside the process. The key must not appear in its log.
func connect(t testing.TB, through http.RoundTripper, change ...func(*helpdeskeddy.Options)) *helpdeskeddy.Client {
	t.Helper()
	log := &buffer{}
	o := helpdeskeddy.Options{
		URL: "https://shop.helpdeskeddy.com/ru/ticket/list", Email: email, Key: secret, Language: "ru", Transport: through,
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, fn := range change {
		fn(&o)
	}
	c, err := helpdeskeddy.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		said := log.String()
		for _, never := range []string{secret, basic, "REDACTED", "Мария", "ivanova"} {
			if strings.Contains(said, never) {
				t.Errorf("%q is in the log", never)
			}
		}
	})
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantError checks an error's kind and code, and that it keeps the key to itself.
func wantError(t testing.TB, err error, kind device.Kind, code string) *device.Error {
	t.Helper()
	var e *device.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Code != code {
		t.Errorf("got %v, want kind %q with code %q", err, kind, code)
		return &device.Error{}
	}
	if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), basic) {
		t.Error("the key is in an error")
	}
	return e
}

// jsonOf is a good answer with a body.
func jsonOf(body string) reply { return reply{body: body} }

// between tells whether a time lies around another.
func between(d, from, to time.Duration) bool { return from <= d && d <= to }

func english(o *helpdeskeddy.Options) { o.Language = "en" }
