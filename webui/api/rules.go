package api

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

type tryRequest struct {
	// Rule is the name of a saved rule, or a rule as it stands in the configuration file.
	Rule  json.RawMessage `json:"rule"`
	Order string          `json:"order"` // its number; empty: the newest
}

type ruleBody struct {
	Name          string            `json:"name"`
	Enabled       *bool             `json:"enabled"`
	Statuses      []string          `json:"statuses"`
	Text          string            `json:"text"`
	Channels      []device.Channel  `json:"channels"`
	Once          gateway.Once      `json:"once"`
	FallbackAfter string            `json:"fallback_after"`
	Hours         *hoursBody        `json:"hours"`
	ExpiresAfter  string            `json:"expires_after"`
	IfMissing     gateway.IfMissing `json:"if_missing"`
}

type hoursBody struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type trialBody struct {
	Decision   gateway.Verdict `json:"decision"`
	Reason     string          `json:"reason"`
	ReasonCode gateway.Reason  `json:"reason_code"`
	Text       string          `json:"text"`
	Missing    []string        `json:"missing"`
	To         device.Phone    `json:"to,omitempty"`
	Channel    device.Channel  `json:"channel,omitempty"`
	SMSParts   int             `json:"sms_parts"`
	Order      string          `json:"order"`
	Trace      []step          `json:"trace"`
}

func (a *api) tryRule(c *fiber.Ctx) error {
	var in tryRequest
	if err := readBody(c, &in); err != nil {
		return err
	}
	rule, err := a.ruleOf(c, in.Rule)
	if err != nil {
		return err
	}
	w, err := a.words(c)
	if err != nil {
		return err
	}
	t, err := a.Desk.Try(c.UserContext(), rule, in.Order)
	if err != nil {
		return err
	}
	body := trialBody{
		Decision: t.Verdict, Reason: t.Reason.Sentence(t.Args, w.lang, w.zone), ReasonCode: t.Reason, Text: t.Text,
		Missing: append([]string{}, t.Missing...), To: t.To, Channel: t.Channel, SMSParts: t.SMS.Parts, Order: t.Order.Number, Trace: w.trace(t.Trace),
	}
	return c.JSON(body)
}

func (a *api) ruleOf(c *fiber.Ctx, raw json.RawMessage) (gateway.Rule, error) {
	var name string
	if json.Unmarshal(raw, &name) == nil && name != "" {
		rules, err := a.Book.Rules(c.UserContext())
		if err != nil {
			return gateway.Rule{}, err
		}
		for _, r := range rules {
			if strings.EqualFold(r.Name, name) {
				return r, nil
			}
		}
		return gateway.Rule{}, fiber.NewError(fiber.StatusNotFound, "There is no rule named "+name+".")
	}
	var b ruleBody
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		return gateway.Rule{}, fiber.NewError(fiber.StatusBadRequest, "rule is the name of a rule, or a rule as in the configuration file.")
	}
	return b.rule()
}

func (b ruleBody) rule() (gateway.Rule, error) {
	r := gateway.DefaultRule()
	r.Hours = gateway.Hours{}
	r.Name, r.Statuses, r.Text = b.Name, b.Statuses, b.Text
	if b.Enabled != nil {
		r.Enabled = *b.Enabled
	}
	if len(b.Channels) > 0 {
		r.Channels = b.Channels
	}
	if b.Once != "" {
		r.Once = b.Once
	}
	if b.IfMissing != "" {
		r.IfMissing = b.IfMissing
	}
	for _, d := range []struct {
		from string
		to   *time.Duration
	}{{b.FallbackAfter, &r.FallbackAfter}, {b.ExpiresAfter, &r.ExpiresAfter}} {
		if d.from == "" {
			continue
		}
		v, err := time.ParseDuration(d.from)
		if err != nil {
			return r, fiber.NewError(fiber.StatusBadRequest, d.from+" is no duration: write 30m or 24h.")
		}
		*d.to = v
	}
	if b.Hours != nil {
		from, err1 := gateway.ParseClock(b.Hours.From)
		to, err2 := gateway.ParseClock(b.Hours.To)
		if err1 != nil || err2 != nil {
			return r, fiber.NewError(fiber.StatusBadRequest, "hours are written 09:00.")
		}
		r.Hours = gateway.Hours{From: from, To: to}
	}
	return r, nil
}
