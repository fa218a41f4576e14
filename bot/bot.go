package bot

import (
	"slices"
	"strings"

	"vestnik/gateway"
)

// Bot answers customers by one script. It never changes after New and may be used from
// any number of goroutines.
type Bot struct {
	script   Script
	lexicon  lexicon
	marker   *marker
	matcher  *matcher
	lines    map[Line]map[string]gateway.Template
	commands []command // every list, flattened; a target is an index here
	byID     map[string]int
	top      []int
	stop     map[string]bool
	start    map[string]bool
	english  set // words of the script that show that somebody writes English
}

// command is a command with its texts parsed.
type command struct {
	Command
	parent int // -1 in the first list
	list   []int
	text   map[string]gateway.Template
	// needsOrder: the text names a field of the writer's newest order.
	needsOrder bool
}

// New checks a script and makes a bot of it. The error is Problems.
func New(s Script) (*Bot, error) {
	if problems := s.Check(nil); len(problems) > 0 {
		return nil, problems
	}
	b := &Bot{
		script: s, lexicon: newLexicon(), lines: map[Line]map[string]gateway.Template{},
		byID: map[string]int{}, english: set{},
	}
	b.marker, b.matcher = newMarker(&b.lexicon), newMatcher(&b.lexicon)
	standard := defaultLines()
	for _, l := range Lines {
		texts := Local{}
		for lang, text := range standard[l] {
			texts[lang] = text
		}
		for lang, text := range s.Lines[l] {
			texts[lang] = text
		}
		b.lines[l] = parsed(texts)
	}
	b.stop, b.start = wordsOf(s.StopWords, alwaysStop), wordsOf(s.StartWords, alwaysStart)
	for _, w := range s.PersonWords {
		b.add(targetPerson, w)
	}
	for _, w := range s.ListWords {
		b.add(targetList, w)
	}
	b.top = b.flatten(s.Commands, -1)
	return b, nil
}

// Script is what the bot was made of. It must not be changed.
func (b *Bot) Script() Script { return b.script }

func key(text string) string { return strings.Join(tokens(text), " ") }

// parsed parses texts that Check has passed.
func parsed(texts Local) map[string]gateway.Template {
	all := map[string]gateway.Template{}
	for lang, text := range texts {
		if t, err := gateway.ParseTemplate(text); err == nil { // an empty one is as if it were not there
			all[lang] = t
		}
	}
	return all
}

func (b *Bot) flatten(list []Command, parent int) []int {
	var own []int
	for _, c := range list {
		i := len(b.commands)
		own = append(own, i)
		next := command{Command: c, parent: parent, text: parsed(c.Answer.Text)}
		for _, t := range next.text {
			next.needsOrder = next.needsOrder || slices.ContainsFunc(t.Paths(), ofOrder)
		}
		b.commands = append(b.commands, next)
		b.byID[c.ID] = i
		to := target(i)
		if c.Answer.Kind == AnswerPerson {
			to = targetPerson
		}
		for _, title := range c.Title {
			b.add(to, title)
		}
		for _, w := range c.Words {
			b.add(to, w)
		}
		b.commands[i].list = b.flatten(c.Answer.List, i)
	}
	slices.SortFunc(own, func(x, y int) int { return b.commands[x].Number - b.commands[y].Number })
	return own
}

// ofOrder tells whether a place is filled from an order.
func ofOrder(path string) bool {
	for _, p := range []string{"order.", "delivery.", "store.", "payment.", "manager."} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

func (b *Bot) add(to target, text string) {
	b.matcher.add(to, text)
	if cyrillic, latin := letters(text); cyrillic == 0 && latin > 0 {
		for _, t := range tokens(text) {
			b.english[t] = true
		}
	}
}

// pick is the text in a language, else in the shop's, else any there is.
func pick(l Local, lang string, languages []string) string {
	if t := strings.TrimSpace(l[lang]); t != "" {
		return t
	}
	for _, other := range languages {
		if t := strings.TrimSpace(l[other]); t != "" {
			return t
		}
	}
	for _, other := range []string{Russian, English} {
		if t := strings.TrimSpace(l[other]); t != "" {
			return t
		}
	}
	return ""
}

// languageOf is the language of a customer's own words; "" when they do not tell, as a
// number, a brand's name or "ok" does not.
func (b *Bot) languageOf(text string, words []string) string {
	cyrillic, latin := letters(text)
	lang := ""
	switch {
	case cyrillic >= 2:
		lang = Russian
	case latin >= 2 && cyrillic == 0:
		for _, w := range words {
			switch {
			case b.lexicon.translit[w]:
				lang = Russian
			case lang == "" && (b.lexicon.english[w] || b.english[w]):
				lang = English
			}
			if lang == Russian {
				break
			}
		}
	}
	if slices.Contains(b.script.Languages, lang) {
		return lang
	}
	return ""
}
