package retailcrm

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"vestnik/device"
	"vestnik/gateway/outbound"
)

// Codes of device.Error beside HTTP statuses and, for Unauthorized, the name of the
// right that the key lacks.
const (
	codeNotCRM  = "not_crm"         // no RetailCRM account lives there
	codePage    = "page"            // a web page in place of JSON: maintenance, or a portal on the way
	codeOdd     = "odd_answer"      // empty, or not the JSON that belongs here
	codePrivate = "private_address" // refused before connecting
	codeDenied  = "access_denied"   // refused for a reason other than a known right
	// codeFieldType: the checkbox's code belongs to a field of another type.
	codeFieldType = "field_type"
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
	code := ""
	if errors.Is(err, outbound.ErrPrivate) {
		code, err = codePrivate, outbound.ErrPrivate
	}
	if code == codePrivate || outbound.NeverLeft(err) {
		return &device.Error{Kind: device.Unavailable, Op: q.op, Code: code, Err: c.clean(err)}
	}
	return c.lost(q, code, err)
}

// notCRM is the failure of a call to something that is not a RetailCRM account. For
// one order it must not look like "no such order", so it is never NotFound here; see
// asWhole.
func (c *Client) notCRM(q call, err error) error {
	return &device.Error{Kind: device.Unavailable, Op: q.op, Code: codeNotCRM, Err: c.clean(err)}
}

// asWhole turns "no account lives there" into NotFound, for the calls that ask about
// the account as a whole.
func asWhole(err error) error {
	var e *device.Error
	if errors.As(err, &e) && e.Code == codeNotCRM {
		whole := *e
		whole.Kind = device.NotFound
		return &whole
	}
	return err
}

// refusal reads the API's own error (RetailCRM API v5 docs, "Errors"). Its texts come
// with and without a final dot.
func (c *Client) refusal(q call, status int, env envelope) error {
	msg := strings.TrimSuffix(strings.TrimSpace(string(env.ErrorMsg)), ".")
	lower := strings.ToLower(msg)
	e := &device.Error{Op: q.op, Code: strconv.Itoa(status)}
	switch {
	case strings.Contains(lower, "apikey"):
		e.Kind, e.Code, e.Err = device.Unauthorized, "", errors.New("the API key is not valid")
		return e
	case strings.HasPrefix(lower, "account does not exist"):
		return c.notCRM(q, errors.New("the account does not exist"))
	case lower == "api method not found":
		return c.notCRM(q, errors.New("the API lacks this method"))
	case status == 401 || status == 403:
		e.Kind, e.Code = device.Unauthorized, q.right
		if q.right == "" {
			e.Code = codeDenied
		}
		e.Err = fmt.Errorf("the API key lacks the right %s", e.Code)
		return e
	case status == 404 || lower == "not found":
		e.Kind = device.NotFound
	case status == 408:
		return c.lost(q, e.Code, errors.New("the account gave up waiting for the request"))
	case status < 400:
		// success:false with a good status.
		e.Kind, e.Code = device.Refused, ""
	default:
		e.Kind = device.Refused
	}
	e.Err = c.clean(errors.New(explain(msg, env.Errors)))
	if into := env.CombinedTo.T.ID; into != 0 {
		e.Kind, e.Err = device.NotFound, &mergedError{int64(into), e.Err}
	}
	return e
}

// mergedError is why a card is not found that was merged into another.
type mergedError struct {
	into int64
	says error
}

func (e *mergedError) Error() string { return e.says.Error() }

// explain joins the message with what it says of single fields.
func explain(msg string, errs details) string {
	if msg == "" {
		msg = "refused without a reason"
	}
	if len(errs) == 0 {
		return msg
	}
	parts := make([]string, 0, len(errs))
	for name, text := range errs {
		if _, err := strconv.Atoi(name); err == nil {
			parts = append(parts, text)
			continue
		}
		parts = append(parts, name+": "+text)
	}
	slices.Sort(parts)
	return msg + " (" + strings.Join(parts, "; ") + ")"
}

// maxCause bounds foreign words in an error, in bytes.
const maxCause = 400

// clean takes the key out of an error's words, should the other side repeat it, and
// bounds them. It keeps the error's chain when there is nothing to mend.
func (c *Client) clean(err error) error {
	text := err.Error()
	if !strings.Contains(text, c.key) && len(text) <= maxCause {
		return err
	}
	text = strings.ReplaceAll(text, c.key, "•••")
	if len(text) > maxCause {
		text = strings.ToValidUTF8(text[:maxCause], "") + "…"
	}
	return errors.New(text)
}
