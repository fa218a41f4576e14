package webui

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

func (s *Server) ruleRoutes(a *fiber.App, manager fiber.Handler) {
	a.Get("/rules", s.showRules)
	a.Get("/rules/new", manager, s.newRule)
	a.Post("/rules/preview", manager, s.previewRule)
	a.Post("/rules/try", manager, s.tryRule)
	a.Get("/rules/:id<int>", s.showRule)
	a.Post("/rules", manager, s.saveRule)
	a.Post("/rules/:id<int>", manager, s.saveRule)
	a.Post("/rules/:id<int>/delete", manager, s.deleteRule)
	a.Post("/rules/:id<int>/restore", manager, s.restoreRule)
}

type rulesPage struct {
	*Frame
	Statuses []StatusLine
	Status   string // code of the chosen status
	Name     string // its name
	Gone     []gateway.Rule
	Siblings []gateway.Rule // rules of the chosen status
	Rule     RuleForm
	Editing  bool
	Groups   []FieldGroup
	Ways     []Choice
	Orders   []gateway.Order
	Preview  Preview
	Try      *TryView
	Versions []gateway.Rule
	Deleted  gateway.RuleID // just deleted, may be brought back
	Back     int            // the version to bring it back to
	ReadAt   bool           // the CRM's vocabulary is known
	MayEdit  bool
	Read     gateway.Reference
}

// Blank keeps the place of a colour that is not known.
func (p rulesPage) Blank() template.HTML { return swatch("") }

// Strange are the rule's statuses that the CRM no longer has.
func (p rulesPage) Strange() []string {
	var gone []string
	for _, code := range p.Rule.Statuses {
		shown := false
		for _, line := range p.Statuses {
			shown = shown || line.Code == code
		}
		if !shown {
			gone = append(gone, code)
		}
	}
	return gone
}

// StatusLine is a status of the CRM with its rules.
type StatusLine struct {
	gateway.Status
	Count   int
	Off     int // rules that are switched off
	Here    bool
	Checked bool // the rule being edited names it
	Heading string
	Swatch  template.HTML
}

// FieldGroup is a subject of the directory.
type FieldGroup struct {
	Name   string
	Fields []FieldChip
}

// FieldChip is a field that can be put into the text.
type FieldChip struct {
	gateway.Field
	EmptyPercent int // 0 when it is rarely empty or not known
}

// showRules shows the chosen status: its first rule in the editor, or an invitation
// to write one.
func (s *Server) showRules(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "menu.rules")
	if err != nil {
		return err
	}
	p, rules, err := s.rulesFrame(c, f, c.Query("status"))
	if err != nil {
		return err
	}
	if p.Status == "" && len(rules) > 0 && len(rules[0].Statuses) > 0 {
		p, _, err = s.rulesFrame(c, f, rules[0].Statuses[0])
	} else if p.Status == "" && len(p.Statuses) > 0 {
		p, _, err = s.rulesFrame(c, f, p.Statuses[0].Code)
	}
	if err != nil {
		return err
	}
	if id, err := strconv.ParseInt(c.Query("deleted"), 10, 64); err == nil && f.Manager() {
		if versions, err := s.o.Book.RuleVersions(c.UserContext(), gateway.RuleID(id)); err == nil && len(versions) > 0 {
			p.Deleted, p.Back = gateway.RuleID(id), versions[0].Version
		}
	}
	if len(p.Siblings) > 0 && p.Deleted == 0 {
		return s.renderRule(c, fiber.StatusOK, &p, formOf(p.Siblings[0]))
	}
	return s.render(c, fiber.StatusOK, "rules", p)
}

func (s *Server) newRule(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "menu.rules")
	if err != nil {
		return err
	}
	p, rules, err := s.rulesFrame(c, f, c.Query("status"))
	if err != nil {
		return err
	}
	r := s.newRuleOf(f.settings)
	if p.Status != "" {
		r.Statuses = []string{p.Status}
		r.Name = freeName(p.Name, rules)
	}
	r.Text = f.words.say("rules.default_text")
	if gateway.CheckText(r.Text, p.Read) != nil {
		r.Text = f.words.say("rules.plain_text")
	}
	return s.renderRule(c, fiber.StatusOK, &p, formOf(r))
}

func freeName(name string, rules []gateway.Rule) string {
	taken := map[string]bool{}
	for _, r := range rules {
		taken[r.Name] = true
	}
	free := name
	for n := 2; taken[free]; n++ {
		free = name + " " + strconv.Itoa(n)
	}
	return free
}

