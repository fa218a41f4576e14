package modem

import "strings"

// urc is one unsolicited line, with the line that belongs to it when there is one: the PDU of a
// +CDS or +CMT, the rest of a USSD text.
type urc struct {
	line string
	pdu  string
}

// restarted is what a module says that has started again under an open port (SIM800 series, EC25: AT command manuals).
const restarted = "RDY"

// headers are the unsolicited lines that are followed by a PDU (3GPP TS 27.005 §3.4.1).
var headers = []string{"+CDS:", "+CMT:", "+CBM:"}

// always are lines that are unsolicited whatever is being asked.
var always = []string{"+CMTI:", "+CDSI:", "+CUSD:", "RING", "+CRING:", "^SMMEMFULL", restarted, "Call Ready", "SMS Ready"}

// noise are the beginnings of the vendors' own news. A line that begins so is skipped unless the
// command in flight asked for exactly that prefix.
var noise = []string{"^", "*", "$", "%", "+Z", "+Q", "+CFUN:", "+CPIN:", "+CREG:", "+CGREG:", "+CEREG:", "+CIEV:", "+CTZ", "+PSUTTZ", "DST:", "NORMAL POWER DOWN", "UNDER-VOLTAGE", "OVER-VOLTAGE", "+CLIP:", "+CGEV:", "+STIN:", "+PACSP", "PB DONE"}

func hasAny(line string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(line, p) {
			return true
		}
	}
	return false
}

// gatherer puts unsolicited lines together with what follows them, wherever they fall.
type gatherer struct {
	open  *urc // a header that waits for its PDU
	ussd  *urc // a USSD text with an open quote
	lines int  // lines added to it
}

// take offers a line. used is true when it is unsolicited or part of something that is; done is
// non-nil when a whole one is there.
func (g *gatherer) take(line string) (used bool, done *urc) {
	if g.ussd != nil {
		g.ussd.line += "\n" + line
		g.lines++
		if strings.Count(line, `"`)%2 == 1 || g.lines >= 10 {
			done, g.ussd = g.ussd, nil
		}
		return true, done
	}
	switch {
	case g.open != nil && isHex(line):
		g.open.pdu = line
		done, g.open = g.open, nil
		return true, done
	case hasAny(line, headers):
		g.open = &urc{line: line}
		return true, nil
	case strings.HasPrefix(line, "+CUSD:"):
		u := &urc{line: line}
		if strings.Count(line, `"`)%2 == 1 {
			g.ussd, g.lines = u, 0
			return true, nil
		}
		return true, u
	case hasAny(line, always):
		return true, &urc{line: line}
	}
	return false, nil
}
