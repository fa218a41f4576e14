package helpdeskeddy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"vestnik/device"
	"vestnik/gateway/outbound"
)

// maxAnswer bounds an answer's body, in bytes. A page of thirty tickets is about
// 60 kB, one of posts as long as people write.
const maxAnswer = 8 << 20

// prefix is before every path (documented).
const prefix = "/api/v2"

// The lanes, by short names.
const (
	background  = outbound.Background
	interactive = outbound.Interactive
)

// call is one method of the API.
type call struct {
	op     string // what is being done: "helpdeskeddy: read a ticket"
	method string // "" is GET
	path   string // "/tickets/"
	query  url.Values
	form   url.Values // what POST and comments are documented to take
	body   any        // sent as JSON, which a ticket's PUT is documented to take
	right  string     // the right that the method needs; "" when it has no name
	spare  bool       // the work goes on without it, so that a missing right says nothing of the connection
	lane   outbound.Lane
	// look sees the raw body of a good answer; it keeps nothing of it.
	look func(body []byte)
}

func (q call) verb() string {
	if q.method == "" {
		return http.MethodGet
	}
	return q.method
}

func (q call) writes() bool { return q.verb() != http.MethodGet }

// writable are all the requests that may change anything: a ticket, a new ticket, and
// comments, which employees alone see. Posts, which go to the customer, are not among
// them.
var writable = map[string]*regexp.Regexp{
	http.MethodPost:   regexp.MustCompile(`^/tickets/([1-9][0-9]*/comments/)?$`),
	http.MethodPut:    regexp.MustCompile(`^/tickets/[1-9][0-9]*(/comments/[1-9][0-9]*)?$`),
	http.MethodDelete: regexp.MustCompile(`^/tickets/[1-9][0-9]*/comments/[1-9][0-9]*$`),
}

// do makes a call, once, and decodes a good answer into out, which is nil when nothing
// is to be read. The error is a *device.Error. Nothing is repeated here: what is over
// the limit must wait, and a write may have happened.
func (c *Client) do(ctx context.Context, q call, out any) error {
	if err := c.account.limit.Wait(ctx, q.lane); err != nil {
		var s outbound.Silenced
		if errors.As(err, &s) {
			c.tell()
			return &device.Error{Kind: device.RateLimited, Op: q.op, Code: c.account.code(), RetryAfter: s.Left, Err: err}
		}
		return &device.Error{Kind: device.Unavailable, Op: q.op, Err: err}
	}
	status, err := c.once(ctx, q, out)
	c.heard(ctx, q, status, err)
	return err
}

// once makes the call one time. status is 0 when there was no answer.
func (c *Client) once(ctx context.Context, q call, out any) (status int, err error) {
	inTime, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := c.request(inTime, q)
	if err != nil {
		return 0, &device.Error{Kind: device.Internal, Op: q.op, Err: err}
	}
	start := c.now()
	c.account.asks(start)
	resp, err := c.http.Do(req)
	if err != nil {
		err = c.unsent(q, err)
		c.log.Debug("helpdeskeddy: no answer", "method", req.Method, "path", q.path, "error", err)
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	end := c.now()
	c.log.Debug("helpdeskeddy: answer", "method", req.Method, "path", q.path, "status", resp.StatusCode, "bytes", len(body), "took", end.Sub(start))
	c.account.reads(resp.Header, end)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return resp.StatusCode, c.banned(q, "status 429")
	case err != nil:
		return resp.StatusCode, c.lost(q, "", fmt.Errorf("the answer broke off: %w", err))
	case len(body) > maxAnswer:
		return resp.StatusCode, c.odd(q, fmt.Sprintf("the answer is longer than %d MB", maxAnswer>>20))
	}
	return resp.StatusCode, c.judge(q, resp, body, out)
}

// banned begins the silence of a ban. Nothing was done there.
func (c *Client) banned(q call, why string) error {
	cause := c.clean(errors.New("the account is banned for exceeding its limit of requests: " + why))
	d := c.account.banned(c.now(), cause.Error())
	return &device.Error{Kind: device.RateLimited, Op: q.op, Code: codeBan, RetryAfter: d, Err: cause}
}

func (c *Client) request(ctx context.Context, q call) (*http.Request, error) {
	if may := writable[q.verb()]; q.writes() && (may == nil || !may.MatchString(q.path)) {
		return nil, fmt.Errorf("%s %s is not among the writes of this box", q.verb(), q.path)
	}
	u := *c.base
	u.Path = prefix + q.path
	u.RawQuery = q.query.Encode()
	body, kind := io.Reader(nil), ""
	switch {
	case q.form != nil:
		body, kind = strings.NewReader(q.form.Encode()), "application/x-www-form-urlencoded"
	case q.body != nil:
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(q.body); err != nil {
			return nil, errors.New("write the request")
		}
		body, kind = &buf, "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, q.verb(), u.String(), body)
	if err != nil {
		return nil, errors.New("build the request")
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Authorization", "Basic "+c.basic)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Vestnik")
	return req, nil
}

// isPage tells a web page from an answer. PHP calls JSON text/html when nobody tells it
// otherwise, so that what looks like JSON is read.
func isPage(kind string, body []byte) bool {
	if len(body) == 0 {
		return false
	}
	if body[0] == '<' {
		return true
	}
	kind, _, err := mime.ParseMediaType(kind)
	return err == nil && (kind == "text/html" || kind == "application/xhtml+xml") && body[0] != '{' && body[0] != '['
}

// judge tells what an answer means. Pages are not parsed.
func (c *Client) judge(q call, resp *http.Response, body []byte, out any) error {
	text := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	status := resp.StatusCode
	switch {
	case status < 200:
		return c.lost(q, codeOdd, fmt.Errorf("status %d", status))
	case status >= 300 && status < 400:
		return c.notHelpdesk(q, fmt.Errorf("status %d leads to %s", status, hostOf(resp.Header.Get("Location"))))
	case isPage(resp.Header.Get("Content-Type"), text):
		return c.lost(q, codePage, fmt.Errorf("a web page came in place of an answer (status %d)", status))
	}
	var env envelope
	err := outbound.Object(text, &env)
	if err != nil && status >= 400 {
		// Words that are not JSON are no reason to know less than the status says.
		env = envelope{Errors: failures{rows: []failure{{Details: outbound.Text(outbound.Clip(string(text), 200))}}}}
		if len(text) == 0 {
			env.Errors.rows = nil
		}
		err = nil
	}
	if err == nil && status < 400 {
		status = env.Errors.status(status)
	}
	switch {
	case err == nil && env.Errors.ban(status):
		return c.banned(q, explain(env.Errors.rows))
	case err == nil && status >= 400:
		return c.refusal(q, status, env.Errors.rows)
	case len(text) == 0 && out == nil:
		return nil // an answer without content, as to a deletion
	case len(text) == 0:
		return c.odd(q, fmt.Sprintf("the answer is empty (status %d)", status))
	case err != nil:
		return c.odd(q, fmt.Sprintf("the answer is no JSON object (status %d)", status))
	case env.Data == nil && !env.Errors.given:
		return c.notHelpdesk(q, fmt.Errorf("the answer is not of this API (status %d)", status))
	}
	if q.look != nil {
		q.look(text)
	}
	if out == nil {
		return nil
	}
	if err := outbound.Object(text, out); err != nil {
		return c.odd(q, "the answer has an unexpected form")
	}
	if whole, ok := out.(interface{ complete() bool }); ok && !whole.complete() {
		return c.odd(q, "the answer does not hold what was asked for")
	}
	return nil
}

func hostOf(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return "another page"
	}
	return u.Host
}
