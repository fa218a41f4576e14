package sheet_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"vestnik/gateway/campaign/sheet"
)

func TestWorkbook(t *testing.T) {
	t.Parallel()
	w := workbookOf(
		`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><r><t>До</t></r><r><t>говор</t></r><rPh><t>x</t></rPh></is></c></row>`+
			`<row r="2"><c r="A2"><v>79161234567</v></c><c r="B2" t="s"><v>2</v></c><c r="C2" s="1"><v>45231</v></c></row>`+
			`<row r="3"/><row r="4"><c r="A4" s="2"/></row>`+
			`<row r="5"><c r="A5"><v>7.9161234567E10</v></c><c r="C5" s="3"><v>45231</v></c><c r="D5" s="4"><v>45231.5</v></c></row>`+
			`<row r="6"><c r="A6" s="2"><f>A5+1</f><v>79161234568.0</v></c><c r="B6" t="str"><f>B1</f><v>&lt;Анна&gt;</v></c><c r="C6" t="e"><v>#N/A</v></c><c r="D6"><v>1.5</v></c></row>`+
			`<row><c><v>8</v></c><c><v>-3</v></c></row>`,
		"Телефон", "Имя", "Иван &amp; Ко")
	wantRows(t, w.bytes(t), sheet.Options{},
		"1: Телефон|Имя|Договор", "2: 79161234567|Иван & Ко|2023-11-01", "5: 79161234567||2023-11-01|2023-11-01 12:00",
		"6: 79161234568|<Анна>||1.5", "7: 8|-3")
	wantRows(t, w.bytes(t), sheet.Options{Header: true},
		"2: 79161234567|Иван & Ко|2023-11-01", "5: 79161234567||2023-11-01|2023-11-01 12:00", "6: 79161234568|<Анна>||1.5", "7: 8|-3")

	w["xl/workbook.xml"] = strings.Replace(w["xl/workbook.xml"], "<workbookPr/>", `<workbookPr date1904="1"/>`, 1)
	got, err := read(t, w.bytes(t), sheet.Options{})
	must(t, err)
	if !strings.Contains(got, "2: 79161234567|Иван & Ко|2027-11-02") {
		t.Errorf("dates from 1904: %s", got)
	}
}

func TestWorkbookHiddenSheetIsPassedOver(t *testing.T) {
	t.Parallel()
	w := workbookOf(`<row r="1"><c r="A1"><v>1</v></c></row>`)
	w["xl/workbook.xml"] = `<x:workbook xmlns:x="m" xmlns:r="r"><x:sheets><x:sheet name="a" state="hidden" r:id="h"/><x:sheet name="b" r:id="v"/></x:sheets></x:workbook>`
	w["xl/_rels/workbook.xml.rels"] = `<Relationships><Relationship Id="h" Target="/xl/worksheets/sheet1.xml"/><Relationship Id="v" Target="worksheets/sheet2.xml"/></Relationships>`
	w["xl/worksheets/sheet2.xml"] = `<x:worksheet xmlns:x="m"><x:sheetData><x:row r="1"><x:c r="B1"><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>`
	wantRows(t, w.bytes(t), sheet.Options{}, "1: |2")
}

func TestWorkbookFormulaWithoutValue(t *testing.T) {
	t.Parallel()
	w := workbookOf(`<row r="1"><c r="A1"><f>1+1</f></c><c r="B1"><v>5</v></c></row>` +
		`<row r="2"><c r="A2"><f>1+1</f><v></v></c></row><row r="3"><c r="A3" t="str"><f>""</f><v></v></c><c r="B3"><v>7</v></c></row>`)
	wantRows(t, w.bytes(t), sheet.Options{}, "1: no_value", "2: no_value", "3: |7")
	wantRows(t, w.bytes(t), sheet.Options{Need: []int{1}}, "1: |5", "3: |7")

	r, err := sheet.Open(bytes.NewReader(w.bytes(t)), int64(len(w.bytes(t))), sheet.Options{})
	must(t, err)
	_, _, err = r.Next()
	wantProblem(t, err, sheet.NoValue)
	if p, _ := sheet.RowRefused(err); p == nil || !strings.Contains(p.Sentence("ru"), "Строка 1: в ячейке A1") {
		t.Errorf("%v", err)
	}
}

