package bot

import (
	"hash/fnv"
	"strings"
	"unicode"
)

// maxRunes and maxTokens bound how much of a message is looked at; nobody asks for a
// command in the second thousand of characters.
const (
	maxRunes  = 1000
	maxTokens = 40
)

// tokens are the words and numbers of a text: small letters, ё as е, digits of any
// script as ASCII, without punctuation, emoji and invisible characters. A number and the
// letters stuck to it are one token.
func tokens(text string) []string {
	var found []string
	var b strings.Builder
	end := func() {
		if b.Len() > 0 && len(found) < maxTokens {
			found = append(found, b.String())
		}
		b.Reset()
	}
	n := 0
	for _, r := range text {
		if n++; n > maxRunes {
			break
		}
		r = plain(r)
		switch {
		case r == 0: // invisible
		case unicode.IsLetter(r), r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			end()
		}
	}
	end()
	return found
}

// plain is one character in its plain form; 0 for what is not seen: marks that combine
// with the letter before (й and ё as some phones write them), joiners, variation
// selectors, the frame of a keycap.
func plain(r rune) rune {
	switch {
	case r < 0x80:
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	case r >= 'А' && r <= 'я': // most of what is written here: looked up in no table
		if r < 'а' {
			r += 'а' - 'А'
		}
		if r == 'й' { // as it comes out when its mark is a character of its own
			return 'и'
		}
		return r
	case r == 'ё' || r == 'Ё':
		return 'е'
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r), unicode.Is(unicode.Cf, r):
		return 0
	case r >= '①' && r <= '⑨':
		return '1' + r - '①'
	case unicode.Is(unicode.Nd, r):
		return '0' + digit(r)
	}
	return unicode.ToLower(r)
}

// digit is the value of a decimal digit of any script: each has its ten in a row (The
// Unicode Standard, §4.6).
func digit(r rune) rune {
	v := rune(0)
	for v < 9 && unicode.Is(unicode.Nd, r-v-1) {
		v++
	}
	// Some scripts' rows touch each other; then the row begins at a multiple of ten from the
	// start of the run, and what was counted above is its last nine.
	if v == 9 {
		start := r
		for unicode.Is(unicode.Nd, start-1) {
			start--
		}
		v = (r - start) % 10
	}
	return v
}

