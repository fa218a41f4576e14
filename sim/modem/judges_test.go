package modem

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"
)

// The judges of this file are Debian's own SMS programs: gammu, gammu-smsd and smstools. They know nothing of this
// simulator and must take it for a modem.

var installJudges = sync.OnceValue(func() error {
	need := map[string]string{"gammu": "gammu", "gammu-smsd": "gammu-smsd", "/usr/sbin/smsd": "smstools"}
	var missing []string
	for program, pkg := range need {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, pkg)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("%s not installed and this is not root: apt-get install %[1]s", strings.Join(missing, " "))
	}
	// What is installed must not start by itself: no daemon may grab a real modem of this machine.
	const policy = "/usr/sbin/policy-rc.d"
	if _, err := os.Stat(policy); os.IsNotExist(err) {
		if os.WriteFile(policy, []byte("#!/bin/sh\nexit 101\n"), 0o755) == nil {
			defer func() { _ = os.Remove(policy) }()
		}
	}
	cmd := exec.Command("apt-get", append([]string{"install", "-y", "--no-install-recommends"}, missing...)...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get install %s: %w\n%s", strings.Join(missing, " "), err, out)
	}
	return nil
})

func judges(t *testing.T) {
	t.Helper()
	if err := installJudges(); err != nil {
		t.Skipf("the outside judges of the modem are missing: %v", err)
	}
}

// run runs a program to its end.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// daemon starts a program in a process group of its own and ends that group with the test.
func daemon(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(3 * time.Second):
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", name, out.String())
		}
	})
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// within polls a condition of an outside program.
func within(t *testing.T, d time.Duration, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(d); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", d, what)
		}
	}
}

func shows(t *testing.T, m *Modem, want string) {
	t.Helper()
	got := m.Phone(someone)
	if len(got) != 1 || got[0].Text != want {
		t.Errorf("the phone shows %+v, want %q; refused: %q", got, want, m.Refused())
	}
	if msgs := m.Network(); len(msgs) > 0 && !msgs[0].StatusReportRequested {
		t.Error("no report was asked for")
	}
	if refused := m.Refused(); len(refused) > 0 {
		t.Errorf("refused: %q", refused)
	}
}

const order = "Заказ № 10482 готов, ждём вас до 20:00"

func TestGammuTakesItForAModem(t *testing.T) {
	t.Parallel()
	judges(t)
	for _, profile := range []Profile{Generic, Huawei} {
		t.Run(string(profile), func(t *testing.T) {
			t.Parallel()
			m := start(t, Options{Profile: profile})
			rc := filepath.Join(t.TempDir(), "gammurc")
			write(t, rc, fmt.Sprintf("[gammu]\ndevice = %s\nconnection = at115200\n", m.Port()))
			if out := run(t, "gammu", "-c", rc, "identify"); !strings.Contains(out, m.opts.IMEI) || !strings.Contains(out, m.opts.IMSI) {
				t.Errorf("gammu identify says:\n%s", out)
			}
			if profile == Huawei {
				return // gammu needs 4 s to send one; the other profile does
			}
			out := run(t, "gammu", "-c", rc, "sendsms", "TEXT", someone, "-unicode", "-report", "-text", order)
			if !strings.Contains(out, "OK, message reference=") {
				t.Errorf("gammu sendsms says:\n%s", out)
			}
			shows(t, m, order)
		})
	}
}

