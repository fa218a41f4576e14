package app

import (
	"context"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/store"
	"vestnik/webui"
)

// campaignDesk is what the pages about mailings ask.
type campaignDesk struct {
	*store.Store
	app *App
}

var _ webui.Campaigns = campaignDesk{}

// Campaigns is what the pages about mailings ask.
func (a *App) Campaigns() webui.Campaigns { return campaignDesk{a.store, a} }

// SaveCampaign implements webui.Campaigns.
func (d campaignDesk) SaveCampaign(ctx context.Context, c campaign.Campaign, by string) (campaign.Campaign, error) {
	if err := c.Validate(); err != nil {
		return c, err
	}
	saved, err := d.Store.SaveCampaign(ctx, c, by)
	if err != nil {
		return saved, err
	}
	return saved, d.app.mailings.Edited(ctx, saved.ID)
}

// DeleteCampaign implements webui.Campaigns.
func (d campaignDesk) DeleteCampaign(ctx context.Context, id gateway.CampaignID) error {
	if err := d.Store.DeleteCampaign(ctx, id); err != nil {
		return err
	}
	d.app.topics.Publish(gateway.TopicCampaigns)
	return d.app.uploads().remove(id)
}

// CopyCampaign implements webui.Campaigns. An uploaded list stays with the old one.
func (d campaignDesk) CopyCampaign(ctx context.Context, id gateway.CampaignID, by string) (campaign.Campaign, error) {
	old, err := d.Campaign(ctx, id)
	if err != nil {
		return old, err
	}
	c := campaign.Campaign{Kind: old.Kind, Audience: old.Audience, Text: old.Text, Plan: old.Plan, Report: old.Report}
	more := " (copy)"
	if d.app.live.Now().Settings.Shop.Language == "ru" {
		more = " (копия)"
	}
	if name := []rune(old.Name); len(name) > 80 {
		old.Name = string(name[:80])
	}
	c.Name = strings.TrimSuffix(old.Name, more) + more
	c.Audience.File, c.Text.Winner = campaign.File{}, 0
	c.Plan.StartAt, c.Plan.EndAt = time.Time{}, time.Time{}
	saved, err := d.Store.SaveCampaign(ctx, c, by)
	d.app.topics.Publish(gateway.TopicCampaigns)
	return saved, err
}

// Segments implements webui.Campaigns.
func (d campaignDesk) Segments(ctx context.Context) ([]gateway.Segment, error) {
	if crm := d.app.audiences(); crm != nil {
		return crm.Segments(ctx)
	}
	return nil, noCRM("segments")
}

// Shops implements webui.Campaigns.
func (d campaignDesk) Shops(ctx context.Context) ([]gateway.Site, error) {
	if crm := d.app.profiles(); crm != nil {
		return crm.Sites(ctx)
	}
	return nil, noCRM("sites")
}

// Collect implements webui.Campaigns.
func (d campaignDesk) Collect(ctx context.Context, id gateway.CampaignID, _ string) error {
	c, err := d.Campaign(ctx, id)
	if err != nil {
		return err
	}
	switch a := c.Audience; {
	case a.Source == "":
		return gateway.FieldErrors{"source": gateway.ProblemRequired}
	case a.Source == campaign.FromList && strings.TrimSpace(a.Pasted) == "":
		return gateway.FieldErrors{"pasted": gateway.ProblemRequired}
	case a.Source == campaign.FromFile && a.File.Ref == "":
		return gateway.FieldErrors{"file": gateway.ProblemRequired}
	case a.Source == campaign.FromFile && !hasPhoneColumn(a.File.Columns):
		return gateway.FieldErrors{"columns": gateway.ProblemRequired}
	}
	return d.app.mailings.Collect(ctx, id)
}

func hasPhoneColumn(columns map[int]string) bool {
	for _, what := range columns {
		if what == "phone" {
			return true
		}
	}
	return false
}

// StopCollect implements webui.Campaigns.
func (d campaignDesk) StopCollect(ctx context.Context, id gateway.CampaignID) error {
	return d.app.mailings.StopCollect(ctx, id)
}

// Count implements webui.Campaigns.
func (d campaignDesk) Count(ctx context.Context, id gateway.CampaignID) (campaign.Count, error) {
	c, err := d.Campaign(ctx, id)
	if err != nil {
		return campaign.Count{}, err
	}
	return d.Store.Count(ctx, id, campaign.DeductionsOf(c, d.app.live.Now(), d.app.clock.Time()))
}

