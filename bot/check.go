package bot

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vestnik/gateway"
)

// The limits of a script, so that it fits a page and a Reply stays quick.
const (
	maxCommands = 100 // all lists together
	maxWords    = 60  // of one command or list of words
	maxPhrase   = 80  // characters
	maxTitle    = 80  // characters
	maxPoints   = 50
	maxDepth    = 3
)

var idPattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// CommandID is the id of a command that came without one.
func CommandID(number int) string { return "n" + strconv.Itoa(number) }

// Check lists what is wrong with the script, or nothing. fields is the CRM's directory;
// when it is empty, only the beginnings of places are checked.
func (s Script) Check(fields []gateway.Field) Problems {
	k := checker{script: s, fields: fields, ids: map[string]bool{}, taken: map[string]string{}}
	k.languages()
	k.numbers()
	for _, l := range Lines {
		for lang, text := range s.Lines[l] {
			k.template("lines."+string(l)+"."+lang, text, l.Places(), false)
		}
	}
	for l := range s.Lines {
		if !slices.Contains(Lines, l) {
			k.found("lines."+string(l), ProblemUnknown, string(l))
		}
	}
	k.words("stop_words", ":stop", s.StopWords)
	k.words("start_words", ":start", s.StartWords)
	k.words("person_words", callsPerson, s.PersonWords)
	k.words("list_words", ":list", s.ListWords)
	if s.Marks.ReviewLink != "" {
		k.link("marks.review_link", s.Marks.ReviewLink)
	}
	k.asking(s.Marks.Ask)
	k.commands("commands", s.Commands, 1)
	if k.count > maxCommands {
		k.found("commands", ProblemTooMany, strconv.Itoa(maxCommands))
	}
	slices.SortFunc(k.problems, func(a, b Problem) int { return strings.Compare(a.Where, b.Where) })
	return k.problems
}

// callsPerson owns the phrases that call a person. No command has such an ID.
const callsPerson = ":person"

type checker struct {
	script   Script
	fields   []gateway.Field
	problems Problems
	ids      map[string]bool
	taken    map[string]string // phrase → whose it is
	count    int
}

func (k *checker) found(where string, kind ProblemKind, detail string) {
	k.problems = append(k.problems, Problem{Where: where, Kind: kind, Detail: detail})
}

func (k *checker) languages() {
	if len(k.script.Languages) == 0 {
		k.found("languages", ProblemRequired, "")
	}
	for i, lang := range k.script.Languages {
		if lang != Russian && lang != English || slices.Index(k.script.Languages, lang) != i {
			k.found("languages", ProblemUnknown, lang)
		}
	}
}

func (k *checker) numbers() {
	s, l, m := k.script, k.script.Limits, k.script.Marks
	const day = 24 * time.Hour
	for where, ok := range map[string]bool{
		"again_after":             s.AgainAfter >= time.Hour && s.AgainAfter <= 366*day,
		"human_for":               s.HumanFor >= 10*time.Minute && s.HumanFor <= 14*day,
		"limits.per_minute":       l.PerMinute >= 2 && l.PerMinute <= 20,
		"limits.per_day":          l.PerDay >= 5 && l.PerDay <= 500,
		"limits.same_within":      l.SameWithin >= 0 && l.SameWithin <= day,
		"limits.silence":          l.Silence >= time.Minute && l.Silence <= 7*day,
		"limits.lookups_per_hour": l.LookupsPerHour >= 1 && l.LookupsPerHour <= 100,
		"limits.lookups_per_day":  l.LookupsPerDay >= 1 && l.LookupsPerDay <= 100,
		"limits.list_valid":       l.ListValid >= time.Minute && l.ListValid <= day,
		"marks.valid":             m.Valid >= time.Hour && m.Valid <= 60*day,
		"marks.correct_within":    m.CorrectWithin >= 0 && m.CorrectWithin <= day,
	} {
		if !ok {
			k.found(where, ProblemRange, "")
		}
	}
}

var fieldPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (k *checker) asking(a AskRule) {
	if a.On && len(a.Statuses) == 0 {
		k.found("marks.ask.statuses", ProblemRequired, "")
	}
	if a.On && len(a.About) == 0 {
		k.found("marks.ask.about", ProblemRequired, "")
	}
	for i, about := range a.About {
		if about != AboutShop && about != AboutCourier || slices.Index(a.About, about) != i {
			k.found("marks.ask.about", ProblemUnknown, string(about))
		}
	}
	if a.After < 0 || a.After > 30*24*time.Hour {
		k.found("marks.ask.after", ProblemRange, "")
	}
	if a.Hours.From < 0 || a.Hours.To < 0 || a.Hours.From > 24*60 || a.Hours.To > 24*60 {
		k.found("marks.ask.hours", ProblemRange, "")
	}
	for where, code := range map[string]string{
		"marks.ask.shop_field": a.ShopField, "marks.ask.courier_field": a.CourierField, "marks.ask.comment_field": a.CommentField,
	} {
		if code != "" && !fieldPattern.MatchString(code) {
			k.found(where, ProblemCode, code)
		}
	}
}

// commandPlaces begin the fields that a command's own text may name.
var commandPlaces = []string{"shop.", "customer.", "order.", "delivery.", "store.", "payment.", "manager."}

func (k *checker) commands(where string, list []Command, depth int) {
	if depth > maxDepth {
		k.found(where, ProblemTooDeep, strconv.Itoa(maxDepth))
		return
	}
	numbers := map[int]bool{}
	for i, c := range list {
		k.count++
		at := fmt.Sprintf("%s[%d]", where, i)
		switch {
		case !idPattern.MatchString(c.ID):
			k.found(at+".id", ProblemCode, c.ID)
		case k.ids[c.ID]:
			k.found(at+".id", ProblemDuplicate, c.ID)
		}
		k.ids[c.ID] = true
		switch {
		case c.Number < 1 || c.Number > 99:
			k.found(at+".number", ProblemRange, "")
		case numbers[c.Number]:
			k.found(at+".number", ProblemDuplicate, strconv.Itoa(c.Number))
		}
		numbers[c.Number] = true
		owner := c.ID
		if c.Answer.Kind == AnswerPerson {
			owner = callsPerson // the words for a person lead to the same
		}
		k.title(at+".title", owner, c.Title)
		k.words(at+".words", owner, c.Words)
		k.week(at+".hours", c.Hours)
		if c.Audience != AudienceAll && c.Audience != AudienceOrders && c.Audience != AudienceTryOut {
			k.found(at+".audience", ProblemUnknown, string(c.Audience))
		}
		k.answer(at+".answer", c.Answer, depth)
	}
}

func (k *checker) title(where, owner string, title Local) {
	if strings.TrimSpace(title[k.own()]) == "" {
		k.found(where+"."+k.own(), ProblemRequired, "")
	}
	for lang, t := range title {
		if utf8.RuneCountInString(t) > maxTitle {
			k.found(where+"."+lang, ProblemTooLong, strconv.Itoa(maxTitle))
		}
		k.take(where+"."+lang, owner, t)
	}
}

// words checks phrases; owner may use one twice, two owners may not share one, since
// the customer would always be asked which he means.
func (k *checker) words(where, owner string, words []string) {
	if len(words) > maxWords {
		k.found(where, ProblemTooMany, strconv.Itoa(maxWords))
		return
	}
	for i, w := range words {
		at := fmt.Sprintf("%s[%d]", where, i)
		switch {
		case len(tokens(w)) == 0:
			k.found(at, ProblemRequired, w)
		case utf8.RuneCountInString(w) > maxPhrase:
			k.found(at, ProblemTooLong, strconv.Itoa(maxPhrase))
		default:
			k.take(at, owner, w)
		}
	}
}

func (k *checker) take(where, owner, text string) {
	key := strings.Join(tokens(text), " ")
	if key == "" {
		return
	}
	if first, ok := k.taken[key]; ok && first != owner {
		k.found(where, ProblemTaken, text)
		return
	}
	k.taken[key] = owner
}

