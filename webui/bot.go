package webui

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/bot"
	"vestnik/gateway"
)

func (s *Server) botRoutes(a *fiber.App, manager fiber.Handler) {
	a.Get("/bot", manager, s.showBot)
	a.Post("/bot", manager, s.saveScript)
	a.Get("/bot/edit", manager, toBot)
	a.Get("/bot/try", manager, toBot)
	a.Post("/bot/edit", manager, s.editScript)
	a.Post("/bot/try", manager, s.tryScript)
	a.Post("/bot/switch", manager, s.switchBot)
	a.Post("/bot/restore", manager, s.restoreScript)
	a.Get("/bot/week", manager, s.showBotWeek)
	a.Post("/bot/unmatched/add", manager, s.addUnmatched)
	a.Post("/bot/unmatched/drop", manager, s.dropUnmatched)
}

// toBot answers the reload of a page that came from a form.
func toBot(c *fiber.Ctx) error { return c.Redirect("/bot", fiber.StatusSeeOther) }

type botPage struct {
	*Frame
	Tabs     []MenuItem
	At       string // the entry that is open
	Draft    string
	Checked  bool // what is wrong is shown
	Dirty    bool // the draft is not what is saved
	On       bool
	List     []BotEntry // commands, sub-lists after theirs
	Topics   []BotEntry
	Problems []ProblemLine
	Command  *commandForm
	Topic    *topicForm
	Groups   []FieldGroup
	Phone    phoneView
	Versions []ScriptVersion
	Base     int
	Conflict *ScriptVersion // somebody else saved meanwhile
}

// BotEntry is a line of the left pane.
type BotEntry struct {
	Key    string // "cmd:order", or a topic
	ID     string
	Number int
	Name   string
	Uses   int
	Depth  int
	Here   bool
	Wrong  int
	First  bool
	Last   bool
	Note   string // whom it is for, when not for all
}

// ProblemLine is one thing that hinders saving.
type ProblemLine struct {
	Key, Name, Says string
}

// scriptWork is a script on the way through one request.
type scriptWork struct {
	*Frame
	c       *fiber.Ctx
	draft   scriptDraft
	saved   bot.Script
	version int
	at      string
	checked bool
	wrong   bool              // something typed cannot be read
	typed   map[string]string // what was typed into fields that cannot be read
	week    *WeekForm         // as typed
	told    bot.Problems      // what the keeper of the scripts has found
}

func (s *Server) showBot(c *fiber.Ctx) error {
	w, err := s.newWork(c)
	if err != nil {
		return err
	}
	w.at = c.Query("at")
	return s.renderBot(w, fiber.StatusOK, nil)
}

func (s *Server) newWork(c *fiber.Ctx) (*scriptWork, error) {
	f, err := s.newFrame(c, "menu.bot")
	if err != nil {
		return nil, err
	}
	w := &scriptWork{Frame: f, c: c, typed: map[string]string{}}
	if w.saved, w.version, err = s.o.Talk.Script(c.UserContext()); err != nil {
		return nil, err
	}
	w.draft = scriptDraft{Base: w.version, Script: tidy(w.saved)}
	return w, nil
}

// typedWork is the draft of a form with what was typed into the open entry.
func (s *Server) typedWork(c *fiber.Ctx) (*scriptWork, error) {
	w, err := s.newWork(c)
	if err != nil {
		return nil, err
	}
	w.at, w.checked = c.FormValue("at"), c.FormValue("checked") != ""
	var d scriptDraft
	if err := unpack(c.FormValue("draft"), &d); err != nil {
		return nil, err
	}
	w.draft = scriptDraft{Base: d.Base, Script: tidy(d.Script)}
	w.read()
	w.draft.Script = tidy(w.draft.Script)
	return w, nil
}

