package webui

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

func (s *Server) deviceRoutes(a *fiber.App, manager fiber.Handler) {
	a.Get("/device", s.showDevice)
	a.Post("/device/reconnect", manager, s.reconnect)
	a.Post("/device/modem", manager, s.resetModem)
	a.Post("/device/crm", manager, s.readCRM)
	a.Post("/device/clock", manager, s.trustClock)
}

type devicePage struct {
	*Frame
	Radios []RadioCard
	CRM    gateway.CRMStatus
	Says   string
	Mood   Mood
	Lag    int // seconds
	Totals gateway.Totals
	Waits  int
	Care   careCards
}

// RadioCard is one radio.
type RadioCard struct {
	device.Link
	Words device.Words
	Mood  Mood
	Bars  template.HTML
	Strip template.HTML
	Today int // messages that left by it today

	MayReconnect bool
	Title        string
	Accounts     []chatAccount // of the CRM's chats
}

func (s *Server) showDevice(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "menu.device")
	if err != nil {
		return err
	}
	p := devicePage{Frame: f, CRM: s.o.Desk.CRM()}
	p.Says, p.Mood, p.Lag = gateway.CRMSentence(p.CRM, f.Lang), crmMood(p.CRM), int(p.CRM.Lag.Seconds())
	local := f.now.In(f.zone)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, f.zone)
	if p.Totals, err = s.o.Journal.Totals(c.UserContext(), midnight); err != nil {
		return err
	}
	p.Waits = p.Totals.Open[gateway.Queued] + p.Totals.Open[gateway.Held] + p.Totals.Open[gateway.Sending]
	for _, l := range s.o.Desk.Links() {
		history, err := s.o.Journal.LinkHistory(c.UserContext(), l.Channel, f.now.Add(-24*time.Hour))
		if err != nil {
			return err
		}
		card := RadioCard{
			Link: l, Words: device.LinkWords(l.Channel, l.State, f.Lang), Mood: moodOf(l), Today: p.Totals.ByChannel[l.Channel],
			Strip: strip(f, sameRadio(history, l), l), Title: f.words.say("device.title." + string(l.Channel)),
		}
		if l.Channel == device.Chat {
			card.Accounts = s.chatAccounts(f)
		}
		if l.SignalDBM != 0 {
			card.Bars = drawBars(bars(l.SignalDBM), f.words.say("device.bars", "n", bars(l.SignalDBM)))
		}
		switch l.State {
		case device.LinkReplaced, device.LinkBanned, device.LinkUnreachable, device.LinkClockWrong, device.LinkOutdated:
			card.MayReconnect = l.Channel == device.WhatsApp
		}
		p.Radios = append(p.Radios, card)
	}
	if p.Care, err = s.careCards(c, f); err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "device", p)
}

func (s *Server) reconnect(c *fiber.Ctx) error {
	if err := s.o.Desk.Reconnect(c.UserContext()); err != nil {
		return err
	}
	return c.Redirect("/device?done=reconnect", fiber.StatusSeeOther)
}

func (s *Server) resetModem(c *fiber.Ctx) error {
	if err := s.o.Desk.ResetModem(c.UserContext(), c.FormValue("port")); err != nil {
		return err
	}
	return c.Redirect("/device?done=modem", fiber.StatusSeeOther)
}

// readCRM reads statuses and fields anew.
func (s *Server) readCRM(c *fiber.Ctx) error {
	if _, err := s.o.Desk.RefreshReference(c.UserContext()); err != nil {
		return err
	}
	s.trials.forget()
	return c.Redirect(safePath(c.FormValue("next"))+"?done=reference", fiber.StatusSeeOther)
}

// sameRadio keeps the history of one modem among several.
func sameRadio(history []device.Link, l device.Link) []device.Link {
	var kept []device.Link
	for _, h := range history {
		if h.Port == l.Port || h.Port == "" || l.Port == "" {
			kept = append(kept, h)
		}
	}
	return kept
}

const stripBeats = 48 // half an hour each

// strip draws the last 24 hours as small beats, the worst state of each half hour.
func strip(f *Frame, history []device.Link, now device.Link) template.HTML {
	start := f.now.Add(-24 * time.Hour)
	beat := 24 * time.Hour / stripBeats
	var b strings.Builder
	good := 0
	for i := range stripBeats {
		from := start.Add(time.Duration(i) * beat)
		mood := moodBetween(history, now, from, from.Add(beat))
		if mood == Fine {
			good++
		}
		fmt.Fprintf(&b, `<rect class="beat-%s" x="%d" width="4" height="16" rx="1"/>`, mood, i*5)
	}
	label := f.words.say("device.strip", "percent", good*100/stripBeats)
	return template.HTML(fmt.Sprintf(`<svg class="strip" role="img" aria-label="%s" viewBox="0 0 %d 16" preserveAspectRatio="none"><title>%s</title>%s</svg>`,
		template.HTMLEscapeString(label), stripBeats*5-1, template.HTMLEscapeString(label), b.String()))
}

// moodBetween is the worst mood of a time; Off where nothing is known.
func moodBetween(history []device.Link, now device.Link, from, to time.Time) Mood {
	rank := map[Mood]int{Off: 0, Fine: 1, Waiting: 2, Act: 3}
	worst := Off
	all := append(append([]device.Link(nil), history...), now)
	for i, l := range all {
		if l.Since.After(to) || i+1 < len(all) && all[i+1].Since.Before(from) {
			continue
		}
		if m := moodOf(l); rank[m] > rank[worst] {
			worst = m
		}
	}
	return worst
}

// drawBars draws the five bars of a phone.
func drawBars(n int, label string) template.HTML {
	var b strings.Builder
	for i := range 5 {
		class := "bar-off"
		if i < n {
			class = "bar-on"
		}
		h := 4 + i*3
		fmt.Fprintf(&b, `<rect class="%s" x="%d" y="%d" width="4" height="%d" rx="1"/>`, class, i*6, 16-h, h)
	}
	return template.HTML(`<svg class="bars" role="img" aria-label="` + template.HTMLEscapeString(label) + `" viewBox="0 0 28 16">` + b.String() + `</svg>`)
}
