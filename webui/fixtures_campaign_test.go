package webui

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/campaign/sheet"
)

// mailings is a fake of Campaigns with behaviour enough for the pages.
type mailings struct {
	shop     *shop
	list     []campaign.Summary
	segments []gateway.Segment
	sites    []gateway.Site
	crmFault error
	look     sheet.Look
	lookErr  error
	upload   []byte
	counts   campaign.Count
	people   []campaign.Person
	findings []campaign.Finding
	forecast campaign.Forecast
	tally    []campaign.TallyRow
	pace     CampaignPace
	preview  CampaignPreview
	files    map[device.FileID]device.File
	saveErr  error // what the next save fails with
	startErr error
	did      []string
	tested   []string
}

var _ Campaigns = (*mailings)(nil)

func (m *mailings) find(id gateway.CampaignID) *campaign.Campaign {
	for i := range m.list {
		if m.list[i].ID == id {
			return &m.list[i].Campaign
		}
	}
	return nil
}

func noCampaign() error { return device.Errorf(device.NotFound, "campaign", "none") }

func (m *mailings) Campaigns(context.Context) ([]campaign.Summary, error) { return m.list, nil }
func (m *mailings) Campaign(_ context.Context, id gateway.CampaignID) (campaign.Campaign, error) {
	if c := m.find(id); c != nil {
		return *c, nil
	}
	return campaign.Campaign{}, noCampaign()
}

func (m *mailings) SaveCampaign(_ context.Context, c campaign.Campaign, by string) (campaign.Campaign, error) {
	if err := m.saveErr; err != nil {
		return c, err
	}
	c.By, c.UpdatedAt = by, m.shop.now
	c.Version++
	if c.ID == 0 {
		c.ID = gateway.CampaignID(len(m.list) + 1)
		m.list = append(m.list, campaign.Summary{Campaign: c})
		return c, nil
	}
	old := m.find(c.ID)
	if old == nil {
		return c, noCampaign()
	}
	if old.Version != c.Version-1 {
		return c, device.Errorf(device.Conflict, "campaign", "version")
	}
	*old = c
	return c, nil
}

func (m *mailings) DeleteCampaign(_ context.Context, id gateway.CampaignID) error {
	c := m.find(id)
	if c == nil {
		return noCampaign()
	}
	if c.State != campaign.Draft {
		return device.Errorf(device.Conflict, "campaign", "it has begun")
	}
	m.list = slices.DeleteFunc(m.list, func(s campaign.Summary) bool { return s.ID == id })
	return nil
}

func (m *mailings) CopyCampaign(ctx context.Context, id gateway.CampaignID, by string) (campaign.Campaign, error) {
	c, err := m.Campaign(ctx, id)
	if err != nil {
		return c, err
	}
	c.ID, c.State, c.Collect = 0, campaign.Draft, campaign.Collect{}
	return m.SaveCampaign(ctx, c, by)
}

func (m *mailings) Segments(context.Context) ([]gateway.Segment, error) {
	return m.segments, m.crmFault
}
func (m *mailings) Shops(context.Context) ([]gateway.Site, error) { return m.sites, m.crmFault }

func (m *mailings) KeepUpload(_ context.Context, id gateway.CampaignID, name string, size, offset int64, piece []byte, _ string) (int64, error) {
	c := m.find(id)
	if c == nil {
		return 0, noCampaign()
	}
	if size > sheet.MaxSize {
		return 0, device.Errorf(device.Invalid, "sheet", "too large")
	}
	if offset == 0 {
		m.upload = nil
	}
	if int64(len(m.upload)) != offset {
		return int64(len(m.upload)), device.Errorf(device.Conflict, "sheet", "offset")
	}
	m.upload = append(m.upload, piece...)
	if int64(len(m.upload)) == size {
		c.Audience.File = campaign.File{Name: name, Ref: "kept"}
	}
	return int64(len(m.upload)), nil
}

func (m *mailings) LookAtFile(context.Context, gateway.CampaignID) (sheet.Look, error) {
	return m.look, m.lookErr
}

func (m *mailings) Collect(_ context.Context, id gateway.CampaignID, _ string) error {
	m.find(id).Collect = campaign.Collect{State: campaign.CollectRunning, Read: 300, Total: 1300, Found: 290}
	return nil
}

func (m *mailings) StopCollect(_ context.Context, id gateway.CampaignID) error {
	m.find(id).Collect = campaign.Collect{}
	return nil
}

func (m *mailings) Count(context.Context, gateway.CampaignID) (campaign.Count, error) {
	return m.counts, nil
}

func (m *mailings) Refusals(_ context.Context, _ gateway.CampaignID, lang string, w io.Writer) error {
	_, err := fmt.Fprintf(w, "line;phone;name;reason %s\n17;;Пётр;bad\n", lang)
	return err
}

