package modem

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestCNMIPerProfile(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		profile   Profile
		ds1, ds2  string
		offersDS2 bool
	}{
		{Generic, "OK", "OK", true},
		{Huawei, "OK", "OK", true},
		{SIM800, "OK", "+CMS ERROR: 303", false},
		{Quectel, "OK", "OK", true},
	} {
		m := start(t, Options{Profile: tc.profile})
		c := dial(t, m)
		got := c.cmd("AT+CNMI=?", "OK")
		if strings.Contains(got, ",(0,1,2),(0,1)\r\n") != tc.offersDS2 {
			t.Errorf("%s offers %q", tc.profile, got)
		}
		c.cmd("AT+CNMI=2,1,0,1,0", tc.ds1)
		c.cmd("AT+CNMI=2,1,0,2,0", tc.ds2)
		c.cmd("AT+CNMI=9,1,0,1,0", "+CMS ERROR: 303")
	}
}

func TestPINCountsDown(t *testing.T) {
	t.Parallel()
	m := start(t, Options{PIN: "1234"})
	c := dial(t, m)
	c.cmd("ATE0+CMEE=1", "OK")
	if got := c.cmd("AT+CPIN?", "OK"); !strings.Contains(got, "+CPIN: SIM PIN") {
		t.Errorf("state %q", got)
	}
	if got := c.cmd("AT+CREG?", "OK"); !strings.Contains(got, "+CREG: 0,0") {
		t.Errorf("registered without PIN: %q", got)
	}
	c.cmd("AT+CMGS=20", "+CMS ERROR: 311")
	c.cmd("AT+CIMI", "+CME ERROR: 11")
	c.cmd(`AT+CPIN="0000"`, "+CME ERROR: 16")
	if m.PINLeft() != 2 || m.PINTries() != 1 {
		t.Errorf("left %d, tries %d", m.PINLeft(), m.PINTries())
	}
	c.cmd(`AT+CREG=1`, "OK")
	c.cmd(`AT+CPIN="1234"`, "OK")
	c.until("+CREG: 1")
	m.BlockSIM()
	if got := c.cmd("AT+CPIN?", "OK"); !strings.Contains(got, "SIM PUK") {
		t.Errorf("state %q", got)
	}
	c.cmd(`AT+CPIN="1234"`, "+CME ERROR: 12")
	c.cmd(`AT+CPIN="12345678","4321"`, "OK")
	if got := c.cmd("AT+CPIN?", "OK"); !strings.Contains(got, "READY") {
		t.Errorf("state %q", got)
	}
	m.RemoveSIM()
	c.cmd("AT+CPIN?", "+CME ERROR: 10")
	c.cmd("AT+CMGL=4", "+CMS ERROR: 310")
	m.InsertSIM()
	if got := c.cmd("AT+CPIN?", "OK"); !strings.Contains(got, "SIM PIN") {
		t.Errorf("state %q", got)
	}
	for range 2 {
		c.cmd(`AT+CPIN="0"`, "+CME ERROR: 16")
	}
	c.cmd(`AT+CPIN="0"`, "+CME ERROR: 12")
}

func TestRegistrationAndSignal(t *testing.T) {
	t.Parallel()
	m := start(t, Options{RegisterTime: 10 * time.Millisecond})
	c := dial(t, m)
	c.cmd("ATE0", "OK")
	c.cmd("AT+CREG=2", "OK")
	m.Wait(patience, func() bool { m.mu.Lock(); defer m.mu.Unlock(); return m.stat == RegHome })
	if got := c.cmd("AT+CREG?;+COPS=3,2;+COPS?", "OK"); !strings.Contains(got, `+CREG: 2,1,"`) || !strings.Contains(got, `"25002",2`) {
		t.Errorf("registered: %q", got)
	}
	m.SetRegistered(false)
	c.until("+CREG: 2\r\n")
	c.send(cyrillic(someone, "да"), "+CMS ERROR: 331")
	m.SetRegistration(RegDenied)
	c.until("+CREG: 3\r\n")
	m.SetRegistered(true)
	c.until("+CREG: 1,")
	m.SetSignal(99)
	c.until("+CREG: 2\r\n")
	if got := c.cmd("AT+CSQ", "OK"); !strings.Contains(got, "+CSQ: 99,99") {
		t.Errorf("signal %q", got)
	}
	m.SetSignal(7)
	c.until("+CREG: 1,")
	c.cmd("AT+CFUN=4", "OK")
	c.until("+CREG: 0")
	c.cmd("AT+CFUN=1", "OK")
	c.until("+CREG: 1,")
}

