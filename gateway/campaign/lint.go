package campaign

import (
	"errors"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"vestnik/device"
	"vestnik/gateway"
)

// Refused is why a mailing may not begin.
type Refused struct{ Findings []Finding }

func (e *Refused) Error() string {
	codes := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		codes[i] = string(f.Code)
	}
	return "campaign: refused: " + strings.Join(codes, ", ")
}

// Refusal is the error of those findings that refuse, or nil.
func Refusal(found []Finding) error {
	refuses := slices.DeleteFunc(slices.Clone(found), func(f Finding) bool { return !f.Refuses })
	if len(refuses) == 0 {
		return nil
	}
	return &Refused{refuses}
}

// Draught is everything that the linter looks at.
type Draught struct {
	Campaign Campaign
	Settings gateway.Settings
	Fields   []gateway.Field
	// On tells which channels are switched on; Opens whether the window ever opens.
	On    func(device.Channel) bool
	Opens bool
	// Count is what the deductions leave; nil: the people are not gathered.
	Count *Count
	// Sample are some of the people, for lengths and languages.
	Sample []Person
	// NewChats is how many chats would begin, Days over how many days.
	NewChats, Days int
	MaxParts       int
	// Restored is the last restore of the box from a backup.
	Restored gateway.Restored
}

// From how many people on a matter is worth a word.
const (
	sameTextFrom = 100 // one wording for so many looks like a machine
	newChatDays  = 3   // new chats for more days than this
	costlyParts  = 2   // more SMS than this for each
)

// Lint says what is wrong with a mailing, what refuses it first.
func Lint(d Draught) []Finding {
	var l linter
	l.Draught = d
	l.audience()
	l.plan()
	l.texts()
	slices.SortStableFunc(l.found, func(a, b Finding) int {
		switch {
		case a.Refuses == b.Refuses:
			return 0
		case a.Refuses:
			return -1
		}
		return 1
	})
	return l.found
}

type linter struct {
	Draught
	found []Finding
}

func (l *linter) add(refuses bool, code FindingCode, args gateway.Args) {
	l.found = append(l.found, Finding{Refuses: refuses, Code: code, Args: args})
}

func (l *linter) addIn(refuses bool, code FindingCode, variant int, lang string, args gateway.Args) {
	l.found = append(l.found, Finding{Refuses: refuses, Code: code, Variant: variant, Language: lang, Args: args})
}

func (l *linter) audience() {
	c := l.Campaign
	if c.State == Draft && c.CreatedAt.Before(l.Restored.At) {
		l.add(false, FoundRestored, gateway.Args{"made_at": l.Restored.MadeAt.In(l.Settings.Shop.Zone()).Format("02.01.2006 15:04")})
	}
	if l.Count == nil || c.Collect.State != CollectDone {
		l.add(true, FoundNoAudience, nil)
		return
	}
	if l.Count.Goes > 0 {
		return
	}
	if n := l.Count.Out[gateway.NoConsent]; n > 0 {
		l.add(true, FoundNoConsent, gateway.Args{"count": strconv.Itoa(n)})
		return
	}
	l.add(true, FoundNobody, nil)
}

func (l *linter) plan() {
	if !slices.ContainsFunc(l.Campaign.Plan.Channels, l.On) {
		l.add(true, FoundNoChannel, nil)
	}
	if !l.Opens {
		l.add(true, FoundNoWindow, nil)
	}
	if l.Days > newChatDays {
		l.add(false, FoundManyNewChats, gateway.Args{"count": strconv.Itoa(l.NewChats), "days": strconv.Itoa(l.Days)})
	}
}

func (l *linter) texts() {
	w, err := NewWriter(l.Campaign.Text, l.Settings)
	var broken *BrokenText
	if errors.As(err, &broken) {
		var cause *gateway.TemplateError
		if errors.As(err, &cause) && cause.Problem == gateway.TemplateEmpty {
			l.addIn(true, FoundNoText, broken.Variant, broken.Language, nil)
		} else if cause != nil {
			l.addIn(true, FoundTemplate, broken.Variant, broken.Language, gateway.Args{"problem": string(cause.Problem), "what": cause.What})
		}
		return
	}
	long := l.longest()
	for i, wordings := range w.variants {
		for _, lang := range slices.Sorted(maps.Keys(wordings)) {
			l.wording(w, i+1, lang, wordings[lang], long)
		}
	}
	l.languages(w)
	if n := l.goes(); len(w.variants) == 1 && n >= sameTextFrom && !varies(w.variants[0]) {
		l.add(false, FoundSameText, gateway.Args{"count": strconv.Itoa(n)})
	}
	if w.linked && l.Settings.Decency.ReviewURL == "" {
		l.add(true, FoundNoReviewURL, nil)
	}
}

func (l *linter) goes() int {
	if l.Count == nil {
		return 0
	}
	return l.Count.Goes
}