func TestGammuSMSDTakesItForAModem(t *testing.T) {
	t.Parallel()
	judges(t)
	m := start(t, Options{ReportDelay: 200 * time.Millisecond})
	dir := t.TempDir()
	conf := fmt.Sprintf("[gammu]\ndevice = %s\nconnection = at115200\n[smsd]\nservice = files\n", m.Port())
	for _, box := range []string{"inbox", "outbox", "sent", "error"} {
		if err := os.Mkdir(filepath.Join(dir, box), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	log := filepath.Join(dir, "smsd.log")
	conf += fmt.Sprintf("inboxpath = %[1]s/inbox/\noutboxpath = %[1]s/outbox/\nsentsmspath = %[1]s/sent/\nerrorsmspath = %[1]s/error/\n", dir)
	conf += "logfile = " + log + "\ndebuglevel = 3\ndeliveryreport = log\ncommtimeout = 1\nsendtimeout = 60\nloopsleep = 1\n" +
		"statusfrequency = 0\nreceivefrequency = 1\nchecksecurity = 0\ncheckbattery = 0\nchecksignal = 0\nchecknetwork = 0\n"
	rc := filepath.Join(dir, "smsdrc")
	write(t, rc, conf)
	long := strings.Repeat(order+". ", 3)
	run(t, "gammu-smsd-inject", "-c", rc, "TEXT", someone, "-report", "-unicode", "-autolen", "400", "-text", long)
	m.Receive(someone, "СТОП")
	daemon(t, dir, "gammu-smsd", "-c", rc, "-p", filepath.Join(dir, "pid"))
	within(t, 25*time.Second, "the text on the phone", func() bool { return len(m.Phone(someone)) == 1 })
	within(t, 25*time.Second, "the reports in gammu-smsd's log", func() bool {
		text, _ := os.ReadFile(log)
		return bytes.Count(text, []byte("Delivery report: Delivered")) >= len(m.Network()[0].Parts)
	})
	within(t, 25*time.Second, "the inbound text in gammu-smsd's inbox", func() bool {
		files, _ := filepath.Glob(filepath.Join(dir, "inbox", "IN*"))
		for _, f := range files {
			if text, _ := os.ReadFile(f); strings.Contains(string(text), "СТОП") {
				return true
			}
		}
		return false
	})
	shows(t, m, long)
	within(t, 5*time.Second, "gammu-smsd tidies the storage", func() bool { return m.StoredMessages("SM") == 0 })
}

func TestSmstoolsTakesItForAModem(t *testing.T) {
	t.Parallel()
	judges(t)
	m := start(t, Options{ReportDelay: 200 * time.Millisecond})
	dir := t.TempDir()
	for at := dir; len(at) > len(os.TempDir()); at = filepath.Dir(at) {
		_ = os.Chmod(at, 0o755) // smsd checks that it may write
	}
	conf := "devices = GSM1\n"
	for _, box := range []string{"outgoing", "checked", "incoming", "failed", "sent", "report"} {
		if err := os.Mkdir(filepath.Join(dir, box), 0o755); err != nil {
			t.Fatal(err)
		}
		conf += fmt.Sprintf("%s = %s/%[1]s\n", box, dir)
	}
	conf += fmt.Sprintf("logfile = %[1]s/smsd.log\ninfofile = %[1]s/info\npidfile = %[1]s/pid\nloglevel = 5\nreceive_before_send = no\nautosplit = 3\n", dir)
	conf += "delaytime = 1\ndelaytime_mainprocess = 1\nerrorsleeptime = 5\n"
	conf += fmt.Sprintf("[GSM1]\ndevice = %s\nincoming = yes\nreport = yes\nbaudrate = 115200\nrtscts = no\n", m.Port())
	rc := filepath.Join(dir, "smsd.conf")
	write(t, rc, conf)
	long := strings.Repeat(order+". ", 3)
	body := []byte("To: 79161234567\nAlphabet: UCS2\nReport: yes\n\n")
	for _, u := range utf16.Encode([]rune(long)) {
		body = append(body, byte(u>>8), byte(u))
	}
	write(t, filepath.Join(dir, "msg"), string(body))
	if err := os.Rename(filepath.Join(dir, "msg"), filepath.Join(dir, "outgoing", "msg")); err != nil {
		t.Fatal(err)
	}
	daemon(t, dir, "/usr/sbin/smsd", "-t", "-c", rc)
	within(t, 25*time.Second, "the text on the phone", func() bool { return len(m.Phone(someone)) == 1 })
	within(t, 25*time.Second, "the message in smsd's sent folder", func() bool {
		_, err := os.Stat(filepath.Join(dir, "sent", "msg"))
		return err == nil
	})
	within(t, 25*time.Second, "the reports in smsd's report folder", func() bool {
		files, _ := filepath.Glob(filepath.Join(dir, "report", "GSM1*"))
		ok := 0
		for _, f := range files {
			if text, _ := os.ReadFile(f); strings.Contains(string(text), "Status: 0,") {
				ok++
			}
		}
		return ok == len(m.Network()[0].Parts)
	})
	shows(t, m, long)
}
