package sheet

import (
	"bufio"
	"errors"
	"io"
)

// lines reads a text line by line: they end with CRLF, LF or CR, in any mixture. Nothing longer
// than maxRow is kept.
type lines struct {
	r  *bufio.Reader
	at int // the line read last, from 1
	// back are lines that were read ahead and given back.
	back []aLine
}

// aLine is one physical line. A long one has no text.
type aLine struct {
	text string
	no   int
	long bool
	// seen: it was read ahead before, in search of the end of a quotation.
	seen bool
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, 32<<10)} }

// next is the next line; io.EOF after the last.
func (l *lines) next() (aLine, error) {
	if len(l.back) > 0 {
		one := l.back[0]
		l.back = l.back[1:]
		return one, nil
	}
	var text []byte
	long, any := false, false
	for {
		b, err := l.r.ReadByte()
		if errors.Is(err, io.EOF) && any {
			break
		}
		if err != nil {
			return aLine{}, err
		}
		any = true
		if b == '\n' {
			break
		}
		if b == '\r' {
			if peek, _ := l.r.Peek(1); len(peek) == 1 && peek[0] == '\n' {
				_, _ = l.r.Discard(1) // it was peeked at
			}
			break
		}
		switch {
		case b == 0: // left by programs that fill up their fields
		case len(text) < maxRow:
			text = append(text, b)
		default:
			long = true
		}
	}
	l.at++
	if long {
		text = nil
	}
	return aLine{text: string(text), no: l.at, long: long}, nil
}

// giveBack puts lines before those that follow.
func (l *lines) giveBack(some []aLine) {
	for i := range some {
		some[i].seen = true
	}
	l.back = append(some, l.back...)
}
