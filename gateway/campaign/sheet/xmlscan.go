package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// part is one XML file of a workbook as it is read. It knows as much of XML as such files have
// (no entities of their own, UTF-8), and is several times as quick as encoding/xml, which takes ten
// seconds for half a million rows.
type part struct {
	file  io.Closer
	r     *bufio.Reader
	left  int64    // bytes that may yet be unpacked
	names []string // of the elements that are open, the innermost last
	known map[string]string
	// begun is the element that begins here; ends tells that it ends at once.
	begun element
	ends  bool
	buf   []byte
}

// element is the beginning of an element: its name without a prefix, and its attributes, which
// are good until the next piece is read.
type element struct {
	name  string
	attrs []byte
}

// piece is what comes next in a part.
type piece int

const (
	begins piece = iota // part.begun
	ended
	letter // text, in part.buf
)

const maxDepth = 64

func openPart(f *zip.File, limit int64) (*part, error) {
	if f.UncompressedSize64 > uint64(limit) {
		return nil, &Problem{Code: TooBig, What: f.Name}
	}
	r, err := f.Open()
	if err != nil {
		return nil, broken(err.Error())
	}
	return &part{file: r, r: bufio.NewReaderSize(r, maxRow), left: limit, known: map[string]string{}}, nil
}

func (p *part) close() error { return p.file.Close() }

func (p *part) depth() int { return len(p.names) }

func broken(what string) error { return &Problem{Code: Broken, What: what} }

// next is the next piece; io.EOF only at the end of a whole document.
func (p *part) next() (piece, error) {
	if p.ends {
		p.ends = false
		p.names = p.names[:len(p.names)-1]
		return ended, nil
	}
	for {
		text, err := p.until("<")
		switch {
		case errors.Is(err, io.EOF) && len(p.names) == 0 && len(bytes.TrimSpace(text)) == 0:
			return 0, io.EOF
		case err != nil:
			return 0, p.why(err)
		case len(text) > 0 && len(p.names) > 0:
			p.buf = unescaped(text)
			return letter, p.r.UnreadByte()
		}
		peek, _ := p.r.Peek(8)
		switch {
		case bytes.HasPrefix(peek, []byte("![CDATA[")):
			_, _ = p.r.Discard(len("![CDATA[")) // it was peeked at
			if p.buf, err = p.until("]]>"); err != nil {
				return 0, p.why(err)
			}
			return letter, nil
		case bytes.HasPrefix(peek, []byte("!--")):
			_, err = p.until("-->")
		case bytes.HasPrefix(peek, []byte("?")):
			_, err = p.until("?>")
		case bytes.HasPrefix(peek, []byte("!")):
			return 0, broken("a declaration that no workbook has")
		default:
			return p.tag()
		}
		if err != nil {
			return 0, p.why(err)
		}
	}
}

// tag reads the beginning or the end of an element.
func (p *part) tag() (piece, error) {
	tag, err := p.until(">")
	// A value may have the sign too.
	for err == nil && bytes.Count(tag, []byte(`"`))%2 == 1 && !bytes.Contains(tag, []byte("'")) {
		tag = append(bytes.Clone(tag), '>')
		var more []byte
		more, err = p.until(">")
		if tag = append(tag, more...); len(tag) > maxToken {
			return 0, &Problem{Code: TooBig}
		}
	}
	if err != nil {
		return 0, p.why(err)
	}
	if rest, ok := bytes.CutPrefix(tag, []byte("/")); ok {
		last := len(p.names) - 1
		if last < 0 || p.names[last] != p.name(bytes.TrimSpace(rest)) {
			return 0, broken("an element ends that was not open")
		}
		p.names = p.names[:last]
		return ended, nil
	}
	tag, p.ends = bytes.CutSuffix(tag, []byte("/"))
	name, attrs := tag, []byte(nil)
	if i := bytes.IndexAny(tag, " \t\r\n"); i >= 0 {
		name, attrs = tag[:i], tag[i:]
	}
	p.begun = element{name: p.name(name), attrs: attrs}
	if p.begun.name == "" || len(p.names) >= maxDepth {
		return 0, broken("this is no XML")
	}
	p.names = append(p.names, p.begun.name)
	return begins, nil
}

