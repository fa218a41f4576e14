package modem

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func TestUnplugAtEachPhase(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name         string
		phase        Phase
		prompt, took bool
	}{
		{"before the prompt", BeforePrompt, false, false},
		{"after the prompt", AfterPrompt, true, false},
		{"after the PDU", AfterPDU, true, false},
		{"after the network took it", AfterTaken, true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m := start(t, Options{ReportDelay: time.Millisecond, AlertDelay: time.Millisecond, Profile: Huawei})
			m.Faults().UnplugAt(2, tc.phase, 0)
			c := dial(t, m)
			c.cmd("AT+CNMI=2,1,0,2,0", "OK")
			c.send(cyrillic(someone, "первое"), "OK")
			c.until(`+CDSI: "SM",0`)
			tpdu := cyrillic(someone, "второе")
			c.write(fmt.Sprintf("AT+CMGS=%d\r", len(tpdu)/2))
			if tc.prompt {
				c.until("> ")
				c.write("00" + tpdu + "\x1a")
			}
			c.closed()
			if got := c.seen(); strings.Contains(got, "+CMGS:") {
				t.Errorf("an answer came: %q", got)
			}
			if n := len(m.Network()); (n == 2) != tc.took {
				t.Errorf("the network has %d messages", n)
			}
			if _, err := os.Lstat(m.Port()); !os.IsNotExist(err) {
				t.Errorf("the link is still there: %v", err)
			}
			if err := m.Plug(); err != nil {
				t.Fatal(err)
			}
			c = dial(t, m)
			want := 1
			if tc.took {
				want = 2
			}
			if !m.Wait(patience, func() bool { return m.StoredMessages("SM") == want }) {
				t.Errorf("%d reports stored, want %d", m.StoredMessages("SM"), want)
			}
			if got := c.cmd("AT+CMGL=4", "OK"); strings.Count(got, "+CMGL:") != want {
				t.Errorf("after the re-plug the storage lists %q", got)
			}
			c.cmd("AT+CNMI?", "OK")
		})
	}
}

func TestRestartAtEachPhaseUnderAnOpenPort(t *testing.T) {
	t.Parallel()
	for _, phase := range []Phase{BeforePrompt, AfterPrompt, AfterPDU, AfterTaken} {
		t.Run(fmt.Sprint(phase), func(t *testing.T) {
			t.Parallel()
			m := start(t, Options{Profile: SIM800})
			m.Faults().RestartAt(1, phase)
			c := dial(t, m)
			c.cmd("AT+CMGF=0", "OK")
			c.cmd("AT+CNMI=2,1,0,1,0", "OK")
			tpdu := cyrillic(someone, "первое")
			c.write(fmt.Sprintf("AT+CMGS=%d\r", len(tpdu)/2))
			if phase != BeforePrompt {
				c.until("> ")
				c.write("00" + tpdu + "\x1a")
			}
			if got := c.until("RDY"); strings.Contains(got, "+CMGS:") {
				t.Errorf("an answer came: %q", got)
			}
			c.write("\x1b")
			if got := c.cmd("AT+CNMI?", "OK"); !strings.Contains(got, "+CNMI: 0,0,0,0,0") {
				t.Errorf("the settings survived: %q", got)
			}
			if took := len(m.Network()) == 1; took != (phase == AfterTaken) {
				t.Errorf("the network took it: %v", took)
			}
		})
	}
}

func TestUnplugComesBackByItself(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.Faults().UnplugAt(1, BeforePrompt, 20*time.Millisecond)
	c := dial(t, m)
	c.cmd("AT+CNMI=2,1,0,1,0", "OK")
	c.write("AT+CMGS=20\r")
	c.closed()
	c = dial(t, m)
	if got := c.cmd("AT+CNMI?", "OK"); !strings.Contains(got, "+CNMI: 0,0,0,0,0") {
		t.Errorf("the settings survived: %q", got)
	}
}

func TestAnswerLostAndModemAlive(t *testing.T) {
	t.Parallel()
	m := start(t, Options{ReportDelay: time.Millisecond})
	m.Faults().HangSubmit(1)
	c := dial(t, m)
	c.cmd("AT+CNMI=2,1,0,1,0", "OK")
	tpdu := cyrillic(someone, "да")
	c.write(fmt.Sprintf("AT+CMGS=%d\r", len(tpdu)/2))
	c.until("> ")
	c.write("00" + tpdu + "\x1a")
	got := c.until("+CDS: 25")
	if strings.Contains(got, "+CMGS:") || strings.Contains(got, "OK") {
		t.Errorf("an answer came: %q", got)
	}
	c.cmd("AT", "OK")
	if len(m.Phone(someone)) != 1 {
		t.Error("the network did not take it")
	}
}

func TestPromptNeverComes(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.Faults().HangPrompt(1)
	c := dial(t, m)
	c.write("AT+CMGS=20\r")
	if got := c.cmd("AT+CSQ", "OK"); strings.Contains(got, "> ") {
		t.Errorf("a prompt came: %q", got)
	}
}

