package webui

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

func (s *Server) campaignRoutes(a *fiber.App, manager fiber.Handler) {
	a.Get("/campaigns", s.showCampaigns)
	a.Post("/campaigns", manager, s.newCampaign)
	a.Get("/campaigns/:id<int>", s.showCampaign)
	a.Post("/campaigns/:id<int>/copy", manager, s.copyCampaign)
	a.Post("/campaigns/:id<int>/delete", manager, s.deleteCampaign)

	a.Get("/campaigns/:id<int>/whom", s.showWhom)
	a.Post("/campaigns/:id<int>/whom", manager, s.saveWhom)
	a.Post("/campaigns/:id<int>/file", manager, s.takeList)
	a.Post("/campaigns/:id<int>/columns", manager, s.saveColumns)
	a.Post("/campaigns/:id<int>/collect", manager, s.collect)
	a.Post("/campaigns/:id<int>/collect/stop", manager, s.stopCollect)
	a.Get("/campaigns/:id<int>/refusals.csv", manager, s.exportRefusals)

	a.Get("/campaigns/:id<int>/what", s.showWhat)
	a.Post("/campaigns/:id<int>/what", manager, s.saveWhat)
	a.Post("/campaigns/:id<int>/picture", manager, s.takePicture)
	a.Post("/campaigns/:id<int>/picture/drop", manager, s.dropPicture)
	a.Get("/campaigns/:id<int>/picture", s.showPicture)

	a.Get("/campaigns/:id<int>/when", s.showWhen)
	a.Post("/campaigns/:id<int>/when", manager, s.saveWhen)

	a.Get("/campaigns/:id<int>/check", s.showCheck)
	a.Post("/campaigns/:id<int>/test", manager, s.testCampaign)
	a.Post("/campaigns/:id<int>/start", manager, s.startCampaign)

	a.Post("/campaigns/:id<int>/pause", manager, s.pauseCampaign)
	a.Post("/campaigns/:id<int>/resume", manager, s.resumeCampaign)
	a.Get("/campaigns/:id<int>/stop", manager, s.askStop)
	a.Post("/campaigns/:id<int>/stop", manager, s.stopCampaign)
	a.Post("/campaigns/:id<int>/winner", manager, s.chooseWinner)
	a.Get("/campaigns/:id<int>/people", s.showRecipients)
	a.Get("/campaigns/:id<int>/people.csv", manager, s.exportPeople)
	a.Get("/campaigns/:id<int>/funnel.csv", s.exportFunnel)
}

type campaignsPage struct {
	*Frame
	Tabs []MenuItem
	Rows []CampaignRow
	Live string
}

// CampaignRow is a mailing in the list.
type CampaignRow struct {
	campaign.Summary
	Path  string
	Mood  Mood
	State string
	// Done of Whole are through; Whole is 0 while nobody knows.
	Done, Whole int
	Bar         ShareBar
	// Figures are what came of it, with their names.
	Figures []Figure
	// Ends says when it ends or ended; empty: not known, or not yet begun.
	Ends string
	Why  string
}

// Figure is a number with its name.
type Figure struct {
	Name string
	N    string
}

// campaignTabs are the pages about mailings.
func (s *Server) campaignTabs(f *Frame) []MenuItem {
	tabs := []MenuItem{{Path: "/campaigns", Name: f.words.say("campaign.tab.list")}}
	if s.o.Invites != nil && f.Manager() {
		tabs = append(tabs, MenuItem{Path: "/campaigns/invitations", Name: f.words.say("campaign.tab.invitations")},
			MenuItem{Path: "/campaigns/consents", Name: f.words.say("campaign.tab.consents")})
	}
	for i := range tabs {
		tabs[i].Here = tabs[i].Path == f.Path
	}
	return tabs
}

func (s *Server) showCampaigns(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "menu.campaigns")
	if err != nil {
		return err
	}
	p := campaignsPage{Frame: f, Tabs: s.campaignTabs(f)}
	list, err := s.o.Campaigns.Campaigns(c.UserContext())
	if err != nil {
		return err
	}
	for _, one := range list {
		row, err := s.campaignRow(c, f, one)
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
	}
	return s.render(c, fiber.StatusOK, "campaigns", p)
}

