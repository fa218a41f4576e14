package webui

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// inviteRoutes are the pages about invitations and about who refused.
func (s *Server) inviteRoutes(a *fiber.App, manager fiber.Handler) {
	a.Get("/campaigns/invitations", manager, s.showInvitations)
	a.Post("/campaigns/invitations", manager, s.postInvitations)
	a.Post("/campaigns/invitations/preview", manager, s.previewInvitation)
	a.Post("/campaigns/invitations/try", manager, s.tryInvitation)
	s.consentRoutes(a, manager)
}

type invitationsPage struct {
	*Frame
	Tabs     []MenuItem
	Typed    inviteForm
	Statuses []StatusLine
	Strange  []string // chosen, and gone from the CRM
	ReadAt   bool     // the CRM's vocabulary is known
	Groups   []FieldGroup
	Ways     []Choice
	Orders   []gateway.Order
	Previews []languagePreview
	Try      *TryView
	Review   string // where reviews are left
	Short    bool   // links are short, so that clicks are seen
	BotAsks  bool   // the bot asks for marks besides
	OptOut   string // the line under it, in the shop's language
	Funnel   []funnelBar
	Totals   gateway.InvitationTotals
	Last     []invitedLine
}

// inviteForm is the rule as typed.
type inviteForm struct {
	gateway.InvitationSettings
	Texts         []languageLine
	After, PerDay string
	Unit          string // "days" or "hours"
	Order         string // to try it on
}

// languagePreview is a preview in one language.
type languagePreview struct {
	Lang, Name string
	Preview
}

// funnelBar is one step of what came of the invitations.
type funnelBar struct {
	Name string
	Says string
	Bar  any
}

// invitedLine is an order that was dealt with lately.
type invitedLine struct {
	At         time.Time
	Order      string
	Name       string
	Word, Says string
	Mood       Mood
	Path       string // why
}

func inviteFormOf(f *Frame, i gateway.InvitationSettings) inviteForm {
	form := inviteForm{InvitationSettings: i, PerDay: strconv.Itoa(i.PerDay), Unit: "days", After: strconv.Itoa(int(i.After / (24 * time.Hour)))}
	if i.After%(24*time.Hour) != 0 {
		form.Unit, form.After = "hours", strconv.Itoa(int(i.After/time.Hour))
	}
	for _, lang := range shopFirst(f.Shop.Language) {
		form.Texts = append(form.Texts, languageLine{lang, f.words.say("language.name." + lang), i.Texts[lang]})
	}
	return form
}

func readInvitation(c *fiber.Ctx, f *Frame, old gateway.InvitationSettings, wrong gateway.FieldErrors) inviteForm {
	i := old
	i.On, i.HappyOnly = c.FormValue("enabled") != "", c.FormValue("happy_only") != ""
	i.Statuses, i.Channels = formValues(c, "statuses"), splitWay(c.FormValue("way"))
	i.PerDay = readSmall(c.FormValue("per_day"), 10_000, "invitation.per_day", wrong)
	unit, after := 24*time.Hour, strings.TrimSpace(c.FormValue("after"))
	if c.FormValue("unit") == "hours" {
		unit = time.Hour
	}
	i.After = readNumber(after, unit, "invitation.after", wrong)
	i.Texts = map[string]string{}
	for _, lang := range languages {
		i.Texts[lang] = strings.ReplaceAll(c.FormValue("text_"+lang), "\r\n", "\n")
	}
	form := inviteFormOf(f, i)
	form.After, form.Unit, form.PerDay = after, cmp.Or(c.FormValue("unit"), "days"), strings.TrimSpace(c.FormValue("per_day"))
	form.Order = strings.TrimSpace(c.FormValue("order"))
	return form
}

