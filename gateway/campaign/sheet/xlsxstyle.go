package sheet

import (
	"archive/zip"
	"math"
	"strconv"
	"strings"
	"time"
)

// readStyles finds the styles that show numbers as dates.
func (b *book) readStyles(f *zip.File) error {
	custom := map[string]bool{} // number formats of the workbook's own
	inside, style := false, 0
	return walk(f, maxTexts, func(e element, _ *part) error {
		switch e.name {
		case "numFmt":
			custom[e.attr("numFmtId")] = isDate(e.attr("formatCode"))
		case "cellXfs":
			inside = true
		case "cellStyles", "dxfs", "cellStyleXfs":
			inside = false
		case "xf":
			if !inside {
				return nil
			}
			id := e.attr("numFmtId")
			if n, err := strconv.Atoi(id); custom[id] || err == nil && builtinDate(n) {
				b.dates[style] = true
			}
			style++
		}
		return nil
	})
}

// builtinDate tells the number formats for dates that need no description (ECMA-376 part 1,
// 18.8.30).
func builtinDate(id int) bool {
	return id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58
}

// isDate tells that a format shows parts of a date or a time outside of its quotations.
func isDate(format string) bool {
	for i := 0; i < len(format); i++ {
		switch format[i] {
		case '"':
			end := strings.IndexByte(format[i+1:], '"')
			if end < 0 {
				return false
			}
			i += end + 1
		case '\\', '_', '*':
			i++
		case '[':
			end := strings.IndexByte(format[i:], ']')
			if end < 0 {
				return false
			}
			if strings.Trim(strings.ToLower(format[i+1:i+end]), "hms") == "" {
				return true // time that has passed: [h]:mm
			}
			i += end
		case 'd', 'D', 'm', 'M', 'y', 'Y', 'h', 'H', 's', 'S':
			return true
		}
	}
	return false
}

// number writes a cell's number: whole ones as digits, never with an exponent.
func number(raw string) string {
	raw = strings.TrimSpace(raw)
	if raw == "" || strings.Trim(raw, "0123456789") == "" {
		return raw
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || math.Abs(f) >= 1e18 {
		return raw
	}
	if near := math.Round(f); math.Abs(near) >= 1e6 && math.Abs(f-near) < 1e-4 {
		f = near // what is left of a calculation
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// date writes a number of days as a date, with the time when it has one.
func (b *book) date(raw string) string {
	f, err := strconv.ParseFloat(strings.TrimSpace(raw), 64)
	if err != nil || !(f >= 0 && f < 2_958_466) { // 31 December 9999
		return raw
	}
	// Excel takes 1900 for a leap year, so that days before March 1900 are one too many.
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if b.from04 {
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	days, part := math.Modf(f)
	t := epoch.AddDate(0, 0, int(days)).Add(time.Duration(math.Round(part*24*60*60)) * time.Second)
	switch {
	case days == 0 && part > 0:
		return t.Format("15:04")
	case t.Hour() == 0 && t.Minute() == 0:
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02 15:04")
}
