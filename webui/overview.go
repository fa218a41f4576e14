package webui

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

type overviewPage struct {
	*Frame
	Steps     []NextStep // what is missing, most pressing first
	Days      []DayFigures
	Attention []AttentionRow
	More      int // further ones that need attention
	States    []StateLine
	Quiet     bool // nothing was ever sent
	Talks     *talkFigures
}

// talkFigures is how the conversations stand.
type talkFigures struct {
	Waiting, Unread int
	On              bool // the bot answers
}

// talkFigures are the figures of the overview; nil without conversations.
func (s *Server) talkFigures(c *fiber.Ctx) (*talkFigures, error) {
	if s.o.Talk == nil {
		return nil, nil
	}
	on, err := s.botIsOn(c.UserContext())
	if err != nil {
		return nil, err
	}
	waiting, unread, err := s.o.Talk.TalkTotals(c.UserContext())
	return &talkFigures{waiting, unread, on}, err
}

// NextStep is something that a person should do, with the page where it is done.
type NextStep struct {
	Sentence, Do, Path, Button string
}

// DayFigures are a day in plain words.
type DayFigures struct {
	Name                          string
	Sent, Delivered, Wait, Failed int
	Skipped                       int
}

// AttentionRow is a message that a person should look at.
type AttentionRow struct {
	Message gateway.Message
	Reason  string
}

// StateLine says how one thing stands.
type StateLine struct {
	Mood       Mood
	Name, Says string
	Do, Path   string
	Since      time.Time
}

func (s *Server) showOverview(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "menu.overview")
	if err != nil {
		return err
	}
	p := overviewPage{Frame: f}
	if err := s.fillFigures(c, &p); err != nil {
		return err
	}
	if p.Steps, err = s.nextSteps(c, f); err != nil {
		return err
	}
	if p.Talks, err = s.talkFigures(c); err != nil {
		return err
	}
	p.States = s.stateLines(f)
	care, err := s.o.Desk.Care(c.UserContext())
	if err != nil {
		return err
	}
	p.States = append(p.States, careLines(care, f)...)
	return s.render(c, fiber.StatusOK, "overview", p)
}

func (s *Server) fillFigures(c *fiber.Ctx, p *overviewPage) error {
	ctx, local := c.UserContext(), p.now.In(p.zone)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, p.zone)
	today, err := s.o.Journal.Totals(ctx, midnight)
	if err != nil {
		return err
	}
	both, err := s.o.Journal.Totals(ctx, midnight.AddDate(0, 0, -1))
	if err != nil {
		return err
	}
	p.Days = []DayFigures{
		figures(p.words.say("overview.today"), today, gateway.Totals{}),
		figures(p.words.say("overview.yesterday"), both, today),
	}
	for _, state := range []gateway.State{gateway.UnknownState, gateway.Failed} {
		since := time.Time{}
		if state == gateway.Failed {
			since = midnight.AddDate(0, 0, -1)
		}
		rows, next, err := s.o.Journal.Messages(ctx, gateway.MessageFilter{State: state, Since: since, Limit: 5})
		if err != nil {
			return err
		}
		for _, m := range rows {
			p.Attention = append(p.Attention, AttentionRow{Message: m, Reason: s.messageSays(p.Frame, m)})
		}
		if next != "" {
			p.More++
		}
	}
	last, _, err := s.o.Journal.Decisions(ctx, gateway.DecisionFilter{Limit: 1})
	p.Quiet = len(last) == 0
	return err
}

// figures are the totals since a time, less those of a later part of it.
func figures(name string, t, less gateway.Totals) DayFigures {
	n := func(states ...gateway.State) (sum int) {
		for _, s := range states {
			sum += t.ByState[s] - less.ByState[s]
		}
		return sum
	}
	return DayFigures{
		Name: name, Sent: n(gateway.Accepted, gateway.Delivered, gateway.Read), Delivered: n(gateway.Delivered, gateway.Read),
		Wait: n(gateway.Held, gateway.Queued, gateway.Sending), Failed: n(gateway.Failed, gateway.Expired, gateway.UnknownState),
		Skipped: t.Skipped - less.Skipped,
	}
}

