package main

import (
	"html"
	"html/template"
	"regexp"
	"strings"
)

var (
	unseen = regexp.MustCompile(`(?s)<!--.*?(-->|$)`)
	tag    = regexp.MustCompile(`<[^<>]*>`)
	plain  = map[string]bool{
		"<p>": true, "</p>": true, "<b>": true, "</b>": true, "<br>": true, "<ul>": true, "</ul>": true, "<li>": true, "</li>": true,
	}
	anchor = regexp.MustCompile(`^<a href="(https?://[^"<>\s]+)">$`)
)

// safeHTML shows a text of the helpdesk as a helpdesk does: paragraphs, bold, lists and links stay,
// every other tag is gone. A link leads anywhere only when it leads to the product's pages: the CRM of
// the demo has none.
func safeHTML(text, pages string) template.HTML {
	text = unseen.ReplaceAllString(text, "")
	var b strings.Builder
	close, last := "", 0 // close ends the link that is open
	words := func(s string) { b.WriteString(html.EscapeString(html.UnescapeString(s))) }
	for _, at := range tag.FindAllStringIndex(text, -1) {
		words(text[last:at[0]])
		last = at[1]
		t := strings.ToLower(text[at[0]:at[1]])
		switch to := anchor.FindStringSubmatch(text[at[0]:at[1]]); {
		case plain[t]:
			b.WriteString(t)
		case to != nil && close == "":
			address := html.UnescapeString(to[1])
			open := `<span class="away" title="` + html.EscapeString(address) + `">`
			close = "</span>"
			if pages != "" && strings.HasPrefix(address, pages+"/") {
				open, close = `<a target="_blank" rel="noopener" href="`+html.EscapeString(address)+`">`, "</a>"
			}
			b.WriteString(open)
		case t == "</a>":
			b.WriteString(close)
			close = ""
		}
	}
	words(text[last:])
	b.WriteString(close)
	return template.HTML(b.String()) // nothing but the tags above and escaped text
}
