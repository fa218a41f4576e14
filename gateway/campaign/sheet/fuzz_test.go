package sheet_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"vestnik/gateway/campaign/sheet"
)

// readable checks what holds of every file: it is read to its end or refused by a Problem, rows
// come in their order and are valid text.
func readable(t *testing.T, data []byte) {
	l, lookErr := sheet.LookAt(bytes.NewReader(data), int64(len(data)), sheet.Options{})
	if lookErr != nil {
		wantAnyProblem(t, lookErr)
	} else if l.Lines < 0 || len(l.Rows) > 5 {
		t.Errorf("%+v", l)
	}
	r, err := sheet.Open(bytes.NewReader(data), int64(len(data)), sheet.Options{})
	if err != nil {
		wantAnyProblem(t, err)
		return
	}
	defer r.Close()
	last, n := 0, 0
	for {
		row, line, err := r.Next()
		if _, refused := sheet.RowRefused(err); err != nil && !refused {
			if err.Error() != "EOF" {
				wantAnyProblem(t, err)
			} else if lookErr == nil && n != l.Lines && n != l.Lines+1 {
				t.Errorf("%d rows, looked like %d", n, l.Lines)
			}
			return
		}
		n++
		if line <= last {
			t.Fatalf("line %d after %d", line, last)
		}
		last = line
		for _, cell := range row {
			if !utf8.ValidString(cell) || strings.ContainsRune(cell, 0) {
				t.Fatalf("cell %q", cell)
			}
		}
	}
}

func wantAnyProblem(t *testing.T, err error) {
	t.Helper()
	p, ok := err.(*sheet.Problem) //nolint:errorlint // it is not wrapped
	if !ok || p.Sentence("ru") == "" || strings.ContainsAny(p.Sentence("en"), "{}") {
		t.Fatalf("%T %v", err, err)
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a;b\n1;2", "\"a\"\"b\";c\r\"x\ny\";\"", "sep=|\na|b", "\"x\"y\n\"", "\ufeffтел,имя\n1,\"", "%PDF", "<html>", "\x00a\x00;"} {
		f.Add([]byte(s))
	}
	f.Add(utf16(f, "тел;имя\n79161234567;Анна", unicode.LittleEndian, unicode.UseBOM))
	f.Add(cp1251(f, "тел;имя\n79161234567;Анна"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte("PK")) {
			t.Skip()
		}
		readable(t, data)
	})
}

// FuzzWellFormed: what a careful program wrote is read as it was meant.
func FuzzWellFormed(f *testing.F) {
	f.Add("Анна", "he said \"hi\"", "two\nlines", "x;y")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		rows := [][]string{{"h1", "h2", "h3"}, {a, b, "79161234567"}, {"1", c, d}}
		for _, row := range rows {
			for _, cell := range row {
				if !utf8.ValidString(cell) || cell != strings.TrimSpace(cell) || strings.ContainsAny(cell, "\r\x00\u00a0\u200b\ufeff\x1a") || len(cell) > 1000 || strings.Count(cell, "\n") > 20 {
					t.Skip()
				}
			}
		}
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		w.Comma = ';'
		must(t, w.WriteAll(rows))
		r, err := sheet.Open(bytes.NewReader(file.Bytes()), int64(file.Len()), sheet.Options{Encoding: "utf-8", Comma: ";"})
		if err != nil {
			t.Skip() // it looks like something else
		}
		for _, want := range rows {
			got, _, err := r.Next()
			must(t, err)
			if strings.Join(got, "\x00") != strings.Join(want, "\x00") {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
	})
}

// FuzzWorkbook changes the parts of a small workbook.
func FuzzWorkbook(f *testing.F) {
	w := workbookOf(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><f>x</f><v>7.9E10</v></c></row><!-- x --><row><c t="inlineStr"><is><t><![CDATA[a]]></t></is></c></row>`, "Иван &amp; &#x41;")
	f.Add(w["xl/worksheets/sheet1.xml"], w["xl/sharedStrings.xml"], w["xl/styles.xml"], w["xl/workbook.xml"])
	f.Fuzz(func(t *testing.T, rows, texts, styles, main string) {
		w := workbookOf("")
		w["xl/worksheets/sheet1.xml"], w["xl/sharedStrings.xml"], w["xl/styles.xml"], w["xl/workbook.xml"] = rows, texts, styles, main
		readable(t, w.bytes(t))
	})
}

// FuzzWorkbookBytes changes the packed file itself.
func FuzzWorkbookBytes(f *testing.F) {
	f.Add(workbookOf(`<row r="1"><c r="A1" t="s"><v>0</v></c></row>`, "Иван").bytes(f))
	f.Fuzz(func(t *testing.T, data []byte) { readable(t, data) })
}

func FuzzPasted(f *testing.F) {
	for _, s := range []string{"+7 (916) 123-45-67 Анна\nПётр;79161234567", "79161234567, 89161234567", ")(+ 12345 -", "\xff1234567890"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := sheet.Pasted(text)
		if err != nil {
			wantAnyProblem(t, err)
			return
		}
		for last := 0; ; {
			row, line, err := r.Next()
			if err != nil {
				return
			}
			if len(row) != 2 || line < last || row[0] == "" && row[1] == "" || !utf8.ValidString(row[0]+row[1]) {
				t.Fatalf("line %d after %d: %q", line, last, row)
			}
			last = line
		}
	})
}
