package support

import (
	"slices"
	"strings"

	"vestnik/gateway"
	"vestnik/gateway/card"
)

// Why nobody is looked for, beside what card.Robot says of an address.
const (
	robotStaff = "staff" // an employee opened the ticket
	robotReply = "reply" // an automatic reply
)

// autoReplies are how titles of automatic replies begin.
var autoReplies = []string{
	"автоответ", "автоматический ответ", "auto:", "autoreply", "auto-reply", "automatic reply", "out of office",
	"undelivered mail", "undeliverable", "delivery status notification", "mail delivery failed", "returned mail",
}

// robot tells why no person stands behind a ticket; "" when one may. An address that a messenger made
// up is none: a person wrote there.
func robot(p gateway.Requester, t gateway.Ticket, h gateway.HelpdeskSettings) string {
	title := strings.ToLower(strings.TrimSpace(t.Title))
	if p.Staff {
		return robotStaff
	}
	if why := card.Robot(p.Email, h.IgnoreDomains...); why == card.RobotNoReply || why == card.RobotMailer {
		return why
	}
	if slices.ContainsFunc(autoReplies, func(s string) bool { return strings.HasPrefix(title, s) }) {
		return robotReply
	}
	return ""
}
