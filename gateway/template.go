package gateway

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Template is a parsed message text:
//
//	Здравствуйте, {{customer.firstName|default:"покупатель"}}! Заказ {{order.number}} готов.
//
// A place names a field of the directory and may have a default. There are no
// conditions, loops or functions, and a field's value is never parsed again.
type Template struct{ pieces []piece }

type piece struct {
	text       string // literal, when path is empty
	path       string
	fallback   string
	hasDefault bool
}

// MaxTemplate is the longest template in characters. WhatsApp shows longer texts
// folded, and as SMS it would be some 30 parts.
const MaxTemplate = 2000

// TemplateError says what is wrong with a template and where.
type TemplateError struct {
	Problem TemplateProblem
	// What is the offending piece: the field's path, or the text around.
	What string
	// At is the place of the first wrong character, counted in characters from 1.
	At int
	// Nearest is a field of the directory that may have been meant; may be empty.
	Nearest string
}

// TemplateProblem is a kind of mistake in a template.
type TemplateProblem string

// The mistakes.
const (
	TemplateEmpty        TemplateProblem = "empty"
	TemplateTooLong      TemplateProblem = "too_long"
	TemplateOpen         TemplateProblem = "open"          // {{ without }}
	TemplateStray        TemplateProblem = "stray"         // }} without {{
	TemplateBadPath      TemplateProblem = "bad_path"      // not the name of a field
	TemplateBadFilter    TemplateProblem = "bad_filter"    // something else than default:"…"
	TemplateUnknownField TemplateProblem = "unknown_field" // not in the directory
)

func (e *TemplateError) Error() string {
	return fmt.Sprintf("template: %s at %d: %q", e.Problem, e.At, e.What)
}

// ParseTemplate reads a template. The error is a *TemplateError.
func ParseTemplate(text string) (Template, error) {
	if strings.TrimSpace(text) == "" {
		return Template{}, &TemplateError{Problem: TemplateEmpty, At: 1}
	}
	if n := utf8.RuneCountInString(text); n > MaxTemplate {
		return Template{}, &TemplateError{Problem: TemplateTooLong, At: MaxTemplate + 1, What: fmt.Sprint(n)}
	}
	var t Template
	rest, at := text, 1
	for {
		open := strings.Index(rest, "{{")
		literal := rest
		if open >= 0 {
			literal = rest[:open]
		}
		if stray := strings.Index(literal, "}}"); stray >= 0 {
			return Template{}, &TemplateError{Problem: TemplateStray, What: "}}", At: at + utf8.RuneCountInString(literal[:stray])}
		}
		if literal != "" {
			t.pieces = append(t.pieces, piece{text: literal})
		}
		if open < 0 {
			return t, nil
		}
		at += utf8.RuneCountInString(literal)
		length := endOfPlace(rest[open+2:])
		if length < 0 {
			return Template{}, &TemplateError{Problem: TemplateOpen, What: clip(rest[open:]), At: at}
		}
		inside := rest[open+2 : open+2+length]
		p, problem := parsePlace(inside)
		if problem != "" {
			return Template{}, &TemplateError{Problem: problem, What: clip(strings.TrimSpace(inside)), At: at}
		}
		t.pieces = append(t.pieces, p)
		at += utf8.RuneCountInString(inside) + 4
		rest = rest[open+2+length+2:]
	}
}

// endOfPlace finds the }} that ends a place, looking past quoted text; -1 when
// there is none.
func endOfPlace(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(s[i:], "}}"):
			return i
		}
	}
	return -1
}

func parsePlace(inside string) (piece, TemplateProblem) {
	path, filter, filtered := strings.Cut(inside, "|")
	p := piece{path: strings.TrimSpace(path)}
	if !validPath(p.path) {
		return piece{}, TemplateBadPath
	}
	if !filtered {
		return p, ""
	}
	quoted, ok := strings.CutPrefix(strings.TrimSpace(filter), "default:")
	if !ok {
		return piece{}, TemplateBadFilter
	}
	fallback, ok := unquote(strings.TrimSpace(quoted))
	if !ok {
		return piece{}, TemplateBadFilter
	}
	p.fallback, p.hasDefault = fallback, true
	return p, ""
}

