package modem

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// alphabet of a user data field.
type alphabet int

const (
	alphabetGSM7 alphabet = iota
	alphabetOctets
	alphabetUCS2
)

// cause numbers that a SUBMIT may be refused with: 3GPP TS 27.005 §3.2.5 and TS 24.011 annex E.
const (
	cmsUnassignedNumber = 1
	cmsInvalidPDU       = 304
)

// pduError is a refused SUBMIT: the +CMS ERROR number and why.
type pduError struct {
	Code int
	Why  string
}

func (e *pduError) Error() string { return e.Why }

func badPDU(format string, args ...any) error {
	return &pduError{Code: cmsInvalidPDU, Why: fmt.Sprintf(format, args...)}
}

// submit is a checked SMS-SUBMIT, 3GPP TS 23.040 §9.2.2.2.
type submit struct {
	SMSC          string // "" = the one of the SIM
	To            string // E.164 with +, or the digits as typed when the type of number is not international
	StatusReport  bool
	Validity      time.Duration // 0 = none given
	PID, DCS      byte
	Alphabet      alphabet
	Text          string // octet data as hex
	Ref           int    // concatenation reference; 0 for a single part
	RefBits       int    // 8, 16; 0 for a single part
	Total, Seq    int    // 1, 1 for a single part
	UserDataUnits int    // septets, octets or UTF-16 units of the text, without header
}

// parseSubmit checks the hex string sent after the prompt against the length declared in AT+CMGS. The length counts the
// octets of the TPDU, without the SMSC address that stands before it (3GPP TS 27.005 §4.3). The error is a *pduError.
func parseSubmit(hexPDU string, declared int, now time.Time) (submit, error) {
	raw, err := hex.DecodeString(hexPDU)
	if err != nil {
		return submit{}, badPDU("not a hex string of whole octets: %v", err)
	}
	smsc, tpdu, err := splitSMSC(raw)
	if err != nil {
		return submit{}, err
	}
	if len(tpdu) != declared {
		return submit{}, badPDU("AT command declared %d octets, the TPDU has %d", declared, len(tpdu))
	}
	s, err := parseSubmitTPDU(tpdu, now)
	s.SMSC = smsc
	return s, err
}

// splitSMSC takes the SMSC address field off the front of a PDU.
func splitSMSC(raw []byte) (smsc string, tpdu []byte, err error) {
	if len(raw) == 0 {
		return "", nil, badPDU("the PDU is empty")
	}
	n := int(raw[0])
	if n == 0 {
		return "", raw[1:], nil
	}
	if n < 2 || n > 11 {
		return "", nil, badPDU("SMSC address of %d octets, allowed are 0 and 2 to 11", n)
	}
	if len(raw) < 1+n {
		return "", nil, badPDU("SMSC address needs %d octets, the PDU ends after %d", n, len(raw)-1)
	}
	body := raw[2 : 1+n]
	digits := 2 * len(body)
	if body[len(body)-1]>>4 == 0xf {
		digits--
	}
	smsc, err = parseNumber(raw[1], body, digits)
	if err != nil {
		return "", nil, badPDU("SMSC address: %v", err)
	}
	return smsc, raw[1+n:], nil
}

// cursor walks over a TPDU and remembers the first shortage.
type cursor struct {
	b   []byte
	err error
}

