package gateway

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"vestnik/device"
)

// Bounds of what is set about decency, conduct and invitations.
const (
	// MaxOptOutLine is the longest line under a mailing that says how to refuse, in characters.
	MaxOptOutLine = 160
	// MaxLookUpsPerDay bounds LookUpsPerDay.
	MaxLookUpsPerDay = 10_000
	maxEvery         = 366 * 24 * time.Hour
	maxTalkRest      = time.Hour
	maxWebAddress    = 500 // characters
)

// HostOf is the name in a web address, in small letters and without a port; empty for what is none.
func HostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

func (h Hours) outOfRange() bool {
	return h.From < 0 || h.To < 0 || h.From > 24*60 || h.To > 24*60
}

func (d DecencySettings) validate(e FieldErrors) {
	if d.Hours.outOfRange() {
		e["decency.hours"] = ProblemRange
	}
	if d.Every < 0 || d.Every > maxEvery {
		e["decency.every"] = ProblemRange
	}
	if d.TalkRest < 0 || d.TalkRest > maxTalkRest {
		e["decency.talk_rest"] = ProblemRange
	}
	checkLanguages("decency.opt_out_line", d.OptOutLine, e)
	for _, lang := range textLanguages {
		if p := optOutProblem(d.OptOutLine[lang]); p != "" {
			e["decency.opt_out_line."+lang] = p
		}
	}
	if d.ReviewURL != "" {
		if p := reviewProblem(d.ReviewURL); p != "" {
			e["decency.review_url"] = p
		}
	}
	if d.PublicURL != "" {
		if p := publicProblem(d.PublicURL); p != "" {
			e["decency.public_url"] = p
		}
	}
}

// textLanguages are the languages of texts that customers get.
var textLanguages = []string{"ru", "en"}

func checkLanguages(field string, texts map[string]string, e FieldErrors) {
	for lang := range texts {
		if !slices.Contains(textLanguages, lang) {
			e[field] = ProblemLanguage
		}
	}
}

// optOutProblem is what is wrong with the line that says how to refuse. It is no template.
func optOutProblem(line string) Problem {
	switch {
	case strings.TrimSpace(line) == "":
		return ProblemRequired
	case len([]rune(line)) > MaxOptOutLine:
		return ProblemTooLong
	case strings.Contains(line, "{{") || strings.Contains(line, "}}"):
		return ProblemTemplate
	}
	return ""
}

// reviewProblem takes what urlProblem refuses: services of reviews name the shop in a query.
func reviewProblem(raw string) Problem {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsFunc(raw, unfitForAddress) {
		return ProblemNotURL
	}
	if u.Scheme != "https" {
		return ProblemNotHTTPS
	}
	if len([]rune(raw)) > maxWebAddress {
		return ProblemTooLong
	}
	return ""
}

func unfitForAddress(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\\' }

// publicProblem wants a name without a path. Under a bare address the pages of this box answer too,
// so that cannot be the public one; only on this machine itself it may, for trying.
func publicProblem(raw string) Problem {
	if p := urlProblem(raw); p != "" {
		return p
	}
	u, err := url.Parse(raw)
	if err != nil || u.Path != "" && u.Path != "/" || strings.ContainsFunc(raw, unfitForAddress) {
		return ProblemNotOrigin
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !ip.IsLoopback() {
		return ProblemNotName
	}
	return ""
}

// checkPublic looks at what other sections say of the public name.
func (s Settings) checkPublic(e FieldErrors) {
	public := s.Decency.PublicHost()
	if public == "" || e["decency.public_url"] != "" {
		return
	}
	if _, err := netip.ParseAddr(public); err == nil || public == "localhost" {
		return
	}
	if public == HostOf(s.Helpdesk.CardURL) {
		e["decency.public_url"] = ProblemStaffHost
	}
	if public == HostOf(s.Decency.ReviewURL) && strings.HasPrefix(pathOf(s.Decency.ReviewURL), "/r/") {
		e["decency.review_url"] = ProblemLoop
	}
}

func pathOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Path
}

func (c ConductSettings) validate(e FieldErrors) {
	if c.MailingShare < 1 || c.MailingShare > 100 {
		e["conduct.mailing_share"] = ProblemRange
	}
	if c.LookUpsPerDay < 0 || c.LookUpsPerDay > MaxLookUpsPerDay {
		e["conduct.look_ups_per_day"] = ProblemRange
	}
	for name, percent := range map[string]int{"refused": c.StopRefused, "silent": c.StopSilent, "opt_out": c.StopOptOut} {
		if percent < 0 || percent > 100 {
			e["conduct.stop_"+name] = ProblemRange
		}
	}
}

// The bounds of InvitationSettings.
const (
	minInviteAfter  = time.Hour
	maxInviteAfter  = 60 * 24 * time.Hour
	maxInvitePerDay = 10_000
)

func (s Settings) validateInvitation(e FieldErrors) {
	i := s.Invitation
	if i.After < minInviteAfter || i.After > maxInviteAfter {
		e["invitation.after"] = ProblemRange
	}
	if i.PerDay < 0 || i.PerDay > maxInvitePerDay {
		e["invitation.per_day"] = ProblemRange
	}
	for _, code := range i.Statuses {
		if !codePattern.MatchString(code) {
			e["invitation.statuses"] = ProblemCode
		}
	}
	if len(i.Channels) == 0 {
		e["invitation.channels"] = ProblemRequired
	}
	seen := map[device.Channel]bool{}
	for _, ch := range i.Channels {
		if !ch.Known() {
			e["invitation.channels"] = ProblemUnknown
		} else if seen[ch] {
			e["invitation.channels"] = ProblemDuplicate
		}
		seen[ch] = true
	}
	checkLanguages("invitation.texts", i.Texts, e)
	for _, lang := range textLanguages {
		if p := inviteTextProblem(i.Texts[lang]); p != "" {
			e["invitation.texts."+lang] = p
		}
	}
	if !i.On {
		return
	}
	if len(i.Statuses) == 0 {
		e["invitation.statuses"] = ProblemRequired
	}
	if strings.TrimSpace(i.Texts[s.Shop.Language]) == "" {
		e["invitation.texts."+s.Shop.Language] = ProblemRequired
	}
	if s.Decency.ReviewURL == "" {
		e["decency.review_url"] = ProblemRequired
	}
}

// inviteTextProblem is what is wrong with an invitation's text; an empty one is none in that
// language.
func inviteTextProblem(text string) Problem {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	t, err := ParseTemplate(text)
	switch {
	case err != nil:
		return ProblemTemplate
	case !slices.Contains(t.Paths(), ReviewLinkField):
		return ProblemNoLink
	}
	return ""
}
