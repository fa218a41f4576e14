package sheet

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// maxQuoted is how many lines a quotation may go on over.
const maxQuoted = 100

// csvRows reads CSV as offices write it: quotation marks as in RFC 4180, also over several
// lines; one that is never closed, or stands where it does not belong, is a letter like any
// other, and costs no row but its own.
type csvRows struct {
	lines *lines
	comma byte
	// width is how many cells the first row has; 0 before it.
	width int
}

// next is the next row with anything in it, and its line.
func (c *csvRows) next() ([]string, int, error) {
	for {
		first, err := c.lines.next()
		switch {
		case err != nil:
			return nil, 0, err
		case first.long:
			return nil, first.no, &Problem{Code: RowTooLong, Line: first.no}
		case first.no == 1 && isSepLine(first.text):
			continue
		}
		row, err := c.row(first)
		if err != nil {
			return nil, 0, err
		}
		if len(row) > maxCells {
			return nil, first.no, &Problem{Code: RowTooLong, Line: first.no}
		}
		if blank(row) {
			continue
		}
		if c.width == 0 {
			c.width = len(row)
		}
		return row, first.no, nil
	}
}

// isSepLine is Excel's own line that names the separator: "sep=;".
func isSepLine(s string) bool { return len(s) == 5 && strings.EqualFold(s[:4], "sep=") }

// row splits a line, and those that its quotation goes on over.
func (c *csvRows) row(first aLine) ([]string, error) {
	row, open := split(first.text, c.comma)
	if !open {
		return row, nil
	}
	text, more := first.text, []aLine(nil)
	for open && !first.seen {
		one, err := c.lines.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if err != nil {
			break
		}
		more = append(more, one)
		if one.long || one.seen || len(text)+len(one.text) >= maxRow || len(more) >= maxQuoted {
			break
		}
		text += "\n" + one.text
		if strings.Contains(one.text, `"`) {
			row, open = split(text, c.comma)
		}
	}
	if !open && !c.swallowed(first, more) {
		return row, nil
	}
	c.lines.giveBack(more)
	return splitPlain(first.text, c.comma), nil
}

// swallowed tells that a quotation which began in a line and ended in a later one took whole rows
// with it: each of them has as many cells as the first row of the file.
func (c *csvRows) swallowed(first aLine, more []aLine) bool {
	if c.width < 2 || len(splitPlain(first.text, c.comma)) != c.width {
		return false
	}
	for _, one := range more {
		if len(splitPlain(one.text, c.comma)) != c.width {
			return false
		}
	}
	return true
}

// split parts a record; open tells that its last quotation is not closed.
func split(s string, comma byte) (row []string, open bool) {
	for {
		cell, rest, more, closed := cut(s, comma)
		row = append(row, clean(cell))
		switch {
		case !closed:
			return row, true
		case !more:
			return row, false
		}
		s = rest
	}
}

// cut takes the first cell off a record; more tells that another follows.
func cut(s string, comma byte) (cell, rest string, more, closed bool) {
	t := strings.TrimLeft(s, " ")
	if !strings.HasPrefix(t, `"`) {
		cell, rest, more = strings.Cut(s, string(comma))
		return cell, rest, more, true
	}
	var b strings.Builder
	for t = t[1:]; ; {
		i := strings.IndexByte(t, '"')
		if i < 0 {
			b.WriteString(t)
			return b.String(), "", false, false
		}
		b.WriteString(t[:i])
		t = t[i+1:]
		after := strings.TrimLeft(t, " ")
		switch {
		case strings.HasPrefix(t, `"`):
			t = t[1:]
		case after == "":
			return b.String(), "", false, true
		case after[0] == comma:
			return b.String(), after[1:], true, true
		}
		b.WriteByte('"')
	}
}

// splitPlain parts a line without regard to quotation marks but those around a whole cell.
func splitPlain(s string, comma byte) []string {
	row := strings.Split(s, string(comma))
	for i, cell := range row {
		cell = strings.TrimSpace(cell)
		if len(cell) > 1 && cell[0] == '"' && cell[len(cell)-1] == '"' {
			cell = strings.ReplaceAll(cell[1:len(cell)-1], `""`, `"`)
		} else if strings.Count(cell, `"`) == 1 {
			cell = strings.Trim(cell, `"`)
		}
		row[i] = clean(cell)
	}
	return row
}

// clean is a cell without spaces around it, and without what no text has.
func clean(cell string) string {
	if !utf8.ValidString(cell) {
		cell = strings.ToValidUTF8(cell, "\ufffd")
	}
	return strings.TrimSpace(strings.Trim(cell, "\u00a0\u200b\ufeff\x1a"))
}

func blank(row []string) bool {
	for _, cell := range row {
		if cell != "" {
			return false
		}
	}
	return true
}
