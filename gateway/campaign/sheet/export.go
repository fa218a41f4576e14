package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Cell makes a text safe for a table that people open in Excel, which would take one that begins
// with = + - @ for a formula: it gets an apostrophe in front. Phone numbers and other figures
// stay as they are.
func Cell(s string) string {
	t := strings.TrimLeft(s, " \u00a0")
	if t == "" {
		return s
	}
	first, n := utf8.DecodeRuneInString(t)
	switch first {
	case '+', '-':
		if strings.Trim(t[n:], "0123456789 ()-.,\u00a0") == "" {
			return s
		}
	case '=', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
	default:
		return s
	}
	return "'" + s
}

// Writer writes a table as CSV that a Russian Excel opens by a double click: UTF-8 with its mark,
// semicolons, CRLF. Cells are made safe by Cell.
type Writer struct {
	w     io.Writer
	csv   *csv.Writer
	begun bool
}

// NewWriter needs End at the end.
func NewWriter(w io.Writer) *Writer {
	c := csv.NewWriter(w)
	c.Comma, c.UseCRLF = ';', true
	return &Writer{w: w, csv: c}
}

// Row writes one row.
func (w *Writer) Row(cells ...string) error {
	if !w.begun {
		w.begun = true
		if _, err := w.w.Write(utf8Mark); err != nil {
			return fmt.Errorf("sheet: write a table: %w", err)
		}
	}
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = Cell(cell)
	}
	if err := w.csv.Write(safe); err != nil {
		return fmt.Errorf("sheet: write a table: %w", err)
	}
	return nil
}

// End writes what is left.
func (w *Writer) End() error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return fmt.Errorf("sheet: write a table: %w", err)
	}
	return nil
}