// nextSteps is what stands between the shop and its first message.
func (s *Server) nextSteps(c *fiber.Ctx, f *Frame) ([]NextStep, error) {
	var steps []NextStep
	add := func(key, path string) {
		steps = append(steps, NextStep{Sentence: f.words.say("step." + key), Do: f.words.say("step." + key + ".do"), Path: path, Button: f.words.say("step." + key + ".button")})
	}
	held, err := s.heldStep(c.UserContext(), f)
	if err != nil {
		return nil, err
	}
	if held != nil {
		steps = append(steps, *held)
	}
	if s.o.Desk.CRM().State == gateway.CRMOff {
		add("crm", "/settings/crm")
	}
	for _, l := range s.o.Desk.Links() {
		if l.Channel == device.WhatsApp && l.State == device.LinkUnpaired {
			add("phone", "/pairing")
		}
	}
	rules, err := s.o.Book.Rules(c.UserContext())
	if err == nil && len(rules) == 0 {
		add("rule", "/rules/new")
	}
	return steps, err
}

func (s *Server) stateLines(f *Frame) []StateLine {
	var lines []StateLine
	for _, l := range s.o.Desk.Links() {
		if l.Channel == device.Chat && l.State == device.LinkOff {
			continue // most shops have no use for it
		}
		w := device.LinkWords(l.Channel, l.State, f.Lang)
		line := StateLine{Mood: moodOf(l), Name: channelName(l.Channel, f.words), Says: w.What, Do: w.Do, Path: pathOf(l), Since: l.Since}
		lines = append(lines, line)
	}
	crm := s.o.Desk.CRM()
	line := StateLine{Mood: crmMood(crm), Name: "RetailCRM", Says: gateway.CRMSentence(crm, f.Lang), Path: "/settings/crm", Since: crm.Since}
	if line.Mood == Act && f.Manager() {
		line.Do = f.words.say("overview.to_crm")
	}
	lines = append(lines, line)
	if s.usesSupport(f.settings.Helpdesk) {
		st := s.helpdeskState(f)
		lines = append(lines, StateLine{Mood: st.Mood, Name: "HelpDeskEddy", Says: st.Says, Path: "/settings/helpdesk", Since: st.Since})
		if st.Mood == Act && f.Manager() {
			lines[len(lines)-1].Do = f.words.say("support.to_settings")
		}
	}
	return lines
}

// careLines are about the box itself, when there is something to say.
func careLines(care gateway.Care, f *Frame) (lines []StateLine) {
	add := func(mood Mood, name, says string) {
		if mood != Fine && mood != Off {
			lines = append(lines, StateLine{Mood: mood, Name: f.words.say(name), Says: says, Do: f.words.say("overview.to_device"), Path: "/device"})
		}
	}
	add(clockMood(care.Clock), "overview.clock", care.Clock.Sentence(f.Lang, f.zone))
	disk := diskOf(care, f)
	add(disk.Mood, "overview.disk", disk.Says)
	if power := powerOf(care.Health, f); power != nil {
		add(power.Mood, "device.power", power.Says)
	}
	for _, l := range upkeepOf(care, f).Lines {
		if l.Mood == Act {
			lines = append(lines, StateLine{Mood: Act, Name: l.Name, Says: l.Says, Do: f.words.say("overview.to_device"), Path: "/device"})
		}
	}
	return lines
}

func crmMood(s gateway.CRMStatus) Mood {
	switch s.State {
	case gateway.CRMConnected:
		return Fine
	case gateway.CRMConnecting:
		return Waiting
	}
	return Act
}

func channelName(ch device.Channel, w *words) string { return w.say("channel." + string(ch)) }

// showPhone writes a Russian number the way people read it and others as they are.
func showPhone(p device.Phone) string {
	s := string(p)
	if len(s) == 12 && s[:2] == "+7" {
		return "+7 " + s[2:5] + " " + s[5:8] + "-" + s[8:10] + "-" + s[10:]
	}
	return s
}
