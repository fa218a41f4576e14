package webui

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
)

func (s *Server) decencyRoutes(a *fiber.App, manager fiber.Handler) {
	a.Get("/settings/decency", manager, s.showDecency)
	a.Post("/settings/decency", manager, s.postDecency)
}

type decencyPage struct {
	settingsFrame
	Typed decencyForm
	Day   dayPicture
	// OpenNow says when the shop is open, by the bot's hours; empty: it always is, or nobody knows.
	OpenNow string
	Refused int // how many refused mailings
	HasBot  bool
	Invites bool
	// Proxy is an example of how a web server in front leads short links to this box.
	Proxy string
}

// decencyForm is both sections as typed.
type decencyForm struct {
	AllDay, OrdersToo, WhenOpen bool
	From, To                    string
	Every, TalkRest             string // days, minutes
	Lines                       []languageLine
	ReviewURL, PublicURL        string
	Typing, WarmUp              bool
	Share, LookUps              string
	Stops                       []stopLine
}

// languageLine is a text in one language.
type languageLine struct{ Lang, Name, Text string }

// stopLine is a threshold at which a mailing pauses by itself.
type stopLine struct{ Name, Percent string }

func decencyFormOf(f *Frame, d gateway.DecencySettings, c gateway.ConductSettings) decencyForm {
	form := decencyForm{
		AllDay: d.Hours.Any(), OrdersToo: d.OrdersToo, WhenOpen: d.WhenOpen, From: d.Hours.From.String(), To: d.Hours.To.String(),
		Every: inUnits(d.Every, 24*time.Hour, f.Lang), TalkRest: inUnits(d.TalkRest, time.Minute, f.Lang),
		ReviewURL: d.ReviewURL, PublicURL: d.PublicURL, Typing: c.Typing, WarmUp: c.WarmUp, Share: strconv.Itoa(c.MailingShare), LookUps: strconv.Itoa(c.LookUpsPerDay),
		Stops: []stopLine{{"refused", strconv.Itoa(c.StopRefused)}, {"silent", strconv.Itoa(c.StopSilent)}, {"opt_out", strconv.Itoa(c.StopOptOut)}},
	}
	if form.AllDay {
		form.From, form.To = "09:00", "21:00"
	}
	for _, lang := range shopFirst(f.Shop.Language) {
		form.Lines = append(form.Lines, languageLine{lang, f.words.say("language.name." + lang), d.OptOutLine[lang]})
	}
	return form
}

// shopFirst are the languages of texts, the shop's own first.
func shopFirst(own string) []string {
	list := []string{own}
	for _, lang := range languages {
		if lang != own {
			list = append(list, lang)
		}
	}
	return list
}

