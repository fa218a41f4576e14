package webui

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// What a mailing that has begun is not given, each step for its own; whom it goes to is settled then.
var (
	spoiltText = []campaign.FindingCode{campaign.FoundNoText, campaign.FoundTemplate, campaign.FoundUnnamedColumn, campaign.FoundSMSTooLong, campaign.FoundNoReviewURL}
	spoiltPlan = []campaign.FindingCode{campaign.FoundNoChannel, campaign.FoundNoWindow, campaign.FoundSMSTooLong}
)

// errSpoilt is a change for which a mailing could not have been started.
var errSpoilt = device.Errorf(device.Refused, "campaign", "the linter refuses it")

// asksToSave refuses what does not come from the button of a page that was drawn after the start: a
// mailing that has begun changes what customers get.
func (h *campaignHead) asksToSave(c *fiber.Ctx) error {
	switch {
	case !h.MayEdit:
		return errEnded
	case !h.Draft && (isPart(c) || c.FormValue("go") != "save"):
		return h.wantsDraft()
	}
	return nil
}

// staysSound refuses a change that spoils a mailing which has begun.
func (s *Server) staysSound(c *fiber.Ctx, h *campaignHead, spoils []campaign.FindingCode) error {
	if h.Draft {
		return nil
	}
	found, err := s.o.Campaigns.Lint(c.UserContext(), h.C)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(found, func(f campaign.Finding) bool { return f.Refuses && slices.Contains(spoils, f.Code) }) {
		return errSpoilt
	}
	return nil
}

// emptied tells whether a text that people are being sent was taken away.
func (p *whatPage) emptied(before string) error {
	if !p.Draft && strings.TrimSpace(p.Text) == "" && strings.TrimSpace(before) != "" {
		return gateway.FieldErrors{"text": gateway.ProblemRequired}
	}
	return nil
}
