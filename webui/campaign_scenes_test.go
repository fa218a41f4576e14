package webui

import (
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// The forms of the steps as their pages send them.
const (
	whomForm = "version=7&page_key=drawn1&name=Осень&kind=invitation&source=orders&statuses=ready&from=2026-10-01&to=2026-10-31&min=1000&max=&no_mark=1"
	whatForm = "version=7&page_key=drawn1&variant=1&language=ru&happy_only=1"
	whenForm = "version=7&page_key=drawn1&way=whatsapp,sms&week=hours&week_1=10-20&week_2=10-20&canary=50&new_chats=sms&report=note&per_hour=60"
)

func campaignScenes() []scene {
	const manager, operator = gateway.Manager, gateway.Operator
	var list []scene
	add := func(name, path string, role gateway.Role, change func(*mailings)) {
		list = append(list, scene{name: name, shop: with(mailing, func(s *shop) { change(s.mail) }), role: role, path: path})
	}
	form := func(name, path, form string, status int, change func(*mailings)) {
		list = append(list, scene{name: name, shop: with(mailing, func(s *shop) { change(s.mail) }), role: manager, path: path, form: form, status: status})
	}
	nothing := func(*mailings) {}
	draft := func(change func(*campaign.Campaign)) func(*mailings) {
		return func(m *mailings) { change(m.find(1)) }
	}
	add("campaigns", "/campaigns", manager, nothing)
	add("campaigns-operator", "/campaigns", operator, nothing)
	add("campaigns-empty", "/campaigns?done=campaign_deleted", manager, func(m *mailings) { m.list = nil })
	add("campaign-whom", "/campaigns/1/whom", manager, nothing)
	for _, source := range campaign.Sources {
		add("campaign-whom-"+string(source), "/campaigns/1/whom", manager, draft(func(c *campaign.Campaign) {
			c.Audience.Source, c.Audience.File, c.Collect = source, campaign.File{}, campaign.Collect{}
		}))
	}
	add("campaign-whom-collecting", "/campaigns/1/whom", manager, draft(func(c *campaign.Campaign) {
		c.Collect = campaign.Collect{State: campaign.CollectRunning, Read: 800, Total: 1300, Found: 790}
	}))
	add("campaign-whom-failed", "/campaigns/1/whom", manager, draft(func(c *campaign.Campaign) {
		c.Collect = campaign.Collect{State: campaign.CollectFailed, Error: "retailcrm: 503"}
	}))
	add("campaign-whom-unreadable", "/campaigns/1/whom", manager, func(m *mailings) { m.lookErr = device.Errorf(device.Invalid, "sheet", "no table") })
	add("campaign-whom-no-crm", "/campaigns/1/whom", manager, func(m *mailings) {
		m.crmFault = device.Errorf(device.Unavailable, "retailcrm", "503")
		m.find(1).Audience.Source = campaign.FromCustomers
	})
	add("campaign-whom-operator", "/campaigns/1/whom", operator, nothing)
	add("campaign-what", "/campaigns/1/what", manager, nothing)
	add("campaign-what-en", "/campaigns/1/what?variant=2&lang=en", manager, draft(func(c *campaign.Campaign) { c.Text.File, c.Text.FileName = 1, "Осень.pdf" }))
	add("campaign-what-running", "/campaigns/2/what", manager, nothing)
	add("campaign-when", "/campaigns/1/when", manager, nothing)
	add("campaign-when-never", "/campaigns/1/when", manager, func(m *mailings) {
		m.forecast = campaign.Forecast{Why: gateway.ChannelsOff}
		m.find(1).Plan.StartAt = noon.Add(30 * time.Hour)
	})
	add("campaign-when-empty", "/campaigns/1/when", manager, draft(func(c *campaign.Campaign) { c.Collect = campaign.Collect{} }))
	add("campaign-check", "/campaigns/1/check?sent=1", manager, nothing)
	add("campaign-check-sure", "/campaigns/1/check?sure=1", manager, nothing)
	add("campaign-check-refused", "/campaigns/1/check", manager, everyFinding)
	add("campaign-check-operator", "/campaigns/1/check", operator, func(m *mailings) { m.findings = nil })
	add("campaign-run", "/campaigns/2?done=campaign_started", manager, nothing)
	add("campaign-run-channel", "/campaigns/2?by=channel", manager, nothing)
	add("campaign-run-variant", "/campaigns/2?by=variant", manager, func(m *mailings) { m.find(2).Text.Winner = 1 })
	add("campaign-run-hour", "/campaigns/2?by=hour", operator, nothing)
	add("campaign-run-waits", "/campaigns/2", manager, func(m *mailings) {
		m.pace = CampaignPace{Why: gateway.CapNewChats, Args: gateway.Args{"limit": "20", "until_at": gateway.At(noon.Add(14 * time.Hour))}, NextAt: noon.Add(14 * time.Hour)}
	})
	add("campaign-run-starting", "/campaigns/2", manager, func(m *mailings) { m.find(2).State, m.tally = campaign.Starting, nil })
	add("campaign-canary", "/campaigns/3", manager, nothing)
	add("campaign-paused", "/campaigns/3", manager, func(m *mailings) {
		c := m.find(3)
		c.Why, c.Args = gateway.PausedOptOuts, gateway.Args{"share": "7", "of": "200"}
	})
	add("campaign-done", "/campaigns/4", manager, nothing)
	add("campaign-stop", "/campaigns/2/stop", manager, nothing)
	add("campaign-people", "/campaigns/2/people", operator, (*mailings).ran)
	add("campaign-people-out", "/campaigns/1/people?state=out&reason=bad_phone", manager, nothing)
	add("campaign-people-none", "/campaigns/2/people?q=никто&got=answered", operator, (*mailings).ran)

	form("campaign-whom-wrong", "/campaigns/1/whom", "version=7&name=&kind=spam&source=orders&from=2026-10-31&to=2026-10-01&min=x&consent_at=2031-01-01", 422, nothing)
	form("campaign-whom-conflict", "/campaigns/1/whom", "version=6&name=Осень&kind=invitation&source=contacts", 409, nothing)
	form("campaign-columns-wrong", "/campaigns/1/columns", "version=7&encoding=windows-1251&comma=;&drawn_encoding=windows-1251&drawn_comma=;&header=1&column_0=name&column_1=name", 422, nothing)
	form("campaign-what-wrong", "/campaigns/1/what", whatForm+"&text=Здравствуйте,+{{customer.firstName!", 422, nothing)
	form("campaign-when-wrong", "/campaigns/1/when", "version=7&way=&week=hours&week_1=ten&start=x&end=2026-01-01T10:00&canary=many&report=all", 422, nothing)
	form("campaign-test-wrong", "/campaigns/1/test", "phone=12", 422, nothing)
	form("campaign-start-refused", "/campaigns/1/start", "version=7&sure=1", 422, func(m *mailings) {
		everyFinding(m)
		m.startErr = device.Errorf(device.Refused, "campaign", "refused")
	})
	return list
}

// everyFinding is all that the linter may say.
func everyFinding(m *mailings) {
	args := gateway.Args{"problem": "open", "what": "скидка", "count": "1240", "word": "СКИДКА", "host": "clck.ru", "parts": "4", "max": "3", "days": "4", "language": "en"}
	m.findings = nil
	for i, code := range findingCodes {
		m.findings = append(m.findings, campaign.Finding{Code: code, Args: args, Refuses: i%4 == 0, Variant: i % 3, Language: []string{"", "ru"}[i%2]})
	}
}

var findingCodes = []campaign.FindingCode{
	campaign.FoundNoText, campaign.FoundTemplate, campaign.FoundNobody, campaign.FoundNoAudience, campaign.FoundNoChannel, campaign.FoundNoWindow, campaign.FoundNoConsent,
	campaign.FoundLooksLikeAd, campaign.FoundNoLink, campaign.FoundNoReviewURL, campaign.FoundShortener, campaign.FoundSpamWord, campaign.FoundShouting, campaign.FoundSameText,
	campaign.FoundSMSParts, campaign.FoundSMSTooLong, campaign.FoundManyNewChats, campaign.FoundUnnamedColumn, campaign.FoundNoLanguage, campaign.FoundRestored,
}
