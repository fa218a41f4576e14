package sheet_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"vestnik/gateway/campaign/sheet"
)

func cp1251(t testing.TB, s string) []byte {
	t.Helper()
	out, err := charmap.Windows1251.NewEncoder().String(s)
	must(t, err)
	return []byte(out)
}

func utf16(t testing.TB, s string, order unicode.Endianness, mark unicode.BOMPolicy) []byte {
	t.Helper()
	out, err := unicode.UTF16(order, mark).NewEncoder().String(s)
	must(t, err)
	return []byte(out)
}

// The same list in every encoding that an office makes.
func TestEncodings(t *testing.T) {
	t.Parallel()
	const list = "Телефон;Имя\r\n79161234567;Анна\r\n\r\n89161234568;Пётр\r\n"
	for name, file := range map[string]struct {
		data     []byte
		encoding string
	}{
		"utf-8":                   {[]byte(list), "utf-8"},
		"utf-8 with a mark":       {[]byte("\ufeff" + list), "utf-8"},
		"windows-1251":            {cp1251(t, list), "windows-1251"},
		"utf-16 le":               {utf16(t, list, unicode.LittleEndian, unicode.UseBOM), "utf-16"},
		"utf-16 be":               {utf16(t, list, unicode.BigEndian, unicode.UseBOM), "utf-16"},
		"utf-16 le without marks": {utf16(t, list, unicode.LittleEndian, unicode.IgnoreBOM), "utf-16"},
		"utf-16 be without marks": {utf16(t, list, unicode.BigEndian, unicode.IgnoreBOM), "utf-16"},
		"only CR":                 {[]byte(strings.ReplaceAll(list, "\r\n", "\r")), "utf-8"},
		"only LF":                 {[]byte(strings.ReplaceAll(list, "\r\n", "\n")), "utf-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRows(t, file.data, sheet.Options{}, "1: Телефон|Имя", "2: 79161234567|Анна", "4: 89161234568|Пётр")
			l := look(t, file.data)
			if l.Kind != "csv" || l.Encoding != file.encoding || l.Comma != ";" || !l.Header || l.Lines != 2 {
				t.Errorf("%+v", l)
			}
		})
	}
	// The first Russian letter is far down.
	long := strings.Repeat("79161234567;Anna\n", 20_000) + "79161234568;Пётр\n"
	if l := look(t, cp1251(t, long)); l.Encoding != "windows-1251" || l.Lines != 20_001 {
		t.Errorf("%+v", l)
	}
	// One damaged letter does not make it another encoding.
	if l := look(t, []byte("7916;Анна Петровна Климова\xff\n")); l.Encoding != "utf-8" || l.Rows[0][1] != "Анна Петровна Климова\ufffd" {
		t.Errorf("%+v", l)
	}
	_, err := sheet.Open(bytes.NewReader([]byte("a;b")), 3, sheet.Options{Encoding: "koi8-r"})
	wantProblem(t, err, sheet.NoEncoding)
}

func TestSeparatorsAndQuotes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"a;b\n1;2\n":    {"1: a|b", "2: 1|2"},
		"a,b\n1,2\n":    {"1: a|b", "2: 1|2"},
		"a\tb\n1\t2\n":  {"1: a|b", "2: 1|2"},
		"a|b\n1|2\n":    {"1: a|b", "2: 1|2"},
		"one\ntwo\n":    {"1: one", "2: two"},
		"sep=,\na,b;c":  {"2: a|b;c"},
		"a;b\n1,5;2,5":  {"1: a|b", "2: 1,5|2,5"},
		"a;b\n1\n1;2;3": {"1: a|b", "2: 1", "3: 1|2|3"},
		// Names with commas, in a file with semicolons.
		"Тел;Имя\n7916;Иванов, Иван\n7917;Петров, Пётр": {"1: Тел|Имя", "2: 7916|Иванов, Иван", "3: 7917|Петров, Пётр"},
		// Quotation marks as they should be.
		"a;b\n\"1;2\";\"he said \"\"hi\"\"\"\n": {"1: a|b", `2: 1;2|he said "hi"`},
		"a;b;c\n\"two\nlines\";3;4\n5;6;7":      {"1: a|b|c", "2: two\nlines|3|4", "4: 5|6|7"},
		// And as they should not.
		"a;b\nООО \"Ромашка\";1\n":                    {"1: a|b", `2: ООО "Ромашка"|1`},
		"a;b\n\"Ромашка\" ООО;1\n5;6":                 {"1: a|b", `2: "Ромашка" ООО|1`, "3: 5|6"},
		"a;b\n\"never closed;1\n5;6\n":                {"1: a|b", "2: never closed|1", "3: 5|6"},
		"a;b\n\"x\"\";1\n5;6\n\"y\";7\n":              {"1: a|b", `2: x"|1`, "3: 5|6", "4: y|7"},
		"a;b\n 1 ;\u00a02\u00a0\n;\n;;":               {"1: a|b", "2: 1|2"},
		"телефон;имя\n79161234567\x00\x00;Анна\x00\n": {"1: телефон|имя", "2: 79161234567|Анна"},
		"a;b\n=1+1;@x\n":                              {"1: a|b", "2: =1+1|@x"},
	} {
		got, err := read(t, []byte(text), sheet.Options{})
		must(t, err)
		if got != strings.Join(want, "\n") {
			t.Errorf("%q:\n%s\nwant\n%s", text, got, strings.Join(want, "\n"))
		}
	}
}

