package messagegateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"vestnik/device"
	"vestnik/gateway/outbound"
)

// maxAnswer bounds an answer's body, in bytes. A page of 100 messages is about
// 300 kB.
const maxAnswer = 8 << 20

// maxTries bounds how often one call is made when MG is over its limit.
const maxTries = 4

// defaultRate is requests a second, burst the calls that may go at once. The Bot
// API's limit is not documented; the Transport API's official client keeps to 100 a
// second.
const (
	defaultRate = 5
	burst       = 5
)

// newLimiter is the limiter of all calls to the chats; 0 means defaultRate.
func newLimiter(perSecond float64) *outbound.Limiter {
	if perSecond <= 0 {
		perSecond = defaultRate
	}
	return outbound.NewLimiter("the chats", perSecond, burst)
}

// client calls one of the two APIs with one key.
type client struct {
	base    *url.URL
	prefix  string // "/api/bot/v1"
	header  string // "X-Bot-Token"
	key     string
	http    *http.Client
	limit   *outbound.Limiter
	timeout time.Duration
	log     *slog.Logger
	now     func() time.Time
	// ahead is how far MG's clock is ahead of ours, in nanoseconds, by its last answer.
	ahead atomic.Int64
}

// quickAnswer is how long an answer may take for its Date to be the time now.
const quickAnswer = 10 * time.Second

// The lanes: an answer to a customer goes before reading.
const (
	reading   = outbound.Background
	answering = outbound.Interactive
)

// call is one method of an API.
type call struct {
	op     string // what is being done: "messagegateway: send"
	method string
	path   string // after the prefix
	query  url.Values
	body   any // nil for none
	lane   outbound.Lane
	once   bool // not made again when MG is over its limit: the caller has its own patience
}

func (q call) writes() bool { return q.method != http.MethodGet }

func get(op, path string, query url.Values) call {
	return call{op: op, method: http.MethodGet, path: path, query: query}
}

// do makes a call, again when MG is over its limit, and decodes a good answer into
// out, which is nil when nothing is to be read. The error is a *device.Error.
func (c *client) do(ctx context.Context, q call, out any) error {
	var waited time.Duration
	for try := 1; ; try++ {
		if err := c.limit.Wait(ctx, q.lane); err != nil {
			var s outbound.Silenced
			if errors.As(err, &s) {
				return &device.Error{Kind: device.RateLimited, Op: q.op, RetryAfter: s.Left, Err: err}
			}
			return &device.Error{Kind: device.Unavailable, Op: q.op, Err: err}
		}
		busy, err := c.try(ctx, q, out)
		if busy == nil {
			return err
		}
		pause := busy.after
		if pause <= 0 {
			pause = 500 * time.Millisecond << (try - 1)
		}
		c.limit.Silence(pause)
		if waited += pause; q.once || try == maxTries || waited > q.lane.Patience() {
			return &device.Error{
				Kind: device.RateLimited, Op: q.op, Code: strconv.Itoa(busy.status), RetryAfter: pause,
				Err: fmt.Errorf("the chats are over their limit of requests (tried %d times)", try),
			}
		}
	}
}

// overLimit is MG's "not now". The limit is told by the server in front of the
// application: nothing was done.
type overLimit struct {
	status int
	after  time.Duration // 0 when it does not say
}

func (c *client) try(ctx context.Context, q call, out any) (*overLimit, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := c.request(ctx, q)
	if err != nil {
		return nil, &device.Error{Kind: device.Internal, Op: q.op, Err: errors.New("build the request")}
	}
	start := c.now()
	resp, err := c.http.Do(req)
	if err != nil {
		err = c.unsent(q, err)
		c.log.Debug("messagegateway: no answer", "method", q.method, "path", q.path, "error", err)
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	end := c.now()
	c.log.Debug("messagegateway: answer", "method", q.method, "path", q.path, "status", resp.StatusCode, "bytes", len(body), "took", end.Sub(start))
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil && end.Sub(start) < quickAnswer {
		c.ahead.Store(int64(date.Sub(end)))
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		return &overLimit{resp.StatusCode, outbound.RetryAfter(resp.Header.Get("Retry-After"), end)}, nil
	}
	switch {
	case err != nil:
		return nil, c.lost(q, "", errors.New("the answer broke off"))
	case len(body) > maxAnswer:
		return nil, c.lost(q, codeOdd, fmt.Errorf("the answer is longer than %d MB", maxAnswer>>20))
	}
	return nil, c.judge(q, resp.StatusCode, body, out)
}

func (c *client) request(ctx context.Context, q call) (*http.Request, error) {
	u := c.url(q.path, q.query)
	var body io.Reader
	if q.body != nil {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(q.body); err != nil {
			return nil, err
		}
		body = &buf
	}
	req, err := http.NewRequestWithContext(ctx, q.method, u, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set(c.header, c.key)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Vestnik")
	return req, nil
}

func (c *client) url(path string, query url.Values) string {
	u := *c.base
	u.Path = c.prefix + path
	u.RawQuery = query.Encode()
	return u.String()
}

// judge tells what an answer means. Bodies of 5xx answers and pages are not parsed.
func (c *client) judge(q call, status int, body []byte, out any) error {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	page := len(body) > 0 && body[0] == '<'
	switch {
	case status < 200:
		return c.lost(q, strconv.Itoa(status), fmt.Errorf("status %d", status))
	case status >= 300 && status < 400:
		return &device.Error{Kind: device.Unavailable, Op: q.op, Code: strconv.Itoa(status), Err: errors.New("the address leads elsewhere")}
	case status >= 500:
		return c.lost(q, strconv.Itoa(status), fmt.Errorf("status %d", status))
	case page && (status == http.StatusUnauthorized || status == http.StatusForbidden):
		return c.refusal(q, status, nil)
	case page:
		return c.lost(q, codePage, fmt.Errorf("a web page came in place of an answer (status %d)", status))
	}
	if status >= 400 {
		var said struct {
			Errors words `json:"errors"`
		}
		// Words that are not JSON are no reason to know less than the status says.
		_ = json.Unmarshal(body, &said)
		return c.refusal(q, status, said.Errors)
	}
	if out == nil {
		return nil
	}
	if err := decode(body, out); err != nil {
		return c.lost(q, codeOdd, fmt.Errorf("the answer has an unexpected form (status %d)", status))
	}
	return nil
}

var errForm = errors.New("not the JSON that belongs here")

// decode reads a list into a list, where null is an empty one, and an object into
// anything else.
func decode(body []byte, out any) error {
	kind := byte('{')
	if _, isList := out.(interface{ isList() }); isList {
		kind = '['
	}
	switch got := outbound.KindOf(body); {
	case len(body) == 0:
		return errForm
	case got == 'n' && kind == '[':
		return nil
	case got != kind:
		return errForm
	}
	return json.Unmarshal(body, out)
}

func (l *list[T]) isList() {}
