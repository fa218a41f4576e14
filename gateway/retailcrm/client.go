package retailcrm

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// Options of a connection to one account.
type Options struct {
	// URL is the account's address, https://shop.retailcrm.ru. Whatever follows the host is
	// ignored, since people paste the address of a page. Plain http is for loopback only.
	URL string
	// Key is the API key. It travels in a header and stands in no log line, error or URL.
	Key string
	// WhatsAppField is the code of the order's checkbox; empty: orders are not marked.
	WhatsAppField string
	// Region is the country of numbers without a country code, ISO 3166-1 alpha-2; empty: "RU".
	Region string
	// Language of labels and of fields as texts: "ru", or English for any other.
	Language string
	// Zone is the shop's, in which dates are shown; nil means the account's own.
	Zone *time.Location
	// Transport replaces the network, for tests and the demo; nil means the network with the
	// proxy of the environment and without private addresses.
	Transport http.RoundTripper
	// Rate bounds requests a second; 0 means 5, half of the account's documented 10, which
	// other integrations of the shop share.
	Rate float64
	// Timeout bounds one request; 0 means 30 s.
	Timeout time.Duration
	// OnDate is told what the account's server says the time is, with every answer that was quick
	// enough to be exact to some seconds; nil: nobody is.
	OnDate func(time.Time)
	// OnTouched is told of all orders in a page of history before Changes returns it, also of
	// those whose status did not change, and of the customers of new ones; nil: nobody is.
	OnTouched func(orders []gateway.OrderID, customers []int64)
	Logger    *slog.Logger     // nil: no log
	Now       func() time.Time // nil: time.Now
}

// defaultRate is requests a second, burst the calls that may go at once. The API
// answers 10 a second (RetailCRM API v5 docs, "API rules"), which the shop's other
// integrations share.
const (
	defaultRate = 5
	burst       = 5
)

// Client is a connection to one account. It is safe for concurrent use and holds no
// goroutine.
type Client struct {
	base    *url.URL
	key     string
	field   string
	lang    language
	region  string
	shop    *time.Location
	http    *http.Client
	limit   *outbound.Limiter
	timeout time.Duration
	onDate  func(time.Time)
	touched func(orders []gateway.OrderID, customers []int64)
	log     *slog.Logger
	now     func() time.Time

	loading chan struct{} // holds one token: one reading of the vocabulary at a time

	mu       sync.Mutex
	words    *words         // nil before the first reading
	zone     *time.Location // by the account's settings; nil before they were read
	measured *time.Location // of the API's times, when an answer showed another one; else nil
	zoneRead time.Time
	fields   map[fieldKey]string // types of own custom fields, as far as they were seen
	users    []gateway.CRMUser
	usersAt  time.Time // zero: not read
	// noLoyalty is when the loyalty programme was last kept back; zero: it was not.
	noLoyalty time.Time
	needle    map[int64]string // what tasks are searched by, of cards that were read
	// topics are the account's subscriptions to advertising by phone, as a card tells them; topicsAt
	// is when it was read, zero: not yet.
	topics   []topic
	topicsAt time.Time
}

var (
	_ gateway.Orders        = (*Client)(nil)
	_ gateway.People        = (*Client)(nil)
	_ gateway.Profiles      = (*Client)(nil)
	_ gateway.ChatRegistrar = (*Client)(nil)
	_ gateway.Audiences     = (*Client)(nil)
)

// New checks the address and the key's form, and connects to nothing yet. The error
// is a *device.Error of kind Invalid.
func New(o Options) (*Client, error) {
	const op = "retailcrm: set up"
	base, err := parseBase(o.URL)
	if err != nil {
		return nil, err
	}
	key := strings.TrimSpace(o.Key)
	if key == "" {
		return nil, device.Errorf(device.Invalid, op, "the API key is empty")
	}
	for _, r := range key {
		if r <= ' ' || r > '~' {
			return nil, device.Errorf(device.Invalid, op, "the API key holds a character that no key has")
		}
	}
	c := &Client{
		base: base, key: key, field: o.WhatsAppField, lang: languageOf(o.Language), shop: o.Zone,
		region: cmp.Or(o.Region, "RU"), fields: map[fieldKey]string{}, timeout: o.Timeout, onDate: o.OnDate, log: o.Logger, now: o.Now,
		touched: o.OnTouched, needle: map[int64]string{},
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
	if o.Rate <= 0 {
		o.Rate = defaultRate
	}
	c.limit = outbound.NewLimiter("the account", o.Rate, burst)
	c.loading = make(chan struct{}, 1)
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

// parseBase keeps scheme and host of the address.
func parseBase(raw string) (*url.URL, error) {
	const op = "retailcrm: set up"
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" || u.Hostname() == "" || u.User != nil {
		// The parser's error quotes the address, into which people paste keys.
		return nil, device.Errorf(device.Invalid, op, "the address is not of the form https://shop.retailcrm.ru")
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && outbound.IsLoopback(u.Hostname()):
	default:
		return nil, device.Errorf(device.Invalid, op, "the address must begin with https://")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// orderURL is an order's page in the CRM, for a person.
func (c *Client) orderURL(id int64) string {
	return c.base.JoinPath("orders", itoa(id), "edit").String()
}

// customerURL is a card's page in the CRM. Assumed from the form of orders' pages and of
// "/customers/add", which a recorded answer has.
func (c *Client) customerURL(id int64) string {
	return c.base.JoinPath("customers", itoa(id)).String()
}

// shopZone is the zone in which dates are shown.
func (c *Client) shopZone(api *time.Location) *time.Location {
	if c.shop != nil {
		return c.shop
	}
	return api
}

// apiZone is the zone of the API's times, read from the settings once an hour. The
// API writes times without an offset.
func (c *Client) apiZone(ctx context.Context) (*time.Location, error) {
	c.mu.Lock()
	zone, age := c.zone, c.now().Sub(c.zoneRead)
	c.mu.Unlock()
	if zone == nil || age >= wordsAge {
		s, err := c.settings(ctx, background)
		switch {
		case err == nil:
			c.keepZone(s.Zone())
		case zone == nil:
			return nil, err
		}
	}
	return c.zoneNow(), nil
}

// zoneNow is the zone of the API's times as far as known; UTC before the settings were
// read.
func (c *Client) zoneNow() *time.Location {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.measured != nil:
		return c.measured
	case c.zone != nil:
		return c.zone
	}
	return time.UTC
}

func (c *Client) keepZone(zone *time.Location) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.zone, c.zoneRead = zone, c.now()
}
