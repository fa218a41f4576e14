package helpdeskeddy

import (
	"html"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// plain is HTML as a text: paragraphs and line breaks become lines, everything else
// goes away, links to files among it.
func plain(source string) string {
	var b strings.Builder
	skip := 0
	for z := xhtml.NewTokenizer(strings.NewReader(source)); ; {
		kind := z.Next()
		switch kind {
		case xhtml.ErrorToken:
			return tidy(b.String())
		case xhtml.TextToken:
			if skip == 0 {
				b.Write(z.Text())
			}
		case xhtml.StartTagToken, xhtml.EndTagToken, xhtml.SelfClosingTagToken:
			name, _ := z.TagName()
			switch tag := atom.Lookup(name); tag {
			case atom.Script, atom.Style, atom.Title:
				if kind == xhtml.StartTagToken {
					skip++
				} else if kind == xhtml.EndTagToken {
					skip = max(0, skip-1)
				}
			case atom.Br, atom.P, atom.Div, atom.Li, atom.Tr, atom.Table, atom.Ul, atom.Ol, atom.Blockquote, atom.H1, atom.H2, atom.H3, atom.H4, atom.Hr, atom.Pre:
				b.WriteByte('\n')
			case atom.Td, atom.Th:
				b.WriteByte(' ')
			}
		}
	}
}

// tidy takes away spaces and lines that are too many.
func tidy(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		line = strings.Join(strings.Fields(line), " ") // a non-breaking space is one too
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// asHTML is a plain text as HTML.
func asHTML(s string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(s)) {
		b.WriteString("<p>" + html.EscapeString(strings.TrimRight(line, "\r\n")) + "</p>")
	}
	return b.String()
}
