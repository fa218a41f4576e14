package modem

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestSubmitCheck(t *testing.T) {
	t.Parallel()
	ok := pdu{first: 0x31, to: someone, dcs: 8, vp: "A7", ud: ucs2("да"), udl: -1}
	with := func(change func(p *pdu)) string {
		p := ok
		change(&p)
		return "00" + p.hex()
	}
	same := func(old, new string) string { return strings.Replace("00"+ok.hex(), old, new, 1) }
	for _, tc := range []struct {
		name, pdu, why string
		code           int
	}{
		{name: "well formed", pdu: "00" + ok.hex()},
		{name: "with SMSC", pdu: "07919762929090F0" + ok.hex()},
		{name: "empty text", pdu: with(func(p *pdu) { p.ud = "" })},
		{name: "short number", pdu: with(func(p *pdu) { p.to = "900" })},
		{name: "seven bit", pdu: with(func(p *pdu) { p.dcs, p.ud, p.udl = 0, "E8329BFD06", 5 })},
		{name: "full seven bit", pdu: with(func(p *pdu) { p.dcs, p.ud, p.udl = 0, strings.Repeat("00", 140), 160 })},
		{name: "absolute validity", pdu: with(func(p *pdu) { p.first, p.vp = 0x39, "62801021000000" })},
		{name: "enhanced validity", pdu: with(func(p *pdu) { p.first, p.vp = 0x29, "02050000000000" })},
		{name: "16-bit reference", pdu: with(func(p *pdu) { p.first, p.udh = 0x71, "0608040102"+"0201" })},
		{name: "unknown header element", pdu: with(func(p *pdu) { p.first, p.udh = 0x71, "03240101" })},
		{name: "no hex", pdu: "00zz", why: "hex", code: 304},
		{name: "odd hex", pdu: "00" + ok.hex()[1:], why: "hex", code: 304},
		{name: "nothing", pdu: "", why: "empty", code: 304},
		{name: "SMSC cut", pdu: "079197", why: "SMSC", code: 304},
		{name: "SMSC length", pdu: "0C9197" + strings.Repeat("00", 30), why: "SMSC", code: 304},
		{name: "a DELIVER", pdu: with(func(p *pdu) { p.first = 0x30 }), why: "SUBMIT", code: 304},
		{name: "no digits", pdu: same("0B919761214365F7", "0091"), why: "digits", code: 304},
		{name: "type without extension bit", pdu: same("0B91", "0B11"), why: "extension bit", code: 304},
		{name: "alphanumeric recipient", pdu: same("0B91", "0BD0"), why: "type of number 5", code: 304},
		{name: "other numbering plan", pdu: same("0B91", "0B98"), why: "numbering plan", code: 304},
		{name: "letter in the number", pdu: same("9761214365F7", "97A1214365F7"), why: "digit", code: 304},
		{name: "no filler", pdu: same("65F7", "6507"), why: "filler", code: 304},
		{name: "short number as international", pdu: with(func(p *pdu) { p.to = "+900" }), why: "short", code: 1},
		{name: "trunk prefix as international", pdu: with(func(p *pdu) { p.to = "+89161234567" }), why: "country code", code: 1},
		{name: "reserved coding", pdu: with(func(p *pdu) { p.dcs = 0x8c }), why: "reserved", code: 304},
		{name: "compressed", pdu: with(func(p *pdu) { p.dcs = 0x20 }), why: "compressed", code: 304},
		{name: "length too big", pdu: with(func(p *pdu) { p.udl = 5 }), why: "TP-UDL", code: 304},
		{name: "length too small", pdu: with(func(p *pdu) { p.udl = 3 }), why: "TP-UDL", code: 304},
		{name: "length in characters", pdu: with(func(p *pdu) { p.udl = 2 }), why: "TP-UDL", code: 304},
		{name: "too long", pdu: with(func(p *pdu) { p.ud = strings.Repeat("0041", 71) }), why: "at most 140", code: 304},
		{name: "too many septets", pdu: with(func(p *pdu) { p.dcs, p.ud, p.udl = 0, strings.Repeat("00", 141), 161 }), why: "at most 160", code: 304},
		{name: "odd UCS-2", pdu: with(func(p *pdu) { p.ud = "043400" }), why: "even", code: 304},
		{name: "header promised and absent", pdu: with(func(p *pdu) { p.first, p.ud = 0x71, "" }), why: "header", code: 304},
		{name: "header over the end", pdu: with(func(p *pdu) { p.first, p.ud = 0x71, "0900" }), why: "header", code: 304},
		{name: "element over the end", pdu: with(func(p *pdu) { p.first, p.udh = 0x71, "0400030102" }), why: "element", code: 304},
		{name: "element of wrong length", pdu: with(func(p *pdu) { p.first, p.udh = 0x71, "0400020102" }), why: "must be 3", code: 304},
		{name: "part 3 of 2", pdu: with(func(p *pdu) { p.first, p.udh = 0x71, "0500030102"+"03" }), why: "part 3 of 2", code: 304},
		{name: "part 0", pdu: with(func(p *pdu) { p.first, p.udh = 0x71, "0500030102"+"00" }), why: "part 0", code: 304},
		{name: "two references", pdu: with(func(p *pdu) { p.first, p.udh = 0x71, "0A0003010201"+"0003010201" }), why: "two concat", code: 304},
		{name: "header longer than the septets", pdu: with(func(p *pdu) { p.first, p.dcs, p.udh, p.ud, p.udl = 0x71, 0, "050003010201", "", 6 }), why: "septets", code: 304},
		{name: "validity is no date", pdu: with(func(p *pdu) { p.first, p.vp = 0x39, "62991021000000" }), why: "TP-VP", code: 304},
		{name: "cut", pdu: "003100", why: "ends inside", code: 304},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			smsc := 0
			if len(tc.pdu) > 2 && tc.pdu[1] == '7' {
				smsc = 7
			}
			s, err := parseSubmit(tc.pdu, len(tc.pdu)/2-1-smsc, time.Now())
			if tc.code == 0 {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			pe := (*pduError)(nil)
			if !errors.As(err, &pe) || pe.Code != tc.code || !strings.Contains(pe.Why, tc.why) {
				t.Fatalf("got %v (%+v), want %d and %q", err, s, tc.code, tc.why)
			}
		})
	}
}

func TestRelativeValidity(t *testing.T) {
	t.Parallel()
	for v, want := range map[byte]time.Duration{
		0: 5 * time.Minute, 143: 12 * time.Hour, 167: 24 * time.Hour, 168: 48 * time.Hour, 196: 30 * 24 * time.Hour, 255: 63 * 7 * 24 * time.Hour,
	} {
		if got := relativeValidity(v); got != want {
			t.Errorf("validity %d is %v, want %v", v, got, want)
		}
	}
}

func TestTimestampZones(t *testing.T) {
	t.Parallel()
	for _, offset := range []int{0, 3 * 3600, -5 * 3600, 5*3600 + 1800, 12 * 3600} {
		want := time.Date(2026, 8, 21, 14, 18, 5, 0, time.FixedZone("", offset))
		got, err := parseTimestamp(encodeTimestamp(want))
		if err != nil || !got.Equal(want) {
			t.Errorf("offset %d: %v, %v, want %v", offset, got, err, want)
		}
	}
}
