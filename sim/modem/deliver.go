package modem

import (
	"fmt"
	"strings"
	"time"
)

// deliverTPDUs builds the SMS-DELIVER parts of a text, 3GPP TS 23.040 §9.2.2.1: the 7-bit alphabet when every character
// is in it, UCS-2 otherwise; 160/153 septets or 70/67 UTF-16 units a part. ref is used only when there is more than one.
func deliverTPDUs(from, text string, ref byte, at time.Time) [][]byte {
	dcs, chunks, septets := byte(0x08), [][]byte(nil), false
	if s, ok := gsm7Septets(text); ok {
		dcs, septets = 0x00, true
		chunks = splitSeptets(s)
	} else {
		chunks = splitUCS2(ucs2Bytes(text))
	}
	out := make([][]byte, 0, len(chunks))
	for i, chunk := range chunks {
		var header []byte
		first := byte(0x04) // SMS-DELIVER, no more messages
		if len(chunks) > 1 {
			header = []byte{5, 0, 3, ref, byte(len(chunks)), byte(i + 1)}
			first |= 0x40
		}
		tpdu := append([]byte{first}, encodeNumber(from)...)
		tpdu = append(tpdu, 0x00, dcs)
		tpdu = append(tpdu, encodeTimestamp(at)...)
		tpdu = append(tpdu, encodeUserData(header, chunk, septets)...)
		out = append(out, tpdu)
	}
	return out
}

func encodeUserData(header, chunk []byte, septets bool) []byte {
	if !septets {
		return append(append([]byte{byte(len(header) + len(chunk))}, header...), chunk...)
	}
	headerSeptets := (len(header)*8 + 6) / 7
	fill := headerSeptets*7 - len(header)*8
	body := packSeptets(chunk, fill)
	return append(append([]byte{byte(headerSeptets + len(chunk))}, header...), body...)
}

// splitSeptets never parts an escape from its character.
func splitSeptets(s []byte) [][]byte {
	if len(s) <= 160 {
		return [][]byte{s}
	}
	var out [][]byte
	for len(s) > 153 {
		n := 153
		if s[n-1] == gsm7Escape {
			n--
		}
		out, s = append(out, s[:n]), s[n:]
	}
	return append(out, s)
}

// splitUCS2 never parts a surrogate pair.
func splitUCS2(b []byte) [][]byte {
	if len(b) <= 140 {
		return [][]byte{b}
	}
	var out [][]byte
	for len(b) > 134 {
		n := 134
		if b[n-2]&0xfc == 0xd8 {
			n -= 2
		}
		out, b = append(out, b[:n]), b[n:]
	}
	return append(out, b)
}

// statusReportTPDU builds an SMS-STATUS-REPORT, 3GPP TS 23.040 §9.2.2.3.
func statusReportTPDU(mr byte, recipient string, taken, discharged time.Time, status byte) []byte {
	tpdu := append([]byte{0x06, mr}, encodeNumber(recipient)...)
	tpdu = append(tpdu, encodeTimestamp(taken)...)
	tpdu = append(tpdu, encodeTimestamp(discharged)...)
	return append(tpdu, status)
}

// shown is a stored TPDU as text mode (AT+CMGF=1) lists it.
type shown struct {
	kind   byte // TP-MTI as the modem sees it: 0 deliver, 1 submit, 2 status report
	number string
	stamp  time.Time
	text   string
	mr, st byte
	dt     time.Time
}

// showTPDU decodes what text mode needs; anything it cannot read is shown with an empty text, as modems do.
func showTPDU(tpdu []byte, now time.Time) shown {
	if len(tpdu) == 0 {
		return shown{}
	}
	s := shown{kind: tpdu[0] & 0x03}
	c := &cursor{b: tpdu[1:]}
	address := func() string {
		n, toa := int(c.octet("an address")), c.octet("an address")
		body := c.take((n+1)/2, "an address")
		if c.err != nil {
			return ""
		}
		if toa&0x70 == 0x50 {
			return gsm7Text(unpackSeptets(body, 0, n*4/7))
		}
		number, _ := parseNumber(toa, body, n)
		return number
	}
	switch s.kind {
	case 0:
		s.number = address()
		c.octet("TP-PID")
		dcs := c.octet("TP-DCS")
		s.stamp, _ = parseTimestamp(c.take(7, "TP-SCTS"))
		udl := int(c.octet("TP-UDL"))
		a, err := alphabetOf(dcs)
		if c.err == nil && err == nil {
			ud, _ := parseUserData(c.b, udl, a, tpdu[0]&0x40 != 0)
			s.text = ud.text
		}
	case 1:
		sub, _ := parseSubmitTPDU(tpdu, now)
		s.number, s.text = sub.To, sub.Text
	case 2:
		s.mr = c.octet("TP-MR")
		s.number = address()
		s.stamp, _ = parseTimestamp(c.take(7, "TP-SCTS"))
		s.dt, _ = parseTimestamp(c.take(7, "TP-DT"))
		s.st = c.octet("TP-ST")
	}
	return s
}

// textStamp is the time format of text mode, 3GPP TS 27.005 §3.1: "yy/MM/dd,hh:mm:ss±zz", zone in quarter hours.
func textStamp(t time.Time) string {
	_, offset := t.Zone()
	sign := "+"
	if offset < 0 {
		sign, offset = "-", -offset
	}
	return fmt.Sprintf("%s%s%02d", t.Format("06/01/02,15:04:05"), sign, offset/900)
}

func numberTOA(number string) int {
	if strings.HasPrefix(number, "+") {
		return 145
	}
	return 129
}
