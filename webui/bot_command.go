package webui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vestnik/bot"
	"vestnik/device"
)

// commandForm is a command as it stands in the form.
type commandForm struct {
	bot.Command
	Key       string
	Number    string
	Langs     []localField
	Phrases   string // a line for each
	Kinds     []Choice
	Points    []pointForm
	Shop      bool // what the question is about
	Courier   bool
	Week      WeekForm
	Audiences []Choice
	TryOut    string
	Says      string // what it does, in a sentence
	Nested    []BotEntry
	MayNest   bool
	Parent    string // key of the list that it stands in
	ParentIs  string
}

// localField is a text in one language.
type localField struct {
	Lang, Name  string
	Title, Text string
}

// pointForm is a pick-up point as it stands in the form.
type pointForm struct {
	N     int
	Langs []pointField
	Phone string
	Link  string
}

type pointField struct{ Lang, Name, Title, Address, Hours string }

// maxDepth is how deep lists go in bot.Script.
const maxDepth = 3

func (w *scriptWork) commandForm(id string) *commandForm {
	place := findCommand(&w.draft.Script, id)
	if place == nil {
		return nil
	}
	c := *place.command()
	f := &commandForm{
		Command: c, Key: "cmd:" + id, Number: w.val("number", strconv.Itoa(c.Number)), Phrases: strings.Join(c.Words, "\n"),
		Shop: slices.Contains(c.Answer.About, bot.AboutShop), Courier: slices.Contains(c.Answer.About, bot.AboutCourier),
		Week: w.weekOf(c.Hours), MayNest: place.depth < maxDepth, TryOut: w.val("tryout", tryOutText(w.draft.Script.TryOut)),
	}
	for _, lang := range w.draft.Script.Languages {
		f.Langs = append(f.Langs, localField{Lang: lang, Name: w.words.say("tongue." + lang), Title: c.Title[lang], Text: c.Answer.Text[lang]})
	}
	for _, kind := range bot.AnswerKinds {
		if kind == bot.AnswerList && !f.MayNest && c.Answer.Kind != kind {
			continue
		}
		f.Kinds = append(f.Kinds, Choice{string(kind), w.words.say("bot.kind." + string(kind)), kind == c.Answer.Kind})
	}
	for _, a := range []bot.Audience{bot.AudienceAll, bot.AudienceOrders, bot.AudienceTryOut} {
		f.Audiences = append(f.Audiences, Choice{string(a), w.words.say("bot.audience." + string(a)), a == c.Audience})
	}
	points := c.Answer.Points
	if len(points) == 0 {
		points = []bot.Point{{}} // one to fill in
	}
	for i, p := range points {
		pf := pointForm{N: i, Phone: p.Phone, Link: p.Link}
		for _, lang := range w.draft.Script.Languages {
			pf.Langs = append(pf.Langs, pointField{lang, w.words.say("tongue." + lang), p.Name[lang], p.Address[lang], p.Hours[lang]})
		}
		f.Points = append(f.Points, pf)
	}
	for i, n := range c.Answer.List {
		f.Nested = append(f.Nested, BotEntry{Key: "cmd:" + n.ID, ID: n.ID, Number: n.Number, Name: w.titleOf(n), First: i == 0, Last: i == len(c.Answer.List)-1})
	}
	if place.depth > 1 {
		parent := ""
		eachCommand(w.draft.Script.Commands, 0, func(o bot.Command, _, _, _ int) {
			if slices.ContainsFunc(o.Answer.List, func(n bot.Command) bool { return n.ID == id }) {
				parent = o.ID
			}
		})
		f.Parent = "cmd:" + parent
		f.ParentIs = w.entryName(f.Parent)
	}
	f.Says = w.commandSays(c)
	return f
}

// commandSays is what a command does, in a sentence or two.
func (w *scriptWork) commandSays(c bot.Command) string {
	asks := strconv.Itoa(c.Number)
	says := w.words.say("bot.says."+string(c.Answer.Kind), "number", asks, "title", w.titleOf(c))
	says += " " + w.words.say("bot.says.audience."+string(c.Audience))
	if !c.Hours.Always() {
		says += " " + w.words.say("bot.says.hours", "hours", weekSays(w.words, c.Hours))
	}
	return says
}

