package messagegateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// maxOrders bounds how many operators' messages have their channel in memory.
const maxOrders = 2000

// webhook is what MG tells a transport (facts: bodies recorded in the tests of the
// official Go client).
type webhook struct {
	Type text `json:"type"`
	Data part[struct {
		ID           ident `json:"id"` // missing in older bodies
		InApp        ident `json:"in_app_id"`
		ExternalUser text  `json:"external_user_id"`
		ExternalChat text  `json:"external_chat_id"` // empty when the chat is begun by the CRM
		Channel      ident `json:"channel_id"`
		Type         text  `json:"type"`
		Content      text  `json:"content"`
		User         part[struct {
			First text `json:"first_name"`
			Last  text `json:"last_name"`
		}] `json:"user"`
		Bot part[struct {
			Name text `json:"name"`
		}] `json:"bot"`
	}] `json:"data"`
}

// parseWebhook reads a webhook's body.
func parseWebhook(body []byte) (webhook, error) {
	var w webhook
	if outbound.KindOf(body) != '{' || json.Unmarshal(body, &w) != nil {
		return webhook{}, errForm
	}
	return w, nil
}

// Answers to a webhook.
type (
	taken     struct{}
	takenLate struct {
		Async      bool   `json:"async"`
		ExternalID string `json:"external_message_id,omitempty"`
	}
	notTaken struct {
		Error failure `json:"error"`
	}
	failure struct {
		Code    string `json:"code"`
		Message string `json:"message,omitempty"`
	}
)

// HandleWebhook takes what MG posts to the webhook's address, which the caller keeps
// unguessable, since nothing else tells that it is MG. The answer goes back as JSON
// with status 200; after an error the caller answers 503, and the operator sees that it
// was not sent.
func (m *Mirror) HandleWebhook(ctx context.Context, body []byte) (answer any, err error) {
	const op = "messagegateway: webhook"
	w, err := parseWebhook(body)
	if err != nil {
		return nil, device.Errorf(device.Invalid, op, "it is %w", err)
	}
	if w.Type != "message_sent" {
		return taken{}, nil // edits and reactions do not reach WhatsApp or SMS
	}
	d := w.Data.T
	o := OperatorText{
		ID: int64(d.ID), Phone: digitsOf(string(d.ExternalUser)), ChatExternal: string(d.ExternalChat),
		// Recorded webhooks hold no HTML entities; that none ever does is not known.
		Text: strings.TrimSpace(plain(string(d.Content))), User: strings.TrimSpace(string(d.User.T.First) + " " + string(d.User.T.Last)),
	}
	if o.ID == 0 {
		o.ID = -int64(d.InApp)
	}
	if o.User == "" {
		o.User = string(d.Bot.T.Name)
	}
	ch, ours := m.s.isOurs(int64(d.Channel))
	if o.Channel = ch; m.opt.Mode != gateway.MirrorWebhook || !ours {
		return notTaken{failure{codeRestricted, "nothing can be sent here from the CRM"}}, nil
	}
	if no := refuses(o, string(d.Type)); no != nil {
		return notTaken{*no}, nil
	}
	m.remember(o.ID, int64(d.Channel))
	if err := m.opt.Operator(ctx, o); err != nil {
		if no := definite(err); no != nil {
			return notTaken{*no}, nil
		}
		return nil, err
	}
	return takenLate{Async: true, ExternalID: ackName(o.ID)}, nil
}

// refuses says why a text cannot be sent; nil when it can.
func refuses(o OperatorText, kind string) *failure {
	switch {
	case o.ID == 0:
		return &failure{codeGeneral, "the message has no id"}
	case kind != "text" && kind != "":
		return &failure{codeGeneral, "only texts can be sent here"}
	case o.Text == "":
		return &failure{codeGeneral, "the text is empty"}
	case phoneOf(o.Phone) == "":
		return &failure{codeNoCustomer, "this is no telephone number"}
	}
	return nil
}

// definite is the failure that an error stands for; nil when it is not definite.
func definite(err error) *failure {
	switch device.KindOf(err) {
	case device.NotFound:
		return &failure{codeNoCustomer, "there is nobody to send it to"}
	case device.Invalid, device.Refused, device.Conflict: // the last: that radio is switched off
		return &failure{codeGeneral, "it cannot be sent"}
	}
	return nil
}

