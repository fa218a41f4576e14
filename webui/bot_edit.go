package webui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/bot"
)

// editScript changes the draft: another entry is opened, or a command is added, moved or
// taken away. Nothing is saved.
func (s *Server) editScript(c *fiber.Ctx) error {
	w, err := s.typedWork(c)
	if err != nil {
		return err
	}
	phone, err := s.typedPhone(c)
	if err != nil {
		return err
	}
	if w.wrong { // what cannot be read would be lost
		w.Wrong = w.words.say("bot.not_left")
		return s.renderBot(w, fiber.StatusUnprocessableEntity, phone)
	}
	verb, what, _ := strings.Cut(c.FormValue("do"), ":")
	w.change(verb, what)
	if to := c.FormValue("go"); to != "" {
		w.at = to
	}
	w.draft.Script = tidy(w.draft.Script)
	return s.renderBot(w, fiber.StatusOK, phone)
}

// change does one thing to the draft; what makes no sense does nothing.
func (w *scriptWork) change(verb, what string) {
	switch verb {
	case "up", "down":
		w.move(what, verb == "up")
	case "add":
		w.add(what)
	case "delete":
		w.remove(what)
	case "addpoint":
		if p := w.openCommand(); p != nil {
			p.Answer.Points = append(p.Answer.Points, bot.Point{})
		}
	case "delpoint":
		if p, i := w.openCommand(), number(what); p != nil && i >= 0 && i < len(p.Answer.Points) {
			p.Answer.Points = slices.Delete(slices.Clone(p.Answer.Points), i, i+1)
		}
	case "reset":
		line, lang, _ := strings.Cut(what, ".")
		if standard, ok := standardLines()[bot.Line(line)][lang]; ok {
			setLine(&w.draft.Script, bot.Line(line), lang, standard)
		}
	}
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

func (w *scriptWork) openCommand() *bot.Command {
	id, ok := strings.CutPrefix(w.at, "cmd:")
	if !ok {
		return nil
	}
	if p := findCommand(&w.draft.Script, id); p != nil {
		return p.command()
	}
	return nil
}

// move swaps a command's number with its neighbour's: the numbers that customers know
// stay the same ones.
func (w *scriptWork) move(id string, up bool) {
	p := findCommand(&w.draft.Script, id)
	if p == nil {
		return
	}
	other := p.i + 1
	if up {
		other = p.i - 1
	}
	if other < 0 || other >= len(*p.list) {
		return
	}
	a, b := &(*p.list)[p.i], &(*p.list)[other]
	a.Number, b.Number = b.Number, a.Number
}

// add makes a new command in the first list, or in a command's own.
func (w *scriptWork) add(parent string) {
	list := &w.draft.Script.Commands
	if parent != "" {
		p := findCommand(&w.draft.Script, parent)
		if p == nil || p.depth >= maxDepth {
			return
		}
		p.command().Answer.Kind = bot.AnswerList
		list = &p.command().Answer.List
	}
	free := 1
	for slices.ContainsFunc(*list, func(c bot.Command) bool { return c.Number == free }) {
		free++
	}
	// The id is in the statistics for good: one that was used before must not come again.
	base := "c" + strconv.FormatInt(w.now.Unix(), 36)
	id := base
	for n := 2; findCommand(&w.draft.Script, id) != nil; n++ {
		id = base + "-" + strconv.Itoa(n)
	}
	*list = append(slices.Clone(*list), bot.Command{
		ID: id, Number: free, Title: bot.Local{}, Audience: bot.AudienceAll, Answer: bot.Answer{Kind: bot.AnswerText, Text: bot.Local{}},
	})
	w.at = "cmd:" + id
}

// remove takes a command away and opens its neighbour.
func (w *scriptWork) remove(id string) {
	p := findCommand(&w.draft.Script, id)
	if p == nil {
		return
	}
	*p.list = slices.Delete(slices.Clone(*p.list), p.i, p.i+1)
	if w.at != "cmd:"+id {
		return
	}
	w.at = ""
	if n := len(*p.list); n > 0 {
		w.at = "cmd:" + (*p.list)[min(p.i, n-1)].ID
	}
}