// varies tells whether a wording differs from person to person beyond its link.
func varies(wordings map[string]gateway.Template) bool {
	for _, t := range wordings {
		for _, path := range t.Paths() {
			if path != FieldShopName && path != FieldReviewLink {
				return true
			}
		}
	}
	return false
}

// longest is a person with the longest values of all, for what a text may cost.
func (l *linter) longest() Person {
	p := Person{Name: "Александра", Fields: map[string]string{}}
	for _, f := range l.Fields {
		p.Fields[f.Path] = f.Example
	}
	for _, s := range l.Sample {
		if len([]rune(s.Name)) > len([]rune(p.Name)) {
			p.Name = s.Name
		}
		for path, v := range s.Fields {
			if len([]rune(v)) > len([]rune(p.Fields[path])) {
				p.Fields[path] = v
			}
		}
	}
	delete(p.Fields, FieldReviewLink)
	delete(p.Fields, FieldShopName)
	return p
}

func (l *linter) wording(w *Writer, variant int, lang string, t gateway.Template, long Person) {
	source := t.String()
	for _, path := range t.Paths() {
		if known := slices.ContainsFunc(l.Fields, func(f gateway.Field) bool { return f.Path == path }); known {
			continue
		}
		if strings.HasPrefix(path, FieldColumn) {
			l.addIn(true, FoundUnnamedColumn, variant, lang, gateway.Args{"what": strings.TrimPrefix(path, FieldColumn)})
		} else if len(l.Fields) > 0 {
			l.addIn(true, FoundTemplate, variant, lang, gateway.Args{"problem": string(gateway.TemplateUnknownField), "what": path})
		}
	}
	long.Language = lang
	text, _ := w.Write(long, variant, "12345678")
	if slices.Contains(l.Campaign.Plan.Channels, device.SMS) {
		switch n := device.MeasureSMS(text); {
		case l.MaxParts > 0 && n.Parts > l.MaxParts:
			l.addIn(len(l.Campaign.Plan.Channels) == 1, FoundSMSTooLong, variant, lang, gateway.Args{"parts": strconv.Itoa(n.Parts), "max": strconv.Itoa(l.MaxParts)})
		case n.Parts > costlyParts || n.Costly != 0 && n.Parts > 1:
			args := gateway.Args{"parts": strconv.Itoa(n.Parts)}
			if n.Costly != 0 {
				args["costly"] = string(n.Costly)
			}
			l.addIn(false, FoundSMSParts, variant, lang, args)
		}
	}
	if host := shortener(source); host != "" {
		l.addIn(false, FoundShortener, variant, lang, gateway.Args{"host": host})
	}
	if word := spamWord(source); word != "" {
		l.addIn(false, FoundSpamWord, variant, lang, gateway.Args{"word": word})
	}
	if shouts(source) {
		l.addIn(false, FoundShouting, variant, lang, nil)
	}
	linked := slices.Contains(t.Paths(), FieldReviewLink) || strings.Contains(source, "http")
	if l.Campaign.Kind == Invitation {
		if word := adWord(source); word != "" {
			l.addIn(true, FoundLooksLikeAd, variant, lang, gateway.Args{"word": word})
		}
		if !linked && asksReview.MatchString(source) {
			l.addIn(false, FoundNoLink, variant, lang, nil)
		}
	}
}

var asksReview = regexp.MustCompile(`(?i)отзыв|оцените|оценк|review|feedback|rate us`)

// languages names those that people have and the text does not.
func (l *linter) languages(w *Writer) {
	for _, lang := range []string{"ru", "en"} {
		spoken := slices.ContainsFunc(l.Sample, func(p Person) bool { return p.Language == lang })
		for i, wordings := range w.variants {
			if _, has := wordings[lang]; spoken && !has {
				l.addIn(false, FoundNoLanguage, i+1, "", gateway.Args{"language": lang})
			}
		}
	}
}

var linkPattern = regexp.MustCompile(`(?i)(?:https?://)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?:/\S*)?`)

// shortener is the host of a foreign short link in a text, or empty.
func shortener(text string) string {
	for _, m := range linkPattern.FindAllString(text, -1) {
		if !strings.Contains(m, "://") {
			m = "https://" + m
		}
		u, err := url.Parse(m)
		if err != nil {
			continue
		}
		host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
		if slices.Contains(shorteners, host) {
			return host
		}
	}
	return ""
}

// shouts tells whether a text has many capitals or exclamation marks.
func shouts(text string) bool {
	text = placePattern.ReplaceAllString(text, "")
	if strings.Contains(text, "!!") || strings.Count(text, "!") > 3 {
		return true
	}
	letters, capitals := 0, 0
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		upper := strings.ToUpper(word) == word && strings.ToLower(word) != word
		n := len([]rune(word))
		if letters += n; upper && n > 3 {
			capitals += n
		}
	}
	return letters >= 12 && capitals*4 > letters
}

var placePattern = regexp.MustCompile(`\{\{[^}]*\}\}`)