// A quotation that a broken row opens must not swallow the people after it.
func TestNoPersonIsSwallowed(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("Имя;Телефон\n")
	for i := range 5000 {
		name := "Анна"
		if i%400 == 7 {
			name = `"ООО "Ромашка""`
		}
		if i%400 == 23 {
			name = `"Пётр"`
		}
		fmt.Fprintf(&b, "%s;7916%07d\n", name, i)
	}
	got, err := read(t, []byte(b.String()), sheet.Options{Header: true})
	must(t, err)
	rows := strings.Split(got, "\n")
	if len(rows) != 5000 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, row := range rows {
		if !strings.HasSuffix(row, fmt.Sprintf("|7916%07d", i)) || !strings.HasPrefix(row, fmt.Sprintf("%d: ", i+2)) {
			t.Fatalf("row %d: %s", i, row)
		}
	}
}

func TestLongRows(t *testing.T) {
	t.Parallel()
	text := "a;b\n" + strings.Repeat("x", 65<<10) + ";1\n5;6\n" + strings.Repeat(";", 2000) + "7\n8;9\n"
	wantRows(t, []byte(text), sheet.Options{}, "1: a|b", "2: row_too_long", "3: 5|6", "4: row_too_long", "5: 8|9")
	// However many quotations are never closed, it comes to its end.
	for _, line := range []string{"\"x\n", "\"\n", "x\"\"\n", "\"a\"b\n"} {
		_, err := read(t, []byte("a;b\n"+strings.Repeat(line, 1<<16)), sheet.Options{})
		must(t, err)
	}
}

func TestFilesThatAreNoTables(t *testing.T) {
	t.Parallel()
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 100_000)
	wide := func(s string) string { return string(bytes.Join(bytes.Split([]byte(s), nil), []byte{0})) + "\x00" }
	for name, file := range map[string]struct {
		data string
		code sheet.Code
	}{
		"nothing":       {"", sheet.Empty},
		"blank":         {"\ufeff\n\n  \r\n", sheet.Empty},
		"separators":    {";;;\n;;;\n", sheet.Empty},
		"pdf":           {"%PDF-1.7\nx", sheet.NotTable},
		"png":           {"\x89PNG\r\n\x1a\n", sheet.NotTable},
		"jpeg":          {"\xff\xd8\xff\xe0\x00\x10JFIF", sheet.NotTable},
		"vcard":         {"BEGIN:VCARD\nTEL:1", sheet.NotTable},
		"rar":           {"Rar!\x1a\x07", sheet.NotTable},
		"a program":     {"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x03\x00\x07\x07\x01\x02\x03\x04\x05\x06", sheet.NotTable},
		"old excel":     {ole + wide("Workbook"), sheet.OldExcel},
		"older excel":   {ole + wide("Book"), sheet.OldExcel},
		"password":      {ole + wide("EncryptedPackage"), sheet.Password},
		"old word":      {ole + wide("WordDocument"), sheet.NotTable},
		"html":          {"<html><body><table><tr><td>1", sheet.HTMLAsExcel},
		"html with bom": {"\ufeff\n<!DOCTYPE html>", sheet.HTMLAsExcel},
		"xml of 2003":   {`<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>`, sheet.HTMLAsExcel},
	} {
		_, err := sheet.LookAt(strings.NewReader(file.data), int64(len(file.data)), sheet.Options{})
		t.Log(name, err)
		wantProblem(t, err, file.code)
	}
	_, err := sheet.Open(strings.NewReader(""), sheet.MaxSize+1, sheet.Options{})
	wantProblem(t, err, sheet.TooBig)
	many := strings.Repeat("7\n", sheet.MaxRows+1)
	_, err = sheet.LookAt(strings.NewReader(many), int64(len(many)), sheet.Options{})
	wantProblem(t, err, sheet.TooManyRows)
	if l := look(t, []byte(many[2:])); l.Lines != sheet.MaxRows {
		t.Errorf("%d lines", l.Lines)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := sheet.NewWriter(&b)
	must(t, w.Row("Строка", "Телефон", "Имя"))
	must(t, w.Row("2", "+7 (916) 123-45-67", "=HYPERLINK(\"http://x\")"))
	must(t, w.Row("-3,5", "@SUM(1)", "a;b \"c\""))
	must(t, w.Row("+cmd|' /C calc'!A0", "\t=1", "  -1+1|x"))
	must(t, w.End())
	want := "\ufeffСтрока;Телефон;Имя\r\n2;+7 (916) 123-45-67;\"'=HYPERLINK(\"\"http://x\"\")\"\r\n" +
		"-3,5;'@SUM(1);\"a;b \"\"c\"\"\"\r\n'+cmd|' /C calc'!A0;'\t=1;'  -1+1|x\r\n"
	if b.String() != want {
		t.Errorf("got\n%q\nwant\n%q", b.String(), want)
	}
	wantRows(t, b.Bytes(), sheet.Options{Header: true}, "2: 2|+7 (916) 123-45-67|'=HYPERLINK(\"http://x\")", "3: -3,5|'@SUM(1)|a;b \"c\"", "4: '+cmd|' /C calc'!A0|'\t=1|'  -1+1|x")
}

// A header that cannot be read costs nobody his row.
func TestARefusedHeader(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{"too long": "Телефон;" + strings.Repeat("и", 70<<10), "too many cells": "Телефон" + strings.Repeat(";", 2000)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRows(t, []byte(header+"\n79161234567;Анна\n79161234568;Пётр\n"), sheet.Options{Header: true, Comma: ";"}, "2: 79161234567|Анна", "3: 79161234568|Пётр")
		})
	}
}
