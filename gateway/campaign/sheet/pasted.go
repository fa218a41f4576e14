package sheet

import (
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The columns of pasted text.
const (
	PastedPhone = 0
	PastedName  = 1
)

// Pasted reads pasted text, one person a line: his number and perhaps his name, in either order,
// with ; , or a tab between them, or nothing but a space. Rows have two cells, PastedPhone and
// PastedName; a line without a number has an empty one. A line of numbers alone is a person for
// each.
func Pasted(text string) (*Reader, error) {
	switch {
	case len(text) > MaxSize:
		return nil, &Problem{Code: TooBig}
	case strings.TrimSpace(text) == "":
		return nil, &Problem{Code: Empty}
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	return &Reader{kind: "pasted", src: &pastedRows{lines: newLines(strings.NewReader(text))}, close: func() error { return nil }}, nil
}

type pastedRows struct {
	lines *lines
	// more are further people of the line read last.
	more [][]string
	line int
}

func (p *pastedRows) next() ([]string, int, error) {
	for len(p.more) == 0 {
		one, err := p.lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, 0, io.EOF
		case err != nil:
			return nil, 0, err
		case one.long:
			return nil, one.no, &Problem{Code: RowTooLong, Line: one.no}
		}
		p.more, p.line = people(one.text), one.no
	}
	row := p.more[0]
	p.more = p.more[1:]
	return row, p.line, nil
}

// people are those of one line.
func people(line string) [][]string {
	if line = clean(line); line == "" {
		return nil
	}
	pieces := strings.FieldsFunc(line, func(r rune) bool { return r == ';' || r == ',' || r == '\t' || r == '|' })
	var phones, names []string
	for _, piece := range pieces {
		phone, name := apart(piece)
		if phone != "" {
			phones = append(phones, phone)
		}
		if name != "" {
			names = append(names, name)
		}
	}
	name := strings.Join(names, " ")
	switch {
	case len(phones) == 0 && name == "":
		return nil
	case len(phones) == 0:
		return [][]string{{"", name}}
	case name != "":
		return [][]string{{phones[0], name}}
	}
	var out [][]string
	for _, phone := range phones {
		out = append(out, []string{phone, ""})
	}
	return out
}

// apart takes the number out of a piece: the stretch of digits, and of what is written between
// them, that has the most; fewer than five digits are no number.
func apart(s string) (phone, name string) {
	best, from, to := 4, 0, 0
	for i := 0; i < len(s); {
		start, digits := i, 0
		for i < len(s) {
			r, n := utf8.DecodeRuneInString(s[i:])
			// A second plus begins another number.
			if !inNumber(r) || r == '+' && digits > 0 {
				break
			}
			if unicode.IsDigit(r) {
				digits++
			}
			i += n
		}
		if digits > best {
			best, from, to = digits, start, i
		}
		if i == start {
			_, n := utf8.DecodeRuneInString(s[i:])
			i += n
		}
	}
	trim := func(s string) string { return strings.Trim(s, " -–—:\"'.\u00a0") }
	phone = strings.TrimRight(strings.TrimLeft(trim(s[from:to]), ")"), "(+")
	if phone == "" {
		return "", trim(s)
	}
	before, after := trim(s[:from]), trim(s[to:])
	return trim(phone), strings.TrimSpace(before + " " + after)
}

func inNumber(r rune) bool {
	return r >= '0' && r <= '9' || strings.ContainsRune("+()- .\u00a0\u2010\u2011\u2013", r)
}
