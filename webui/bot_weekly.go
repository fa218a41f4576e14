package webui

import (
	"errors"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// botWeekPage is what came of the bot lately: what it did not understand, which commands
// are used, and what could not be written into the CRM.
type botWeekPage struct {
	*Frame
	Tabs     []MenuItem
	Phrases  []PhraseLine
	Targets  []Choice
	Uses     []UseLine
	Stuck    []StuckLine
	Wanted   string // the phrase that could not be added
	WantedAs string // as it was to be added
}

// PhraseLine is something that the bot did not understand.
type PhraseLine struct {
	gateway.UnmatchedPhrase
	ID string // for labels
}

// UseLine is how often a command was used.
type UseLine struct {
	Name          string
	Count, People int
	Bar           template.HTML
}

// StuckLine is something that the CRM did not take.
type StuckLine struct {
	gateway.Effect
	What string
	Path string
}

func (s *Server) showBotWeek(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "bot.tab_week")
	if err != nil {
		return err
	}
	return s.drawBotWeek(c, f, fiber.StatusOK, "", "")
}

func (s *Server) drawBotWeek(c *fiber.Ctx, f *Frame, status int, bad, badAs string) error {
	p := botWeekPage{Frame: f, Wanted: bad, WantedAs: badAs}
	ctx := c.UserContext()
	var err error
	if p.Tabs, err = s.botTabs(c, f); err != nil {
		return err
	}
	phrases, err := s.o.Talk.Unmatched(ctx, f.now.Add(-unmatchedSince), maxUnmatched)
	if err != nil {
		return err
	}
	for i, u := range phrases {
		p.Phrases = append(p.Phrases, PhraseLine{u, "p" + strconv.Itoa(i)})
	}
	script, _, err := s.o.Talk.Script(ctx)
	if err != nil {
		return err
	}
	w := &scriptWork{Frame: f, draft: scriptDraft{Script: tidy(script)}}
	names := map[string]string{}
	eachCommand(w.draft.Script.Commands, 0, func(cmd bot.Command, depth, _, _ int) {
		names[cmd.ID] = strconv.Itoa(cmd.Number) + ". " + w.titleOf(cmd)
		p.Targets = append(p.Targets, Choice{Value: cmd.ID, Name: strings.Repeat("— ", depth) + names[cmd.ID]})
	})
	uses, err := s.o.Talk.CommandUses(ctx, f.now.AddDate(0, 0, -30))
	if err != nil {
		return err
	}
	most := 1
	for _, u := range uses {
		most = max(most, u.Count)
	}
	for _, u := range uses {
		name := names[u.Command]
		if name == "" {
			name = f.words.say("bot.gone_command", "id", u.Command)
		}
		p.Uses = append(p.Uses, UseLine{name, u.Count, u.People, useBar(u.Count, most)})
	}
	if p.Stuck, err = s.stuckLines(c, f); err != nil {
		return err
	}
	return s.render(c, status, "bot_week", p)
}

// useBar draws how often a command was used, against the most used one.
func useBar(n, most int) template.HTML {
	return template.HTML(fmt.Sprintf(`<svg class="use-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-off" width="100" height="8" rx="2"/><rect class="bar-on" width="%d" height="8" rx="2"/></svg>`,
		max(1, n*100/most)))
}

func (s *Server) stuckLines(c *fiber.Ctx, f *Frame) ([]StuckLine, error) {
	effects, err := s.o.Talk.StuckEffects(c.UserContext(), 20)
	if err != nil {
		return nil, err
	}
	var list []StuckLine
	for _, e := range effects {
		l := StuckLine{Effect: e, What: f.words.say("effect." + string(e.Kind))}
		if e.Message != 0 {
			l.Path = "/messages/" + strconv.FormatInt(int64(e.Message), 10)
		}
		list = append(list, l)
	}
	return list, nil
}

// addUnmatched makes a phrase one of a command's, as a new version of the script.
func (s *Server) addUnmatched(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "bot.tab_week")
	if err != nil {
		return err
	}
	phrase, as := c.FormValue("phrase"), strings.Join(strings.Fields(c.FormValue("as")), " ")
	refuse := func(says string) error {
		f.Errors["as"] = says
		return s.drawBotWeek(c, f, fiber.StatusUnprocessableEntity, phrase, as)
	}
	script, version, err := s.o.Talk.Script(c.UserContext())
	if err != nil {
		return err
	}
	script = tidy(script)
	place := findCommand(&script, c.FormValue("command"))
	switch {
	case as == "":
		return refuse(bot.Problem{Kind: bot.ProblemRequired}.Sentence(f.Lang))
	case place == nil:
		return refuse(f.words.say("bot.choose_command"))
	}
	cmd := place.command()
	cmd.Words = append(append([]string(nil), cmd.Words...), as)
	_, err = s.o.Talk.SaveScript(c.UserContext(), script, version, visitorOf(c).User.Name)
	var problems bot.Problems
	switch {
	case errors.As(err, &problems):
		return refuse(problems[0].Sentence(f.Lang))
	case device.KindOf(err) == device.Conflict && err != nil:
		return refuse(f.words.say("kind.conflict"))
	case err != nil:
		return err
	}
	if err := s.o.Talk.DropUnmatched(c.UserContext(), phrase); err != nil {
		return err
	}
	return c.Redirect("/bot/week?done=phrase_added", fiber.StatusSeeOther)
}

func (s *Server) dropUnmatched(c *fiber.Ctx) error {
	if err := s.o.Talk.DropUnmatched(c.UserContext(), c.FormValue("phrase")); err != nil {
		return err
	}
	return c.Redirect("/bot/week?done=phrase_dropped", fiber.StatusSeeOther)
}
