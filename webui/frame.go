package webui

import (
	"html/template"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
)

// Frame is what every page has around its own matter.
type Frame struct {
	Lang    string
	Path    string
	Title   string
	User    gateway.User
	In      bool
	Menu    []MenuItem
	Rail    Rail
	Note    string // what was just done, once
	Version string
	Fault   string // what is wrong with the box itself
	Demo    bool
	DemoURL string
	// Awake keeps the stream of events open while the page is in the background, so that the
	// browser's tab counts.
	Awake bool
	// Slim leaves the menu away: the page stands in a narrow window beside the helpdesk.
	Slim   bool
	Shop   gateway.ShopSettings
	Errors map[string]string // sentences by field
	Wrong  string            // a sentence about the whole form
	Code   string            // the technician's words to Wrong, folded

	settings gateway.Settings
	csrf     string
	zone     *time.Location
	now      time.Time
	words    *words
}

// MenuItem is a line of the menu.
type MenuItem struct {
	Path, Name string
	Here       bool
}

func (f *Frame) frame() *Frame { return f }

// newFrame makes the frame of a page; title is a key of the locale.
func (s *Server) newFrame(c *fiber.Ctx, title string) (*Frame, error) {
	f, err := s.bareFrame(c, title)
	if err != nil || !f.In || c.Query("part") != "" {
		return f, err
	}
	f.Menu = s.menu(f)
	f.Rail, err = s.rail(c.UserContext(), f.words)
	return f, err
}

// bareFrame is a frame without a menu.
func (s *Server) bareFrame(c *fiber.Ctx, title string) (*Frame, error) {
	v := visitorOf(c)
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return nil, err
	}
	w := s.words[v.lang]
	f := &Frame{
		Lang: v.lang, Path: c.Path(), Title: w.say(title), User: v.User, In: v.in,
		Version: s.o.Version, Demo: s.o.Demo, DemoURL: s.o.DemoURL, Shop: settings.Shop, settings: settings, Errors: map[string]string{},
		csrf: v.csrf, zone: settings.Shop.Zone(), now: s.o.Now(), words: w,
	}
	if done := "done." + c.Query("done"); w.has(done) {
		f.Note = w.say(done)
	}
	if v.in && c.Query("part") == "" {
		if s.o.Health != nil {
			if err := s.o.Health.Ready(c.UserContext()); err != nil {
				f.Fault = gateway.FaultSentence(err, v.lang)
			}
		}
		if st := s.o.Desk.Clock(); f.Fault == "" && st.Holds {
			f.Fault = st.Sentence(v.lang, f.zone)
		}
	}
	return f, nil
}

func (s *Server) menu(f *Frame) []MenuItem {
	w, path := f.words, f.Path
	items := []MenuItem{{Path: "/", Name: w.say("menu.overview")}}
	if s.o.Talk != nil {
		items = append(items, MenuItem{Path: "/inbox", Name: w.say("menu.inbox")})
		if f.Manager() {
			items = append(items, MenuItem{Path: "/bot", Name: w.say("menu.bot")})
		}
	}
	if s.usesSupport(f.settings.Helpdesk) {
		items = append(items, MenuItem{Path: "/support", Name: w.say("menu.support")})
	}
	items = append(items, MenuItem{Path: "/rules", Name: w.say("menu.rules")})
	if s.o.Campaigns != nil {
		items = append(items, MenuItem{Path: "/campaigns", Name: w.say("menu.campaigns")})
	}
	items = append(items,
		MenuItem{Path: "/journal", Name: w.say("menu.journal")},
		MenuItem{Path: "/pairing", Name: w.say("menu.pairing")},
		MenuItem{Path: "/device", Name: w.say("menu.device")},
		MenuItem{Path: "/settings", Name: w.say("menu.settings")},
	)
	for i := range items {
		p := items[i].Path
		items[i].Here = p == path || p != "/" && strings.HasPrefix(path, p+"/") || p == "/journal" && strings.HasPrefix(path, "/messages/")
	}
	return items
}

// Form is the hidden token of a form.
func (f *Frame) Form() template.HTML {
	return template.HTML(`<input type="hidden" name="csrf" value="` + template.HTMLEscapeString(f.csrf) + `">`)
}

// Owner and Manager tell what the user may.
func (f *Frame) Owner() bool { return f.User.Role.Atleast(gateway.Owner) }

// Manager tells whether the user may edit.
func (f *Frame) Manager() bool { return f.User.Role.Atleast(gateway.Manager) }

// Err is the sentence about a field, "" when it is right.
func (f *Frame) Err(field string) string { return f.Errors[field] }

// Bad are the attributes of an input whose field is wrong.
func (f *Frame) Bad(field string) template.HTMLAttr {
	if f.Errors[field] == "" {
		return ""
	}
	return template.HTMLAttr(`aria-invalid="true" aria-describedby="` + errID(field) + `"`)
}

// ErrID is the id of the sentence about a field.
func (f *Frame) ErrID(field string) string { return errID(field) }

func errID(field string) string {
	return "err-" + strings.NewReplacer(".", "-", "_", "-").Replace(field)
}

// Time is a moment as a person says it, the exact one being in the tooltip.
func (f *Frame) Time(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	local := t.In(f.zone)
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `" title="` + local.Format("02.01.2006 15:04:05") + `">` +
		template.HTMLEscapeString(f.moment(local)) + `</time>`)
}

func (f *Frame) moment(local time.Time) string {
	now := f.now.In(f.zone)
	day := func(t time.Time) string { return t.Format("2006-01-02") }
	switch day(local) {
	case day(now):
		return f.words.say("time.today", "at", local.Format("15:04"))
	case day(now.AddDate(0, 0, -1)):
		return f.words.say("time.yesterday", "at", local.Format("15:04"))
	}
	if local.Year() == now.Year() {
		return local.Format("02.01, 15:04")
	}
	return local.Format("02.01.2006, 15:04")
}

// Clock is a moment to the second, for steps that follow each other closely.
func (f *Frame) Clock(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	local := t.In(f.zone)
	text := local.Format("15:04:05")
	if local.Format("2006-01-02") != f.now.In(f.zone).Format("2006-01-02") {
		text = local.Format("02.01 15:04:05")
	}
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339Nano) + `" title="` + local.Format("02.01.2006 15:04:05.000") + `">` + text + `</time>`)
}

// Says is a reason in words.
func (f *Frame) Says(r gateway.Reason, args gateway.Args) string {
	return r.Sentence(args, f.Lang, f.zone)
}
