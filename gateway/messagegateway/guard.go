package messagegateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"vestnik/device"
)

// errPrivate means that the address leads into a private network. The address of
// the chats comes from outside, and is asked by a machine inside the shop's network.
var errPrivate = errors.New("the address of the chats leads into a private network, which is refused")

// parseEndpoint keeps scheme and host. The error repeats nothing of the address.
func parseEndpoint(raw string) (*url.URL, error) {
	const op = "messagegateway: address"
	raw = strings.TrimSpace(raw)
	if !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return nil, device.Errorf(device.Invalid, op, "it is not of the form https://mg-s1.retailcrm.pro")
	}
	switch {
	case u.Scheme == "https" || u.Scheme == "wss":
		return &url.URL{Scheme: "https", Host: u.Host}, nil
	case (u.Scheme == "http" || u.Scheme == "ws") && isLoopback(u.Hostname()):
		return &url.URL{Scheme: "http", Host: u.Host}, nil
	}
	return nil, device.Errorf(device.Invalid, op, "it must begin with https://")
}

// isLoopback tells whether a host name means this machine.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// newTransport is the way to MG over the network.
func newTransport(base *url.URL) http.RoundTripper {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          4,
		MaxIdleConnsPerHost:   4,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 25 * time.Second,
	}
	open := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	if isLoopback(base.Hostname()) {
		t.DialContext = open.DialContext
		return t
	}
	guarded := *open
	guarded.Control = refusePrivate
	proxy := proxyAddress(base)
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		// The proxy is the administrator's word, and often stands in the local network.
		if proxy != "" && address == proxy {
			return open.DialContext(ctx, network, address)
		}
		return guarded.DialContext(ctx, network, address)
	}
	return t
}

// proxyAddress is host:port of the environment's proxy, "" when there is none.
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
		return fmt.Errorf("dial: %w", errPrivate)
	}
	if !public(at.Addr()) {
		return errPrivate
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

// public tells whether an address belongs to the open internet.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if nat64.Contains(a) {
		b := a.As16()
		return public(netip.AddrFrom4([4]byte(b[12:])))
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
