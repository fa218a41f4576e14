package bot

import (
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// target is what a phrase asks for: a command, a person or the list.
type target int

const (
	targetPerson  target = -1
	targetList    target = -2
	targetNothing target = -3
)

// phrase is one way to ask for something.
type phrase struct {
	to    target
	words []int // in matcher.words
	size  int   // letters, all together
}

// matcher finds what a text asks for.
type matcher struct {
	words    []word
	byLength [][]int // letters → words
	phrases  []phrase
	byFirst  [][]int // first word → phrases
	longest  int     // words of the longest phrase
	lexicon  *lexicon
}

type word struct {
	text  string
	runes []rune
	mask  uint64
}

func newMatcher(l *lexicon) *matcher {
	return &matcher{lexicon: l}
}

// add lets a text ask for something. What has no letters or digits is passed over.
func (m *matcher) add(to target, text string) {
	p := phrase{to: to}
	for _, t := range tokens(text) {
		i := slices.IndexFunc(m.words, func(w word) bool { return w.text == t })
		if i < 0 {
			i = len(m.words)
			r := []rune(t)
			m.words = append(m.words, word{t, r, maskOf(t)})
			for len(m.byLength) <= len(r) {
				m.byLength = append(m.byLength, nil)
			}
			m.byFirst = append(m.byFirst, nil)
			m.byLength[len(r)] = append(m.byLength[len(r)], i)
		}
		p.words = append(p.words, i)
		p.size += len(m.words[i].runes)
	}
	if len(p.words) == 0 {
		return
	}
	m.longest = max(m.longest, len(p.words))
	m.byFirst[p.words[0]] = append(m.byFirst[p.words[0]], len(m.phrases))
	m.phrases = append(m.phrases, p)
}

// near is a word of the script that a token may mean, with its typing errors.
type near struct{ word, errors int }

// hit is a phrase found in a text, from token from to before token to.
type hit struct {
	to       target
	from, up int
	errors   int
}

// find answers what a text asks for: none, one, or several between which nobody can
// choose but the customer. whole asks that the text be nothing but the phrase.
func (m *matcher) find(text []string, whole bool, allowed func(target) bool) []target {
	if whole && len(text) > m.longest {
		return nil
	}
	nears := make([][]near, len(text))
	for i, t := range text {
		nears[i] = m.near(t)
	}
	var hits []hit
	for i := range text {
		for _, first := range nears[i] {
			for _, p := range m.byFirst[first.word] {
				if h, ok := m.at(m.phrases[p], text, nears, i, whole); ok && allowed(h.to) {
					hits = append(hits, h)
				}
			}
		}
	}
	return best(hits, len(text))
}

// at tells whether a phrase stands at token i. A whole text forgives more than a word
// somewhere in a sentence, which must be at least five letters long to be forgiven
// anything.
func (m *matcher) at(p phrase, text []string, nears [][]near, i int, whole bool) (hit, bool) {
	if i+len(p.words) > len(text) {
		return hit{}, false
	}
	errors := 0
	for j, w := range p.words {
		k := slices.IndexFunc(nears[i+j], func(n near) bool { return n.word == w })
		if k < 0 {
			return hit{}, false
		}
		errors += nears[i+j][k].errors
	}
	all := i == 0 && len(p.words) == len(text)
	if whole && !all {
		return hit{}, false
	}
	if !all {
		if errors > 0 && p.size < 5 || p.size < 3 && len(text) > 4 {
			return hit{}, false
		}
		if m.negated(text, i, i+len(p.words)) {
			return hit{}, false
		}
	}
	return hit{p.to, i, i + len(p.words), errors}, true
}

// negated: "не зовите оператора", "don't need a person", "оператор не нужен".
func (m *matcher) negated(text []string, from, to int) bool {
	not := m.lexicon.negation
	if from > 0 && not[text[from-1]] {
		return true
	}
	for i := max(0, from-3); i+1 < from; i++ {
		if not[text[i]] && m.lexicon.wish[text[i+1]] {
			return true
		}
	}
	return to+1 < len(text) && not[text[to]] && m.lexicon.wish[text[to+1]]
}

// best keeps, of the phrases found, those that count: the whole text before a part, a
// longer phrase before one inside it, right spelling before errors.
func best(hits []hit, length int) []target {
	whole := slices.ContainsFunc(hits, func(h hit) bool { return h.from == 0 && h.up == length })
	var kept []hit
	for i, h := range hits {
		if whole && (h.from != 0 || h.up != length) {
			continue
		}
		beaten := false
		for j, o := range hits {
			wider := o.from <= h.from && o.up >= h.up
			if i != j && o.to != h.to && wider && (o.up-o.from > h.up-h.from || o.errors < h.errors) {
				beaten = true
			}
		}
		if !beaten {
			kept = append(kept, h)
		}
	}
	var found []target
	for _, h := range kept {
		if !slices.Contains(found, h.to) {
			found = append(found, h.to)
		}
	}
	return found
}

// near lists the script's words that a token may be: itself, or with as many typing
// errors as its length forgives. Numbers are never guessed.
func (m *matcher) near(t string) []near {
	n := utf8.RuneCountInString(t)
	numbers := strings.ContainsAny(t, "0123456789")
	mask := maskOf(t)
	var runes []rune
	var found []near
	for length := max(1, n-3); length <= n+3 && length < len(m.byLength); length++ {
		// The longer of the two counts: a letter left out of a word of five is forgiven, one
		// put for another in a word of four makes another word.
		allowed := forgiveness(max(n, length))
		if numbers {
			allowed = 0
		}
		if allowed < n-length || allowed < length-n {
			continue
		}
		for _, i := range m.byLength[length] {
			w := &m.words[i]
			if w.text == t {
				found = append(found, near{i, 0})
				continue
			}
			// One error changes at most two letters of the set.
			if allowed == 0 || bits.OnesCount64(mask^w.mask) > 2*allowed {
				continue
			}
			if runes == nil {
				runes = []rune(t)
			}
			if d := distance(runes, w.runes, allowed); d <= allowed {
				found = append(found, near{i, d})
			}
		}
	}
	return found
}

// forgiveness is how many typing errors a word of n letters may have.
func forgiveness(n int) int {
	switch {
	case n < 5:
		return 0
	case n < 7:
		return 1
	case n < 12:
		return 2
	}
	return 3
}

func maskOf(t string) uint64 {
	var m uint64
	for _, r := range t {
		m |= 1 << (uint32(r) % 64)
	}
	return m
}

// distance is the Damerau-Levenshtein distance in its restricted form (a pair of
// swapped neighbours is one error, and not edited again); more than limit when it
// is beyond limit.
func distance(a, b []rune, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	if len(a) > 40 || len(b) > 40 {
		return limit + 1
	}
	var rows [3][41]int
	before, above, row := rows[0][:], rows[1][:], rows[2][:]
	for j := 0; j <= len(b); j++ {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
