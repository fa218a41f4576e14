package sheet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// Reader reads a list row by row. It is for one goroutine.
type Reader struct {
	src    rows
	header bool // the first row is yet to be passed over
	read   int
	over   error
	close  func() error
	// what was found out
	kind, encoding, comma string
}

// rows is where rows come from: next is the next one with anything in it and its line from 1, or
// io.EOF; after a Problem of a row it may be called again.
type rows interface {
	next() (row []string, line int, err error)
}

// Open reads a file of people. The error is a *Problem when the file is none that can be read;
// src is used until Close.
func Open(src io.ReaderAt, size int64, o Options) (*Reader, error) {
	if size > MaxSize {
		return nil, &Problem{Code: TooBig}
	}
	kind, err := kindOf(src, size)
	if err != nil {
		return nil, err
	}
	r := &Reader{kind: kind, header: o.Header, close: func() error { return nil }}
	if kind == "xlsx" {
		err = r.openXLSX(src, size, o)
	} else {
		err = r.openCSV(src, size, o)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// OpenFile reads a file on disk.
func OpenFile(path string, o Options) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("sheet: open: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sheet: open: %w", err), f.Close())
	}
	r, err := Open(f, info.Size(), o)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	inner := r.close
	r.close = func() error { return errors.Join(inner(), f.Close()) }
	return r, nil
}

func (r *Reader) openXLSX(src io.ReaderAt, size int64, o Options) error {
	b, err := openBook(src, size)
	if err != nil {
		return err
	}
	s, err := b.rows(o.Need)
	if err != nil {
		return err
	}
	r.src, r.close = s, s.close
	return nil
}

func (r *Reader) openCSV(src io.ReaderAt, size int64, o Options) (err error) {
	r.encoding, r.comma = o.Encoding, o.Comma
	if r.encoding == "" {
		if r.encoding, err = encodingOf(src, size); err != nil {
			return err
		}
	}
	text, err := decoded(src, size, r.encoding)
	if err != nil {
		return err
	}
	if len(r.comma) != 1 {
		comma, err := commaOf(text)
		if err != nil {
			return err
		}
		r.comma = string(comma)
		if text, err = decoded(src, size, r.encoding); err != nil {
			return err
		}
	}
	r.src = &csvRows{lines: newLines(text), comma: r.comma[0]}
	return nil
}

// Next is the next row with anything in it, and its line in the file from 1. A *Problem whose Row
// is true refuses this row alone: Next may be called again. io.EOF is the end.
func (r *Reader) Next() (row []string, line int, err error) {
	if r.over != nil {
		return nil, 0, r.over
	}
	row, line, err = r.src.next()
	_, refused := RowRefused(err)
	if r.header && (err == nil || refused) { // a refused one is passed over as well
		r.header = false
		row, line, err = r.src.next()
		_, refused = RowRefused(err)
	}
	if err != nil && !refused {
		r.over = err
		return nil, line, err
	}
	if r.read++; r.read > MaxRows {
		r.over = &Problem{Code: TooManyRows}
		return nil, line, r.over
	}
	return row, line, err
}

// Close lets the file go.
func (r *Reader) Close() error { return r.close() }

// noColumn refuses columns that a file of this width does not have.
func noColumn(need []int, width int) error {
	for _, c := range need {
		if c < 0 || c >= width {
			return &Problem{Code: NoColumn, What: strconv.Itoa(c + 1)}
		}
	}
	return nil
}
