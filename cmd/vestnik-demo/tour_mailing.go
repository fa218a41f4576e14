package main

import (
	"fmt"
	"strings"

	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

// mails sends news to a pasted list: by WhatsApp, by SMS, and not to her who says stop before it begins.
func (t *teller) mails() error {
	byChat, bySMS, refuses := t.stage.Somebody(true, 1), t.stage.Somebody(false, 0), t.stage.Somebody(true, 3)
	n := len(t.whatsApp(refuses)())
	if _, err := refuses.Messenger.SendText(world.ShopPhone, "СТОП", whatsapp.ByLID); err != nil {
		return err
	}
	text, err := t.hearing(refuses.Name, n, t.whatsApp(refuses), "старт")
	if err != nil {
		return err
	}
	t.say("%s writes «СТОП». The bot: %s", refuses.Name, line(text))

	var list strings.Builder
	for _, p := range []*world.Person{byChat, bySMS, refuses} {
		fmt.Fprintf(&list, "%s; %s\n", p.Phone, p.Name)
	}
	list.WriteString("8 (916) 12; Опечатка\n")
	var made struct{ ID int64 }
	if err := t.call("POST", "/api/v1/campaigns", map[string]any{
		"name": "Осень", "kind": "advertising", "pasted": list.String(), "channels": []string{"whatsapp", "sms"},
		"texts":   []map[string]string{{"ru": "{{customer.firstName|default:\"Здравствуйте\"}}, осенний чай уже в лавке."}},
		"consent": map[string]string{"from": "галочка на сайте", "at": "2026-03-01"},
	}, &made); err != nil {
		return err
	}
	page := fmt.Sprintf("/api/v1/campaigns/%d", made.ID)
	var m struct {
		State  string
		People struct{ Gathering string }
		Out    []struct{ Reason string }
		Counts struct{ Total, Sent int }
	}
	if err := t.until("the list is read", func() bool { return t.call("GET", page, nil, &m) == nil && m.People.Gathering == "done" }); err != nil {
		return err
	}
	var out []string
	for _, o := range m.Out {
		out = append(out, o.Reason)
	}
	if len(out) != 2 {
		return fmt.Errorf("left out are %q", out)
	}
	t.say("A manager pastes a list of four numbers for a mailing. Left out before it begins: %s", strings.Join(out, " "))
	wa, sms := len(t.whatsApp(byChat)()), len(t.sms(bySMS)())
	n = len(t.whatsApp(refuses)())
	if err := t.call("POST", page+"/start", nil, nil); err != nil {
		return err
	}
	if text, err = t.hearing(byChat.Name, wa, t.whatsApp(byChat), "осенний чай", "СТОП"); err != nil {
		return err
	}
	t.say("%s reads in WhatsApp: %s", byChat.Name, line(text))
	if text, err = t.hearing(bySMS.Name, sms, t.sms(bySMS), "осенний чай"); err != nil {
		return err
	}
	t.say("%s, who is not on WhatsApp, by SMS: %s", bySMS.Name, line(text))
	if err := t.until("the mailing is over", func() bool { return t.call("GET", page, nil, &m) == nil && m.State == "done" }); err != nil {
		return err
	}
	if had := t.whatsApp(refuses)(); m.Counts.Sent != 2 || len(had) != n {
		return fmt.Errorf("%d got the mailing, and %s reads %q", m.Counts.Sent, refuses.Name, had[n:])
	}
	t.say("The mailing is over: 2 sent, nobody twice, and %s was left alone.", refuses.Name)
	return nil
}
