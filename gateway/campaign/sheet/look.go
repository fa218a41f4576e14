package sheet

import (
	"errors"
	"io"
)

// showRows is how many rows a Look has.
const showRows = 5

// LookAt tells what a file seems to be, and counts its rows. The error is a *Problem when it is
// none that can be read to its end.
func LookAt(src io.ReaderAt, size int64, o Options) (Look, error) {
	o.Header, o.Need = false, []int{}
	r, err := Open(src, size, o)
	if err != nil {
		return Look{}, err
	}
	defer r.Close() // it was only read
	sample, lines, err := r.sample()
	switch {
	case err != nil:
		return Look{}, err
	case lines == 0:
		return Look{}, &Problem{Code: Empty}
	}
	l := Look{Kind: r.kind, Encoding: r.encoding, Comma: r.comma, Lines: lines, Header: isHeader(sample)}
	l.Columns = columns(sample, l.Header)
	if l.Header {
		sample = sample[1:]
		l.Lines--
	}
	l.Rows = sample[:min(len(sample), showRows)]
	return l, nil
}

// sample reads to the end, and keeps the first rows.
func (r *Reader) sample() (sample [][]string, n int, _ error) {
	for {
		row, _, err := r.Next()
		_, refused := RowRefused(err)
		switch {
		case errors.Is(err, io.EOF):
			return sample, n, nil
		case err != nil && !refused:
			return nil, n, err
		}
		if n++; err == nil && len(sample) < sampleRows {
			sample = append(sample, row)
		}
	}
}

// Check refuses a choice of columns that the file of a Look does not have.
func (l Look) Check(columns ...int) error { return noColumn(columns, len(l.Columns)) }
