package webui

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
	"vestnik/gateway/support"
)

type prioritiesPage struct {
	*Frame
	Tabs    []MenuItem
	Rules   []priorityRow
	Ranked  bool // the priorities' order is known
	Dry     bool
	Trial   *trialView
	Tried   string // of which rules the shown trial is
	Dirty   bool
	Full    bool // no more rules fit
	MayTurn bool // the trial of these very rules is shown: they may be switched on
}

// priorityRow is a rule in the editor.
type priorityRow struct {
	gateway.PriorityRule
	N           int // from 0
	First, Last bool
	Whens       []Choice
	Priorities  []Choice
	Prefix      string // of the fields' names in errors
}

// trialView is what rules would have done.
type trialView struct {
	Says string
	Rows []trialRow
	More int
}

type trialRow struct {
	Number, Path, Who, Rule, From, To, Why string
	Left                                   bool
}

const (
	maxPriorityRules = 20
	shownTrial       = 60
)

func (s *Server) showPriorities(c *fiber.Ctx) error {
	p, err := s.prioritiesPage(c, nil)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "support_rules", p)
}

// prioritiesPage is the editor with rules in it; nil means the saved ones.
func (s *Server) prioritiesPage(c *fiber.Ctx, rules []gateway.PriorityRule) (*prioritiesPage, error) {
	f, err := s.newFrame(c, "support.tab.rules")
	if err != nil {
		return nil, err
	}
	h := f.settings.Helpdesk
	if rules == nil {
		rules = h.Rules
	}
	book, err := s.o.Support.HelpdeskBook(c.UserContext(), false)
	if err != nil {
		return nil, err
	}
	p := &prioritiesPage{Frame: f, Tabs: supportTabs(f), Dry: h.RulesDry, Ranked: len(h.Ranking) > 0, Full: len(rules) >= maxPriorityRules}
	for i, r := range rules {
		row := priorityRow{PriorityRule: r, N: i, First: i == 0, Last: i == len(rules)-1, Prefix: "helpdesk.rules." + strconv.Itoa(i) + "."}
		for _, w := range gateway.PriorityWhens {
			row.Whens = append(row.Whens, Choice{string(w), f.words.say("rule.when." + string(w)), w == r.When})
		}
		for _, rank := range rankRows(book.Priorities, h.Ranking) {
			row.Priorities = append(row.Priorities, Choice{rank.ID, rank.Name, rank.ID == r.Priority})
		}
		p.Rules = append(p.Rules, row)
	}
	return p, nil
}

func readPriorities(c *fiber.Ctx) []gateway.PriorityRule {
	rules := []gateway.PriorityRule{}
	for i := range min(len(formValues(c, "n")), maxPriorityRules) {
		field := func(name string) string {
			return strings.TrimSpace(c.FormValue("rules." + strconv.Itoa(i) + "." + name))
		}
		r := gateway.PriorityRule{Name: field("name"), Enabled: field("enabled") != "", When: gateway.PriorityWhen(field("when")), Priority: field("priority")}
		if r.When.HasValue() {
			r.Value = strings.ReplaceAll(field("value"), "\u00a0", "")
			if r.When.Numeric() {
				r.Value = strings.ReplaceAll(strings.ReplaceAll(r.Value, " ", ""), ",", ".")
			}
		}
		rules = append(rules, r)
	}
	return rules
}