func TestWorkbooksThatAreNone(t *testing.T) {
	t.Parallel()
	good := workbookOf(strings.Repeat(`<row><c><v>79161234567</v></c></row>`, 1000)).bytes(t)
	for name, file := range map[string]struct {
		data []byte
		code sheet.Code
	}{
		"cut off":         {good[:len(good)/2], sheet.Broken},
		"old":             {workbook{"xl/workbook.bin": "x"}.bytes(t), sheet.OldExcel},
		"word":            {workbook{"word/document.xml": "x"}.bytes(t), sheet.NotTable},
		"open office":     {workbook{"content.xml": "x", "mimetype": "x"}.bytes(t), sheet.OpenOffice},
		"some archive":    {workbook{"a.txt": "x"}.bytes(t), sheet.NotTable},
		"empty archive":   {workbook{}.bytes(t), sheet.NotTable},
		"without a sheet": {workbook{"xl/workbook.xml": "<workbook/>"}.bytes(t), sheet.NoSheet},
	} {
		_, err := read(t, file.data, sheet.Options{})
		t.Log(name, err)
		wantProblem(t, err, file.code)
	}
	for name, rows := range map[string]string{
		"ends too early": `<row><c><v>5</v></c></row><row><c><v>6`,
		"wrong text":     `<row><c t="s"><v>99</v></c></row>`,
		"no XML":         `<row><c><v>5</c></v></row><<`,
	} {
		w := workbookOf("")
		w["xl/worksheets/sheet1.xml"] = `<worksheet><sheetData>` + rows
		_, err := read(t, w.bytes(t), sheet.Options{})
		t.Log(name, err)
		wantProblem(t, err, sheet.Broken)
	}
	// A flipped byte in what is packed is found by its checksum, not read as a shorter list.
	broken := bytes.Clone(good)
	for i := range broken {
		if bytes.HasPrefix(broken[i:], []byte("xl/worksheets/sheet1.xml")) {
			broken[i+60] ^= 0x55
			break
		}
	}
	_, err := read(t, broken, sheet.Options{})
	wantProblem(t, err, sheet.Broken)
}

// A small file that unpacks to gigabytes takes neither memory nor minutes.
func TestWorkbookBomb(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for file, text := range workbookOf("") {
			f, err := z.Create(file)
			must(t, err)
			if file != name {
				_, err = io.WriteString(f, text)
				must(t, err)
				continue
			}
			head, body, _ := strings.Cut(text, "><")
			_, err = io.WriteString(f, head+">")
			must(t, err)
			_ = body
			piece := bytes.Repeat([]byte(" "), 1<<20)
			for range 30 {
				_, err = f.Write(piece)
				must(t, err)
			}
		}
		must(t, z.Close())
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(t, b.Bytes(), sheet.Options{})
		runtime.ReadMemStats(&after)
		wantProblem(t, err, sheet.TooBig)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
			t.Errorf("%s: %d MB", name, grown>>20)
		}
	}
}

func TestWorkbookRowTooLong(t *testing.T) {
	t.Parallel()
	w := workbookOf(`<row r="1"><c r="A1" t="inlineStr"><is><t>` + strings.Repeat("x", 70_000) + `</t></is></c></row><row r="2"><c r="XFD2"><v>1</v></c></row><row r="3"><c r="ZZZZZZZZZZZZZ3"><v>1</v></c></row><row r="4"><c><v>1</v></c></row>`)
	wantRows(t, w.bytes(t), sheet.Options{}, "1: row_too_long", "2: row_too_long", "3: row_too_long", "4: 1")
}

// BenchmarkWorkbook reads 500,000 rows of four cells; the peak of memory is what is held for
// their texts.
func BenchmarkWorkbook(b *testing.B) {
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	const n = 500_000
	for name, text := range workbookOf("") {
		f, err := z.Create(name)
		must(b, err)
		switch name {
		case "xl/worksheets/sheet1.xml":
			fmt.Fprint(f, `<worksheet><sheetData>`)
			for i := 1; i <= n; i++ {
				fmt.Fprintf(f, `<row r="%d" spans="1:4"><c r="A%d"><v>7916%07d</v></c><c r="B%d" t="s"><v>%d</v></c><c r="C%d" t="s"><v>%d</v></c><c r="D%d" s="1"><v>45231</v></c></row>`, i, i, i, i, i-1, i, i%20, i)
			}
			fmt.Fprint(f, `</sheetData></worksheet>`)
		case "xl/sharedStrings.xml":
			fmt.Fprint(f, `<sst>`)
			for i := range n {
				fmt.Fprintf(f, `<si><t>Константинопольский Иван %d</t></si>`, i)
			}
			fmt.Fprint(f, `</sst>`)
		default:
			_, err = io.WriteString(f, text)
			must(b, err)
		}
	}
	must(b, z.Close())
	b.Logf("%.1f MB", float64(file.Len())/(1<<20))
	b.ReportAllocs()
	for b.Loop() {
		var before, m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		r, err := sheet.Open(bytes.NewReader(file.Bytes()), int64(file.Len()), sheet.Options{})
		must(b, err)
		rows, peak := 0, uint64(0)
		for ; ; rows++ {
			_, _, err := r.Next()
			if err == io.EOF {
				break
			}
			must(b, err)
			if rows%50_000 == 0 {
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc-before.HeapAlloc)
			}
		}
		if rows != n {
			b.Fatal(rows)
		}
		b.ReportMetric(float64(peak)/(1<<20), "MB-peak")
	}
}