// name is an element's name without its prefix; each is kept once.
func (p *part) name(raw []byte) string {
	if known, ok := p.known[string(raw)]; ok {
		return known
	}
	name := string(raw)
	if i := strings.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	if len(p.known) < 1000 {
		p.known[string(raw)] = name
	}
	return name
}

// until reads up to a mark and past it. What it answers is without the mark and good until the
// next reading; it is at most maxToken long.
func (p *part) until(mark string) ([]byte, error) {
	last := mark[len(mark)-1]
	text, err := p.r.ReadSlice(last)
	if p.left -= int64(len(text)); p.left < 0 {
		return nil, errBomb
	}
	if err == nil && bytes.HasSuffix(text, []byte(mark)) {
		return text[:len(text)-len(mark)], nil
	}
	long := bytes.Clone(text)
	for err == nil || errors.Is(err, bufio.ErrBufferFull) {
		text, err = p.r.ReadSlice(last)
		if p.left -= int64(len(text)); p.left < 0 || len(long)+len(text) > maxToken {
			return nil, errBomb
		}
		long = append(long, text...)
		if err == nil && bytes.HasSuffix(long, []byte(mark)) {
			return long[:len(long)-len(mark)], nil
		}
	}
	return long, err
}

// why says what is wrong with a part that cannot be read on.
func (p *part) why(err error) error {
	switch {
	case errors.Is(err, errBomb):
		return &Problem{Code: TooBig}
	case errors.Is(err, io.EOF):
		return broken("it ends too early")
	}
	return broken(err.Error())
}

// text is what stands in the element that has just begun, elements within it included, apart
// from those named in without; at most maxToken of it.
func (p *part) text(without string) (string, error) {
	var out []byte
	skip := 0
	for end := p.depth(); p.depth() >= end; {
		kind, err := p.next()
		switch {
		case err != nil:
			return "", err
		case kind == begins && skip == 0 && p.begun.name == without:
			skip = p.depth()
		case kind == ended && skip > p.depth():
			skip = 0
		case kind == letter && skip == 0:
			if out = append(out, p.buf...); len(out) > maxToken {
				return "", &Problem{Code: TooBig}
			}
		}
	}
	return string(out), nil
}

// attr is an attribute's value by its name without a prefix.
func (e element) attr(name string) string {
	for rest := e.attrs; ; {
		i := bytes.IndexByte(rest, '=')
		if i < 0 {
			return ""
		}
		key, after := bytes.TrimSpace(rest[:i]), bytes.TrimLeft(rest[i+1:], " \t\r\n")
		if len(after) == 0 {
			return ""
		}
		end := bytes.IndexByte(after[1:], after[0])
		if end < 0 {
			return ""
		}
		if j := bytes.IndexByte(key, ':'); j >= 0 {
			key = key[j+1:]
		}
		if string(key) == name {
			return string(unescaped(after[1 : 1+end]))
		}
		rest = after[end+2:]
	}
}

var entities = map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}

// unescaped replaces the entities of a text; one that is not known stays as it is.
func unescaped(text []byte) []byte {
	if bytes.IndexByte(text, '&') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for {
		i := bytes.IndexByte(text, '&')
		if i < 0 {
			return append(out, text...)
		}
		out, text = append(out, text[:i]...), text[i+1:]
		end := bytes.IndexByte(text[:min(len(text), 12)], ';')
		if end < 0 {
			out = append(out, '&')
			continue
		}
		name := string(text[:end])
		switch value, known := entities[name]; {
		case known:
			out = append(out, value...)
		case codeOf(name) > 0:
			out = utf8.AppendRune(out, rune(codeOf(name)))
		default:
			out = append(append(out, '&'), text[:end+1]...)
		}
		text = text[end+1:]
	}
}

// codeOf is the number of a letter that is named as #1087 or #x43F; 0: it is not.
func codeOf(name string) int64 {
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return 0
	}
	base := 10
	if hex, ok := strings.CutPrefix(strings.ToLower(digits), "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseInt(digits, base, 32)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
