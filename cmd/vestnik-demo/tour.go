package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"vestnik/gateway"
	"vestnik/sim/modem"
	"vestnik/sim/world"
)

// tour tells the main job without a person: each step is done through the product's
// own API and CRM, and looked at from outside, on the customers' phones.
func tour(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	dir, cleanUp, err := dataFolder("")
	if err != nil {
		return err
	}
	defer cleanUp()
	t := &teller{ctx: ctx, out: out}
	if err := t.begin(dir); err != nil {
		return err
	}
	for _, step := range []func() error{
		t.seesCRM, t.pairs, t.asksSupport, t.writesByWhatsApp, t.writesBySMS, t.knowsWhoAsks, t.makesCustomer, t.ordersGoWrong,
		t.saysWhyNot, t.survivesCut, t.survivesUnplug, t.hearsOfOrders, t.isBanned,
		t.delivers, t.greets, t.tellsOrder, t.newsWhereSheWrote, t.handsOver, t.givesBack, t.talksByPhone, t.marks, t.minds, t.survivesChatCut, t.knowsNobody,
		t.waitsOutBan, t.mails,
		t.keptToStaff, t.looksBack,
	} {
		if err := step(); err != nil {
			return errors.Join(err, t.end())
		}
	}
	if err := t.end(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nEverything came out as told.")
	return nil
}

type teller struct {
	ctx   context.Context
	out   io.Writer
	stage *stage
	url   string
	token string
	ended chan error
	stop  func()
	began time.Time

	support supportStory
}

func (t *teller) say(format string, args ...any) {
	fmt.Fprintf(t.out, "%5.1fs  %s\n", time.Since(t.began).Seconds(), fmt.Sprintf(format, args...))
}

func (t *teller) begin(dir string) error {
	t.began = time.Now()
	pages, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s, err := newStage(t.ctx, dir, slog.New(slog.DiscardHandler), world.Options{NetworkDelay: 300 * time.Millisecond, ReportDelay: 300 * time.Millisecond, Profile: modem.Huawei}, pages, control)
	if err != nil {
		return err
	}
	t.stage = s
	t.support.password = randomPassword()
	if err := s.prepare(t.ctx, t.support.password, 3*time.Second); err != nil {
		return err
	}
	if t.token, err = s.app.Book().AddToken(t.ctx, "tour", gateway.Owner); err != nil {
		return err
	}
	t.url = "http://" + pages.Addr().String()
	running, stop := context.WithCancel(t.ctx)
	t.stop, t.ended = stop, make(chan error, 1)
	go func() { t.ended <- s.serve(running, pages, control) }()
	t.say("A box is switched on in the office of «Лавка на Лесной». Its pages are up; rules are written and the bot has a list.")
	return t.until("the pages answer", func() bool { return t.call("GET", "/readyz", nil, nil) == nil })
}

func (t *teller) end() error {
	t.stop()
	return errors.Join(<-t.ended, t.stage.close())
}

// until waits for something to become true: the outside world has no other way to
// tell.
func (t *teller) until(what string, ok func() bool) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(40 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			return fmt.Errorf("it did not come out as told: %s", what)
		case <-t.ctx.Done():
			return t.ctx.Err()
		}
	}
	return nil
}

// call asks the product's API.
func (t *teller) call(method, path string, body, into any) error {
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(t.ctx, method, t.url+path, in)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+t.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", "en")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, text)
	}
	if into != nil {
		return json.Unmarshal(text, into)
	}
	return nil
}

type statusAnswer struct {
	WhatsApp  struct{ State, Reason string }
	Modems    []struct{ State, Operator string }
	RetailCRM struct{ State string }
	Chats     struct{ State string }
	Helpdesk  struct{ State string }
}

func (t *teller) status() (s statusAnswer) {
	_ = t.call("GET", "/api/v1/status", nil, &s) // asked again by until
	return s
}

