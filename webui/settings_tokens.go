package webui

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
)

type tokensPage struct {
	settingsFrame
	Tokens []gateway.Token
	Name   string
	Role   gateway.Role
	Made   string // a new token's value, shown this once
}

func (s *Server) tokensPage(c *fiber.Ctx) (tokensPage, error) {
	f, err := s.settingsFrame(c)
	if err != nil {
		return tokensPage{}, err
	}
	tokens, err := s.o.Staff.Tokens(c.UserContext())
	return tokensPage{settingsFrame: f, Tokens: tokens, Role: gateway.Operator}, err
}

func (s *Server) showTokens(c *fiber.Ctx) error {
	p, err := s.tokensPage(c)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "settings_tokens", p)
}

// postToken makes a token. Its value is drawn in this answer and nowhere else, so
// there is no redirect.
func (s *Server) postToken(c *fiber.Ctx) error {
	p, err := s.tokensPage(c)
	if err != nil {
		return err
	}
	p.Name, p.Role = strings.TrimSpace(c.FormValue("name")), gateway.Role(c.FormValue("role"))
	wrong := gateway.FieldErrors{}
	if p.Name == "" || len([]rune(p.Name)) > 60 {
		wrong["name"] = gateway.ProblemRequired
	}
	if !p.Role.Known() {
		wrong["role"] = gateway.ProblemUnknown
	}
	if err := wrong.OrNil(); err != nil {
		p.explain(err)
		return s.render(c, fiber.StatusUnprocessableEntity, "settings_tokens", p)
	}
	value := "vst_" + newSecret()
	if _, err := s.o.Staff.SaveToken(c.UserContext(), gateway.Token{Name: p.Name, Role: p.Role, Hash: hashSecret(value), CreatedAt: s.o.Now()}); err != nil {
		return err
	}
	if p.Tokens, err = s.o.Staff.Tokens(c.UserContext()); err != nil {
		return err
	}
	p.Made, p.Name = value, ""
	return s.render(c, fiber.StatusOK, "settings_tokens", p)
}

func (s *Server) deleteToken(c *fiber.Ctx) error {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64)
	if err := s.o.Staff.DeleteToken(c.UserContext(), id); err != nil {
		return err
	}
	return c.Redirect("/settings/tokens?done=token_gone", fiber.StatusSeeOther)
}

type mePage struct{ settingsFrame }

func (s *Server) showMe(c *fiber.Ctx) error {
	f, err := s.settingsFrame(c)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "settings_me", mePage{f})
}

// postMe changes the user's own password; every other browser has to log in again.
func (s *Server) postMe(c *fiber.Ctx) error {
	f, err := s.settingsFrame(c)
	if err != nil {
		return err
	}
	u := visitorOf(c).User
	key := "name " + strings.ToLower(u.Name)
	status := fiber.StatusUnprocessableEntity
	if wait := s.logins.wait(key); wait > 0 {
		f.Wrong, status = f.words.say("login.wait", "minutes", minutesUp(wait)), fiber.StatusTooManyRequests
		return s.render(c, status, "settings_me", mePage{f})
	}
	if !s.passwordFits(c.FormValue("old"), u.Hash) {
		s.logins.failed(key)
		f.Errors["old"] = f.words.say("me.old_wrong")
		return s.render(c, status, "settings_me", mePage{f})
	}
	hash, problem, err := s.hashPassword(u.Name, c.FormValue("password"))
	if err != nil {
		return err
	}
	if problem != "" {
		f.Errors["password"] = problem.Sentence(f.Lang)
		return s.render(c, status, "settings_me", mePage{f})
	}
	s.logins.succeeded(key)
	u.Hash = hash
	if _, err := s.o.Staff.SaveUser(c.UserContext(), u); err != nil {
		return err
	}
	if err := s.o.Staff.EndLoginsOf(c.UserContext(), u.ID); err != nil {
		return err
	}
	if err := s.startLogin(c, u); err != nil {
		return err
	}
	return c.Redirect("/settings/me?done=password", fiber.StatusSeeOther)
}