// Fields implements webui.Campaigns.
func (d campaignDesk) Fields(_ context.Context, c campaign.Campaign) ([]gateway.Field, error) {
	now := d.app.live.Now()
	return campaign.Fields(c.Audience, now.Reference, now.Settings), nil
}

// Preview implements webui.Campaigns.
func (d campaignDesk) Preview(ctx context.Context, c campaign.Campaign, variant int, lang string, person int64) (webui.CampaignPreview, error) {
	w, err := campaign.NewWriter(c.Text, d.app.live.Now().Settings)
	if err != nil {
		return webui.CampaignPreview{}, err
	}
	if variant < 1 || variant > len(c.Text.Variants) {
		return webui.CampaignPreview{}, gateway.FieldErrors{"variant": gateway.ProblemRange}
	}
	p, err := d.reader(ctx, c, person)
	if err != nil {
		return webui.CampaignPreview{}, err
	}
	shown := p
	if lang != "" {
		p.Language = lang
	}
	if p.Token == "" && w.NeedsToken() {
		p.Token = "abcd2345"
	}
	out := webui.CampaignPreview{Person: shown}
	out.Text, out.Missing = w.Write(p, variant, p.Token)
	out.SMS = device.MeasureSMS(out.Text)
	return out, nil
}

// reader is a person for a preview: the one asked for, else the first who was gathered, else one of
// the directory's examples.
func (d campaignDesk) reader(ctx context.Context, c campaign.Campaign, person int64) (campaign.Person, error) {
	if person != 0 {
		p, err := d.CampaignPerson(ctx, person)
		if err == nil && p.Campaign != c.ID {
			err = device.Errorf(device.NotFound, "campaign: preview", "person %d is of another mailing", person)
		}
		return p, err
	}
	if c.ID != 0 {
		for _, f := range []campaign.PeopleFilter{{State: campaign.PersonWaits, Limit: 1}, {State: campaign.PersonSent, Limit: 1}} {
			rows, _, err := d.Store.People(ctx, c.ID, f)
			if err != nil || len(rows) > 0 {
				return append(rows, campaign.Person{})[0], err
			}
		}
	}
	now := d.app.live.Now()
	p := campaign.Person{Name: "Анна", Fields: map[string]string{}}
	if now.Settings.Shop.Language != "ru" {
		p.Name = "Anna"
	}
	for _, f := range campaign.Fields(c.Audience, now.Reference, now.Settings) {
		p.Fields[f.Path] = f.Example
	}
	return p, nil
}

// sample are some of a mailing's people, for the linter.
func (d campaignDesk) sample(ctx context.Context, id gateway.CampaignID) ([]campaign.Person, error) {
	if id == 0 {
		return nil, nil
	}
	rows, _, err := d.Store.People(ctx, id, campaign.PeopleFilter{State: campaign.PersonWaits, Limit: 200})
	return rows, err
}

// Lint implements webui.Campaigns.
func (d campaignDesk) Lint(ctx context.Context, c campaign.Campaign) ([]campaign.Finding, error) {
	now := d.app.live.Now()
	look := campaign.Draught{
		Campaign: c, Settings: now.Settings, On: now.On, Opens: d.app.mailings.Opens(c), MaxParts: maxSMSParts,
		Fields: campaign.Fields(c.Audience, now.Reference, now.Settings),
	}
	var err error
	if look.Restored, err = d.Store.Restored(ctx); err != nil {
		return nil, err
	}
	if c.ID == 0 || c.Collect.State != campaign.CollectDone {
		return campaign.Lint(look), nil
	}
	count, err := d.Store.Count(ctx, c.ID, campaign.DeductionsOf(c, now, d.app.clock.Time()))
	if err != nil {
		return nil, err
	}
	look.Count = &count
	ahead, err := d.app.mailings.ForeseeCount(ctx, c, count)
	if err != nil {
		return nil, err
	}
	look.NewChats, look.Days = ahead.NewChats, len(ahead.Days)
	if look.Sample, err = d.sample(ctx, c.ID); err != nil {
		return nil, err
	}
	return campaign.Lint(look), nil
}

