package messagegateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"vestnik/device"
	"vestnik/gateway/outbound"
)

// Codes of device.Error beside HTTP statuses and MG's own sending codes.
const (
	codePage        = "page"         // a web page in place of JSON
	codeOdd         = "odd_answer"   // empty, or not the JSON that belongs here
	codeNotLatest   = "not_latest"   // the dialog is not the latest in the chat
	codeNotAssigned = "not_assigned" // nobody has the dialog
	codeClosed      = "closed"       // the dialog is closed
	codeExists      = "exists"       // it is there already
	codeChannelOff  = "channel_off"  // the channel is switched off
	codeTooLong     = "too_long"     // the text is longer than the channel takes
	codePrivate     = "private_address"
)

// The codes with which MG says why a message did not reach its customer (facts: MG
// Bot OpenAPI, MessageErrorCode).
const (
	codeNoCustomer = "customer_not_exists"
	codeWindow     = "reply_timed_out"
	codeSpam       = "spam_suspicion"
	codeRestricted = "access_restricted"
	codeGeneral    = "general"
)

// phrases are the words of refusals and the code that each stands for. The first
// three were recorded in the tests of the official Go client; the others are
// assumptions about words that nobody has recorded, so that a refusal whose words
// differ is only less clear.
var phrases = []struct{ words, code string }{
	{"not the latest in the chat", codeNotLatest},
	{"is not assigned", codeNotAssigned},
	{"already exists", codeExists},
	{"already closed", codeClosed},
	{"dialog is closed", codeClosed},
	{codeNoCustomer, codeNoCustomer},
	{codeWindow, codeWindow},
	{codeSpam, codeSpam},
	{codeRestricted, codeRestricted},
	{"reply deadline", codeWindow},
	{"is blocked", codeRestricted},
	{"are restricted", codeRestricted},
	{"is not active", codeChannelOff},
	{"characters in length", codeTooLong},
}

// codeOf is what the words of a refusal stand for; "" when it is not known.
func codeOf(words string) string {
	words = strings.ToLower(words)
	for _, p := range phrases {
		if strings.Contains(words, p.words) {
			return p.code
		}
	}
	return ""
}

// codeIs tells whether err is a refusal with one of the codes.
func codeIs(err error, codes ...string) bool {
	var e *device.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code == c {
			return true
		}
	}
	return false
}

// isKind tells whether err is of one of the kinds.
func isKind(err error, kinds ...device.Kind) bool {
	got := device.KindOf(err)
	for _, k := range kinds {
		if got == k {
			return true
		}
	}
	return false
}

// lost is the failure of a call whose outcome is not known: for a reading one that
// is as good as nothing, for a writing one it is uncertain.
func (c *client) lost(q call, code string, err error) error {
	kind := device.Unavailable
	if q.writes() {
		kind = device.Uncertain
	}
	return &device.Error{Kind: kind, Op: q.op, Code: code, Err: c.clean(err)}
}

// unsent is the failure of a call that got no answer at all.
func (c *client) unsent(q call, err error) error {
	err = bare(err)
	if errors.Is(err, outbound.ErrPrivate) {
		return &device.Error{Kind: device.Unavailable, Op: q.op, Code: codePrivate, Err: errPrivate}
	}
	if neverLeft(err) {
		return &device.Error{Kind: device.Unavailable, Op: q.op, Err: c.clean(err)}
	}
	return c.lost(q, "", err)
}

// bare takes off what net/http puts around a cause, which repeats the address.
func bare(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	// The cause of a dialing error names host and port.
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect") {
		return notDialled{op.Err}
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return notDialled{errors.New("the name of the host cannot be resolved")}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer in time: %w", context.DeadlineExceeded)
	}
	return err
}

// notDialled is the cause of a connection that was not made.
type notDialled struct{ err error }

func (n notDialled) Error() string { return "no connection: " + n.err.Error() }
func (n notDialled) Unwrap() error { return n.err }

// neverLeft tells whether the connection was not even made.
func neverLeft(err error) bool {
	var no notDialled
	var cert *tls.CertificateVerificationError
	return errors.As(err, &no) || errors.As(err, &cert)
}

// refusal reads the API's own error: {"errors":["text"]}.
func (c *client) refusal(q call, status int, said words) error {
	text := strings.Join(said, "; ")
	e := &device.Error{Op: q.op, Code: strconv.Itoa(status)}
	if code := codeOf(text); code != "" {
		e.Code = code
	}
	if text == "" {
		text = "refused without a reason"
	}
	e.Err = c.clean(fmt.Errorf("status %d: %s", status, text))
	switch status {
	case 401, 403:
		e.Kind = device.Unauthorized
	case 404:
		e.Kind = device.NotFound
	case 408:
		return c.lost(q, e.Code, errors.New("the server gave up waiting for the request"))
	case 409:
		e.Kind = device.Conflict
	default:
		e.Kind = device.Refused
		if e.Code == codeNotLatest || e.Code == codeNotAssigned || e.Code == codeClosed {
			e.Kind = device.Conflict
		}
		// "dialog #444 not found" was recorded without its status.
		if strings.HasSuffix(strings.ToLower(strings.TrimSuffix(text, ".")), "not found") {
			e.Kind = device.NotFound
		}
	}
	return e
}

// maxCause bounds foreign words in an error, in bytes.
const maxCause = 300

// clean takes the key and the host out of an error's words, should anybody repeat
// them, and bounds them. It keeps the error's chain when there is nothing to mend.
func (c *client) clean(err error) error {
	said := err.Error()
	host := c.base.Hostname()
	hide := !outbound.IsLoopback(host) && strings.Contains(said, host)
	if !strings.Contains(said, c.key) && !hide && len(said) <= maxCause {
		return err
	}
	said = strings.ReplaceAll(said, c.key, "•••")
	if hide {
		said = strings.ReplaceAll(said, host, "the host of the chats")
	}
	if len(said) > maxCause {
		said = strings.ToValidUTF8(said[:maxCause], "") + "…"
	}
	return errors.New(said)
}