func (s *Server) campaignRow(c *fiber.Ctx, f *Frame, one campaign.Summary) (CampaignRow, error) {
	r := CampaignRow{
		Summary: one, Path: campaignPath(one.ID), Mood: campaignMood(one.State), State: f.words.say("campaign.state." + string(one.State)),
		Whole: one.Total - one.Out,
	}
	if one.State == campaign.Draft {
		return r, nil
	}
	r.Done = one.Done
	r.Bar = shareBar(r.Done, r.Whole, "bar-on")
	for _, figure := range []struct {
		key string
		n   int
	}{{"sent", one.Sent}, {"delivered", one.Delivered}, {"answered", one.Answered}, {"opted_out", one.OptedOut}} {
		r.Figures = append(r.Figures, Figure{f.words.say("campaign.got." + figure.key), f.Num(figure.n)})
	}
	switch one.State {
	case campaign.Paused:
		r.Why = f.Says(one.Why, one.Args)
	case campaign.Starting, campaign.Running:
		forecast, err := s.o.Campaigns.Forecast(c.UserContext(), one.ID)
		if err != nil {
			return r, err
		}
		if !forecast.Ends.IsZero() {
			r.Ends = f.words.say("campaign.ends", "at", f.soon(forecast.Ends))
		}
	case campaign.Done, campaign.Stopped:
		if !one.EndedAt.IsZero() {
			r.Ends = f.words.say("campaign.ended", "at", f.moment(one.EndedAt.In(f.zone)))
		}
	}
	return r, nil
}

func campaignPath(id gateway.CampaignID) string {
	return "/campaigns/" + strconv.FormatInt(int64(id), 10)
}

func campaignMood(st campaign.State) Mood {
	switch st {
	case campaign.Running, campaign.Done:
		return Fine
	case campaign.Paused:
		return Act
	case campaign.Starting:
		return Waiting
	}
	return Off
}

// soon is a moment to come as a person says it: "в четверг в 17:40".
func (f *Frame) soon(t time.Time) string {
	local, now := t.In(f.zone), f.now.In(f.zone)
	at := local.Format("15:04")
	day := func(t time.Time) string { return t.Format(time.DateOnly) }
	switch {
	case day(local) == day(now):
		return f.words.say("campaign.at_today", "at", at)
	case day(local) == day(now.AddDate(0, 0, 1)):
		return f.words.say("campaign.at_tomorrow", "at", at)
	case local.After(now) && local.Before(now.AddDate(0, 0, 6)):
		return f.words.say("campaign.at_weekday."+strconv.Itoa(int(local.Weekday())), "at", at)
	case local.Year() == now.Year():
		return f.words.say("campaign.at_date", "date", local.Format("02.01"), "at", at)
	}
	return f.words.say("campaign.at_date", "date", local.Format("02.01.2006"), "at", at)
}

// Num is a number with its thousands apart.
func (f *Frame) Num(n int) string {
	digits, sign := strconv.Itoa(n), ""
	if n < 0 {
		digits, sign = digits[1:], "-"
	}
	apart := ","
	if f.Lang == "ru" {
		apart = "\u00a0"
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + apart + digits[i:]
	}
	return sign + digits
}

// count is a plural with its number's thousands apart.
func (f *Frame) count(key string, n int, pairs ...any) string {
	text, err := f.words.tn(key, n, append([]any{"n", f.Num(n)}, pairs...)...)
	if err != nil {
		return "⟦" + key + "⟧"
	}
	return text
}

// TN is count for templates.
func (f *Frame) TN(key string, n int) string { return f.count(key, n) }

// newCampaign begins a draft with what most mailings want.
func (s *Server) newCampaign(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "menu.campaigns")
	if err != nil {
		return err
	}
	lang := f.Shop.Language
	if lang == "" {
		lang = "ru"
	}
	w := s.words[lang]
	if w == nil {
		w = f.words
	}
	draft := campaign.Campaign{
		Name: f.words.say("campaign.new_name", "at", f.now.In(f.zone).Format("02.01 15:04")), Kind: campaign.Invitation, State: campaign.Draft,
		Audience: campaign.Audience{Source: campaign.FromCustomers},
		Text:     campaign.Text{Variants: []campaign.Variant{{Texts: map[string]string{lang: w.say("campaign.first_text")}}}, HappyOnly: true},
		Plan:     campaign.Plan{Channels: s.newRuleOf(f.settings).Channels, Week: gateway.Daily(10*60, 20*60), NewChatsWait: true, Canary: 50},
	}
	saved, err := s.o.Campaigns.SaveCampaign(c.UserContext(), draft, f.User.Name)
	if err != nil {
		return err
	}
	return c.Redirect(campaignPath(saved.ID)+"/whom", fiber.StatusSeeOther)
}

func (s *Server) copyCampaign(c *fiber.Ctx) error {
	made, err := s.o.Campaigns.CopyCampaign(c.UserContext(), campaignID(c), visitorOf(c).User.Name)
	if err != nil {
		return err
	}
	return c.Redirect(campaignPath(made.ID)+"/whom?done=campaign_copied", fiber.StatusSeeOther)
}

func (s *Server) deleteCampaign(c *fiber.Ctx) error {
	if err := s.o.Campaigns.DeleteCampaign(c.UserContext(), campaignID(c)); err != nil && device.KindOf(err) != device.NotFound {
		return err
	}
	return c.Redirect("/campaigns?done=campaign_deleted", fiber.StatusSeeOther)
}

func campaignID(c *fiber.Ctx) gateway.CampaignID {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64)
	return gateway.CampaignID(id)
}
