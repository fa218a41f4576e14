package retailcrm

import (
	"net/http"
	"regexp"
	"slices"
)

// module is an integration module that is registered in the account.
type module struct {
	code, integrationCode, name, clientID string
	logo, baseURL, accountURL             string
	active                                bool
	activity                              string // actions.activity
	bot, transport                        bool
	webhookURL                            string
	botToken, transportToken              string
}

// moduleCode is what a module may be called.
var moduleCode = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// Module tells whether a module is registered and active.
func (a *Account) Module(code string) (active, registered bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.module(code)
	return m != nil && m.active, m != nil
}

// SwitchModule: an administrator switches a module off or on in the CRM's pages.
func (a *Account) SwitchModule(code string, active bool) {
	a.do(func() {
		if m := a.module(code); m != nil {
			m.active = active
			a.connect(m, false, false)
		}
	})
}

func (a *Account) module(code string) *module {
	if i := slices.IndexFunc(a.modules, func(m *module) bool { return m.code == code }); i >= 0 {
		return a.modules[i]
	}
	return nil
}

// getModule shows a module as the recorded answer does (php-IntegrationT.Get).
// Assumed: an mgBot is shown like an mgTransport, without the webhook.
func (a *Account) getModule(q *request) answer {
	m := a.module(q.vars["code"])
	if m == nil {
		return notFound()
	}
	body := obj{
		"code": m.code, "integrationCode": m.integrationCode, "active": m.active, "freeze": false, "name": m.name,
		"native": false, "availableCountries": []any{},
	}
	texts(body, map[string]string{"logo": m.logo, "baseUrl": m.baseURL, "accountUrl": m.accountURL})
	if m.activity != "" {
		body["actions"] = obj{"activity": m.activity}
	}
	shown := obj{}
	if m.bot && m.botToken != "" {
		shown["mgBot"] = obj{"token": m.botToken, "isActive": m.active}
	}
	if m.transport && m.transportToken != "" {
		shown["mgTransport"] = obj{"token": m.transportToken, "isActive": m.active, "webhookUrl": m.webhookURL}
	}
	if len(shown) > 0 {
		body["integrations"] = shown
	}
	return ok(obj{"integrationModule": body})
}

// editModule registers a module or changes it. The least that is known to work is
// code, integrationCode, clientId, name, active and integrations.mgBot (public
// code of RetailCRM-MG-Connector); Assumed: a new module without one of them is
// refused, and a field that is left out of a later call keeps its value.
func (a *Account) editModule(q *request) answer {
	doc, no := q.document("integrationModule")
	if no != nil {
		return *no
	}
	code := q.vars["code"]
	m := a.module(code)
	next := module{code: code}
	if m != nil {
		next = *m
	}
	p := newPatch(doc)
	p.ignore("native", "freeze", "availableCountries")
	p.textIf("code", "", &next.code, func(s string) string {
		if s != code || !moduleCode.MatchString(s) {
			return notValid
		}
		return ""
	})
	if !moduleCode.MatchString(code) {
		p.bad("code")
	}
	p.text("integrationCode", "", &next.integrationCode)
	p.text("name", "", &next.name)
	p.text("clientId", "", &next.clientID)
	p.text("logo", "", &next.logo)
	p.text("baseUrl", "", &next.baseURL)
	p.text("accountUrl", "", &next.accountURL)
	p.boolean("active", "", &next.active)
	if sub := p.object("actions"); sub != nil {
		sub.text("activity", "", &next.activity)
		p.complain(q, "actions", sub)
	}
	refreshBot, refreshTransport := a.patchIntegrations(q, p, &next)
	for field, value := range map[string]string{"integrationCode": next.integrationCode, "name": next.name, "clientId": next.clientID} {
		if value == "" && p.errs[field] == nil {
			p.errs[field] = "This value should not be blank."
		}
	}
	for _, name := range p.unknown() {
		q.puzzled("integrationModule." + name)
	}
	if len(p.errs) > 0 {
		return fail(http.StatusBadRequest, "Errors in the entity format", p.errs)
	}
	if a.refuseModules {
		return fail(http.StatusBadRequest, "Failed to activate module", nil)
	}
	if m == nil {
		m = &module{}
		a.modules = append(a.modules, m)
	}
	*m = next
	info := a.connect(m, refreshBot, refreshTransport)
	if len(info) == 0 {
		// PHP's empty object.
		return ok(obj{"info": []any{}})
	}
	return ok(obj{"info": info})
}

// patchIntegrations reads integrations.mgBot and .mgTransport.
func (a *Account) patchIntegrations(q *request, p *patch, m *module) (refreshBot, refreshTransport bool) {
	all := p.object("integrations")
	if all == nil {
		return false, false
	}
	if v, given := all.take("mgBot"); given {
		m.bot = true
		sub := asPatch(v)
		sub.boolean("refreshToken", "", &refreshBot)
		p.complain(q, "integrations.mgBot", sub)
	}
	if v, given := all.take("mgTransport"); given {
		m.transport = true
		sub := asPatch(v)
		sub.boolean("refreshToken", "", &refreshTransport)
		sub.text("webhookUrl", "", &m.webhookURL)
		sub.ignore("actions")
		p.complain(q, "integrations.mgTransport", sub)
		if m.webhookURL == "" {
			p.errs["integrations.mgTransport.webhookUrl"] = "This value should not be blank."
		}
	}
	p.complain(q, "integrations", all)
	return refreshBot, refreshTransport
}

// asPatch is a nested document; anything that is none counts as empty.
func asPatch(v any) *patch {
	in, isObject := v.(obj)
	if !isObject {
		in = obj{}
	}
	return newPatch(in)
}

// complain takes over a nested document's complaints and lists what is unknown.
func (p *patch) complain(q *request, name string, sub *patch) {
	for field, why := range sub.errs {
		p.errs[name+"."+field] = why
	}
	for _, field := range sub.unknown() {
		q.puzzled("integrationModule." + name + "." + field)
	}
}

// connect tells the chats about the module and returns the info of the answer.
func (a *Account) connect(m *module, refreshBot, refreshTransport bool) obj {
	info := obj{}
	if a.chats == nil {
		return info
	}
	about := ChatModule{Code: m.code, Name: m.name, ClientID: m.clientID, Active: m.active}
	add := func(key string, token *string, in ChatEntrance, given bool) {
		if !given {
			*token = ""
			return
		}
		*token = in.Token
		row := obj{"token": in.Token}
		texts(row, map[string]string{"endpointUrl": in.EndpointURL})
		info[key] = row
	}
	if m.bot {
		about.Refresh = refreshBot
		in, given := a.chats.ConnectBot(about)
		add("mgBot", &m.botToken, in, given)
	}
	if m.transport {
		about.Refresh, about.WebhookURL = refreshTransport, m.webhookURL
		in, given := a.chats.ConnectTransport(about)
		add("mgTransport", &m.transportToken, in, given)
	}
	return info
}

// RefuseModules makes every registration fail as it does for want of money.
func (a *Account) RefuseModules(on bool) { a.do(func() { a.refuseModules = on }) }
