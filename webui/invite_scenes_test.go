package webui

import (
	"time"

	"vestnik/bot"
	"vestnik/gateway"
)

// inviting is a shop that asks for reviews.
func inviting() *shop {
	s := chatty()
	s.settings.Decency.ReviewURL, s.settings.Decency.PublicURL = "https://reviews.example/lavka?add=1", "https://go.lavka.example"
	s.settings.Invitation.On, s.settings.Invitation.Statuses = true, []string{"ready", "gone-status"}
	s.talk.script.Open = bot.Daily(10*60, 20*60)
	s.invites = busyInvites(s)
	return s
}

func inviteScenes() []scene {
	const manager = gateway.Manager
	calm := func(s *shop) {}
	var list []scene
	add := func(name, path, form string, status int, change func(*shop)) {
		list = append(list, scene{name: name, shop: with(inviting, change), role: manager, path: path, form: form, status: status})
	}
	add("settings-decency", "/settings/decency?done=saved", "", 0, calm)
	list = append(list, scene{name: "settings-decency-fresh", shop: emptyShop, role: manager, path: "/settings/decency"})
	add("settings-decency-night", "/settings/decency", "", 0, func(s *shop) {
		s.settings.Decency.Hours = gateway.Hours{From: 22 * 60, To: 6 * 60}
		s.talk.script.Open = bot.Week{Days: [7][]bot.Span{1: {{From: 0, To: 60}}}}
		s.settings.Decency.Every = 366 * 24 * time.Hour
	})
	add("settings-decency-wrong", "/settings/decency", "limit_hours=1&from=x&to=21:00&every=-1&talk_rest=61&opt_out_ru=&opt_out_en=x&review_url=http://x&public_url=https://go.lavka.example/x&mailing_share=0&look_ups=much&stop_refused=101&stop_silent=1&stop_opt_out=", 422, calm)
	add("settings-decency-own-name", "/settings/decency", "every=30&talk_rest=10&opt_out_ru=СТОП&opt_out_en=STOP&public_url=https://example.com&mailing_share=50&look_ups=300&stop_refused=10&stop_silent=40&stop_opt_out=5&review_url=https://r.example", 422, calm)
	const rule = "enabled=1&statuses=ready&after=3&unit=days&way=chat,whatsapp,sms&happy_only=1&per_day=30&text_ru={{customer.firstName}},+спасибо!+{{review.link}}&text_en="
	add("invitations", "/campaigns/invitations", "", 0, calm)
	add("invitations-fresh", "/campaigns/invitations", "", 0, func(s *shop) {
		s.settings.Decency.ReviewURL, s.settings.Decency.PublicURL, s.settings.Invitation = "", "", gateway.DefaultInvitation()
		s.invites, s.ref, s.orders = emptyInvites(s), gateway.Reference{}, nil
	})
	add("invitations-plain", "/campaigns/invitations?done=saved", "", 0, func(s *shop) {
		s.settings.Decency.PublicURL, s.settings.Invitation.After = "", 6*time.Hour
		s.talk.script.Marks.Ask.On = true
	})
	add("invitations-try", "/campaigns/invitations/try", rule+"&order=10482", 0, calm)
	add("invitations-wrong", "/campaigns/invitations", "enabled=1&after=soon&unit=days&way=&per_day=-1&text_ru=Привет+{{order.numbr}}&text_en=Hello", 422, func(s *shop) { s.settings.Decency.ReviewURL = "" })
	add("consents", "/campaigns/consents", "", 0, calm)
	add("consents-none", "/campaigns/consents?done=saved", "", 0, func(s *shop) { s.invites = emptyInvites(s) })
	add("consents-found", "/campaigns/consents?answer=no&q=4568&kept=12", "", 0, calm)
	add("consents-nobody", "/campaigns/consents?q=999999", "", 0, calm)
	add("consents-wrong", "/campaigns/consents", "phone=8+9I2&answer=yes&note=", 422, calm)
	add("consents-stop", "/campaigns/consents/stop", "numbers=Анна%09+7+916+123-45-67%0A12%0A89161234567;+8+912+000&note=1С", 422, calm)
	add("consents-person", "/campaigns/consents/person?phone=%2B79161234568&done=consent", "", 0, calm)
	add("consents-card", "/campaigns/consents/person?card=302", "", 0, calm)
	add("consents-stranger", "/campaigns/consents/person?phone=%2B79169999999", "", 0, calm)
	add("consents-no-such", "/campaigns/consents/person?phone=x", "", 404, calm)
	list = append(list,
		scene{name: "invitations-operator", shop: inviting, role: gateway.Operator, path: "/campaigns/invitations", status: 403},
		scene{name: "consents-operator", shop: inviting, role: gateway.Operator, path: "/campaigns/consents", status: 403})
	return list
}
