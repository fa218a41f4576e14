package webui

import (
	"errors"
	"maps"
	"slices"

	"github.com/gofiber/fiber/v2"

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
	// PageKey names the drawn page to what it saves.
	PageKey string
	stale   int // the version of a form that could not be kept
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
	h := campaignHead{Frame: f, C: one, Base: campaignPath(one.ID), Part: c.Query("part") != "", PageKey: drawnPage(c)}
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

// explainStep puts what is wrong with a step into words, and answers the status for it.
func (h *campaignHead) explainStep(err error) int {
	if err == nil {
		return fiber.StatusOK
	}
	h.explain(err)
	status, _ := statusOf(err)
	says := ""
	switch {
	case errors.Is(err, errSpoilt):
		says = h.words.say("campaign.spoilt")
	case errors.Is(err, errChanged) && h.C.By == h.User.Name:
		says = h.words.say("campaign.conflict_own")
	case errors.Is(err, errChanged):
		says = h.words.say("campaign.conflict", "who", h.C.By)
	case errors.Is(err, errBegun):
		says = h.words.say("campaign.has_begun")
	case errors.Is(err, errEnded):
		says = h.words.say("campaign.has_ended")
	}
	if says != "" {
		h.Wrong, h.Code = says, ""
	}
	return status
}

// wantsDraft refuses what only a draft allows.
func (h *campaignHead) wantsDraft() error {
	if h.Draft {
		return nil
	}
	return errBegun
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
