package bot

import (
	"slices"
	"strings"
)

// The words that refuse and allow advertising in every shop, whatever its script says: mailings
// promise that they do.
var (
	alwaysStop  = []string{"стоп", "stop"}
	alwaysStart = []string{"старт", "start"}
)

// Refusal tells what a text says about advertising: it is a stop word, or a start word, and nothing
// else. Signs, quotes and capital letters do not count, nor do Latin letters among Cyrillic ones that
// look the same.
func (b *Bot) Refusal(text string) (stops, starts bool) {
	return b.refusal(tokens(clip(strings.ToValidUTF8(text, ""), maxText)))
}

func (b *Bot) refusal(words []string) (stops, starts bool) {
	if len(words) == 0 {
		return false, false
	}
	said := strings.Join(words, " ")
	look := lookAlike.Replace(said)
	return b.stop[said] || b.stop[look], b.start[said] || b.start[look]
}

// lookAlike writes the Latin letters in Cyrillic that look the same: phones that change the
// keyboard in between leave "CTOП" behind.
var lookAlike = strings.NewReplacer("a", "а", "b", "в", "c", "с", "e", "е", "h", "н", "k", "к", "m", "м", "o", "о", "p", "р", "t", "т", "x", "х", "y", "у")

// wordsOf are the words of a list and those that count always.
func wordsOf(list, always []string) map[string]bool {
	found := map[string]bool{}
	for _, w := range slices.Concat(list, always) {
		if k := key(w); k != "" {
			found[k] = true
		}
	}
	return found
}

// whileOff answers a customer while the bot is switched off: nothing but his word about
// advertising counts.
func (t *turn) whileOff(start bool) {
	if start && t.f.Person.OptedOut {
		t.optIn()
		return
	}
	t.because(WhyOff)
}

// optOut confirms a refusal that is already done.
func (t *turn) optOut() {
	t.keep = true
	t.understood(WhyStop)
	t.say(LineStop)
}

func (t *turn) optIn() {
	t.do(Action{Kind: ActOptIn})
	t.keep = true
	t.understood(WhyStart)
	t.say(LineStart)
}
