package webui

import (
	"net/url"
	"strings"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// draftForm is what the page of the bot sends: a draft and the entry that is open.
func draftForm(s bot.Script, base int, at string, more string) string {
	packed, err := pack(scriptDraft{base, tidy(s)})
	if err != nil {
		panic(err)
	}
	form := "draft=" + url.QueryEscape(packed) + "&at=" + url.QueryEscape(at)
	if more != "" {
		form += "&" + more
	}
	return form
}

// orderEntry is the entry of the first command of the fixtures as the form sends it.
const orderEntry = "number=1&title_ru=Где+мой+заказ?&title_en=Where+is+my+order?&phrases=заказ%0D%0Aгде+заказ&kind=order_status&points=1&week=always&audience=all&tryout=%2B79160000001"

func talkScenes() []scene {
	const manager, operator = gateway.Manager, gateway.Operator
	var list []scene
	add := func(name, path string, role gateway.Role, change func(*talks)) {
		list = append(list, scene{name: name, shop: with(chatty, func(s *shop) { change(s.talk) }), role: role, path: path})
	}
	nothing := func(*talks) {}
	fresh := func(t *talks) { *t = *emptyTalks(t.shop) }
	add("bot", "/bot", manager, nothing)
	add("bot-fresh", "/bot", manager, fresh)
	for _, key := range botTopics {
		add("bot-topic-"+key, "/bot?at="+key, manager, nothing)
	}
	for _, id := range []string{"points", "delivery", "cost", "review", "catalog", "person"} {
		add("bot-cmd-"+id, "/bot?at=cmd:"+id, manager, nothing)
	}
	add("bot-saved", "/bot?done=bot_saved", manager, nothing)
	add("bot-no-crm", "/bot?at=marks", manager, func(t *talks) { t.ref = gateway.Reference{} })
	add("bot-night", "/bot?at=open", manager, func(t *talks) { t.script.Open = bot.Week{Days: [7][]bot.Span{1: {{From: 0, To: 60}}}} })
	add("bot-week", "/bot/week", manager, nothing)
	add("bot-week-empty", "/bot/week", manager, fresh)
	add("bot-marks", "/bot/marks", manager, nothing)
	add("bot-marks-7", "/bot/marks?days=7", manager, func(t *talks) { t.marks = nil })
	add("bot-marks-none", "/bot/marks", manager, fresh)
	add("bot-marks-none-on", "/bot/marks", manager, func(t *talks) { t.tables = nil })
	add("inbox", "/inbox", operator, nothing)
	add("inbox-never", "/inbox", operator, fresh)
	add("inbox-waiting", "/inbox?only=waiting&q=анна", operator, nothing)
	add("inbox-none", "/inbox?q=никто", operator, nothing)
	add("inbox-talk", "/inbox/1", operator, nothing)
	add("inbox-talk-chat", "/inbox/2?only=unread", operator, nothing)
	add("inbox-talk-released", "/inbox/3?done=released", operator, nothing)
	add("inbox-talk-window", "/inbox/4", operator, nothing)
	add("inbox-talk-blocked", "/inbox/5", operator, nothing)
	add("inbox-talk-off", "/inbox/1", operator, func(t *talks) {
		t.script.On, t.links[0].State = false, device.LinkUnreachable
		t.list[0].SilentUntil = ago(1)
	})
	add("settings-chats", "/settings/chats", manager, nothing)
	add("rule-new-chat", "/rules/new?status=send", manager, nothing)
	add("overview-talks", "/", manager, nothing)
	add("device-chats", "/device", manager, nothing)
	for _, state := range []device.LinkState{device.LinkOff, device.LinkConnecting, device.LinkUnreachable, device.LinkNoChats, device.LinkNoAccess} {
		add("device-chat-"+string(state), "/device", manager, func(t *talks) { t.links[2].State, t.links[2].Cause = state, "403" })
	}
	script := busyScript()
	form := func(name, path, form string, status int, change func(*talks)) {
		list = append(list, scene{name: name, shop: with(chatty, func(s *shop) { change(s.talk) }), role: manager, path: path, form: form, status: status})
	}
	form("bot-add", "/bot/edit", draftForm(script, 3, "cmd:order", orderEntry+"&do=add:"), 0, nothing)
	form("bot-wrong", "/bot", draftForm(script, 3, "cmd:order", strings.Replace(orderEntry, "title_ru=Где+мой+заказ?", "title_ru=", 1)+"&kind=link"), 422, nothing)
	form("bot-conflict", "/bot", draftForm(script, 2, "cmd:order", orderEntry), 409, nothing)
	form("bot-refused", "/bot", draftForm(script, 3, "welcome", "again_after=7&languages=ru,en"), 422, func(t *talks) {
		t.problems = bot.Problems{{Where: "lines.welcome.ru", Kind: bot.ProblemPlace, Detail: "order.sum"}}
	})
	form("bot-bad-hours", "/bot/edit", draftForm(script, 3, "open", "week=hours&week_1=ten&week_except=someday&go=words"), 422, nothing)
	form("bot-bad-numbers", "/bot", draftForm(script, 3, "limits", "limits.per_minute=x&limits.per_day=1&limits.same_within=1&limits.silence=1&limits.lookups_per_hour=1&limits.lookups_per_day=1&limits.list_valid=1&marks.correct_within=1&marks.valid=soon"), 422, nothing)
	form("bot-try", "/bot/try", draftForm(script, 3, "cmd:order", orderEntry+"&who=several&where=taps&tongue=ru&say=где+мой+заказ"), 0, nothing)
	form("bot-try-broken", "/bot/try", draftForm(script, 3, "cmd:order", strings.Replace(orderEntry, "title_ru=Где+мой+заказ?", "title_ru=", 1)+"&who=one&say=1"), 422, nothing)
	form("bot-switch", "/bot/switch", draftForm(script, 3, "cmd:order", orderEntry+"&on=0"), 0, nothing)
	form("bot-phrase-taken", "/bot/unmatched/add", "phrase=а+можно+забрать+вечером&as=адрес&command=order", 422, nothing)
	form("settings-chats-wrong", "/settings/chats", "chats.mirror=webhook&chats.endpoint=x", 422, nothing)
	form("inbox-say-nothing", "/inbox/1/say", "text=", 422, nothing)
	list = append(list, scene{name: "bot-operator", shop: chatty, role: operator, path: "/bot", status: 403})
	return list
}
