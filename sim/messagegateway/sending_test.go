package messagegateway_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"vestnik/sim/messagegateway"
	"vestnik/sim/retailcrm"
)

func TestDeliveryFails(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	ch := r.gw.AddChannel("telegram", "Лавка")
	p := r.gw.AddCustomer(ch, "55", "Анна")
	p.Write("Здравствуйте")
	chat, e := p.Chat(), r.listen("message_updated", "")
	fails := func(code string) {
		t.Helper()
		id := r.send(chat, "?", nil)
		if f := e.next("message_updated"); number(f.at("message", "id")) != id || f.at("message", "status") != "failed" || f.at("message", "error", "code") != code {
			t.Errorf("want %s: %v", code, f.Data)
		}
	}
	p.Block()
	fails("access_restricted")
	p.Block("customer_not_exists")
	fails("customer_not_exists")
	p.Unblock()
	r.gw.FailNext(1, "spam_suspicion")
	fails("spam_suspicion")
	r.gw.Deliver(messagegateway.Delivery{Error: "unknown"})
	fails("unknown")
	ch.Deliver(messagegateway.Delivery{Error: "general"})
	fails("general")
	p.Deliver(messagegateway.Delivery{Never: true})
	id := r.send(chat, "?", nil)
	if m, _ := r.gw.Message(id); m.Status != "sending" {
		t.Errorf("never: %s", m.Status)
	}
	p.Deliver(messagegateway.Delivery{})
	r.send(chat, "дошло", nil)
	e.next("message_updated")
	if got := strings.Join(p.Texts(), "|"); got != "дошло" {
		t.Errorf("seen %q", got)
	}
	r.understood()
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	ch := r.gw.AddChannel("instagram", "lavka")
	p := r.gw.AddCustomer(ch, "55", "Анна")
	p.Write("Здравствуйте")
	chat := p.Chat()
	say := func(more obj) obj {
		body := obj{"chat_id": chat, "scope": "public", "type": "text", "content": "ок"}
		for name, v := range more {
			body[name] = v
		}
		return body
	}
	for text, body := range map[string]obj{
		"scope is required":     say(obj{"scope": nil}),
		"content is required":   say(obj{"content": "  "}),
		"maximum of 1000":       say(obj{"content": strings.Repeat("я", 1001)}),
		"suggestions of type":   say(obj{"transport_attachments": obj{"suggestions": []obj{{"type": "text", "title": "Да"}}}}),
		`messages of type`:      say(obj{"type": "order", "order": obj{"number": "1"}}),
		"items is required":     say(obj{"type": "image"}),
		"type: value":           say(obj{"type": "poem"}),
		`file "x" not found`:    say(obj{"type": "image", "items": []obj{{"id": "x"}}}),
		"chat_id is required":   say(obj{"chat_id": nil}),
		"does not support quot": say(obj{"quote_message_id": 33702}),
	} {
		r.refused(400, text, "POST", "/messages", body)
	}
	r.refused(404, "chat #5 not found", "POST", "/messages", say(obj{"chat_id": 5}))
	r.refused(404, "message #5 not found", "POST", "/messages", say(obj{"quote_message_id": 5}))
	ch.Switch(false)
	r.refused(400, "is not active", "POST", "/messages", say(nil))
	ch.Switch(true)
	ch.Change(func(s *messagegateway.Settings) { s.SendingPolicy.Outgoing = "restricted" })
	r.refused(400, "restricted", "POST", "/messages", say(nil))
	ch.Change(func(s *messagegateway.Settings) { s.SendingPolicy.Outgoing = "" })
	r.gw.Operator(olga).Ban(p, true)
	r.refused(400, "is blocked", "POST", "/messages", say(nil))
	r.gw.Operator(olga).Ban(p, false)
	other := number(r.bot(200, "POST", "/messages", say(nil))["message_id"])
	r.refused(400, "does not support editing", "PATCH", "/messages/"+itoa(other), obj{"content": "нет"})
	r.refused(403, "access denied", "DELETE", "/messages/33702", nil)
	if got := len(p.Texts()); got != 1 {
		t.Errorf("%d messages got through", got)
	}
	r.understood()
	r.bot(200, "POST", "/messages", say(obj{"colour": "red"}))
	if got := r.gw.NotUnderstood(); len(got) != 1 || !strings.HasSuffix(got[0], "field colour") {
		t.Errorf("not understood %q", got)
	}
}

// The whole gateway in virtual time: answer windows, late delivery, sockets.
func TestVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		crm := retailcrm.New(retailcrm.Options{Key: key, Rate: -1})
		r := &rig{t: t, crm: crm, gw: messagegateway.New(crm, messagegateway.Options{URL: "http://mg.test"}), url: "http://mg.test"}
		client, stop := r.gw.Pipe()
		defer stop()
		r.client = client
		r.token, _ = r.register(`{"mgBot":{}}`)
		e := r.listen("message_updated", "")
		defer e.conn.Close(websocket.StatusNormalClosure, "") //nolint:errcheck // either side may be first
		p := r.gw.AddCustomer(r.gw.AddChannel("instagram", "lavka"), "55", "Анна")
		p.Write("Здравствуйте")
		r.gw.Deliver(messagegateway.Delivery{After: time.Hour})
		began := time.Now()
		r.send(p.Chat(), "Сейчас", nil)
		time.Sleep(59 * time.Minute)
		if got := p.Texts(); len(got) != 0 {
			t.Errorf("too soon: %q", got)
		}
		time.Sleep(2 * time.Minute)
		if f := e.next("message_updated"); f.at("message", "status") != "sent" || f.Meta.Timestamp != began.Add(time.Hour).Unix() {
			t.Errorf("delivered %v", f)
		}
		time.Sleep(23 * time.Hour)
		r.send(p.Chat(), "Поздно", nil)
		if f := e.next("message_updated"); f.at("message", "error", "code") != "reply_timed_out" {
			t.Errorf("late %v", f.Data)
		}
		r.gw.Assume(messagegateway.Unknowns{RefuseLate: true})
		r.refused(400, "reply deadline", "POST", "/messages", obj{"chat_id": p.Chat(), "scope": "public", "content": "Поздно"})
		p.Write("Я снова тут")
		r.gw.Deliver(messagegateway.Delivery{})
		r.send(p.Chat(), "И мы", nil)
		if got := strings.Join(p.Texts(), "|"); got != "Сейчас|И мы" {
			t.Errorf("seen %q", got)
		}
		r.understood()
	})
}