func (c *cursor) take(n int, what string) []byte {
	if c.err != nil {
		return make([]byte, n)
	}
	if len(c.b) < n {
		c.err = badPDU("the PDU ends inside %s: %d octets needed, %d left", what, n, len(c.b))
		return make([]byte, n)
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) octet(what string) byte { return c.take(1, what)[0] }

func parseSubmitTPDU(tpdu []byte, now time.Time) (submit, error) {
	s := submit{Total: 1, Seq: 1}
	c := &cursor{b: tpdu}
	first := c.octet("the first octet")
	if c.err == nil && first&0x03 != 0x01 {
		return s, badPDU("message type is %d, a SUBMIT is 1 (first octet %02X)", first&0x03, first)
	}
	s.StatusReport = first&0x20 != 0
	c.octet("TP-MR")
	digits := int(c.octet("the length of TP-DA"))
	toa := c.octet("the type of TP-DA")
	if c.err == nil && (digits == 0 || digits > 20) {
		return s, badPDU("TP-DA has %d digits, allowed are 1 to 20", digits)
	}
	body := c.take((digits+1)/2, "TP-DA")
	if c.err != nil {
		return s, c.err
	}
	to, err := parseNumber(toa, body, digits)
	if err != nil {
		return s, badPDU("TP-DA: %v", err)
	}
	s.To = to
	s.PID = c.octet("TP-PID")
	s.DCS = c.octet("TP-DCS")
	switch first >> 3 & 0x03 {
	case 0b10:
		s.Validity = relativeValidity(c.octet("TP-VP"))
	case 0b11:
		at, err := parseTimestamp(c.take(7, "TP-VP"))
		if c.err == nil && err != nil {
			return s, badPDU("TP-VP: %v", err)
		}
		s.Validity = max(0, at.Sub(now))
	case 0b01:
		if s.Validity, err = enhancedValidity(c.take(7, "TP-VP")); c.err == nil && err != nil {
			return s, badPDU("TP-VP: %v", err)
		}
	}
	udl := int(c.octet("TP-UDL"))
	if c.err != nil {
		return s, c.err
	}
	if s.Alphabet, err = alphabetOf(s.DCS); err != nil {
		return s, badPDU("TP-DCS %02X: %v", s.DCS, err)
	}
	ud, err := parseUserData(c.b, udl, s.Alphabet, first&0x40 != 0)
	if err != nil {
		return s, badPDU("%v", err)
	}
	s.Text, s.UserDataUnits = ud.text, ud.units
	if ud.refBits != 0 {
		s.Ref, s.RefBits, s.Total, s.Seq = ud.ref, ud.refBits, ud.total, ud.seq
	}
	if why := unroutable(s.To); why != "" {
		return s, &pduError{Code: cmsUnassignedNumber, Why: why}
	}
	return s, nil
}

// unroutable says why no network could deliver to an international number: the shortest and longest lengths and the
// country codes that are not given to anybody, ITU-T E.164. National and short numbers are the operator's affair.
func unroutable(to string) string {
	digits, international := strings.CutPrefix(to, "+")
	if !international {
		return ""
	}
	switch {
	case len(digits) < 7 || len(digits) > 15:
		return fmt.Sprintf("the international number %s has %d digits; a short or local number must not be marked international", to, len(digits))
	case digits[0] == '0', strings.HasPrefix(digits, "89"), strings.HasPrefix(digits, "83"):
		return fmt.Sprintf("the international number %s begins with no country code", to)
	}
	return ""
}

// userData is a decoded TP-UD.
type userData struct {
	text                     string
	units                    int
	ref, refBits, total, seq int
}

// parseUserData checks TP-UDL against the octets that are really there, walks the user data header and decodes the text.
func parseUserData(octets []byte, udl int, a alphabet, header bool) (userData, error) {
	need, limit, unit := udl, 140, "octets"
	if a == alphabetGSM7 {
		need, limit, unit = (udl*7+7)/8, 160, "septets"
	}
	if udl > limit {
		return userData{}, fmt.Errorf("TP-UDL says %d %s, at most %d fit", udl, unit, limit)
	}
	if len(octets) != need {
		return userData{}, fmt.Errorf("TP-UDL of %d %s means %d octets, the PDU has %d", udl, unit, need, len(octets))
	}
	var ud userData
	headerLen := 0
	if header {
		if len(octets) == 0 {
			return ud, errors.New("the first octet promises a user data header, the user data is empty")
		}
		headerLen = 1 + int(octets[0])
		if headerLen > len(octets) {
			return ud, fmt.Errorf("the user data header needs %d octets, the user data has %d", headerLen, len(octets))
		}
		if err := ud.parseHeader(octets[1:headerLen]); err != nil {
			return ud, err
		}
	}
	switch a {
	case alphabetGSM7:
		skip := (headerLen*8 + 6) / 7
		if skip > udl {
			return ud, fmt.Errorf("the user data header takes %d septets, TP-UDL says %d", skip, udl)
		}
		septets := unpackSeptets(octets, skip*7, udl-skip)
		ud.text, ud.units = gsm7Text(septets), len(septets)
	case alphabetUCS2:
		body := octets[headerLen:]
		if len(body)%2 != 0 {
			return ud, fmt.Errorf("UCS-2 text of %d octets, must be even", len(body))
		}
		ud.text, ud.units = ucs2Text(body), len(body)/2
	default:
		ud.text, ud.units = strings.ToUpper(hex.EncodeToString(octets[headerLen:])), len(octets)-headerLen
	}
	return ud, nil
}

// parseHeader walks the information elements, 3GPP TS 23.040 §9.2.3.24; only concatenation matters to a phone's list.
func (ud *userData) parseHeader(h []byte) error {
	for len(h) > 0 {
		if len(h) < 2 || len(h) < 2+int(h[1]) {
			return errors.New("the user data header ends inside an information element")
		}
		id, body := h[0], h[2:2+int(h[1])]
		h = h[2+len(body):]
		if id != 0x00 && id != 0x08 {
			continue
		}
		if want := map[byte]int{0x00: 3, 0x08: 4}[id]; len(body) != want {
			return fmt.Errorf("concatenation element %02X of %d octets, must be %d", id, len(body), want)
		}
		if ud.refBits != 0 {
			return errors.New("two concatenation elements in one user data header")
		}
		ud.refBits, ud.ref = 8, int(body[0])
		if id == 0x08 {
			ud.refBits, ud.ref = 16, int(body[0])<<8|int(body[1])
		}
		ud.total, ud.seq = int(body[len(body)-2]), int(body[len(body)-1])
		if ud.total == 0 || ud.seq == 0 || ud.seq > ud.total {
			return fmt.Errorf("part %d of %d is no possible part", ud.seq, ud.total)
		}
	}
	return nil
}

// alphabetOf reads TP-DCS, 3GPP TS 23.038 §4.
func alphabetOf(dcs byte) (alphabet, error) {
	switch {
	case dcs&0xc0 == 0x00 || dcs&0xc0 == 0x40:
		if dcs&0x20 != 0 {
			return 0, errors.New("compressed text is not supported")
		}
		switch dcs >> 2 & 0x03 {
		case 0:
			return alphabetGSM7, nil
		case 1:
			return alphabetOctets, nil
		case 2:
			return alphabetUCS2, nil
		}
		return 0, errors.New("reserved alphabet")
	case dcs&0xf0 == 0xc0 || dcs&0xf0 == 0xd0:
		return alphabetGSM7, nil
	case dcs&0xf0 == 0xe0:
		return alphabetUCS2, nil
	case dcs&0xf0 == 0xf0:
		if dcs&0x04 != 0 {
			return alphabetOctets, nil
		}
		return alphabetGSM7, nil
	}
	return 0, errors.New("reserved coding group")
}
