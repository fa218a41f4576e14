package app

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// botFile is the bot's script. The short form (welcome, and commands with a number, a
// title and an answer) is a contract; the rest says all that the page "From chat" can.
type botFile struct {
	Enabled    *bool             `yaml:"enabled,omitempty"`
	Welcome    *texts            `yaml:"welcome,omitempty"`
	AgainAfter *duration         `yaml:"again_after,omitempty"`
	Languages  *[]string         `yaml:"languages,omitempty,flow"`
	Open       *weekFile         `yaml:"open,omitempty"`
	HumanFor   *duration         `yaml:"human_for,omitempty"`
	Commands   *[]botCommandFile `yaml:"commands,omitempty"`
	Lines      *map[string]texts `yaml:"lines,omitempty"`
	StopWords  *[]string         `yaml:"stop_words,omitempty,flow"`
	StartWords *[]string         `yaml:"start_words,omitempty,flow"`
	Person     *[]string         `yaml:"person_words,omitempty,flow"`
	List       *[]string         `yaml:"list_words,omitempty,flow"`
	Marks      *marksFile        `yaml:"marks,omitempty"`
	Limits     *limitsFile       `yaml:"limits,omitempty"`
	TryOut     *[]string         `yaml:"try_out,omitempty,flow"`
}

type botCommandFile struct {
	ID       string        `yaml:"id,omitempty"`
	Number   int           `yaml:"number"`
	Title    texts         `yaml:"title"`
	Words    *[]string     `yaml:"words,omitempty,flow"`
	Hours    *weekFile     `yaml:"hours,omitempty"`
	Audience string        `yaml:"audience,omitempty"`
	Answer   botAnswerFile `yaml:"answer"`
}

// botAnswerFile has one of the answers; text may stand above each of the others.
type botAnswerFile struct {
	Text        texts            `yaml:"text,omitempty"`
	OrderStatus bool             `yaml:"order_status,omitempty"`
	Operator    bool             `yaml:"operator,omitempty"`
	Points      []pointFile      `yaml:"points,omitempty"`
	Question    []string         `yaml:"question,omitempty,flow"`
	Link        string           `yaml:"link,omitempty"`
	List        []botCommandFile `yaml:"list,omitempty"`
	// Kind says what the others do not: points of which there are none yet.
	Kind string `yaml:"kind,omitempty"`
}

type pointFile struct {
	Name    texts  `yaml:"name,omitempty"`
	Address texts  `yaml:"address,omitempty"`
	Hours   texts  `yaml:"hours,omitempty"`
	Phone   string `yaml:"phone,omitempty"`
	Link    string `yaml:"link,omitempty"`
}

type marksFile struct {
	Valid         *duration `yaml:"valid,omitempty"`
	CorrectWithin *duration `yaml:"correct_within,omitempty"`
	ReviewLink    *string   `yaml:"review_link,omitempty"`
	Ask           *askFile  `yaml:"ask,omitempty"`
}

type askFile struct {
	Enabled      *bool      `yaml:"enabled,omitempty"`
	Statuses     *[]string  `yaml:"statuses,omitempty,flow"`
	After        *duration  `yaml:"after,omitempty"`
	Hours        *hoursFile `yaml:"hours,omitempty,flow"`
	About        *[]string  `yaml:"about,omitempty,flow"`
	ShopField    *string    `yaml:"shop_field,omitempty"`
	CourierField *string    `yaml:"courier_field,omitempty"`
	CommentField *string    `yaml:"comment_field,omitempty"`
}

type limitsFile struct {
	PerMinute      *int      `yaml:"per_minute,omitempty"`
	PerDay         *int      `yaml:"per_day,omitempty"`
	SameWithin     *duration `yaml:"same_within,omitempty"`
	Silence        *duration `yaml:"silence,omitempty"`
	LookupsPerHour *int      `yaml:"lookups_per_hour,omitempty"`
	LookupsPerDay  *int      `yaml:"lookups_per_day,omitempty"`
	ListValid      *duration `yaml:"list_valid,omitempty"`
}

// texts is a text by language, or one text, which is then of the shop's language.
type texts map[string]string

// inShops is the language of a text that names none; the shop's own takes its place.
const inShops = ""

func (w *texts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = texts{inShops: n.Value}
		return nil
	}
	var m map[string]string
	if err := n.Decode(&m); err != nil {
		return fmt.Errorf("line %d: write a text, or texts by language such as {ru: …, en: …}", n.Line)
	}
	for lang := range m {
		if lang != bot.Russian && lang != bot.English {
			return fmt.Errorf("line %d: there are no texts in %q, only in ru and en", n.Line, lang)
		}
	}
	*w = m
	return nil
}

