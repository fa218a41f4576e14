package card

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much of a text is read, and how many numbers are taken from it.
const (
	textAtMost    = 20_000 // bytes
	numbersAtMost = 10
	numberLongest = 20 // runes
)

// twins are Cyrillic letters that look like Latin ones: people type what they see.
var twins = map[rune]rune{'А': 'A', 'В': 'B', 'Е': 'E', 'К': 'K', 'М': 'M', 'Н': 'H', 'О': 'O', 'Р': 'P', 'С': 'C', 'Т': 'T', 'У': 'Y', 'Х': 'X'}

// cyrillicTwins leads back.
var cyrillicTwins = func() map[rune]rune {
	back := map[rune]rune{}
	for c, l := range twins {
		back[l] = c
	}
	return back
}()

// foldNumber is how order numbers are compared: great Latin letters, no sign before it.
func foldNumber(number string) string {
	number = strings.TrimLeft(strings.TrimSpace(number), "#№ ")
	return strings.Map(func(r rune) rune {
		r = unicode.ToUpper(r)
		if l, ok := twins[r]; ok {
			return l
		}
		return r
	}, number)
}

// Named tells whether an order's number is among those that a text named, however its
// letters were typed.
func Named(number string, numbers []string) bool {
	folded := foldNumber(number)
	return folded != "" && slices.ContainsFunc(numbers, func(n string) bool { return foldNumber(n) == folded })
}

// spellings are the ways in which the CRM may have a number that somebody typed: as it is, and
// with its letters from the other alphabet.
func spellings(number string) []string {
	list := []string{number}
	for _, other := range []string{foldNumber(number), inCyrillic(foldNumber(number))} {
		if !slices.Contains(list, other) && len(list) < 2 && other != "" {
			list = append(list, other)
		}
	}
	return list
}

func inCyrillic(folded string) string {
	return strings.Map(func(r rune) rune {
		if c, ok := cyrillicTwins[r]; ok {
			return c
		}
		return r
	}, folded)
}

// word is a run of letters and digits, which single signs may join.
type word struct {
	text   string
	before string // what stands between it and the word before
	next   string // the two signs after it
	digits int
	plain  bool // nothing but digits and hyphens
}

// Signs that join a word. With those of foreign a word is a date, a time, an amount, an address:
// no order's number.
const (
	joiners = "-/_"
	foreign = ".,:@="
)

// words cuts a text.
func words(text string) []word {
	var list []word
	runes := []rune(text)
	isWord := func(r rune) bool { return unicode.IsLetter(r) || r >= '0' && r <= '9' }
	last := 0
	for i := 0; i < len(runes); {
		if !isWord(runes[i]) {
			i++
			continue
		}
		end := i
		w := word{plain: true, before: string(runes[last:i])}
		for end < len(runes) {
			r := runes[end]
			switch {
			case r >= '0' && r <= '9':
				w.digits++
			case unicode.IsLetter(r):
				w.plain = false
			case strings.ContainsRune(joiners+foreign, r) && end+1 < len(runes) && isWord(runes[end+1]) && runes[end-1] != r:
				w.plain = w.plain && r == '-'
			default:
				goto done
			}
			end++
		}
	done:
		w.text = string(runes[i:end])
		w.next = string(runes[end:min(len(runes), end+2)])
		list = append(list, w)
		i, last = end, end
	}
	return list
}

var (
	// orderWords are followed by an order's number, numberWords by some number.
	orderWords = []string{
		"заказ", "заказа", "заказу", "заказом", "заказе", "заказы", "заказов", "заказам", "заказами", "заказах", "заявка", "заявки", "заявке", "заявку",
		"order", "orders", "zakaz", "zakaza",
	}
	numberWords = []string{"номер", "номера", "номером", "номеру", "номере", "номерами", "number", "numbers", "no", "nr", "n", "num"}
	// countWords follow what is no number of an order.
	countWords = []string{
		"р", "руб", "рубль", "рубля", "рублей", "рубли", "тыс", "коп", "шт", "штук", "штуки", "штука", "кг", "г", "гр", "л", "мл", "м", "см", "мм",
		"день", "дня", "дней", "раз", "раза", "год", "года", "году", "лет", "час", "часа", "часов", "минут", "мин", "rub", "pcs", "kg", "days",
	}
	chains = []string{"и", "and", "или", "or"}
)

