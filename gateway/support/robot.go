package support

import (
	"slices"
	"strings"

	"vestnik/gateway"
)

// Why nobody is looked for.
const (
	robotStaff = "staff" // an employee opened the ticket
	robotMail  = "mail"  // a mailing robot's address
	robotReply = "reply" // an automatic reply
)

// robot tells why no person stands behind a ticket; "" when one may.
func robot(p gateway.Requester, t gateway.Ticket, h gateway.HelpdeskSettings) string {
	box, _, _ := strings.Cut(strings.ToLower(p.Email), "@")
	title := strings.ToLower(strings.TrimSpace(t.Title))
	has := func(s string) bool { return strings.HasPrefix(title, s) }
	switch {
	case p.Staff:
		return robotStaff
	case slices.ContainsFunc([]string{"mailer-daemon", "postmaster", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "bounce", "bounces"}, func(s string) bool {
		return box == s || strings.HasPrefix(box, s+"+") || strings.HasPrefix(box, s+"-")
	}):
		return robotMail
	case slices.ContainsFunc([]string{"автоответ", "автоматический ответ", "auto:", "autoreply", "auto-reply", "automatic reply", "out of office", "undelivered mail", "undeliverable", "delivery status notification", "mail delivery failed"}, has):
		return robotReply
	}
	return ""
}

// technical tells whether an address was made up by a messenger's door.
func technical(mail string, ignore []string) bool {
	_, domain, ok := strings.Cut(strings.ToLower(strings.TrimSpace(mail)), "@")
	return !ok || domain == "" || slices.ContainsFunc(ignore, func(d string) bool {
		d = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(d), "@"))
		return d != "" && (domain == d || strings.HasSuffix(domain, "."+d))
	})
}
