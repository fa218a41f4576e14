package sheet

import (
	"bytes"
	"io"
)

// headSize is how much of a file's beginning is looked at.
const headSize = 64 << 10

// marks are what files of other kinds begin with.
var marks = []struct {
	begin, what string
}{
	{"%PDF", "pdf"},
	{"\x89PNG", "picture"},
	{"\xff\xd8\xff", "picture"},
	{"GIF8", "picture"},
	{"RIFF", "picture"},
	{"BM6", "picture"},
	{"{\\rtf", "document"},
	{"BEGIN:VCARD", "contacts"},
	{"Rar!", "archive"},
	{"7z\xbc\xaf", "archive"},
	{"\x1f\x8b", "archive"},
}

// oleMark begins files of old Office, and new ones under a password.
const oleMark = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// kindOf is "csv" or "xlsx", or why the file is neither.
func kindOf(src io.ReaderAt, size int64) (string, error) {
	head, err := headOf(src, size)
	if err != nil {
		return "", err
	}
	if len(bytes.TrimSpace(bytes.Trim(head, "\xef\xbb\xbf\xff\xfe\x00"))) == 0 && size <= headSize {
		return "", &Problem{Code: Empty}
	}
	for _, m := range marks {
		if bytes.HasPrefix(head, []byte(m.begin)) {
			return "", &Problem{Code: NotTable, What: m.what}
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte(oleMark)):
		return "", oldOffice(src, size)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return "xlsx", nil
	case isPage(head):
		return "", &Problem{Code: HTMLAsExcel}
	case isBinary(head):
		return "", &Problem{Code: NotTable, What: "data"}
	}
	return "csv", nil
}

func headOf(src io.ReaderAt, size int64) ([]byte, error) {
	head := make([]byte, min(size, headSize))
	n, err := src.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	return head[:n], nil
}

// oldOffice tells a password from an old workbook by the names in the file's directory, which
// are UTF-16 ([MS-CFB] 2.6.1, [MS-OFFCRYPTO] 2.3.4.4, [MS-XLS] 2.1.2).
func oldOffice(src io.ReaderAt, size int64) error {
	has := func(names ...string) bool {
		for _, name := range names {
			if contains(src, size, widened(name)) {
				return true
			}
		}
		return false
	}
	switch {
	case has("EncryptedPackage"):
		return &Problem{Code: Password}
	case has("WordDocument"):
		return &Problem{Code: NotTable, What: "document"}
	case has("Workbook", "Book"):
		return &Problem{Code: OldExcel}
	}
	return &Problem{Code: NotTable, What: "data"}
}

func widened(s string) []byte {
	var out []byte
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}

// contains searches a file in pieces that overlap.
func contains(src io.ReaderAt, size int64, what []byte) bool {
	piece := make([]byte, headSize)
	for at := int64(0); at < size; at += int64(len(piece) - len(what)) {
		n, err := src.ReadAt(piece, at)
		if bytes.Contains(piece[:n], what) {
			return true
		}
		if err != nil {
			return false
		}
	}
	return false
}

// isPage tells that a web page, or Excel's XML of 2003, comes under the name of a table.
func isPage(head []byte) bool {
	text := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))))
	for _, begin := range []string{"<!doctype html", "<html", "<table", "<?xml", "<head", "<meta"} {
		if bytes.HasPrefix(text, []byte(begin)) {
			return true
		}
	}
	return false
}

// isBinary tells that a file is no text: more than a tenth are control characters. UTF-16 is
// text.
func isBinary(head []byte) bool {
	if utf16Of(head) != "" {
		return false
	}
	odd := 0
	for _, b := range head {
		if b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != 0x1a {
			odd++
		}
	}
	return odd*10 > len(head)
}