// letters counts a text's Cyrillic and Latin letters.
func letters(text string) (cyrillic, latin int) {
	n := 0
	for _, r := range text {
		if n++; n > maxRunes {
			break
		}
		switch {
		case r >= 'А' && r <= 'я', r > 'я' && unicode.Is(unicode.Cyrillic, r), r == 'Ё':
			cyrillic++
		case r < 0x80 && unicode.IsLetter(r), r > 0x80 && unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	return cyrillic, latin
}

// hashText tells texts apart; 0 is kept for "none".
func hashText(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails
	if sum := h.Sum64(); sum != 0 {
		return sum
	}
	return 1
}

// set is a set of tokens.
type set map[string]bool

func setOf(words string) set {
	s := set{}
	for _, w := range strings.Fields(words) {
		for _, t := range tokens(w) {
			s[t] = true
		}
	}
	return s
}

// all tells whether every token is in s; false for none.
func (s set) all(words []string) bool {
	for _, w := range words {
		if !s[w] {
			return false
		}
	}
	return len(words) > 0
}

// lexicon are the words that the bot knows by itself, whatever the script.
type lexicon struct {
	courtesy, courtesyWith, greeting, filler, decline, english, translit, negation, wish set
	numerals                                                                             map[string]int
	automatic                                                                            [][]string
}

func newLexicon() lexicon {
	l := lexicon{
		courtesy: setOf(`спасибо спс спасиб благодарю благодарен пожалуйста ок окей оки хорошо понял поняла понятно ясно ладно
			отлично супер класс круто договорились пока свидания доброго хорошего угу ага да принято жду ждем хор
			thanks thank thx ty ok okay okey k great good cool fine nice perfect super understood got it sure yes yep yeah np lovely cheers bye goodbye`),
		courtesyWith: setOf(`большое огромное вам тебе вас все очень до всего дня вечера за помощь ответ информацию заранее и а ну так это я буду будет
			you very much so day evening a lot for the help reply info that is will wait many in advance and`),
		greeting: setOf(`привет здравствуйте здравствуй здрасте здрасьте приветствую алло ало здраствуйте здрастуйте здраствуй добрый доброе доброго день дня утро вечер вечера ночи
			hi hello hey good morning afternoon evening day greetings start privet zdravstvuyte`),
		filler: setOf(`номер пункт команда команду цифра вариант пожалуйста выбираю хочу давайте мне
			number option command item no please i choose want pls`),
		decline: setOf(`нет не хочу буду надо нужно потом позже отстаньте ничего неважно без комментариев комментария
			no not now later skip nothing none dont want nope nah`),
		english: setOf(`the is are my me where how what when which who do does did you your i a an hello hi hey please order want need can
			could would will have has it this that and for with from not yes today tomorrow delivery shipping address open hours
			help status speak talk human person operator unsubscribe courier shop store price pay payment`),
		translit: setOf(`privet zdravstvuyte zdravstvuite gde moi moy zakaz spasibo kogda dobryi dobry den skolko adres pozhaluista
			mozhno kak operatora dostavka`),
		negation: setOf(`не без ни not no dont without never`),
		wish:     setOf(`нужен нужна нужно нужны надо хочу зовите зови звать требуется need want call needed`),
		numerals: map[string]int{},
	}
	for i, names := range []string{
		1: "один одна одну первый первая первое первую единица единичка one first",
		2: "два две второй вторая второе вторую двойка two second",
		3: "три третий третья третье третью тройка three third",
		4: "четыре четвертый четвертая четвертое четвертую четверка four fourth",
		5: "пять пятый пятая пятое пятую пятерка пятерочка five fifth",
		6: "шесть шестой шестая six sixth", 7: "семь седьмой седьмая seven seventh",
		8: "восемь восьмой восьмая eight eighth", 9: "девять девятый девятая nine ninth",
		10: "десять десятый десятая ten tenth",
	} {
		for w := range setOf(names) {
			l.numerals[w] = i
		}
	}
	for _, phrase := range []string{
		"я на связи с", "мы на связи с", "автоответ", "автоматический ответ", "автоматическое сообщение", "это автоответчик",
		"спасибо за обращение", "спасибо за ваше обращение", "спасибо что написали", "ваше обращение принято",
		"ответим вам в ближайшее время", "отвечу как только смогу", "я сейчас не могу ответить", "сейчас нахожусь за рулем",
		"вас приветствует компания", "рабочее время с", "наш менеджер свяжется",
		"automatic reply", "auto reply", "autoreply", "out of office", "thank you for contacting", "thanks for contacting",
		"thank you for your message", "we will get back to you", "we ll get back to you", "i am currently away", "i m currently away",
		"this is an automated", "i am driving", "our working hours are",
	} {
		l.automatic = append(l.automatic, tokens(phrase))
	}
	return l
}

// isAutomatic tells whether a text looks like another bot's or phone's automatic answer.
func (l *lexicon) isAutomatic(words []string) bool {
	for _, phrase := range l.automatic {
		if contains(words, phrase) >= 0 {
			return true
		}
	}
	return false
}

// isCourtesy tells whether a text says thanks or consent and asks for nothing.
func (l *lexicon) isCourtesy(words []string) bool {
	polite := false
	for _, w := range words {
		switch {
		case l.courtesy[w]:
			polite = true
		case !l.courtesyWith[w]:
			return false
		}
	}
	return polite
}

// contains is where phrase stands in words; -1 when it does not.
func contains(words, phrase []string) int {
	for i := 0; i+len(phrase) <= len(words); i++ {
		same := true
		for j, p := range phrase {
			if words[i+j] != p {
				same = false
				break
			}
		}
		if same {
			return i
		}
	}
	return -1
}

// number is the number a text consists of: "1", "/1", "１.", "1️⃣", "пункт один"; ok is
// false when it holds anything else.
func (l *lexicon) number(words []string) (n int, ok bool) {
	for _, w := range words {
		v, is := l.value(w)
		switch {
		case is && ok:
			return 0, false
		case is:
			n, ok = v, true
		case !l.filler[w]:
			return 0, false
		}
	}
	return n, ok
}

// value is the number that one token means, 0 to 99.
func (l *lexicon) value(w string) (int, bool) {
	if v, ok := l.numerals[w]; ok {
		return v, true
	}
	if len(w) == 0 || len(w) > 2 {
		return 0, false
	}
	n := 0
	for i := range len(w) {
		if w[i] < '0' || w[i] > '9' {
			return 0, false
		}
		n = n*10 + int(w[i]-'0')
	}
	return n, true
}