func (w texts) local(shop string) bot.Local {
	if len(w) == 0 {
		return nil
	}
	l := bot.Local{}
	for lang, text := range w {
		if lang == inShops {
			lang = shop
		}
		l[lang] = text
	}
	return l
}

// weekFile is opening hours: by weekday ("mon" to "sun") and for single dates, spans such
// as "09:00-21:00"; a date without spans is closed, a weekday that is left out too.
type weekFile struct {
	Mon    []string            `yaml:"mon,omitempty,flow"`
	Tue    []string            `yaml:"tue,omitempty,flow"`
	Wed    []string            `yaml:"wed,omitempty,flow"`
	Thu    []string            `yaml:"thu,omitempty,flow"`
	Fri    []string            `yaml:"fri,omitempty,flow"`
	Sat    []string            `yaml:"sat,omitempty,flow"`
	Sun    []string            `yaml:"sun,omitempty,flow"`
	Except map[string][]string `yaml:"except,omitempty"`
}

func (f *weekFile) days() [7]*[]string {
	return [7]*[]string{&f.Sun, &f.Mon, &f.Tue, &f.Wed, &f.Thu, &f.Fri, &f.Sat}
}

func (f *weekFile) week() (bot.Week, error) {
	var w bot.Week
	for day, spans := range f.days() {
		list, err := spansOf(*spans)
		if err != nil {
			return w, err
		}
		w.Days[day] = list
	}
	for date, spans := range f.Except {
		list, err := spansOf(spans)
		if err != nil {
			return w, fmt.Errorf("%s: %w", date, err)
		}
		w.Except = append(w.Except, bot.Day{Date: date, Spans: list})
	}
	slices.SortFunc(w.Except, func(a, b bot.Day) int { return strings.Compare(a.Date, b.Date) })
	return w, nil
}

func spansOf(texts []string) ([]bot.Span, error) {
	var list []bot.Span
	for _, text := range texts {
		from, to, ok := strings.Cut(text, "-")
		if !ok {
			return nil, fmt.Errorf("%q is no span: write 09:00-21:00", text)
		}
		a, err := gateway.ParseClock(strings.TrimSpace(from))
		if err != nil {
			return nil, err
		}
		b, err := gateway.ParseClock(strings.TrimSpace(to))
		if err != nil {
			return nil, err
		}
		list = append(list, bot.Span{From: a, To: b})
	}
	return list, nil
}

func toWeek(w bot.Week) *weekFile {
	if w.Always() {
		return nil
	}
	f := &weekFile{}
	texts := func(spans []bot.Span) []string {
		list := make([]string, 0, len(spans))
		for _, s := range spans {
			list = append(list, s.From.String()+"-"+s.To.String())
		}
		return list
	}
	for day, to := range f.days() {
		*to = texts(w.Days[day])
	}
	for _, d := range w.Except {
		if f.Except == nil {
			f.Except = map[string][]string{}
		}
		f.Except[d.Date] = texts(d.Spans)
	}
	return f
}

// script lays the file over a script. A section in the file switches the bot on, unless it
// says otherwise.
func (f botFile) script(s bot.Script, fresh bool) (bot.Script, error) {
	shop := s.Languages[0]
	if fresh {
		s.On = true
	}
	set(&s.On, f.Enabled)
	set(&s.Languages, f.Languages)
	if len(s.Languages) > 0 {
		shop = s.Languages[0]
	}
	setDuration(&s.AgainAfter, f.AgainAfter)
	setDuration(&s.HumanFor, f.HumanFor)
	lines := map[bot.Line]bot.Local{}
	for l, text := range s.Lines {
		lines[l] = text
	}
	if f.Lines != nil {
		for name, text := range *f.Lines {
			lines[bot.Line(name)] = text.local(shop)
		}
	}
	if f.Welcome != nil {
		lines[bot.LineWelcome] = f.Welcome.local(shop)
	}
	s.Lines = lines
	if f.Open != nil {
		week, err := f.Open.week()
		if err != nil {
			return s, fmt.Errorf("bot.open: %w", err)
		}
		s.Open = week
	}
	if f.Commands != nil {
		commands, err := botCommands("bot.commands", "", *f.Commands, shop, usualWords(shop))
		if err != nil {
			return s, err
		}
		s.Commands = commands
	}
	set(&s.StopWords, f.StopWords)
	set(&s.StartWords, f.StartWords)
	set(&s.PersonWords, f.Person)
	set(&s.ListWords, f.List)
	if f.TryOut != nil {
		s.TryOut = nil
		for _, p := range *f.TryOut {
			s.TryOut = append(s.TryOut, device.Phone(p))
		}
	}
	if m := f.Marks; m != nil {
		setDuration(&s.Marks.Valid, m.Valid)
		setDuration(&s.Marks.CorrectWithin, m.CorrectWithin)
		set(&s.Marks.ReviewLink, m.ReviewLink)
		if m.Ask != nil {
			if err := m.Ask.onto(&s.Marks.Ask); err != nil {
				return s, err
			}
		}
	}
	if l := f.Limits; l != nil {
		set(&s.Limits.PerMinute, l.PerMinute)
		set(&s.Limits.PerDay, l.PerDay)
		setDuration(&s.Limits.SameWithin, l.SameWithin)
		setDuration(&s.Limits.Silence, l.Silence)
		set(&s.Limits.LookupsPerHour, l.LookupsPerHour)
		set(&s.Limits.LookupsPerDay, l.LookupsPerDay)
		setDuration(&s.Limits.ListValid, l.ListValid)
	}
	return s, nil
}