func (m *mailings) Fields(context.Context, campaign.Campaign) ([]gateway.Field, error) {
	return []gateway.Field{
		{Path: "review.link", Label: "Ссылка на отзыв", Group: "Отзыв", Example: "https://lavka.example/r/a1b2c3d4"},
		{Path: "customer.firstName", Label: "Имя клиента", Group: "Клиент", Example: "Анна", Empty: 0.06},
		{Path: "order.number", Label: "Номер заказа", Group: "Последний заказ", Example: "10482"},
		{Path: "column.скидка", Label: "скидка", Group: "Столбцы файла", Example: "10 %"},
	}, nil
}

func (m *mailings) Preview(_ context.Context, c campaign.Campaign, variant int, lang string, person int64) (CampaignPreview, error) {
	t, err := gateway.ParseTemplate(c.Text.Variants[variant-1].Texts[lang])
	if err != nil {
		return CampaignPreview{}, err
	}
	v := m.preview
	v.Text, v.Missing = t.Render(map[string]string{"customer.firstName": "Анна", "review.link": "https://lavka.example/r/a1b2c3d4"})
	v.Text += "\nЧтобы не получать рассылки, ответьте СТОП."
	v.SMS = device.MeasureSMS(v.Text)
	for _, p := range m.people {
		if p.ID == person {
			v.Person = p
		}
	}
	return v, nil
}

func (m *mailings) KeepFile(_ context.Context, name string, data []byte) (device.FileID, error) {
	id := device.FileID(len(m.files) + 1)
	m.files[id] = device.File{ID: id, Name: name, MIME: "image/png", Data: data}
	return id, nil
}

func (m *mailings) File(_ context.Context, id device.FileID) (device.File, error) {
	if f, ok := m.files[id]; ok {
		return f, nil
	}
	return device.File{}, device.Errorf(device.NotFound, "file", "none")
}

func (m *mailings) Lint(context.Context, campaign.Campaign) ([]campaign.Finding, error) {
	return m.findings, nil
}

func (m *mailings) Forecast(context.Context, gateway.CampaignID) (campaign.Forecast, error) {
	return m.forecast, nil
}

func (m *mailings) TestSend(_ context.Context, _ gateway.CampaignID, to, _ string) ([]gateway.MessageID, error) {
	m.tested = append(m.tested, to)
	return []gateway.MessageID{1}, nil
}

func (m *mailings) Start(_ context.Context, id gateway.CampaignID, version int, _ string) error {
	if m.startErr != nil {
		return m.startErr
	}
	c := m.find(id)
	if c.Version != version {
		return device.Errorf(device.Conflict, "campaign", "version")
	}
	c.State = campaign.Starting
	m.did = append(m.did, "start")
	return nil
}

func (m *mailings) shift(id gateway.CampaignID, did string, from, to campaign.State) error {
	c := m.find(id)
	if c == nil {
		return noCampaign()
	}
	if from != "" && c.State != from {
		return device.Errorf(device.Conflict, "campaign", "state")
	}
	c.State = to
	m.did = append(m.did, did)
	return nil
}

func (m *mailings) Pause(_ context.Context, id gateway.CampaignID, _ string) error {
	return m.shift(id, "pause", campaign.Running, campaign.Paused)
}

func (m *mailings) Resume(_ context.Context, id gateway.CampaignID, _ string) error {
	return m.shift(id, "resume", campaign.Paused, campaign.Running)
}

func (m *mailings) Stop(_ context.Context, id gateway.CampaignID, _ string) error {
	return m.shift(id, "stop", "", campaign.Stopped)
}

func (m *mailings) Tally(context.Context, gateway.CampaignID) ([]campaign.TallyRow, error) {
	return m.tally, nil
}

func (m *mailings) Pace(context.Context, gateway.CampaignID) (CampaignPace, error) {
	return m.pace, nil
}

func (m *mailings) People(_ context.Context, _ gateway.CampaignID, f campaign.PeopleFilter) ([]campaign.Person, int64, error) {
	var rows []campaign.Person
	for _, p := range m.people {
		got := map[string]bool{"": true, "delivered": !p.DeliveredAt.IsZero(), "answered": !p.AnsweredAt.IsZero(), "opted_out": !p.OptedOutAt.IsZero()}
		if p.ID <= f.After || f.State != "" && p.State != f.State || f.Reason != "" && p.Reason != f.Reason || !got[f.Got] || !strings.Contains(p.Name+string(p.Phone), f.Search) {
			continue
		}
		if f.Limit > 0 && len(rows) == f.Limit {
			return rows, rows[len(rows)-1].ID, nil
		}
		rows = append(rows, p)
	}
	return rows, 0, nil
}

