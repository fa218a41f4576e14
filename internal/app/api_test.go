package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/sim/world"
)

// caller is a program with a token.
type caller struct {
	t     *testing.T
	b     *box
	token string
}

func (b *box) caller(role gateway.Role) *caller {
	b.t.Helper()
	token, err := b.app.Book().AddToken(b.t.Context(), string(role), role)
	if err != nil {
		b.t.Fatal(err)
	}
	return &caller{b.t, b, token}
}

// call answers the status and the decoded body.
func (c *caller) call(method, path, body string) (int, map[string]any) {
	c.t.Helper()
	status, text := c.raw(method, path, body)
	var decoded map[string]any
	if strings.HasPrefix(text, "{") {
		if err := json.Unmarshal([]byte(text), &decoded); err != nil {
			c.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	return status, decoded
}

func (c *caller) raw(method, path, body string) (int, string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.b.url+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", "en")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// says is the code and message of an error body.
func says(body map[string]any) (code, message string) {
	e, _ := body["error"].(map[string]any)
	code, _ = e["code"].(string)
	message, _ = e["message"].(string)
	return code, message
}

func TestAPI(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.until("the box is up", func() bool { return b.app.Desk().CRM().State == gateway.CRMConnected })
	owner, operator := b.caller(gateway.Owner), b.caller(gateway.Operator)
	boris := b.world.Somebody(false, 0).Phone

	t.Run("a message, its key and its way", func(t *testing.T) {
		send := `{"to":"` + boris + `","text":"привет","key":"k1","channels":["sms"]}`
		status, first := operator.call("POST", "/messages", send)
		if status != 202 || first["id"] == nil || first["state"] != "queued" {
			t.Fatal(status, first)
		}
		status, again := operator.call("POST", "/messages", send)
		if status != 200 || again["id"] != first["id"] {
			t.Fatal(status, again)
		}
		b.gets(b.world.Person(boris), 0, 1)
		var one map[string]any
		b.until("delivered", func() bool {
			_, one = operator.call("GET", "/messages/"+number(first["id"]), "")
			return one["state"] == "delivered"
		})
		if one["to"] != boris || one["channel"] != "sms" || len(one["attempts"].([]any)) != 1 || len(one["trace"].([]any)) < 3 || one["reason"] == "" {
			t.Errorf("%v", one)
		}
		if status, body := operator.call("POST", "/messages/"+number(first["id"])+"/cancel", ""); status != 409 {
			t.Error(status, body)
		}
	})
	t.Run("cancelled before it left", func(t *testing.T) {
		_, m := operator.call("POST", "/messages", `{"to":"`+boris+`","text":"завтра","not_before":"2099-01-01T00:00:00Z"}`)
		if m["state"] != "held" {
			t.Fatal(m)
		}
		if status, body := operator.call("POST", "/messages/"+number(m["id"])+"/cancel", ""); status != 200 || body["state"] != "cancelled" {
			t.Error(status, body)
		}
	})
	t.Run("pages of the list", func(t *testing.T) {
		for range 5 {
			operator.call("POST", "/messages", `{"to":"`+boris+`","text":"список","not_before":"2099-01-01T00:00:00Z"}`)
		}
		seen := map[string]bool{}
		cursor := ""
		for range 10 {
			_, page := operator.call("GET", "/messages?state=held&limit=2&cursor="+cursor, "")
			for _, item := range page["items"].([]any) {
				id := number(item.(map[string]any)["id"])
				if seen[id] {
					t.Fatalf("message %s twice", id)
				}
				seen[id] = true
			}
			if cursor, _ = page["next_cursor"].(string); cursor == "" {
				break
			}
		}
		if len(seen) != 5 {
			t.Errorf("%d of 5 held messages listed", len(seen))
		}
	})
	t.Run("bad requests are told", func(t *testing.T) {
		for _, c := range []struct {
			method, path, body string
			status             int
			code, message      string
		}{
			{"POST", "/messages", `{"to":"8 912 345 67 8","text":"x"}`, 400, "invalid", "not valid"},
			{"POST", "/messages", `{"to":"` + boris + `","text":""}`, 400, "invalid", ""},
			{"POST", "/messages", `{"to":"` + boris + `","text":"x","colour":"red"}`, 400, "invalid", "colour"},
			{"POST", "/messages", `{"to":`, 400, "invalid", ""},
			{"POST", "/messages", `{"to":"` + boris + `","text":"x","channels":["pigeon"]}`, 400, "invalid", ""},
			{"POST", "/messages", `{"to":"` + boris + `","text":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "too_large", "larger than 1 MiB"},
			{"GET", "/messages?state=flying", "", 400, "invalid", "flying"},
			{"GET", "/messages?cursor=nonsense", "", 400, "invalid", ""},
			{"GET", "/messages?limit=1000", "", 400, "invalid", "200"},
			{"GET", "/messages/999999", "", 404, "not_found", ""},
			{"GET", "/messages/x", "", 404, "not_found", ""},
			{"GET", "/nowhere", "", 404, "not_found", ""},
			{"POST", "/numbers/check", `{"phones":[]}`, 400, "invalid", ""},
			{"POST", "/rules/try", `{"rule":"nobody"}`, 404, "not_found", "nobody"},
			{"POST", "/rules/try", `{"rule":{"name":"x","statuses":["ready-for-pickup"],"text":"{{order.nummer}}"}}`, 400, "invalid", "order.number"},
		} {
			status, body := owner.call(c.method, c.path, c.body)
			code, message := says(body)
			if status != c.status || code != c.code || !strings.Contains(message, c.message) {
				t.Errorf("%s %s %.60s: %d %v", c.method, c.path, c.body, status, body)
			}
		}
	})
	t.Run("tokens and roles", func(t *testing.T) {
		nobody := &caller{t, b, ""}
		if status, body := nobody.call("GET", "/status", ""); status != 401 {
			t.Error(status, body)
		}
		if status, body := (&caller{t, b, "vst_wrong"}).call("GET", "/status", ""); status != 401 {
			t.Error(status, body)
		}
		if status, _ := nobody.raw("GET", "/openapi.json", ""); status != 200 {
			t.Error("the description needs no token:", status)
		}
		for _, path := range []string{"/whatsapp/pairing", "/rules/try"} {
			if status, body := operator.call("POST", path, "{}"); status != 403 {
				t.Error(path, status, body)
			}
		}
		if status, body := b.caller(gateway.Manager).call("DELETE", "/whatsapp/session", ""); status != 403 {
			t.Error(status, body)
		}
		if status, body := owner.call("DELETE", "/whatsapp/session", ""); status != 409 {
			t.Error("nothing is linked:", status, body)
		}
	})
	t.Run("status", func(t *testing.T) {
		status, s := operator.call("GET", "/status", "")
		wa, crm := s["whatsapp"].(map[string]any), s["retailcrm"].(map[string]any)
		if status != 200 || wa["state"] != "unpaired" || crm["state"] != "connected" || len(s["modems"].([]any)) != 1 {
			t.Errorf("%d %v", status, s)
		}
		if chats, ok := s["chats"].(map[string]any); !ok || chats["state"] == "" || chats["reason"] == "" {
			t.Errorf("the chats are no part of the status: %v", s)
		}
	})
	t.Run("pairing", func(t *testing.T) {
		if status, body := owner.call("POST", "/whatsapp/pairing", "{}"); status != 202 {
			t.Fatal(status, body)
		}
		var p map[string]any
		b.until("a code", func() bool { _, p = owner.call("GET", "/whatsapp/pairing", ""); return p["qr"] != nil })
		if p["state"] != "waiting" || p["expires_at"] == nil {
			t.Errorf("%v", p)
		}
		if err := b.world.Phone.ScanQR(p["qr"].(string)); err != nil {
			t.Fatal(err)
		}
		b.until("paired", func() bool { _, p = owner.call("GET", "/whatsapp/pairing", ""); return p["state"] == "paired" })
		b.until("connected", func() bool { return b.link(device.WhatsApp).State == device.LinkConnected })
	})
	t.Run("numbers", func(t *testing.T) {
		anna := b.world.Somebody(true, 0).Phone
		_, text := operator.raw("POST", "/numbers/check", `{"phones":["`+anna+`","`+boris+`","8 495 123-45-67","900"]}`)
		var rows []struct{ Phone, Kind, WhatsApp, Problem string }
		if err := json.Unmarshal([]byte(text), &rows); err != nil {
			t.Fatal(err, text)
		}
		if len(rows) != 4 || rows[0].WhatsApp != "yes" || rows[1].WhatsApp != "no" || rows[2].Kind != "landline" || rows[3].Problem != "short_code" {
			t.Errorf("%+v", rows)
		}
	})
	t.Run("a rule is tried", func(t *testing.T) {
		_, number := b.world.NewOrder(b.world.Somebody(true, 0))
		status, body := owner.call("POST", "/rules/try", `{"rule":"ready","order":"`+number+`"}`)
		if status != 200 || body["decision"] != "send" || !strings.Contains(body["text"].(string), number) || len(body["trace"].([]any)) < 2 {
			t.Errorf("%d %v", status, body)
		}
		if wa, sms := b.world.Texts(b.world.Somebody(true, 0)); len(wa)+len(sms) > 0 {
			t.Error("a trial wrote to the customer")
		}
	})
}

func number(id any) string { return strings.TrimSuffix(strings.TrimSpace(jsonText(id)), ".0") }

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}