func TestRestart(t *testing.T) {
	t.Parallel()
	m := start(t, Options{Reboot: 10 * time.Millisecond, PIN: "1234"})
	c := dial(t, m)
	c.cmd(`AT+CPIN="1234"`, "OK")
	c.cmd("AT+CFUN=1,1", "OK")
	c.closed()
	c = dial(t, m)
	if got := c.cmd("AT+CPIN?", "OK"); !strings.Contains(got, "SIM PIN") {
		t.Errorf("the PIN survived the restart: %q", got)
	}
	uart := start(t, Options{Profile: SIM800})
	c = dial(t, uart)
	c.cmd("AT+CFUN=1,1", "OK")
	c.until("RDY\r\n")
	c.until("SMS Ready\r\n")
	c.cmd("AT", "OK")
}

func TestInboundStored(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	c := dial(t, m)
	c.cmd("AT+CNMI=2,1,0,0,0", "OK")
	m.Receive("+79161234567", "СТОП")
	c.until("+CMTI: \"SM\",1\r\n")
	got := c.cmd("AT+CMGR=1", "OK")
	if !strings.Contains(got, "040B919761214365F70008") || !strings.Contains(got, "0421"+"0422"+"041E"+"041F") {
		t.Errorf("stored %q", got)
	}
	if got := c.cmd("AT+CMGL=4", "OK"); !strings.Contains(got, "+CMGL: 1,1,,") {
		t.Errorf("not marked as read: %q", got)
	}
	c.cmd("AT+CMGD=1", "OK")
	c.cmd("AT+CMGR=1", "+CMS ERROR: 321")
	c.cmd("AT+CMGF=1", "OK")
	m.Receive("MegaFon", "Balance [100]")
	c.until("+CMTI: \"SM\",1\r\n")
	if got := c.cmd(`AT+CMGL="ALL"`, "OK"); !strings.Contains(got, `"REC UNREAD","MegaFon",,"`) || !strings.Contains(got, "\r\nBalance [100]\r\n") {
		t.Errorf("text mode lists %q", got)
	}
}

func TestInboundDirectWantsAcknowledgement(t *testing.T) {
	t.Parallel()
	m := start(t, Options{AckTimeout: 30 * time.Millisecond})
	c := dial(t, m)
	c.cmd("AT+CNMI=2,2,0,0,0", "OK")
	m.Receive("900", "one")
	c.until("+CMT: ,")
	c.cmd("AT+CNMA", "+CMS ERROR: 340")
	c.cmd("AT+CSMS=1", "OK")
	m.Receive("900", "two")
	c.until("+CMT: ,")
	c.cmd("AT+CNMA", "OK")
	m.Receive("900", "three")
	c.until("+CMT: ,")
	// Not acknowledged: the modem gives up routing and files it.
	if !m.Wait(patience, func() bool { return m.StoredMessages("SM") == 1 }) {
		t.Fatal("the unacknowledged text is lost")
	}
	if got := c.cmd("AT+CNMI?", "OK"); !strings.Contains(got, "+CNMI: 2,0,0,0,0") {
		t.Errorf("routing stays on: %q", got)
	}
}

func TestInboundLongText(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	c := dial(t, m)
	long := strings.Repeat("Абвгд", 30)
	m.Receive("+79161234567", long)
	if !m.Wait(patience, func() bool { return m.StoredMessages("SM") == 3 }) {
		t.Fatalf("%d parts stored, want 3", m.StoredMessages("SM"))
	}
	got := c.cmd("AT+CMGL=4", "OK")
	for _, header := range []string{"0500030103" + "01", "0500030103" + "02", "0500030103" + "03"} {
		if !strings.Contains(got, header) {
			t.Errorf("no part with header %s in %q", header, got)
		}
	}
}

func TestFullStorage(t *testing.T) {
	t.Parallel()
	m := start(t, Options{Profile: Huawei, Slots: 2})
	c := dial(t, m)
	c.cmd("AT+CNMI=2,1,0,2,0", "OK")
	for range 3 {
		m.Receive("900", "hello")
	}
	got := c.until("^SMMEMFULL: \"SM\"\r\n")
	if strings.Count(got, "+CMTI") != 2 || m.Waiting() != 1 {
		t.Errorf("%q, %d waiting", got, m.Waiting())
	}
	c.cmd("AT+CMGD=0", "OK")
	c.until("+CMTI: \"SM\",0\r\n")
	if m.Waiting() != 0 {
		t.Errorf("%d waiting", m.Waiting())
	}
}

func TestTextWaitsForAnUnpluggedModem(t *testing.T) {
	t.Parallel()
	m := start(t, Options{Unplugged: true, AlertDelay: time.Millisecond})
	if _, err := os.Lstat(m.Port()); !os.IsNotExist(err) {
		t.Fatalf("the link is there: %v", err)
	}
	m.Receive("900", "hello")
	if m.Waiting() != 1 {
		t.Fatal("nothing waits")
	}
	if err := m.Plug(); err != nil {
		t.Fatal(err)
	}
	if !m.Wait(patience, func() bool { return m.StoredMessages("SM") == 1 }) {
		t.Error("the text did not come")
	}
}