func (s *Server) decencyPage(c *fiber.Ctx, settings gateway.Settings) (*decencyPage, error) {
	f, err := s.settingsFrame(c)
	if err != nil {
		return nil, err
	}
	p := &decencyPage{settingsFrame: f, Typed: decencyFormOf(f.Frame, settings.Decency, settings.Conduct), HasBot: s.o.Talk != nil, Invites: s.o.Invites != nil}
	var open *gateway.Week
	if s.o.Talk != nil {
		script, _, err := s.o.Talk.Script(c.UserContext())
		if err != nil {
			return nil, err
		}
		open = &script.Open
		p.OpenNow = f.openSays(script.Open)
	}
	p.Proxy = proxyExample(settings.Decency, c.BaseURL())
	p.Day = f.dayPicture(settings.Decency, open)
	if s.o.Invites != nil {
		if _, p.Refused, err = s.o.Invites.ConsentTotals(c.UserContext()); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// openSays is whether the shop is open now and until when, in a sentence.
func (f *Frame) openSays(w gateway.Week) string {
	switch next, ok := w.Next(f.now, f.zone); {
	case w.Always():
		return f.words.say("decency.open_always")
	case !ok:
		return f.words.say("decency.open_never")
	case next.After(f.now):
		return f.words.say("decency.open_later", "at", next.In(f.zone).Format("02.01, 15:04"))
	}
	return f.words.say("decency.open_now")
}

func (s *Server) showDecency(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	p, err := s.decencyPage(c, settings)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "settings_decency", p)
}

func (s *Server) postDecency(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	wrong := gateway.FieldErrors{}
	typed := readDecency(c, &settings, wrong)
	if gateway.HostOf(settings.Decency.PublicURL) == hostOnly(string(c.Request().Host())) && !s.own[settings.Decency.PublicHost()] {
		wrong["decency.public_url"] = gateway.ProblemStaffHost // after saving it this page would be gone
	}
	if err = wrong.OrNil(); err == nil {
		err = s.o.Desk.SaveSettings(c.UserContext(), settings, visitorOf(c).User.Name)
	}
	if err == nil {
		return c.Redirect("/settings/decency?done=saved", fiber.StatusSeeOther)
	}
	p, pageErr := s.decencyPage(c, settings)
	if pageErr != nil {
		return pageErr
	}
	p.explain(err)
	if len(wrong) > 0 {
		p.explain(settings.Validate()) // all that is wrong at once
		p.explain(wrong)
	}
	typed.Lines = p.Typed.Lines
	p.Typed = typed
	return s.render(c, fiber.StatusUnprocessableEntity, "settings_decency", p)
}

// readDecency reads both sections into settings, and answers what was typed.
func readDecency(c *fiber.Ctx, settings *gateway.Settings, wrong gateway.FieldErrors) decencyForm {
	text := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	f := decencyForm{
		AllDay: c.FormValue("limit_hours") == "", OrdersToo: c.FormValue("orders_too") != "", WhenOpen: c.FormValue("when_open") != "",
		From: c.FormValue("from"), To: c.FormValue("to"), Every: text("every"), TalkRest: text("talk_rest"),
		ReviewURL: text("review_url"), PublicURL: text("public_url"), Typing: c.FormValue("typing") != "", WarmUp: c.FormValue("warm_up") != "",
		Share: text("mailing_share"), LookUps: text("look_ups"),
		Stops: []stopLine{{"refused", text("stop_refused")}, {"silent", text("stop_silent")}, {"opt_out", text("stop_opt_out")}},
	}
	d, k := &settings.Decency, &settings.Conduct
	d.Hours = gateway.Hours{}
	if !f.AllDay {
		d.Hours = readHours(f.From, f.To, "decency.hours", wrong)
	}
	d.OrdersToo, d.WhenOpen, d.ReviewURL, d.PublicURL = f.OrdersToo, f.WhenOpen, f.ReviewURL, f.PublicURL
	d.Every = readUnits(f.Every, d.Every, 24*time.Hour, 366, "decency.every", wrong)
	d.TalkRest = readUnits(f.TalkRest, d.TalkRest, time.Minute, 60, "decency.talk_rest", wrong)
	d.OptOutLine = map[string]string{}
	for _, lang := range languages {
		d.OptOutLine[lang] = text("opt_out_" + lang)
	}
	k.Typing, k.WarmUp = f.Typing, f.WarmUp
	k.MailingShare = readSmall(f.Share, 100, "conduct.mailing_share", wrong)
	k.LookUpsPerDay = readSmall(f.LookUps, gateway.MaxLookUpsPerDay, "conduct.look_ups_per_day", wrong)
	for i, to := range []*int{&k.StopRefused, &k.StopSilent, &k.StopOptOut} {
		*to = readSmall(f.Stops[i].Percent, 100, "conduct.stop_"+f.Stops[i].Name, wrong)
	}
	return f
}

func readHours(from, to, field string, wrong gateway.FieldErrors) gateway.Hours {
	a, err1 := gateway.ParseClock(from)
	b, err2 := gateway.ParseClock(to)
	if err1 != nil || err2 != nil {
		wrong[field] = gateway.ProblemRange
	}
	return gateway.Hours{From: a, To: b}
}

// inUnits writes a duration as a number of units, with at most two decimals: half a day is "0,5".
func inUnits(d, unit time.Duration, lang string) string {
	text := strconv.FormatFloat(math.Round(float64(d)/float64(unit)*100)/100, 'f', -1, 64)
	if lang == "ru" {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// readUnits reads a number of units from 0 to limit; what reads as it was shown stays what it was,
// to the second.
func readUnits(typed string, was, unit time.Duration, limit int, field string, wrong gateway.FieldErrors) time.Duration {
	typed = strings.Replace(typed, ",", ".", 1)
	if typed == inUnits(was, unit, "") {
		return was
	}
	if typed == "" {
		return 0
	}
	n, err := strconv.ParseFloat(typed, 64)
	if err != nil || n < 0 || n > float64(limit) || math.IsNaN(n) {
		wrong[field] = gateway.ProblemRange
		return 0
	}
	return time.Duration(n * float64(unit)).Round(time.Second)
}

// readSmall reads a whole number from 0 to limit.
func readSmall(typed string, limit int, field string, wrong gateway.FieldErrors) int {
	n := readCount(typed, field, wrong)
	if n > limit {
		wrong[field] = gateway.ProblemRange
		return 0
	}
	return n
}

// proxyExample is what a web server in front of the box needs: its own name is passed on, for the box
// goes by that, and nothing but links gets through.
func proxyExample(d gateway.DecencySettings, own string) string {
	name := d.PublicHost()
	if name == "" {
		name = "go.lavka.ru"
	}
	return "server_name " + name + ";\n" +
		"location /r/ {\n" +
		"  proxy_pass " + own + ";\n" +
		"  proxy_set_header Host $host;\n" +
		"  proxy_set_header X-Forwarded-For $remote_addr;\n" +
		"}\n" +
		"location = /assets/vestnik.css { proxy_pass " + own + "; proxy_set_header Host $host; }\n" +
		"location / { return 404; }"
}
