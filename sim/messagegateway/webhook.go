package messagegateway

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// callTransport hands a message to its transport: POST message_sent to the
// webhook, on a goroutine of its own. The body follows a recorded one
// (mg-transport-api-client-go, TestUnmarshalMessageWebhook) with the id that newer
// types have.
func (gw *Gateway) callTransport(m *message) {
	t := m.chat.channel.transport
	body := gw.webhook("message_sent", gw.sentBody(m))
	url := t.webhook
	go func() {
		said := gw.callWebhook(url, body)
		gw.do(func() { gw.hear(m, said) })
	}()
}

// tellTransport tells of an edit or a deletion; what the transport answers is
// nobody's concern. Assumed: the data are those of message_sent.
func (gw *Gateway) tellTransport(m *message, kind string) {
	t := m.chat.channel.transport
	if t == nil || m.scope != "public" {
		return
	}
	data := gw.sentBody(m)
	data["external_message_id"] = m.externalID
	body, url := gw.webhook(kind, data), t.webhook
	go gw.callWebhook(url, body)
}

func (gw *Gateway) webhook(kind string, data obj) []byte {
	return encode(obj{"type": kind, "meta": obj{"timestamp": gw.now().Unix()}, "data": data})
}

func (gw *Gateway) sentBody(m *message) obj {
	who := m.chat.customer
	text := func(s string) string {
		if gw.unknown.EscapedWebhooks {
			return gw.escape(s)
		}
		return s
	}
	body := obj{
		"id": m.id, "external_user_id": who.externalID, "external_chat_id": m.chat.externalID, "channel_id": m.chat.channel.id,
		"type": m.kind, "content": text(m.content), "quote_external_id": nil, "quote_content": nil, "in_app_id": gw.nextID("in-app"),
		"customer": obj{"first_name": who.first, "last_name": who.last, "avatar": ""},
	}
	if m.quote != nil {
		body["quote_external_id"], body["quote_content"] = m.quote.externalID, text(m.quote.content)
	}
	switch m.from.kind {
	case "user":
		u := gw.user(m.from.id)
		body["user"] = obj{"id": u.id, "first_name": u.first, "last_name": u.last, "avatar": ""}
	case "bot":
		b := gw.bot(m.from.id)
		body["bot"] = obj{"id": b.id, "name": b.name, "avatar": b.avatar}
	}
	if len(m.items) > 0 {
		body["items"] = itemsBody(gw, m)
	}
	for name, card := range map[string]obj{"order": m.order, "product": m.product} {
		if card != nil {
			body[name] = card
		}
	}
	if len(m.suggestions) > 0 {
		body["attachments"] = obj{"suggestions": suggestionsBody(m.suggestions)}
	}
	return body
}

// said is what a webhook answered; code is set when it failed.
type said struct {
	async      bool
	externalID string
	chatID     string
	code, text string
}

// callWebhook posts a webhook. Assumed: no connection and any status but 200 are a
// network_error, 200 without JSON and without an id of the message a
// malformed_response; the documentation only names the codes.
func (gw *Gateway) callWebhook(url string, body []byte) said {
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return said{code: "network_error", text: err.Error()}
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := gw.client.Do(req)
	if err != nil {
		return said{code: "network_error", text: err.Error()}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil || resp.StatusCode != http.StatusOK {
		return said{code: "network_error", text: resp.Status}
	}
	var doc struct {
		Async             bool   `json:"async"`
		ExternalMessageID string `json:"external_message_id"`
		ExternalChatID    string `json:"external_chat_id"`
		Error             *struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return said{code: "malformed_response", text: err.Error()}
	}
	switch {
	case doc.Error != nil && doc.Error.Code == "":
		return said{code: "general", text: doc.Error.Message}
	case doc.Error != nil:
		return said{code: doc.Error.Code, text: doc.Error.Message}
	case !doc.Async && doc.ExternalMessageID == "":
		return said{code: "malformed_response"}
	}
	return said{async: doc.Async, externalID: doc.ExternalMessageID, chatID: doc.ExternalChatID}
}

// hear settles a message by what its webhook answered. An ack may have come first.
func (gw *Gateway) hear(m *message, s said) {
	if s.externalID != "" {
		m.externalID = s.externalID
	}
	if s.chatID != "" {
		m.chat.externalID = s.chatID
	}
	switch {
	case m.status != "sending":
	case s.code != "":
		gw.fail(m, s.code, s.text)
	case s.async:
		time.AfterFunc(gw.async, func() {
			gw.do(func() {
				if m.status == "sending" {
					gw.fail(m, "async_send_timeout", "")
				}
			})
		})
	default:
		gw.arrive(m)
	}
}
