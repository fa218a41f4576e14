package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

type newCampaign struct {
	Name string        `json:"name"`
	Kind campaign.Kind `json:"kind"`
	// People or Pasted say who is written to; a wrong number is told later, as a person left out.
	People []newPerson `json:"people"`
	Pasted string      `json:"pasted"`
	// Texts are the variants, each by language.
	Texts     []map[string]string `json:"texts"`
	Channels  []device.Channel    `json:"channels"`
	Plan      planBody            `json:"plan"`
	Consent   *consentBody        `json:"consent"`
	NoMark    bool                `json:"no_mark"`
	HappyOnly bool                `json:"happy_only"`
	Report    campaign.Report     `json:"report"`
}

type newPerson struct {
	Phone    string            `json:"phone"`
	Name     string            `json:"name"`
	Language string            `json:"language"`
	City     string            `json:"city"`
	Order    string            `json:"order"`
	Fields   map[string]string `json:"fields"`
}

// planBody is when it goes. Hours and days narrow the shop's own.
type planBody struct {
	Hours          *hoursBody `json:"hours"`
	Days           []string   `json:"days"` // "mon" to "sun"
	StartAt        time.Time  `json:"start_at"`
	EndAt          time.Time  `json:"end_at"`
	PerHour        int        `json:"per_hour"`
	SMSPerDay      int        `json:"sms_per_day"`
	NewChatsPerDay int        `json:"new_chats_per_day"`
	NewChatsWait   bool       `json:"new_chats_wait"`
	Canary         int        `json:"canary"`
}

// consentBody is the shop's statement about its list.
type consentBody struct {
	From string `json:"from"`
	At   string `json:"at"` // 2006-01-02
}

// createCampaign makes a draft and begins to gather its people. Nothing is sent before it is started.
func (a *api) createCampaign(c *fiber.Ctx) error {
	var in newCampaign
	if err := readBody(c, &in); err != nil {
		return err
	}
	m, table, err := in.draft()
	if err != nil {
		return err
	}
	ctx, by := c.UserContext(), tokenName(c)
	saved, err := a.Mailings.SaveCampaign(ctx, m, by)
	if err != nil {
		return err
	}
	if err := a.gather(ctx, saved, table, by); err != nil {
		// Half a draft is of no use to anybody.
		if gone := a.Mailings.DeleteCampaign(context.WithoutCancel(ctx), saved.ID); gone != nil {
			a.Log.Error("a draft without its people is left", "campaign", saved.ID, "err", gone)
		}
		return err
	}
	body, err := a.campaignBody(c, saved.ID)
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(body)
}

// gather gives a draft its table of people, if it has one, and begins to read them.
func (a *api) gather(ctx context.Context, m campaign.Campaign, t *table, by string) error {
	if t != nil {
		if _, err := a.Mailings.KeepUpload(ctx, m.ID, "api.csv", int64(len(t.csv)), 0, t.csv, by); err != nil {
			return err
		}
		kept, err := a.Mailings.Campaign(ctx, m.ID)
		if err != nil {
			return err
		}
		f := &kept.Audience.File
		f.Encoding, f.Comma, f.Header, f.Columns = "utf-8", ";", true, t.columns
		if _, err := a.Mailings.SaveCampaign(ctx, kept, by); err != nil {
			return err
		}
	}
	return a.Mailings.Collect(ctx, m.ID, by)
}

