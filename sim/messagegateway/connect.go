package messagegateway

import (
	"slices"
	"time"

	"vestnik/sim/retailcrm"
)

// asChats is the gateway as its account sees it. The account calls it under its
// own lock, so nothing here may call the account or tell listeners.
type asChats struct{ gw *Gateway }

func (a asChats) entrance(token string) (retailcrm.ChatEntrance, bool) {
	in := retailcrm.ChatEntrance{EndpointURL: a.gw.url, Token: token}
	if a.gw.hideURL {
		in.EndpointURL = ""
	}
	return in, true
}

// ConnectBot implements [retailcrm.Chats]. A module that is switched off keeps
// its token. Assumed: it is refused until it is switched on again.
func (a asChats) ConnectBot(m retailcrm.ChatModule) (retailcrm.ChatEntrance, bool) {
	gw := a.gw
	gw.mu.Lock()
	defer gw.mu.Unlock()
	if gw.disabled {
		return retailcrm.ChatEntrance{}, false
	}
	i := slices.IndexFunc(gw.bots, func(b *bot) bool { return b.module == m.Code })
	if i < 0 {
		gw.bots = append(gw.bots, &bot{id: gw.nextID("bot"), module: m.Code, created: gw.now(), name: m.Name})
		i = len(gw.bots) - 1
	}
	b := gw.bots[i]
	b.clientID = m.ClientID
	if m.Refresh || b.token == "" {
		b.token = gw.newToken("bot", m.Code)
		gw.dropSockets(func(s *socket) bool { return s.bot == b })
	}
	switch {
	case m.Active && !b.active:
		b.active, b.deactivated = true, time.Time{}
	case !m.Active && b.active:
		b.active, b.deactivated = false, gw.now()
		gw.dropSockets(func(s *socket) bool { return s.bot == b })
	}
	return a.entrance(b.token)
}

// ConnectTransport implements [retailcrm.Chats]. Assumed: the webhook is not
// tried at registration.
func (a asChats) ConnectTransport(m retailcrm.ChatModule) (retailcrm.ChatEntrance, bool) {
	gw := a.gw
	gw.mu.Lock()
	defer gw.mu.Unlock()
	if gw.disabled {
		return retailcrm.ChatEntrance{}, false
	}
	i := slices.IndexFunc(gw.transports, func(t *transport) bool { return t.module == m.Code })
	if i < 0 {
		gw.transports = append(gw.transports, &transport{id: gw.nextID("transport"), module: m.Code})
		i = len(gw.transports) - 1
	}
	t := gw.transports[i]
	t.active, t.webhook = m.Active, m.WebhookURL
	if m.Refresh || t.token == "" {
		t.token = gw.newToken("transport", m.Code)
	}
	return a.entrance(t.token)
}

// ChatChannels implements [retailcrm.Chats].
func (a asChats) ChatChannels() []retailcrm.ChatChannel {
	a.gw.mu.Lock()
	defer a.gw.mu.Unlock()
	var out []retailcrm.ChatChannel
	for _, ch := range a.gw.channels {
		out = append(out, retailcrm.ChatChannel{
			ID: ch.crmID, MGID: ch.id, Type: ch.kind, Name: ch.name, Active: ch.active, ByPhone: ch.takesPhones(),
		})
	}
	return out
}

// ChatCustomers implements [retailcrm.Chats].
func (a asChats) ChatCustomers() []retailcrm.ChatCustomer {
	a.gw.mu.Lock()
	defer a.gw.mu.Unlock()
	var out []retailcrm.ChatCustomer
	for _, c := range a.gw.customers {
		out = append(out, retailcrm.ChatCustomer{ID: c.crmID, MGID: c.id, CustomerID: c.card, ChannelID: c.channel.id})
	}
	return out
}

// takesPhones tells whether a chat may be begun with a bare phone number.
// Assumed: that is what these two settings mean together.
func (ch *channel) takesPhones() bool {
	p := ch.settings.SendingPolicy
	return ch.settings.CustomerExternalID == "phone" && p != nil && (p.NewCustomer == "text" || p.NewCustomer == "template")
}
