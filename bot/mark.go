package bot

import (
	"slices"
	"strings"
	"unicode"
)

// markText is what a customer's answer to a question for marks says.
type markText struct {
	marks   []int // 1 to 5, one or two, in the order in which they are meant
	comment string
	// sure: it can be nothing but a mark, even while a list with numbers is open.
	sure bool
	// outside: a number, but none from 1 to 5.
	outside bool
}

// given tells whether there is a mark.
func (m markText) given() bool { return len(m.marks) > 0 }

// marker reads marks.
type marker struct {
	lexicon                              *lexicon
	around, praise, units, shop, courier set
}

func newMarker(l *lexicon) *marker {
	return &marker{
		lexicon: l,
		around: setOf(`и а на из ставлю поставлю оценка оценку оценки оцениваю балл балла баллов звезда звезды звезд моя мой за твердая
			and the a out of mark rating rate stars star points point i give my for`),
		praise: setOf(`все всё хорошо отлично супер спасибо понравилось класс нормально плохо ужасно молодцы устраивает доволен довольна
			good great thanks thank you excellent bad awful perfect super all fine`),
		units: setOf(`день дня дней час часа часов раз раза минута минуты минут неделя недели недель месяц месяца штука штуки штук шт товар
			товара товаров заказ заказа заказов вопрос вопроса вопросов рубль рубля рублей руб коробка коробки пакет пакета
			day days hour hours minute minutes week weeks month months time times piece pieces item items order orders question questions`),
		shop:    setOf(`магазин магазина магазину магазином shop store`),
		courier: setOf(`курьер курьера курьеру курьером доставка доставке доставку courier delivery driver`),
	}
}

// read reads an answer to a question about subjects. "5 и 4", "5/5", "4 из 5", "пять",
// "⭐⭐⭐⭐", "5, всё отлично", "курьер 3, магазин 5".
func (k *marker) read(text string, about []Subject) markText {
	if n, only := stars(text); only {
		if n > 5 {
			return markText{outside: true}
		}
		return markText{marks: []int{n}, sure: true}
	}
	words := tokens(text)
	var numbers []int
	var subjects []Subject
	rest, ofFive, named := 0, false, false
	for i, w := range words {
		if n, ok := k.lexicon.value(w); ok {
			// "4 из 5", "4 out of 5": the second number is the scale.
			if n == 5 && len(numbers) == 1 && i > 0 && (words[i-1] == "из" || words[i-1] == "of") {
				ofFive = true
				continue
			}
			numbers = append(numbers, n)
			continue
		}
		switch {
		case k.shop[w] && !k.around[w]:
			subjects = append(subjects, AboutShop)
		case k.courier[w]:
			subjects = append(subjects, AboutCourier)
		case k.around[w]:
			named = named || strings.HasPrefix(w, "оцен") || strings.HasPrefix(w, "rat") || w == "mark"
		default:
			rest++
		}
	}
	both := len(about) == 2
	// "5/5" to one question is five of five.
	if !both && len(numbers) == 2 && numbers[1] == 5 && strings.Contains(text, "/") {
		numbers, ofFive = numbers[:1], true
	}
	if !both && len(numbers) == 2 && rest == 0 && strings.Contains(text, "/") {
		return markText{outside: true} // "10/10"
	}
	if len(numbers) == 0 || len(numbers) > 2 || !both && len(numbers) > 1 {
		return markText{}
	}
	if rest > 0 && !k.startsWithMark(text, words) {
		return markText{}
	}
	for _, n := range numbers {
		if n < 1 || n > 5 {
			return markText{outside: rest == 0 && n != 0 && len(words) <= 3}
		}
	}
	m := markText{marks: numbers, sure: len(numbers) == 2 || ofFive || named || len(subjects) > 0}
	if both && len(numbers) == 2 && len(subjects) == 2 && subjects[0] != about[0] {
		slices.Reverse(m.marks)
	}
	if both && len(numbers) == 1 && len(subjects) == 1 && subjects[0] != about[0] {
		return markText{} // the second subject alone: it is asked for in its turn
	}
	if rest > 0 {
		m.comment = commentAfter(text)
	}
	return m
}

// startsWithMark tells whether a sentence begins with a mark: "5, всё хорошо" and "5
// отлично" do, "2 дня ждал" does not.
func (k *marker) startsWithMark(text string, words []string) bool {
	if _, ok := k.lexicon.value(words[0]); !ok || len(words) < 2 {
		return false
	}
	trimmed := strings.TrimSpace(text)
	end := strings.IndexFunc(trimmed, func(r rune) bool { return !unicode.IsDigit(r) && !unicode.IsLetter(r) })
	if end > 0 && strings.ContainsAny(strings.TrimSpace(trimmed[end:])[:1], ",.!-:;)+(") {
		return true
	}
	return k.praise[words[1]] && !k.units[words[1]]
}

// commentAfter is what follows the mark.
func commentAfter(text string) string {
	text = strings.TrimSpace(text)
	if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsDigit(r) && !unicode.IsLetter(r) }); i > 0 {
		return strings.TrimLeftFunc(text[i:], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	return ""
}

// stars counts the stars of a text that has nothing else.
func stars(text string) (n int, only bool) {
	for _, r := range text {
		switch {
		case r == '⭐' || r == '★' || r == '🌟' || r == '✭':
			n++
		case r == '☆': // an empty one of a printed scale
		case plain(r) == 0 || unicode.IsSpace(r):
		default:
			return 0, false
		}
	}
	return n, n > 0
}

// orderAndDigits are the order's number and the last four digits of a phone in a text, as far
// as they are there: "10482 4567", "№10482, тел. 8 916 123-45-67".
func orderAndDigits(text string) (number, last4 string) {
	var rest strings.Builder
	for i, part := range orderTokens(text) {
		if i == 0 {
			number = part
			continue
		}
		for _, r := range part {
			if r >= '0' && r <= '9' {
				rest.WriteRune(r)
			}
		}
	}
	return number, lastFour(rest.String())
}

// orderTokens are the parts of a text that have a digit, with what may belong to an
// order's number.
func orderTokens(text string) []string {
	var found []string
	n := 0
	for _, part := range strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(",;:()\"«»", r)
	}) {
		var b strings.Builder
		digits := false
		for _, r := range strings.Trim(part, "#№.!?-/+") {
			if n++; n > maxRunes {
				return found
			}
			if unicode.Is(unicode.Nd, r) {
				digits = true
				r = '0' + digit(r)
			}
			b.WriteRune(r)
		}
		s := strings.TrimLeft(b.String(), "#№")
		if digits && len(s) <= 40 && len(found) < 8 {
			found = append(found, s)
		}
	}
	return found
}

// lastFour is the end of a whole phone number or the four digits themselves; "" for
// anything else.
func lastFour(digits string) string {
	if len(digits) == 4 || len(digits) >= 10 && len(digits) <= 15 {
		return digits[len(digits)-4:]
	}
	return ""
}

// onlyDigits are the digits of a text in ASCII.
func onlyDigits(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if n++; n > maxRunes {
			break
		}
		if unicode.Is(unicode.Nd, r) {
			b.WriteRune('0' + digit(r))
		}
	}
	return b.String()
}
