package webui

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// whenPage is the third step: when and which way.
type whenPage struct {
	campaignHead
	Ways     []Choice
	Week     WeekForm
	Typed    WhenTyped
	Reports  []Choice
	Forecast ForecastView
}

// WhenTyped are the fields as they stand in the form.
type WhenTyped struct{ Start, End, PerHour, Canary, SMSPerDay, NewChatsPerDay string }

// localTime is a moment as <input type=datetime-local> takes it.
const localTime = "2006-01-02T15:04"

func (s *Server) showWhen(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "when")
	if err != nil {
		return err
	}
	return s.drawWhen(c, fiber.StatusOK, h, whenTyped(h), weekForm(h.words, h.C.Plan.Week))
}

func whenTyped(h campaignHead) WhenTyped {
	p := h.C.Plan
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(h.zone).Format(localTime)
	}
	n := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	return WhenTyped{at(p.StartAt), at(p.EndAt), n(p.PerHour), n(p.Canary), n(p.SMSPerDay), n(p.NewChatsPerDay)}
}

func (s *Server) drawWhen(c *fiber.Ctx, status int, h campaignHead, typed WhenTyped, week WeekForm) error {
	p := whenPage{campaignHead: h, Typed: typed, Week: week, Ways: ways(h.words, h.C.Plan.Channels, s.chatsOn(h.settings))}
	for _, r := range []campaign.Report{campaign.ReportNone, campaign.ReportNote, campaign.ReportTag} {
		key := string(r)
		if key == "" {
			key = "none"
		}
		p.Reports = append(p.Reports, Choice{string(r), h.words.say("campaign.report." + key), r == h.C.Report})
	}
	var err error
	if p.Forecast, err = s.forecastView(c, &p.campaignHead); err != nil {
		return err
	}
	return s.render(c, status, "campaign_when", p)
}

func (s *Server) saveWhen(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "when")
	if err != nil {
		return err
	}
	typed, week, wrong := readWhen(c, &h)
	err = wrong.OrNil()
	if err == nil && len(h.Errors) > 0 {
		err = device.Errorf(device.Invalid, "campaign", "hours")
	}
	if err == nil {
		err = h.asksToSave(c)
	}
	if err == nil {
		err = s.staysSound(c, &h, spoiltPlan)
	}
	if err == nil {
		err = s.keepCampaign(c, &h)
	}
	status := h.explainStep(err)
	if len(h.Errors) > 0 && status != fiber.StatusConflict {
		h.Wrong, h.Code, status = h.words.say("form.wrong"), "", fiber.StatusUnprocessableEntity
	}
	if status == fiber.StatusOK && !isPart(c) {
		if h.Draft {
			return c.Redirect(h.Base+"/check", fiber.StatusSeeOther)
		}
		return c.Redirect(h.Base+"/when?done=campaign_changed", fiber.StatusSeeOther)
	}
	return s.drawWhen(c, status, h, typed, week)
}

func readWhen(c *fiber.Ctx, h *campaignHead) (WhenTyped, WeekForm, gateway.FieldErrors) {
	wrong := gateway.FieldErrors{}
	value := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	t := WhenTyped{value("start"), value("end"), value("per_hour"), value("canary"), value("sms_per_day"), value("new_chats_per_day")}
	plan := &h.C.Plan
	plan.Channels = splitWay(c.FormValue("way"))
	if len(plan.Channels) == 0 {
		wrong["channels"] = gateway.ProblemRequired
	}
	for _, ch := range plan.Channels {
		if !ch.Known() {
			wrong["channels"] = gateway.ProblemUnknown
		}
	}
	var form WeekForm
	if week, ok := readWeek(c, h.Frame, &form); ok {
		plan.Week = week
	}
	plan.StartAt, plan.EndAt = h.readMoment(t.Start, "start_at", wrong), h.readMoment(t.End, "end_at", wrong)
	if !plan.EndAt.IsZero() && (!plan.EndAt.After(plan.StartAt) || !plan.EndAt.After(h.now)) {
		wrong["end_at"] = gateway.ProblemRange
	}
	plan.PerHour, plan.Canary = readBound(t.PerHour, "per_hour", wrong), readBound(t.Canary, "canary", wrong)
	plan.SMSPerDay, plan.NewChatsPerDay = readBound(t.SMSPerDay, "sms_per_day", wrong), readBound(t.NewChatsPerDay, "new_chats_per_day", wrong)
	plan.NewChatsWait = c.FormValue("new_chats") != "sms"
	switch r := campaign.Report(c.FormValue("report")); r {
	case campaign.ReportNone, campaign.ReportNote, campaign.ReportTag:
		h.C.Report = r
	default:
		wrong["report"] = gateway.ProblemUnknown
	}
	return t, form, wrong
}

// readMoment reads a moment by the shop's clock.
func (f *Frame) readMoment(typed, field string, wrong gateway.FieldErrors) time.Time {
	if typed == "" {
		return time.Time{}
	}
	for _, layout := range []string{localTime, "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, typed, f.zone); err == nil && t.Year() >= 2000 && t.Year() <= 2100 {
			return t
		}
	}
	wrong[field] = gateway.ProblemRange
	return time.Time{}
}

func readBound(typed, field string, wrong gateway.FieldErrors) int {
	if typed == "" {
		return 0
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n < 0 || n > 100_000 {
		wrong[field] = gateway.ProblemRange
		return 0
	}
	return n
}
