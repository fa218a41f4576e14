package webui

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// runPage is a mailing that has begun.
type runPage struct {
	campaignHead
	Done, Whole int
	DoneSays    string
	Percent     string
	Bar         ShareBar
	Legend      []WayMark
	Why         string // why it is paused or waits, in a sentence
	Do          string // what the person can do about it
	DoPath      string
	Rate        string
	Ends        string
	Forecast    ForecastView
	Canary      *CanaryView
	Funnel      FunnelView
	Out         []OutLine
	OutSays     string
	Failed      []OutLine
	Winners     []WinnerLine
	Live        string

	MayPause, MayResume, MayStop bool
}

// CanaryView is what became of the first portion.
type CanaryView struct {
	Title string // whether all of it has left
	Says  string
	Sound bool // nothing speaks against going on
	Rest  string
	// Waits: not all of the portion have a receipt yet.
	Waits string
}

// WinnerLine is a wording and how it does.
type WinnerLine struct {
	N                 int
	Name              string
	Sent              int
	Says              string
	Few               bool // too few to judge by
	Chosen            bool
	Answered, Clicked ShareBar
}

// showCampaign leads to the step of a draft that is to be done, or shows how the mailing goes.
func (s *Server) showCampaign(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "")
	if err != nil {
		return err
	}
	if h.Draft {
		return c.Redirect(h.Base+"/whom", fiber.StatusSeeOther)
	}
	tally, err := s.o.Campaigns.Tally(c.UserContext(), h.C.ID)
	if err != nil {
		return err
	}
	p := runPage{campaignHead: h}
	p.Live = p.Base + "?part=run"
	p.progress(tally)
	p.Funnel = p.funnelView(tally, c.Query("by"))
	if p.Funnel.By != "" {
		p.Live += "&by=" + p.Funnel.By
	}
	p.Winners = p.winners(tally)
	if err := s.condition(c, &p, tally); err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "campaign_run", p)
}

// progress sums the tally up: who is through, and who was left out for what.
func (p *runPage) progress(tally []campaign.TallyRow) {
	by := map[campaign.PersonState]int{}
	out, failed, unsure := map[gateway.Reason]int{}, map[gateway.Reason]int{}, map[gateway.Reason]int{}
	outN := 0
	for _, r := range tally {
		by[r.State] += r.N
		switch r.State {
		case campaign.PersonOut:
			out[r.Reason] += r.N
			outN += r.N
		case campaign.PersonFailed:
			failed[r.Reason] += r.N
		case campaign.PersonDoubt:
			unsure[r.Reason] += r.N
		default:
		}
	}
	sent, doubt, lost := by[campaign.PersonSent], by[campaign.PersonDoubt], by[campaign.PersonFailed]
	p.Done = sent + doubt + lost
	p.Whole = p.Done + by[campaign.PersonQueued] + by[campaign.PersonWaits]
	p.DoneSays = p.words.say("campaign.done_of", "done", p.Num(p.Done), "all", p.Num(p.Whole))
	p.Percent = p.shareSays(p.Done, p.Whole)
	p.Bar = stackBar(p.Whole, barPart{"bar-on", sent}, barPart{"bar-act", doubt + lost}, barPart{"bar-wait", by[campaign.PersonQueued]})
	for _, mark := range []struct {
		class, key string
		n          int
	}{{"bar-on", "sent", sent}, {"bar-act", "failed", doubt + lost}, {"bar-wait", "queued", by[campaign.PersonQueued]}, {"bar-off", "waits", by[campaign.PersonWaits]}} {
		if mark.n > 0 {
			p.Legend = append(p.Legend, WayMark{mark.class, p.words.say("campaign.legend."+mark.key, "n", p.Num(mark.n))})
		}
	}
	p.Out, p.OutSays = p.outLines(out, campaign.PersonOut), p.count("campaign.left_out", outN)
	if outN == 0 {
		p.OutSays = ""
	}
	p.Failed = slices.Concat(p.outLines(failed, campaign.PersonFailed), p.outLines(unsure, campaign.PersonDoubt))
}

// condition says how it goes and what can be done.
func (s *Server) condition(c *fiber.Ctx, p *runPage, tally []campaign.TallyRow) error {
	st := p.C.State
	p.MayPause = p.MayEdit && (st == campaign.Running || st == campaign.Starting)
	p.MayResume, p.MayStop = p.MayEdit && st == campaign.Paused, p.MayEdit
	switch st {
	case campaign.Paused, campaign.Stopped:
		if p.C.Why != "" {
			p.Why = p.Says(p.C.Why, p.C.Args)
		}
		if key := "campaign.do." + string(p.C.Why); st == campaign.Paused && p.words.has(key) {
			p.Do = p.words.say(key)
		}
		p.DoPath = doPaths[p.C.Why]
		if st == campaign.Paused && p.C.Why == gateway.PausedCanary {
			p.Canary, p.Why = p.canaryView(tally), ""
		}
	case campaign.Starting:
		p.Why = p.words.say("campaign.starting")
	case campaign.Done:
		p.Ends = p.words.say("campaign.ended", "at", p.moment(p.C.EndedAt.In(p.zone)))
	default:
	}
	if st != campaign.Running && st != campaign.Starting {
		return nil
	}
	pace, err := s.o.Campaigns.Pace(c.UserContext(), p.C.ID)
	if err != nil {
		return err
	}
	p.Rate = p.count("campaign.rate", pace.LastHour)
	if pace.Why != "" && st == campaign.Running {
		p.Why = p.Says(pace.Why, pace.Args)
		if !pace.NextAt.IsZero() {
			p.Why += " " + p.words.say("campaign.goes_on", "at", p.soon(pace.NextAt))
		}
	}
	forecast, err := s.o.Campaigns.Forecast(c.UserContext(), p.C.ID)
	if err != nil {
		return err
	}
	p.Forecast = p.forecastView(forecast)
	return nil
}

