package app

import (
	"context"
	"io"
	"strconv"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/campaign/sheet"
)

// exportPage is how many people are read at once.
const exportPage = 200

// Refusals implements webui.Campaigns.
func (d campaignDesk) Refusals(ctx context.Context, id gateway.CampaignID, lang string, w io.Writer) error {
	t, zone := sheet.NewWriter(w), d.app.live.Now().Settings.Shop.Zone()
	if err := t.Row(in(lang, "Строка", "Row"), in(lang, "Телефон", "Phone"), in(lang, "Имя", "Name"), in(lang, "Почему", "Why")); err != nil {
		return err
	}
	err := d.each(ctx, id, campaign.PeopleFilter{State: campaign.PersonOut}, func(p campaign.Person) error {
		return t.Row(lineWord(p.Line), p.Phone.String(), p.Name, p.Reason.Sentence(p.Args, lang, zone))
	})
	if err != nil {
		return err
	}
	return t.End()
}

// Export implements webui.Campaigns.
func (d campaignDesk) Export(ctx context.Context, id gateway.CampaignID, lang string, w io.Writer) error {
	t, zone := sheet.NewWriter(w), d.app.live.Now().Settings.Shop.Zone()
	at := func(when time.Time) string {
		if when.IsZero() {
			return ""
		}
		return when.In(zone).Format("02.01.2006 15:04")
	}
	if err := t.Row(
		in(lang, "Строка", "Row"), in(lang, "Телефон", "Phone"), in(lang, "Имя", "Name"), in(lang, "Состояние", "State"), in(lang, "Почему", "Why"),
		in(lang, "Канал", "Channel"), in(lang, "Вариант", "Variant"), in(lang, "Отправлено", "Sent"), in(lang, "Доставлено", "Delivered"),
		in(lang, "Прочитано", "Read"), in(lang, "Ответил", "Answered"), in(lang, "Открыл ссылку", "Opened the link"), in(lang, "Поставил оценку", "Left a mark"),
		in(lang, "Отказался", "Opted out"),
	); err != nil {
		return err
	}
	err := d.each(ctx, id, campaign.PeopleFilter{}, func(p campaign.Person) error {
		why, variant := "", ""
		if p.Reason != "" {
			why = p.Reason.Sentence(p.Args, lang, zone)
		}
		if p.Variant > 0 {
			variant = strconv.Itoa(p.Variant)
		}
		return t.Row(lineWord(p.Line), p.Phone.String(), p.Name, personWord(p.State, lang), why, channelName(p.Channel, lang), variant,
			at(p.SentAt), at(p.DeliveredAt), at(p.ReadAt), at(p.AnsweredAt), at(p.ClickedAt), at(p.MarkedAt), at(p.OptedOutAt))
	})
	if err != nil {
		return err
	}
	return t.End()
}

// each goes through a mailing's people, page by page: they are never all in memory.
func (d campaignDesk) each(ctx context.Context, id gateway.CampaignID, f campaign.PeopleFilter, do func(campaign.Person) error) error {
	f.Limit = exportPage
	for {
		rows, next, err := d.Store.People(ctx, id, f)
		if err != nil {
			return err
		}
		for _, p := range rows {
			if err := do(p); err != nil {
				return err
			}
		}
		if next == 0 || len(rows) == 0 {
			return nil
		}
		f.After = next
	}
}

func in(lang, ru, en string) string {
	if lang == "ru" {
		return ru
	}
	return en
}

func lineWord(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func channelName(ch device.Channel, lang string) string {
	switch ch {
	case device.WhatsApp:
		return "WhatsApp"
	case device.SMS:
		return "SMS"
	case device.Chat:
		return in(lang, "чат", "chat")
	}
	return ""
}

func personWord(s campaign.PersonState, lang string) string {
	words := map[campaign.PersonState][2]string{
		campaign.PersonOut: {"не пишем", "left out"}, campaign.PersonWaits: {"ждёт", "waits"},
		campaign.PersonQueued: {"в очереди", "queued"}, campaign.PersonSent: {"отправлено", "sent"}, campaign.PersonDoubt: {"неизвестно", "unknown"},
		campaign.PersonFailed: {"не отправлено", "failed"},
	}[s]
	return in(lang, words[0], words[1])
}
