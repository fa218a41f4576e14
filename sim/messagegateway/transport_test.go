package messagegateway_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"vestnik/sim/messagegateway"
)

// hook is the module's webhook.
type hook struct {
	mu     sync.Mutex
	answer string
	status int
	heard  chan obj
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in obj
	_ = json.NewDecoder(r.Body).Decode(&in) // a body that is no JSON shows as an empty one
	h.mu.Lock()
	answer, status := h.answer, h.status
	h.mu.Unlock()
	w.WriteHeader(status)
	_, _ = w.Write([]byte(answer))
	h.heard <- in
}

func (h *hook) say(status int, answer string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status, h.answer = status, answer
}

// carrier adds a transport with one channel to a rig.
func (r *rig) carrier(settings obj) (h *hook, channel int) {
	r.t.Helper()
	h = &hook{heard: make(chan obj, 100), status: 200}
	srv := httptest.NewServer(h)
	r.t.Cleanup(srv.Close)
	_, r.transport = r.register(`{"mgTransport":{"webhookUrl":"` + srv.URL + `/hook"}}`)
	channel = number(r.carry(201, "POST", "/channels", obj{"type": "whatsapp", "name": "WhatsApp Лавки", "external_id": "own-wa", "settings": settings})["id"])
	return h, channel
}

func twoWay() obj {
	return obj{
		"customer_external_id": "phone", "sending_policy": obj{"new_customer": "text", "outgoing": "allowed"},
		"status": obj{"delivered": "send", "read": "both"}, "text": obj{"creating": "both", "quoting": "both", "max_chars_count": 4096},
		"image": obj{"creating": "both", "max_items_count": 1}, "order": obj{"creating": "none"}, "product": obj{},
	}
}

func brought(channel int, id, text string) obj {
	return obj{
		"channel": channel, "external_chat_id": "79161230001", "originator": "customer",
		"customer": obj{"external_id": "79161230001", "nickname": "Анна", "phone": "79161230001"},
		"message":  obj{"type": "text", "external_id": id, "text": text},
	}
}

func TestTransportBringsMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	_, ch := r.carrier(twoWay())
	e := r.listen("message_new,dialog_opened,message_updated,message_deleted", "")
	first := r.carry(200, "POST", "/messages", brought(ch, "wa-1", "Здравствуйте"))
	e.next("dialog_opened")
	f := e.next("message_new")
	if f.at("message", "content") != "Здравствуйте" || f.at("message", "from", "type") != "customer" || number(f.at("message", "id")) != number(first["message_id"]) {
		t.Errorf("event %v", f.Data)
	}
	again := r.carry(400, "POST", "/messages", brought(ch, "wa-1", "Здравствуйте"))
	if text := again["errors"].([]any)[0].(string); text != `Message with external id "wa-1" already exists` {
		t.Errorf("duplicate: %s", text)
	}
	own := brought(ch, "wa-2", "Мы открыты до 21")
	own["originator"] = "channel"
	r.carry(200, "POST", "/messages", own)
	if f := e.next("message_new"); f.at("message", "from", "type") != "channel" || f.at("message", "status") != "sent" {
		t.Errorf("event %v", f.Data)
	}
	if d := r.gw.Dialogs(r.gw.Chats()[0].ID); len(d) != 1 {
		t.Errorf("dialogs %+v", d)
	}
	if err := r.gw.Operator(igor).Close(r.gw.Chats()[0].ID); err != nil {
		t.Fatal(err)
	}
	for want, u := range []messagegateway.Unknowns{{}, {ChannelOpensDialogs: true}} {
		r.gw.Assume(u)
		own["message"].(obj)["external_id"] = "wa-3" + itoa(want)
		r.carry(200, "POST", "/messages", own)
		if d := r.gw.Dialogs(r.gw.Chats()[0].ID); len(d) != 1+want {
			t.Errorf("%+v: dialogs %+v", u, d)
		}
	}
	history := brought(0, "wa-0", "Старое")
	delete(history, "channel")
	history["channel_id"], history["message"].(obj)["created_at"] = ch, "2025-02-03T10:00:00+03:00"
	if got := r.carry(200, "POST", "/messages/history", history); got["time"] != "2025-02-03T07:00:00Z" {
		t.Errorf("history %v", got)
	}
	r.carry(200, "PUT", "/messages", obj{"channel": ch, "message": obj{"external_id": "wa-1", "text": "Здравствуйте!"}})
	for f := e.next("message_updated", "message_new"); f.Type != "message_updated"; f = e.next("message_updated", "message_new") {
		if f.at("message", "content") == "Старое" {
			t.Error("history makes an event")
		}
	}
	r.carry(200, "DELETE", "/messages", obj{"channel": ch, "message": obj{"external_id": "wa-1"}})
	e.next("message_deleted")
	foreign := r.gw.AddChannel("telegram", "Чужой")
	for _, id := range []int{foreign.ID(), 5} {
		r.carry(404, "POST", "/messages", brought(id, "x", "y"))
	}
	r.carry(400, "POST", "/messages", obj{"channel": ch, "message": obj{"type": "text", "text": "кому?"}})
	wrong := brought(ch, "wa-3", "card")
	wrong["message"] = obj{"type": "order", "order": obj{"number": "1"}}
	r.carry(400, "POST", "/messages", wrong)
	r.understood()
}

