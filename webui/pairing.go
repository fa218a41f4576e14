package webui

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"rsc.io/qr"

	"vestnik/device"
	"vestnik/gateway"
)

func (s *Server) pairingRoutes(a *fiber.App, manager, owner fiber.Handler) {
	a.Get("/pairing", s.showPairing)
	a.Post("/pairing", manager, s.startPairing)
	a.Post("/pairing/stop", manager, s.stopPairing)
	a.Post("/pairing/unlink", owner, s.unlink)
}

type pairingPage struct {
	*Frame
	Pairing PairingView
}

// PairingView is the linking of the shop's phone as a page shows it: the code while
// one is shown, the phone's card once it is linked.
type PairingView struct {
	device.Pairing
	Link     device.Link
	Words    device.Words
	Mood     Mood
	Linked   bool // a phone is linked, whatever its link does now
	Code     template.HTML
	Typed    string // the code to type, with a space for reading aloud
	Back     string // where the forms lead back to
	Old      bool   // the phone has not been seen for ten days
	MayPair  bool
	MayEnd   bool
	Silent   bool // nothing to show but the button
	CodeFor  string
	CodeOpen bool
}

// phoneUnseen is how long the shop's phone may stay offline before the page reminds.
// WhatsApp ends linked devices after 14 days without the phone (WhatsApp help centre,
// "About linked devices").
const phoneUnseen = 10 * 24 * time.Hour

func (s *Server) pairingView(f *Frame, back string) PairingView {
	v := PairingView{Pairing: s.o.Desk.Pairing(), Back: back, MayPair: f.Manager(), MayEnd: f.Owner()}
	for _, l := range s.o.Desk.Links() {
		if l.Channel == device.WhatsApp {
			v.Link = l
		}
	}
	v.Words, v.Mood = device.LinkWords(device.WhatsApp, v.Link.State, f.Lang), moodOf(v.Link)
	switch v.Link.State {
	case device.LinkUnpaired, device.LinkUnlinked, device.LinkPairing, device.LinkOff, "":
	default:
		v.Linked = true
	}
	v.Silent = v.State == device.PairingNone || v.State == "" || v.State == device.PairingPaired
	v.Old = v.Linked && !v.Link.LastSeen.IsZero() && f.now.Sub(v.Link.LastSeen) > phoneUnseen
	if v.State == device.PairingWaiting && v.QR != "" && v.MayPair {
		v.Code = drawQR(v.QR, v.ShownAt, v.ExpiresAt, f.now, f.words.say("pairing.qr_label"))
	}
	if v.MayPair {
		v.Typed = v.Pairing.Code
	}
	return v
}

func (s *Server) showPairing(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "pairing.title")
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "pairing", pairingPage{Frame: f, Pairing: s.pairingView(f, "/pairing")})
}

// startPairing shows a code; with a number typed it asks for one to type on the phone.
func (s *Server) startPairing(c *fiber.Ctx) error {
	back := pairingBack(c)
	var phone device.Phone
	if typed := strings.TrimSpace(c.FormValue("phone")); typed != "" || c.FormValue("by") == "code" {
		settings, err := s.o.Book.Settings(c.UserContext())
		if err != nil {
			return err
		}
		n, err := device.ParsePhone(typed, settings.Shop.Region)
		if err != nil {
			return s.pairingWrong(c, back, typed, err)
		}
		phone = n.Phone
	}
	if err := s.o.Desk.StartPairing(c.UserContext(), "", phone); err != nil {
		return s.pairingWrong(c, back, string(phone), err)
	}
	return c.Redirect(back, fiber.StatusSeeOther)
}

func (s *Server) pairingWrong(c *fiber.Ctx, back, typed string, cause error) error {
	f, err := s.newFrame(c, "pairing.title")
	if err != nil {
		return err
	}
	f.explain(cause)
	v := s.pairingView(f, back)
	v.CodeFor, v.CodeOpen = typed, typed != "" || f.Errors["phone"] != ""
	if back != "/pairing" {
		return s.render(c, fiber.StatusUnprocessableEntity, "setup_phone", setupPhonePage{setupFrame: s.setupFrame(f, "phone"), Pairing: v})
	}
	return s.render(c, fiber.StatusUnprocessableEntity, "pairing", pairingPage{Frame: f, Pairing: v})
}

func (s *Server) stopPairing(c *fiber.Ctx) error {
	if err := s.o.Desk.StopPairing(c.UserContext()); err != nil && device.KindOf(err) != device.Conflict {
		return err
	}
	return c.Redirect(pairingBack(c), fiber.StatusSeeOther)
}

func (s *Server) unlink(c *fiber.Ctx) error {
	if err := s.o.Desk.Unlink(c.UserContext()); err != nil {
		return err
	}
	s.o.Logger.Info("the shop's phone was unlinked on the pages", "user", visitorOf(c).User.Name)
	return c.Redirect("/pairing?done=unlinked", fiber.StatusSeeOther)
}

func pairingBack(c *fiber.Ctx) string {
	if c.FormValue("back") == "/setup/phone" && visitorOf(c).User.Role.Atleast(gateway.Manager) {
		return "/setup/phone"
	}
	return "/pairing"
}

// drawQR draws a code as one path, inside a thin ring that empties until the code
// runs out. The ring is animated by the drawing itself, so it needs no script and no
// inline style, and it starts where the code's time stands now.
func drawQR(text string, shown, expires, now time.Time, label string) template.HTML {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return ""
	}
	const quiet = 4 // modules of white around, ISO/IEC 18004 §5.3.8
	size := code.Size + 2*quiet
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for x+run < code.Size && code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
				x += run
			}
		}
	}
	life, left := expires.Sub(shown), max(expires.Sub(now), 0)
	gone := 0.0
	if life > 0 {
		gone = 100 * (1 - min(1, left.Seconds()/life.Seconds()))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="qr" id="qr-%d" role="img" aria-label="%s" viewBox="-2 -2 %d %d">`, shown.UnixMilli(), template.HTMLEscapeString(label), size+4, size+4)
	fmt.Fprintf(&b, `<rect class="qr-field" width="%d" height="%d" rx="2"/><path class="qr-code" d="%s"/>`, size, size, path.String())
	fmt.Fprintf(&b, `<rect class="qr-ring" x="-1" y="-1" width="%d" height="%d" rx="3" pathLength="100" stroke-dasharray="100" stroke-dashoffset="%.1f">`, size+2, size+2, gone)
	if left > 0 {
		fmt.Fprintf(&b, `<animate attributeName="stroke-dashoffset" from="%.1f" to="100" dur="%.1fs" fill="freeze"/>`, gone, left.Seconds())
	}
	b.WriteString(`</rect></svg>`)
	return template.HTML(b.String())
}
