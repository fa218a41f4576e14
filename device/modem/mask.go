package modem

import "strings"

// maskLine hides what may be a number or a text in a line of the AT dialogue: each run of 6 or more
// digits or hex digits, and everything between quotes.
func maskLine(line string) string {
	var b strings.Builder
	run, quoted := 0, false
	start := 0
	flush := func(end int) {
		switch {
		case run == 0:
		case run >= 6:
			b.WriteString("•••")
		default:
			b.WriteString(line[start:end])
		}
		run = 0
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		if c == '"' {
			if quoted {
				b.WriteString(`•"`)
			} else {
				flush(i)
				b.WriteByte('"')
			}
			quoted, start = !quoted, i+1
			continue
		}
		if quoted {
			continue
		}
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f' {
			if run == 0 {
				start = i
			}
			run++
			continue
		}
		if run > 0 {
			flush(i)
		}
		b.WriteByte(c)
	}
	if run > 0 && !quoted {
		flush(len(line))
	}
	return b.String()
}
