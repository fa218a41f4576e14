package modem

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/pdumode"
	"github.com/warthog618/sms/encoding/tpdu"
	"github.com/warthog618/sms/encoding/ucs2"

	"vestnik/device"
)

// submitPDUs writes a message as SMS-SUBMITs (3GPP TS 23.040 §9.2.2.2), one for each part, with a
// delivery report asked for. The parts are cut exactly as device.MeasureSMS counts them. The
// error is Invalid.
func submitPDUs(env device.Envelope) ([][]byte, error) {
	length := device.MeasureSMS(env.Text)
	chunks, err := cut(env.Text, length)
	if err != nil {
		return nil, err
	}
	if len(chunks) == 0 || len(chunks) > 255 {
		return nil, device.Errorf(device.Invalid, "modem: write SMS", "the text takes %d SMS, possible are 1 to 255", len(chunks))
	}
	out := make([][]byte, 0, len(chunks))
	for i, chunk := range chunks {
		t, err := tpdu.NewSubmit()
		if err != nil {
			return nil, device.Errorf(device.Internal, "modem: write SMS", "%w", err)
		}
		t.FirstOctet |= tpdu.FoSRR
		t.DA.SetNumber(env.To.Digits())
		if length.Encoding == device.UCS2 {
			t.SetDCS(byte(tpdu.DcsUCS2Data))
		}
		if env.ValidFor > 0 {
			var vp tpdu.ValidityPeriod
			vp.SetRelative(env.ValidFor)
			t.SetVP(vp)
		}
		if len(chunks) > 1 {
			t.SetUDH(tpdu.UserDataHeader{{ID: 0, Data: []byte{byte(env.ConcatRef), byte(len(chunks)), byte(i + 1)}}})
		}
		t.SetUD(chunk)
		b, err := t.MarshalBinary()
		if err != nil {
			return nil, device.Errorf(device.Invalid, "modem: write SMS", "the number or text cannot be written: %w", err)
		}
		if env.ValidFor > 0 {
			// first octet, MR, length and type of address, digits, PID, DCS; then the VP. The
			// codec's own octet is 5 minutes too long for the shortest periods.
			b[2+2+(len(env.To.Digits())+1)/2+2] = relativeVP(env.ValidFor)
		}
		out = append(out, b)
	}
	return out, nil
}

// relativeVP is TP-VP for a duration, rounded down to what the octet can say but at least 5 minutes (3GPP TS
// 23.040 §9.2.3.12.1).
func relativeVP(d time.Duration) byte {
	const day = 24 * time.Hour
	switch {
	case d < 10*time.Minute:
		return 0
	case d <= 12*time.Hour:
		return byte(d/(5*time.Minute) - 1)
	case d < day:
		return byte(143 + (d-12*time.Hour)/(30*time.Minute))
	case d < 2*day:
		return 167
	case d <= 30*day:
		return byte(166 + d/day)
	case d < 5*7*day:
		return 196
	default:
		return byte(192 + min(d/(7*day), 63))
	}
}

// cut divides a text into the user data of its parts: septets, one per octet, or UTF-16.
func cut(text string, length device.SMSLength) ([][]byte, error) {
	var chunks [][]byte
	var now []byte
	used := 0
	for _, r := range text {
		var code []byte
		width := 0
		if length.Encoding == device.UCS2 {
			code = ucs2.Encode([]rune{r})
			width = max(1, utf16.RuneLen(r))
		} else {
			b, err := gsm7.Encode([]byte(string(r)))
			if err != nil {
				return nil, device.Errorf(device.Internal, "modem: write SMS", "%U is not in the GSM alphabet: %w", r, err)
			}
			code, width = b, len(b)
		}
		if used+width > length.PerPart {
			chunks = append(chunks, now)
			now, used = nil, 0
		}
		now = append(now, code...)
		used += width
	}
	if used > 0 {
		chunks = append(chunks, now)
	}
	return chunks, nil
}

// wire is a TPDU as AT+CMGS takes it: no SMSC address (the SIM's own is used) and hex.
func wire(b []byte) string { return "00" + strings.ToUpper(hex.EncodeToString(b)) }

