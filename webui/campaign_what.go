package webui

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// maxVariants is how many wordings may alternate.
const maxVariants = 4

// whatPage is the second step: the text.
type whatPage struct {
	campaignHead
	// The wording that is open: its number from 1, and its language.
	Variant  int
	Language string
	Text     string
	Variants []Choice
	Tongues  []Choice
	MayAdd   bool
	MayDrop  bool
	Groups   []FieldGroup
	Preview  CampaignView
	Findings []FindingLine
	Picture  string // "image", "document" or empty
	Winners  []Choice
	Waiting  bool // begun: a change is for those who have not got it yet
}

// CampaignView is the wording that is open as somebody would get it.
type CampaignView struct {
	Text    string
	Missing []string
	Signs   int
	SMS     device.SMSLength
	Costly  string
	Whom    string // whose fields it has; empty: examples
	Person  int64
	After   int64 // where the list goes on when another one is asked for
	Wrong   string
}

// FindingLine is what the linter says, in words.
type FindingLine struct {
	Where   string // the wording and the language; empty: all
	Says    string
	Do      string
	Refuses bool
	Code    campaign.FindingCode
}

func (s *Server) showWhat(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "what")
	if err != nil {
		return err
	}
	p := whatPage{campaignHead: h}
	p.open(c.Query("variant"), c.Query("lang"))
	return s.drawWhat(c, fiber.StatusOK, p)
}

// open chooses the wording that is edited.
func (p *whatPage) open(variant, lang string) {
	p.Variant, _ = strconv.Atoi(variant)
	if len(p.C.Text.Variants) == 0 {
		p.C.Text.Variants = []campaign.Variant{{Texts: map[string]string{}}}
	}
	p.Variant = min(max(p.Variant, 1), len(p.C.Text.Variants))
	p.Language = p.Shop.Language
	if slices.Contains(languages, lang) {
		p.Language = lang
	}
	if !slices.Contains(languages, p.Language) {
		p.Language = languages[0]
	}
	p.Text = p.C.Text.Variants[p.Variant-1].Texts[p.Language]
}

func (s *Server) drawWhat(c *fiber.Ctx, status int, p whatPage) error {
	for i := range p.C.Text.Variants {
		p.Variants = append(p.Variants, Choice{strconv.Itoa(i + 1), variantName(i + 1), i+1 == p.Variant})
	}
	for _, lang := range languages {
		filled := ""
		if p.C.Text.Variants[p.Variant-1].Texts[lang] == "" {
			filled = " · " + p.words.say("campaign.no_text_yet")
		}
		p.Tongues = append(p.Tongues, Choice{lang, p.words.say("campaign.tongue."+lang) + filled, lang == p.Language})
	}
	p.MayAdd, p.MayDrop = p.MayEdit && len(p.Variants) < maxVariants && p.Draft, p.MayEdit && len(p.Variants) > 1 && p.Draft
	p.Waiting, p.Picture = !p.Draft, pictureKind(p.C.Text)
	ctx := c.UserContext()
	if c.Query("part") == "" {
		fields, err := s.o.Campaigns.Fields(ctx, p.C)
		if err != nil {
			return err
		}
		slices.SortStableFunc(fields, func(a, b gateway.Field) int { // what a mailing is about stands first
			return cmp.Compare(strings.Index(b.Path, "review."), strings.Index(a.Path, "review."))
		})
		p.Groups = fieldGroups(fields)
	}
	if err := s.viewText(c, &p); err != nil {
		return err
	}
	var err error
	if p.Findings, err = s.findings(c, &p.campaignHead); err != nil {
		return err
	}
	return s.render(c, status, "campaign_what", p)
}

func variantName(n int) string { return string(rune('A' + n - 1)) }

// viewText makes the preview; a text that cannot be filled in says why.
func (s *Server) viewText(c *fiber.Ctx, p *whatPage) error {
	if strings.TrimSpace(p.Text) == "" {
		return nil
	}
	person, err := s.viewPerson(c, p)
	if err != nil {
		return err
	}
	view, err := s.o.Campaigns.Preview(c.UserContext(), p.C, p.Variant, p.Language, person)
	if err != nil {
		if says := gateway.TemplateSentence(err, p.Lang); says != "" {
			p.Preview.Wrong = says
			return nil
		}
		if status, key := statusOf(err); status < 500 {
			p.Preview.Wrong = p.words.say(key)
			return nil
		}
		return err
	}
	v := &p.Preview
	v.Text, v.Missing, v.Signs, v.SMS = view.Text, view.Missing, utf8.RuneCountInString(view.Text), view.SMS
	if view.SMS.Costly != 0 {
		v.Costly = string(view.SMS.Costly)
	}
	if view.Person.ID != 0 {
		v.Whom, v.Person = personName(view.Person), view.Person.ID
	}
	return nil
}

// viewPerson chooses whose fields the preview has: the one it had, or the next one of the list
// when another is asked for; 0 when nobody is gathered yet.
func (s *Server) viewPerson(c *fiber.Ctx, p *whatPage) (int64, error) {
	person, _ := strconv.ParseInt(c.FormValue("person"), 10, 64)
	after, _ := strconv.ParseInt(c.FormValue("after"), 10, 64)
	another := c.FormValue("another") != ""
	if person != 0 && !another {
		p.Preview.After = after
		return person, nil
	}
	filter := campaign.PeopleFilter{After: after, Limit: 1}
	if p.Draft {
		filter.State = campaign.PersonWaits
	}
	rows, next, err := s.o.Campaigns.People(c.UserContext(), p.C.ID, filter)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	p.Preview.After = next // 0 after the last one: it begins anew
	return rows[0].ID, nil
}

