package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// ErrPrivate means that the address leads into a private network. An account's address
// is typed by a person, or comes from outside, and is asked by a machine inside the
// shop's network.
var ErrPrivate = errors.New("the address leads into a private network, which is refused")

// NewTransport is the way to an account over the network, with the proxy of the
// environment. Private addresses are refused with ErrPrivate, unless base itself is the
// loopback. A whole answer's headers have 25 s.
func NewTransport(base *url.URL) http.RoundTripper {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          4,
		MaxIdleConnsPerHost:   4,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 25 * time.Second,
	}
	plain := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	if IsLoopback(base.Hostname()) {
		t.DialContext = plain.DialContext
		return t
	}
	guarded := *plain
	guarded.Control = refusePrivate
	proxy := proxyAddress(base)
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		// The proxy is the administrator's word, and often stands in the local network.
		if proxy != "" && address == proxy {
			return plain.DialContext(ctx, network, address)
		}
		return guarded.DialContext(ctx, network, address)
	}
	return t
}

// IsLoopback tells whether a host name means this machine.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// proxyAddress is host:port of the environment's proxy for the account, "" when
// there is none.
func proxyAddress(base *url.URL) string {
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: base})
	if err != nil || proxy == nil {
		return ""
	}
	port := proxy.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[proxy.Scheme]
	}
	return net.JoinHostPort(proxy.Hostname(), port)
}

// refusePrivate runs after the name was resolved and before the connection is made,
// so that a name cannot be pointed elsewhere in between.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dial %s: %w", address, ErrPrivate)
	}
	if !Public(at.Addr()) {
		return ErrPrivate
	}
	return nil
}

// The ranges that netip has no method for (IANA special-purpose registries).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carrier-grade NAT, RFC 6598
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), // benchmarking
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b:1::/48"), // local-use NAT64
	netip.MustParsePrefix("2002::/16"),      // 6to4
}

// nat64 carries IPv4 in its last four bytes (RFC 6052); phone networks reach the
// whole of IPv4 through it.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// Public tells whether an address belongs to the open internet.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	if nat64.Contains(a) {
		b := a.As16()
		return Public(netip.AddrFrom4([4]byte(b[12:])))
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