// stored is what a PDU from the modem holds: exactly one of report and text.
type storedPDU struct {
	report *report
	text   *fragment
}

// report is an SMS-STATUS-REPORT (3GPP TS 23.040 §9.2.2.3).
type report struct {
	mr   int
	to   string // recipient as the network spells it
	sent time.Time
	done time.Time
	st   byte
	// print names the report: the same report read twice has the same.
	print string
}

// fragment is an SMS-DELIVER: a whole text or a part of one.
type fragment struct {
	from  string // number with a plus when international, short number, or a name
	name  bool   // from is a name
	at    time.Time
	text  string
	part  int // 1 to parts
	parts int // 1 when whole
	ref   int
	wide  []byte // the text as UTF-16 where it came so: a pair may be split over two parts
	raw   string // the PDU without its SMSC field, hex: names the fragment
}

var errNoPDU = errors.New("not a PDU this box can read")

// parsePDU reads a PDU that the modem stored or routed.
func parsePDU(line string) (storedPDU, error) {
	p, err := pdumode.UnmarshalHexString(line)
	if err != nil {
		return storedPDU{}, fmt.Errorf("%w: %w", errNoPDU, err)
	}
	if len(p.TPDU) == 0 {
		return storedPDU{}, errNoPDU
	}
	switch p.TPDU[0] & 0x03 { // TP-MTI, 3GPP TS 23.040 §9.2.3.1
	case 0:
		f, err := parseDeliver(p.TPDU)
		return storedPDU{text: f}, err
	case 2:
		r, err := parseReport(p.TPDU)
		return storedPDU{report: r}, err
	}
	return storedPDU{}, fmt.Errorf("%w: it is an SMS of our own", errNoPDU)
}

// parseReport reads the fields that matter and no more: some centres append octets that no
// strict reader takes, and some fill the times with nonsense.
func parseReport(b []byte) (*report, error) {
	if len(b) < 4 {
		return nil, errNoPDU
	}
	r := &report{mr: int(b[1])}
	var a tpdu.Address
	n, err := a.UnmarshalBinary(b[2:])
	if err != nil {
		return nil, fmt.Errorf("%w: recipient of a report: %w", errNoPDU, err)
	}
	rest := b[2+n:]
	if len(rest) < 15 {
		return nil, fmt.Errorf("%w: a report of %d octets", errNoPDU, len(b))
	}
	r.to, r.st = a.Number(), rest[14]
	var ts tpdu.Timestamp
	if ts.UnmarshalBinary(rest[:7]) == nil {
		r.sent = ts.Time
	}
	if ts.UnmarshalBinary(rest[7:14]) == nil {
		r.done = ts.Time
	}
	r.print = hex.EncodeToString(append([]byte{b[1]}, rest[:15]...))
	return r, nil
}

func parseDeliver(b []byte) (*fragment, error) {
	t := tpdu.TPDU{Direction: tpdu.MT}
	if err := t.UnmarshalBinary(b); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoPDU, err)
	}
	f := &fragment{
		from: t.OA.Number(), name: t.OA.TypeOfNumber() == tpdu.TonAlphanumeric, at: t.SCTS.Time,
		part: 1, parts: 1, raw: hex.EncodeToString(b),
	}
	if total, seq, ref, ok := t.ConcatInfo(); ok && total > 1 && seq >= 1 && seq <= total {
		f.part, f.parts, f.ref = seq, total, ref
	}
	alphabet, err := t.Alphabet()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoPDU, err)
	}
	switch alphabet {
	case tpdu.AlphaUCS2:
		f.wide, f.text = t.UD, utf16Text(t.UD)
	case tpdu.Alpha8Bit:
		f.text = "" // binary: ringtones, settings; nothing a person wrote
	default:
		text, err := tpdu.DecodeUserData(t.UD, t.UDH, alphabet, tpdu.WithAllCharsets)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errNoPDU, err)
		}
		f.text = string(text)
	}
	if !utf8.ValidString(f.text) {
		f.text = strings.ToValidUTF8(f.text, "\uFFFD")
	}
	return f, nil
}

// utf16Text reads big-endian UTF-16; half a pair becomes U+FFFD.
func utf16Text(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return string(utf16.Decode(units))
}
