package webui

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// saveRule keeps a rule, or shows the form again with what is wrong.
func (s *Server) saveRule(c *fiber.Ctx) error {
	old, err := s.editedRule(c)
	if err != nil {
		return err
	}
	form, wrong := readRule(c, old)
	saved := gateway.Rule{}
	if err = wrong.OrNil(); err == nil {
		saved, err = s.o.Desk.SaveRule(c.UserContext(), form.Rule, visitorOf(c).User.Name)
	}
	if err == nil {
		return c.Redirect("/rules/"+strconv.FormatInt(int64(saved.ID), 10)+"?done=saved&status="+c.FormValue("status"), fiber.StatusSeeOther)
	}
	f, frameErr := s.newFrame(c, "menu.rules")
	if frameErr != nil {
		return frameErr
	}
	f.explain(err)
	if ref, err := s.o.Book.Reference(c.UserContext()); err == nil && len(wrong) > 0 {
		f.explain(form.Validate(ref)) // all that is wrong at once
		f.explain(wrong)
	}
	if device.KindOf(err) == device.Conflict {
		f.Errors["name"], f.Wrong, f.Code = f.words.say("rules.name_taken"), f.words.say("form.wrong"), ""
	}
	p, _, err := s.rulesFrame(c, f, c.FormValue("status"))
	if err != nil {
		return err
	}
	if gateway.CheckText(form.Text, p.Read) != nil {
		f.Errors["text"] = gateway.TemplateSentence(gateway.CheckText(form.Text, p.Read), f.Lang)
	}
	return s.renderRule(c, fiber.StatusUnprocessableEntity, &p, form)
}

// editedRule is the rule that a form is about: the saved one, or a new one.
func (s *Server) editedRule(c *fiber.Ctx) (gateway.Rule, error) {
	raw := c.Params("id")
	if raw == "" {
		raw = c.FormValue("id")
	}
	id, _ := strconv.ParseInt(raw, 10, 64)
	if id == 0 {
		return gateway.DefaultRule(), nil
	}
	return s.o.Book.Rule(c.UserContext(), gateway.RuleID(id))
}

func (s *Server) deleteRule(c *fiber.Ctx) error {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64)
	if err := s.ruleKeeper().DeleteRule(c.UserContext(), gateway.RuleID(id), visitorOf(c).User.Name); err != nil {
		return err
	}
	return c.Redirect("/rules?deleted="+c.Params("id")+"&status="+c.FormValue("status"), fiber.StatusSeeOther)
}

// restoreRule brings back an earlier version, also of a deleted rule.
func (s *Server) restoreRule(c *fiber.Ctx) error {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64)
	version, err := strconv.Atoi(c.FormValue("version"))
	if err != nil {
		return device.Errorf(device.Invalid, "rule", "no such version")
	}
	if _, err := s.ruleKeeper().RestoreRule(c.UserContext(), gateway.RuleID(id), version, visitorOf(c).User.Name); err != nil {
		return err
	}
	return c.Redirect("/rules/"+c.Params("id")+"?done=restored", fiber.StatusSeeOther)
}
