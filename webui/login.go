package webui

import (
	"math"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

type loginPage struct {
	*Frame
	Name string
	Next string
}

func (s *Server) showLogin(c *fiber.Ctx) error {
	if visitorOf(c).in {
		return c.Redirect("/", fiber.StatusSeeOther)
	}
	if c.Query("next") == embedTokenPath {
		keepOpener(c)
	}
	if users, err := s.o.Staff.Users(c.UserContext()); err != nil {
		return err
	} else if len(users) == 0 {
		return c.Redirect("/setup", fiber.StatusSeeOther)
	}
	f, err := s.newFrame(c, "login.title")
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "login", loginPage{Frame: f, Next: safePath(c.Query("next"))})
}

func (s *Server) doLogin(c *fiber.Ctx) error {
	name, next := strings.TrimSpace(c.FormValue("name")), safePath(c.FormValue("next"))
	keys := []string{"ip " + c.IP(), "name " + strings.ToLower(name)}
	if next == embedTokenPath {
		keepOpener(c)
	}
	refuse := func(status int, sentence string, pairs ...any) error {
		f, err := s.newFrame(c, "login.title")
		if err != nil {
			return err
		}
		f.Wrong = f.words.say(sentence, pairs...)
		return s.render(c, status, "login", loginPage{Frame: f, Name: name, Next: next})
	}
	if wait := s.logins.wait(keys...); wait > 0 {
		return refuse(fiber.StatusTooManyRequests, "login.wait", "minutes", minutesUp(wait))
	}
	user, err := s.o.Staff.UserByName(c.UserContext(), name)
	if err != nil && device.KindOf(err) != device.NotFound {
		return err
	}
	if !s.passwordFits(c.FormValue("password"), user.Hash) || err != nil {
		s.logins.failed(keys...)
		s.o.Logger.Warn("login refused", "ip", c.IP())
		return refuse(fiber.StatusUnprocessableEntity, "login.wrong")
	}
	s.logins.succeeded(keys...)
	if err := s.startLogin(c, user); err != nil {
		return err
	}
	return c.Redirect(next, fiber.StatusSeeOther)
}

func (s *Server) logout(c *fiber.Ctx) error {
	if err := s.o.Staff.EndLogin(c.UserContext(), visitorOf(c).TokenHash); err != nil {
		return err
	}
	c.ClearCookie(loginCookie)
	return c.Redirect("/login", fiber.StatusSeeOther)
}

// setLanguage keeps a user's language, or that of a browser without a login.
func (s *Server) setLanguage(c *fiber.Ctx) error {
	lang := c.FormValue("lang")
	if s.words[lang] == nil {
		return device.Errorf(device.Invalid, "language", "no such language")
	}
	if v := visitorOf(c); v.in {
		u := gateway.User(v.User)
		u.Language = lang
		if _, err := s.o.Staff.SaveUser(c.UserContext(), u); err != nil {
			return err
		}
	}
	s.setCookie(c, langCookie, lang, int((365 * 24 * time.Hour).Seconds()))
	return c.Redirect(safePath(c.FormValue("next")), fiber.StatusSeeOther)
}

// safePath is a path on this site; anything else becomes "/".
func safePath(p string) string {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsAny(p, "\\\r\n") {
		return "/"
	}
	return p
}

func minutesUp(d time.Duration) int { return int(math.Ceil(d.Minutes())) }
