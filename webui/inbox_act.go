package webui

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// maxSaid is the longest text that may be written by hand, in characters.
const maxSaid = 4000

// sayInTalk writes to the customer.
func (s *Server) sayInTalk(c *fiber.Ctx) error {
	t, err := s.talkOf(c)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(strings.ReplaceAll(c.FormValue("text"), "\r\n", "\n"))
	switch n := len([]rune(text)); {
	case n == 0:
		err = gateway.FieldErrors{"text": gateway.ProblemRequired}
	case n > maxSaid:
		err = gateway.FieldErrors{"text": gateway.ProblemTooLong}
	default:
		err = s.o.Talk.Say(c.UserContext(), t.ID, text, visitorOf(c).User.Name)
	}
	if err == nil {
		return s.backToTalk(c, "")
	}
	if device.KindOf(err) == device.NotFound {
		return err
	}
	return s.drawTalk(c, fiber.StatusUnprocessableEntity, t, text, err)
}

// seeTalk notes that somebody looks at the talk.
func (s *Server) seeTalk(c *fiber.Ctx) error {
	t, err := s.talkOf(c)
	if err != nil {
		return err
	}
	if t.Unread > 0 { // seeing is news for the others: not without need
		if err := s.o.Talk.SeeTalk(c.UserContext(), t.ID); err != nil {
			return err
		}
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func (s *Server) takeTalk(c *fiber.Ctx) error { return s.actOnTalk(c, "taken", s.o.Talk.Take) }

func (s *Server) releaseTalk(c *fiber.Ctx) error { return s.actOnTalk(c, "released", s.o.Talk.Release) }

func (s *Server) closeTalk(c *fiber.Ctx) error {
	return s.actOnTalk(c, "talk_closed", s.o.Talk.CloseTalk)
}

func (s *Server) actOnTalk(c *fiber.Ctx, done string, act func(context.Context, gateway.ConversationID, string) error) error {
	t, err := s.talkOf(c)
	if err != nil {
		return err
	}
	if err := act(c.UserContext(), t.ID, visitorOf(c).User.Name); err != nil {
		return err
	}
	return s.backToTalk(c, done)
}

func (s *Server) backToTalk(c *fiber.Ctx, done string) error {
	to := "/inbox/" + c.Params("id") + "?" + listChoice(c.FormValue("list"))
	if done != "" {
		to += "&done=" + done
	}
	return c.Redirect(strings.TrimSuffix(strings.Replace(to, "?&", "?", 1), "?"), fiber.StatusSeeOther)
}
