package modem

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is the longest a test waits for something that should happen at once.
const patience = 10 * time.Second

// client is a bare program at the port: it writes and collects what comes, nothing more.
type client struct {
	t    *testing.T
	f    *os.File
	mu   sync.Mutex
	cond *sync.Cond
	got  strings.Builder
	err  error
	from int // what expect has consumed
}

func start(t *testing.T, o Options) *Modem {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if odd := m.NotUnderstood(); len(odd) > 0 {
			t.Errorf("the simulator did not understand %q", odd)
		}
	})
	return m
}

func openFile(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}

func dial(t *testing.T, m *Modem) *client {
	t.Helper()
	var f *os.File
	var err error
	if !m.Wait(patience, func() bool { f, err = openFile(m.Port()); return err == nil }) {
		t.Fatalf("open the modem: %v", err)
	}
	c := &client{t: t, f: f}
	c.cond = sync.NewCond(&c.mu)
	go c.readLoop()
	t.Cleanup(func() { _ = f.Close() })
	return c
}

func (c *client) readLoop() {
	buf := make([]byte, 4096)
	for {
		n, err := c.f.Read(buf)
		c.mu.Lock()
		c.got.Write(buf[:n])
		c.err = err
		c.cond.Broadcast()
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (c *client) write(text string) {
	c.t.Helper()
	if _, err := c.f.WriteString(text); err != nil && !errors.Is(err, syscall.EIO) {
		c.t.Fatalf("write %q: %v", text, err)
	}
}

// until waits for text behind what was consumed and gives everything up to it.
func (c *client) until(text string) string {
	c.t.Helper()
	timer := time.AfterFunc(patience, func() { c.mu.Lock(); c.cond.Broadcast(); c.mu.Unlock() })
	defer timer.Stop()
	deadline := time.Now().Add(patience)
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		rest := c.got.String()[c.from:]
		if i := strings.Index(rest, text); i >= 0 {
			c.from += i + len(text)
			return rest[:i+len(text)]
		}
		if c.err != nil || time.Now().After(deadline) {
			c.t.Fatalf("waiting for %q, got %q (read: %v)", text, rest, c.err)
		}
		c.cond.Wait()
	}
}

// cmd sends a command line and wants this result code; it gives the whole answer.
func (c *client) cmd(line, result string) string {
	c.t.Helper()
	c.write(line + "\r")
	return c.until("\r\n" + result + "\r\n")
}

// closed waits for the port to go away under the client.
func (c *client) closed() {
	c.t.Helper()
	timer := time.AfterFunc(patience, func() { c.mu.Lock(); c.cond.Broadcast(); c.mu.Unlock() })
	defer timer.Stop()
	deadline := time.Now().Add(patience)
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.err == nil {
		if time.Now().After(deadline) {
			c.t.Fatalf("the port did not go away; got %q", c.got.String()[c.from:])
		}
		c.cond.Wait()
	}
}

// seen gives what came and was not consumed.
func (c *client) seen() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.got.String()[c.from:]
}

// pdu builds a SUBMIT the pedestrian way, so that the tests do not lean on the code they judge.
type pdu struct {
	first byte
	to    string // digits; a leading + makes it international
	dcs   byte
	vp    string // hex
	udh   string // hex, with its length octet
	ud    string // hex, without header
	udl   int    // -1 = the octets of udh+ud
}

func ucs2(text string) string { return hexUpper(ucs2Bytes(text)) }

func (p pdu) hex() string {
	toa, digits := "81", p.to
	if rest, ok := strings.CutPrefix(p.to, "+"); ok {
		toa, digits = "91", rest
	}
	swapped := ""
	for i := 0; i < len(digits); i += 2 {
		hi := "F"
		if i+1 < len(digits) {
			hi = digits[i+1 : i+2]
		}
		swapped += hi + digits[i:i+1]
	}
	udl := p.udl
	if udl < 0 {
		udl = (len(p.udh) + len(p.ud)) / 2
	}
	return fmt.Sprintf("%02X00%02X%s%s00%02X%s%02X%s%s", p.first, len(digits), toa, swapped, p.dcs, p.vp, udl, p.udh, p.ud)
}

// cyrillic is a one-part SUBMIT in UCS-2 that asks for a report.
func cyrillic(to, text string) string {
	return pdu{first: 0x31, to: to, dcs: 8, vp: "A7", ud: ucs2(text), udl: -1}.hex()
}

// part is one part of a long message.
func part(to string, ref, total, seq int, text string) string {
	return pdu{first: 0x71, to: to, dcs: 8, vp: "A7", udh: fmt.Sprintf("050003%02X%02X%02X", ref, total, seq), ud: ucs2(text), udl: -1}.hex()
}

// send submits a TPDU with the SIM's SMSC and wants the result.
func (c *client) send(tpdu, result string) string {
	c.t.Helper()
	c.write(fmt.Sprintf("AT+CMGS=%d\r", len(tpdu)/2))
	c.until("> ")
	c.write("00" + tpdu + "\x1a")
	return c.until("\r\n" + result + "\r\n")
}
