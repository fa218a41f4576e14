package webui

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// Damage is a database that cannot be used any more. The page about it needs no login,
// since who may log in stands in that database; it holds nothing that is secret.
type Damage struct {
	At       time.Time
	DataDir  string
	Backup   string // path of the newest backup; "" when none was found
	BackupAt time.Time
	Language string // the shop's
}

type damagedPage struct {
	*Frame
	Damage
	When, BackupWhen string
}

// NewDamaged makes a server that has the page about a damaged database and nothing
// else. Of the options it needs Damage.
func NewDamaged(o Options) (*Server, error) {
	m, err := loadMatter()
	if err != nil {
		return nil, err
	}
	return m.serveDamaged(o)
}

func (m matter) serveDamaged(o Options) (*Server, error) {
	o.fillRest()
	s := &Server{o: o, matter: m, closing: make(chan struct{}), hosts: allowedHosts(o.AllowedHosts)}
	s.app = fiber.New(s.config(func(c *fiber.Ctx, err error) error {
		status, _ := statusOf(err)
		return c.Status(status).SendString(err.Error() + "\n") // there is nothing to draw a page with
	}))
	s.app.Use(s.recoverPanic, s.headers)
	s.app.Get("/healthz", alive)
	s.app.Use(s.checkHost)
	s.app.Get("/assets/:name", s.assets.serve)
	s.app.Use(s.whileDamaged)
	return s, nil
}

// whileDamaged answers everything with the page about a damaged database, as long as
// there is one.
func (s *Server) whileDamaged(c *fiber.Ctx) error {
	if s.o.Damage == nil {
		return c.Next()
	}
	d := s.o.Damage()
	if d == nil {
		return c.Next()
	}
	lang := "en"
	accepts := ""
	if c.Get(fiber.HeaderAcceptLanguage) != "" {
		accepts = c.AcceptsLanguages("ru", "en")
	}
	for _, l := range []string{c.Cookies(langCookie), accepts, d.Language} {
		if s.words[l] != nil {
			lang = l
			break
		}
	}
	broken := &device.Error{Code: gateway.FaultDamaged}
	c.Status(fiber.StatusServiceUnavailable)
	c.Set(fiber.HeaderRetryAfter, "600")
	switch {
	case c.Path() == "/readyz" || c.Path() == "/metrics":
		return c.SendString(gateway.FaultSentence(broken, lang) + "\n")
	case isAPI(c.Path()):
		return c.JSON(map[string]any{"error": map[string]string{"code": "database_damaged", "message": gateway.FaultSentence(broken, "en")}})
	case isPart(c) || c.Path() == "/events":
		c.Set("HX-Refresh", "true") // the whole page is another one
		return c.SendString("")
	}
	w := s.words[lang]
	f := &Frame{Lang: lang, Path: "/", Title: w.say("damaged.title"), Version: s.o.Version, Demo: s.o.Demo, DemoURL: s.o.DemoURL, words: w}
	p := damagedPage{Frame: f, Damage: *d, When: d.At.Format("02.01.2006 15:04")}
	if d.Backup != "" {
		p.BackupWhen = d.BackupAt.Format("02.01.2006 15:04")
	}
	return s.render(c, fiber.StatusServiceUnavailable, "damaged", p)
}

func alive(c *fiber.Ctx) error { return c.SendString("ok\n") }
