package api

import (
	"cmp"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// campaignRow is a mailing in the list.
type campaignRow struct {
	ID        gateway.CampaignID `json:"id"`
	Name      string             `json:"name"`
	Kind      campaign.Kind      `json:"kind"`
	State     campaign.State     `json:"state"`
	Why       string             `json:"why,omitempty"`
	WhyCode   gateway.Reason     `json:"why_code,omitempty"`
	Version   int                `json:"version"`
	Counts    counts             `json:"counts"`
	CreatedAt time.Time          `json:"created_at"`
	UpdatedAt time.Time          `json:"updated_at"`
	StartedAt *time.Time         `json:"started_at,omitempty"`
	EndedAt   *time.Time         `json:"ended_at,omitempty"`
}

// counts are the people by what became of them. Delivered and what follows are of those sent.
type counts struct {
	Total     int `json:"total"`
	Waits     int `json:"waits"`
	Queued    int `json:"queued"`
	Sent      int `json:"sent"`
	Delivered int `json:"delivered"`
	Read      int `json:"read"`
	Answered  int `json:"answered"`
	Clicked   int `json:"clicked"`
	Marked    int `json:"marked"`
	OptedOut  int `json:"opted_out"`
	Doubt     int `json:"doubt"`
	Failed    int `json:"failed"`
	Out       int `json:"out"`
}

type fullCampaign struct {
	campaignRow
	People   gathering     `json:"people"`
	Out      []outRow      `json:"out"`
	Forecast *forecastBody `json:"forecast,omitempty"`
	Findings []findingBody `json:"findings,omitempty"` // of a draft
}

// gathering is how far the reading of the people has come.
type gathering struct {
	Gathering campaign.CollectState `json:"gathering"`
	Read      int                   `json:"read"`
	Total     int                   `json:"total"`
	Found     int                   `json:"found"`
	Error     string                `json:"error,omitempty"`
}

// outRow is how many are not written to for a reason.
type outRow struct {
	Code   gateway.Reason `json:"code"`
	Reason string         `json:"reason"`
	Count  int            `json:"count"`
}

type forecastBody struct {
	Ends      *time.Time             `json:"ends,omitempty"`
	Why       string                 `json:"why,omitempty"`
	WhyCode   gateway.Reason         `json:"why_code,omitempty"`
	ByChannel map[device.Channel]int `json:"by_channel"`
	SMSParts  int                    `json:"sms_parts"`
	NewChats  int                    `json:"new_chats"`
	Late      int                    `json:"late"`
}

type findingBody struct {
	Refuses  bool                 `json:"refuses"`
	Code     campaign.FindingCode `json:"code"`
	Text     string               `json:"text"`
	Variant  int                  `json:"variant,omitempty"`
	Language string               `json:"language,omitempty"`
}

func (a *api) listCampaigns(c *fiber.Ctx) error {
	w, err := a.words(c)
	if err != nil {
		return err
	}
	all, err := a.Mailings.Campaigns(c.UserContext())
	if err != nil {
		return err
	}
	items := make([]campaignRow, 0, len(all))
	for _, s := range all {
		row := w.campaign(s.Campaign)
		row.Counts = counts{
			Total: s.Total, Waits: s.Waits, Queued: s.Queued, Sent: s.Sent, Delivered: s.Delivered, Read: s.Read,
			Answered: s.Answered, Clicked: s.Clicked, Marked: s.Marked, OptedOut: s.OptedOut, Doubt: s.Doubt, Failed: s.Failed, Out: s.Out,
		}
		items = append(items, row)
	}
	return c.JSON(map[string]any{"items": items})
}

func (w words) campaign(m campaign.Campaign) campaignRow {
	row := campaignRow{
		ID: m.ID, Name: m.Name, Kind: m.Kind, State: m.State, WhyCode: m.Why, Version: m.Version,
		CreatedAt: m.CreatedAt.UTC(), UpdatedAt: m.UpdatedAt.UTC(), StartedAt: atOrNil(m.StartedAt), EndedAt: atOrNil(m.EndedAt),
	}
	if m.Why != "" {
		row.Why = m.Why.Sentence(m.Args, w.lang, w.zone)
	}
	return row
}

func (a *api) showCampaign(c *fiber.Ctx) error {
	id, err := campaignID(c)
	if err != nil {
		return err
	}
	body, err := a.campaignBody(c, id)
	if err != nil {
		return err
	}
	return c.JSON(body)
}

// campaignBody is all that is said of one mailing.
func (a *api) campaignBody(c *fiber.Ctx, id gateway.CampaignID) (fullCampaign, error) {
	ctx := c.UserContext()
	w, err := a.words(c)
	if err != nil {
		return fullCampaign{}, err
	}
	m, err := a.Mailings.Campaign(ctx, id)
	if err != nil {
		return fullCampaign{}, err
	}
	g := m.Collect
	body := fullCampaign{campaignRow: w.campaign(m), People: gathering{g.State, g.Read, g.Total, g.Found, g.Error}, Out: []outRow{}}
	out := map[gateway.Reason]int{}
	if m.State == campaign.Draft {
		err = a.draftBody(c, m, w, &body, out)
	} else {
		var rows []campaign.TallyRow
		if rows, err = a.Mailings.Tally(ctx, id); err == nil {
			body.Counts = countsOf(rows, out)
		}
	}
	if err != nil {
		return fullCampaign{}, err
	}
	for code, n := range out {
		body.Out = append(body.Out, outRow{code, code.Sentence(nil, w.lang, w.zone), n})
	}
	slices.SortFunc(body.Out, func(x, y outRow) int { return cmp.Or(y.Count-x.Count, cmp.Compare(x.Code, y.Code)) })
	if m.State != campaign.Done && m.State != campaign.Stopped && g.State == campaign.CollectDone {
		f, err := a.Mailings.Forecast(ctx, id)
		if err != nil {
			return fullCampaign{}, err
		}
		body.Forecast = w.forecast(f)
	}
	return body, nil
}

// draftBody is what becomes of a draft's people if it begins now, and what stands in its way.
func (a *api) draftBody(c *fiber.Ctx, m campaign.Campaign, w words, body *fullCampaign, out map[gateway.Reason]int) error {
	if m.Collect.State == campaign.CollectDone {
		n, err := a.Mailings.Count(c.UserContext(), m.ID)
		if err != nil {
			return err
		}
		body.Counts.Total, body.Counts.Waits = n.Found, n.Goes
		for code, many := range n.Out {
			out[code] = many
			body.Counts.Out += many
		}
	}
	found, err := a.Mailings.Lint(c.UserContext(), m)
	for _, f := range found {
		body.Findings = append(body.Findings, findingBody{f.Refuses, f.Code, sentenceOf(f, w.lang), f.Variant, f.Language})
	}
	return err
}

func sentenceOf(f campaign.Finding, lang string) string {
	says := f.Words(lang)
	if says.Do == "" {
		return says.What
	}
	return says.What + " " + says.Do
}

func countsOf(rows []campaign.TallyRow, out map[gateway.Reason]int) counts {
	var n counts
	for _, r := range rows {
		n.Total += r.N
		switch r.State {
		case campaign.PersonWaits:
			n.Waits += r.N
		case campaign.PersonQueued:
			n.Queued += r.N
		case campaign.PersonDoubt:
			n.Doubt += r.N
		case campaign.PersonFailed:
			n.Failed += r.N
		case campaign.PersonOut:
			n.Out += r.N
			out[r.Reason] += r.N
		}
		for _, of := range []struct {
			yes  bool
			into *int
		}{
			{r.Sent, &n.Sent},
			{r.Delivered, &n.Delivered},
			{r.Read, &n.Read},
			{r.Answered, &n.Answered},
			{r.Clicked, &n.Clicked},
			{r.Marked, &n.Marked},
			{r.OptedOut, &n.OptedOut},
		} {
			if of.yes {
				*of.into += r.N
			}
		}
	}
	return n
}

func (w words) forecast(f campaign.Forecast) *forecastBody {
	b := &forecastBody{
		Ends: atOrNil(f.Ends), WhyCode: f.Why, ByChannel: f.ByChannel, SMSParts: f.SMSParts, NewChats: f.NewChats, Late: f.Late,
	}
	if b.ByChannel == nil {
		b.ByChannel = map[device.Channel]int{}
	}
	if f.Why != "" {
		b.Why = f.Why.Sentence(nil, w.lang, w.zone)
	}
	return b
}