func (t *teller) seesCRM() error {
	if err := t.until("RetailCRM, its chats and the helpdesk are connected and the modem is on its network", func() bool {
		s := t.status()
		return s.RetailCRM.State == "connected" && s.Chats.State == "connected" && s.Helpdesk.State == "connected" && len(s.Modems) == 1 && s.Modems[0].State == "connected"
	}); err != nil {
		return err
	}
	t.say("RetailCRM with its chats and the helpdesk are connected, the modem is on the network of %s. WhatsApp: %s", t.status().Modems[0].Operator, t.status().WhatsApp.Reason)
	return nil
}

func (t *teller) pairs() error {
	if err := t.call("POST", "/api/v1/whatsapp/pairing", map[string]string{}, nil); err != nil {
		return err
	}
	var p struct{ State, QR string }
	if err := t.until("a QR code is shown", func() bool {
		return t.call("GET", "/api/v1/whatsapp/pairing", nil, &p) == nil && p.QR != ""
	}); err != nil {
		return err
	}
	t.say("The manager asks for a QR code; the shop's phone %s scans it.", world.ShopPhone)
	if err := t.stage.Phone.ScanQR(p.QR); err != nil {
		return err
	}
	if err := t.until("WhatsApp is connected", func() bool { return t.status().WhatsApp.State == "connected" }); err != nil {
		return err
	}
	t.say("WhatsApp is connected.")
	return nil
}

// order moves a new order of a person to "ready".
func (t *teller) order(p *world.Person) (id int, number string, err error) {
	id, number = t.stage.NewOrder(p)
	return id, number, t.stage.CRM.SetStatus(id, "ready-for-pickup")
}

func (t *teller) writesByWhatsApp() error {
	p := t.stage.Somebody(true, 1)
	id, number, err := t.order(p)
	if err != nil {
		return err
	}
	t.say("Order %s of %s reaches «Готов к выдаче».", number, p.Name)
	if err := t.until("WhatsApp text on the phone", func() bool { wa, sms := t.stage.Texts(p); return len(wa) == 1 && len(sms) == 0 }); err != nil {
		return err
	}
	wa, _ := t.stage.Texts(p)
	t.say("His WhatsApp shows: %s", wa[0])
	return t.marked(id, true)
}

func (t *teller) marked(id int, want bool) error {
	if err := t.until(fmt.Sprintf("the order's checkbox says %v", want), func() bool {
		o, _ := t.stage.CRM.Order(id)
		on, ok := o.CustomFields["has_whatsapp"].(bool)
		return ok && on == want
	}); err != nil {
		return err
	}
	t.say("The checkbox on the order in RetailCRM says: %v.", want)
	return nil
}

func (t *teller) writesBySMS() error {
	p := t.stage.Somebody(false, 0)
	id, number, err := t.order(p)
	if err != nil {
		return err
	}
	t.say("Order %s of %s, whose number is not on WhatsApp, reaches the same status.", number, p.Name)
	if err := t.until("an SMS on the phone", func() bool { _, sms := t.stage.Texts(p); return len(sms) == 1 }); err != nil {
		return err
	}
	_, sms := t.stage.Texts(p)
	t.say("An SMS arrives: %s", sms[0])
	if err := t.marked(id, false); err != nil {
		return err
	}
	return t.tellStory(number)
}

func (t *teller) tellStory(number string) error {
	var list struct{ Items []struct{ ID int64 } }
	if err := t.call("GET", "/api/v1/messages?order="+number, nil, &list); err != nil || len(list.Items) != 1 {
		return fmt.Errorf("one message about order %s: %d, %w", number, len(list.Items), err)
	}
	var story struct {
		State string
		Trace []struct{ Text string }
	}
	path := fmt.Sprintf("/api/v1/messages/%d", list.Items[0].ID)
	if err := t.until("the story tells the delivery and the mark", func() bool {
		if t.call("GET", path, nil, &story) != nil || story.State != "delivered" {
			return false
		}
		return slices.ContainsFunc(story.Trace, func(s struct{ Text string }) bool { return strings.Contains(s.Text, "mark on the order") })
	}); err != nil {
		return err
	}
	t.say("The journal says why:")
	for _, s := range story.Trace {
		fmt.Fprintf(t.out, "          · %s\n", s.Text)
	}
	return nil
}

