package app

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"vestnik/device"
	"vestnik/gateway"
)

// decencyFile is the section decency.
type decencyFile struct {
	Hours      *hoursFile         `yaml:"hours,omitempty,flow"`
	OrdersToo  *bool              `yaml:"orders_too,omitempty"`
	WhenOpen   *bool              `yaml:"when_open,omitempty"`
	Every      *duration          `yaml:"every,omitempty"`
	TalkRest   *duration          `yaml:"talk_rest,omitempty"`
	OptOutLine *map[string]string `yaml:"opt_out_line,omitempty"`
	ReviewURL  *string            `yaml:"review_url,omitempty"`
	PublicURL  *string            `yaml:"public_url,omitempty"`
}

// conductFile is the section conduct.
type conductFile struct {
	Typing        *bool `yaml:"typing,omitempty"`
	MailingShare  *int  `yaml:"mailing_share,omitempty"`
	WarmUp        *bool `yaml:"warm_up,omitempty"`
	LookUpsPerDay *int  `yaml:"look_ups_per_day,omitempty"`
	StopRefused   *int  `yaml:"stop_refused,omitempty"`
	StopSilent    *int  `yaml:"stop_silent,omitempty"`
	StopOptOut    *int  `yaml:"stop_opt_out,omitempty"`
}

// invitationFile is the section invitation.
type invitationFile struct {
	Enabled   *bool              `yaml:"enabled,omitempty"`
	Statuses  *[]string          `yaml:"statuses,omitempty,flow"`
	After     *duration          `yaml:"after,omitempty"`
	Texts     *map[string]string `yaml:"texts,omitempty"`
	Channels  *[]string          `yaml:"channels,omitempty,flow"`
	PerDay    *int               `yaml:"per_day,omitempty"`
	HappyOnly *bool              `yaml:"happy_only,omitempty"`
}

// checkDecency refuses what cannot be laid over settings.
func (f configFile) checkDecency() error {
	if f.Decency == nil || f.Decency.Hours == nil {
		return nil
	}
	_, err := f.Decency.Hours.hours()
	if err != nil {
		return fmt.Errorf("decency.hours: %w", err)
	}
	return nil
}

func (h hoursFile) hours() (gateway.Hours, error) {
	from, err1 := gateway.ParseClock(h.From)
	to, err2 := gateway.ParseClock(h.To)
	return gateway.Hours{From: from, To: to}, errors.Join(err1, err2)
}

func (c *decencyFile) onto(d *gateway.DecencySettings) {
	if c.Hours != nil {
		if h, err := c.Hours.hours(); err == nil { // checkDecency has looked
			d.Hours = h
		}
	}
	set(&d.OrdersToo, c.OrdersToo)
	set(&d.WhenOpen, c.WhenOpen)
	setDuration(&d.Every, c.Every)
	setDuration(&d.TalkRest, c.TalkRest)
	d.OptOutLine = laidOver(d.OptOutLine, c.OptOutLine)
	set(&d.ReviewURL, c.ReviewURL)
	set(&d.PublicURL, c.PublicURL)
}

func (c *conductFile) onto(s *gateway.ConductSettings) {
	set(&s.Typing, c.Typing)
	set(&s.MailingShare, c.MailingShare)
	set(&s.WarmUp, c.WarmUp)
	set(&s.LookUpsPerDay, c.LookUpsPerDay)
	set(&s.StopRefused, c.StopRefused)
	set(&s.StopSilent, c.StopSilent)
	set(&s.StopOptOut, c.StopOptOut)
}

func (c *invitationFile) onto(i *gateway.InvitationSettings) {
	set(&i.On, c.Enabled)
	set(&i.Statuses, c.Statuses)
	setDuration(&i.After, c.After)
	i.Texts = laidOver(i.Texts, c.Texts)
	if c.Channels != nil {
		i.Channels = nil
		for _, ch := range *c.Channels {
			i.Channels = append(i.Channels, device.Channel(ch))
		}
	}
	set(&i.PerDay, c.PerDay)
	set(&i.HappyOnly, c.HappyOnly)
}

// laidOver are texts by language with those of a file over them: a language that it leaves out
// keeps its text.
func laidOver(have map[string]string, file *map[string]string) map[string]string {
	if file == nil {
		return have
	}
	next := maps.Clone(have)
	if next == nil {
		next = map[string]string{}
	}
	maps.Copy(next, *file)
	return next
}

