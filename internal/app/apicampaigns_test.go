package app_test

import (
	"strings"
	"testing"

	"vestnik/gateway"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

func TestAProgramsMailingReachesPeople(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.apply(`
whatsapp: {gap: 0, per_hour: 0, per_day: 0, new_chats_per_day: 0}
decency: {hours: {from: "00:00", to: "00:00"}, when_open: false}
conduct: {typing: false, warm_up: false}
`)
	b.pair()
	anna := b.world.WhatsApp.AddCustomer("+79022000001", "Анна")
	boris := b.world.WhatsApp.AddCustomer("+79022000002", "Борис", whatsapp.Answers(func(whatsapp.Received) string { return "СТОП" }))
	erp := b.caller(gateway.Manager)
	status, made := erp.call("POST", "/campaigns", `{"name": "Осень", "kind": "advertising", "channels": ["whatsapp"],
		"people": [{"phone": "8 902 200-00-01", "name": "Анна", "fields": {"скидка": "10"}}, {"phone": "+79022000002", "fields": {"скидка": "15"}}, {"phone": "12"}, {"phone": "+7 902 200 00 01"}],
		"texts": [{"ru": "Осенние новинки: вам скидка {{column.скидка}} %."}], "consent": {"from": "галочка на сайте", "at": "2026-03-01"}}`)
	if status != 201 || made["state"] != "draft" {
		t.Fatal(status, made)
	}
	path := "/campaigns/" + number(made["id"])
	var seen map[string]any
	b.until("its people are gathered", func() bool {
		_, seen = erp.call("GET", path, "")
		return seen["people"].(map[string]any)["gathering"] == "done"
	})
	if counts := seen["counts"].(map[string]any); counts["waits"] != 2.0 || counts["out"] != 2.0 || seen["forecast"] == nil {
		t.Errorf("%v", seen)
	}
	if status, body := erp.call("POST", path+"/start", ""); status != 202 {
		t.Fatal(status, body)
	}
	b.until("it is over, and one has refused", func() bool {
		_, seen = erp.call("GET", path, "")
		counts := seen["counts"].(map[string]any)
		return seen["state"] == "done" && counts["delivered"] == 2.0 && counts["opted_out"] == 1.0
	})
	for who, discount := range map[*whatsapp.Customer]string{anna: "10 %", boris: "15 %"} {
		n := 0
		for _, m := range who.Inbox() {
			if strings.Contains(m.Text, "новинки") {
				n++
				if !strings.Contains(m.Text, discount) || !strings.Contains(m.Text, "СТОП") {
					t.Errorf("%s reads %q", who.Name(), m.Text)
				}
			}
		}
		if n != 1 {
			t.Errorf("%s has it %d times", who.Name(), n)
		}
	}
	_, out := erp.call("GET", path+"/people?state=out", "")
	rows := out["items"].([]any)
	if len(rows) != 2 || rows[0].(map[string]any)["reason"] == "" {
		t.Errorf("%v", out)
	}
	for _, call := range []string{"/start", "/pause", "/resume"} {
		if status, body := erp.call("POST", path+call, ""); status != 409 {
			t.Errorf("%s of a mailing that is over: %d %v", call, status, body)
		}
	}
	_, list := erp.call("GET", "/campaigns", "")
	if rows := list["items"].([]any); len(rows) != 1 || rows[0].(map[string]any)["counts"].(map[string]any)["delivered"] != 2.0 {
		t.Errorf("%v", list)
	}
}
