package webui

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// Mood is how a living line looks: fine, waiting, or wanting a person.
type Mood string

// The moods; they are also names of classes.
const (
	Fine    Mood = "fine"
	Waiting Mood = "waiting"
	Act     Mood = "act"
	Off     Mood = "off"
)

// RailLine is one living line: a mood, its words and the page that tells more.
type RailLine struct {
	Mood Mood
	Text string
	Path string
}

// Rail is the living lines at the end of the menu.
type Rail struct {
	Lines []RailLine
	// Unread is how many words of customers nobody has seen; the browser's tab shows it.
	Unread int
}

type railPage struct{ *Frame }

// showRail draws the living lines anew.
func (s *Server) showRail(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "menu.overview")
	if err != nil {
		return err
	}
	if f.Rail, err = s.rail(c.UserContext(), f.words); err != nil {
		return err
	}
	c.Request().URI().QueryArgs().Set("part", "rail")
	return s.render(c, fiber.StatusOK, "error", railPage{f})
}

func (s *Server) rail(ctx context.Context, w *words) (Rail, error) {
	var r Rail
	modem := false
	for _, l := range s.o.Desk.Links() {
		if l.Channel == device.SMS && modem {
			continue // several modems: the device page tells them apart
		}
		if l.Channel == device.Chat && l.State == device.LinkOff {
			continue // most shops have no use for it
		}
		modem = modem || l.Channel == device.SMS
		r.Lines = append(r.Lines, RailLine{Mood: moodOf(l), Text: w.shortLink(l), Path: pathOf(l)})
	}
	if !modem {
		r.Lines = append(r.Lines, RailLine{Mood: Off, Text: w.say("rail.sms_none"), Path: "/device"})
	}
	totals, err := s.o.Journal.Totals(ctx, s.o.Now().Add(-24*time.Hour))
	if err != nil {
		return r, err
	}
	waits := totals.Open[gateway.Queued] + totals.Open[gateway.Held] + totals.Open[gateway.Sending]
	queue := RailLine{Mood: Fine, Text: w.say("rail.queue_empty"), Path: "/journal"}
	switch {
	case totals.NeedPerson > 0:
		text, _ := w.tn("rail.queue_act", totals.NeedPerson)
		queue = RailLine{Mood: Act, Text: text, Path: "/journal?state=unknown"}
	case waits > 0:
		text, _ := w.tn("rail.queue", waits)
		queue = RailLine{Mood: Waiting, Text: text, Path: "/journal"}
	}
	switch s.o.Desk.CRM().State {
	case gateway.CRMConnected, gateway.CRMConnecting:
	case gateway.CRMOff:
		r.Lines = append(r.Lines, RailLine{Mood: Off, Text: w.say("rail.crm_off"), Path: "/settings/crm"})
	default:
		r.Lines = append(r.Lines, RailLine{Mood: Act, Text: w.say("rail.crm_down"), Path: "/device"})
	}
	r.Lines = append(r.Lines, queue)
	if s.o.Talk == nil {
		return r, nil
	}
	waiting, unread, err := s.o.Talk.TalkTotals(ctx)
	if err != nil {
		return r, err
	}
	r.Unread = unread
	r.Lines = append(r.Lines, talkLine(w, waiting, unread))
	return r, nil
}

// talkLine is how the conversations stand.
func talkLine(w *words, waiting, unread int) RailLine {
	l := RailLine{Mood: Fine, Text: w.say("rail.talks_calm"), Path: "/inbox"}
	switch {
	case waiting > 0:
		text, _ := w.tn("rail.talks_wait", waiting)
		l = RailLine{Mood: Act, Text: text, Path: "/inbox?only=waiting"}
	case unread > 0:
		text, _ := w.tn("rail.talks_unread", unread)
		l = RailLine{Mood: Waiting, Text: text, Path: "/inbox?only=unread"}
	}
	return l
}

func moodOf(l device.Link) Mood {
	switch {
	case l.State == device.LinkConnected:
		return Fine
	case l.State == device.LinkOff:
		return Off
	case l.NeedsPerson(), l.State == device.LinkUnreachable, l.State == device.LinkLocked:
		return Act
	}
	return Waiting
}

func pathOf(l device.Link) string {
	if l.Channel == device.WhatsApp && (l.State == device.LinkUnpaired || l.State == device.LinkUnlinked || l.State == device.LinkPairing) {
		return "/pairing"
	}
	return "/device"
}

// shortLink is a link in a few words, for the rail.
func (w *words) shortLink(l device.Link) string {
	if l.Channel == device.SMS && l.State == device.LinkConnected && l.SignalDBM != 0 && l.Name != "" {
		return w.say("rail.sms", "operator", l.Name, "bars", bars(l.SignalDBM))
	}
	return w.say("rail." + string(l.Channel) + "." + string(l.State))
}

// bars turns dBm into the 0 to 5 bars that phones show.
func bars(dbm int) int {
	for i, least := range []int{-77, -85, -93, -101, -109} {
		if dbm != 0 && dbm >= least {
			return 5 - i
		}
	}
	return 0
}
