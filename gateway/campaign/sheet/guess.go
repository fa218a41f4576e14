package sheet

import (
	"slices"
	"strings"
	"unicode"
)

// What a column may hold.
const (
	phoneColumn    = "phone"
	nameColumn     = "name"
	languageColumn = "language"
	cityColumn     = "city"
	orderColumn    = "order"
)

// columnWords are the words by which columns are named, each kind's likeliest first. A word
// fits a name of the header that equals it, or else one that has it as a word's beginning.
var columnWords = []struct {
	guess string
	words []string
}{
	{phoneColumn, []string{"телефон", "phone", "мобильный", "моб", "mobile", "сотовый", "cell", "номер телефона", "тел", "tel", "whatsapp", "msisdn", "контактный номер", "контакт"}},
	{nameColumn, []string{"имя", "first name", "firstname", "фио", "name", "full name", "клиент", "покупатель", "customer", "получатель", "контактное лицо", "ф и о"}},
	{cityColumn, []string{"город", "city", "населенный пункт", "town"}},
	{languageColumn, []string{"язык", "language", "lang", "locale"}},
	{orderColumn, []string{"заказ", "номер заказа", "order", "order number", "№ заказа"}},
}

// cities are some by which a column of towns is known when nothing names it.
var cities = []string{
	"москва", "санкт-петербург", "новосибирск", "екатеринбург", "казань", "нижний новгород", "челябинск", "самара", "омск",
	"ростов-на-дону", "уфа", "красноярск", "воронеж", "пермь", "волгоград", "краснодар", "саратов", "тюмень", "калининград",
	"владивосток", "иркутск", "хабаровск", "алматы", "астана", "минск", "moscow", "madrid", "barcelona",
}

// languages are the values of a column of languages.
var languages = []string{"ru", "en", "es", "rus", "eng", "русский", "английский", "russian", "english", "ru-ru", "en-us", "рус", "анг"}

// isHeader tells that the first row names the columns: no number is among them, and one is known,
// or a number stands below one.
func isHeader(sample [][]string) bool {
	if len(sample) == 0 || slices.ContainsFunc(sample[0], looksLikePhone) {
		return false
	}
	for c, name := range sample[0] {
		if guessByName(name) != "" {
			return true
		}
		for _, row := range sample[1:min(len(sample), 6)] {
			if name != "" && c < len(row) && looksLikePhone(row[c]) {
				return true
			}
		}
	}
	return false
}

// columns names the columns and guesses what they hold; each guess is made once.
func columns(sample [][]string, header bool) []Column {
	width := 0
	for _, row := range sample {
		width = max(width, len(row))
	}
	out := make([]Column, width)
	below := sample
	if header {
		below = sample[1:]
		for c, name := range sample[0] {
			out[c].Name = name
		}
	}
	taken := map[string]bool{}
	give := func(c int, guess string) {
		if guess != "" && !taken[guess] && out[c].Guess == "" {
			out[c].Guess, taken[guess] = guess, true
		}
	}
	for _, exact := range []bool{true, false} {
		for c := range out {
			guess := guessByName(out[c].Name)
			if guess != "" && fits(below, c, guess) && (!exact || isExactly(out[c].Name)) {
				give(c, guess)
			}
		}
	}
	for _, kind := range []struct {
		guess string
		is    func(string) bool
	}{
		{phoneColumn, looksLikePhone},
		{languageColumn, func(s string) bool { return slices.Contains(languages, strings.ToLower(s)) }},
		{cityColumn, func(s string) bool { return slices.Contains(cities, strings.ToLower(s)) }},
		{nameColumn, looksLikeName},
	} {
		best, most := -1, 0.6
		for c := range out {
			known := header && out[c].Name != "" && kind.guess != phoneColumn
			if s := share(below, c, kind.is); !known && out[c].Guess == "" && s > most {
				best, most = c, s
			}
		}
		if best >= 0 {
			give(best, kind.guess)
		}
	}
	return out
}

// fits tells that what a column is called is in it: a column called a contact may hold names, and
// one called a customer his number in some program.
func fits(below [][]string, column int, guess string) bool {
	switch {
	case len(below) == 0:
	case guess == phoneColumn:
		return share(below, column, looksLikePhone) > 0.3
	case guess == nameColumn:
		return share(below, column, func(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }) > 0.5
	}
	return true
}

// guessByName is what a name of the header says.
func guessByName(name string) string {
	if name = plainName(name); name == "" {
		return ""
	}
	for _, kind := range columnWords {
		if slices.Contains(kind.words, name) {
			return kind.guess
		}
	}
	// "Номер телефона клиента" is a phone, "Имя получателя" a name, "Дата заказа" neither.
	if strings.Contains(name, "дата") || strings.Contains(name, "date") || strings.Contains(name, "сумма") || strings.Contains(name, "статус") {
		return ""
	}
	for _, kind := range columnWords {
		for _, word := range kind.words {
			if len([]rune(word)) > 2 && (strings.HasPrefix(name, word) || strings.Contains(name, " "+word)) {
				return kind.guess
			}
		}
	}
	return ""
}

func isExactly(name string) bool {
	for _, kind := range columnWords {
		if slices.Contains(kind.words, plainName(name)) {
			return true
		}
	}
	return false
}

// plainName is a name of the header in small letters, with single spaces for all that is neither a
// letter nor a digit.
func plainName(s string) string {
	s = strings.ReplaceAll(strings.ToLower(s), "ё", "е")
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '№'
	}), " ")
}

// share is the part of a column's cells, among those that are not empty, for which is holds.
func share(rows [][]string, column int, is func(string) bool) float64 {
	yes, all := 0, 0
	for _, row := range rows {
		if column < len(row) && row[column] != "" {
			all++
			if is(row[column]) {
				yes++
			}
		}
	}
	if all == 0 {
		return 0
	}
	return float64(yes) / float64(all)
}

// looksLikePhone tells 10 to 15 digits with what people write between them.
func looksLikePhone(s string) bool {
	n := 0
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			n++
		case strings.ContainsRune(" -()\u00a0.\u2010\u2011\u2013", r), r == '+' && i == 0, r == '\'' && i == 0:
		default:
			return false
		}
	}
	return n >= 10 && n <= 15
}

// looksLikeName tells one to four words of letters, the first with a capital.
func looksLikeName(s string) bool {
	words := strings.Fields(s)
	if len(words) == 0 || len(words) > 4 || !unicode.IsUpper([]rune(words[0])[0]) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune(" -.'", r) })
}
