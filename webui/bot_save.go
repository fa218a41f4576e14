package webui

import (
	"errors"
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"vestnik/bot"
	"vestnik/device"
)

// saveScript keeps the draft, or shows it again with what is wrong.
func (s *Server) saveScript(c *fiber.Ctx) error {
	w, err := s.typedWork(c)
	if err != nil {
		return err
	}
	phone, err := s.typedPhone(c)
	if err != nil {
		return err
	}
	if len(w.problems()) > 0 || w.wrong {
		return s.refuseScript(w, phone)
	}
	base := w.draft.Base
	if over, err := strconv.Atoi(c.FormValue("over")); err == nil {
		base = over // the other one's version was seen
	}
	_, err = s.o.Talk.SaveScript(c.UserContext(), w.draft.Script, base, visitorOf(c).User.Name)
	var problems bot.Problems
	switch {
	case err == nil:
		return c.Redirect("/bot?done=bot_saved&at="+url.QueryEscape(w.at), fiber.StatusSeeOther)
	case errors.As(err, &problems):
		w.told = problems
		return s.refuseScript(w, phone)
	case device.KindOf(err) == device.Conflict:
		return s.renderBot(w, fiber.StatusConflict, phone)
	}
	return err
}

// refuseScript shows what hinders saving, on the entry that is open or the first that
// has something wrong.
func (s *Server) refuseScript(w *scriptWork, phone *tryState) error {
	w.checked = true
	w.Wrong = w.words.say("bot.not_saved")
	here := w.wrong
	problems := w.problems()
	for _, p := range problems {
		key, _ := w.entryOf(p.Where)
		here = here || key == w.at
	}
	if !here {
		w.at = ""
	}
	return s.renderBot(w, fiber.StatusUnprocessableEntity, phone)
}

// conflict is who saved meanwhile, when that hinders us.
func (w *scriptWork) conflict(versions []ScriptVersion, status int) *ScriptVersion {
	if status != fiber.StatusConflict {
		return nil
	}
	if len(versions) > 0 {
		return &versions[0]
	}
	return &ScriptVersion{Version: w.version, At: w.now}
}

// switchBot turns the bot on or off at once: it is not a matter of the draft, which stays
// as it is.
func (s *Server) switchBot(c *fiber.Ctx) error {
	w, err := s.typedWork(c)
	if err != nil {
		return err
	}
	phone, err := s.typedPhone(c)
	if err != nil {
		return err
	}
	on := c.FormValue("on") == "1"
	next := w.saved
	next.On = on
	version, err := s.o.Talk.SaveScript(c.UserContext(), next, w.version, visitorOf(c).User.Name)
	if err != nil {
		var problems bot.Problems
		if errors.As(err, &problems) {
			w.told = problems
			return s.refuseScript(w, phone)
		}
		return err
	}
	clean := w.draft.Base == w.version && !w.wrong && same(w.draft.Script, w.saved)
	done := "bot_off"
	if on {
		done = "bot_on"
	}
	if clean {
		return c.Redirect("/bot?done="+done+"&at="+url.QueryEscape(w.at), fiber.StatusSeeOther)
	}
	if w.draft.Base == w.version {
		w.draft.Base = version
	}
	w.draft.Script.On, w.saved, w.version = on, next, version
	w.Note = w.words.say("done." + done)
	return s.renderBot(w, fiber.StatusOK, phone)
}

// restoreScript makes an earlier version the newest.
func (s *Server) restoreScript(c *fiber.Ctx) error {
	version, err := strconv.Atoi(c.FormValue("version"))
	if err != nil {
		return device.Errorf(device.Invalid, "script", "no such version")
	}
	if _, err := s.o.Talk.RestoreScript(c.UserContext(), version, visitorOf(c).User.Name); err != nil {
		return err
	}
	return c.Redirect("/bot?done=restored", fiber.StatusSeeOther)
}
