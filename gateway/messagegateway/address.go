package messagegateway

import (
	"errors"
	"net/url"
	"strings"

	"vestnik/device"
	"vestnik/gateway/outbound"
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
	case (u.Scheme == "http" || u.Scheme == "ws") && outbound.IsLoopback(u.Hostname()):
		return &url.URL{Scheme: "http", Host: u.Host}, nil
	}
	return nil, device.Errorf(device.Invalid, op, "it must begin with https://")
}