// renderBot draws the editor. phone is the try-out so far; nil: none was begun.
func (s *Server) renderBot(w *scriptWork, status int, phone *tryState) error {
	ctx := w.c.UserContext()
	p := botPage{
		Frame: w.Frame, Checked: w.checked, On: w.saved.On, Base: w.draft.Base,
		Dirty: w.draft.Base != w.version || !same(w.draft.Script, w.saved),
	}
	ref, err := s.o.Book.Reference(ctx)
	if err != nil {
		return err
	}
	uses, err := s.o.Talk.CommandUses(ctx, w.now.AddDate(0, 0, -30))
	if err != nil {
		return err
	}
	problems := w.problems()
	w.open(problems)
	if w.checked {
		p.Problems = w.explainProblems(problems)
	}
	p.List, p.Topics = w.entries(uses, problems)
	if p.Draft, err = pack(w.draft); err != nil {
		return err
	}
	p.At = w.at
	if id, ok := strings.CutPrefix(w.at, "cmd:"); ok {
		p.Command = w.commandForm(id)
	} else {
		p.Topic = w.topicForm(ref)
	}
	p.Groups = w.directory(ref)
	if p.Phone, err = s.phoneView(w, phone); err != nil {
		return err
	}
	if w.c.Query("part") == "" {
		if p.Versions, err = s.o.Talk.ScriptVersions(ctx, 20); err != nil {
			return err
		}
		if p.Tabs, err = s.botTabs(w.c, w.Frame); err != nil {
			return err
		}
	}
	p.Conflict = w.conflict(p.Versions, status)
	return s.render(w.c, status, "bot", p)
}

// botTabs are the pages about the bot.
func (s *Server) botTabs(c *fiber.Ctx, f *Frame) ([]MenuItem, error) {
	unmatched, err := s.o.Talk.Unmatched(c.UserContext(), f.now.Add(-unmatchedSince), maxUnmatched)
	if err != nil {
		return nil, err
	}
	week := f.words.say("bot.tab_week")
	if n := len(unmatched); n > 0 {
		week += " (" + strconv.Itoa(n) + ")"
	}
	here := "/bot"
	for _, path := range []string{"/bot/week", "/bot/marks"} {
		if strings.HasPrefix(c.Path(), path) || path == "/bot/week" && strings.HasPrefix(c.Path(), "/bot/unmatched") {
			here = path
		}
	}
	tabs := []MenuItem{{Path: "/bot", Name: f.words.say("bot.tab_answers")}, {Path: "/bot/week", Name: week}, {Path: "/bot/marks", Name: f.words.say("bot.tab_marks")}}
	for i := range tabs {
		tabs[i].Here = tabs[i].Path == here
	}
	return tabs, nil
}

// unmatchedSince is how far back the list of what the bot did not understand goes.
const (
	unmatchedSince = 7 * 24 * time.Hour
	maxUnmatched   = 50
)

// directory is what can be put into the texts of the open entry.
func (w *scriptWork) directory(ref gateway.Reference) []FieldGroup {
	own := FieldGroup{Name: w.words.say("bot.own_places")}
	add := func(path string) {
		key := "place." + strings.ReplaceAll(path, ".", "_")
		if w.words.has(key) {
			own.Fields = append(own.Fields, FieldChip{Field: gateway.Field{Path: path, Label: w.words.say(key)}})
		}
	}
	for _, path := range []string{"shop.name", "shop.phone", "shop.address"} {
		add(path)
	}
	places := []string{"customer.", "order.", "delivery.", "store.", "payment.", "manager."}
	if lines, ok := topicLines[w.at]; ok {
		places = nil
		seen := map[string]bool{}
		for _, l := range lines {
			for _, p := range l.Places() {
				if seen[p] {
					continue
				}
				seen[p] = true
				if strings.HasSuffix(p, ".") {
					places = append(places, p)
				} else if _, known := ref.Field(p); known {
					places = append(places, p)
				} else if !strings.HasPrefix(p, "shop.") || p == "shop.opens" {
					add(p)
				}
			}
		}
	}
	groups := []FieldGroup{own}
	for _, g := range fieldGroups(ref.Fields) {
		kept := FieldGroup{Name: g.Name}
		for _, chip := range g.Fields {
			for _, p := range places {
				if chip.Path == p || strings.HasSuffix(p, ".") && strings.HasPrefix(chip.Path, p) {
					kept.Fields = append(kept.Fields, chip)
					break
				}
			}
		}
		if len(kept.Fields) > 0 {
			groups = append(groups, kept)
		}
	}
	return groups
}
