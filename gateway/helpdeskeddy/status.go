package helpdeskeddy

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
)

// Status is how the connection stands: by the last answer, or a ban or pause that lasts
// now. LastPoll is the last page of tickets that was read. When a ban or a pause has
// passed, the state is that of the answer before it, until there is a new one.
func (c *Client) Status() gateway.HelpdeskStatus {
	now := c.now()
	c.mu.Lock()
	s := gateway.HelpdeskStatus{State: c.state, Since: c.since, Cause: c.cause, LastPoll: c.lastPoll}
	c.mu.Unlock()
	c.account.overlay(&s, now)
	return s
}

// tell lets OnStatus know when the status has changed. Only one runs at a time, and
// each is told the newest status.
func (c *Client) tell() {
	if c.onStatus == nil {
		return
	}
	c.telling.Lock()
	defer c.telling.Unlock()
	s := c.Status()
	if s.State == c.told.State && s.Until.Equal(c.told.Until) && s.Cause == c.told.Cause {
		return
	}
	c.told = s
	c.onStatus(s)
}

// heard takes what came of a request into the state. status is 0 when there was no
// answer.
func (c *Client) heard(ctx context.Context, q call, status int, err error) {
	if state, ok := stateOf(ctx, status, err); ok {
		c.mu.Lock()
		cause := ""
		switch {
		case state != gateway.HelpdeskConnected && state != gateway.HelpdeskMissingRight:
			cause = err.Error()
		case state == gateway.HelpdeskMissingRight && !q.spare:
			c.lacking[codeOf(err)] = err.Error()
		case state == gateway.HelpdeskMissingRight:
			state = gateway.HelpdeskConnected
		case err == nil && !q.spare:
			delete(c.lacking, cmp.Or(q.right, codeDenied))
		}
		// A right that lacks is not forgotten because another call went well.
		if cause == "" && len(c.lacking) > 0 {
			state = gateway.HelpdeskMissingRight
			cause = strings.Join(slices.Sorted(maps.Values(c.lacking)), "; ")
		}
		if state != c.state {
			c.since = c.now()
		}
		c.state, c.cause = state, cause
		c.mu.Unlock()
	}
	c.tell()
}

// stateOf is what the outcome of a request says of the connection; ok is false when it
// says nothing.
func stateOf(ctx context.Context, status int, err error) (state gateway.HelpdeskState, ok bool) {
	code := codeOf(err)
	switch device.KindOf(err) {
	case "", device.NotFound, device.Refused, device.Invalid:
		return gateway.HelpdeskConnected, true
	case device.Unauthorized:
		if code == "" {
			return gateway.HelpdeskWrongKey, true
		}
		return gateway.HelpdeskMissingRight, true
	case device.RateLimited, device.Internal:
		return "", false // a ban is the account's
	}
	switch {
	case status == 0 || code == "":
		// Who stopped asking learned nothing.
		return gateway.HelpdeskUnreachable, !errors.Is(ctx.Err(), context.Canceled)
	case status < http.StatusInternalServerError && (code == codePage || code == codeNotHelpdesk):
		return gateway.HelpdeskNotOne, true
	}
	return gateway.HelpdeskFailing, true
}

func codeOf(err error) string {
	var e *device.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
