package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"vestnik/sim/messagegateway"
)

// desk is whom one plays in the CRM's chat window, and which chat lies open there.
type desk struct {
	mu   sync.Mutex
	as   int // the operator's id in the CRM; 0: the first who is online
	chat int // 0: the one with the newest message
}

func (d *desk) set(fn func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fn()
}

func (d *desk) get() (as, chat int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.as, d.chat
}

// operator is whom one plays now.
func (c *control) operator() *messagegateway.Operator {
	as, _ := c.desk.get()
	all := c.stage.MG.Operators()
	for _, o := range all {
		if o.CRMID() == as {
			return o
		}
	}
	for _, o := range all {
		if o.Online() {
			return o
		}
	}
	return all[0]
}

func (c *control) deskAs(r *http.Request) error {
	id, err := strconv.Atoi(r.FormValue("operator"))
	c.desk.set(func() { c.desk.as = id })
	return err
}

func (c *control) deskOnline(r *http.Request) error {
	c.operator().SetOnline(on(r))
	return nil
}

func (c *control) deskOpen(r *http.Request) error {
	id, err := strconv.Atoi(r.FormValue("chat"))
	c.desk.set(func() { c.desk.chat = id })
	return err
}

// atDesk does something in the chat that a form names, as the operator of the moment.
func (c *control) atDesk(r *http.Request, do func(*messagegateway.Operator, int) error) error {
	chat, err := strconv.Atoi(r.FormValue("chat"))
	if err != nil {
		return errors.New("open a dialog first")
	}
	c.desk.set(func() { c.desk.chat = chat }) // it stays open when somebody else writes
	return do(c.operator(), chat)
}

func (c *control) deskWrite(r *http.Request) error {
	return c.atDesk(r, func(o *messagegateway.Operator, chat int) error {
		text := strings.TrimSpace(r.FormValue("text"))
		if text == "" {
			return errors.New("write something")
		}
		if strings.HasPrefix(text, "/") {
			_, err := o.Command(chat, text)
			return err
		}
		_, err := o.Write(chat, text)
		return err
	})
}

func (c *control) deskNote(r *http.Request) error {
	return c.atDesk(r, func(o *messagegateway.Operator, chat int) error {
		text := strings.TrimSpace(r.FormValue("text"))
		if text == "" {
			return errors.New("write something")
		}
		_, err := o.Note(chat, text)
		return err
	})
}

func (c *control) deskReturn(r *http.Request) error {
	return c.atDesk(r, func(o *messagegateway.Operator, chat int) error {
		id := c.stage.botID()
		if id == 0 {
			return errors.New("no bot has registered with the chats yet")
		}
		return o.Return(chat, id)
	})
}

// botID is the product's own bot in the chats; 0 before it has registered.
func (s *stage) botID() int {
	for _, b := range s.MG.Bots() {
		if b.Active {
			return b.ID
		}
	}
	return 0
}

// deskView is the CRM's chat window.
type deskView struct {
	Me        operatorView
	Operators []operatorView
	Chats     []chatView
	Open      *chatView
	Lines     []lineView
	Commands  []string // of the bot, to type after a slash
}

type operatorView struct {
	ID     int // in the CRM
	Name   string
	Online bool
	Me     bool
}

type chatView struct {
	ID          int
	Name, Where string
	Open        bool   // a dialog is going on
	Who         string // who is responsible; empty: nobody
	Bot         bool   // it is the bot
	Last        string
	NotRead     int
	At          time.Time
	Chosen      bool
}

type lineView struct {
	Who    string
	Text   string
	Kind   string // "customer", "bot", "user", "note", "system"
	Failed string
	At     time.Time
}

// When is the time that the window shows beside a line.
func (l lineView) When() string { return when(l.At) }

func (c *control) deskView() deskView {
	mg := c.stage.MG
	me := c.operator()
	v := deskView{}
	for _, o := range mg.Operators() {
		ov := operatorView{o.CRMID(), o.Name(), o.Online(), o.CRMID() == me.CRMID()}
		v.Operators = append(v.Operators, ov)
		if ov.Me {
			v.Me = ov
		}
	}
	for _, b := range mg.Bots() {
		if b.Active {
			v.Commands = append(v.Commands, b.Commands...)
		}
	}
	for _, chat := range mg.Chats() {
		v.Chats = append(v.Chats, c.chatView(chat))
	}
	slices.SortStableFunc(v.Chats, func(a, b chatView) int { return b.At.Compare(a.At) })
	if len(v.Chats) == 0 {
		return v
	}
	_, chosen := c.desk.get()
	i := max(0, slices.IndexFunc(v.Chats, func(chat chatView) bool { return chat.ID == chosen }))
	v.Chats[i].Chosen = true
	v.Open = &v.Chats[i]
	for _, m := range mg.Messages(v.Open.ID) {
		if line, shown := c.line(m, *v.Open); shown {
			v.Lines = append(v.Lines, line)
		}
	}
	return v
}

func (c *control) chatView(chat messagegateway.Chat) chatView {
	mg := c.stage.MG
	v := chatView{ID: chat.ID, Name: chat.Name, NotRead: chat.NotRead, At: chat.LastActivity, Open: chat.Dialog.Open}
	for _, ch := range mg.Channels() {
		if ch.ID() == chat.Channel {
			v.Where = messengers[ch.Kind()]
			if v.Where == "" {
				v.Where = ch.Name()
			}
		}
	}
	if v.Open {
		v.Who, v.Bot = c.responsible(chat.Dialog), chat.Dialog.Responsible == "bot"
	}
	for _, m := range slices.Backward(mg.Messages(chat.ID)) {
		if m.Scope == "public" && !m.Deleted {
			v.Last = m.Text
			break
		}
	}
	return v
}

func (c *control) responsible(d messagegateway.Dialog) string {
	switch d.Responsible {
	case "bot":
		return "бот"
	case "user":
		return c.operatorName(d.ResponsibleID)
	}
	return ""
}

// operatorName is who has an id in the chats.
func (c *control) operatorName(id int) string {
	for _, o := range c.stage.MG.Operators() {
		if o.ID() == id {
			return o.Name()
		}
	}
	return fmt.Sprintf("№ %d", id)
}

// actions are the notices that stand between the messages, as the CRM words them.
var actions = map[string]string{
	"dialog_opened": "диалог открыт", "dialog_closed": "диалог закрыт", "dialog_assign": "сменился ответственный",
	"dialog_unassign": "ответственного больше нет",
}

// line is a message as the operators see it.
func (c *control) line(m messagegateway.Message, chat chatView) (lineView, bool) {
	v := lineView{Text: m.Text, At: m.At, Kind: m.From}
	switch {
	case m.Deleted:
		return v, false
	case m.Kind == "system":
		v.Kind, v.Text = "system", actions[m.Action]
		return v, v.Text != ""
	}
	switch m.From {
	case "customer":
		v.Who = chat.Name
	case "user":
		v.Who = c.operatorName(m.FromID)
	case "bot":
		v.Who = "Бот"
	default: // the box's own WhatsApp and SMS, shown here
		v.Who, v.Kind = "Магазин", "user"
	}
	if m.Scope == "private" {
		v.Kind = "note"
	}
	if m.Status == "failed" {
		v.Failed = m.Error
	}
	return v, true
}
