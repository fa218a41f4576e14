package whatsapp

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"go.mau.fi/whatsmeow/types/events"

	"vestnik/device"
)

// banWords say why WhatsApp banned the account for a time. The codes are those of
// its web client.
var banWords = map[events.TempBanReason]string{
	device.BanStrangers:     "too many messages to people who do not have this number in their contacts",
	device.BanBlocked:       "too many people blocked this number",
	device.BanGroups:        "too many groups with people who do not have this number in their contacts",
	device.BanSameText:      "the same message to too many people",
	device.BanBroadcastList: "too many messages to a broadcast list",
}

func banCause(code events.TempBanReason) string {
	words, ok := banWords[code]
	if !ok {
		words = "WhatsApp did not say why"
	}
	return fmt.Sprintf("refused 402, ban code %d: %s", int(code), words)
}

// refusalWords say what a refused login means.
var refusalWords = map[events.ConnectFailureReason]string{
	400: "WhatsApp did not understand the login",
	401: "the phone ended the link",
	403: "WhatsApp locked the account, or it moved to another phone",
	405: "this version is no longer accepted",
	406: "WhatsApp banned the account",
	409: "the client's name is not accepted",
	415: "the account is not known",
	418: "the client is not known",
}

func refusalCause(code events.ConnectFailureReason, said string) string {
	cause := fmt.Sprintf("refused %d", int(code))
	if words := refusalWords[code]; words != "" {
		cause += ": " + words
	}
	if said != "" {
		cause += " (" + mask(clean(said, 200)) + ")"
	}
	return cause
}

// clockWrong tells whether a connection failed because a certificate, of TLS or of
// WhatsApp's own handshake, is not valid at the time that our clock shows.
func clockWrong(err error) bool {
	var bad x509.CertificateInvalidError
	if errors.As(err, &bad) && bad.Reason == x509.Expired {
		return true
	}
	text := err.Error() // the library has no typed error for its handshake
	return strings.Contains(text, "certificate not valid yet") || strings.Contains(text, "certificate expired")
}