// invitationsPage is the page with a rule as typed. Figures are read for the whole page only.
func (s *Server) invitationsPage(c *fiber.Ctx, f *Frame, form inviteForm) (*invitationsPage, error) {
	ctx, settings := c.UserContext(), f.settings
	p := &invitationsPage{
		Frame: f, Tabs: s.campaignTabs(f), Typed: form, Review: settings.Decency.ReviewURL, Short: settings.Decency.PublicURL != "",
		OptOut: settings.Decency.OptOutLine[f.Shop.Language], Ways: ways(f.words, form.Channels, s.chatsOn(settings)), Orders: s.recentOrders(ctx),
	}
	ref, err := s.o.Book.Reference(ctx)
	if err != nil {
		return nil, err
	}
	p.ReadAt = len(ref.Statuses) > 0
	p.Statuses, p.Strange = statusChecks(ref, form.Statuses)
	known := gateway.WithReviewLink(ref, f.Lang)
	if len(ref.Fields) > 0 {
		p.Groups = fieldGroups(known.Fields)
	}
	p.Previews = invitePreviews(f, form, known, p.Orders)
	if s.o.Talk != nil {
		script, _, err := s.o.Talk.Script(ctx)
		if err != nil {
			return nil, err
		}
		p.BotAsks = script.On && script.Marks.Ask.On
	}
	if c.Query("part") != "" {
		return p, nil
	}
	if p.Totals, err = s.o.Invites.InvitationTotals(ctx, f.now.AddDate(0, 0, -30)); err != nil {
		return nil, err
	}
	p.Funnel = f.funnel(p.Totals, p.Short)
	p.Last, err = s.lastInvited(c, f)
	return p, err
}

// statusChecks are the CRM's statuses with the chosen ones checked, and those chosen that are gone.
func statusChecks(ref gateway.Reference, chosen []string) (lines []StatusLine, gone []string) {
	group := ""
	for _, st := range ref.Statuses {
		checked := slices.Contains(chosen, st.Code)
		if !st.Active && !checked {
			continue
		}
		line := StatusLine{Status: st, Checked: checked, Swatch: swatch(st.Color)}
		if st.Group != group {
			group, line.Heading = st.Group, st.Group
		}
		lines = append(lines, line)
	}
	for _, code := range chosen {
		if _, ok := ref.Status(code); !ok {
			gone = append(gone, code)
		}
	}
	return lines, gone
}

// invitePreviews fill each text as customers would get it, the line under it included.
func invitePreviews(f *Frame, form inviteForm, ref gateway.Reference, orders []gateway.Order) []languagePreview {
	link := f.settings.Decency.ReviewLink("k7m2q9xw")
	if link == "" {
		link = "https://…"
	}
	linked := slices.Clone(orders)
	for i := range linked {
		linked[i].Fields = maps.Clone(linked[i].Fields)
		if linked[i].Fields == nil {
			linked[i].Fields = map[string]string{}
		}
		linked[i].Fields[gateway.ReviewLinkField] = link
	}
	fields := slices.Clone(ref.Fields)
	for i := range fields {
		if fields[i].Path == gateway.ReviewLinkField {
			fields[i].Example = link
		}
	}
	ref.Fields = fields
	var list []languagePreview
	for _, t := range form.Texts {
		if strings.TrimSpace(t.Text) == "" {
			continue
		}
		text := strings.TrimSpace(t.Text)
		if line := f.settings.Decency.OptOutLine[t.Lang]; line != "" {
			text += "\n\n" + line
		}
		rule := RuleForm{Rule: gateway.Rule{Text: text, IfMissing: gateway.SendWithout}, Order: form.Order}
		list = append(list, languagePreview{t.Lang, t.Name, preview(f, rule, ref, linked)})
	}
	return list
}

func (f *Frame) funnel(n gateway.InvitationTotals, short bool) []funnelBar {
	if n.Sent == 0 {
		return nil
	}
	var list []funnelBar
	add := func(name string, count int) {
		says := strconv.Itoa(count)
		if name != "sent" {
			says += " · " + strconv.Itoa((count*100+n.Sent/2)/n.Sent) + " %"
		}
		list = append(list, funnelBar{f.words.say("invitation.funnel." + name), says, useBar(min(count, n.Sent), n.Sent)})
	}
	add("sent", n.Sent)
	add("delivered", n.Delivered)
	if short {
		add("clicked", n.Clicked)
	}
	add("marked", n.Marked)
	add("opted_out", n.OptedOut)
	return list
}