// hearMirrored deals with a message in a channel of ours. What our own WhatsApp and SMS
// have said came from there and is nobody's news. In the mode Stub what an operator, or the
// CRM's own rules, wrote for us is on its way ("sending") until we say what became of it.
func (s *Session) hearMirrored(ctx context.Context, b messageBody, chat chatFacts) error {
	s.mu.Lock()
	m := s.mirror
	s.mu.Unlock()
	from := b.From.T
	byCRM := from.Type == "user" || from.Type == "bot" && int64(from.ID) != s.selfID()
	if m == nil || m.opt.Mode != gateway.MirrorStub || b.Status != "sending" || b.Scope == "private" || !byCRM {
		return nil
	}
	ch, _ := s.isOurs(chat.channel)
	o := OperatorText{
		ID: int64(b.ID), Channel: ch, Phone: chat.phone.Digits(), ChatExternal: chat.phone.Digits(), Text: strings.TrimSpace(plain(string(b.Content))),
		User: from.called(),
	}
	m.remember(o.ID, chat.channel)
	no := refuses(o, string(b.Type))
	if no == nil {
		err := s.keep(ctx, "an operator's message", func(ctx context.Context) error {
			err := m.opt.Operator(ctx, o)
			if no = definite(err); no != nil {
				return nil
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if no == nil {
		return nil
	}
	if err := m.Ack(ctx, o.ID, "", no.Code); err != nil {
		// MG gives up waiting by itself, and the operator sees it then.
		s.log.Warn("an operator's message is refused, and MG could not be told", "id", o.ID, "error", err)
	}
	return nil
}

// remember keeps an operator's message's channel for the ack.
func (m *Mirror) remember(id, channel int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.orders) >= maxOrders {
		clear(m.orders) // those are asked for
	}
	m.orders[id] = channel
}

// ackName is how an operator's message is called on our side until it has a wire id.
func ackName(id int64) string {
	if id < 0 {
		return "crm-" + itoa(-id)
	}
	return "mg-" + itoa(id)
}

// messageName names a message to the Transport API.
type messageName struct {
	ID         int64  `json:"id,omitempty"`
	ExternalID string `json:"external_id,omitempty"`
}

func nameOf(id int64) messageName {
	if id < 0 {
		return messageName{ExternalID: ackName(id)}
	}
	return messageName{ID: id}
}

// Ack tells MG what became of an operator's message: sent, under its wire id, or
// failed with one of MG's sending codes (any other is told as "general").
func (m *Mirror) Ack(ctx context.Context, id int64, wire, failed string) error {
	const op = "messagegateway: answer an operator"
	api, channel, err := m.about(ctx, op, id)
	if err != nil {
		return err
	}
	body := struct {
		Channel     int64       `json:"channel"`
		Message     messageName `json:"message"`
		TransportID string      `json:"transport_message_id,omitempty"`
		Error       *failure    `json:"error,omitempty"`
	}{Channel: channel, Message: nameOf(id), TransportID: wire}
	if failed != "" {
		if !slices.Contains([]string{codeGeneral, codeNoCustomer, codeWindow, codeSpam, codeRestricted}, failed) {
			failed = codeGeneral
		}
		body.Error = &failure{Code: failed}
	}
	return m.told(ctx, api, call{op: op, method: http.MethodPost, path: "/messages/ack", body: body, lane: answering})
}

// told makes a call about a message that is harmless to repeat.
func (m *Mirror) told(ctx context.Context, api *client, q call) error {
	err := api.do(ctx, q, nil)
	if device.KindOf(err) == device.Unauthorized {
		m.mu.Lock()
		m.api = nil // Run has a new key made
		m.mu.Unlock()
		m.Wake()
	}
	return err
}

// about has the way to MG and the channel of an operator's message.
func (m *Mirror) about(ctx context.Context, op string, id int64) (*client, int64, error) {
	api, err := m.client(ctx, op)
	if err != nil {
		return nil, 0, err
	}
	m.mu.Lock()
	channel := m.orders[id]
	var own []int64
	for _, ch := range m.ids {
		own = append(own, ch)
	}
	m.mu.Unlock()
	switch {
	case channel != 0:
		return api, channel, nil
	case len(own) == 1:
		return api, own[0], nil
	case id < 0:
		return nil, 0, device.Errorf(device.NotFound, op, "it is not known any more in which channel it was")
	}
	// It was given before a restart.
	var rows list[messageBody]
	if err := m.s.call(ctx, get(op, "/messages", url.Values{"id": {itoa(id)}, "include_mass_communication": {"1"}}), &rows); err != nil {
		return nil, 0, err
	}
	for _, b := range rows {
		if int64(b.ID) == id && b.ChannelID != 0 {
			return api, int64(b.ChannelID), nil
		}
	}
	return nil, 0, &device.Error{Kind: device.NotFound, Op: op, Err: errors.New("there is no such message")}
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
