package retailcrm

import "slices"

// Chats are the account's chats as the account itself sees them: the MG server
// that gives tokens out to integration modules and knows the customers of every
// channel. [Account.AttachChats] puts them in. The methods are called under the
// account's lock and must not call the account.
type Chats interface {
	// ConnectBot makes the module's bot, or brings it up to date. It answers false
	// when the account has no chats.
	ConnectBot(ChatModule) (ChatEntrance, bool)
	// ConnectTransport does the same for the module's transport.
	ConnectTransport(ChatModule) (ChatEntrance, bool)
	ChatChannels() []ChatChannel
	ChatCustomers() []ChatCustomer
}

// ChatModule is what MG learns of a module when it is registered or edited.
type ChatModule struct {
	Code, Name, ClientID string
	Active               bool
	Refresh              bool   // give out a new token and forget the old one
	WebhookURL           string // of a transport
}

// ChatEntrance is where a module finds MG and what it shows there.
type ChatEntrance struct {
	EndpointURL string // some accounts leave it out
	Token       string
}

// ChatChannel is a channel in the CRM's reference. Its id in the CRM differs from
// its id in MG, which the API calls externalId.
type ChatChannel struct {
	ID, MGID   int
	Type, Name string
	Active     bool
	ByPhone    bool // a chat may be begun with a bare phone number
}

// ChatCustomer is somebody who writes in one channel. The CRM's id of the
// relation differs from the customer's id in MG, which the API calls externalId.
type ChatCustomer struct {
	ID, MGID   int
	CustomerID int // the card in the CRM; 0 when there is none
	ChannelID  int // in MG
}

// AttachChats gives the account chats.
func (a *Account) AttachChats(c Chats) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.chats = c
}

// mgCustomers is what a card shows of the chats that its owner writes in. Cards
// that were merged into this one bring theirs along.
func (a *Account) mgCustomers(id int) []any {
	out := []any{}
	if a.chats == nil {
		return out
	}
	channels := a.chats.ChatChannels()
	for _, who := range a.chats.ChatCustomers() {
		if a.survivor(who.CustomerID) != id {
			continue
		}
		row := obj{"id": who.ID, "externalId": who.MGID}
		for _, ch := range channels {
			if ch.MGID == who.ChannelID {
				body := mgChannelBody(ch)
				body["allowedSendByPhone"] = ch.ByPhone
				row["mgChannel"] = body
			}
		}
		out = append(out, row)
	}
	return out
}

// survivor is the card that a merged one went into, or the card itself.
func (a *Account) survivor(id int) int {
	for range len(a.combined) {
		to, gone := a.combined[id]
		if !gone {
			break
		}
		id = to
	}
	return id
}

// cardOf is the card of an MG customer, 0 when there is none.
func (a *Account) cardOf(mgID int) int {
	if a.chats == nil {
		return 0
	}
	all := a.chats.ChatCustomers()
	i := slices.IndexFunc(all, func(c ChatCustomer) bool { return c.MGID == mgID })
	if i < 0 {
		return 0
	}
	return a.survivor(all[i].CustomerID)
}

func (a *Account) mgChannels() []any {
	out := []any{}
	if a.chats == nil {
		return out
	}
	for _, ch := range a.chats.ChatChannels() {
		out = append(out, mgChannelBody(ch))
	}
	return out
}

func mgChannelBody(ch ChatChannel) obj {
	out := obj{"id": ch.ID, "externalId": ch.MGID, "type": ch.Type, "active": ch.Active}
	texts(out, map[string]string{"name": ch.Name})
	return out
}
