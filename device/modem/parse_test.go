package modem

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"vestnik/device"
)

func split(data []byte, step int, prompt bool) (lines []string, prompts int) {
	var s splitter
	for len(data) > 0 {
		n := min(step, len(data))
		s.feed(data[:n], func() bool { return prompt }, func(e event) {
			if e.prompt {
				prompts++
				return
			}
			lines = append(lines, e.line)
		})
		data = data[n:]
	}
	return lines, prompts
}

func TestSplitter(t *testing.T) {
	t.Parallel()
	in := []byte("AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n\x00\r\n> \r\n+CMGS: 7\n\nOK\r\n")
	want := []string{"AT+CSQ", "+CSQ: 20,99", "OK", "+CMGS: 7", "OK"}
	for step := 1; step < len(in); step++ {
		lines, prompts := split(in, step, true)
		if !slices.Equal(lines, want) || prompts != 1 {
			t.Fatalf("in steps of %d: %q, %d prompts", step, lines, prompts)
		}
	}
	lines, prompts := split([]byte("> quoted\r\n"), 3, false)
	if !slices.Equal(lines, []string{"> quoted"}) || prompts != 0 {
		t.Errorf("%q, %d prompts", lines, prompts)
	}
	lines, _ = split([]byte(strings.Repeat("x", 3*maxLine)+"\r\nOK\r\n"), 1000, false)
	if !slices.Equal(lines, []string{"OK"}) {
		t.Errorf("a line without end: %d lines", len(lines))
	}
}

func FuzzSplitter(f *testing.F) {
	f.Add([]byte("\r\n+CDS: 25\r\n0006\r\n> \r\nOK\r\n"), 3)
	f.Add([]byte("\x00\xff\x1b>>\n\r"), 1)
	f.Fuzz(func(t *testing.T, data []byte, step int) {
		step = max(1, min(step&0xff, 64))
		lines, prompts := split(data, step, true)
		again, prompts2 := split(data, len(data)+1, true)
		if !slices.Equal(lines, again) || prompts != prompts2 {
			t.Fatalf("steps of %d change the lines", step)
		}
		for _, l := range lines {
			if l == "" || len(l) > maxLine || strings.ContainsAny(l, "\r\n\x00") {
				t.Fatalf("line %q", l)
			}
		}
	})
}

func FuzzAnswers(f *testing.F) {
	for _, s := range []string{`+CPMS: ("SM","ME"),("SM"),("SM")`, "+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)", `+CUSD: 0,"0411",72`, "+CMS ERROR: 38", "+CDS: 25\n00", `+CMTI: "SM",3`} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, s string) {
		var g gatherer
		for _, line := range strings.Split(s, "\n") {
			g.take(line)
			parseVerdict(line)
			_ = maskLine(line)
			_, _ = readUSSD(line, true)
			_, _ = readUSSD(line, false)
			chooseCNMI(line, true, false)
			chooseMemory(line)
			for _, x := range fields(line) {
				values(x)
			}
		}
	})
}

func FuzzPDU(f *testing.F) {
	for _, s := range []string{
		"07919762020033F1040B919761214365F7000062111211213421047474181D0E",
		"0006110B919761214365F76211121121342162111211213421" + "00",
		"00440B919761214365F70008621112112134210A050003070201043C0438",
		"00", "0104", "00040BD04D6567", "07",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		p, err := parsePDU(line)
		if err != nil {
			return
		}
		if (p.report == nil) == (p.text == nil) {
			t.Fatal("a PDU is a report or a text")
		}
		if p.text != nil {
			if p.text.part < 1 || p.text.part > p.text.parts || !utf8.ValidString(p.text.text) {
				t.Fatalf("%+v", p.text)
			}
			for _, set := range place(nil, p.text, 1) {
				if !utf8.ValidString(set.text()) {
					t.Fatal("text is not UTF-8")
				}
			}
		}
	})
}

