package bot

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"vestnik/gateway"
)

// say adds a line of the bot, with the values of its own places as pairs.
func (t *turn) say(l Line, values ...string) {
	own := map[string]string{}
	for i := 0; i+1 < len(values); i += 2 {
		own[values[i]] = values[i+1]
	}
	t.part(t.render(t.b.lines[l], own))
}

func (t *turn) part(text string) {
	if text != "" {
		t.parts = append(t.parts, text)
	}
}

// render fills a text of the customer's language. The writer's own name and the shop's
// fields are always there.
func (t *turn) render(texts map[string]gateway.Template, own map[string]string) string {
	template, ok := texts[t.lang]
	for i := 0; !ok && i < len(t.b.script.Languages); i++ {
		template, ok = texts[t.b.script.Languages[i]]
	}
	if !ok {
		return ""
	}
	fields := make(map[string]string, len(own)+4)
	for _, path := range template.Paths() {
		switch v, is := own[path]; {
		case is:
			fields[path] = v
		case strings.HasPrefix(path, "customer."):
			if !t.f.Person.Erased {
				fields[path] = t.f.Person.Fields[path]
			}
		case strings.HasPrefix(path, "shop."):
			fields[path] = t.f.Fields[path]
		}
	}
	text, _ := template.Render(fields)
	return text
}

// orderFields are an order's values for templates. The name on an order may be another
// one's, so nothing of its customer is among them.
func orderFields(o Order) map[string]string {
	fields := make(map[string]string, len(o.Fields)+4)
	for path, v := range o.Fields {
		if ofOrder(path) {
			fields[path] = v
		}
	}
	for path, v := range map[string]string{
		"order.number": o.Number, "order.status": o.Status, "order.createdAt": o.Date, "order.totalSumm": o.Sum,
	} {
		if v != "" {
			fields[path] = v
		}
	}
	return fields
}

// The bounds of a text in characters: what a channel takes that does not say, and what
// every channel must take.
const (
	usualChars = 4000
	leastChars = 40
)

// fit makes of a text one or two that the channel takes. It breaks between paragraphs,
// lines, words, in that order; what two cannot hold ends in an ellipsis.
func fit(text string, limit int) []string {
	if limit <= 0 {
		limit = usualChars
	}
	limit = max(limit, leastChars)
	if utf8.RuneCountInString(text) <= limit {
		return []string{text}
	}
	first, rest := breakAt(text, limit)
	if rest == "" {
		return []string{first}
	}
	if utf8.RuneCountInString(rest) > limit {
		rest, _ = breakAt(rest, limit-1)
		rest += "…"
	}
	return []string{first, rest}
}

// breakAt parts a text within limit characters.
func breakAt(text string, limit int) (first, rest string) {
	end := len(clip(text, limit))
	head := text[:end]
	for _, mark := range []string{"\n\n", "\n", " "} {
		if i := strings.LastIndex(head, mark); i > end/3 {
			return strings.TrimRightFunc(head[:i], unicode.IsSpace), strings.TrimSpace(text[i:])
		}
	}
	return head, strings.TrimSpace(text[end:])
}