// draft is the mailing that was asked for, and its people as a table when they came as a list.
func (in newCampaign) draft() (campaign.Campaign, *table, error) {
	wrong := gateway.FieldErrors{}
	m := campaign.Campaign{
		Name: strings.TrimSpace(in.Name), Kind: in.Kind, Report: in.Report,
		Audience: campaign.Audience{NoMark: in.NoMark},
		Text:     campaign.Text{HappyOnly: in.HappyOnly},
		Plan: campaign.Plan{
			Channels: in.Channels, StartAt: in.Plan.StartAt, EndAt: in.Plan.EndAt, PerHour: in.Plan.PerHour, SMSPerDay: in.Plan.SMSPerDay,
			NewChatsPerDay: in.Plan.NewChatsPerDay, NewChatsWait: in.Plan.NewChatsWait, Canary: in.Plan.Canary,
		},
	}
	if len(m.Plan.Channels) == 0 {
		m.Plan.Channels = []device.Channel{device.WhatsApp, device.SMS}
	}
	var t *table
	switch pasted := strings.TrimSpace(in.Pasted); {
	case len(in.People) > 0 && pasted != "":
		return m, nil, fiber.NewError(fiber.StatusBadRequest, "Send people or pasted, not both.")
	case len(in.People) > 0:
		m.Audience.Source = campaign.FromFile
		var err error
		if t, err = tableOf(in.People); err != nil {
			return m, nil, err
		}
	case pasted != "":
		m.Audience.Source, m.Audience.Pasted = campaign.FromList, pasted
	default:
		wrong["people"] = gateway.ProblemRequired
	}
	for _, variant := range in.Texts {
		texts := map[string]string{}
		for lang, text := range variant {
			if lang != "ru" && lang != "en" {
				wrong["texts"] = gateway.ProblemUnknown
			}
			texts[lang] = text
		}
		m.Text.Variants = append(m.Text.Variants, campaign.Variant{Texts: texts})
	}
	if len(m.Text.Variants) == 0 {
		wrong["texts"] = gateway.ProblemRequired
	}
	if in.Consent != nil {
		at, err := time.Parse(time.DateOnly, in.Consent.At)
		if err != nil || strings.TrimSpace(in.Consent.From) == "" || at.After(time.Now()) {
			return m, nil, fiber.NewError(fiber.StatusBadRequest, "consent has from, how the people allowed advertising, and at, a date such as 2026-03-01 that has come.")
		}
		m.Audience.ConsentFrom, m.Audience.ConsentAt = strings.TrimSpace(in.Consent.From), at
	}
	var err error
	if m.Plan.Week, err = in.Plan.week(); err != nil {
		return m, nil, err
	}
	return m, t, wrong.OrNil()
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // by time.Weekday

// week is when it may go: always, unless hours or days are given.
func (p planBody) week() (gateway.Week, error) {
	if p.Hours == nil && len(p.Days) == 0 {
		return gateway.Week{}, nil
	}
	var span gateway.Span
	if p.Hours != nil {
		from, err1 := gateway.ParseClock(p.Hours.From)
		to, err2 := gateway.ParseClock(p.Hours.To)
		if err1 != nil || err2 != nil {
			return gateway.Week{}, fiber.NewError(fiber.StatusBadRequest, "plan.hours are written 10:00.")
		}
		span = gateway.Span{From: from, To: to}
	}
	var w gateway.Week
	for _, day := range p.Days {
		n := slices.Index(weekdays, strings.ToLower(day))
		if n < 0 {
			return w, fiber.NewError(fiber.StatusBadRequest, "plan.days are mon, tue, wed, thu, fri, sat and sun.")
		}
		w.Days[n] = []gateway.Span{span}
	}
	if len(p.Days) == 0 {
		w = gateway.Daily(span.From, span.To)
	}
	return w, nil
}

// table is a list of people as the file from which a mailing reads them.
type table struct {
	csv     []byte
	columns map[int]string
}

// maxFields is how many fields of their own the people of a mailing may have.
const maxFields = 50

func tableOf(people []newPerson) (*table, error) {
	names := map[string]bool{}
	for _, p := range people {
		for name := range p.Fields {
			names[name] = true
		}
	}
	if len(names) > maxFields {
		return nil, fiber.NewError(fiber.StatusBadRequest, "The people have more than 50 fields.")
	}
	head := []string{"phone", "name", "language", "city", "order"}
	t := &table{columns: map[int]string{}}
	for i, what := range head {
		t.columns[i] = what
	}
	fields := make([]string, 0, len(names))
	for name := range names {
		fields = append(fields, name)
	}
	slices.Sort(fields)
	for i, name := range fields {
		t.columns[len(head)+i] = "field:" + name
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Comma = ';'
	rows := make([][]string, 0, len(people)+1)
	rows = append(rows, append(head, fields...))
	for _, p := range people {
		row := []string{p.Phone, p.Name, p.Language, p.City, p.Order}
		for _, name := range fields {
			row = append(row, p.Fields[name])
		}
		rows = append(rows, row)
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	t.csv = out.Bytes()
	return t, nil
}