func TestOperatorWritesIntoATransportChannel(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{AsyncTimeout: 50 * time.Millisecond})
	h, ch := r.carrier(twoWay())
	r.carry(200, "POST", "/messages", brought(ch, "wa-1", "Здравствуйте"))
	chat := r.gw.Chats()[0].ID
	e, who := r.listen("message_updated", ""), r.gw.Operator(igor)
	write := func(text string) int {
		t.Helper()
		id, err := who.Write(chat, text)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	updated := func(id int, status, code string) {
		t.Helper()
		f := e.next("message_updated")
		got, _ := f.at("message", "error", "code").(string)
		if number(f.at("message", "id")) != id || f.at("message", "status") != status || got != code {
			t.Errorf("message %v, want %s %s", f.at("message"), status, code)
		}
	}

	h.say(200, `{"async":false,"external_message_id":"wa-10"}`)
	id := write(`Привет & "добро"`)
	heard := <-h.heard
	data, _ := heard["data"].(obj)
	if heard["type"] != "message_sent" || data["external_user_id"] != "79161230001" || data["content"] != `Привет & "добро"` || number(data["id"]) != id ||
		data["external_chat_id"] != "79161230001" || number(data["channel_id"]) != ch || data["user"].(obj)["first_name"] != "Игорь" {
		t.Errorf("webhook %v", heard)
	}
	likeRecordedWebhook(t, heard)
	updated(id, "sent", "")
	r.carry(200, "POST", "/messages/read", obj{"channel_id": ch, "message": obj{"external_id": "wa-10"}})
	updated(id, "seen", "")

	h.say(200, `{"error":{"code":"customer_not_exists","message":"no such number"}}`)
	updated(write("2"), "failed", "customer_not_exists")
	h.say(500, `oops`)
	updated(write("3"), "failed", "network_error")
	h.say(200, `{}`)
	updated(write("4"), "failed", "malformed_response")
	h.say(200, `{"async":true}`)
	updated(write("5"), "failed", "async_send_timeout")

	for len(h.heard) > 0 {
		<-h.heard
	}
	slow := newRig(t, messagegateway.Options{})
	h, ch = slow.carrier(twoWay())
	slow.carry(200, "POST", "/messages", brought(ch, "wa-1", "Здравствуйте"))
	chat, e, who = slow.gw.Chats()[0].ID, slow.listen("message_updated", ""), slow.gw.Operator(igor)
	h.say(200, `{"async":true}`)
	id = write("6")
	<-h.heard
	if m, _ := slow.gw.Message(id); m.Status != "sending" {
		t.Errorf("before the ack: %s", m.Status)
	}
	slow.carry(200, "POST", "/messages/ack", obj{"channel": ch, "message": obj{"id": id}, "transport_message_id": "wa-60"})
	updated(id, "sent", "")
	got := slow.carry(200, "POST", "/messages/read_until", obj{"channel_id": ch, "customer_external_id": "79161230001", "until": time.Now().Add(time.Minute).Format(time.RFC3339)})
	if ids := got["ids"].([]any); len(ids) != 1 || number(ids[0]) != id {
		t.Errorf("read until %v", got)
	}
	updated(id, "seen", "")
	id = write("7")
	<-h.heard
	slow.carry(200, "POST", "/messages/ack", obj{"channel": ch, "message": obj{"id": id}, "error": obj{"code": "spam_suspicion"}})
	updated(id, "failed", "spam_suspicion")
	slow.carry(404, "POST", "/messages/ack", obj{"channel": ch, "message": obj{"id": 5}})
	r.understood()
	slow.understood()
}

func TestTransportChannelsAndPolicies(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	h, id := r.carrier(twoWay())
	h.say(200, `{"external_message_id":"x"}`)
	ch := r.gw.Channels()[0]
	chat, err := r.gw.Operator(igor).WriteToPhone(ch, "79161230002", "Добрый день")
	if err != nil {
		t.Fatal(err)
	}
	if data := (<-h.heard)["data"].(obj); data["external_chat_id"] != "" || data["external_user_id"] != "79161230002" {
		t.Errorf("webhook %v", data)
	}
	if d := r.gw.Dialogs(chat); len(d) != 1 || d[0].ResponsibleID != 301 {
		t.Errorf("dialogs %+v", d)
	}
	restricted := twoWay()
	restricted["sending_policy"] = obj{"new_customer": "no", "outgoing": "restricted"}
	restricted["text"] = obj{"creating": "send"}
	r.carry(200, "PUT", "/channels/"+itoa(id), obj{"settings": restricted})
	if _, err := r.gw.Operator(igor).Write(chat, "Ещё"); err == nil {
		t.Error("an operator writes where he may not")
	}
	r.refused(400, "restricted", "POST", "/messages", obj{"chat_id": chat, "scope": "public", "content": "и бот"})
	r.carry(200, "DELETE", "/channels/"+itoa(id), nil)
	r.carry(400, "POST", "/messages", brought(id, "wa-9", "?"))
	status, data, err := r.do("GET", "/api/transport/v1/channels?active=0&types=whatsapp", nil)
	var rows []obj
	if err := json.Unmarshal(data, &rows); err != nil || status != 200 || len(rows) != 1 || rows[0]["external_id"] != "own-wa" {
		t.Errorf("channels %d %s %v", status, data, err)
	}
	if err != nil {
		t.Error(err)
	}
	if again := number(r.carry(201, "POST", "/channels", obj{"id": id, "type": "whatsapp", "settings": twoWay()})["id"]); again != id || r.list("/channels?active=true")[0]["name"] != "WhatsApp Лавки" {
		t.Errorf("switched on again: %d", again)
	}
	r.carry(400, "POST", "/channels", obj{"type": "pigeon"})
	r.carry(404, "PUT", "/channels/5", obj{"type": "whatsapp"})
	r.understood()
}
