package modem

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const someone = "+79161234567"

func TestSendReachesThePhone(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	taken := make(chan Message, 1)
	m.OnTaken(func(msg Message) { taken <- msg })
	c := dial(t, m)
	c.cmd("ATZ", "OK")
	c.cmd("ATE0", "OK")
	if got := c.send(cyrillic(someone, "Заказ готов ё №1"), "OK"); !strings.Contains(got, "+CMGS: 1\r\n") {
		t.Errorf("answer %q has no +CMGS: 1", got)
	}
	if got := (<-taken).Text; got != "Заказ готов ё №1" {
		t.Errorf("hook got %q", got)
	}
	texts := m.Phone(someone)
	if len(texts) != 1 || texts[0].Text != "Заказ готов ё №1" || texts[0].From != "+79260000001" {
		t.Errorf("the phone shows %+v", texts)
	}
	msg := m.Network()[0]
	if !msg.StatusReportRequested || msg.ValidityPeriod != 24*time.Hour || !msg.Complete || msg.To != someone {
		t.Errorf("network has %+v", msg)
	}
	if len(m.Refused()) != 0 {
		t.Errorf("refused %q", m.Refused())
	}
}

func TestPartsAreJoinedAsAPhoneDoes(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	c := dial(t, m)
	c.send(part(someone, 7, 3, 2, "б"), "OK")
	c.send(part(someone, 7, 3, 1, "а"), "OK")
	if len(m.Phone(someone)) != 0 || m.HalfMessages(someone) != 1 {
		t.Fatal("a phone shows no half message")
	}
	c.send(part(someone, 8, 2, 1, "другое "), "OK")
	c.send(part(someone, 7, 3, 3, "в"), "OK")
	c.send(part(someone, 8, 2, 2, "сообщение"), "OK")
	var shown []string
	for _, text := range m.Phone(someone) {
		shown = append(shown, text.Text)
	}
	if fmt.Sprint(shown) != "[абв другое сообщение]" {
		t.Errorf("the phone shows %q", shown)
	}
	// Two messages with one reference mix, as they would: the first text never appears.
	c.send(part(someone, 1, 2, 1, "раз "), "OK")
	c.send(part(someone, 1, 2, 1, "два "), "OK")
	c.send(part(someone, 1, 2, 2, "конец"), "OK")
	texts := m.Phone(someone)
	if got := texts[len(texts)-1].Text; got != "два конец" {
		t.Errorf("mixed parts show %q", got)
	}
	msgs := m.Network()
	if last := msgs[len(msgs)-1]; len(last.Parts) != 3 || last.Parts[0].MR != 6 || last.Text != "два конец" {
		t.Errorf("network has %+v", last)
	}
}

func TestReportsRouted(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		outcome Outcome
		st      string
		shown   int
	}{{Delivered, "00", 1}, {Failed, "43", 0}, {Temporary, "62", 0}} {
		m := start(t, Options{ReportDelay: time.Millisecond, Profile: SIM800})
		m.Faults().SetReport(tc.outcome)
		c := dial(t, m)
		c.cmd("AT+CNMI=2,1,0,1,0", "OK")
		c.send(cyrillic(someone, "да"), "OK")
		c.until("+CDS: 25\r\n")
		got := c.until("\r\n")
		if !strings.Contains(got, "06010B919761214365F7") || !strings.HasSuffix(got, tc.st+"\r\n") {
			t.Errorf("outcome %d: report %q", tc.outcome, got)
		}
		if n := len(m.Phone(someone)); n != tc.shown {
			t.Errorf("outcome %d: the phone shows %d texts, want %d", tc.outcome, n, tc.shown)
		}
	}
}

func TestReportTryingThenDelivered(t *testing.T) {
	t.Parallel()
	m := start(t, Options{ReportDelay: 5 * time.Millisecond})
	m.Faults().SetReport(Trying)
	c := dial(t, m)
	c.cmd("AT+CNMI=2,1,0,1,0", "OK")
	c.send(cyrillic(someone, "да"), "OK")
	c.until("+CDS: 25\r\n")
	if got := c.until("\r\n"); !strings.HasSuffix(got, "22\r\n") {
		t.Errorf("first report %q", got)
	}
	c.until("+CDS: 25\r\n")
	if got := c.until("\r\n"); !strings.HasSuffix(got, "00\r\n") {
		t.Errorf("second report %q", got)
	}
	if len(m.Phone(someone)) != 1 {
		t.Error("the phone shows nothing")
	}
}

