package webui

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// Cookies. The login's value is a random secret; the database keeps its SHA-256 only.
const (
	loginCookie = "vestnik_login"
	formCookie  = "vestnik_form" // the form token of somebody who has not logged in yet
	langCookie  = "vestnik_lang"
)

// idleEnd is how long a login lives without being used.
const idleEnd = 12 * time.Hour

// visitor is who asks: a user with a login, or nobody yet.
type visitor struct {
	gateway.Login
	in   bool
	csrf string
	lang string
}

const visitorKey = "visitor"

func visitorOf(c *fiber.Ctx) visitor {
	v, _ := c.Locals(visitorKey).(visitor)
	return v
}

// visit finds out who asks. A wrong or old cookie is the same as none.
func (s *Server) visit(c *fiber.Ctx) error {
	v := visitor{}
	if cookie := c.Cookies(loginCookie); cookie != "" {
		login, err := s.findLogin(c, hashSecret(cookie))
		switch {
		case err == nil:
			v = visitor{Login: login, in: true, csrf: login.CSRF}
		case device.KindOf(err) != device.NotFound:
			return err
		}
	}
	if !v.in {
		v.csrf = c.Cookies(formCookie)
		if len(v.csrf) < 20 && c.Method() == fiber.MethodGet {
			v.csrf = newSecret()
			s.setCookie(c, formCookie, v.csrf, 0)
		}
	}
	v.lang = s.languageOf(c, v.User)
	c.Locals(visitorKey, v)
	return c.Next()
}

// findLogin reads a login without moving its last use first, so that an idle one is
// seen as idle.
func (s *Server) findLogin(c *fiber.Ctx, hash string) (gateway.Login, error) {
	login, err := s.o.Staff.Login(c.UserContext(), hash, time.Time{})
	if err != nil {
		return login, err
	}
	if s.o.Now().Sub(login.SeenAt) > idleEnd {
		if err := s.o.Staff.EndLogin(c.UserContext(), hash); err != nil {
			return login, err
		}
		return login, device.Errorf(device.NotFound, "login", "idle for too long")
	}
	return s.o.Staff.Login(c.UserContext(), hash, s.o.Now())
}

func (s *Server) languageOf(c *fiber.Ctx, u gateway.User) string {
	for _, lang := range []string{u.Language, c.Cookies(langCookie)} {
		if s.words[lang] != nil {
			return lang
		}
	}
	if settings, err := s.o.Book.Settings(c.UserContext()); err == nil && s.words[settings.Shop.Language] != nil {
		return settings.Shop.Language
	}
	return "ru"
}

// startLogin gives the browser a new login: never one it brought itself.
func (s *Server) startLogin(c *fiber.Ctx, u gateway.User) error {
	secret, now := newSecret(), s.o.Now()
	l := gateway.Login{TokenHash: hashSecret(secret), User: u, CSRF: newSecret(), CreatedAt: now, SeenAt: now}
	if err := s.o.Staff.StartLogin(c.UserContext(), l); err != nil {
		return err
	}
	s.setCookie(c, loginCookie, secret, 0)
	c.ClearCookie(formCookie)
	return nil
}

// setCookie sets a cookie that scripts cannot read and other sites cannot send.
func (s *Server) setCookie(c *fiber.Ctx, name, value string, maxAge int) {
	c.Cookie(&fiber.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge, HTTPOnly: true,
		Secure: c.Context().IsTLS() || c.Get(fiber.HeaderXForwardedProto) == "https", SameSite: fiber.CookieSameSiteStrictMode,
	})
}

// checkForm refuses a form that was not drawn for this visitor.
func (s *Server) checkForm(c *fiber.Ctx) error {
	if c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead {
		return c.Next()
	}
	v := visitorOf(c)
	sent := c.FormValue("csrf")
	if sent == "" {
		sent = c.Get("X-CSRF-Token")
	}
	if v.csrf == "" || subtle.ConstantTimeCompare([]byte(sent), []byte(v.csrf)) != 1 || !sameOrigin(c) {
		return fiber.NewError(fiber.StatusForbidden, "form token")
	}
	return c.Next()
}

func (s *Server) mustLogin(c *fiber.Ctx) error {
	if visitorOf(c).in {
		return c.Next()
	}
	to := "/login"
	if users, err := s.o.Staff.Users(c.UserContext()); err != nil {
		return err
	} else if len(users) == 0 {
		to = "/setup"
	} else if c.Method() == fiber.MethodGet && c.Path() != "/" && !isPart(c) {
		to += "?next=" + strings.ReplaceAll(c.OriginalURL(), "&", "%26")
	}
	if isPart(c) {
		c.Set("HX-Redirect", to)
		return c.SendStatus(fiber.StatusNoContent)
	}
	if c.Path() == embedTokenPath {
		keepOpener(c) // a redirect, too, makes a window forget who opened it
	}
	return c.Redirect(to, fiber.StatusSeeOther)
}

// need lets pass those who have at least a role.
func (s *Server) need(role gateway.Role) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if !visitorOf(c).User.Role.Atleast(role) {
			return fiber.NewError(fiber.StatusForbidden, "role "+string(role))
		}
		return c.Next()
	}
}

// isPart tells whether a script of the page asks for a part of it. A form that a script sends
// in the browser's stead gets a whole page, also of an error.
func isPart(c *fiber.Ctx) bool { return c.Get("HX-Request") == "true" && c.Get("HX-Boosted") != "true" }

func newSecret() string {
	var raw [24]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
