package webui

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

type peoplePage struct {
	settingsFrame
	Users []gateway.User
	Name  string
	Role  gateway.Role
}

func (s *Server) peoplePage(c *fiber.Ctx) (peoplePage, error) {
	f, err := s.settingsFrame(c)
	if err != nil {
		return peoplePage{}, err
	}
	users, err := s.o.Staff.Users(c.UserContext())
	return peoplePage{settingsFrame: f, Users: users, Role: gateway.Manager}, err
}

func (s *Server) showPeople(c *fiber.Ctx) error {
	p, err := s.peoplePage(c)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "settings_people", p)
}

// postPerson adds a user.
func (s *Server) postPerson(c *fiber.Ctx) error {
	p, err := s.peoplePage(c)
	if err != nil {
		return err
	}
	p.Name, p.Role = strings.TrimSpace(c.FormValue("name")), gateway.Role(c.FormValue("role"))
	wrong := gateway.FieldErrors{}
	if p.Name == "" || utf8.RuneCountInString(p.Name) > 60 {
		wrong["name"] = gateway.ProblemRequired
	}
	if !p.Role.Known() {
		wrong["role"] = gateway.ProblemUnknown
	}
	hash, problem, err := s.hashPassword(p.Name, c.FormValue("password"))
	if err != nil {
		return err
	}
	if problem != "" {
		wrong["password"] = problem
	}
	if err = wrong.OrNil(); err == nil {
		_, err = s.o.Staff.SaveUser(c.UserContext(), gateway.User{Name: p.Name, Role: p.Role, Hash: hash, CreatedAt: s.o.Now()})
		if device.KindOf(err) == device.Conflict {
			err = gateway.FieldErrors{"name": gateway.ProblemDuplicate}
		}
	}
	if err != nil {
		p.explain(err)
		return s.render(c, fiber.StatusUnprocessableEntity, "settings_people", p)
	}
	return c.Redirect("/settings/people?done=person", fiber.StatusSeeOther)
}

// changePerson gives a user another role or a new password; both end his logins.
func (s *Server) changePerson(c *fiber.Ctx) error {
	p, err := s.peoplePage(c)
	if err != nil {
		return err
	}
	u, err := s.userOf(c, p.Users)
	if err != nil {
		return err
	}
	wrong := gateway.FieldErrors{}
	role := gateway.Role(c.FormValue("role"))
	if !role.Known() {
		wrong["role"] = gateway.ProblemUnknown
	}
	if u.Role == gateway.Owner && role != gateway.Owner && owners(p.Users) < 2 {
		p.Wrong = p.words.say("people.last_owner")
		return s.render(c, fiber.StatusConflict, "settings_people", p)
	}
	u.Role = role
	if password := c.FormValue("password"); password != "" {
		hash, problem, err := s.hashPassword(u.Name, password)
		if err != nil {
			return err
		}
		if problem != "" {
			wrong["password_"+c.Params("id")] = problem
		}
		u.Hash = hash
	}
	if err = wrong.OrNil(); err != nil {
		p.explain(err)
		return s.render(c, fiber.StatusUnprocessableEntity, "settings_people", p)
	}
	if _, err := s.o.Staff.SaveUser(c.UserContext(), u); err != nil {
		return err
	}
	if u.ID != visitorOf(c).User.ID {
		if err := s.o.Staff.EndLoginsOf(c.UserContext(), u.ID); err != nil {
			return err
		}
	}
	return c.Redirect("/settings/people?done=saved", fiber.StatusSeeOther)
}

func (s *Server) deletePerson(c *fiber.Ctx) error {
	p, err := s.peoplePage(c)
	if err != nil {
		return err
	}
	u, err := s.userOf(c, p.Users)
	if err != nil {
		return err
	}
	if u.Role == gateway.Owner && owners(p.Users) < 2 {
		p.Wrong = p.words.say("people.last_owner")
		return s.render(c, fiber.StatusConflict, "settings_people", p)
	}
	if err := s.o.Staff.EndLoginsOf(c.UserContext(), u.ID); err != nil {
		return err
	}
	if err := s.o.Staff.DeleteUser(c.UserContext(), u.ID); err != nil {
		return err
	}
	return c.Redirect("/settings/people?done=person_gone", fiber.StatusSeeOther)
}

func (s *Server) userOf(c *fiber.Ctx, users []gateway.User) (gateway.User, error) {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64)
	for _, u := range users {
		if u.ID == id {
			return u, nil
		}
	}
	return gateway.User{}, device.Errorf(device.NotFound, "user", "no user %d", id)
}

func owners(users []gateway.User) (n int) {
	for _, u := range users {
		if u.Role == gateway.Owner {
			n++
		}
	}
	return n
}
