package webui

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// CRMForm is the way to the CRM as typed. The key is never written back to a page.
type CRMForm struct {
	URL      string
	Field    string
	HasKey   bool
	Tried    *CRMTried
	Advanced bool
}

// CRMTried is the outcome of trying an address and a key, in words.
type CRMTried struct {
	Mood    Mood
	Says    string
	Shops   string
	Zone    string
	Missing []RightLine
	Excess  []RightLine
	Clock   int // seconds that the account's clock is off, when that matters
	Cause   string
}

// RightLine is a right of a key: its words and its name in the CRM.
type RightLine struct{ Says, Code string }

func (s *Server) crmForm(c *fiber.Ctx) (CRMForm, error) {
	settings, err := s.o.Book.Settings(c.UserContext())
	return CRMForm{URL: settings.RetailCRM.URL, Field: settings.RetailCRM.WhatsAppField, HasKey: settings.RetailCRM.Key != ""}, err
}

// takeCRM tries what was typed and, when asked to save and nothing is missing, keeps it.
// A key that lacks rights is kept only with "save anyway".
func (s *Server) takeCRM(c *fiber.Ctx, f *Frame) (form CRMForm, saved bool, err error) {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return form, false, err
	}
	old := settings.RetailCRM
	url, key := cleanURL(c.FormValue("url")), strings.TrimSpace(c.FormValue("key"))
	form = CRMForm{URL: url, Field: strings.TrimSpace(c.FormValue("field")), HasKey: old.Key != ""}
	if key == "" && url != old.URL {
		// The saved key belongs to the saved address and is not shown to another one.
		f.explain(gateway.FieldErrors{"retailcrm.key": gateway.ProblemRequired})
		if url == "" {
			f.explain(gateway.FieldErrors{"retailcrm.url": gateway.ProblemRequired})
		}
		return form, false, nil
	}
	test, err := s.o.Desk.TestCRM(c.UserContext(), url, key)
	if err != nil {
		f.explain(err)
		return form, false, nil
	}
	form.Tried = crmTried(f, test)
	works := test.State == gateway.CRMConnected || test.State == gateway.CRMMissingRight && c.FormValue("do") == "anyway"
	if c.FormValue("do") == "try" || !works {
		if c.FormValue("do") != "try" {
			f.Wrong = f.words.say("crm.not_saved")
		}
		return form, false, nil
	}
	settings.RetailCRM.URL, settings.RetailCRM.WhatsAppField = url, form.Field
	if key != "" {
		settings.RetailCRM.Key = key
	}
	if err := s.o.Desk.SaveSettings(c.UserContext(), settings, visitorOf(c).User.Name); err != nil {
		f.explain(err)
		return form, false, nil
	}
	s.trials.forget()
	if _, err := s.o.Desk.RefreshReference(c.UserContext()); err != nil {
		s.o.Logger.Warn("statuses and fields could not be read yet", "error", err, "kind", device.KindOf(err))
	}
	return form, true, nil
}

// cleanURL takes what people copy from the address bar: a missing scheme, a path.
func cleanURL(raw string) string {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return ""
	}
	if !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	scheme, rest, _ := strings.Cut(raw, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

func crmTried(f *Frame, t gateway.CRMTest) *CRMTried {
	tried := &CRMTried{Mood: crmMood(t.CRMStatus), Says: gateway.CRMSentence(t.CRMStatus, f.Lang), Shops: strings.Join(t.Shops, ", "), Zone: t.Zone, Cause: t.Cause}
	tried.Missing, tried.Excess = rightLines(f.words, t.Missing), rightLines(f.words, t.Excess)
	if len(t.Missing) > 0 {
		tried.Says = f.words.say("crm.missing")
	}
	if off := t.Clock; off > 2*time.Minute || off < -2*time.Minute {
		tried.Clock = int(off.Seconds())
	}
	return tried
}

func rightLines(w *words, rights []string) []RightLine {
	var lines []RightLine
	for _, r := range rights {
		line := RightLine{Says: r, Code: r}
		if key := "right." + r; w.has(key) {
			line.Says = w.say(key)
		}
		lines = append(lines, line)
	}
	return lines
}

type crmPage struct {
	settingsFrame
	CRMForm
	Status gateway.CRMStatus
	Says   string
	Mood   Mood
	Read   time.Time
}

func (s *Server) crmPage(c *fiber.Ctx, f settingsFrame, form CRMForm) (crmPage, error) {
	ref, err := s.o.Book.Reference(c.UserContext())
	status := s.o.Desk.CRM()
	return crmPage{f, form, status, gateway.CRMSentence(status, f.Lang), crmMood(status), ref.At}, err
}

func (s *Server) showCRM(c *fiber.Ctx) error {
	f, err := s.settingsFrame(c)
	if err != nil {
		return err
	}
	form, err := s.crmForm(c)
	if err != nil {
		return err
	}
	p, err := s.crmPage(c, f, form)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "settings_crm", p)
}

func (s *Server) postCRM(c *fiber.Ctx) error {
	f, err := s.settingsFrame(c)
	if err != nil {
		return err
	}
	form, saved, err := s.takeCRM(c, f.Frame)
	if err != nil {
		return err
	}
	if saved {
		return c.Redirect("/settings/crm?done=saved", fiber.StatusSeeOther)
	}
	p, err := s.crmPage(c, f, form)
	if err != nil {
		return err
	}
	status := fiber.StatusOK
	if f.Wrong != "" {
		status = fiber.StatusUnprocessableEntity
	}
	return s.render(c, status, "settings_crm", p)
}
