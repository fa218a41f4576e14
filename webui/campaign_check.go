package webui

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// lastPage is the last step before a mailing begins.
type lastPage struct {
	campaignHead
	Findings []FindingLine
	Refused  bool // a finding refuses the start
	Forecast ForecastView
	Goes     string
	N        int
	Facts    []MenuItem // what was chosen, each with the step that changes it
	Phone    string     // the number for the test, as typed
	Sent     []SentTest
	Sure     bool // the last question is on the page
	Starts   string
}

// TestsLive is the address of the part that says how far the tests are.
func (p lastPage) TestsLive() string {
	ids := make([]string, len(p.Sent))
	for i, t := range p.Sent {
		ids[i] = strings.TrimPrefix(t.Path, "/messages/")
	}
	return p.Base + "/check?part=tests&sent=" + strings.Join(ids, ",")
}

// SentTest is a test that is on its way.
type SentTest struct {
	Path, Says string
}

func (s *Server) showCheck(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "check")
	if err != nil {
		return err
	}
	if !h.Draft {
		return c.Redirect(h.Base, fiber.StatusSeeOther)
	}
	p := lastPage{campaignHead: h, Sure: c.Query("sure") != "" && h.MayEdit}
	for _, raw := range strings.Split(c.Query("sent"), ",") {
		if id, err := strconv.ParseInt(raw, 10, 64); err == nil && len(p.Sent) < maxVariants*len(languages) {
			p.Sent = append(p.Sent, s.sentTest(c, h.Frame, gateway.MessageID(id)))
		}
	}
	return s.drawCheck(c, fiber.StatusOK, p)
}

// sentTest says where a test went and how far it is.
func (s *Server) sentTest(c *fiber.Ctx, f *Frame, id gateway.MessageID) SentTest {
	t := SentTest{Path: "/messages/" + strconv.FormatInt(int64(id), 10), Says: f.words.say("campaign.test_on_way")}
	story, err := s.o.Journal.Story(c.UserContext(), id)
	if err != nil {
		return t // the page of the message says more
	}
	m := story.Message
	t.Says = f.words.say("campaign.test_to", "to", showPhone(m.To), "state", gateway.StateWord(m.State, f.Lang))
	if m.Channel != "" {
		t.Says = f.words.say("campaign.test_to_by", "to", showPhone(m.To), "channel", channelName(m.Channel, f.words), "state", gateway.StateWord(m.State, f.Lang))
	}
	return t
}

func (s *Server) drawCheck(c *fiber.Ctx, status int, p lastPage) error {
	var err error
	if p.Findings, err = s.findings(c, &p.campaignHead); err != nil {
		return err
	}
	for _, f := range p.Findings {
		p.Refused = p.Refused || f.Refuses
	}
	if p.C.Collect.State == campaign.CollectDone {
		count, err := s.o.Campaigns.Count(c.UserContext(), p.C.ID)
		if err != nil {
			return err
		}
		p.N, p.Goes = count.Goes, p.count("campaign.goes", count.Goes)
	}
	if p.Forecast, err = s.forecastView(c, &p.campaignHead); err != nil {
		return err
	}
	p.Facts, p.Starts = p.facts(), p.startSays()
	return s.render(c, status, "campaign_check", p)
}

// facts are what was chosen, in a line for each step.
func (p *lastPage) facts() []MenuItem {
	one := p.C
	whom := p.words.say("campaign.source." + string(one.Audience.Source))
	if p.Goes != "" {
		whom += ". " + p.Goes
	}
	what := p.words.say("campaign.kind." + string(one.Kind))
	if n := len(one.Text.Variants); n > 1 {
		what += ", " + p.count("campaign.variants", n)
	}
	if one.Text.FileName != "" {
		what += ", " + one.Text.FileName
	}
	when := weekSays(p.words, one.Plan.Week)
	if !one.Plan.StartAt.IsZero() {
		when = p.words.say("campaign.from_moment", "at", p.soon(one.Plan.StartAt)) + "; " + when
	}
	return []MenuItem{
		{Name: p.words.say("campaign.step.whom"), Path: whom},
		{Name: p.words.say("campaign.step.what"), Path: what},
		{Name: p.words.say("campaign.step.when"), Path: when},
	}
}

// startSays is what happens when it starts, in a sentence.
func (p *lastPage) startSays() string {
	canary := p.C.Plan.Canary
	later := !p.C.Plan.StartAt.IsZero() && p.C.Plan.StartAt.After(p.now)
	begin := p.words.say("campaign.starts_now")
	if later {
		begin = p.words.say("campaign.starts_at", "at", p.soon(p.C.Plan.StartAt))
	}
	if canary > 0 && canary < p.N {
		return begin + " " + p.count("campaign.starts_canary", canary, "all", p.Num(p.N))
	}
	return begin + " " + p.count("campaign.starts_all", p.N)
}

// testCampaign sends the texts to the manager's own phone.
func (s *Server) testCampaign(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "check")
	if err != nil {
		return err
	}
	p := lastPage{campaignHead: h, Phone: strings.TrimSpace(c.FormValue("phone"))}
	if p.Phone == "" {
		err = gateway.FieldErrors{"phone": gateway.ProblemRequired}
	} else {
		_, err = device.ParsePhone(p.Phone, h.Shop.Region)
	}
	var ids []gateway.MessageID
	if err == nil {
		ids, err = s.o.Campaigns.TestSend(c.UserContext(), h.C.ID, p.Phone, h.User.Name)
	}
	if err != nil {
		status := p.explainStep(err)
		if status >= 500 || status == fiber.StatusNotFound {
			return err
		}
		return s.drawCheck(c, status, p)
	}
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = strconv.FormatInt(int64(id), 10)
	}
	return c.Redirect(h.Base+"/check?sent="+strings.Join(list, ",")+"#test", fiber.StatusSeeOther)
}

// startCampaign begins a draft, once the person has said that he is sure.
func (s *Server) startCampaign(c *fiber.Ctx) error {
	h, err := s.campaignHead(c, "check")
	if err != nil {
		return err
	}
	if !h.Draft {
		return c.Redirect(h.Base, fiber.StatusSeeOther) // somebody was quicker
	}
	if c.FormValue("sure") == "" {
		return c.Redirect(h.Base+"/check?sure=1#start", fiber.StatusSeeOther)
	}
	version, _ := strconv.Atoi(c.FormValue("version"))
	if err = errChanged; version == h.C.Version {
		err = s.o.Campaigns.Start(c.UserContext(), h.C.ID, version, h.User.Name)
	}
	if err == nil {
		return c.Redirect(h.Base+"?done=campaign_started", fiber.StatusSeeOther)
	}
	if device.KindOf(err) == device.Conflict && !errors.Is(err, errChanged) {
		err = s.whyNot(c, &h, err)
	}
	p := lastPage{campaignHead: h}
	found, lintErr := s.findings(c, &h)
	status := p.explainStep(err)
	switch {
	case lintErr == nil && slices.ContainsFunc(found, func(f FindingLine) bool { return f.Refuses }):
		status, p.Wrong, p.Code = fiber.StatusUnprocessableEntity, p.words.say("campaign.refused"), ""
	case status >= 500 && boxSays(err, h.Lang) == "" || status == fiber.StatusNotFound:
		return err
	}
	return s.drawCheck(c, status, p)
}
