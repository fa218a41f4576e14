package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The encodings.
const (
	utf8Name    = "utf-8"
	cp1251Name  = "windows-1251"
	utf16Name   = "utf-16"
	utf16Little = "little"
	utf16Big    = "big"
)

var utf8Mark = []byte("\xef\xbb\xbf")

// utf16Of tells the order of bytes when a text is UTF-16, by its mark, or without one by where
// the zeros of its Latin letters, digits and separators are; empty: it is not.
func utf16Of(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return utf16Little
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return utf16Big
	case len(head) < 4:
		return ""
	}
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(head) / 2
	switch {
	case zeros[1]*4 > half && zeros[0]*20 < half:
		return utf16Little
	case zeros[0]*4 > half && zeros[1]*20 < half:
		return utf16Big
	}
	return ""
}

// encodingOf finds out how a text is written. The whole file is looked through, since its first
// Russian letter may be far down.
func encodingOf(src io.ReaderAt, size int64) (string, error) {
	head, err := headOf(src, size)
	switch {
	case err != nil:
		return "", err
	case utf16Of(head) != "":
		return utf16Name, nil
	case bytes.HasPrefix(head, utf8Mark):
		return utf8Name, nil
	}
	good, bad, err := letters(bufio.NewReaderSize(io.NewSectionReader(src, 0, size), headSize))
	if err != nil {
		return "", err
	}
	// Some damaged letters among many good ones do not make it another encoding.
	if bad > 0 && bad*10 >= good {
		return cp1251Name, nil
	}
	return utf8Name, nil
}

// letters counts the letters beyond ASCII that are right in UTF-8, and the bytes that are not.
func letters(r *bufio.Reader) (good, bad int, _ error) {
	for {
		b, err := r.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return good, bad, nil
		case err != nil:
			return 0, 0, err
		case b < utf8.RuneSelf:
			continue
		}
		if err := r.UnreadByte(); err != nil {
			return 0, 0, err
		}
		c, n, err := r.ReadRune()
		if err != nil {
			return 0, 0, err
		}
		if c == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
	}
}

// decoded reads a text as UTF-8, without its mark.
func decoded(src io.ReaderAt, size int64, encoding string) (io.Reader, error) {
	all := io.NewSectionReader(src, 0, size)
	switch encoding {
	case utf8Name:
		r := bufio.NewReader(all)
		if head, _ := r.Peek(len(utf8Mark)); bytes.Equal(head, utf8Mark) {
			_, _ = r.Discard(len(utf8Mark)) // it was peeked at
		}
		return r, nil
	case cp1251Name:
		return transform.NewReader(all, charmap.Windows1251.NewDecoder()), nil
	case utf16Name:
		head, err := headOf(src, size)
		if err != nil {
			return nil, err
		}
		order := unicode.LittleEndian
		if utf16Of(head) == utf16Big {
			order = unicode.BigEndian
		}
		return transform.NewReader(all, unicode.UTF16(order, unicode.UseBOM).NewDecoder()), nil
	}
	return nil, &Problem{Code: NoEncoding, What: encoding}
}