func TestUSSD(t *testing.T) {
	t.Parallel()
	m := start(t, Options{Balance: "Balance 12.50"})
	c := dial(t, m)
	c.cmd(`AT+CUSD=1,"*100#",15`, "OK")
	c.until("+CUSD: 0,\"Balance 12.50\",15\r\n")
	m.SetUSSD("*100#", "Баланс")
	c.cmd(`AT+CUSD=1,"*100#",15`, "OK")
	c.until("+CUSD: 0,\"" + ucs2("Баланс") + "\",72\r\n")
	c.cmd(`AT+CUSD=1,"*999#",15`, "OK")
	c.until("+CUSD: 4\r\n")
	stick := start(t, Options{Profile: Huawei, Balance: "12"})
	c = dial(t, stick)
	c.cmd("AT+CMEE=1", "OK")
	c.cmd(`AT+CUSD=1,"*100#",15`, "+CME ERROR: 50")
	c.cmd(`AT+CUSD=1,"AA180C3602",15`, "OK")
	c.until("+CUSD: 0,\"3119\",15\r\n")
}

func TestForms(t *testing.T) {
	t.Parallel()
	for _, p := range []Profile{Generic, Huawei, SIM800, Quectel} {
		m := start(t, Options{Profile: p})
		c := dial(t, m)
		c.cmd("ATZ", "OK")
		c.cmd("ATE0V1&D2", "OK")
		for line, want := range map[string]string{
			"ATI": "Manufacturer: ", "AT+CGMI": m.trait.manufacturer, "AT+CGMM": m.trait.model, "AT+CGMR": m.trait.revision,
			"AT+CGSN": m.opts.IMEI, "AT+CIMI": m.opts.IMSI, "AT+CCID": m.opts.ICCID, "AT+GCAP": "+CGSM", "AT+CMEE=?": "(0,1,2)",
			"AT+CPIN?": "READY", "AT+CSCS=?": "UCS2", "AT+CSCA?": `"+79262909090",145`, "AT+CSMS?": "+CSMS: 0,1,1,1",
			"AT+CPMS=\"ME\",\"ME\",\"ME\"": "+CPMS: 0,20,0,20,0,20", "AT+CBC": "+CBC: 0,100",
			"AT+CPBS?": `+CPBS: "SM"`, "AT+COPS?": "MegaFon", "AT+CGREG?": "+CGREG: 0,1", "AT+CMGF=?": "(0,1)", "AT+CFUN?": "+CFUN: 1",
			"AT+CMMS?": "+CMMS: 0", "AT+CNUM": "+79260000001", "AT+CLCK=\"SC\",2": "+CLCK: 0", "at+csq;+cmgf=0;+cmgf?": "+CMGF: 0",
		} {
			if got := c.cmd(line, "OK"); !strings.Contains(got, want) {
				t.Errorf("%s: %s answers %q, want %q", p, line, got, want)
			}
		}
		if got := c.cmd("AT+CPMS?", "OK"); !strings.Contains(got, `+CPMS: "ME",0,20,"ME",0,20,"ME",0,20`) {
			t.Errorf("%s: memories %q", p, got)
		}
		c.cmd("AT+CMEE=2", "OK")
		c.cmd("AT+CFUN=7", "+CME ERROR: incorrect parameters")
		c.write("ATV0\r")
		c.until("0\r")
		c.write("ATE0V1Q0\r")
		c.until("OK")
		c.write("AT+CSQ\r")
		c.until("OK")
		c.write("A/")
		c.until("+CSQ: 20,99")
	}
}

func TestUnknownCommandIsRecorded(t *testing.T) {
	t.Parallel()
	m, err := New(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	c := dial(t, m)
	c.cmd("AT+NOSUCH=1", "ERROR")
	c.cmd("AT=", "ERROR")
	if got := m.NotUnderstood(); len(got) != 2 || got[0] != "AT+NOSUCH=1" {
		t.Errorf("not understood: %q", got)
	}
	if _, err := New(Options{Dir: t.TempDir(), Profile: "nokia"}); err == nil {
		t.Error("an unknown profile is accepted")
	}
}

func TestStringsFollowTheCharacterSet(t *testing.T) {
	t.Parallel()
	m := start(t, Options{Operator: "Билайн"})
	c := dial(t, m)
	c.cmd(`AT+CSCS="UCS2"`, "OK")
	if got := c.cmd("AT+COPS?", "OK"); !strings.Contains(got, ucs2("Билайн")) {
		t.Errorf("operator %q", got)
	}
	c.cmd(`AT+CSCA="`+ucs2("+79160000000")+`",145`, "OK")
	c.cmd(`AT+CSCS="`+ucs2("GSM")+`"`, "OK")
	if got := c.cmd("AT+CSCA?", "OK"); !strings.Contains(got, `"+79160000000",145`) {
		t.Errorf("service centre %q", got)
	}
	c.cmd(`AT+CSCS="KOI8"`, "ERROR")
}