func toDecency(d gateway.DecencySettings) *decencyFile {
	line := maps.Clone(d.OptOutLine)
	return &decencyFile{
		Hours: &hoursFile{d.Hours.From.String(), d.Hours.To.String()}, OrdersToo: &d.OrdersToo, WhenOpen: &d.WhenOpen,
		Every: dur(d.Every), TalkRest: dur(d.TalkRest), OptOutLine: &line, ReviewURL: &d.ReviewURL, PublicURL: &d.PublicURL,
	}
}

func toConduct(c gateway.ConductSettings) *conductFile {
	return &conductFile{&c.Typing, &c.MailingShare, &c.WarmUp, &c.LookUpsPerDay, &c.StopRefused, &c.StopSilent, &c.StopOptOut}
}

func toInvitation(i gateway.InvitationSettings) *invitationFile {
	statuses, channels, texts := slices.Clone(i.Statuses), []string{}, maps.Clone(i.Texts)
	for _, ch := range i.Channels {
		channels = append(channels, string(ch))
	}
	return &invitationFile{
		Enabled: &i.On, Statuses: &statuses, After: dur(i.After), Texts: &texts, Channels: &channels, PerDay: &i.PerDay, HappyOnly: &i.HappyOnly,
	}
}

// decencyChanges tells each setting of the three sections that differs.
func decencyChanges(a, b gateway.Settings) []string {
	var lines []string
	tell := func(name string, old, new any) {
		if o, n := fmt.Sprint(old), fmt.Sprint(new); o != n {
			lines = append(lines, fmt.Sprintf("%s: %s → %s", name, o, n))
		}
	}
	hours := func(h gateway.Hours) string { return h.From.String() + "–" + h.To.String() }
	d, e := a.Decency, b.Decency
	tell("decency.hours", hours(d.Hours), hours(e.Hours))
	tell("decency.orders_too", d.OrdersToo, e.OrdersToo)
	tell("decency.when_open", d.WhenOpen, e.WhenOpen)
	tell("decency.every", d.Every, e.Every)
	tell("decency.talk_rest", d.TalkRest, e.TalkRest)
	tell("decency.review_url", d.ReviewURL, e.ReviewURL)
	tell("decency.public_url", d.PublicURL, e.PublicURL)
	c, n := a.Conduct, b.Conduct
	tell("conduct.typing", c.Typing, n.Typing)
	tell("conduct.mailing_share", c.MailingShare, n.MailingShare)
	tell("conduct.warm_up", c.WarmUp, n.WarmUp)
	tell("conduct.look_ups_per_day", c.LookUpsPerDay, n.LookUpsPerDay)
	tell("conduct.stop_refused", c.StopRefused, n.StopRefused)
	tell("conduct.stop_silent", c.StopSilent, n.StopSilent)
	tell("conduct.stop_opt_out", c.StopOptOut, n.StopOptOut)
	i, j := a.Invitation, b.Invitation
	tell("invitation.enabled", i.On, j.On)
	tell("invitation.statuses", i.Statuses, j.Statuses)
	tell("invitation.after", i.After, j.After)
	tell("invitation.channels", i.Channels, j.Channels)
	tell("invitation.per_day", i.PerDay, j.PerDay)
	tell("invitation.happy_only", i.HappyOnly, j.HappyOnly)
	for _, lang := range []string{"ru", "en"} {
		tell("decency.opt_out_line."+lang, d.OptOutLine[lang], e.OptOutLine[lang])
		tell("invitation.texts."+lang, i.Texts[lang], j.Texts[lang])
	}
	return lines
}

// invitationProblems checks the fields that an invitation's texts name against the CRM's, as far as
// those are known.
func invitationProblems(s gateway.Settings, ref gateway.Reference) []string {
	var lines []string
	for _, lang := range []string{"ru", "en"} {
		text := s.Invitation.Texts[lang]
		if text == "" || len(ref.Fields) == 0 {
			continue
		}
		if err := gateway.CheckText(text, gateway.WithReviewLink(ref, "en")); err != nil {
			lines = append(lines, "invitation.texts."+lang+": "+gateway.TemplateSentence(err, "en"))
		}
	}
	return lines
}