func (f askFile) onto(a *bot.AskRule) error {
	set(&a.On, f.Enabled)
	set(&a.Statuses, f.Statuses)
	setDuration(&a.After, f.After)
	if f.Hours != nil {
		from, err := gateway.ParseClock(f.Hours.From)
		if err != nil {
			return fmt.Errorf("bot.marks.ask.hours: %w", err)
		}
		to, err := gateway.ParseClock(f.Hours.To)
		if err != nil {
			return fmt.Errorf("bot.marks.ask.hours: %w", err)
		}
		a.Hours = gateway.Hours{From: from, To: to}
	}
	if f.About != nil {
		a.About = nil
		for _, s := range *f.About {
			a.About = append(a.About, bot.Subject(s))
		}
	}
	set(&a.ShopField, f.ShopField)
	set(&a.CourierField, f.CourierField)
	set(&a.CommentField, f.CommentField)
	return nil
}

// usualWords are the phrases of the standard commands: a command of the short form is
// found by them as well. The first of a kind takes them.
func usualWords(lang string) map[bot.AnswerKind][]string {
	usual := map[bot.AnswerKind][]string{}
	for _, c := range bot.DefaultScript(lang).Commands {
		if c.Answer.Kind == bot.AnswerOrder || c.Answer.Kind == bot.AnswerPerson {
			usual[c.Answer.Kind] = c.Words
		}
	}
	return usual
}

// botCommands reads a list. above begins the names of those that have none of their own: a
// number is taken once in its list, a name once in the script.
func botCommands(where, above string, list []botCommandFile, shop string, usual map[bot.AnswerKind][]string) ([]bot.Command, error) {
	commands := []bot.Command{}
	for i, f := range list {
		at := fmt.Sprintf("%s[%d]", where, i)
		c := bot.Command{ID: f.ID, Number: f.Number, Title: f.Title.local(shop), Audience: bot.Audience(f.Audience)}
		if c.ID == "" {
			c.ID = above + bot.CommandID(f.Number)
		}
		if c.Audience == "" {
			c.Audience = bot.AudienceAll
		}
		if f.Hours != nil {
			week, err := f.Hours.week()
			if err != nil {
				return nil, fmt.Errorf("%s.hours: %w", at, err)
			}
			c.Hours = week
		}
		var err error
		if c.Answer, err = f.Answer.answer(at, c.ID+"-", shop, usual); err != nil {
			return nil, err
		}
		if f.Words != nil {
			c.Words = *f.Words
		} else if texts, ok := usual[c.Answer.Kind]; ok {
			c.Words = texts
		}
		delete(usual, c.Answer.Kind)
		commands = append(commands, c)
	}
	return commands, nil
}

