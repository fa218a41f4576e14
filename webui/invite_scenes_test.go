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
	return list
}