func personName(p campaign.Person) string {
	switch {
	case p.Name != "":
		return p.Name
	case p.Phone != "":
		return showPhone(p.Phone)
	}
	return "№ " + strconv.FormatInt(p.ID, 10)
}

func (s *Server) findings(c *fiber.Ctx, h *campaignHead) ([]FindingLine, error) {
	found, err := s.o.Campaigns.Lint(c.UserContext(), h.C)
	if err != nil {
		return nil, err
	}
	var lines []FindingLine
	for _, f := range found {
		lines = append(lines, h.findingLine(f))
	}
	slices.SortStableFunc(lines, func(a, b FindingLine) int {
		switch {
		case a.Refuses == b.Refuses:
			return 0
		case a.Refuses:
			return -1
		}
		return 1
	})
	return lines, nil
}

// findingLine is a finding in words, with the place when there are several.
func (h *campaignHead) findingLine(f campaign.Finding) FindingLine {
	if n, err := strconv.Atoi(f.Args["count"]); err == nil {
		f.Args = maps.Clone(f.Args)
		f.Args["count"] = h.Num(n)
	}
	words := f.Words(h.Lang)
	l := FindingLine{Says: words.What, Do: words.Do, Refuses: f.Refuses, Code: f.Code}
	if f.Variant > 0 && len(h.C.Text.Variants) > 1 {
		l.Where = h.words.say("campaign.variant_n", "name", variantName(f.Variant))
	}
	if key := "campaign.tongue." + f.Language; f.Language != "" && h.words.has(key) && h.tongues() > 1 {
		if l.Where != "" {
			l.Where += ", "
		}
		l.Where += h.words.say(key)
	}
	return l
}

// tongues is in how many languages the mailing is written.
func (h *campaignHead) tongues() int {
	used := map[string]bool{}
	for _, v := range h.C.Text.Variants {
		for lang := range v.Texts {
			used[lang] = true
		}
	}
	return len(used)
}

// saveWhat keeps the step. A button may ask for more: another wording is opened, added, or taken
// away. The part "view" is only looked at, and never kept.
func (s *Server) saveWhat(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "what")
	if err != nil {
		return err
	}
	p := whatPage{campaignHead: h}
	p.open(c.FormValue("variant"), c.FormValue("language"))
	before := p.Text
	err = p.readText(c)
	if c.Query("part") == "view" {
		return s.drawWhat(c, fiber.StatusOK, p) // the preview says what is wrong with the text
	}
	if err == nil {
		err = p.asksToSave(c)
	}
	if err == nil {
		err = p.emptied(before)
	}
	if err == nil {
		err = s.staysSound(c, &p.campaignHead, spoiltText)
	}
	if err == nil {
		err = s.keepCampaign(c, &p.campaignHead)
	}
	status := p.explainStep(err)
	if status != fiber.StatusOK || isPart(c) {
		return s.drawWhat(c, status, p)
	}
	to := p.Base + "/what?variant=" + strconv.Itoa(p.Variant) + "&lang=" + p.Language
	switch goes := c.FormValue("go"); {
	case goes == "next":
		to = p.Base + "/when"
	case goes == "save":
		to += "&done=campaign_changed"
	case strings.HasPrefix(goes, "variant:"):
		to = p.Base + "/what?variant=" + goes[len("variant:"):] + "&lang=" + p.Language
	case strings.HasPrefix(goes, "lang:"):
		to = p.Base + "/what?variant=" + strconv.Itoa(p.Variant) + "&lang=" + goes[len("lang:"):]
	}
	return c.Redirect(to, fiber.StatusSeeOther)
}

func (p *whatPage) readText(c *fiber.Ctx) error {
	p.Text = strings.ReplaceAll(c.FormValue("text"), "\r\n", "\n")
	t := &p.C.Text
	t.Variants = slices.Clone(t.Variants)
	for i, v := range t.Variants { // what is shown elsewhere must not change with it
		texts := map[string]string{}
		for lang, text := range v.Texts {
			texts[lang] = text
		}
		t.Variants[i] = campaign.Variant{Texts: texts}
	}
	if strings.TrimSpace(p.Text) == "" {
		delete(t.Variants[p.Variant-1].Texts, p.Language)
	} else {
		t.Variants[p.Variant-1].Texts[p.Language] = p.Text
	}
	t.HappyOnly = c.FormValue("happy_only") != ""
	do := c.FormValue("go")
	if drops := p.Draft && do == "drop" && len(t.Variants) > 1; !drops && strings.TrimSpace(p.Text) != "" {
		if _, err := gateway.ParseTemplate(p.Text); err != nil {
			return err // the wording stays open as it was typed
		}
	}
	if p.Draft {
		p.changeVariants(do)
	}
	return nil
}

func (p *whatPage) changeVariants(do string) {
	t := &p.C.Text
	switch {
	case do == "add" && len(t.Variants) < maxVariants:
		texts := map[string]string{}
		for lang, text := range t.Variants[p.Variant-1].Texts {
			texts[lang] = text
		}
		t.Variants = append(t.Variants, campaign.Variant{Texts: texts})
		p.Variant = len(t.Variants)
	case do == "drop" && len(t.Variants) > 1:
		t.Variants = slices.Delete(t.Variants, p.Variant-1, p.Variant)
		p.Variant = max(1, p.Variant-1)
		p.Text = t.Variants[p.Variant-1].Texts[p.Language]
	}
}
