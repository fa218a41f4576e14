package campaign

import (
	"strings"
	"unicode"
)

// shorteners are public short-link services: messengers and filters distrust them, since nobody
// sees where they lead.
var shorteners = []string{
	"bit.ly", "goo.gl", "tinyurl.com", "t.co", "ow.ly", "is.gd", "v.gd", "buff.ly", "rebrand.ly", "cutt.ly", "shorturl.at",
	"clck.ru", "vk.cc", "u.to", "goo.su", "clc.to", "tiny.cc", "rb.gy", "t.ly", "surl.li",
}

// spamWords are beginnings of words and phrases that people and filters take for a spammer's. Ours:
// nobody publishes such a list.
var spamWords = []string{
	"бесплатн", "срочно", "выигра", "выиграл", "приз", "розыгрыш", "казино", "ставк", "заработ", "лёгкие деньги", "легкие деньги",
	"быстрые деньги", "кредит", "займ", "заём", "без предоплаты", "только сегодня", "успей", "последний шанс", "гарантированн",
	"100%", "жми", "кликай", "переходи по ссылке", "вы избраны", "похуде", "виагр", "криптовалют", "биткоин", "инвестиц",
	"free", "urgent", "you won", "winner", "prize", "casino", "bet now", "earn money", "easy money", "fast cash", "loan", "credit offer",
	"today only", "last chance", "guaranteed", "act now", "click here", "limited time", "lose weight", "viagra", "crypto", "bitcoin",
}

// adWords mark an invitation that advertises: advertising needs consent.
var adWords = []string{
	"скидк", "акция", "акции", "акцию", "распродаж", "промокод", "купон", "бонус", "подар", "спецпредложен", "выгодн", "новинк", "новая коллекция",
	"купите", "закажите", "цены от", "кешбэк", "кэшбэк", "cashback",
	"discount", "sale", "promo", "coupon", "bonus", "gift", "special offer", "new arrival", "buy now", "order now", "% off",
}

// spamWord is the first of spamWords in a text, as it is written there; empty: none.
func spamWord(text string) string { return firstOf(text, spamWords) }

// adWord is the same of adWords.
func adWord(text string) string { return firstOf(text, adWords) }

// firstOf finds the first of some beginnings of words; what stands in places of the template does
// not count. The answer is the whole word.
func firstOf(text string, list []string) string {
	lower := []rune(strings.ToLower(placePattern.ReplaceAllString(text, " ")))
	plain := string(lower)
	best, at := "", len(plain)
	for _, w := range list {
		for from := 0; from < len(plain); {
			i := strings.Index(plain[from:], w)
			if i < 0 {
				break
			}
			i += from
			if i < at && begins(plain, i) {
				best, at = whole(plain, i, len(w)), i
			}
			from = i + len(w)
		}
	}
	return best
}

// begins tells whether a word begins at a place of a text; marks such as % need no beginning.
func begins(s string, i int) bool {
	first := []rune(s[i:])[0]
	if !isWordRune(first) || i == 0 {
		return true
	}
	before := []rune(s[:i])
	last := before[len(before)-1]
	return !unicode.IsLetter(last) && !unicode.IsDigit(last)
}

// whole is the text from i on for n bytes, to the end of its last word.
func whole(s string, i, n int) string {
	end := i + n
	for _, r := range s[end:] {
		if !isWordRune(r) {
			break
		}
		end += len(string(r))
	}
	return s[i:end]
}