func TestReportsThatStrictReadersRefuse(t *testing.T) {
	t.Parallel()
	good := "06110B919761214365F7621112112134216211121121342100"
	for name, pdu := range map[string]string{
		"plain":                     "00" + good,
		"with an SMSC":              "07919762020033F1" + good,
		"octets behind it":          "00" + good + "FF00FF",
		"times that are no times":   "0006110B919761214365F7FFFFFFFFFFFFFFFFFFFFFFFFFFFF00",
		"reply path and more to go": "00" + strings.Replace(good, "06", "26", 1),
	} {
		p, err := parsePDU(pdu)
		if err != nil || p.report == nil || p.report.mr != 17 || p.report.to != "+79161234567" || p.report.st != 0 {
			t.Errorf("%s: %+v, %v", name, p.report, err)
		}
	}
	if _, err := parsePDU("0006110B919761214365F7"); err == nil {
		t.Error("half a report")
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		test          string
		huawei, avoid bool
		want          string
		reports       int
	}{
		{"+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)", true, false, "AT+CNMI=2,1,0,2,0", reportsStored},
		{"+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)", false, false, "AT+CNMI=2,1,0,1,0", reportsRouted},
		{"+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)", true, true, "AT+CNMI=2,1,0,1,0", reportsRouted},
		{"+CNMI: (0-3),(0-3),(0,2),(0,1),(0,1)", true, false, "AT+CNMI=2,1,0,1,0", reportsRouted},
		{"+CNMI: (1),(0-1),(0),(0,2),(1)", false, false, "AT+CNMI=1,1,0,2,1", reportsStored},
		{"+CNMI: (2),(1),(0),(0),(0)", true, false, "AT+CNMI=2,1,0,0,0", reportsOff},
		{"", false, false, "AT+CNMI=2,1,0,1,0", reportsRouted},
	} {
		cmd, reports, _ := chooseCNMI(c.test, c.huawei, c.avoid)
		if cmd != c.want || reports != c.reports {
			t.Errorf("%s: %s, %d", c.test, cmd, reports)
		}
	}
	for test, want := range map[string]string{
		`+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")`: "SM",
		`+CPMS: ("ME","MT"),("ME","MT"),("ME","MT")`: "ME",
		`+CPMS: ("SM","ME"),("ME"),("ME")`:           "ME",
		`+CPMS: ("BM","SR","SM"),("SM","ME"),("SM")`: "SM",
		"": "SM",
	} {
		if got := chooseMemory(test); got != want {
			t.Errorf("%s: %s", test, got)
		}
	}
}

// TestPartsAreCutAsMeasured compares what leaves with what the shop was told it costs.
func TestPartsAreCutAsMeasured(t *testing.T) {
	t.Parallel()
	basic := "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCÄÖÑÜ§¿abcäöñüà\f^{}\\[~]|€"
	for _, text := range []string{
		basic, strings.Repeat(basic, 3), strings.Repeat("ш", 70), strings.Repeat("ш", 71), strings.Repeat("ш", 134), strings.Repeat("ш", 135),
		strings.Repeat("x", 160), strings.Repeat("x", 161), strings.Repeat("x", 152) + "€" + strings.Repeat("y", 30), strings.Repeat("ш", 66) + "😀" + strings.Repeat("щ", 10),
		"№ «ёлки» — ₽", "broken \xff utf", strings.Repeat("😀", 200),
	} {
		length := device.MeasureSMS(text)
		pdus, err := submitPDUs(device.Envelope{Outgoing: device.Outgoing{To: customer, Text: text}})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if len(pdus) != length.Parts {
			t.Errorf("%q: %d parts, measured %d", text, len(pdus), length.Parts)
		}
		for _, p := range pdus {
			if len(p) > 164 || p[0]&0x20 == 0 { // 3GPP TS 23.040: header 12 and user data 140 octets, with this address
				t.Errorf("%q: %d octets, first %02X", text, len(p), p[0])
			}
		}
	}
}

func TestLogsAreMasked(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`AT+CUSD=1,"*100#",15`, `+CUSD: 0,"Баланс 123.45",72`, "+CMT: ,25", wire([]byte("any PDU at all")), `AT+CPIN="4711"`,
		`+CNUM: "","+79161234567",145`, `+CMTI: "SM",3`,
	} {
		got := maskLine(line)
		for _, secret := range []string{"4711", "9161234567", "Баланс", "616E79"} {
			if strings.Contains(got, secret) {
				t.Errorf("%q → %q", line, got)
			}
		}
	}
	for line, want := range map[string]string{
		"AT+CSQ": "AT+CSQ", `AT+CPIN="4711"`: `AT+CPIN="•"`, "AT+CMGS=25": "AT+CMGS=25", "861585041234566": "•••", `+COPS: 0,0,"MTS",2`: `+COPS: 0,0,"•",2`,
	} {
		if got := maskLine(line); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if bytes.Contains([]byte(maskLine(hex.EncodeToString([]byte("secret")))), []byte("7365")) {
		t.Error("hex shows")
	}
}
