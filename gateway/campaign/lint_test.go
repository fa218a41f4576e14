package campaign_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

var noon = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

func draught(change func(*campaign.Draught)) campaign.Draught {
	d := campaign.Draught{
		Campaign: campaign.Campaign{
			Kind: campaign.Invitation, Collect: campaign.Collect{State: campaign.CollectDone},
			Plan: campaign.Plan{Channels: []device.Channel{device.WhatsApp, device.SMS}},
			Text: ru("{{customer.firstName}}, спасибо! Ждём отзыв: {{review.link}}"),
		},
		Settings: settings(), On: func(device.Channel) bool { return true }, Opens: true, Count: &campaign.Count{Goes: 50}, MaxParts: 6,
		Fields: campaign.Fields(campaign.Audience{Source: campaign.FromList}, gateway.Reference{}, settings()),
	}
	if change != nil {
		change(&d)
	}
	return d
}

func TestTheLinter(t *testing.T) {
	if found := campaign.Lint(draught(nil)); len(found) > 0 {
		t.Errorf("a good mailing: %+v", found)
	}
	long := strings.Repeat("очень длинный текст ", 30)
	for code, c := range map[campaign.FindingCode]struct {
		refuses bool
		change  func(*campaign.Draught)
	}{
		campaign.FoundNoText:     {true, func(d *campaign.Draught) { d.Campaign.Text = ru(" ") }},
		campaign.FoundTemplate:   {true, func(d *campaign.Draught) { d.Campaign.Text = ru("{{customer.firstNme}} {{review.link}}") }},
		campaign.FoundNobody:     {true, func(d *campaign.Draught) { d.Count = &campaign.Count{Found: 3} }},
		campaign.FoundNoAudience: {true, func(d *campaign.Draught) { d.Count = nil }},
		campaign.FoundNoChannel:  {true, func(d *campaign.Draught) { d.On = func(device.Channel) bool { return false } }},
		campaign.FoundNoWindow:   {true, func(d *campaign.Draught) { d.Opens = false }},
		campaign.FoundNoConsent: {true, func(d *campaign.Draught) {
			d.Count = &campaign.Count{Out: map[gateway.Reason]int{gateway.NoConsent: 3}}
		}},
		campaign.FoundLooksLikeAd: {true, func(d *campaign.Draught) {
			d.Campaign.Text = ru("{{customer.firstName}}, скидка 20 %! {{review.link}}")
		}},
		campaign.FoundNoLink:      {false, func(d *campaign.Draught) { d.Campaign.Text = ru("{{customer.firstName}}, оставьте отзыв") }},
		campaign.FoundNoReviewURL: {true, func(d *campaign.Draught) { d.Settings.Decency.ReviewURL = "" }},
		campaign.FoundShortener:   {false, func(d *campaign.Draught) { d.Campaign.Text = ru("{{customer.firstName}}: http://bit.ly/x") }},
		campaign.FoundSpamWord: {false, func(d *campaign.Draught) {
			d.Campaign.Text = ru("{{customer.firstName}}, срочно! {{review.link}}")
		}},
		campaign.FoundShouting: {false, func(d *campaign.Draught) {
			d.Campaign.Text = ru("{{customer.firstName}}, СПАСИБО ЗА ПОКУПКУ! {{review.link}}")
		}},
		campaign.FoundSameText: {false, func(d *campaign.Draught) {
			d.Campaign.Text, d.Count = ru("Спасибо! {{review.link}}"), &campaign.Count{Goes: 300}
		}},
		campaign.FoundSMSParts:      {false, func(d *campaign.Draught) { d.Campaign.Text = ru("{{customer.firstName}} " + long[:300]) }},
		campaign.FoundSMSTooLong:    {false, func(d *campaign.Draught) { d.Campaign.Text = ru("{{customer.firstName}} " + long) }},
		campaign.FoundManyNewChats:  {false, func(d *campaign.Draught) { d.NewChats, d.Days = 900, 45 }},
		campaign.FoundUnnamedColumn: {true, func(d *campaign.Draught) { d.Campaign.Text = ru("{{column.размер}} {{review.link}}") }},
		campaign.FoundRestored: {false, func(d *campaign.Draught) {
			d.Campaign.State, d.Campaign.CreatedAt = campaign.Draft, noon.Add(-48*time.Hour)
			d.Restored = gateway.Restored{At: noon, MadeAt: noon.Add(-24 * time.Hour)}
		}},
		campaign.FoundNoLanguage: {false, func(d *campaign.Draught) { d.Sample = []campaign.Person{{Language: "en"}} }},
	} {
		t.Run(string(code), func(t *testing.T) {
			found := campaign.Lint(draught(c.change))
			i := slices.IndexFunc(found, func(f campaign.Finding) bool { return f.Code == code })
			if i < 0 || found[i].Refuses != c.refuses {
				t.Fatalf("%+v", found)
			}
			for _, lang := range []string{"ru", "en"} {
				if w := found[i].Words(lang); w.What == string(code) || w.Do == "" || strings.ContainsAny(strings.NewReplacer("{{", "", "}}", "").Replace(w.What+w.Do), "{}") {
					t.Errorf("%s: %+v", lang, w)
				}
			}
			var refused *campaign.Refused
			if err := campaign.Refusal(found); errors.As(err, &refused) != c.refuses {
				t.Errorf("refusal: %v", err)
			}
		})
	}
}