func (k *checker) week(where string, w Week) {
	check := func(at string, spans []Span) {
		for _, s := range spans {
			if s.From < 0 || s.From >= 24*60 || s.To < 0 || s.To > 24*60 {
				k.found(at, ProblemRange, "")
			}
		}
	}
	for i, spans := range w.Days {
		check(fmt.Sprintf("%s.days[%d]", where, i), spans)
	}
	for i, d := range w.Except {
		at := fmt.Sprintf("%s.except[%d]", where, i)
		if _, err := time.Parse(time.DateOnly, d.Date); err != nil {
			k.found(at, ProblemDate, d.Date)
		}
		check(at, d.Spans)
	}
}

func (k *checker) answer(where string, a Answer, depth int) {
	for lang, text := range a.Text {
		k.template(where+".text."+lang, text, commandPlaces, a.Kind != AnswerText)
	}
	switch a.Kind {
	case AnswerText:
		if own := k.own(); strings.TrimSpace(a.Text[own]) == "" {
			k.found(where+".text."+own, ProblemRequired, "")
		}
	case AnswerOrder, AnswerPerson:
	case AnswerPoints:
		if len(a.Points) == 0 && strings.TrimSpace(a.Text[k.own()]) == "" {
			k.found(where+".points", ProblemRequired, "")
		}
		if len(a.Points) > maxPoints {
			k.found(where+".points", ProblemTooMany, strconv.Itoa(maxPoints))
		}
		for i, p := range a.Points {
			if p.Link != "" {
				k.link(fmt.Sprintf("%s.points[%d].link", where, i), p.Link)
			}
			if strings.TrimSpace(p.Address[k.own()]) == "" {
				k.found(fmt.Sprintf("%s.points[%d].address", where, i), ProblemRequired, "")
			}
		}
	case AnswerQuestion:
		if len(a.About) == 0 || len(a.About) > 2 || len(a.About) == 2 && a.About[0] == a.About[1] {
			k.found(where+".about", ProblemRequired, "")
		}
		for _, s := range a.About {
			if s != AboutShop && s != AboutCourier {
				k.found(where+".about", ProblemUnknown, string(s))
			}
		}
	case AnswerLink:
		k.link(where+".link", a.Link)
	case AnswerList:
		if len(a.List) == 0 {
			k.found(where+".list", ProblemRequired, "")
		}
		k.commands(where+".list", a.List, depth+1)
	default:
		k.found(where+".kind", ProblemUnknown, string(a.Kind))
	}
}

func (k *checker) own() string {
	if len(k.script.Languages) == 0 {
		return Russian
	}
	return k.script.Languages[0]
}

func (k *checker) link(where, raw string) {
	if u, err := url.Parse(raw); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(raw) > 500 {
		k.found(where, ProblemLink, raw)
	}
}

// template checks a text and the places it names. A line may not be emptied: a text
// that says nothing is a missing one.
func (k *checker) template(where, text string, places []string, mayBeEmpty bool) {
	if strings.TrimSpace(text) == "" {
		if !mayBeEmpty {
			k.found(where, ProblemRequired, "")
		}
		return
	}
	t, err := gateway.ParseTemplate(text)
	var bad *gateway.TemplateError
	if errors.As(err, &bad) {
		k.problems = append(k.problems, Problem{Where: where, Kind: ProblemTemplate, Detail: bad.What, Template: bad})
		return
	}
	for _, path := range t.Paths() {
		named := slices.Contains(places, path)
		fits := named || slices.ContainsFunc(places, func(p string) bool { return strings.HasSuffix(p, ".") && strings.HasPrefix(path, p) })
		if fits && !named && len(k.fields) > 0 && !strings.HasPrefix(path, "shop.") {
			fits = slices.ContainsFunc(k.fields, func(f gateway.Field) bool { return f.Path == path })
		}
		if !fits {
			k.found(where, ProblemPlace, path)
		}
	}
}
