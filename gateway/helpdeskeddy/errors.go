package helpdeskeddy

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"vestnik/device"
	"vestnik/gateway/outbound"
)

// Codes of device.Error beside HTTP statuses and, for Unauthorized, the name of the
// right that the key lacks (see gateway.HelpdeskRight; empty: the key itself).
const (
	codeBan         = "ban"             // the account was over its limit, by whoever it was
	codeQuota       = "quota"           // the account is near its limit
	codePage        = "page"            // a web page in place of JSON: maintenance, or a portal on the way
	codeOdd         = "odd_answer"      // empty, or not the JSON that belongs here
	codeNotHelpdesk = "not_helpdesk"    // something else lives there
	codePrivate     = "private_address" // refused before connecting
	codeDenied      = "access_denied"   // refused for want of a right that has no name here
	codePublic      = "public_field"    // requesters see the field
	codeNotStaff    = "not_staff"       // a ticket in the name of one who is no employee
	codeNotInternal = "not_internal"    // a comment that is not for employees alone
)

// lost is the failure of a call whose outcome is not known: for a reading one that
// is as good as nothing, for a writing one it is uncertain.
func (c *Client) lost(q call, code string, err error) error {
	kind := device.Unavailable
	if q.writes() {
		kind = device.Uncertain
	}
	return &device.Error{Kind: kind, Op: q.op, Code: code, Err: c.clean(err)}
}

// unsent is the failure of a call that got no answer at all.
func (c *Client) unsent(q call, err error) error {
	// What net/http puts around the cause repeats the address.
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer in time: %w", err)
	}
	if errors.Is(err, outbound.ErrPrivate) {
		return &device.Error{Kind: device.Unavailable, Op: q.op, Code: codePrivate, Err: outbound.ErrPrivate}
	}
	if outbound.NeverLeft(err) {
		return &device.Error{Kind: device.Unavailable, Op: q.op, Err: c.clean(err)}
	}
	return c.lost(q, "", err)
}

// odd is the failure of a call whose answer is not what belongs there.
func (c *Client) odd(q call, what string) error { return c.lost(q, codeOdd, errors.New(what)) }

// notHelpdesk is the failure of a call to something that is no HelpDeskEddy account. It
// must not look like "no such ticket".
func (c *Client) notHelpdesk(q call, err error) error {
	return &device.Error{Kind: device.Unavailable, Op: q.op, Code: codeNotHelpdesk, Err: c.clean(err)}
}

// refused is a "no" of this package's own, before anything was asked.
func refused(op, code, format string, args ...any) error {
	e := device.Errorf(device.Refused, op, format, args...)
	e.Code = code
	return e
}

// refusal turns an HTTP status and the API's own words into a failure. A ban is none of
// these; see once.
func (c *Client) refusal(q call, status int, said []failure) error {
	e := &device.Error{Op: q.op, Code: strconv.Itoa(status)}
	switch {
	case status >= 500 || status == 408:
		return c.lost(q, e.Code, fmt.Errorf("status %d", status))
	case status == 401:
		e.Kind, e.Code = device.Unauthorized, ""
		e.Err = errors.New("the e-mail address and the key are not accepted")
		return e
	case status == 403:
		// Inferred: no body of a missing right is known.
		e.Kind, e.Code = device.Unauthorized, q.right
		if q.right == "" {
			e.Code = codeDenied
		}
		e.Err = fmt.Errorf("the service employee lacks the right %s", e.Code)
		return e
	case status == 404 && len(said) == 0:
		return c.notHelpdesk(q, errors.New("there is no such address of the API"))
	case status == 404:
		e.Kind = device.NotFound
	default:
		e.Kind = device.Refused
	}
	e.Err = c.clean(errors.New(explain(said)))
	return e
}

func explain(said []failure) string {
	var parts []string
	for _, f := range said {
		if s := f.String(); s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		return "refused without a reason"
	}
	return strings.Join(parts, "; ")
}

// maxCause bounds foreign words in an error, in bytes.
const maxCause = 400

// clean takes the key out of an error's words, should the other side repeat it, and
// bounds them. It keeps the error's chain when there is nothing to mend.
func (c *Client) clean(err error) error {
	text := err.Error()
	if !strings.Contains(text, c.key) && !strings.Contains(text, c.basic) && len(text) <= maxCause {
		return err
	}
	text = strings.NewReplacer(c.basic, "•••", c.key, "•••").Replace(text)
	if len(text) > maxCause {
		text = strings.ToValidUTF8(text[:maxCause], "") + "…"
	}
	return errors.New(text)
}
