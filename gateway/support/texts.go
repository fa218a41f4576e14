package support

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"vestnik/gateway"
)

// mostNumbers is how many order numbers are looked for in a ticket: each may be a question to
// the CRM.
const mostNumbers = 3

var (
	phoneLike  = regexp.MustCompile(`\+?\d(?:[\s()\-]*\d){9,14}`)
	dateLike   = regexp.MustCompile(`\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}`)
	linkLike   = regexp.MustCompile(`(?i)https?://\S+|\S+@\S+`)
	numberLike = regexp.MustCompile(`^\p{L}{0,4}-?\d{2,10}(?:-\d{1,6})?\p{L}{0,2}$`)
	digitsOnly = regexp.MustCompile(`^\d+$`)
)

// orderNumbers are what looks like an order's number in a text: those that a word for "order"
// stands before come first. They are only hints.
func orderNumbers(text, ticket string) []string {
	text = linkLike.ReplaceAllString(text, " ")
	text = dateLike.ReplaceAllString(text, " ")
	text = phoneLike.ReplaceAllString(text, " ")
	if ticket != "" {
		text = strings.ReplaceAll(text, ticket, " ")
	}
	tokens := strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '№' && r != '#'
	})
	var named, bare []string
	about := 0 // how many tokens ago an order was named
	for _, token := range tokens {
		word, sign := strings.CutPrefix(strings.TrimLeft(token, "#"), "№")
		sign = sign || strings.HasPrefix(token, "#")
		word = strings.Trim(word, "-#№")
		low := strings.ToLower(word)
		switch {
		case strings.HasPrefix(low, "заказ") || strings.HasPrefix(low, "order") || sign && word == "":
			about = 3
			continue
		case !numberLike.MatchString(word):
		case sign || about > 0:
			named = append(named, word)
		case len(digits(word)) >= 4 && !year(word):
			bare = append(bare, word)
		}
		about--
	}
	var found []string
	for _, n := range append(named, bare...) {
		if !slices.Contains(found, n) && len(found) < mostNumbers {
			found = append(found, n)
		}
	}
	return found
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func year(s string) bool {
	return len(s) == 4 && digitsOnly.MatchString(s) && (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20"))
}

// asked is all that a requester wrote, with the title.
func asked(t gateway.Ticket, posts []gateway.TicketPost) string {
	texts := []string{t.Title}
	for _, p := range posts {
		if p.User == t.Requester {
			texts = append(texts, p.Text)
		}
	}
	return strings.Join(texts, "\n")
}

// firstAnswer is how long the requester waited for an employee's first word; 0: there is none
// yet, or the times cannot be compared.
func firstAnswer(t gateway.Ticket, posts []gateway.TicketPost) time.Duration {
	for _, p := range posts {
		if p.User == t.Requester || p.User == 0 {
			continue
		}
		if waited, ok := between(t.Created, p.Created); ok {
			return max(waited, time.Second)
		}
	}
	return 0
}