func (t *teller) saysWhyNot() error {
	id, number := t.stage.NewOrder(&world.Person{Name: "Городской Номер", Phone: "позвонить вечером"})
	if err := t.stage.CRM.SetStatus(id, "ready-for-pickup"); err != nil {
		return err
	}
	var why string
	if err := t.until("a decision not to send", func() bool {
		rows, _, err := t.stage.app.Store().Decisions(t.ctx, gateway.DecisionFilter{Verdict: gateway.Skip})
		for _, r := range rows {
			if r.Number == number {
				why = r.Reason.Sentence(r.Args, "en", time.UTC)
			}
		}
		return err == nil && why != ""
	}); err != nil {
		return err
	}
	t.say("Order %s has no phone number but a note. Nothing is sent, and the journal says: %s", number, why)
	return nil
}

func (t *teller) survivesCut() error {
	p := t.stage.Somebody(true, 3)
	t.stage.WhatsApp.Faults().Down(true)
	if err := t.until("WhatsApp is noticed to be away", func() bool { return t.status().WhatsApp.State != "connected" }); err != nil {
		return err
	}
	_, number, err := t.order(p)
	if err != nil {
		return err
	}
	t.say("The internet goes away. Order %s of %s is ready meanwhile: the message waits.", number, p.Name)
	if err := t.until("the message waits in the ledger", func() bool {
		rows, _, err := t.stage.app.Store().Messages(t.ctx, gateway.MessageFilter{Order: number})
		return err == nil && len(rows) == 1 && rows[0].State == gateway.Queued
	}); err != nil {
		return err
	}
	t.stage.WhatsApp.Faults().Down(false)
	if err := t.until("the text arrives after all", func() bool { wa, sms := t.stage.Texts(p); return len(wa) == 1 && len(sms) == 0 }); err != nil {
		return err
	}
	t.say("The internet is back, and the message arrives, once.")
	return nil
}

func (t *teller) survivesUnplug() error {
	p := t.stage.Somebody(false, 1)
	t.stage.Modem.Unplug()
	_, number, err := t.order(p)
	if err != nil {
		return err
	}
	t.say("Somebody pulls the modem out. Order %s of %s needs an SMS: it waits.", number, p.Name)
	if err := t.until("the modem is missed", func() bool { s := t.status(); return len(s.Modems) == 1 && s.Modems[0].State != "connected" }); err != nil {
		return err
	}
	if err := t.stage.Modem.Plug(); err != nil {
		return err
	}
	if err := t.until("the SMS arrives after all", func() bool { _, sms := t.stage.Texts(p); return len(sms) == 1 }); err != nil {
		return err
	}
	t.say("The modem is back, and the SMS arrives, once.")
	return nil
}

func (t *teller) looksBack() error {
	if strange := t.stage.NotUnderstood(); len(strange) > 0 {
		return fmt.Errorf("a simulator did not understand: %s", strings.Join(strange, "; "))
	}
	for _, p := range t.stage.People {
		wa, sms := t.stage.Texts(p)
		if twice := repeated(append(wa, sms...)); twice != "" {
			return fmt.Errorf("%s got twice: %s", p.Name, twice)
		}
	}
	for _, p := range t.stage.MG.Customers() {
		if twice := repeated(p.Texts()); twice != "" {
			return fmt.Errorf("%s got twice: %s", p.Name(), twice)
		}
	}
	t.say("Nobody got a message twice, and no simulator was asked anything it did not know.")
	return nil
}

// repeated is the first text that is there twice.
func repeated(texts []string) string {
	for i, text := range texts {
		if slices.Contains(texts[:i], text) {
			return text
		}
	}
	return ""
}
