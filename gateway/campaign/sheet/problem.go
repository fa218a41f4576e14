package sheet

import (
	"errors"
	"fmt"

	"vestnik/device"
)

// Code names what is wrong with a file or a row.
type Code string

// What may be wrong. Those of the second block are about one row, and reading goes on after it.
const (
	TooBig      Code = "too_big"       // larger than MaxSize, or what is packed in it is
	TooManyRows Code = "too_many_rows" // more than MaxRows
	Empty       Code = "empty"
	NotTable    Code = "not_table" // what: PDF, a picture …
	OldExcel    Code = "old_excel" // .xls or .xlsb
	HTMLAsExcel Code = "html_as_excel"
	Password    Code = "password"
	OpenOffice  Code = "open_office" // .ods
	Broken      Code = "broken"      // an XLSX file that cannot be unpacked or read to its end
	NoSheet     Code = "no_sheet"    // a workbook without a sheet of cells
	NoEncoding  Code = "no_encoding" // what: asked for one that is not read
	NoColumn    Code = "no_column"   // what: its number, from 1

	RowTooLong Code = "row_too_long"
	NoValue    Code = "no_value" // what: the cell with a formula that was never calculated
)

// Problem is why a file or a row is not read. device.KindOf is Invalid.
type Problem struct {
	Code Code
	// Line is the row's number in the file, from 1; 0: the whole file.
	Line int
	What string
}

// Row tells that only this row is refused and that reading goes on after it.
func (p *Problem) Row() bool { return p.Code == RowTooLong || p.Code == NoValue }

// Error is for the technician; a person reads Sentence.
func (p *Problem) Error() string {
	s := "sheet: " + string(p.Code)
	if p.Line > 0 {
		s += fmt.Sprintf(" in row %d", p.Line)
	}
	if p.What != "" {
		s += ": " + p.What
	}
	return s
}

// Unwrap makes it an Invalid of package device.
func (p *Problem) Unwrap() error {
	return &device.Error{Kind: device.Invalid, Op: "sheet", Code: string(p.Code)}
}

// RowRefused tells whether err refuses one row alone.
func RowRefused(err error) (*Problem, bool) {
	var p *Problem
	if errors.As(err, &p) && p.Row() {
		return p, true
	}
	return nil, false
}