func (s *Server) showRule(c *fiber.Ctx) error {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64)
	r, err := s.o.Book.Rule(c.UserContext(), gateway.RuleID(id))
	if err != nil {
		return err
	}
	f, err := s.newFrame(c, "menu.rules")
	if err != nil {
		return err
	}
	status := c.Query("status")
	if status == "" && len(r.Statuses) > 0 {
		status = r.Statuses[0]
	}
	p, _, err := s.rulesFrame(c, f, status)
	if err != nil {
		return err
	}
	return s.renderRule(c, fiber.StatusOK, &p, formOf(r))
}

// rulesFrame is what all pages of rules share: the statuses and the directory.
func (s *Server) rulesFrame(c *fiber.Ctx, f *Frame, status string) (rulesPage, []gateway.Rule, error) {
	p := rulesPage{Frame: f, Status: status, Name: status, MayEdit: f.Manager()}
	rules, err := s.o.Book.Rules(c.UserContext())
	if err != nil {
		return p, nil, err
	}
	if p.Read, err = s.o.Book.Reference(c.UserContext()); err != nil {
		return p, nil, err
	}
	p.ReadAt = len(p.Read.Statuses) > 0
	count, off, known := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, r := range rules {
		for _, code := range r.Statuses {
			count[code]++
			if !r.Enabled {
				off[code]++
			}
			if code == status {
				p.Siblings = append(p.Siblings, r)
			}
		}
	}
	group := ""
	for _, st := range p.Read.Statuses {
		known[st.Code] = true
		line := StatusLine{Status: st, Count: count[st.Code], Off: off[st.Code], Here: st.Code == status, Swatch: swatch(st.Color)}
		if st.Code == status {
			p.Name = st.Name
		}
		if !st.Active && line.Count == 0 {
			continue
		}
		if st.Group != group {
			group, line.Heading = st.Group, st.Group
		}
		p.Statuses = append(p.Statuses, line)
	}
	for _, r := range rules {
		if len(r.Statuses) == 0 || p.ReadAt && !anyKnown(r.Statuses, known) {
			p.Gone = append(p.Gone, r)
		}
	}
	p.Groups = fieldGroups(p.Read.Fields)
	return p, rules, nil
}

func anyKnown(codes []string, known map[string]bool) bool {
	for _, code := range codes {
		if known[code] {
			return true
		}
	}
	return false
}

func fieldGroups(fields []gateway.Field) []FieldGroup {
	var groups []FieldGroup
	at := map[string]int{}
	for _, f := range fields {
		i, ok := at[f.Group]
		if !ok {
			i = len(groups)
			at[f.Group] = i
			groups = append(groups, FieldGroup{Name: f.Group})
		}
		chip := FieldChip{Field: f}
		if f.Empty >= 0.05 {
			chip.EmptyPercent = int(f.Empty*100 + 0.5)
		}
		groups[i].Fields = append(groups[i].Fields, chip)
	}
	return groups
}

// ways are the orders of channels on offer, and the rule's own when it is another. The
// CRM's chats are offered where they are switched on.
func ways(w *words, chosen []device.Channel, chats bool) []Choice {
	var list []Choice
	add := func(value string) {
		list = append(list, Choice{Value: value, Name: w.say("way." + strings.ReplaceAll(value, ",", "_"))})
	}
	if chats {
		add("chat,whatsapp,sms")
		add("chat,whatsapp")
	}
	add("whatsapp,sms")
	add("whatsapp")
	add("sms")
	add("sms,whatsapp")
	if chats {
		add("chat")
	}
	value, name := joinWay(chosen), ""
	for i, ch := range chosen {
		if i > 0 {
			name += " → "
		}
		name += channelName(ch, w)
	}
	for i := range list {
		if list[i].Value == value {
			list[i].Chosen = true
			return list
		}
	}
	if value != "" {
		list = append(list, Choice{Value: value, Name: name, Chosen: true})
	}
	return list
}

// newRuleOf is what a new rule starts from in this shop.
func (s *Server) newRuleOf(settings gateway.Settings) gateway.Rule {
	r := gateway.DefaultRule()
	if s.chatsOn(settings) {
		r.Channels = []device.Channel{device.Chat, device.WhatsApp, device.SMS}
	}
	return r
}

// chatsOn tells whether the CRM's chats are in use.
func (s *Server) chatsOn(settings gateway.Settings) bool {
	return s.o.Talk != nil && settings.Chats.Enabled && settings.RetailCRM.URL != ""
}