func tryOutText(phones []device.Phone) string {
	var list []string
	for _, p := range phones {
		list = append(list, showPhone(p))
	}
	return strings.Join(list, ", ")
}

// readCommand puts what was typed into the command.
func (w *scriptWork) readCommand(c *bot.Command) {
	if n, err := strconv.Atoi(strings.TrimSpace(w.c.FormValue("number"))); err == nil {
		c.Number = n
	} else {
		w.cannotRead("number")
	}
	c.Title = w.readLocal("title_", c.Title)
	c.Words = lines(w.c.FormValue("phrases"))
	c.Answer.Kind = bot.AnswerKind(w.c.FormValue("kind"))
	c.Answer.Text = w.readLocal("text_", c.Answer.Text)
	c.Answer.Link = strings.TrimSpace(w.c.FormValue("link"))
	c.Answer.About = nil
	for _, about := range []bot.Subject{bot.AboutShop, bot.AboutCourier} {
		if slices.Contains(formValues(w.c, "about"), string(about)) {
			c.Answer.About = append(c.Answer.About, about)
		}
	}
	c.Answer.Points = w.readPoints(c.Answer.Points)
	if week, ok := w.readWeekForm(); ok {
		c.Hours = week
	}
	c.Audience = bot.Audience(w.c.FormValue("audience"))
	w.readTryOut()
	// What another kind of answer had is dropped: nobody would see it any more.
	if c.Answer.Kind != bot.AnswerList {
		c.Answer.List = nil
	}
	if c.Answer.Kind != bot.AnswerQuestion {
		c.Answer.About = nil
	}
	if c.Answer.Kind != bot.AnswerLink {
		c.Answer.Link = ""
	}
	if c.Answer.Kind != bot.AnswerPoints {
		c.Answer.Points = nil
	}
}

// readLocal reads a text in the script's languages; the others stay as they were.
func (w *scriptWork) readLocal(prefix string, old bot.Local) bot.Local {
	next := bot.Local{}
	for lang, text := range old {
		next[lang] = text
	}
	for _, lang := range w.draft.Script.Languages {
		next[lang] = strings.TrimSpace(strings.ReplaceAll(w.c.FormValue(prefix+lang), "\r\n", "\n"))
		if next[lang] == "" {
			delete(next, lang)
		}
	}
	return next
}

// readPoints reads the pick-up points; one in which nothing stands is left out.
func (w *scriptWork) readPoints(old []bot.Point) []bot.Point {
	n, err := strconv.Atoi(w.c.FormValue("points"))
	if err != nil || n < 0 || n > 100 {
		return old
	}
	var points []bot.Point
	for i := range n {
		var was bot.Point
		if i < len(old) {
			was = old[i]
		}
		prefix := fmt.Sprintf("point%d_", i)
		p := bot.Point{
			Name: w.readLocal(prefix+"name_", was.Name), Address: w.readLocal(prefix+"address_", was.Address), Hours: w.readLocal(prefix+"hours_", was.Hours),
			Phone: strings.TrimSpace(w.c.FormValue(prefix + "phone")), Link: strings.TrimSpace(w.c.FormValue(prefix + "link")),
		}
		if len(p.Name)+len(p.Address)+len(p.Hours)+len(p.Phone)+len(p.Link) > 0 {
			points = append(points, p)
		}
	}
	return points
}

// readTryOut reads the phones that see what is tried out.
func (w *scriptWork) readTryOut() {
	raw := w.c.FormValue("tryout")
	var phones []device.Phone
	for _, part := range strings.FieldsFunc(raw, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		n, err := device.ParsePhone(part, w.Shop.Region)
		if err != nil {
			w.cannotRead("tryout")
			w.Errors["tryout"] = w.words.say("bot.bad_phone", "text", strings.TrimSpace(part))
			return
		}
		phones = append(phones, n.Phone)
	}
	w.draft.Script.TryOut = phones
}

// lines are the lines of a text that have something in them.
func lines(text string) []string {
	var list []string
	for _, l := range strings.Split(text, "\n") {
		if l = strings.Join(strings.Fields(l), " "); l != "" && !slices.Contains(list, l) {
			list = append(list, l)
		}
	}
	return list
}
