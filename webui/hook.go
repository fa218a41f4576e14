package webui

import (
	"github.com/gofiber/fiber/v2"
)

// hook takes what RetailCRM's chats send to this box, when the shop has given it a public
// address. Who knows the path may send: the CRM signs nothing. The host's name is the public one, which this
// box does not know.
func (s *Server) hook(c *fiber.Ctx) error {
	answer, known, err := s.o.Hook(c.UserContext(), c.Params("secret"), c.Body())
	switch {
	case !known:
		return c.SendStatus(fiber.StatusNotFound)
	case err != nil:
		s.o.Logger.Warn("a message of the chats was not taken", "error", err)
		return c.SendStatus(fiber.StatusServiceUnavailable)
	}
	return c.JSON(answer)
}
