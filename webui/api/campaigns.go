package api

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// mountCampaigns adds the calls about mailings.
func (a *api) mountCampaigns(r fiber.Router, manager fiber.Handler) {
	r.Post("/campaigns", manager, a.createCampaign)
	r.Get("/campaigns", manager, a.listCampaigns)
	r.Get("/campaigns/:id", manager, a.showCampaign)
	r.Get("/campaigns/:id/people", manager, a.listPeople)
	r.Post("/campaigns/:id/start", manager, a.startCampaign)
	r.Post("/campaigns/:id/pause", manager, a.pauseCampaign)
	r.Post("/campaigns/:id/resume", manager, a.resumeCampaign)
	r.Post("/campaigns/:id/stop", manager, a.stopCampaign)
}

func campaignID(c *fiber.Ctx) (gateway.CampaignID, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, fiber.NewError(fiber.StatusNotFound, "There is no such mailing.")
	}
	return gateway.CampaignID(id), nil
}

type campaignState struct {
	ID    gateway.CampaignID `json:"id"`
	State campaign.State     `json:"state"`
}

// startBody bases a start on what the caller has seen; 0: on what there is.
type startBody struct {
	Version int `json:"version"`
}

func (a *api) startCampaign(c *fiber.Ctx) error {
	id, err := campaignID(c)
	if err != nil {
		return err
	}
	var in startBody
	if err := readBody(c, &in); err != nil {
		return err
	}
	m, err := a.Mailings.Campaign(c.UserContext(), id)
	if err != nil {
		return err
	}
	if m.State != campaign.Draft {
		return device.Errorf(device.Conflict, "api", "The mailing is %s: it has begun before.", m.State)
	}
	if m.Collect.State == campaign.CollectRunning {
		return device.Errorf(device.Conflict, "api", "Its people are still being gathered; try again when people.gathering is done.")
	}
	if in.Version == 0 {
		in.Version = m.Version
	}
	if err := a.Mailings.Start(c.UserContext(), id, in.Version, tokenName(c)); err != nil {
		return err
	}
	return a.tellState(c, id, fiber.StatusAccepted)
}

func (a *api) pauseCampaign(c *fiber.Ctx) error {
	return a.control(c, func(id gateway.CampaignID) error { return a.Mailings.Pause(c.UserContext(), id, tokenName(c)) })
}

func (a *api) resumeCampaign(c *fiber.Ctx) error {
	return a.control(c, func(id gateway.CampaignID) error { return a.Mailings.Resume(c.UserContext(), id, tokenName(c)) })
}

func (a *api) stopCampaign(c *fiber.Ctx) error {
	return a.control(c, func(id gateway.CampaignID) error { return a.Mailings.Stop(c.UserContext(), id, tokenName(c)) })
}

func (a *api) control(c *fiber.Ctx, do func(gateway.CampaignID) error) error {
	id, err := campaignID(c)
	if err != nil {
		return err
	}
	if err := do(id); err != nil {
		return err
	}
	return a.tellState(c, id, fiber.StatusOK)
}

func (a *api) tellState(c *fiber.Ctx, id gateway.CampaignID, status int) error {
	m, err := a.Mailings.Campaign(c.UserContext(), id)
	if err != nil {
		return err
	}
	return c.Status(status).JSON(campaignState{m.ID, m.State})
}

type personBody struct {
	ID         int64                `json:"id"`
	Phone      string               `json:"phone"`
	Name       string               `json:"name,omitempty"`
	State      campaign.PersonState `json:"state"`
	Reason     string               `json:"reason,omitempty"`
	ReasonCode gateway.Reason       `json:"reason_code,omitempty"`
	Channel    device.Channel       `json:"channel,omitempty"`
	Variant    int                  `json:"variant,omitempty"`
	Message    gateway.MessageID    `json:"message,omitempty"`
	Sent       *time.Time           `json:"sent_at,omitempty"`
	Delivered  *time.Time           `json:"delivered_at,omitempty"`
	Read       *time.Time           `json:"read_at,omitempty"`
	Answered   *time.Time           `json:"answered_at,omitempty"`
	Clicked    *time.Time           `json:"clicked_at,omitempty"`
	Marked     *time.Time           `json:"marked_at,omitempty"`
	OptedOut   *time.Time           `json:"opted_out_at,omitempty"`
}

func (a *api) listPeople(c *fiber.Ctx) error {
	id, err := campaignID(c)
	if err != nil {
		return err
	}
	f, err := peopleFilter(c)
	if err != nil {
		return err
	}
	w, err := a.words(c)
	if err != nil {
		return err
	}
	if _, err := a.Mailings.Campaign(c.UserContext(), id); err != nil {
		return err
	}
	rows, next, err := a.Mailings.People(c.UserContext(), id, f)
	if err != nil {
		return err
	}
	items := make([]personBody, 0, len(rows))
	for _, p := range rows {
		items = append(items, w.person(p))
	}
	cursor := ""
	if next != 0 {
		cursor = strconv.FormatInt(next, 10)
	}
	return c.JSON(map[string]any{"items": items, "next_cursor": cursor})
}

func (w words) person(p campaign.Person) personBody {
	b := personBody{
		ID: p.ID, Phone: p.Phone.String(), Name: p.Name, State: p.State, ReasonCode: p.Reason, Channel: p.Channel, Variant: p.Variant, Message: p.Message,
		Sent: atOrNil(p.SentAt), Delivered: atOrNil(p.DeliveredAt), Read: atOrNil(p.ReadAt), Answered: atOrNil(p.AnsweredAt),
		Clicked: atOrNil(p.ClickedAt), Marked: atOrNil(p.MarkedAt), OptedOut: atOrNil(p.OptedOutAt),
	}
	if p.Reason != "" {
		b.Reason = p.Reason.Sentence(p.Args, w.lang, w.zone)
	}
	return b
}

// got lists what may be asked of people beside their state.
var got = map[string]bool{"": true, "delivered": true, "read": true, "answered": true, "clicked": true, "marked": true, "opted_out": true}

func peopleFilter(c *fiber.Ctx) (campaign.PeopleFilter, error) {
	f := campaign.PeopleFilter{
		State: campaign.PersonState(c.Query("state")), Reason: gateway.Reason(c.Query("reason")), Got: c.Query("got"), Search: c.Query("search"),
	}
	known := f.State == ""
	for _, s := range campaign.PersonStates {
		known = known || s == f.State
	}
	if !known {
		return f, fiber.NewError(fiber.StatusBadRequest, "There is no such state of a person: "+string(f.State))
	}
	if !got[f.Got] {
		return f, fiber.NewError(fiber.StatusBadRequest, "got is delivered, read, answered, clicked, marked or opted_out.")
	}
	if s := c.Query("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 200 {
			return f, fiber.NewError(fiber.StatusBadRequest, "limit is a number from 1 to 200.")
		}
		f.Limit = n
	}
	if s := c.Query("cursor"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 1 {
			return f, fiber.NewError(fiber.StatusBadRequest, "cursor is the next_cursor of the page before.")
		}
		f.After = n
	}
	return f, nil
}

func atOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
