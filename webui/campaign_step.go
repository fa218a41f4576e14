package webui

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway/campaign"
)

// campaignHead is what all pages of one mailing share.
type campaignHead struct {
	*Frame
	C       campaign.Campaign
	Base    string // /campaigns/3
	Steps   []CampaignStep
	Word    string // its state
	Mood    Mood
	Draft   bool
	MayEdit bool
	// Part: a part of the page is asked for, not the whole.
	Part bool
	// Saved says what became of the last change of the form: "" before any.
	Saved string
}

// CampaignStep is a page of a mailing.
type CampaignStep struct {
	Path, Name   string
	Here, Passed bool
}

// The pages of a mailing while it is a draft, and from its start on.
var (
	draftSteps = []string{"whom", "what", "when", "check"}
	runSteps   = []string{"", "people", "what", "when"}
)

// campaignHead reads the mailing of the address; step is the page's own name.
func (s *Server) campaignHead(c *fiber.Ctx, step string) (campaignHead, error) {
	one, err := s.o.Campaigns.Campaign(c.UserContext(), campaignID(c))
	if err != nil {
		return campaignHead{}, err
	}
	f, err := s.newFrame(c, "menu.campaigns")
	if err != nil {
		return campaignHead{}, err
	}
	f.Title = one.Name
	h := campaignHead{Frame: f, C: one, Base: campaignPath(one.ID), Part: c.Query("part") != ""}
	h.refresh(step)
	return h, nil
}

// refresh is for after C has changed.
func (h *campaignHead) refresh(step string) {
	h.Word, h.Mood = h.words.say("campaign.state."+string(h.C.State)), campaignMood(h.C.State)
	h.Draft = h.C.State == campaign.Draft
	h.MayEdit = h.Manager() && h.C.State != campaign.Stopped && h.C.State != campaign.Done
	names := runSteps
	if h.Draft {
		names = draftSteps
	}
	h.Steps = nil
	passed := true
	for _, name := range names {
		one := CampaignStep{Path: h.Base, Name: h.words.say("campaign.step." + name), Here: name == step, Passed: passed && h.Draft}
		switch {
		case name == "":
			one.Name = h.words.say("campaign.step.run")
		case h.Draft:
			one.Path += "/" + name
		default:
			one.Path, one.Name = one.Path+"/"+name, h.words.say("campaign.tab."+name)
		}
		if one.Here {
			passed, one.Passed = false, false
		}
		h.Steps = append(h.Steps, one)
	}
}

// keepCampaign saves what a form of a step changed: change is applied to the newest version, of
// which a step holds only its own part. It is a conflict when somebody else has changed the
// mailing since the form was drawn; one's own earlier change, of the same form a second ago, is none.
func (s *Server) keepCampaign(c *fiber.Ctx, h *campaignHead) error {
	based, err := strconv.Atoi(c.FormValue("version"))
	if err == nil && based != h.C.Version && h.C.By != h.User.Name {
		return device.Errorf(device.Conflict, "campaign", "changed by somebody else")
	}
	saved, err := s.o.Campaigns.SaveCampaign(c.UserContext(), h.C, h.User.Name)
	if err != nil {
		return err
	}
	h.C = saved
	h.Saved = h.words.say("campaign.saved", "at", h.now.In(h.zone).Format("15:04:05"))
	return nil
}

// explainStep puts what is wrong with a step into words, and answers the status for it.
func (h *campaignHead) explainStep(err error) int {
	if err == nil {
		return fiber.StatusOK
	}
	h.explain(err)
	if errors.Is(err, errSpoilt) {
		h.Wrong, h.Code = h.words.say("campaign.spoilt"), ""
		return fiber.StatusUnprocessableEntity
	}
	if device.KindOf(err) == device.Conflict {
		h.Wrong, h.Code = h.words.say("campaign.conflict", "who", h.C.By), ""
		return fiber.StatusConflict
	}
	status, _ := statusOf(err)
	return status
}

// wantsDraft refuses what only a draft allows.
func (h *campaignHead) wantsDraft() error {
	if h.Draft {
		return nil
	}
	return device.Errorf(device.Conflict, "campaign", "it has begun")
}

// Problems are the sentences about single fields, in the order of their names.
func (h campaignHead) Problems() []string {
	var list []string
	for _, field := range slices.Sorted(maps.Keys(h.Errors)) {
		if says := h.Errors[field]; !slices.Contains(list, says) {
			list = append(list, says)
		}
	}
	return list
}