// unquote reads "…" with \" and \\ as its only escapes; the typographic quotes
// that phones insert are taken too.
func unquote(s string) (string, bool) {
	for _, pair := range [][2]string{{"“", "”"}, {"„", "“"}, {"«", "»"}} {
		if inner, ok := strings.CutPrefix(s, pair[0]); ok {
			if inner, ok = strings.CutSuffix(inner, pair[1]); ok && !strings.ContainsAny(inner, `"\`) {
				return inner, true
			}
		}
	}
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", false
	}
	var b strings.Builder
	inner := s[1 : len(s)-1]
	for i := 0; i < len(inner); i++ {
		switch inner[i] {
		case '\\':
			i++
			if i == len(inner) || inner[i] != '"' && inner[i] != '\\' {
				return "", false
			}
			b.WriteByte(inner[i])
		case '"':
			return "", false
		default:
			b.WriteByte(inner[i])
		}
	}
	return b.String(), true
}

func validPath(path string) bool {
	if path == "" || len(path) > 120 {
		return false
	}
	for _, name := range strings.Split(path, ".") {
		if name == "" {
			return false
		}
		for _, r := range name {
			if r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				return false
			}
		}
	}
	return true
}

func clip(s string) string {
	runes := []rune(s)
	if len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return s
}

// Paths lists the fields the template names, each once, in order.
func (t Template) Paths() []string {
	var paths []string
	seen := map[string]bool{}
	for _, p := range t.pieces {
		if p.path != "" && !seen[p.path] {
			seen[p.path] = true
			paths = append(paths, p.path)
		}
	}
	return paths
}

// Check answers a *TemplateError for the first field that the directory lacks.
func (t Template) Check(directory []Field) error {
	known := map[string]bool{}
	for _, f := range directory {
		known[f.Path] = true
	}
	at := 1
	for _, p := range t.pieces {
		if p.path != "" && !known[p.path] {
			return &TemplateError{Problem: TemplateUnknownField, What: p.path, At: at, Nearest: nearest(p.path, directory)}
		}
		at += utf8.RuneCountInString(p.source())
	}
	return nil
}

func (p piece) source() string {
	switch {
	case p.path == "":
		return p.text
	case p.hasDefault:
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(p.fallback)
		return `{{` + p.path + `|default:"` + quoted + `"}}`
	}
	return "{{" + p.path + "}}"
}

// String writes the template in its normal form; parsing that gives the same
// template.
func (t Template) String() string {
	var b strings.Builder
	for _, p := range t.pieces {
		b.WriteString(p.source())
	}
	return b.String()
}

// Render fills the template. missing lists the fields that were empty and have no
// default. What an empty field leaves behind is tidied: doubled spaces and a space
// before a punctuation mark.
func (t Template) Render(fields map[string]string) (text string, missing []string) {
	var b strings.Builder
	for _, p := range t.pieces {
		if p.path == "" {
			b.WriteString(p.text)
			continue
		}
		value := strings.TrimSpace(fields[p.path])
		if value == "" {
			if p.hasDefault {
				value = p.fallback
			} else {
				missing = append(missing, p.path)
			}
		}
		b.WriteString(value)
	}
	text = b.String()
	if len(missing) > 0 {
		text = tidy(text)
	}
	return strings.TrimSpace(text), missing
}

func tidy(s string) string {
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	for _, mark := range []string{",", ".", "!", "?", ":", ";"} {
		s = strings.ReplaceAll(s, " "+mark, mark)
	}
	return strings.ReplaceAll(s, ",!", "!")
}

// nearest finds a path within a third of its letters of what was typed.
func nearest(path string, directory []Field) string {
	best, distance := "", len([]rune(path))/3+1
	for _, f := range directory {
		if d := editDistance(path, f.Path); d < distance {
			best, distance = f.Path, d
		}
	}
	return best
}

func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost = min(diagonal, row[j], row[j+1]) + 1
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(y)]
}
