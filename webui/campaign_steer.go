package webui

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// steer does one thing to a mailing that has begun. Where somebody, or the mailing itself, was
// quicker, the page shows what is so now.
func (s *Server) steer(c *fiber.Ctx, done string, do func(context.Context, gateway.CampaignID, string) error) error {
	id := campaignID(c)
	err := do(c.UserContext(), id, visitorOf(c).User.Name)
	switch {
	case err == nil:
		return c.Redirect(campaignPath(id)+"?done="+done, fiber.StatusSeeOther)
	case device.KindOf(err) == device.Conflict:
		return c.Redirect(campaignPath(id)+"?done=campaign_other", fiber.StatusSeeOther)
	}
	return err
}
