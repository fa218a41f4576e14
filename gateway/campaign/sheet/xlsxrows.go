package sheet

import (
	"strconv"
)

// sheetRows reads the rows of one sheet.
type sheetRows struct {
	book *book
	part *part
	need map[int]bool // nil: all columns
	at   int          // the row read last
}

func (b *book) rows(need []int) (*sheetRows, error) {
	p, err := openPart(b.sheet, maxUnpacked)
	if err != nil {
		return nil, err
	}
	s := &sheetRows{book: b, part: p}
	if need != nil {
		s.need = map[int]bool{}
		for _, c := range need {
			s.need[c] = true
		}
	}
	return s, nil
}

func (s *sheetRows) close() error { return s.part.close() }

// next is the next row with anything in it, and its number.
func (s *sheetRows) next() ([]string, int, error) {
	for {
		kind, err := s.part.next()
		if err != nil {
			return nil, 0, err
		}
		e := s.part.begun
		if kind != begins || e.name != "row" {
			continue
		}
		s.at++
		if n, err := strconv.Atoi(e.attr("r")); err == nil && n >= s.at {
			s.at = n
		}
		row, refused, err := s.row()
		switch {
		case err != nil:
			return nil, 0, err
		case refused != nil:
			return nil, s.at, refused
		case !blank(row):
			return row, s.at, nil
		}
	}
}

// row reads to the end of a row; refused says why it is not taken.
func (s *sheetRows) row() (row []string, refused *Problem, _ error) {
	size := 0
	for end := s.part.depth(); s.part.depth() >= end; {
		kind, err := s.part.next()
		if err != nil {
			return nil, nil, err
		}
		e := s.part.begun
		if kind != begins || e.name != "c" {
			continue
		}
		column := len(row)
		if c, ok := columnOf(e.attr("r")); ok {
			column = c
		}
		value, empty, err := s.cell(e)
		if err != nil {
			return nil, nil, err
		}
		size += len(value)
		switch {
		case refused != nil:
		case empty && (s.need == nil || s.need[column]):
			refused = &Problem{Code: NoValue, Line: s.at, What: cellName(column, s.at)}
		case value != "" && (column >= maxCells || size > maxRow):
			refused = &Problem{Code: RowTooLong, Line: s.at}
		case value != "":
			for len(row) <= column {
				row = append(row, "")
			}
			row[column] = value
		case column < maxCells && column == len(row):
			row = append(row, "")
		}
	}
	for len(row) > 0 && row[len(row)-1] == "" {
		row = row[:len(row)-1]
	}
	return row, refused, nil
}

// cell reads a cell to its end; empty tells of a formula without a value.
func (s *sheetRows) cell(e element) (value string, empty bool, _ error) {
	kind, style, formula, given := e.attr("t"), e.attr("s"), false, false
	for end := s.part.depth(); s.part.depth() >= end; {
		what, err := s.part.next()
		if err != nil {
			return "", false, err
		}
		if what != begins {
			continue
		}
		switch s.part.begun.name {
		case "f":
			formula = true
		case "v", "is":
			if value, err = s.part.text("rPh"); err != nil {
				return "", false, err
			}
			given = given || value != "" || kind == "str"
		}
	}
	if !given {
		return "", formula, nil
	}
	value, err := s.value(value, kind, style)
	return value, false, err
}

// value is what a cell's raw value says (ECMA-376 part 1, 18.18.11).
func (s *sheetRows) value(raw, kind, style string) (string, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(raw)
		if err != nil {
			i = -1
		}
		text, err := s.book.texts.at(i)
		return clean(text), err
	case "inlineStr", "str", "d":
		return clean(raw), nil
	case "b":
		return raw, nil
	case "e": // #N/A: a formula that failed
		return "", nil
	}
	if n, err := strconv.Atoi(style); err == nil && s.book.dates[n] {
		return s.book.date(raw), nil
	}
	return number(raw), nil
}

// columnOf is the column, from 0, of a cell's name: "AB12" is 27.
func columnOf(name string) (int, bool) {
	n := 0
	for i := range len(name) {
		c := name[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			return n - 1, n > 0
		}
		if n = n*26 + int(c-'A') + 1; n > 1<<20 {
			return n, true
		}
	}
	return n - 1, n > 0
}

func cellName(column, row int) string {
	name := ""
	for c := column + 1; c > 0; c = (c - 1) / 26 {
		name = string(rune('A'+(c-1)%26)) + name
	}
	return name + strconv.Itoa(row)
}
