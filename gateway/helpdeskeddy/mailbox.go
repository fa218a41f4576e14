package helpdeskeddy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway/outbound"
)

// Mailbox is where a plugin inside the helpdesk reads what this box left there for it (seen
// in public plugins; that a server outside may leave something there is inferred). It needs no
// key: who knows the address may write. What it holds is read by employees alone.
type Mailbox struct {
	address string
	http    *http.Client
}

// NewMailbox connects to nothing yet. address is a secret: it stands in no error. transport
// replaces the network; nil means the network without private addresses.
func NewMailbox(address string, transport http.RoundTripper) (*Mailbox, error) {
	const op = "helpdeskeddy: set up the mailbox"
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && outbound.IsLoopback(u.Hostname())) {
		return nil, device.Errorf(device.Invalid, op, "the address of the mailbox is not of the form https://…")
	}
	if transport == nil {
		if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !ip.IsLoopback() && !outbound.Public(ip) {
			return nil, &device.Error{Kind: device.Invalid, Op: op, Code: codePrivate, Err: outbound.ErrPrivate}
		}
		transport = outbound.NewTransport(&url.URL{Scheme: u.Scheme, Host: u.Host})
	}
	return &Mailbox{address: u.String(), http: &http.Client{
		Transport: transport, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Post leaves a document, which replaces the one of the same ticket; a repeat does no harm.
func (m *Mailbox) Post(ctx context.Context, document any) error {
	const op = "helpdeskeddy: fill the mailbox"
	body, err := json.Marshal(document)
	if err != nil {
		return &device.Error{Kind: device.Internal, Op: op, Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.address, bytes.NewReader(body))
	if err != nil {
		return device.Errorf(device.Internal, op, "build the request")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Vestnik")
	resp, err := m.http.Do(req)
	if err != nil {
		// What net/http puts around the cause repeats the address.
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return &device.Error{Kind: device.Unavailable, Op: op, Err: err}
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // nothing in it is of use
	switch status := resp.StatusCode; {
	case status < 300:
		return nil
	case status == http.StatusTooManyRequests || status == http.StatusUnauthorized: // both are bans
		return &device.Error{Kind: device.Unavailable, Op: op, Code: codeBan, Err: errors.New("the helpdesk takes nothing now")}
	case status >= 500:
		return &device.Error{Kind: device.Unavailable, Op: op, Code: resp.Status, Err: fmt.Errorf("status %d", status)}
	default:
		return &device.Error{Kind: device.Refused, Op: op, Code: resp.Status, Err: fmt.Errorf("status %d", status)}
	}
}