func TestFailNth(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	f := m.Faults()
	f.FailSubmit(2, 38)
	f.FailSubmitTaken(3, 332)
	f.FailSubmitCME(4, 100)
	c := dial(t, m)
	c.cmd("AT+CMEE=1", "OK")
	c.send(cyrillic(someone, "1"), "OK")
	c.send(cyrillic(someone, "2"), "+CMS ERROR: 38")
	c.send(cyrillic(someone, "3"), "+CMS ERROR: 332")
	c.send(cyrillic(someone, "4"), "+CME ERROR: 100")
	c.send(cyrillic(someone, "5"), "OK")
	f.FailAll(500)
	c.send(cyrillic(someone, "6"), "+CMS ERROR: 500")
	f.Reset()
	c.send(cyrillic(someone, "7"), "OK")
	var got []string
	for _, text := range m.Phone(someone) {
		got = append(got, text.Text)
	}
	if fmt.Sprint(got) != "[1 3 5 7]" {
		t.Errorf("the phone shows %q", got)
	}
}

func TestDelays(t *testing.T) {
	t.Parallel()
	m := start(t, Options{NetworkDelay: 30 * time.Millisecond})
	m.Faults().SetLatency(20 * time.Millisecond)
	m.Faults().DelaySubmit(2, 100*time.Millisecond)
	c := dial(t, m)
	begin := time.Now()
	c.send(cyrillic(someone, "1"), "OK")
	if d := time.Since(begin); d < 50*time.Millisecond {
		t.Errorf("one SMS took %v", d)
	}
	begin = time.Now()
	c.send(cyrillic(someone, "2"), "OK")
	if d := time.Since(begin); d < 120*time.Millisecond {
		t.Errorf("the slow SMS took %v", d)
	}
}

func TestNoiseIsEverywhere(t *testing.T) {
	t.Parallel()
	m := start(t, Options{Profile: Huawei})
	m.Faults().SetNoise(true)
	c := dial(t, m)
	c.cmd("AT^CURC=0", "OK")
	got := c.send(cyrillic(someone, "да"), "OK")
	_, behind, ok := strings.Cut(got, "+CMGS: 1\r\n")
	if !ok || !strings.Contains(behind, "\r\n^") {
		t.Errorf("no noise between +CMGS and OK: %q", got)
	}
}

func TestSplitPrompt(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.Faults().SplitPrompt(30 * time.Millisecond)
	c := dial(t, m)
	c.write("AT+CMGS=20\r")
	c.until("\r\n>")
	if got := c.seen(); got != "" {
		t.Errorf("the space came along: %q", got)
	}
	c.until(" ")
}

func TestStopReadingBlocksTheClient(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	c := dial(t, m)
	c.cmd("ATE0", "OK")
	m.Faults().StopReading()
	_ = c.f.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	if n, err := c.f.Write(make([]byte, 1<<20)); !os.IsTimeout(err) || n > 1<<17 {
		t.Errorf("wrote %d octets, %v; want a timeout", n, err)
	}
	m.Faults().ResumeReading()
	_ = c.f.SetWriteDeadline(time.Time{})
	c.write("\x1bAT+CSQ\r")
	c.until("+CSQ: 20,99")
}

func TestURCWaitsForTheAnswer(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	c := dial(t, m)
	c.cmd("AT+CNMI=2,1,0,0,0", "OK")
	c.write("AT+CMGS=20\r")
	c.until("> ")
	m.Receive("900", "hello")
	if !m.Wait(patience, func() bool { return m.StoredMessages("SM") == 1 }) {
		t.Fatal("nothing stored")
	}
	c.write("\x1b")
	if got := c.until("+CMTI: \"SM\",1\r\n"); !strings.Contains(got, "OK\r\n") {
		t.Errorf("+CMTI fell into the prompt: %q", got)
	}
}

func TestNothingIsKeptForALaterClient(t *testing.T) {
	t.Parallel()
	m := start(t, Options{ReportDelay: time.Millisecond})
	c := dial(t, m)
	c.cmd("AT+CNMI=2,1,0,1,0", "OK")
	m.Faults().HoldReports(true)
	c.send(cyrillic(someone, "да"), "OK")
	_ = c.f.Close()
	if !m.Wait(patience, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return !m.sess.port.held()
	}) {
		t.Fatal("the client does not leave")
	}
	m.Faults().HoldReports(false)
	if !m.Wait(patience, func() bool { return m.Waiting() == 0 }) {
		t.Fatal("the report stays in the network")
	}
	c = dial(t, m)
	if got := c.cmd("AT", "OK"); strings.Contains(got, "+CDS") {
		t.Errorf("a routed report waited for a new client: %q", got)
	}
}

func TestMuteModemAnswersNothing(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	c := dial(t, m)
	c.cmd("ATE0", "OK")
	m.Faults().SetMute(true)
	c.write("AT+CSQ\r")
	if !m.Wait(patience, func() bool { return len(m.Commands()) == 2 }) {
		t.Fatal("the modem does not read")
	}
	m.Faults().SetMute(false)
	if got := c.cmd("AT", "OK"); strings.Contains(got, "+CSQ") {
		t.Errorf("it answered: %q", got)
	}
}
