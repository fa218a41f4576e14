package webui

import (
	"bytes"
	"encoding/json"
	"strconv"
	"sync"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// Why a step is not kept, besides what is wrong in its form.
var (
	errChanged = device.Errorf(device.Conflict, "campaign", "it has changed since the form was drawn")
	errBegun   = device.Errorf(device.Conflict, "campaign", "it has begun")
	errEnded   = device.Errorf(device.Conflict, "campaign", "it has ended")
)

// lastEdits remembers which drawn page has saved each mailing last. A page saves itself while it is
// changed, and its button may follow at once: what a page itself has saved is no conflict to it, a
// second window of the same person is one. After a restart a page that was open is asked to be opened anew.
type lastEdits struct {
	mu sync.Mutex
	at map[gateway.CampaignID]lastEdit
}

type lastEdit struct {
	version int
	page    string
}

func newLastEdits() *lastEdits { return &lastEdits{at: map[gateway.CampaignID]lastEdit{}} }

func (l *lastEdits) note(id gateway.CampaignID, version int, page string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at[id] = lastEdit{version, page}
}

// made tells whether it was page that made this version.
func (l *lastEdits) made(id gateway.CampaignID, version int, page string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return page != "" && l.at[id] == lastEdit{version, page}
}

// maxPageKey bounds the key that a drawn page brings back, in bytes.
const maxPageKey = 64

// drawnPage is the key of the page that a request comes from, or a new one for a page that is drawn.
func drawnPage(c *fiber.Ctx) string {
	if key := c.FormValue("page_key"); key != "" && len(key) <= maxPageKey {
		return key
	}
	return newSecret()[:16]
}

// Version is what the form on the page is based on.
func (h campaignHead) Version() int {
	if h.stale != 0 {
		return h.stale
	}
	return h.C.Version
}

// isNewest tells whether the page that a request comes from knows the newest version of a mailing:
// it was drawn with it, or has made it.
func (s *Server) isNewest(c *fiber.Ctx, one campaign.Campaign) bool {
	based, err := strconv.Atoi(c.FormValue("version"))
	return err != nil || based == one.Version || s.edits.made(one.ID, one.Version, drawnPage(c))
}

// keepCampaign saves what a form of a step changed: change is applied to the newest version, of
// which a step holds only its own part. It is a conflict when the mailing has changed since the
// page was drawn.
func (s *Server) keepCampaign(c *fiber.Ctx, h *campaignHead) error {
	if !s.isNewest(c, h.C) {
		h.stale, _ = strconv.Atoi(c.FormValue("version")) // pressed again it is still a conflict
		return errChanged
	}
	saved, err := s.saveChange(c, h.C, h.User.Name)
	if device.KindOf(err) == device.Conflict {
		return s.whyNot(c, h, err)
	}
	if err != nil {
		return err
	}
	if saved.Version != h.C.Version {
		s.edits.note(saved.ID, saved.Version, h.PageKey)
	}
	h.C = saved
	h.Saved = h.words.say("campaign.saved", "at", h.now.In(h.zone).Format("15:04:05"))
	return nil
}

// saveChange saves a mailing if it differs from what is kept. A form that saves itself may arrive
// after the button that sent the same: a version for it would be a conflict to the page drawn since.
func (s *Server) saveChange(c *fiber.Ctx, one campaign.Campaign, by string) (campaign.Campaign, error) {
	if kept, err := s.keptAlready(c, one); kept.ID != 0 || err != nil {
		return kept, err
	}
	saved, err := s.o.Campaigns.SaveCampaign(c.UserContext(), one, by)
	if device.KindOf(err) != device.Conflict {
		return saved, err
	}
	if kept, again := s.keptAlready(c, one); kept.ID != 0 || again != nil {
		return kept, again
	}
	return one, err
}

// keptAlready is the mailing as it is kept if it is alike, else none.
func (s *Server) keptAlready(c *fiber.Ctx, one campaign.Campaign) (campaign.Campaign, error) {
	now, err := s.o.Campaigns.Campaign(c.UserContext(), one.ID)
	if err != nil || now.State != one.State || !sameEdit(now, one) {
		return campaign.Campaign{}, err
	}
	return now, nil
}

// sameEdit tells whether two mailings are alike in all that a person edits.
func sameEdit(a, b campaign.Campaign) bool {
	edit := func(c campaign.Campaign) []byte {
		kept, err := json.Marshal([]any{c.Name, c.Kind, c.Report, c.Audience, c.Text, c.Plan})
		if err != nil {
			return nil
		}
		return kept
	}
	kept := edit(a)
	return kept != nil && bytes.Equal(kept, edit(b))
}

// whyNot finds out what a conflict was about: the mailing has become another one meanwhile.
func (s *Server) whyNot(c *fiber.Ctx, h *campaignHead, conflict error) error {
	now, err := s.o.Campaigns.Campaign(c.UserContext(), h.C.ID)
	switch {
	case err != nil:
		return err
	case now.State == campaign.Done || now.State == campaign.Stopped:
		return errEnded
	case now.State != h.C.State:
		return errBegun
	case now.Version != h.C.Version:
		h.C.By = now.By
		return errChanged
	}
	return conflict
}