func (m *mailings) Person(_ context.Context, id int64) (campaign.Person, error) {
	return campaign.Person{ID: id}, nil
}

func (m *mailings) Export(_ context.Context, _ gateway.CampaignID, lang string, w io.Writer) error {
	_, err := fmt.Fprintf(w, "phone;name;state %s\n+79161234568;Анна;sent\n", lang)
	return err
}

// mailing is a shop with mailings: 1 is a draft, 2 runs, 3 is paused after its first portion, 4 done.
func mailing() *shop {
	s := busyShop()
	text := "{{customer.firstName|default:\"Здравствуйте\"}}! Спасибо, что покупаете у нас. Расскажите, всё ли понравилось: {{review.link}}"
	base := campaign.Campaign{
		ID: 1, Name: "Осенние отзывы", Kind: campaign.Invitation, State: campaign.Draft, Version: 7, By: "Вера", UpdatedAt: ago(3 * time.Hour), CreatedAt: ago(4 * time.Hour),
		Audience: campaign.Audience{Source: campaign.FromFile, NoMark: true, File: campaign.File{Name: "клиенты осень.csv", Ref: "kept"}, ConsentFrom: "анкета в магазине", ConsentAt: ago(40 * 24 * time.Hour)},
		Text:     campaign.Text{Variants: []campaign.Variant{{Texts: map[string]string{"ru": text, "en": "Hello! Tell us how it was: {{review.link}}"}}, {Texts: map[string]string{"ru": "Как вам заказ? {{review.link}}"}}}, HappyOnly: true},
		Plan:     campaign.Plan{Channels: []device.Channel{device.WhatsApp, device.SMS}, Week: gateway.Daily(10*60, 20*60), NewChatsWait: true, Canary: 50},
		Collect:  campaign.Collect{State: campaign.CollectDone, Read: 1300, Total: 1300, Found: 1287, At: ago(time.Hour)},
	}
	m := &mailings{shop: s, files: map[device.FileID]device.File{}}
	m.segments = []gateway.Segment{{Code: "vip", Name: "VIP", Customers: 214}, {Code: "sleeping", Name: "Давно не покупали", Customers: 3120}}
	m.sites = []gateway.Site{{Code: "tea", Name: "Лавка чая"}, {Code: "coffee", Name: "Лавка кофе"}}
	m.look = sheet.Look{
		Kind: "csv", Encoding: "windows-1251", Comma: ";", Header: true, Lines: 1300,
		Columns: []sheet.Column{{Name: "ФИО", Guess: "name"}, {Name: "Мобильный", Guess: "phone"}, {Name: "Город", Guess: "city"}, {Name: "Скидка, %"}, {}},
		Rows:    [][]string{{"Петрова Анна", "8 (916) 123-45-68", "Москва", "10"}, {"Иванов Пётр", "916 12345", "Казань", "5"}, {"Константинопольская Александра Владимировна", "+7 921 000-11-22", "Санкт-Петербург", "", "постоянный клиент"}},
	}
	m.counts = campaign.Count{Found: 1300, Goes: 1240, Out: map[gateway.Reason]int{gateway.BadPhone: 13, gateway.SamePerson: 9, gateway.OptedOut: 22, gateway.WrittenLately: 12, gateway.HasMark: 4}}
	m.people = []campaign.Person{
		{ID: 1, Line: 2, Phone: "+79161234568", Name: "Анна Петрова", State: campaign.PersonWaits},
		{ID: 2, Line: 3, Name: "Пётр Иванов", State: campaign.PersonOut, Reason: gateway.BadPhone, Args: gateway.Args{"problem": "not_in_plan"}},
		{ID: 3, Line: 4, Phone: "+79210001122", Name: "Константинопольская Александра Владимировна", State: campaign.PersonWaits},
		{ID: 4, Line: 9, Phone: "+79161234568", State: campaign.PersonOut, Reason: gateway.SamePerson},
	}
	m.forecast = campaign.Forecast{
		At: noon, Ends: noon.AddDate(0, 0, 5).Add(5 * time.Hour), ByChannel: map[device.Channel]int{device.WhatsApp: 930, device.SMS: 310}, SMSParts: 620, NewChats: 120,
		Days: []campaign.ForecastDay{
			{Date: "2026-11-21", ByChannel: map[device.Channel]int{device.WhatsApp: 220, device.SMS: 60}},
			{Date: "2026-11-23", ByChannel: map[device.Channel]int{device.WhatsApp: 310, device.SMS: 100}},
			{Date: "2026-11-24", ByChannel: map[device.Channel]int{device.WhatsApp: 300, device.SMS: 100}},
			{Date: "2026-11-26", ByChannel: map[device.Channel]int{device.WhatsApp: 100, device.SMS: 50}},
		},
	}
	m.findings = []campaign.Finding{
		{Code: campaign.FoundSMSParts, Variant: 1, Language: "ru", Args: gateway.Args{"parts": "3"}},
		{Code: campaign.FoundManyNewChats, Args: gateway.Args{"count": "1120", "days": "4"}},
	}
	m.tally = []campaign.TallyRow{
		{State: campaign.PersonWaits, Hour: -1, Variant: 1, N: 390},
		{State: campaign.PersonWaits, Hour: -1, Variant: 2, N: 391},
		{State: campaign.PersonQueued, Hour: -1, Variant: 1, N: 4},
		{State: campaign.PersonOut, Reason: gateway.OptedOut, Hour: -1, N: 22},
		{State: campaign.PersonOut, Reason: gateway.BadPhone, Hour: -1, N: 13},
		{State: campaign.PersonFailed, Reason: gateway.WasRefused, Channel: device.SMS, Variant: 1, Hour: -1, N: 6},
		{State: campaign.PersonSent, Channel: device.WhatsApp, Variant: 1, Hour: 11, Sent: true, Delivered: true, Read: true, N: 120},
		{State: campaign.PersonSent, Channel: device.WhatsApp, Variant: 1, Hour: 12, Sent: true, Delivered: true, Read: true, Answered: true, Clicked: true, Marked: true, N: 21},
		{State: campaign.PersonSent, Channel: device.WhatsApp, Variant: 2, Hour: 12, Sent: true, Delivered: true, N: 101},
		{State: campaign.PersonSent, Channel: device.WhatsApp, Variant: 2, Hour: 13, Sent: true, Delivered: true, Read: true, Answered: true, OptedOut: true, N: 3},
		{State: campaign.PersonSent, Channel: device.SMS, Variant: 2, Hour: 13, Sent: true, N: 204},
	}
	m.pace = CampaignPace{LastHour: 118}
	running := base
	running.ID, running.Name, running.State, running.StartedAt, running.Rest = 2, "Новый сбор улуна", campaign.Running, ago(5*time.Hour), true
	running.Kind = campaign.Advertising
	canary := running
	canary.ID, canary.Name, canary.State, canary.Why, canary.Args, canary.Rest = 3, "Отзывы за октябрь", campaign.Paused, gateway.PausedCanary, gateway.Args{"sent": "449"}, false
	ended := running
	ended.ID, ended.Name, ended.State, ended.EndedAt = 4, "Чёрная пятница", campaign.Done, ago(20*24*time.Hour)
	sum := func(c campaign.Campaign) campaign.Summary {
		return campaign.Summary{Campaign: c, Total: 1275, Waits: 781, Queued: 4, Sent: 449, Delivered: 245, Read: 144, Answered: 24, Marked: 21, OptedOut: 3, Out: 35, Failed: 6}
	}
	over := sum(ended)
	over.Waits, over.Queued, over.Sent, over.Delivered = 0, 0, 1234, 1190
	m.list = []campaign.Summary{{Campaign: base}, sum(running), sum(canary), over}
	s.mail = m
	return s
}

