package webui

import (
	"context"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// Preview is the text as a customer would see it.
type Preview struct {
	Order   string // number of the order; "" when examples from the directory stand in
	Text    string
	Wrong   string
	Missing []string // labels of the empty fields
	Skip    bool     // such an order would get no message
	Signs   int
	SMS     device.SMSLength
	Costly  string
}

// TryView is what a rule would do with an order.
type TryView struct {
	gateway.Trial
	Says  string
	Mood  Mood
	Steps []TraceStep
	Wrong string
	Code  string
}

// trialOrders keeps the newest orders for a while, so that a preview at each
// keystroke asks the CRM for nothing.
type trialOrders struct {
	mu     sync.Mutex
	orders []gateway.Order
	until  time.Time
}

const (
	trialOrdersLife = 2 * time.Minute
	trialOrdersLost = 20 * time.Second // after a failure
)

func (t *trialOrders) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.until = time.Time{}
}

func (s *Server) recentOrders(ctx context.Context) []gateway.Order {
	s.trials.mu.Lock()
	defer s.trials.mu.Unlock()
	if now := s.o.Now(); now.After(s.trials.until) {
		ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
		defer cancel()
		orders, err := s.o.Desk.RecentOrders(ctx, 10)
		s.trials.orders, s.trials.until = orders, now.Add(trialOrdersLife)
		if err != nil {
			s.trials.until = now.Add(trialOrdersLost)
		}
	}
	return s.trials.orders
}

// preview fills a text from an order, or from the directory's examples when the CRM
// is away.
func preview(f *Frame, form RuleForm, ref gateway.Reference, orders []gateway.Order) Preview {
	var p Preview
	if err := gateway.CheckText(form.Text, ref); err != nil {
		p.Wrong = gateway.TemplateSentence(err, f.Lang)
	}
	t, err := gateway.ParseTemplate(form.Text)
	if err != nil {
		return p
	}
	fields := map[string]string{}
	for _, field := range ref.Fields {
		fields[field.Path] = field.Example
	}
	for i, o := range orders {
		if o.Number == form.Order || form.Order == "" && i == 0 {
			fields, p.Order = o.Fields, o.Number
		}
	}
	text, missing := t.Render(fields)
	for _, path := range missing {
		label := path
		if field, ok := ref.Field(path); ok {
			label = field.Label
		}
		p.Missing = append(p.Missing, label)
	}
	p.Text, p.Signs, p.SMS = text, utf8.RuneCountInString(text), device.MeasureSMS(text)
	p.Skip = form.IfMissing == gateway.DoNotSend
	if p.SMS.Costly != 0 {
		p.Costly = string(p.SMS.Costly)
	}
	return p
}

// renderRule draws the editor.
func (s *Server) renderRule(c *fiber.Ctx, status int, p *rulesPage, form RuleForm) error {
	p.Rule, p.Editing = form, true
	if p.Status == "" && len(form.Statuses) > 0 {
		p.Status = form.Statuses[0]
	}
	checked := map[string]bool{}
	for _, code := range form.Statuses {
		checked[code] = true
	}
	for i := range p.Statuses {
		p.Statuses[i].Checked = checked[p.Statuses[i].Code]
	}
	p.Ways = ways(p.words, form.Channels, s.chatsOn(p.settings))
	p.Orders = s.recentOrders(c.UserContext())
	p.Preview = preview(p.Frame, form, p.Read, p.Orders)
	if form.ID != 0 {
		versions, err := s.o.Book.RuleVersions(c.UserContext(), form.ID)
		if err != nil && device.KindOf(err) != device.NotFound {
			return err
		}
		p.Versions = versions
	}
	return s.render(c, status, "rules", *p)
}

// previewRule draws the preview while the manager types.
func (s *Server) previewRule(c *fiber.Ctx) error { return s.drawTyped(c, false) }

// tryRule tells what the typed rule would do with an order; nothing is sent.
func (s *Server) tryRule(c *fiber.Ctx) error { return s.drawTyped(c, true) }

func (s *Server) drawTyped(c *fiber.Ctx, try bool) error {
	old, err := s.editedRule(c)
	if err != nil {
		return err
	}
	form, _ := readRule(c, old)
	f, err := s.newFrame(c, "menu.rules")
	if err != nil {
		return err
	}
	p, _, err := s.rulesFrame(c, f, c.FormValue("status"))
	if err != nil {
		return err
	}
	if try {
		p.Try = s.tryView(c, f, form)
	}
	return s.renderRule(c, fiber.StatusOK, &p, form)
}

func (s *Server) tryView(c *fiber.Ctx, f *Frame, form RuleForm) *TryView {
	trial, err := s.o.Desk.Try(c.UserContext(), form.Rule, form.Order)
	return tryView(f, trial, err)
}

// tryView is a trial in words, or why there was none.
func tryView(f *Frame, trial gateway.Trial, err error) *TryView {
	if err != nil {
		if says := gateway.TemplateSentence(err, f.Lang); says != "" {
			return &TryView{Wrong: says}
		}
		_, key := statusOf(err)
		if device.KindOf(err) == device.NotFound {
			key = "rules.no_order"
		}
		if device.KindOf(err) == device.Conflict {
			key = "rules.no_crm"
		}
		return &TryView{Wrong: f.words.say(key), Code: detailOf(err)}
	}
	v := &TryView{Trial: trial, Says: f.words.say("try.skip"), Mood: Act, Steps: traceSteps(f, trial.Trace)}
	switch {
	case trial.Verdict == gateway.Send && trial.Channel != "":
		v.Says, v.Mood = f.words.say("try.send", "channel", channelName(trial.Channel, f.words), "to", showPhone(trial.To)), Fine
	case trial.Verdict == gateway.Send:
		v.Says, v.Mood = f.words.say("try.wait"), Waiting
	}
	return v
}