// lastInvited are the orders dealt with last, with the why-page of each.
func (s *Server) lastInvited(c *fiber.Ctx, f *Frame) ([]invitedLine, error) {
	last, err := s.o.Invites.LastInvitations(c.UserContext(), 20)
	if err != nil {
		return nil, err
	}
	var list []invitedLine
	for _, i := range last {
		l := invitedLine{At: i.DueAt, Order: f.words.say("order.id", "n", i.Order), Mood: Off, Word: f.words.say("invitation.not_sent"), Says: f.Says(i.Why, nil)}
		if i.Decision != 0 {
			d, err := s.o.Journal.Decision(c.UserContext(), i.Decision)
			switch {
			case device.KindOf(err) == device.NotFound: // tidied away since
			case err != nil:
				return nil, err
			default:
				l.At, l.Says, l.Name, l.Path = d.At, f.Says(d.Reason, d.Args), d.Name, "/journal/"+strconv.FormatInt(i.Decision, 10)
				if d.Number != "" {
					l.Order = f.words.say("order.n", "n", d.Number)
				}
			}
		}
		if i.Message != 0 {
			story, err := s.o.Journal.Story(c.UserContext(), i.Message)
			if err != nil {
				return nil, err
			}
			m := story.Message
			l.Mood, l.Word, l.Says = stateMood(m.State), gateway.StateWord(m.State, f.Lang), ""
			l.Path = "/messages/" + strconv.FormatInt(int64(i.Message), 10)
			if m.OrderNumber != "" {
				l.Order = f.words.say("order.n", "n", m.OrderNumber)
			}
		}
		list = append(list, l)
	}
	return list, nil
}

func (s *Server) showInvitations(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "invitation.title")
	if err != nil {
		return err
	}
	p, err := s.invitationsPage(c, f, inviteFormOf(f, f.settings.Invitation))
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "invitations", p)
}

func (s *Server) postInvitations(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "invitation.title")
	if err != nil {
		return err
	}
	wrong := gateway.FieldErrors{}
	form := readInvitation(c, f, f.settings.Invitation, wrong)
	settings := f.settings
	settings.Invitation = form.InvitationSettings
	ref, err := s.o.Book.Reference(c.UserContext())
	if err != nil {
		return err
	}
	texts := textErrors(f, form, gateway.WithReviewLink(ref, f.Lang))
	if err = wrong.OrNil(); err == nil && len(texts) == 0 {
		err = s.o.Desk.SaveSettings(c.UserContext(), settings, visitorOf(c).User.Name)
	}
	if err == nil && len(texts) == 0 {
		return c.Redirect("/campaigns/invitations?done=saved", fiber.StatusSeeOther)
	}
	f.explain(err)
	if len(wrong) > 0 || len(texts) > 0 {
		f.explain(settings.Validate()) // all that is wrong at once
		f.explain(wrong.OrNil())
		maps.Copy(f.Errors, texts)
		f.Wrong = f.words.say("form.wrong")
	}
	p, err := s.invitationsPage(c, f, form)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusUnprocessableEntity, "invitations", p)
}

// textErrors say what is wrong with each text, and where in it.
func textErrors(f *Frame, form inviteForm, ref gateway.Reference) map[string]string {
	wrong := map[string]string{}
	if len(ref.Fields) < 2 { // the review link alone: the CRM's fields are not known
		ref.Fields = nil
	}
	for _, t := range form.Texts {
		if strings.TrimSpace(t.Text) == "" {
			continue
		}
		if err := gateway.CheckText(t.Text, ref); err != nil {
			wrong["invitation.texts."+t.Lang] = gateway.TemplateSentence(err, f.Lang)
		}
	}
	return wrong
}

func (s *Server) previewInvitation(c *fiber.Ctx) error { return s.drawInvitation(c, false) }

func (s *Server) tryInvitation(c *fiber.Ctx) error { return s.drawInvitation(c, true) }

// drawInvitation shows the typed rule, and what it would do with an order; nothing is kept.
func (s *Server) drawInvitation(c *fiber.Ctx, try bool) error {
	f, err := s.newFrame(c, "invitation.title")
	if err != nil {
		return err
	}
	form := readInvitation(c, f, f.settings.Invitation, gateway.FieldErrors{})
	p, err := s.invitationsPage(c, f, form)
	if err != nil {
		return err
	}
	if try {
		trial, err := s.o.Invites.TryInvitation(c.UserContext(), form.InvitationSettings, "", form.Order)
		p.Try = tryView(f, trial, err)
	}
	return s.render(c, fiber.StatusOK, "invitations", p)
}
