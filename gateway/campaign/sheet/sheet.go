// Package sheet reads lists of people: CSV in any of the encodings that a Russian office makes,
// XLSX, and pasted text; and writes tables that such an office opens. A file is read row by row;
// it is never whole in memory.
//
// What belongs here: encodings, separators, quotes, cells, the guess what a column holds. What a
// number or a name means belongs to the caller.
//
// XLSX is read with the standard library alone: what is there for Go either takes a damaged file
// for a short one, or does not tell an empty cell from a formula that was never calculated.
package sheet

// What is read. MaxSize is the largest file in bytes, MaxRows the most rows; a row has at most
// maxRow bytes and maxCells cells.
const (
	MaxSize = 32 << 20
	MaxRows = 500_000

	maxRow   = 64 << 10
	maxCells = 1024
)

// Options say how a file is to be read. What is empty is found out.
type Options struct {
	// Encoding is "utf-8", "windows-1251" or "utf-16"; Comma is ";", ",", "|" or a tab. Both are for
	// CSV.
	Encoding, Comma string
	// Header: the first row has the columns' names, and Next passes it over.
	Header bool
	// Need are the columns, from 0, that are wanted; nil: all. A formula without a value refuses the
	// row only in one of these.
	Need []int
}

// Look is the beginning of a file and what it seems to be.
type Look struct {
	Kind     string // "csv" or "xlsx"
	Encoding string // "utf-8", "windows-1251", "utf-16"; empty for XLSX
	Comma    string
	Header   bool
	Columns  []Column
	// Rows are the first ones after the header, at most 5.
	Rows [][]string
	// Lines is how many rows with anything in them the file has, the header not counted.
	Lines int
}

// Column is a column's name and what it seems to hold.
type Column struct {
	Name  string // of the header; empty: none
	Guess string // "phone", "name", "language", "city", "order"; empty: no idea
}
