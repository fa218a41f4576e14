package retailcrm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway/outbound"
)

// maxAnswer bounds an answer's body, in bytes. A page of 100 full orders is about
// 1 MB.
const maxAnswer = 10 << 20

// maxTries bounds how often one call is made when the account is over its limit.
const maxTries = 5

// The lanes, by short names.
const (
	background  = outbound.Background
	interactive = outbound.Interactive
)

// call is one method of the API.
type call struct {
	op    string     // what is being done: "retailcrm: read an order"
	path  string     // "/api/v5/orders"
	query url.Values // filter[...] and paging
	form  url.Values // nil for a GET
	right string     // the right that the method needs; "" when it needs none
	lane  outbound.Lane
}

func (c call) writes() bool { return c.form != nil }

// receipt is what an answer says besides its body.
type receipt struct {
	// date is the server's clock by the Date header; zero without one.
	date time.Time
	// at is our clock half way between question and answer.
	at time.Time
}

// do makes a call, again when the account is over its limit, and decodes a good
// answer into out. The error is a *device.Error.
func (c *Client) do(ctx context.Context, q call, out any) (receipt, error) {
	q.lane = laneOf(ctx, q.lane)
	var waited time.Duration
	for try := 1; ; try++ {
		if err := c.limit.Wait(ctx, q.lane); err != nil {
			return receipt{}, notAsked(q, err)
		}
		got, busy, err := c.once(ctx, q, out)
		if busy == nil {
			return got, err
		}
		pause := busy.after
		if pause <= 0 {
			pause = 300 * time.Millisecond << (try - 1)
		}
		// Every call of the account keeps still: it is the account's limit.
		c.limit.Silence(pause)
		if waited += pause; try == maxTries || waited > q.lane.Patience() {
			return receipt{}, &device.Error{
				Kind: device.RateLimited, Op: q.op, Code: strconv.Itoa(busy.status), RetryAfter: pause,
				Err: fmt.Errorf("the account is over its limit of requests (tried %d times)", try),
			}
		}
	}
}

// notAsked is the failure of a call that was not made.
func notAsked(q call, err error) error {
	var s outbound.Silenced
	if errors.As(err, &s) {
		return &device.Error{Kind: device.RateLimited, Op: q.op, RetryAfter: s.Left, Err: err}
	}
	return &device.Error{Kind: device.Unavailable, Op: q.op, Err: err}
}

// overLimit is the account's "not now".
type overLimit struct {
	status int
	after  time.Duration // 0 when it does not say
}

// quickAnswer is how long an answer may take for its Date to be the time now.
const quickAnswer = 20 * time.Second

// once makes the call one time.
func (c *Client) once(ctx context.Context, q call, out any) (receipt, *overLimit, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := c.request(ctx, q)
	if err != nil {
		return receipt{}, nil, &device.Error{Kind: device.Internal, Op: q.op, Err: errors.New("build the request")}
	}
	start := c.now()
	resp, err := c.http.Do(req)
	if err != nil {
		err = c.unsent(q, err)
		c.log.Debug("retailcrm: no answer", "method", req.Method, "path", q.path, "error", err)
		return receipt{}, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	end := c.now()
	c.log.Debug("retailcrm: answer", "method", req.Method, "path", q.path, "status", resp.StatusCode, "bytes", len(body), "took", end.Sub(start))
	got := receipt{at: start.Add(end.Sub(start) / 2)}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		got.date = date
		if c.onDate != nil && end.Sub(start) < quickAnswer {
			c.onDate(date)
		}
	}
	// The limit is told by the server in front of the application: nothing was done.
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		return got, &overLimit{resp.StatusCode, outbound.RetryAfter(resp.Header.Get("Retry-After"), end)}, nil
	}
	switch {
	case err != nil:
		return got, nil, c.lost(q, "", fmt.Errorf("the answer broke off: %w", err))
	case len(body) > maxAnswer:
		return got, nil, c.lost(q, codeOdd, fmt.Errorf("the answer is longer than %d MB", maxAnswer>>20))
	}
	return got, nil, c.judge(q, resp, body, out)
}

func (c *Client) request(ctx context.Context, q call) (*http.Request, error) {
	u := *c.base
	u.Path = q.path
	u.RawQuery = q.query.Encode()
	method, body := http.MethodGet, io.Reader(nil)
	if q.writes() {
		method, body = http.MethodPost, strings.NewReader(q.form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if q.writes() {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("X-Api-Key", c.key)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Vestnik")
	return req, nil
}

// judge tells what an answer means. Bodies of 5xx answers and pages are not parsed.
func (c *Client) judge(q call, resp *http.Response, body []byte, out any) error {
	text := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	status := resp.StatusCode
	page := len(text) > 0 && text[0] == '<'
	switch {
	case status >= 300 && status < 400:
		return c.notCRM(q, fmt.Errorf("status %d leads to %s", status, hostOf(resp.Header.Get("Location"))))
	case status >= 500:
		return c.lost(q, strconv.Itoa(status), fmt.Errorf("status %d", status))
	case page && status == http.StatusNotFound:
		return c.notCRM(q, errors.New("a web page says that there is nothing here"))
	case page:
		return c.lost(q, codePage, fmt.Errorf("a web page came in place of an answer (status %d)", status))
	case len(text) == 0:
		return c.lost(q, codeOdd, fmt.Errorf("the answer is empty (status %d)", status))
	}
	var env envelope
	if err := outbound.Object(text, &env); err != nil {
		return c.lost(q, codeOdd, fmt.Errorf("the answer is no JSON object (status %d)", status))
	}
	switch {
	case !env.Success.Given:
		return c.notCRM(q, fmt.Errorf("the answer is not of this API (status %d)", status))
	case status >= 400 || !env.Success.On:
		return c.refusal(q, status, env)
	}
	if out == nil {
		return nil
	}
	if err := outbound.Object(text, out); err != nil {
		return c.lost(q, codeOdd, fmt.Errorf("the answer has an unexpected form: %w", err))
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