// ran makes the people of a mailing that has begun.
func (m *mailings) ran() {
	m.people = []campaign.Person{
		{ID: 1, Variant: 1, Phone: "+79161234568", Name: "Анна Петрова", State: campaign.PersonSent, Channel: device.WhatsApp, Message: 1, SentAt: ago(time.Hour), DeliveredAt: ago(time.Hour), ReadAt: ago(time.Minute), AnsweredAt: ago(time.Minute)},
		{ID: 2, Variant: 2, Phone: "+79161234569", Name: "Пётр", State: campaign.PersonSent, Channel: device.SMS, Message: 2, SentAt: ago(time.Hour), DeliveredAt: ago(time.Hour), OptedOutAt: ago(time.Minute)},
		{ID: 3, Variant: 1, Phone: "+79161234570", Name: "Константинопольская Александра Владимировна", State: campaign.PersonWaits},
		{ID: 4, Phone: "+79161234571", State: campaign.PersonOut, Reason: gateway.OptedOut, Args: gateway.Args{"said_at": gateway.At(ago(100 * time.Hour))}},
		{ID: 5, Variant: 2, Phone: "+79161234572", Name: "Ольга", State: campaign.PersonFailed, Channel: device.SMS, Message: 4, Reason: gateway.WasRefused, Args: gateway.Args{"channel": "sms", "code": "38"}},
		{ID: 6, Variant: 2, Phone: "+79161234573", Name: "Олег", State: campaign.PersonDoubt, Channel: device.SMS, Message: 3, Reason: gateway.AskPerson},
	}
}