func (f botAnswerFile) answer(at, above, shop string, usual map[bot.AnswerKind][]string) (bot.Answer, error) {
	a := bot.Answer{Kind: bot.AnswerText, Text: f.Text.local(shop)}
	kinds := 0
	is := func(given bool, kind bot.AnswerKind) {
		if given {
			a.Kind = kind
			kinds++
		}
	}
	is(f.OrderStatus, bot.AnswerOrder)
	is(f.Operator, bot.AnswerPerson)
	is(len(f.Points) > 0, bot.AnswerPoints)
	is(len(f.Question) > 0, bot.AnswerQuestion)
	is(f.Link != "", bot.AnswerLink)
	is(len(f.List) > 0, bot.AnswerList)
	if f.Kind != "" && kinds == 0 {
		is(true, bot.AnswerKind(f.Kind))
	}
	if kinds > 1 || kinds == 0 && len(a.Text) == 0 {
		return a, fmt.Errorf("%s.answer: give one of text, order_status, operator, points, question, link, list", at)
	}
	for _, p := range f.Points {
		a.Points = append(a.Points, bot.Point{Name: p.Name.local(shop), Address: p.Address.local(shop), Hours: p.Hours.local(shop), Phone: p.Phone, Link: p.Link})
	}
	for _, s := range f.Question {
		a.About = append(a.About, bot.Subject(s))
	}
	a.Link = f.Link
	if len(f.List) > 0 {
		list, err := botCommands(at+".answer.list", above, f.List, shop, usual)
		if err != nil {
			return a, err
		}
		a.List = list
	}
	return a, nil
}

// toBot is the whole script as a file.
func toBot(s bot.Script) *botFile {
	standard := bot.DefaultScript(s.Languages[0])
	f := &botFile{
		Enabled: &s.On, AgainAfter: dur(s.AgainAfter), Languages: &s.Languages, Open: toWeek(s.Open), HumanFor: dur(s.HumanFor),
		StopWords: &s.StopWords, StartWords: &s.StartWords, Person: &s.PersonWords, List: &s.ListWords,
	}
	welcome := texts(s.Lines[bot.LineWelcome])
	f.Welcome = &welcome
	lines := map[string]texts{}
	for l, text := range s.Lines {
		if l != bot.LineWelcome && !sameWords(text, standard.Lines[l]) {
			lines[string(l)] = texts(text)
		}
	}
	if len(lines) > 0 {
		f.Lines = &lines
	}
	commands := toCommands(s.Commands)
	f.Commands = &commands
	ask := s.Marks.Ask
	about := []string{}
	for _, a := range ask.About {
		about = append(about, string(a))
	}
	f.Marks = &marksFile{
		Valid: dur(s.Marks.Valid), CorrectWithin: dur(s.Marks.CorrectWithin), ReviewLink: &s.Marks.ReviewLink,
		Ask: &askFile{
			Enabled: &ask.On, Statuses: &ask.Statuses, After: dur(ask.After), Hours: &hoursFile{ask.Hours.From.String(), ask.Hours.To.String()},
			About: &about, ShopField: &ask.ShopField, CourierField: &ask.CourierField, CommentField: &ask.CommentField,
		},
	}
	l := s.Limits
	f.Limits = &limitsFile{&l.PerMinute, &l.PerDay, dur(l.SameWithin), dur(l.Silence), &l.LookupsPerHour, &l.LookupsPerDay, dur(l.ListValid)}
	if len(s.TryOut) > 0 {
		phones := []string{}
		for _, p := range s.TryOut {
			phones = append(phones, p.String())
		}
		f.TryOut = &phones
	}
	return f
}

func sameWords(a, b bot.Local) bool {
	if len(a) != len(b) {
		return false
	}
	for lang, text := range a {
		if b[lang] != text {
			return false
		}
	}
	return true
}

func toCommands(list []bot.Command) []botCommandFile {
	files := []botCommandFile{}
	for _, c := range list {
		phrases := c.Words
		if phrases == nil {
			phrases = []string{}
		}
		f := botCommandFile{ID: c.ID, Number: c.Number, Title: texts(c.Title), Words: &phrases, Hours: toWeek(c.Hours), Audience: string(c.Audience)}
		a := c.Answer
		f.Answer = botAnswerFile{
			Text: texts(a.Text), OrderStatus: a.Kind == bot.AnswerOrder, Operator: a.Kind == bot.AnswerPerson, Link: a.Link,
		}
		if a.Kind == bot.AnswerPoints && len(a.Points) == 0 {
			f.Answer.Kind = string(bot.AnswerPoints)
		}
		for _, p := range a.Points {
			f.Answer.Points = append(f.Answer.Points, pointFile{texts(p.Name), texts(p.Address), texts(p.Hours), p.Phone, p.Link})
		}
		for _, s := range a.About {
			f.Answer.Question = append(f.Answer.Question, string(s))
		}
		if a.Kind == bot.AnswerList {
			f.Answer.List = toCommands(a.List)
		}
		files = append(files, f)
	}
	return files
}

// scriptProblems are a script's mistakes as lines of the file.
func scriptProblems(s bot.Script, fields []gateway.Field) []string {
	var lines []string
	for _, p := range s.Check(fields) {
		lines = append(lines, "bot."+p.Where+": "+p.Sentence("en"))
	}
	return lines
}