func TestReportStoredSurvivesUnplug(t *testing.T) {
	t.Parallel()
	m := start(t, Options{ReportDelay: time.Millisecond, Profile: Huawei, AlertDelay: time.Millisecond})
	c := dial(t, m)
	c.cmd("AT+CNMI=2,1,0,2,0", "OK")
	c.send(cyrillic(someone, "да"), "OK")
	c.until(`+CDSI: "SM",0` + "\r\n")
	m.Unplug()
	c.closed()
	if err := m.Plug(); err != nil {
		t.Fatal(err)
	}
	c = dial(t, m)
	got := c.cmd("AT+CMGR=0", "OK")
	if !strings.Contains(got, "+CMGR: 0,,25\r\n0791") || !strings.Contains(got, "06010B919761214365F7") {
		t.Errorf("stored report: %q", got)
	}
	c.cmd("AT+CMGD=0", "OK")
	if n := m.StoredMessages("SM"); n != 0 {
		t.Errorf("%d messages left", n)
	}
}

func TestReportLostOnQuectelWithDS2(t *testing.T) {
	t.Parallel()
	m := start(t, Options{ReportDelay: time.Millisecond, Profile: Quectel})
	c := dial(t, m)
	c.cmd("AT+CNMI=2,1,0,2,0", "OK")
	c.send(cyrillic(someone, "да"), "OK")
	c.until(`+CDSI: "SM",0` + "\r\n")
	if got := c.cmd("AT+CMGR=0", "OK"); strings.Contains(got, "+CMGR:") {
		t.Errorf("the trap gave something: %q", got)
	}
	c.cmd("AT+CPMS=\"SR\"", "+CMS ERROR: 302")
}

func TestReportWaitsWhileHeldAndNever(t *testing.T) {
	t.Parallel()
	m := start(t, Options{ReportDelay: time.Millisecond})
	f := m.Faults()
	f.HoldReports(true)
	f.SetReportFor("+79990000000", Never)
	c := dial(t, m)
	c.cmd("AT+CNMI=2,1,0,1,0", "OK")
	c.send(cyrillic("+79990000000", "да"), "OK")
	c.send(cyrillic(someone, "да"), "OK")
	if m.Waiting() != 1 {
		t.Fatalf("%d reports wait in the network, want 1", m.Waiting())
	}
	f.HoldReports(false)
	if got := c.until("+CDS: 25\r\n") + c.until("\r\n"); !strings.Contains(got, "06020B919761214365F7") {
		t.Errorf("report %q", got)
	}
}

func TestRefusesBadSubmit(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	c := dial(t, m)
	good := cyrillic(someone, "да")
	c.write(fmt.Sprintf("AT+CMGS=%d\r", len(good)/2+1))
	c.until("> ")
	c.write("00" + good + "\x1a")
	c.until("+CMS ERROR: 304\r\n")
	c.send(good[:len(good)-4], "+CMS ERROR: 304")
	c.send(cyrillic("+89161234567", "да"), "+CMS ERROR: 1")
	if got := m.Refused(); len(got) != 3 || !strings.Contains(got[0], "declared") || !strings.Contains(got[1], "TP-UDL") || !strings.Contains(got[2], "country code") {
		t.Errorf("refused %q", got)
	}
	if len(m.Network()) != 0 {
		t.Error("the network took a bad PDU")
	}
}

func TestEscapeLeavesThePrompt(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	c := dial(t, m)
	c.write("AT+CMGS=20\r")
	c.until("> ")
	c.write("0011\x1b")
	c.until("\r\nOK\r\n")
	c.cmd("AT+CSQ", "OK")
	if len(m.Network()) != 0 {
		t.Error("something was sent")
	}
}

func TestWriteAndSendFromStorage(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	c := dial(t, m)
	tpdu := cyrillic(someone, "из памяти")
	c.write(fmt.Sprintf("AT+CMGW=%d\r", len(tpdu)/2))
	c.until("> ")
	c.write("00" + tpdu + "\x1a")
	c.until("+CMGW: 1\r\n")
	c.until("OK\r\n")
	if got := c.cmd("AT+CMSS=1", "OK"); !strings.Contains(got, "+CMSS: 1") {
		t.Errorf("answer %q", got)
	}
	if got := c.cmd("AT+CMGL=3", "OK"); !strings.Contains(got, "+CMGL: 1,3,,") {
		t.Errorf("not marked as sent: %q", got)
	}
	if texts := m.Phone(someone); len(texts) != 1 || texts[0].Text != "из памяти" {
		t.Errorf("the phone shows %+v", texts)
	}
}

func TestTextModeSendsWhatItWasGiven(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	c := dial(t, m)
	c.cmd("AT+CMGF=1;+CSCS=\"IRA\"", "OK")
	c.write("AT+CMGS=\"79161234567\",145\r")
	c.until("> ")
	c.write("hello\x1a")
	c.until("OK\r\n")
	if texts := m.Phone(someone); len(texts) != 1 || texts[0].Text != "hello" {
		t.Errorf("the phone shows %+v", texts)
	}
}
