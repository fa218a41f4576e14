package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"vestnik/gateway/campaign/sheet"
)

// workbook is a workbook as Excel writes it, in parts that a test may change.
type workbook map[string]string

const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainSpec = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
)

// workbookOf has one sheet with the given rows of XML and shared texts.
func workbookOf(rows string, texts ...string) workbook {
	shared := ""
	for _, t := range texts {
		shared += "<si><t>" + t + "</t></si>"
	}
	return workbook{
		"[Content_Types].xml":        xmlHead + "<Types/>",
		"xl/workbook.xml":            xmlHead + `<workbook ` + mainSpec + `><workbookPr/><sheets><sheet name="Лист1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": xmlHead + `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/styles.xml": xmlHead + `<styleSheet ` + mainSpec + `><numFmts><numFmt numFmtId="164" formatCode="+0\(000\)000\-00\-00"/><numFmt numFmtId="165" formatCode="dd\.mm\.yyyy;@"/></numFmts>` +
			`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="22"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml":     xmlHead + `<sst ` + mainSpec + `>` + shared + `</sst>`,
		"xl/worksheets/sheet1.xml": xmlHead + `<worksheet ` + mainSpec + `><sheetData>` + rows + `</sheetData></worksheet>`,
	}
}

func (w workbook) bytes(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range w {
		f, err := z.Create(name)
		must(t, err)
		_, err = io.WriteString(f, text)
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// read reads a file to its end: a line of text for each row, "5: a|b", and for each one that is
// refused "5: row_too_long".
func read(t testing.TB, data []byte, o sheet.Options) (string, error) {
	t.Helper()
	r, err := sheet.Open(bytes.NewReader(data), int64(len(data)), o)
	if err != nil {
		return "", err
	}
	defer r.Close()
	return rest(t, r)
}

func rest(t testing.TB, r *sheet.Reader) (string, error) {
	t.Helper()
	var out []string
	for {
		row, line, err := r.Next()
		p, refused := sheet.RowRefused(err)
		switch {
		case errors.Is(err, io.EOF):
			return strings.Join(out, "\n"), nil
		case refused:
			out = append(out, fmt.Sprintf("%d: %s", line, p.Code))
		case err != nil:
			return strings.Join(out, "\n"), err
		default:
			out = append(out, fmt.Sprintf("%d: %s", line, strings.Join(row, "|")))
		}
	}
}

func wantRows(t testing.TB, data []byte, o sheet.Options, want ...string) {
	t.Helper()
	got, err := read(t, data, o)
	must(t, err)
	if got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// wantProblem checks why a file is not read, and that a person is told in both languages.
func wantProblem(t testing.TB, err error, code sheet.Code) {
	t.Helper()
	var p *sheet.Problem
	if !errors.As(err, &p) || p.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	for _, lang := range []string{"ru", "en"} {
		if s := p.Sentence(lang); len(s) < 20 || strings.ContainsAny(s, "{}") {
			t.Errorf("%s in %s: %q", code, lang, s)
		}
	}
}
