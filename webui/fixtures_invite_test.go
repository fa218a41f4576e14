package webui

import (
	"context"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// invites is what the pages about invitations and consents ask, with behaviour enough for them.
type invites struct {
	*shop
	links   map[string]bool
	clicks  []string // tokens that a person opened
	totals  gateway.InvitationTotals
	last    []gateway.Invitation
	trial   gateway.Trial
	words   []gateway.Consent // in force, newest first
	history []gateway.Consent
	kept    []gateway.Consent
}

var _ Invites = (*invites)(nil)

// emptyInvites is a box that never invited anybody.
func emptyInvites(s *shop) *invites { return &invites{shop: s, links: map[string]bool{}} }

// busyInvites is a shop in which invitations have gone out for a while.
func busyInvites(s *shop) *invites {
	return &invites{
		shop: s, links: map[string]bool{"k7m2q9xw": true},
		totals: gateway.InvitationTotals{Sent: 214, Delivered: 201, Clicked: 63, Marked: 41, OptedOut: 3, NotSent: 12, Waiting: 5},
		last: []gateway.Invitation{
			{Order: 10482, At: ago(80 * time.Hour), DueAt: ago(8 * time.Hour), State: gateway.AskDone, Message: 1},
			{Order: 10477, At: ago(81 * time.Hour), DueAt: ago(9 * time.Hour), State: gateway.AskNever, Why: gateway.NoPhone, Decision: 3},
			{Order: 10476, At: ago(82 * time.Hour), DueAt: ago(10 * time.Hour), State: gateway.AskNever, Why: gateway.OptedOut},
		},
		trial: gateway.Trial{
			Verdict: gateway.Send, Text: "Анна, спасибо за заказ 10482! Расскажите, всё ли понравилось: https://go.lavka.example/r/k7m2q9xw", To: "+79161234568",
			Channel: device.WhatsApp, Order: s.orders[0],
			Trace: []gateway.Step{{At: noon, Reason: gateway.FromInvitation, Args: gateway.Args{"order": "10482"}}, {At: noon, Reason: gateway.OnWhatsApp, Args: gateway.Args{"source": "receipt", "checked_at": gateway.At(ago(20 * time.Hour))}}},
		},
		words: []gateway.Consent{
			{Phone: "+79161234568", Answer: device.No, Source: gateway.ConsentWord, Note: "стоп", At: ago(3 * time.Hour)},
			{Phone: "+79160000002", Answer: device.Yes, Source: gateway.ConsentHand, Note: "Сказала по телефону", At: ago(30 * time.Hour), By: "Ольга"},
			{Phone: "+79160000003", Answer: device.Yes, Source: gateway.ConsentImport, Note: "клуб.xlsx", At: ago(300 * time.Hour), By: "Ольга"},
			{Customer: 302, Answer: device.No, Source: gateway.ConsentCRM, At: ago(900 * time.Hour)},
		},
		history: []gateway.Consent{
			{Phone: "+79161234568", Answer: device.No, Source: gateway.ConsentWord, Note: "стоп", At: ago(3 * time.Hour)},
			{Phone: "+79161234568", Answer: device.Yes, Source: gateway.ConsentCRM, At: ago(500 * time.Hour)},
		},
	}
}

func (v *invites) InvitationTotals(context.Context, time.Time) (gateway.InvitationTotals, error) {
	return v.totals, nil
}

func (v *invites) LastInvitations(context.Context, int) ([]gateway.Invitation, error) {
	return v.last, nil
}

func (v *invites) TryInvitation(_ context.Context, _ gateway.InvitationSettings, lang, number string) (gateway.Trial, error) {
	return v.trial, v.did("try invitation " + lang + " " + number)
}

func (v *invites) OpenLink(_ context.Context, token string, count bool) (string, error) {
	if v.fault != nil {
		return "", v.fault
	}
	if !v.links[token] {
		return "", device.Errorf(device.NotFound, "link", "none")
	}
	if count {
		v.clicks = append(v.clicks, token)
	}
	return v.settings.Decency.ReviewURL, nil
}

func (v *invites) ConsentOf(_ context.Context, phone device.Phone, customer int64) (gateway.Consent, bool, error) {
	for _, c := range v.words {
		if c.Phone == phone && phone != "" || customer != 0 && c.Customer == customer {
			return c, true, nil
		}
	}
	return gateway.Consent{}, false, nil
}

func (v *invites) KeepConsents(_ context.Context, words ...gateway.Consent) (int, error) {
	v.kept = append(v.kept, words...)
	return len(words), v.fault
}

func (v *invites) ConsentHistory(_ context.Context, phone device.Phone, _ int64) ([]gateway.Consent, error) {
	if len(v.history) > 0 && v.history[0].Phone == phone {
		return v.history, nil
	}
	return nil, nil
}

func (v *invites) ConsentList(_ context.Context, answer device.Answer, search string, limit int, before time.Time) ([]gateway.Consent, error) {
	var list []gateway.Consent
	for _, c := range v.words {
		if (answer != device.Yes && answer != device.No || c.Answer == answer) && strings.Contains(string(c.Phone), search) && (before.IsZero() || c.At.Before(before)) && len(list) < limit {
			list = append(list, c)
		}
	}
	return list, nil
}

func (v *invites) ConsentTotals(context.Context) (yes, no int, err error) {
	for _, c := range v.words {
		if c.Answer == device.Yes {
			yes++
		} else {
			no++
		}
	}
	return yes, no, nil
}
