package webui

import (
	"fmt"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

// rulesForm is what the page of priority rules sends.
func rulesForm(rules []gateway.PriorityRule, more string) string {
	var parts []string
	for i, r := range rules {
		p := fmt.Sprintf("n=%d&rules.%d.name=%s&rules.%d.when=%s&rules.%d.value=%s&rules.%d.priority=%s", i, i, r.Name, i, r.When, i, r.Value, i, r.Priority)
		if r.Enabled {
			p += fmt.Sprintf("&rules.%d.enabled=1", i)
		}
		parts = append(parts, p)
	}
	return strings.Join(append(parts, more), "&")
}

// helpdeskForm is what the settings of the helpdesk send.
const wholeHelpdesk = "comment=1&card_url=http://vestnik.local:8480&field_customer=31&closed=closed&rank=1&rank=3&rank=2&rank_ok=1&unknown=ask&poll=15&per_minute=60&keep_days=180&digest=off&digest_hour=9&digest_day=1&delivery=send&problem=cancel&note_tickets=1&frame=https://chat.lavka.example"

func supportScenes() []scene {
	const owner, manager, operator = gateway.Owner, gateway.Manager, gateway.Operator
	var list []scene
	add := func(name, path string, role gateway.Role, change func(*desk)) {
		list = append(list, scene{name: name, shop: with(supported, func(s *shop) { change(s.desk) }), role: role, path: path})
	}
	form := func(name, path, form string, role gateway.Role, status int, change func(*desk)) {
		list = append(list, scene{name: name, shop: with(supported, func(s *shop) { change(s.desk) }), role: role, path: path, form: form, status: status})
	}
	nothing := func(*desk) {}
	fresh := func(d *desk) { *d = *emptyDesk(d.shop) }
	change := func(d *desk, customer int64, do func(*card.Card)) {
		k := d.cards[customer]
		do(&k)
		d.cards[customer] = k
	}

	add("support", "/support", manager, nothing)
	add("support-operator", "/support?only=all", operator, nothing)
	add("support-empty", "/support", operator, func(d *desk) { d.tickets = nil })
	add("support-nothing", "/support?only=none&q=zzz", operator, nothing)
	add("support-banned", "/support", operator, func(d *desk) {
		d.status.State, d.status.Until = gateway.HelpdeskBanned, noon.Add(20*time.Minute)
	})
	add("card", "/card/t/1042", operator, nothing)
	add("card-customer", "/card/51", manager, nothing)
	add("card-old", "/card/51", operator, func(d *desk) {
		change(d, 51, func(k *card.Card) { k.Old, k.AsOf = true, ago(5*time.Hour) })
	})
	add("card-away", "/card/51", operator, func(d *desk) {
		change(d, 51, func(k *card.Card) { k.Away, k.AsOf, k.Manager = gateway.CRMUnreachable, ago(50*time.Hour), nil })
	})
	add("card-many-orders", "/card/51", operator, func(d *desk) {
		change(d, 51, func(k *card.Card) {
			k.OrdersTotal, k.Profile.OrdersCount, k.Profile.Total, k.Profile.Bad = 5000, 5000, "34129650.50", true
			for i := range 7 {
				o := orderOf(gateway.OrderID(100+i), fmt.Sprint(100+i), "new", "Новый", "new", i)
				for j := range 9 {
					o.Items = append(o.Items, gateway.ProfileItem{Name: fmt.Sprintf("Товар %d", j), Quantity: "1.5"})
				}
				o.Problem = i == 1
				k.Orders = append(k.Orders, o)
			}
		})
	})
	add("card-new", "/card/51", operator, func(d *desk) {
		d.cards[51] = card.Card{Profile: gateway.Profile{Customer: gateway.Customer{ID: 51}}}
	})
	add("card-nasty", "/card/66", operator, nothing)
	add("card-ambiguous", "/card/t/1043", operator, nothing)
	add("card-unknown", "/card/t/1044", operator, nothing)
	add("card-unknown-off", "/card/t/1044", operator, func(d *desk) { d.settings.Helpdesk.Unknown = gateway.UnknownOff })
	add("card-degraded", "/card/t/1045", operator, func(d *desk) {
		d.crm = gateway.CRMStatus{State: gateway.CRMUnreachable, Since: ago(30 * time.Minute)}
	})
	add("card-robot", "/card/t/1046", operator, nothing)
	add("card-looking", "/card/t/1047", manager, nothing)
	add("card-crm-down", "/card/51", operator, func(d *desk) { d.fault = device.Errorf(device.Unavailable, "retailcrm", "503") })
	for _, what := range cardDeeds {
		add("card-do-"+what, "/card/t/1042?do="+what, operator, nothing)
	}
	add("card-do-nophone", "/card/51?do=write", operator, func(d *desk) {
		change(d, 51, func(k *card.Card) { k.Profile.Phones = nil })
	})
	add("card-do-down", "/card/51?do=write", operator, func(d *desk) { d.links[0].State = device.LinkUnreachable })
	add("card-done", "/card/51?done=card_noted_later", operator, nothing)
	form("card-status", "/card/51/status", "order=90512&text=Добрый+день!&ticket=1042", operator, 0, nothing)
	form("card-write-empty", "/card/51/write", "text=&to=%2B79161234568&channel=sms", operator, 422, nothing)
	form("card-write-refused", "/card/51/write", "text=x&to=%2B79161234568&channel=sms", operator, 422, func(d *desk) {
		d.late = device.Errorf(device.Refused, "write", "the customer opted out")
	})
	form("card-task-wrong", "/card/51/task", "text=x&performer=&due=soon", operator, 422, nothing)
	add("find", "/card", operator, nothing)
	add("find-none", "/card?q=nobody@example.com", operator, nothing)
	add("find-nonsense", "/card?q=x", operator, func(d *desk) { d.found = &card.Found{Status: card.FoundNone, NoHints: true} })
	add("find-many", "/card?q=5190", operator, func(d *desk) {
		d.found = &card.Found{Status: card.FoundMany, Candidates: d.tickets[1].Candidates}
	})
	add("find-away", "/card?q=5190", operator, func(d *desk) { d.found = &card.Found{Status: card.FoundAway, Away: gateway.CRMUnreachable} })
	form("find-make-wrong", "/card", "first=&phone=12&email=", operator, 422, nothing)
	add("card-looks", "/card/51/looks?sure=1", manager, nothing)
	add("card-looks-none", "/card/51/looks", manager, func(d *desk) { d.looks = nil })
	list = append(list, scene{name: "embed", shop: supported, path: "/card/embed"})
	add("embed-token", "/card/embed/token", operator, nothing)

	add("helpdesk", "/settings/helpdesk", owner, nothing)
	add("helpdesk-manager", "/settings/helpdesk", manager, nothing)
	add("helpdesk-fresh", "/settings/helpdesk", owner, func(d *desk) {
		d.settings.Helpdesk = gateway.DefaultHelpdesk()
		fresh(d)
	})
	add("helpdesk-unread", "/settings/helpdesk", owner, func(d *desk) { d.book = gateway.HelpdeskBook{} })
	add("helpdesk-unranked", "/settings/helpdesk", owner, func(d *desk) {
		d.settings.Helpdesk.Ranking, d.ref, d.sites = nil, gateway.Reference{}, nil
		d.settings.Helpdesk.Embed = gateway.EmbedSettings{}
	})
	for _, st := range []gateway.HelpdeskState{
		gateway.HelpdeskConnecting, gateway.HelpdeskUnreachable, gateway.HelpdeskNotOne, gateway.HelpdeskWrongKey, gateway.HelpdeskMissingRight, gateway.HelpdeskBanned, gateway.HelpdeskSparing, gateway.HelpdeskFailing,
	} {
		add("helpdesk-is-"+string(st), "/settings/helpdesk", owner, func(d *desk) {
			d.status = gateway.HelpdeskStatus{State: st, Until: noon.Add(50 * time.Minute), Cause: "401 e-401 Ban", Remaining: -1}
			d.book = gateway.HelpdeskBook{} // the form below is the same in every state
		})
	}
	form("helpdesk-tried", "/settings/helpdesk/access", "url=https://demo.helpdeskeddy.com&email=vestnik@lavka.example&do=try&ticket=1042", owner, 0, nothing)
	form("helpdesk-missing", "/settings/helpdesk/access", "url=https://demo.helpdeskeddy.com&email=vestnik@lavka.example&do=save", owner, 422, func(d *desk) {
		d.test.State, d.test.Rights[1].State, d.test.Rights[3].State, d.test.Left, d.rights = gateway.HelpdeskMissingRight, gateway.RightMissing, gateway.RightMissing, true, nil
	})
	form("helpdesk-other-address", "/settings/helpdesk/access", "url=https://other.example&email=&do=save&ticket=x", owner, 422, nothing)
	form("helpdesk-moved", "/settings/helpdesk", wholeHelpdesk+"&move=down:1", manager, 0, nothing)
	form("helpdesk-wrong", "/settings/helpdesk", "unknown=maybe&poll=1&per_minute=x&keep_days=3&digest=task&digest_hour=25&card_url=ftp://x&frame=nothing", manager, 422, nothing)
	form("helpdesk-secret", "/settings/helpdesk/panel", "do=new", owner, 0, nothing)
	form("helpdesk-mailbox-wrong", "/settings/helpdesk/plugin", "mailbox=http://evil.test/x", owner, 422, nothing)

	add("priorities", "/support/rules", manager, nothing)
	add("priorities-none", "/support/rules", manager, func(d *desk) { d.settings.Helpdesk.Rules, d.settings.Helpdesk.Ranking = nil, nil })
	add("priorities-live", "/support/rules", manager, func(d *desk) { d.settings.Helpdesk.RulesDry = false })
	saved := busyDesk(busyShop()).settings.Helpdesk.Rules
	form("priorities-tried", "/support/rules", rulesForm(saved, "do=try"), manager, 0, nothing)
	form("priorities-added", "/support/rules", rulesForm(saved, "do=add"), manager, 0, nothing)
	form("priorities-wrong", "/support/rules", rulesForm([]gateway.PriorityRule{{When: gateway.WhenLate, Value: "soon", Priority: "9"}}, "do=save"), manager, 422, nothing)
	add("lessons", "/support/lessons", manager, nothing)
	add("lessons-none", "/support/lessons?days=7", manager, func(d *desk) { d.questions = nil })
	add("quality", "/support/quality", manager, nothing)
	add("quality-none", "/support/quality?days=90", manager, fresh)
	add("overview-support", "/", manager, nothing)
	return list
}
