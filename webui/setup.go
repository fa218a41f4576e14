package webui

import (
	"crypto/subtle"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

func (s *Server) setupRoutes(a *fiber.App) {
	a.Get("/setup", s.showSetup)
	a.Post("/setup/owner", s.makeOwner)
	g := a.Group("/setup", s.mustLogin, s.need(gateway.Owner))
	g.Get("/shop", s.showSetupShop)
	g.Post("/shop", s.saveSetupShop)
	g.Get("/crm", s.showSetupCRM)
	g.Post("/crm", s.saveSetupCRM)
	g.Get("/phone", s.showSetupPhone)
	g.Get("/modem", s.showSetupModem)
	g.Get("/test", s.showSetupTest)
	g.Post("/test", s.sendSetupTest)
	g.Get("/done", s.showSetupDone)
}

// setupOrder are the steps of the wizard.
var setupOrder = []string{"owner", "shop", "crm", "phone", "modem", "test", "done"}

type setupFrame struct {
	*Frame
	Steps []SetupStep
	N     int // the step shown, from 1
	Of    int
	Prev  string // path of the step before, "" when it cannot be gone back to
	Next  string
}

// SetupStep is a step of the wizard in its list.
type SetupStep struct {
	Name, Path   string
	Here, Passed bool
}

func (s *Server) setupFrame(f *Frame, here string) setupFrame {
	sf := setupFrame{Frame: f, Of: len(setupOrder)}
	f.Title = f.words.say("setup." + here)
	for i, key := range setupOrder {
		step := SetupStep{Name: f.words.say("setup." + key), Path: "/setup/" + key, Here: key == here, Passed: sf.N == 0 && key != here}
		if key == "owner" || !f.In {
			step.Path = "" // an owner is made once
		}
		if key == here {
			sf.N = i + 1
			if i > 1 {
				sf.Prev = "/setup/" + setupOrder[i-1]
			}
			if i+1 < len(setupOrder) {
				sf.Next = "/setup/" + setupOrder[i+1]
			}
		}
		sf.Steps = append(sf.Steps, step)
	}
	return sf
}

type setupOwnerPage struct {
	setupFrame
	Name, Code string
	NoCode     bool // the daemon has no code to compare with
}

// showSetup begins the wizard, or leads to the first step that is still to do.
func (s *Server) showSetup(c *fiber.Ctx) error {
	users, err := s.o.Staff.Users(c.UserContext())
	if err != nil {
		return err
	}
	if len(users) == 0 {
		f, err := s.newFrame(c, "setup.title")
		if err != nil {
			return err
		}
		return s.render(c, fiber.StatusOK, "setup_owner", setupOwnerPage{setupFrame: s.setupFrame(f, "owner"), NoCode: s.o.SetupCode() == ""})
	}
	v := visitorOf(c)
	if !v.in {
		return c.Redirect("/login", fiber.StatusSeeOther)
	}
	if !v.User.Role.Atleast(gateway.Owner) {
		return c.Redirect("/", fiber.StatusSeeOther)
	}
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	return c.Redirect("/setup/"+s.firstStep(settings), fiber.StatusSeeOther)
}

func (s *Server) firstStep(settings gateway.Settings) string {
	switch {
	case settings.Shop.Name == "":
		return "shop"
	case settings.RetailCRM.URL == "" || settings.RetailCRM.Key == "":
		return "crm"
	}
	for _, l := range s.o.Desk.Links() {
		if l.Channel == device.WhatsApp && l.State == device.LinkUnpaired {
			return "phone"
		}
	}
	return "modem"
}

// makeOwner takes the code that the daemon printed and makes the first user.
func (s *Server) makeOwner(c *fiber.Ctx) error {
	s.owner.Lock()
	defer s.owner.Unlock()
	users, err := s.o.Staff.Users(c.UserContext())
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return c.Redirect("/login", fiber.StatusSeeOther)
	}
	name, typed := strings.TrimSpace(c.FormValue("name")), strings.ToUpper(strings.TrimSpace(c.FormValue("code")))
	f, err := s.newFrame(c, "setup.title")
	if err != nil {
		return err
	}
	want := s.o.SetupCode()
	p := setupOwnerPage{setupFrame: s.setupFrame(f, "owner"), Name: name, Code: typed, NoCode: want == ""}
	status := fiber.StatusUnprocessableEntity
	switch wait := s.codes.wait("setup"); {
	case wait > 0:
		f.Errors["code"], status = f.words.say("setup.code_wait", "minutes", minutesUp(wait)), fiber.StatusTooManyRequests
	case want == "" || subtle.ConstantTimeCompare([]byte(plainCode(typed)), []byte(plainCode(want))) != 1:
		s.codes.failed("setup")
		f.Errors["code"] = f.words.say("setup.code_wrong")
	}
	if name == "" || utf8.RuneCountInString(name) > 60 {
		f.Errors["name"] = gateway.ProblemRequired.Sentence(f.Lang)
	}
	if len(f.Errors) > 0 {
		return s.render(c, status, "setup_owner", p)
	}
	hash, problem, err := s.hashPassword(name, c.FormValue("password"))
	if err != nil {
		return err
	}
	if problem != "" {
		f.Errors["password"] = problem.Sentence(f.Lang)
		return s.render(c, status, "setup_owner", p)
	}
	u, err := s.o.Staff.SaveUser(c.UserContext(), gateway.User{Name: name, Role: gateway.Owner, Hash: hash, Language: f.Lang, CreatedAt: s.o.Now()})
	if err != nil {
		return err
	}
	s.codes.succeeded("setup")
	s.o.SetupDone()
	s.o.Logger.Info("the first owner was made", "user", u.Name)
	if err := s.startLogin(c, u); err != nil {
		return err
	}
	return c.Redirect("/setup/shop", fiber.StatusSeeOther)
}

// plainCode is a code without what people leave out or add when they type it.
func plainCode(code string) string {
	return strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(code))
}