// doPaths are the pages where something can be done about a pause.
var doPaths = map[gateway.Reason]string{
	gateway.PausedBan: "/pairing", gateway.PausedDisk: "/device", gateway.PausedRestored: "/held",
}

// few is below what a share says little.
const few = 100

func (p *runPage) canaryView(tally []campaign.TallyRow) *CanaryView {
	f := sumFunnel(tally)
	v := &CanaryView{Says: p.words.say("campaign.canary", "sent", p.Num(f[gotSent]), "delivered", p.Num(f[gotDelivered]), "answered", p.Num(f[gotAnswered]), "out", p.Num(f[gotOptedOut]))}
	waits, queued := 0, 0
	for _, r := range tally {
		switch r.State {
		case campaign.PersonWaits:
			waits += r.N
		case campaign.PersonQueued:
			queued += r.N
		}
	}
	v.Title = p.words.say("campaign.canary_title")
	if queued > 0 {
		v.Title = p.words.say("campaign.canary_leaves")
	}
	v.Rest = p.count("campaign.rest", waits)
	if late := f[gotSent] - f[gotDelivered]; late > 0 {
		v.Waits = p.count("campaign.not_delivered_yet", late)
	}
	v.Sound = f[gotSent] > 0 && f[gotDelivered]*10 >= f[gotSent]*8 && f[gotOptedOut]*20 <= f[gotSent]
	return v
}

func (p *runPage) winners(tally []campaign.TallyRow) []WinnerLine {
	if len(p.C.Text.Variants) < 2 {
		return nil
	}
	var lines []WinnerLine
	for n := 1; n <= len(p.C.Text.Variants); n++ {
		var own []campaign.TallyRow
		for _, r := range tally {
			if r.Variant == n {
				own = append(own, r)
			}
		}
		f := sumFunnel(own)
		l := WinnerLine{N: n, Name: variantName(n), Sent: f[gotSent], Few: f[gotSent] < few, Chosen: p.C.Text.Winner == n}
		l.Says = p.words.say("campaign.variant_does", "sent", p.Num(f[gotSent]), "answered", p.Num(f[gotAnswered]), "clicked", p.Num(f[gotClicked]), "out", p.Num(f[gotOptedOut]))
		l.Answered, l.Clicked = shareBar(f[gotAnswered], f[gotSent], "bar-on"), shareBar(f[gotClicked], f[gotSent], "bar-on")
		lines = append(lines, l)
	}
	return lines
}

func (s *Server) pauseCampaign(c *fiber.Ctx) error {
	return s.steer(c, "campaign_paused", s.o.Campaigns.Pause)
}

func (s *Server) resumeCampaign(c *fiber.Ctx) error {
	return s.steer(c, "campaign_resumed", s.o.Campaigns.Resume)
}

func (s *Server) stopCampaign(c *fiber.Ctx) error {
	return s.steer(c, "campaign_stopped", s.o.Campaigns.Stop)
}

// stopPage asks before a mailing is ended for good.
type stopPage struct {
	campaignHead
	Left string
}

func (s *Server) askStop(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "")
	if err != nil {
		return err
	}
	if !h.MayEdit || h.Draft {
		return c.Redirect(h.Base, fiber.StatusSeeOther)
	}
	tally, err := s.o.Campaigns.Tally(c.UserContext(), h.C.ID)
	if err != nil {
		return err
	}
	run := runPage{campaignHead: h}
	run.progress(tally)
	return s.render(c, fiber.StatusOK, "campaign_stop", stopPage{h, h.count("campaign.stop_says", run.Whole-run.Done)})
}

// chooseWinner lets those who wait get one wording; 0 lets all alternate again.
func (s *Server) chooseWinner(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "")
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(c.FormValue("variant"))
	if err != nil || n < 0 || n > len(h.C.Text.Variants) {
		return device.Errorf(device.Invalid, "campaign", "no such variant")
	}
	h.C.Text.Winner = n
	if _, err := s.o.Campaigns.SaveCampaign(c.UserContext(), h.C, h.User.Name); err != nil {
		return err
	}
	return c.Redirect(h.Base+"?done=campaign_winner&by=variant", fiber.StatusSeeOther)
}
