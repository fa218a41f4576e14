package card

import (
	"slices"
	"strings"

	"vestnik/device"
)

// Why an address belongs to no person.
const (
	RobotNoReply   = "no_reply"  // nobody reads what is sent there
	RobotMailer    = "mailer"    // a mail server's own
	RobotTechnical = "technical" // made up by a messenger's door, or for examples
	RobotIgnored   = "ignored"   // of a domain that the shop named
	RobotNoAddress = "no_address"
)

// technicalDomains are those under which helpdesks and messengers make addresses up, and
// those that never exist (RFC 2606, RFC 6762, RFC 7686), but for the one of the demo's people.
var technicalDomains = []string{
	"helpdeskeddy.com", "helpdeskeddy.ru", "eddydesk.com", "daodesk.ai", "s.whatsapp.net", "lid", "telegram.org", "t.me",
	"example.com", "example.net", "example.org", "invalid", "test", "localhost", "local", "onion",
}

// robotNames are what robots call themselves, without punctuation; robotStarts are how such
// names begin when something of the message follows.
var (
	robotNames = []string{
		"noreply", "donotreply", "dontreply", "noanswer", "mailerdaemon", "postmaster", "bounce", "bounces", "robot", "mailrobot", "autoreply", "autoresponder",
		"notification", "notifications", "notify", "daemon", "nobody", "devnull", "null",
	}
	robotStarts = []string{"noreply", "donotreply", "bounce-", "bounce+", "bounce_", "bounces-", "bounces+", "bounces_", "bounces.", "msprvs1=", "mailer-daemon"}
	mailers     = []string{"mailerdaemon", "postmaster", "bounce", "bounces", "daemon", "devnull", "null"}
)

// Robot tells why an e-mail address belongs to no person, with ignored domains of the shop's
// own (their subdomains included); "" when it may.
func Robot(email string, ignore ...string) string {
	local, domain, ok := strings.Cut(strings.ToLower(strings.TrimSpace(email)), "@")
	domain = strings.TrimSuffix(domain, ".")
	if !ok || local == "" || domain == "" || strings.ContainsAny(domain, "@ \t\n,;") {
		return RobotNoAddress
	}
	under := func(list []string) bool {
		return slices.ContainsFunc(list, func(d string) bool {
			d = strings.Trim(strings.ToLower(strings.TrimSpace(d)), "@.*")
			return d != "" && (domain == d || strings.HasSuffix(domain, "."+d))
		})
	}
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune(".-_", r) {
			return -1
		}
		return r
	}, local)
	name, _, _ := strings.Cut(plain, "+")
	starts := func(list []string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return strings.HasPrefix(local, s) || strings.HasPrefix(plain, s) })
	}
	switch {
	case under(ignore):
		return RobotIgnored
	case under(technicalDomains):
		return RobotTechnical
	case slices.Contains(mailers, name) || strings.HasPrefix(local, "bounce"):
		return RobotMailer
	case slices.Contains(robotNames, name) || starts(robotStarts) || strings.HasPrefix(domain, "noreply.") || strings.Contains(domain, ".noreply."):
		return RobotNoReply
	}
	return ""
}

// addresses are those that a person may have, in small letters, each once.
func addresses(raw, ignore []string) []string {
	var list []string
	for _, e := range raw {
		if e = strings.ToLower(strings.TrimSpace(e)); Robot(e, ignore...) == "" && !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list
}

// Phones reads numbers as people type them, several in one text, without a country code in
// region; what is no number is left out, and each is given once.
func Phones(raw []string, region string) []device.Phone {
	var list []device.Phone
	for _, text := range raw {
		numbers, err := device.ParsePhones(text, region)
		if err != nil {
			continue
		}
		for _, n := range numbers {
			if !slices.Contains(list, n.Phone) {
				list = append(list, n.Phone)
			}
		}
	}
	return list
}