// NumbersIn finds order numbers in foreign text: what stands after a sign or a word for it, and
// what looks like one of like, which are numbers of the shop's orders. They come as the text has them, at most
// ten, each once; letters are those of the alphabet and the size that like has, great Latin ones without it.
// They are hints: prices, years and phone numbers are left out as far as their surroundings tell.
func NumbersIn(text string, like []string) []string {
	if len(text) > textAtMost {
		text = text[:textAtMost]
	}
	text = strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return '0' + r - '０'
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	list := words(text)
	var found []string
	marked := false // the word before was, or announced, a number
	for i, w := range list {
		lower := strings.ToLower(w.text)
		chained := marked && strings.Trim(w.before, " ,&\n\r\t") == "" && slices.Contains(chains, lower)
		switch {
		case chained:
			continue
		case w.digits == 0:
			marked = slices.Contains(orderWords, lower) || slices.Contains(numberWords, lower)
			continue
		}
		sign := strings.ContainsAny(w.before, "#№")
		follows := marked && strings.Trim(w.before, " ,&:;#№().\"«'-–—\n\r\t") == ""
		ok := w.mayBe() && !partOfPhone(list, i) && (sign || !counts(list, i)) && w.fits(like, sign || follows)
		marked = ok && (sign || follows)
		if n := spell(w.text, like); ok && !slices.Contains(found, n) {
			if found = append(found, n); len(found) == numbersAtMost {
				break
			}
		}
	}
	return found
}

// mayBe tells whether a word has the form of an order's number at all.
func (w word) mayBe() bool {
	return !strings.ContainsAny(w.text, foreign) && utf8.RuneCountInString(w.text) <= numberLongest && w.letters() <= 8 && !strings.HasSuffix(w.before, "+")
}

func (w word) letters() int {
	n := 0
	for _, r := range w.text {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// fits tells whether a word is taken: announced ones from three digits on, others when they
// look like the shop's own.
func (w word) fits(like []string, announced bool) bool {
	if Named(w.text, like) && (w.digits >= 3 || announced) {
		return true
	}
	if announced && w.digits >= 3 {
		return !(w.plain && w.digits == 11 && strings.ContainsRune("78", rune(w.text[0])))
	}
	mine := shapeOf(w.text)
	return slices.ContainsFunc(like, func(l string) bool { return mine.like(shapeOf(l)) })
}

// partOfPhone tells whether a word is one of several that make a telephone number together.
func partOfPhone(list []word, i int) bool {
	glued := func(w word) bool { return w.plain && strings.Trim(w.before, " ()-+\u00a0") == "" && w.before != "" }
	if !list[i].plain {
		return false
	}
	from, to := i, i
	for from > 0 && glued(list[from]) && list[from-1].plain {
		from--
	}
	for to+1 < len(list) && glued(list[to+1]) {
		to++
	}
	digits := 0
	for _, w := range list[from : to+1] {
		digits += w.digits
	}
	return from != to && digits >= 10 && digits <= 15
}

// counts tells whether what follows makes a word an amount.
func counts(list []word, i int) bool {
	if next := strings.TrimSpace(list[i].next); strings.HasPrefix(next, "%") || strings.HasPrefix(next, "₽") || strings.HasPrefix(next, "$") || strings.HasPrefix(next, "€") {
		return true
	}
	return i+1 < len(list) && strings.TrimSpace(list[i+1].before) == "" && slices.Contains(countWords, strings.ToLower(list[i+1].text))
}

// shape is how a number looks: runs of digits and letters, and the signs between.
type shape struct {
	kinds  string // '9' for digits, 'A' for letters, or the sign
	counts []int
}

func shapeOf(number string) shape {
	var s shape
	for _, r := range foldNumber(number) {
		kind := r
		switch {
		case r >= '0' && r <= '9':
			kind = '9'
		case unicode.IsLetter(r):
			kind = 'A'
		}
		if last, _ := utf8.DecodeLastRuneInString(s.kinds); last == kind && len(s.counts) > 0 {
			s.counts[len(s.counts)-1]++
			continue
		}
		s.kinds += string(kind)
		s.counts = append(s.counts, 1)
	}
	return s
}

// like compares: runs of digits grow by one as years go by. Digits alone have to be five, or four
// of which a year could not be.
func (s shape) like(other shape) bool {
	if s.kinds != other.kinds || len(s.counts) == 0 {
		return false
	}
	total := 0
	for i, r := range []rune(s.kinds) {
		diff := s.counts[i] - other.counts[i]
		switch {
		case r == '9' && (diff < -1 || diff > 1):
			return false
		case r != '9' && diff != 0:
			return false
		}
		if r == '9' {
			total += s.counts[i]
		}
	}
	return total >= 5 || total >= 3 && s.kinds != "9"
}

// spell writes a number as the shop does.
func spell(text string, like []string) string {
	folded := foldNumber(text)
	for _, l := range like {
		if foldNumber(l) == folded {
			return strings.TrimLeft(strings.TrimSpace(l), "#№ ")
		}
	}
	for _, l := range like {
		letters := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return r
			}
			return -1
		}, l)
		if letters == "" {
			continue
		}
		number := folded
		if strings.ContainsFunc(letters, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
			number = inCyrillic(folded)
		}
		if letters == strings.ToLower(letters) {
			number = strings.ToLower(number)
		}
		return number
	}
	return folded
}
