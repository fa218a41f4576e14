package modem

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// verdict is the final result code of a command.
type verdict struct {
	ok   bool
	text string // as it came: "+CMS ERROR: 38"
	cms  int    // number of a +CMS ERROR, -1 when it is none
	cme  int    // number of a +CME ERROR, -1 when it is none
}

// Words that end an answer beside OK: ITU-T V.250 §5.7, and what Huawei and ZTE sticks say for a
// command they do not know.
var otherFinals = map[string]bool{
	"ERROR": true, "NO CARRIER": true, "NO DIALTONE": true, "NO ANSWER": true, "BUSY": true,
	"COMMAND NOT SUPPORT": true, "TOO MANY PARAMETERS": true,
}

// Texts of the errors that matter, for modems that ignore AT+CMEE=1 (3GPP TS 27.007 §9.2, 27.005
// §3.2.5).
var errorWords = map[string]int{
	"sim not inserted": 10, "sim pin required": 11, "sim puk required": 12, "sim failure": 13,
	"sim busy": 14, "sim wrong": 15, "incorrect password": 16, "no network service": 331,
	"network timeout": 332, "memory full": 322, "invalid memory index": 321,
}

// parseVerdict tells whether a line ends an answer, and how.
func parseVerdict(line string) (verdict, bool) {
	v := verdict{text: line, cms: -1, cme: -1}
	if line == "OK" {
		v.ok = true
		return v, true
	}
	if otherFinals[line] {
		return v, true
	}
	if rest, ok := strings.CutPrefix(line, "+CMS ERROR:"); ok {
		v.cms = errorNumber(rest)
		return v, true
	}
	if rest, ok := strings.CutPrefix(line, "+CME ERROR:"); ok {
		v.cme = errorNumber(rest)
		return v, true
	}
	return v, false
}

func errorNumber(s string) int {
	s = strings.TrimSpace(s)
	if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		return n
	}
	if n, ok := errorWords[strings.ToLower(s)]; ok {
		return n
	}
	return 500 // unknown error, in both lists
}

// fields splits the parameters of an answer at the commas outside of quotes and brackets and takes
// the quotes off: `"SM",3,(0,1)` is SM, 3, (0,1).
func fields(s string) []string {
	var out []string
	depth, quoted, start := 0, false, 0
	cut := func(end int) {
		out = append(out, strings.Trim(strings.TrimSpace(s[start:end]), `"`))
		start = end + 1
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth <= 0:
			cut(i)
		}
	}
	cut(len(s))
	return out
}

// params are the fields behind the prefix of an answer line, or nil when it has another prefix.
func params(line, prefix string) []string {
	rest, ok := strings.CutPrefix(line, prefix)
	if !ok {
		return nil
	}
	return fields(strings.TrimSpace(rest))
}

// numberAt is the i-th field as a number, or def.
func numberAt(f []string, i, def int) int {
	if i < 0 || i >= len(f) {
		return def
	}
	n, err := strconv.Atoi(f[i])
	if err != nil {
		return def
	}
	return n
}

// values reads a range list such as (0,1), (0-3) or (0-2,4) (ITU-T V.250 §5.4.4.3). At most 256 values
// are told.
func values(s string) []int {
	var out []int
	for _, item := range strings.Split(strings.Trim(strings.TrimSpace(s), "()"), ",") {
		low, high, isRange := strings.Cut(strings.TrimSpace(item), "-")
		a, err := strconv.Atoi(low)
		if err != nil {
			continue
		}
		b := a
		if isRange {
			if b, err = strconv.Atoi(high); err != nil {
				continue
			}
		}
		for n := a; n <= b && len(out) < 256; n++ {
			out = append(out, n)
		}
	}
	return out
}

// isHex tells whether a line can be a PDU: whole octets in hex, at least 4 of them.
func isHex(line string) bool {
	if len(line) < 8 || len(line)%2 != 0 {
		return false
	}
	_, err := hex.DecodeString(line)
	return err == nil
}
