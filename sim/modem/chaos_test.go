package modem

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestManyHandsAtOnce pulls every lever at the same time; the race detector and the end state are the judges.
func TestManyHandsAtOnce(t *testing.T) {
	t.Parallel()
	m := start(t, Options{Profile: Huawei, ReportDelay: time.Millisecond, AlertDelay: time.Millisecond, Reboot: time.Millisecond})
	m.OnTaken(func(Message) { m.Commands() })
	var hands sync.WaitGroup
	for _, pull := range []func(i int){
		func(i int) { m.Unplug(); _ = m.Plug() },
		func(i int) { m.SetRegistered(i%2 == 0); m.SetSignal(i % 32) },
		func(i int) { m.Receive("900", strings.Repeat("hello ", i)); m.StoredMessages("SM") },
		func(i int) { f := m.Faults(); f.SetNoise(i%2 == 0); f.UnplugAt(1, Phase(1+i%4), time.Millisecond) },
		func(i int) {
			f := m.Faults()
			f.StopReading()
			f.ResumeReading()
			f.HangSubmit(2)
			f.SetReport(Outcome(i % 5))
		},
		func(i int) { m.RemoveSIM(); m.InsertSIM(); m.Network(); m.Phone(someone); m.Refused() },
		func(i int) {
			f, err := openFile(m.Port())
			if err != nil {
				return // unplugged just now
			}
			tpdu := cyrillic(someone, "да")
			_, _ = fmt.Fprintf(f, "\x1bAT+CNMI=2,1,0,2,0\rAT+CMGS=%d\r00%s\x1aAT+CFUN=1,1\r", len(tpdu)/2, tpdu)
			_ = f.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
			_, _ = f.Read(make([]byte, 4096))
			_ = f.Close()
		},
	} {
		hands.Go(func() {
			for i := range 40 {
				pull(i)
			}
		})
	}
	hands.Wait()
	m.Faults().Reset()
	m.SetRegistered(true)
	m.SetSignal(20)
	m.Unplug()
	if err := m.Plug(); err != nil {
		t.Fatal(err)
	}
	c := dial(t, m)
	c.cmd("ATE0", "OK")
	before := len(m.Phone(someone))
	c.send(cyrillic(someone, "в конце"), "OK")
	texts := m.Phone(someone)
	if len(texts) != before+1 || texts[before].Text != "в конце" {
		t.Errorf("after all that the phone shows %+v", texts)
	}
}

// BenchmarkSubmit is what the simulator itself costs a program that sends as fast as it can.
func BenchmarkSubmit(b *testing.B) {
	m, err := New(Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	f, err := openFile(m.Port())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	buf := make([]byte, 4096)
	tpdu := cyrillic(someone, "Заказ 10482 готов")
	exchange := func(text, want string) {
		got := ""
		for _, _ = f.WriteString(text); !strings.Contains(got, want); {
			n, err := f.Read(buf)
			if err != nil {
				b.Fatal(err)
			}
			got += string(buf[:n])
		}
	}
	exchange("ATE0;+CNMI=2,1,0,1,0\r", "OK\r\n")
	for b.Loop() {
		exchange(fmt.Sprintf("AT+CMGS=%d\r", len(tpdu)/2), "> ")
		exchange("00"+tpdu+"\x1a", "OK\r\n")
	}
}