// postPriorities changes the list in the form, tries it, or saves it.
func (s *Server) postPriorities(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	rules := readPriorities(c)
	what, at, _ := strings.Cut(c.FormValue("do"), ":")
	n, _ := strconv.Atoi(at)
	switch what {
	case "add", "up", "down", "drop":
		p, err := s.prioritiesPage(c, changedRules(rules, what, n, settings.Helpdesk))
		if err != nil {
			return err
		}
		p.Dirty = true
		return s.render(c, fiber.StatusOK, "support_rules", p)
	}
	settings.Helpdesk.Rules = rules
	shown := what == "on" && c.FormValue("tried") == rulesMark(rules)
	switch {
	case shown:
		settings.Helpdesk.RulesDry = false
	case what == "dry":
		settings.Helpdesk.RulesDry = true
	}
	if err := settings.Validate(); err != nil {
		return s.wrongPriorities(c, rules, err)
	}
	if what == "try" || what == "on" && !shown { // nothing goes on whose effect nobody saw
		return s.tryPriorities(c, rules)
	}
	if err := s.o.Desk.SaveSettings(c.UserContext(), settings, visitorOf(c).User.Name); err != nil {
		return s.wrongPriorities(c, rules, err)
	}
	done := map[string]string{"on": "rules_on", "dry": "rules_dry"}[what]
	if done == "" {
		done = "saved"
	}
	return c.Redirect("/support/rules?done="+done, fiber.StatusSeeOther)
}

func changedRules(rules []gateway.PriorityRule, what string, n int, h gateway.HelpdeskSettings) []gateway.PriorityRule {
	rules = slices.Clone(rules)
	switch {
	case what == "add" && len(rules) < maxPriorityRules:
		top := ""
		if len(h.Ranking) > 0 {
			top = h.Ranking[len(h.Ranking)-1]
		}
		return append(rules, gateway.PriorityRule{Enabled: true, When: gateway.WhenVIP, Priority: top})
	case n < 0 || n >= len(rules):
	case what == "drop":
		return slices.Delete(rules, n, n+1)
	case what == "up" && n > 0:
		rules[n], rules[n-1] = rules[n-1], rules[n]
	case what == "down" && n < len(rules)-1:
		rules[n], rules[n+1] = rules[n+1], rules[n]
	}
	return rules
}

func (s *Server) wrongPriorities(c *fiber.Ctx, rules []gateway.PriorityRule, failed error) error {
	p, err := s.prioritiesPage(c, rules)
	if err != nil {
		return err
	}
	p.Dirty = true
	p.explain(failed)
	return s.render(c, fiber.StatusUnprocessableEntity, "support_rules", p)
}

func (s *Server) tryPriorities(c *fiber.Ctx, rules []gateway.PriorityRule) error {
	trial, err := s.o.Support.TryRules(c.UserContext(), rules)
	if err != nil {
		return s.wrongPriorities(c, rules, err)
	}
	p, err := s.prioritiesPage(c, rules)
	if err != nil {
		return err
	}
	book, _ := s.o.Support.HelpdeskBook(c.UserContext(), false)
	p.Dirty = !slices.Equal(rules, p.settings.Helpdesk.Rules)
	p.Tried, p.MayTurn, p.Trial = rulesMark(rules), true, trialWords(p.Frame, trial, book)
	return s.render(c, fiber.StatusOK, "support_rules", p)
}

func trialWords(f *Frame, trial support.Trial, book gateway.HelpdeskBook) *trialView {
	raised := 0
	v := &trialView{}
	for i, r := range trial.Rows {
		if !r.Left {
			raised++
		}
		if i >= shownTrial {
			v.More++
			continue
		}
		number := r.Ticket.Number
		if number == "" {
			number = strconv.FormatInt(int64(r.Ticket.ID), 10)
		}
		v.Rows = append(v.Rows, trialRow{
			Number: number, Path: "/card/t/" + strconv.FormatInt(int64(r.Ticket.ID), 10), Who: requesterName(f, r.Ticket), Rule: r.Rule,
			From: entryName(book.Priorities, r.From), To: entryName(book.Priorities, r.To), Why: f.Says(r.Reason.Reason, r.Reason.Args), Left: r.Left,
		})
	}
	says, _ := f.words.tn("rule.trial", raised, "tickets", trial.Tickets, "known", trial.Known, "since", trial.Since.In(f.zone).Format("02.01"))
	v.Says = says
	return v
}

// rulesMark tells two lists of rules apart.
func rulesMark(rules []gateway.PriorityRule) string {
	raw, err := json.Marshal(rules)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}
