package messagegateway

import (
	"html"
	"strings"

	"vestnik/device"
	"vestnik/gateway/outbound"
)

// The objects of the Bot API, as far as they are needed (facts: MG Bot OpenAPI,
// recorded lists of the official Go client).

// actor is somebody in a chat.
type actor struct {
	ID         ident `json:"id"`
	ExternalID text  `json:"external_id"` // of a user: his id in the CRM; of a customer: the messenger's
	Type       text  `json:"type"`        // customer, user, bot, channel
	Name       text  `json:"name"`
	FirstName  text  `json:"first_name"`
	LastName   text  `json:"last_name"`
	Username   text  `json:"username"`
	Phone      text  `json:"phone"`
	Blocked    flag  `json:"is_blocked"`
}

// called is how a person calls himself.
func (a actor) called() string {
	for _, name := range []string{string(a.Name), strings.TrimSpace(string(a.FirstName + " " + a.LastName)), string(a.Username)} {
		if name != "" {
			return outbound.Clip(plain(name), 100)
		}
	}
	return ""
}

// feature is none, receive, send or both, seen from the channel: what it receives
// goes out to the customer (facts: settings of the official Telegram transport).
type feature text

// UnmarshalJSON implements json.Unmarshaler.
func (f *feature) UnmarshalJSON(data []byte) error { return (*text)(f).UnmarshalJSON(data) }

func (f feature) out() bool { return f == "receive" || f == "both" }

type kindSettings struct {
	Creating feature `json:"creating"`
	Deleting feature `json:"deleting"`
	MaxChars ident   `json:"max_chars_count"`
}

type channelSettings struct {
	CustomerExternalID text               `json:"customer_external_id"` // any, phone
	Text               part[kindSettings] `json:"text"`
	Policy             part[struct {
		NewCustomer text `json:"new_customer"`        // no, template, text
		AfterWindow text `json:"after_reply_timeout"` // no, template; empty: anything
		Outgoing    text `json:"outgoing"`            // allowed, restricted
	}] `json:"sending_policy"`
	Suggestions part[struct {
		Text feature `json:"text"`
	}] `json:"suggestions"`
}

type channelBody struct {
	ID       ident                 `json:"id"`
	Type     text                  `json:"type"`
	Name     text                  `json:"name"`
	Active   flag                  `json:"is_active"`
	Settings part[channelSettings] `json:"settings"`
}

type dialogBody struct {
	ID          ident                 `json:"id"`
	ChatID      ident                 `json:"chat_id"`
	CreatedAt   moment                `json:"created_at"`
	ClosedAt    moment                `json:"closed_at"`
	AssignedAt  moment                `json:"assigned_at"`
	Responsible part[responsibleBody] `json:"responsible"`
	Chat        part[chatBody]        `json:"chat"`
}

type responsibleBody struct {
	ID         ident  `json:"id"`
	Type       text   `json:"type"`
	AssignedAt moment `json:"assigned_at"`
}

type lastMessage struct {
	ID   ident       `json:"id"`
	Time moment      `json:"time"`
	From part[actor] `json:"from"`
}

type lastDialog struct {
	ID          ident                 `json:"id"`
	ClosedAt    moment                `json:"closed_at"`
	Responsible part[responsibleBody] `json:"responsible"`
}

type chatBody struct {
	ID            ident             `json:"id"`
	Channel       part[channelBody] `json:"channel"`
	Customer      part[actor]       `json:"customer"`
	LastActivity  moment            `json:"last_activity"`
	LastDialog    part[lastDialog]  `json:"last_dialog"`
	LastMessage   part[lastMessage] `json:"last_message"`
	ReplyDeadline moment            `json:"reply_deadline"`
	CreatedAt     moment            `json:"created_at"`
}

type messageBody struct {
	ID          ident                       `json:"id"`
	Time        moment                      `json:"time"`
	CreatedAt   moment                      `json:"created_at"`
	UpdatedAt   moment                      `json:"updated_at"`
	EditedAt    moment                      `json:"edited_at"`
	Type        text                        `json:"type"`   // text, system, command, order, product, file, image, audio
	Scope       text                        `json:"scope"`  // public, private
	Status      text                        `json:"status"` // received, sending, sent, failed, seen
	Action      text                        `json:"action"` // of a system message
	ChatID      ident                       `json:"chat_id"`
	ChannelID   ident                       `json:"channel_id"` // in lists
	Chat        part[chatBody]              `json:"chat"`       // in events
	Dialog      part[struct{ ID ident }]    `json:"dialog"`
	From        part[actor]                 `json:"from"`
	Responsible part[responsibleBody]       `json:"responsible"`
	Content     text                        `json:"content"`
	Note        text                        `json:"note"`
	Items       list[itemBody]              `json:"items"`
	Order       part[struct{ Number text }] `json:"order"`
	Product     part[struct{ Name text }]   `json:"product"`
	Error       part[errorBody]             `json:"error"`
	Attachments part[struct {
		Suggestions list[suggestionBody] `json:"suggestions"`
	}] `json:"transport_attachments"`
}

type itemBody struct {
	Kind    text `json:"kind"` // none, image, video, file, audio
	Caption text `json:"caption"`
}

type errorBody struct {
	Code    text `json:"code"`
	Message text `json:"message"`
}

type suggestionBody struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Payload string `json:"payload,omitempty"`
}

type botBody struct {
	ID   ident `json:"id"`
	Self flag  `json:"is_self"`
	Name text  `json:"name"`
	// Roles: responsible (dialogs may be given to it), distributor, hidden.
	Roles words `json:"roles"`
}

type userBody struct {
	ID         ident  `json:"id"`
	ExternalID text   `json:"external_id"`
	Name       text   `json:"name"`
	FirstName  text   `json:"first_name"`
	LastName   text   `json:"last_name"`
	Username   text   `json:"username"`
	Active     flag   `json:"is_active"`
	Online     flag   `json:"is_online"`
	Available  flag   `json:"available"`
	Technical  flag   `json:"is_technical_account"`
	RevokedAt  moment `json:"revoked_at"`
}

func (m messageBody) chat() int64 {
	if m.ChatID != 0 {
		return int64(m.ChatID)
	}
	return int64(m.Chat.T.ID)
}

// at is when the message was written.
func (m messageBody) at() moment {
	if m.Time.IsZero() {
		return m.CreatedAt
	}
	return m.Time
}

// changedAt is when the message last changed.
func (m messageBody) changedAt() moment {
	if m.UpdatedAt.After(m.at().Time) {
		return m.UpdatedAt
	}
	return m.at()
}

// plain undoes the HTML entities with which MG gives texts back: its types declare
// them "escape" (struct tags of the official generated client). Of a text that came
// as it was written only what looks like an entity changes.
func plain(s string) string { return html.UnescapeString(s) }

// phoneOf is a number in E.164 made from the digits that MG has; empty when they
// are none.
func phoneOf(raw string) device.Phone {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, raw)
	if len(digits) < 10 || len(digits) > 15 {
		return ""
	}
	n, err := device.ParsePhone("+"+digits, "RU")
	if err != nil && (len(digits) == 10 || digits[0] == '8') {
		n, err = device.ParsePhone(digits, "RU")
	}
	if err != nil {
		return ""
	}
	return n.Phone
}
