package modem

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func FuzzParseLine(f *testing.F) {
	for _, s := range []string{
		"AT", "ATE0V1+CMEE=1;+CSQ", `AT+CUSD=1,"*100#;",15`, "at+cpms=\"SM\",,\"ME\"", "ATD+79;", "ATS0=1S3?", "AT&F&D2", "AT+CMGS=?",
		"AT+", "AT+CPIN=\"", "xxATZ", "AT^CURC=0;^SYSINFO", "AT+CNMI=2,1,0, 2 ,0",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		cmds, isAT, err := parseLine(line)
		if !isAT && (len(cmds) > 0 || err != nil) {
			t.Errorf("%q is no AT line but gave %v, %v", line, cmds, err)
		}
		for _, c := range cmds {
			if c.name == "" || c.raw == "" || !strings.Contains(line, c.raw) {
				t.Errorf("%q gave %+v", line, c)
			}
			if (c.op == opSet) != (c.args != nil) && c.name != "D" {
				t.Errorf("%q: operation %d with %d parameters", c.raw, c.op, len(c.args))
			}
		}
	})
}

func FuzzParseSubmit(f *testing.F) {
	for _, s := range []string{
		cyrillic(someone, "да"), part(someone, 7, 3, 2, "б"), pdu{first: 0x01, to: "900", ud: "E8329BFD06", udl: 5}.hex(),
		pdu{first: 0x19, to: someone, dcs: 0xf4, vp: "62111240440400", ud: "00FF", udl: -1}.hex(),
		pdu{first: 0x09, to: someone, vp: "0205000000000000", ud: "", udl: 0}.hex(),
	} {
		f.Add("00"+s, len(s)/2)
		f.Add("07919762929090F0"+s, len(s)/2)
	}
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string, declared int) {
		s, err := parseSubmit(text, declared, now)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a word")
			}
			return
		}
		raw, _ := hex.DecodeString(text)
		if len(raw)-1-int(raw[0]) != declared {
			t.Errorf("accepted %d octets, declared %d", len(raw)-1-int(raw[0]), declared)
		}
		if !utf8.ValidString(s.Text) || s.To == "" || s.Seq < 1 || s.Seq > s.Total || s.Validity < 0 {
			t.Errorf("accepted %+v", s)
		}
		if limit := map[alphabet]int{alphabetGSM7: 160, alphabetOctets: 140, alphabetUCS2: 70}[s.Alphabet]; s.UserDataUnits > limit {
			t.Errorf("accepted %d units", s.UserDataUnits)
		}
	})
}

func FuzzShowTPDU(f *testing.F) {
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	for _, text := range []string{"hello", "привет", strings.Repeat("long ", 50)} {
		for _, tpdu := range deliverTPDUs("MegaFon", text, 3, now) {
			f.Add(tpdu)
		}
	}
	f.Add(statusReportTPDU(3, someone, now, now, 0))
	f.Fuzz(func(_ *testing.T, b []byte) { showTPDU(b, now) })
}

func FuzzSeptetsRoundTrip(f *testing.F) {
	f.Add("hello {world} €", 0)
	f.Add("@@@@@@@@", 3)
	f.Fuzz(func(t *testing.T, text string, fill int) {
		fill &= 7
		septets, ok := gsm7Septets(text)
		if !ok {
			return
		}
		packed := packSeptets(septets, fill)
		if got := gsm7Text(unpackSeptets(packed, fill, len(septets))); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
	})
}
