package messagegateway

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vestnik/device"
)

func TestOddForms(t *testing.T) {
	t.Parallel()
	e, err := parseEvent([]byte(`{"type":"message_new","meta":{"timestamp":"1735725600"},"data":{"message":{"id":"3376","time":"2025-01-01T10:00:00",
		"created_at":"2025-01-01T10:00:00.028315+03:00","type":"text","scope":"public","chat_id":"30","from":{"id":39,"type":"customer","phone":79998887766,"is_blocked":"0"},
		"content":"&quot;1&quot; &amp;lt;","items":null,"dialog":[],"chat":{"id":30,"channel":null,"members":null,"last_message":null}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	m := e.message
	text, media := contentOf(m)
	if m.ID != 3376 || m.chat() != 30 || m.at().Hour() != 10 || m.CreatedAt.Hour() != 7 || text != `"1" &lt;` || media != "" || e.at.Unix() != 1735725600 {
		t.Errorf("read %+v as %q %q", m, text, media)
	}
	if p := phoneOf(string(m.From.T.Phone)); p != "+79998887766" || m.From.T.Blocked != (flag{Given: true}) {
		t.Errorf("phone %s, blocked %+v", string(p), m.From.T.Blocked)
	}
	for _, body := range []string{``, `null`, `[]`, `"x"`, `{"type":1,"data":null}`, `{"type":"message_new","data":{"message":[]}}`, `{"type":"message_new","data":{"message":{"id":{}}}}`} {
		if e, err := parseEvent([]byte(body)); err == nil && e.message.ID != 0 {
			t.Errorf("%s: %+v", body, e)
		}
	}
}

func TestPhones(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]device.Phone{
		"79998887766": "+79998887766", "+7 (999) 888-77-66": "+79998887766", "89998887766": "+79998887766", "9998887766": "+79998887766",
		"333296016": "", "": "", "12345678901234567890": "", "491701234567": "+491701234567",
	} {
		if got := phoneOf(raw); got != want {
			t.Errorf("%q is %q, want %q", raw, string(got), string(want))
		}
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://mg-s1.retailcrm.pro":           "https://mg-s1.retailcrm.pro",
		" mg-s1.retailcrm.pro/api/bot/v1 ":      "https://mg-s1.retailcrm.pro",
		"wss://mg-s1.retailcrm.pro/api/bot/v1/": "https://mg-s1.retailcrm.pro",
		"http://127.0.0.1:8080/x":               "http://127.0.0.1:8080",
		"http://mg-s1.retailcrm.pro":            "", "ftp://mg": "", "https://user:word@mg": "", "": "", "https://": "",
	} {
		got := ""
		if u, err := parseEndpoint(raw); err == nil {
			got = u.String()
		} else if raw != "" && strings.Contains(err.Error(), "word") {
			t.Errorf("the error repeats the address: %v", err)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", raw, got, want)
		}
	}
}

func TestTheCursorLagsBehind(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	c := cursor{Host: "mg", Bot: 7, From: 100}
	for _, id := range []int64{105, 103} {
		c.mark(id, now)
	}
	if c.From != 100 || !c.has(105) || !c.has(103) || c.has(104) || !c.has(99) {
		t.Errorf("cursor %+v", c)
	}
	c.mark(104, now.Add(time.Second))
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	back, ok := readCursor(string(data), "mg", 7)
	if !ok || !back.has(104) || back.has(106) || back.From != 100 {
		t.Errorf("read back %+v", back)
	}
	if _, ok := readCursor(string(data), "mg", 8); ok {
		t.Error("another bot's cursor was taken")
	}
	for id := int64(106); id < 1000; id++ {
		c.mark(id, now.Add(time.Minute))
	}
	if len(c.Done) > cursorMost || !c.has(500) || c.has(1000) {
		t.Errorf("cursor from %d with %d", c.From, len(c.Done))
	}
	c.mark(1000, now.Add(time.Hour))
	if c.From != 999 || len(c.Done) != 1 {
		t.Errorf("cursor from %d with %d", c.From, len(c.Done))
	}
}

// Recorded and constructed bodies of others, which are not in this repository.
func TestReferenceBodies(t *testing.T) {
	t.Parallel()
	root := os.Getenv("VESTNIK_CORPUS")
	if root == "" {
		t.Skip("VESTNIK_CORPUS is not set")
	}
	read := func(folder string, use func(name string, data []byte)) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(root, "retailcrm", folder, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no bodies in %s: %v", folder, err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			use(filepath.Base(f), data)
		}
	}
	read("mg-bot-ws-constructed", func(name string, data []byte) {
		e, err := parseEvent(data)
		if err != nil || e.kind != strings.SplitN(strings.TrimSuffix(name, ".json"), ".", 2)[0] {
			t.Errorf("%s: %q %v", name, e.kind, err)
		}
		switch name {
		case "message_new.customer-text.json":
			if text, _ := contentOf(e.message); text != "Text" || e.message.Chat.T.Channel.T.ID != 72 || !e.message.Chat.Given || e.message.Chat.T.ReplyDeadline.IsZero() {
				t.Errorf("%s: %+v", name, e.message)
			}
		case "message_updated.failed.json":
			if kind, code := kindOfReceipt(e.message); kind != device.ReceiptFailed || code != "reply_timed_out" {
				t.Errorf("%s: %s %s", name, kind, code)
			}
		case "dialog_assign.json":
			if e.dialog.Responsible.T.ID != 4 || e.dialog.ID != 2054 || e.chat.ID != 30 {
				t.Errorf("%s: %+v", name, e.dialog)
			}
		case "channel_updated.json":
			if f := factsOf(e.channel); !f.Texts || f.MaxChars != 4096 || !f.deletes || !f.Active {
				t.Errorf("%s: %+v", name, f)
			}
		}
	})
	read("mg-bot", func(name string, data []byte) {
		switch name {
		case "go-Channels.json":
			var l list[channelBody]
			if err := decode(data, &l); err != nil || len(l) != 1 || !factsOf(l[0]).Suggestions || factsOf(l[0]).AfterWindow != "template" || !factsOf(l[0]).phones {
				t.Errorf("%s: %+v %v", name, l, err)
			}
		case "go-MessagesDialog.json":
			var l list[messageBody]
			if err := decode(data, &l); err != nil || len(l) != 2 || l[0].Action != "dialog_closed" || l[1].Error.T.Code != "malformed_response" {
				t.Errorf("%s: %+v %v", name, l, err)
			}
		case "go-DialogAssign.json", "go-DialogUnassign.2.json":
			var said struct{ Errors words }
			if err := json.Unmarshal(data, &said); err != nil || codeOf(said.Errors[0]) != codeNotLatest {
				t.Errorf("%s: %+v %v", name, said, err)
			}
		case "go-getJSONResponseChats.json", "go-Chats.json":
			var l list[chatBody]
			if err := decode(data, &l); err != nil || len(l) == 0 || l[0].ID == 0 || l[0].Customer.T.called() == "" {
				t.Errorf("%s: %+v %v", name, l, err)
			}
		case "go-Users.json":
			var l list[userBody]
			if err := decode(data, &l); err != nil || len(l) != 1 || !l[0].Technical.On {
				t.Errorf("%s: %+v %v", name, l, err)
			}
		}
	})
	read("mg-transport", func(name string, data []byte) {
		if !strings.HasPrefix(name, "go-types-") {
			return
		}
		w, err := parseWebhook(data)
		if err != nil || w.Type != "message_sent" || w.Data.T.ExternalUser != "79998887766" || w.Data.T.ExternalChat != "" || w.Data.T.InApp == 0 {
			t.Errorf("%s: %+v %v", name, w, err)
		}
	})
}

const sampleFrame = `{"type":"message_new","meta":{"timestamp":1735725600},"data":{"message":{"id":5,"time":"2025-01-01T10:00:00Z","type":"image","scope":"public","chat_id":3,
"status":"received","from":{"id":9,"type":"customer","name":"Анна","phone":"79161234567"},"content":"a &amp; b","note":"n","items":[{"id":"x","kind":"image","caption":"c"}],
"dialog":{"id":4},"transport_attachments":{"suggestions":[{"type":"text","title":"t","payload":"p"}]},"chat":{"id":3,"channel":{"id":1,"type":"telegram","settings":{"text":{"creating":"both"}}},
"customer":{"id":9,"type":"customer"},"reply_deadline":"2025-01-02T10:00:00Z","last_dialog":{"id":4,"responsible":{"id":7,"type":"user"}}}}}}`

// What a foreign frame leads to is text that a database and a page can hold.
func FuzzFrame(f *testing.F) {
	f.Add([]byte(sampleFrame))
	for _, kind := range []string{"dialog_assign", "dialog_closed", "chat_updated", "customer_updated", "channel_updated"} {
		f.Add([]byte(strings.Replace(sampleFrame, "message_new", kind, 1)))
		f.Add([]byte(`{"type":"` + kind + `","data":{"id":1,"is_blocked":true,"chat":{"id":3},"dialog":{"id":4,"responsible":{"id":7,"type":"user"}},"channel":{"id":1,"is_active":0}}}`))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := parseEvent(data)
		if err != nil && !errors.Is(err, errForm) {
			t.Errorf("error %v", err)
		}
		text, media := contentOf(e.message)
		facts := factsOf(e.channel)
		chat := chatFacts{}.with(e.customer, true)
		for _, s := range []string{text, media, facts.Name, facts.Messenger, chat.name, e.message.From.T.called()} {
			if !utf8.ValidString(s) {
				t.Errorf("%q is no text", s)
			}
		}
		if facts.MaxChars < 0 {
			t.Errorf("at most %d characters", facts.MaxChars)
		}
		kindOfReceipt(e.message)
	})
}

func FuzzList(f *testing.F) {
	f.Add([]byte(`[{"id":1,"chat_id":2,"content":"x","from":null,"error":{"code":"unknown"}},null,3,{"id":"7"}]`))
	f.Add([]byte(`null`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		var messages list[messageBody]
		_ = decode(data, &messages) // what it is not is an error
		var chats list[chatBody]
		_ = decode(data, &chats)
		var users list[userBody]
		_ = decode(data, &users)
		for _, u := range users {
			u.called()
		}
	})
}

func FuzzWebhook(f *testing.F) {
	f.Add([]byte(`{"type":"message_sent","meta":{"timestamp":1},"data":{"id":5,"external_user_id":"79998887766","external_chat_id":"","channel_id":83,"type":"text","content":"x","in_app_id":638,"bot":{"id":760,"name":"Bot system"},"template":{"code":"a#b","variables":{}}}}`))
	f.Add([]byte(`{"type":"message_read","data":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := parseWebhook(data)
		if err != nil && !errors.Is(err, errForm) {
			t.Errorf("error %v", err)
		}
		refuses(OperatorText{ID: int64(w.Data.T.ID), Text: string(w.Data.T.Content), Phone: digitsOf(string(w.Data.T.ExternalUser))}, string(w.Data.T.Type))
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(`{"host":"mg","bot":7,"from":100,"done":[103,105],"at":"2026-11-28T12:00:00Z"}`, int64(104))
	f.Fuzz(func(t *testing.T, kept string, id int64) {
		c, _ := readCursor(kept, "mg", 7)
		c.mark(id, time.Now())
		if !c.has(id) {
			t.Errorf("%d is not dealt with after it was: %+v", id, c)
		}
	})
}

// TestANumberThatAnybodyMayTypeIsNobodys: by his number a customer hears of orders.
func TestANumberThatAnybodyMayTypeIsNobodys(t *testing.T) {
	said := actor{ID: 9, Phone: "79161234567", ExternalID: "79161234567"}
	for _, c := range []struct {
		messenger string
		phones    bool // the channel knows its customers by their numbers
		want      device.Phone
	}{
		{"telegram", false, "+79161234567"},
		{"whatsapp", true, "+79161234567"},
		{"custom", true, "+79161234567"},
		{"consultant", false, ""},
		{"instagram", false, ""},
		{"custom", false, ""},
		{"", false, ""},
	} {
		if got := (chatFacts{messenger: c.messenger}).with(said, c.phones).phone; got != c.want {
			t.Errorf("%q, %v: the number %q, want %q", c.messenger, c.phones, got, c.want)
		}
	}
}
