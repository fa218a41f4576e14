package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

type statusBody struct {
	Version   string        `json:"version"`
	WhatsApp  whatsAppState `json:"whatsapp"`
	Modems    []modemState  `json:"modems"`
	RetailCRM crmState      `json:"retailcrm"`
	Chats     chatsState    `json:"chats"`
	Helpdesk  helpdeskState `json:"helpdesk"`
	Queue     queueState    `json:"queue"`
}

type whatsAppState struct {
	State  device.LinkState `json:"state"`
	Reason string           `json:"reason"`
	Phone  device.Phone     `json:"phone,omitempty"`
}

type modemState struct {
	Port      string           `json:"port"`
	State     device.LinkState `json:"state"`
	Reason    string           `json:"reason"`
	Operator  string           `json:"operator,omitempty"`
	SignalDBM int              `json:"signal_dbm,omitempty"`
}

// chatsState is the way to RetailCRM's chats.
type chatsState struct {
	State  device.LinkState `json:"state"` // "off" while they are switched off
	Reason string           `json:"reason"`
}

// helpdeskState is the way to the helpdesk.
type helpdeskState struct {
	State gateway.HelpdeskState `json:"state"`
	Until *time.Time            `json:"until,omitempty"` // of a ban or a pause
	// PerMinute is how many requests this box made in the last minute.
	PerMinute int `json:"per_minute"`
}

type crmState struct {
	State  gateway.CRMState `json:"state"`
	Reason string           `json:"reason"`
	Cursor int64            `json:"cursor"`
	LagS   int64            `json:"lag_s"`
}

type queueState struct {
	Queued  int `json:"queued"` // waiting, held ones too
	Sending int `json:"sending"`
	Unknown int `json:"unknown"`
	Failed  int `json:"failed"` // in the last 24 hours
}

func (a *api) status(c *fiber.Ctx) error {
	w, err := a.words(c)
	if err != nil {
		return err
	}
	totals, err := a.Journal.Totals(c.UserContext(), time.Now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	body := statusBody{Version: a.Version, Modems: []modemState{}, WhatsApp: whatsAppState{State: device.LinkOff}, Chats: chatsState{State: device.LinkOff}}
	for _, l := range a.Desk.Links() {
		says := l.Words(w.lang)
		reason := says.What
		if says.Do != "" {
			reason += " " + says.Do
		}
		if l.Channel == device.Chat {
			body.Chats = chatsState{l.State, reason}
			continue
		}
		if l.Channel == device.WhatsApp {
			if l.State == device.LinkClockWrong {
				l.State = device.LinkUnreachable // the contract's list of states is closed
			}
			body.WhatsApp = whatsAppState{l.State, reason, l.Phone}
			continue
		}
		body.Modems = append(body.Modems, modemState{l.Port, l.State, reason, l.Name, l.SignalDBM})
	}
	body.Helpdesk = a.helpdeskState()
	crm := a.Desk.CRM()
	body.RetailCRM = crmState{crm.State, gateway.CRMSentence(crm, w.lang), crm.Cursor, int64(crm.Lag / time.Second)}
	body.Queue = queueState{
		Queued:  totals.Open[gateway.Queued] + totals.Open[gateway.Held],
		Sending: totals.Open[gateway.Sending], Unknown: totals.Open[gateway.UnknownState], Failed: totals.ByState[gateway.Failed],
	}
	return c.JSON(body)
}

func (a *api) helpdeskState() helpdeskState {
	if a.Helpdesk == nil {
		return helpdeskState{State: gateway.HelpdeskOff}
	}
	st := a.Helpdesk()
	out := helpdeskState{State: st.State, PerMinute: st.Minute}
	if until := st.Until.UTC(); !st.Until.IsZero() {
		out.Until = &until
	}
	return out
}