// Forecast implements webui.Campaigns.
func (d campaignDesk) Forecast(ctx context.Context, id gateway.CampaignID) (campaign.Forecast, error) {
	return d.app.mailings.Ahead(ctx, id)
}

// TestSend implements webui.Campaigns.
func (d campaignDesk) TestSend(ctx context.Context, id gateway.CampaignID, to, by string) ([]gateway.MessageID, error) {
	c, err := d.Campaign(ctx, id)
	if err != nil {
		return nil, err
	}
	w, err := campaign.NewWriter(c.Text, d.app.live.Now().Settings)
	if err != nil {
		return nil, err
	}
	p, err := d.reader(ctx, c, 0)
	if err != nil {
		return nil, err
	}
	channels := c.Plan.Channels
	if len(channels) == 0 {
		channels = []device.Channel{device.WhatsApp, device.SMS}
	}
	key := "campaign/" + strconv.FormatInt(int64(id), 10) + "/test/" + strconv.FormatInt(d.app.clock.Time().UnixMilli(), 10)
	var sent []gateway.MessageID
	for i := range c.Text.Variants {
		words, _ := w.Write(p, i+1, "")
		m, _, err := d.app.desk.Enqueue(ctx, gateway.Draft{
			To: to, Text: words, Key: key + "/" + strconv.Itoa(i+1), Purpose: gateway.ForTest, Channels: channels, By: by, File: c.Text.File,
		})
		if err != nil {
			return sent, err
		}
		sent = append(sent, m.ID)
	}
	return sent, nil
}

// Start implements webui.Campaigns.
func (d campaignDesk) Start(ctx context.Context, id gateway.CampaignID, version int, by string) error {
	c, err := d.Campaign(ctx, id)
	if err != nil {
		return err
	}
	if c.Version != version || c.State != campaign.Draft {
		return device.Errorf(device.Conflict, "campaign: start", "mailing %d was changed meanwhile", id)
	}
	if gateway.DiskFault(d.app.disk.State()) != nil || d.app.disk.State() == gateway.DiskLow {
		return device.Errorf(device.Conflict, "campaign: start", "there is too little room on the disk")
	}
	found, err := d.Lint(ctx, c)
	if err != nil {
		return err
	}
	if err := campaign.Refusal(found); err != nil {
		return err
	}
	return d.app.mailings.Start(ctx, id, by)
}

// Pause implements webui.Campaigns.
func (d campaignDesk) Pause(ctx context.Context, id gateway.CampaignID, by string) error {
	return d.app.mailings.Pause(ctx, id, by)
}

// Resume implements webui.Campaigns.
func (d campaignDesk) Resume(ctx context.Context, id gateway.CampaignID, by string) error {
	return d.app.mailings.Resume(ctx, id, by)
}

// Stop implements webui.Campaigns.
func (d campaignDesk) Stop(ctx context.Context, id gateway.CampaignID, by string) error {
	return d.app.mailings.Stop(ctx, id, by)
}

// Pace implements webui.Campaigns.
func (d campaignDesk) Pace(ctx context.Context, id gateway.CampaignID) (webui.CampaignPace, error) {
	c, err := d.Campaign(ctx, id)
	if err != nil {
		return webui.CampaignPace{}, err
	}
	fed, err := d.FedSince(ctx, id, d.app.clock.Time().Add(-time.Hour))
	if err != nil {
		return webui.CampaignPace{}, err
	}
	p := webui.CampaignPace{}
	for _, n := range fed {
		p.LastHour += n
	}
	switch c.State {
	case campaign.Paused, campaign.Stopped:
		p.Why, p.Args = c.Why, c.Args
	case campaign.Running:
		w := d.app.mailings.Waits(id)
		p.Why, p.Args, p.NextAt = w.Why, w.Args, w.NextAt
	}
	return p, nil
}

// Person implements webui.Campaigns.
func (d campaignDesk) Person(ctx context.Context, person int64) (campaign.Person, error) {
	return d.CampaignPerson(ctx, person)
}

// KeepFile implements webui.Campaigns.
func (d campaignDesk) KeepFile(ctx context.Context, name string, data []byte) (device.FileID, error) {
	mime, err := fileKind(data)
	if err != nil {
		return 0, err
	}
	return d.SaveFile(ctx, device.File{Name: name, MIME: mime, Data: data})
}
