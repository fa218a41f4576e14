package webui

import (
	"sort"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// storyPage is the why-page: of a message, or of a decision that made none.
type storyPage struct {
	*Frame
	Made     bool
	Message  gateway.Message
	Decision gateway.Decision
	Word     string
	Mood     Mood
	Because  string
	Steps    []TraceStep
	Attempts []gateway.AttemptStory
	Effects  []gateway.Effect
	Length   device.SMSLength

	MayCancel, MayAgain bool
	// Doubt: nobody knows whether it left; Known is what is known, and Risk what sending again means.
	Doubt    bool
	MayLeave bool
	Known    []string
	Risk     string
	Live     string
	Talks    bool // there is a page for conversations
}

// TraceStep is a line of the story.
type TraceStep struct {
	At   time.Time
	Says string
	Mood Mood
	Code string // the reason's own name, for the tooltip
}

func (s *Server) showMessage(c *fiber.Ctx) error {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64)
	story, err := s.o.Journal.Story(c.UserContext(), gateway.MessageID(id))
	if err != nil {
		return err
	}
	f, err := s.newFrame(c, "story.title")
	if err != nil {
		return err
	}
	m := story.Message
	p := storyPage{
		Frame: f, Made: true, Message: m, Decision: story.Decision, Word: gateway.StateWord(m.State, f.Lang), Mood: stateMood(m.State),
		Attempts: story.Attempts, Effects: story.Effects, Length: device.MeasureSMS(m.Text), Steps: traceSteps(f, story.Trace),
		MayCancel: m.State == gateway.Held || m.State == gateway.Queued,
		Live:      c.Path() + "?part=story", Talks: s.o.Talk != nil,
	}
	p.Because = s.messageSays(f, m)
	for i := len(story.Trace) - 1; i >= 0; i-- { // the newest step about it has the details
		if story.Trace[i].Reason == m.Reason {
			p.Because = f.Says(m.Reason, story.Trace[i].Args)
			break
		}
	}
	switch m.State {
	case gateway.UnknownState:
		p.MayAgain, p.Doubt = true, true
		p.MayLeave = m.Reason != gateway.LeftUnknown && m.Reason != gateway.LeftByPerson
		p.Known, p.Risk = known(f, story.Attempts), risk(f, m, story.Attempts)
	case gateway.Failed, gateway.Expired, gateway.Cancelled:
		p.MayAgain = true
	case gateway.Held:
		p.MayAgain = m.NotBefore.IsZero()
	}
	return s.render(c, fiber.StatusOK, "story", p)
}

func (s *Server) showDecision(c *fiber.Ctx) error {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64)
	d, err := s.o.Journal.Decision(c.UserContext(), id)
	if err != nil {
		return err
	}
	if d.MessageID != 0 && d.Verdict == gateway.Send {
		return c.Redirect("/messages/"+strconv.FormatInt(int64(d.MessageID), 10), fiber.StatusSeeOther)
	}
	f, err := s.newFrame(c, "story.title")
	if err != nil {
		return err
	}
	p := storyPage{
		Frame: f, Decision: d, Word: f.words.say("journal.skip"), Mood: Off, Because: f.Says(d.Reason, d.Args),
		Steps: traceSteps(f, d.Trace), Live: c.Path() + "?part=story",
	}
	return s.render(c, fiber.StatusOK, "story", p)
}

func traceSteps(f *Frame, trace []gateway.Step) []TraceStep {
	steps := make([]TraceStep, len(trace))
	for i, t := range trace {
		steps[i] = TraceStep{At: t.At, Says: f.Says(t.Reason, t.Args), Mood: stepMood(t.Reason), Code: string(t.Reason)}
	}
	sort.SliceStable(steps, func(i, j int) bool { return steps[i].At.Before(steps[j].At) })
	return steps
}

func stepMood(r gateway.Reason) Mood {
	switch r {
	case gateway.WasDelivered, gateway.WasRead, gateway.LateReceipt, gateway.OrderMarked:
		return Fine
	case gateway.WasRefused, gateway.AskPerson, gateway.EffectRefused, gateway.SMSNotDelivered, gateway.NoReach,
		gateway.NoPhone, gateway.BadPhone, gateway.BadTemplate, gateway.TextTooLong, gateway.FieldMissing:
		return Act
	}
	return Off
}

func (s *Server) cancelMessage(c *fiber.Ctx) error {
	return s.actOnMessage(c, "cancelled", func(id gateway.MessageID, by string) error {
		return s.o.Desk.Cancel(c.UserContext(), id, by)
	})
}

func (s *Server) leaveMessage(c *fiber.Ctx) error {
	return s.actOnMessage(c, "left", func(id gateway.MessageID, by string) error {
		return s.o.Desk.Leave(c.UserContext(), id, by)
	})
}

func (s *Server) sendAgain(c *fiber.Ctx) error {
	return s.actOnMessage(c, "again", func(id gateway.MessageID, by string) error {
		return s.o.Desk.SendAgain(c.UserContext(), id, by)
	})
}

func (s *Server) actOnMessage(c *fiber.Ctx, done string, act func(gateway.MessageID, string) error) error {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64)
	if err := act(gateway.MessageID(id), visitorOf(c).User.Name); err != nil {
		return err
	}
	return c.Redirect("/messages/"+c.Params("id")+"?done="+done, fiber.StatusSeeOther)
}

func (s *Server) retryEffect(c *fiber.Ctx) error {
	return s.actOnEffect(c, func(id int64, by string) error { return s.o.Desk.RetryEffect(c.UserContext(), id, by) })
}

func (s *Server) dropEffect(c *fiber.Ctx) error {
	return s.actOnEffect(c, func(id int64, by string) error { return s.o.Desk.DropEffect(c.UserContext(), id, by) })
}

func (s *Server) actOnEffect(c *fiber.Ctx, act func(int64, string) error) error {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64)
	if err := act(id, visitorOf(c).User.Name); err != nil {
		return err
	}
	return c.Redirect(safePath(c.FormValue("next")), fiber.StatusSeeOther)
}
