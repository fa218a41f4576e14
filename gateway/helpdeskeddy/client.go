package helpdeskeddy

import (
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// Options of a connection to one account.
type Options struct {
	// URL is the account's address, https://shop.helpdeskeddy.com. Whatever follows the host is
	// ignored, since people paste the address of a page. Plain http is for loopback only.
	URL string
	// Email and Key are the service employee's. They travel in one header (documented: HTTP
	// Basic) and the key stands in no log line, error or URL.
	Email string
	Key   string
	// Language of names from the account's dictionaries: "ru", or English for any other.
	Language string
	// Transport replaces the network, for tests and the demo; nil means the network with the
	// proxy of the environment and without private addresses.
	Transport http.RoundTripper
	// Rate bounds requests in any minute; 0 means 60 of the account's 300 (documented).
	Rate int
	// Beside is a connection whose limiter, quota and ban this one shares when it leads to the
	// same account: for trying another key, and for new settings. A Rate that is not 0 then replaces the
	// one of both.
	Beside *Client
	// Timeout bounds one request; 0 means 30 s.
	Timeout time.Duration
	// OnStatus is told when State, Until or Cause of the status have changed, by the call that
	// noticed it; nil: nobody is. It must not call the client, but for Status.
	OnStatus func(gateway.HelpdeskStatus)
	Logger   *slog.Logger     // nil: no log
	Now      func() time.Time // nil: time.Now
}

// Client is a connection to one account. It is safe for concurrent use and holds no
// goroutine.
type Client struct {
	base     *url.URL
	email    string
	key      string
	basic    string // email and key as the header has them
	lang     language
	http     *http.Client
	account  *account
	timeout  time.Duration
	onStatus func(gateway.HelpdeskStatus)
	log      *slog.Logger
	now      func() time.Time

	telling sync.Mutex // held while OnStatus runs
	told    gateway.HelpdeskStatus

	mu       sync.Mutex
	state    gateway.HelpdeskState
	since    time.Time
	cause    string
	lacking  map[string]string // rights that were refused, with the refusal
	lastPoll time.Time
	staff    map[int64]time.Time // who was seen to be an employee, and when
	fields   map[int64]fieldBody // nil before the first reading
	fieldsAt time.Time
	options  map[int64]optionsRead
}

var _ gateway.Helpdesk = (*Client)(nil)

// New checks the address and the key's form, and connects to nothing yet. The error
// is a *device.Error of kind Invalid.
func New(o Options) (*Client, error) {
	const op = "helpdeskeddy: set up"
	base, err := parseBase(o.URL)
	if err != nil {
		return nil, err
	}
	email, key := strings.TrimSpace(o.Email), strings.TrimSpace(o.Key)
	switch {
	case email == "" || !printable(email) || strings.Contains(email, ":"):
		return nil, device.Errorf(device.Invalid, op, "the employee's e-mail address is not one")
	case key == "":
		return nil, device.Errorf(device.Invalid, op, "the API key is empty")
	case !printable(key):
		return nil, device.Errorf(device.Invalid, op, "the API key holds a character that no key has")
	}
	c := &Client{
		base: base, email: email, key: key, basic: base64.StdEncoding.EncodeToString([]byte(email + ":" + key)),
		lang: languageOf(o.Language), timeout: o.Timeout, onStatus: o.OnStatus, log: o.Logger, now: o.Now,
		lacking: map[string]string{}, staff: map[int64]time.Time{}, options: map[int64]optionsRead{},
	}
	if c.timeout <= 0 {
		c.timeout = 30 * time.Second
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	c.state, c.since = gateway.HelpdeskConnecting, c.now()
	c.told = gateway.HelpdeskStatus{State: c.state}
	if o.Beside != nil && *o.Beside.base == *base {
		c.account = o.Beside.account
		c.account.pace(o.Rate)
	} else {
		c.account = newAccount(o.Rate)
	}
	transport := o.Transport
	if transport == nil {
		if ip, err := netip.ParseAddr(base.Hostname()); err == nil && !ip.IsLoopback() && !outbound.Public(ip) {
			return nil, &device.Error{Kind: device.Invalid, Op: op, Code: codePrivate, Err: outbound.ErrPrivate}
		}
		transport = outbound.NewTransport(base)
	}
	c.http = &http.Client{
		Transport: transport,
		// A redirect would turn a POST into a GET and could carry the key to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Account is the address of the account, without what follows the host.
func (c *Client) Account() string { return c.base.String() }

// SameAccount tells whether two addresses lead to the same account.
func SameAccount(one, other string) bool {
	a, errA := parseBase(one)
	b, errB := parseBase(other)
	return errA == nil && errB == nil && *a == *b
}

func printable(s string) bool {
	for _, r := range s {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return true
}

// parseBase keeps scheme and host of the address.
func parseBase(raw string) (*url.URL, error) {
	const op = "helpdeskeddy: set up"
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Hostname() == "" || u.User != nil {
		// The parser's error quotes the address, into which people paste keys.
		return nil, device.Errorf(device.Invalid, op, "the address is not of the form https://shop.helpdeskeddy.com")
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && outbound.IsLoopback(u.Hostname()):
	default:
		return nil, device.Errorf(device.Invalid, op, "the address must begin with https://")
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}, nil
}

// ticketURL is a ticket's page, for an employee. Assumed: one public body of a
// dispatcher's webhook has a link_staff of this form.
func (c *Client) ticketURL(id gateway.TicketID) string {
	return c.base.JoinPath("ru/ticket/list/filter/id/0/ticket", itoa(int64(id))).String()
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
