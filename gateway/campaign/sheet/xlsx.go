package sheet

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Bounds of what may be packed in a workbook, so that a small file cannot fill the box's memory
// or keep it busy: the unpacked size of its sheet, that of its texts (which are kept in memory
// while it is read), and the length of one piece of XML.
const (
	maxUnpacked = 400 << 20
	maxTexts    = 96 << 20
	maxToken    = 1 << 20
)

// errBomb is what a part says that is larger than it may be.
var errBomb = errors.New("sheet: unpacked it is too large")

// book is an open workbook of which one sheet is read.
type book struct {
	texts  texts
	dates  map[int]bool // styles that show a number as a date
	from04 bool         // dates are counted from 1904
	sheet  *zip.File
}

// openBook reads what a workbook's first visible sheet needs.
func openBook(src io.ReaderAt, size int64) (*book, error) {
	z, err := zip.NewReader(src, size)
	if err != nil {
		return nil, broken(err.Error())
	}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		files[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))] = f
	}
	main := files["xl/workbook.xml"]
	switch {
	case main != nil:
	case files["xl/workbook.bin"] != nil:
		return nil, &Problem{Code: OldExcel}
	case files["word/document.xml"] != nil || files["ppt/presentation.xml"] != nil:
		return nil, &Problem{Code: NotTable, What: "document"}
	case files["content.xml"] != nil:
		return nil, &Problem{Code: OpenOffice}
	default:
		return nil, &Problem{Code: NotTable, What: "archive"}
	}
	b := &book{dates: map[int]bool{}}
	targets, err := relations(files["xl/_rels/workbook.xml.rels"])
	if err != nil {
		return nil, err
	}
	if b.sheet, err = b.firstSheet(main, targets, files); err != nil {
		return nil, err
	}
	if err := b.readStyles(files["xl/styles.xml"]); err != nil {
		return nil, err
	}
	return b, b.texts.read(files["xl/sharedstrings.xml"])
}

// relations are the parts of a workbook by the ids that it calls them by.
func relations(f *zip.File) (map[string]string, error) {
	out := map[string]string{}
	err := walk(f, maxTexts, func(e element, _ *part) error {
		if e.name == "Relationship" {
			out[e.attr("Id")] = e.attr("Target")
		}
		return nil
	})
	return out, err
}

// firstSheet is the first one that is not hidden, else the first at all.
func (b *book) firstSheet(main *zip.File, targets map[string]string, files map[string]*zip.File) (*zip.File, error) {
	var first, visible *zip.File
	err := walk(main, maxTexts, func(e element, _ *part) error {
		switch e.name {
		case "workbookPr":
			b.from04 = truth(e.attr("date1904"))
		case "sheet":
			target := targets[e.attr("id")]
			if !strings.HasPrefix(target, "/") {
				target = "xl/" + target
			}
			f := files[strings.ToLower(strings.TrimPrefix(path.Clean(target), "/"))]
			if f == nil || !strings.Contains(strings.ToLower(target), "worksheets/") {
				return nil
			}
			if first == nil {
				first = f
			}
			if state := e.attr("state"); visible == nil && (state == "" || state == "visible") {
				visible = f
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case visible != nil:
		return visible, nil
	case first != nil:
		return first, nil
	}
	return nil, &Problem{Code: NoSheet}
}

// walk calls fn with every element of a part of the workbook, until its end. A part that is
// missing has none.
func walk(f *zip.File, limit int64, fn func(element, *part) error) error {
	if f == nil {
		return nil
	}
	p, err := openPart(f, limit)
	if err != nil {
		return err
	}
	defer p.close() // it was only read
	for {
		kind, err := p.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case kind == begins:
			if err := fn(p.begun, p); err != nil {
				return err
			}
		}
	}
}

func truth(s string) bool { return s == "1" || s == "true" }

// texts are the texts that cells share, in one piece of memory.
type texts struct {
	all  []byte
	ends []uint32
}

func (t *texts) read(f *zip.File) error {
	return walk(f, maxUnpacked, func(e element, p *part) error {
		if e.name != "si" {
			return nil
		}
		s, err := p.text("rPh") // how a text is pronounced
		if err != nil {
			return err
		}
		if len(t.all)+len(s) > maxTexts {
			return &Problem{Code: TooBig, What: f.Name}
		}
		t.all = append(t.all, s...)
		t.ends = append(t.ends, uint32(len(t.all)))
		return nil
	})
}

func (t *texts) at(i int) (string, error) {
	if i < 0 || i >= len(t.ends) {
		return "", broken(fmt.Sprintf("a cell has text %d of %d", i, len(t.ends)))
	}
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return string(t.all[from:t.ends[i]]), nil
}
