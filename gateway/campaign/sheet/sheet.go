// Package sheet reads lists of people: CSV in any of the encodings that a Russian office makes,
// XLSX, and pasted text. A file is read row by row; it is never whole in memory.
//
// What belongs here: encodings, separators, quotes, cells, the guess what a column holds. What a
// number or a name means belongs to the caller.
package sheet

// MaxSize is the largest file that is read, in bytes; MaxRows the most rows.
const (
	MaxSize = 32 << 20
	MaxRows = 500_000
)

// Look is the beginning of a file and what it seems to be.
type Look struct {
	Kind     string // "csv" or "xlsx"
	Encoding string // "utf-8", "windows-1251", "utf-16"; empty for XLSX
	Comma    string
	Header   bool
	Columns  []Column
	// Rows are the first ones after the header, at most 5.
	Rows [][]string
	// Lines is how many rows the file has, as far as it was counted.
	Lines int
}

// Column is a column's name and what it seems to hold.
type Column struct {
	Name  string // of the header; empty: none
	Guess string // "phone", "name", "language", "city", "order"; empty: no idea
}
