package modem

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// limits of what a client may send in one go, in octets.
const (
	lineLimit   = 2048
	promptLimit = 4096
)

// session is one plugged-in life: the AT state machine behind a port. Only its own goroutine (run) touches the fields
// above mu.
type session struct {
	m    *Modem
	port *port

	buf    []byte
	long   bool // the line is over the limit
	last   string
	prompt *prompt
	out    strings.Builder
	noisy  int

	mu   sync.Mutex
	busy bool     // a command is being answered, a line is half typed, or the prompt is open
	open bool     // the prompt is open: nothing may be written at all
	held []string // unsolicited lines that wait
}

// prompt is an open "> ".
type prompt struct {
	cmd   string // +CMGS or +CMGW
	plan  plan
	tpdu  int    // declared length in PDU mode
	to    string // recipient in text mode
	text  bool
	stat  int // of +CMGW
	timer *time.Timer
}

func (s *session) run() {
	buf := make([]byte, 1024)
	for {
		n, err := s.port.read(buf)
		if err != nil {
			return
		}
		if !s.waitHearing() {
			return
		}
		for _, b := range buf[:n] {
			s.feed(b)
			if s.gone() {
				return
			}
		}
		s.flush()
		s.setBusy(len(s.buf) > 0 || s.prompt != nil, s.prompt != nil)
	}
}

// waitHearing blocks while the modem does not read (Faults.StopReading).
func (s *session) waitHearing() bool {
	for {
		s.m.mu.Lock()
		deaf := s.m.fault.deaf
		s.m.mu.Unlock()
		if deaf == nil {
			return true
		}
		select {
		case <-deaf:
		case <-s.port.gone:
			return false
		}
	}
}

func (s *session) gone() bool {
	select {
	case <-s.port.gone:
		return true
	default:
		return false
	}
}

// wait sleeps unless unplugged; false when unplugged.
func (s *session) wait(d time.Duration) bool {
	if d <= 0 {
		return !s.gone()
	}
	s.flush()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.port.gone:
		return false
	}
}

func (s *session) write(text string) { s.out.WriteString(text) }

func (s *session) flush() {
	if s.out.Len() > 0 {
		s.port.send(s.out.String())
		s.out.Reset()
	}
}

// unsolicited writes a line of the modem's own accord, or keeps it while it would fall into something else. inside
// allows it between the lines of an answer. The caller holds Modem.mu.
func (s *session) unsolicited(text string, inside bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open || (s.busy && !inside) {
		s.held = append(s.held, text)
		return
	}
	s.port.send("\r\n" + text + "\r\n")
}

func (s *session) setBusy(busy, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy, s.open = busy, open
	if busy {
		return
	}
	for _, text := range s.held {
		s.port.send("\r\n" + text + "\r\n")
	}
	s.held = nil
}

func (s *session) settings() settings {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.m.set
}

func (s *session) echo(b byte) {
	if s.settings().echo {
		s.out.WriteByte(b)
	}
}

func (s *session) feed(b byte) {
	if s.prompt != nil {
		s.feedPrompt(b)
		return
	}
	switch b {
	case '\r':
		s.echo(b)
		line, long := string(s.buf), s.long
		s.buf, s.long = s.buf[:0], false
		s.setBusy(true, false)
		s.line(line, long)
		s.flush()
		s.setBusy(s.prompt != nil, s.prompt != nil)
	case '\n', 0x1a, 0x00:
	case 0x1b:
		s.buf, s.long = s.buf[:0], false
	case '\b', 0x7f:
		s.echo(b)
		s.buf = s.buf[:max(0, len(s.buf)-1)]
	default:
		s.echo(b)
		if len(s.buf) >= lineLimit {
			s.long = true
			return
		}
		s.buf = append(s.buf, b)
		if len(s.buf) == 2 && strings.EqualFold(string(s.buf), "A/") {
			s.buf = s.buf[:0]
			s.setBusy(true, false)
			s.line(s.last, false)
			s.flush()
			s.setBusy(s.prompt != nil, s.prompt != nil)
		}
	}
}

func (s *session) line(line string, long bool) {
	if strings.TrimSpace(line) == "" {
		return
	}
	cmds, isAT, err := parseLine(line)
	if !isAT {
		return
	}
	s.last = line
	m := s.m
	m.mu.Lock()
	m.record(&m.commands, line)
	latency, mute := m.fault.latency, m.fault.mute
	if err != nil || long {
		m.record(&m.notUnderstood, line)
	}
	m.mu.Unlock()
	m.log.Debug("AT", "line", line)
	if !s.wait(latency) || mute {
		return
	}
	if err != nil || long {
		s.final(plainError())
		return
	}
	for i, c := range cmds {
		m.mu.Lock()
		r := m.exec(c)
		m.mu.Unlock()
		if r.run != nil {
			r = r.run(s)
		}
		for _, info := range r.info {
			s.noise()
			s.info(info)
		}
		if r.prompt != nil {
			s.openPrompt(r.prompt)
			return
		}
		if r.final.kind != finalOK || r.after != nil || i == len(cmds)-1 {
			s.final(r.final)
			if r.after != nil {
				s.flush()
				s.port.drain(50 * time.Millisecond)
				r.after()
			}
			return
		}
	}
	s.final(success())
}

// info writes one line (or header and body) of an answer.
func (s *session) info(text string) {
	if s.settings().verbose {
		s.write("\r\n" + text + "\r\n")
		return
	}
	s.write(text + "\r\n")
}

// final writes the result code in the form the client asked for with V, Q and +CMEE.
func (s *session) final(f final) {
	if f.kind == finalSilent {
		return
	}
	s.noise()
	set := s.settings()
	if !set.quiet {
		text, number := f.text(set.cmee), ""
		switch {
		case f.kind == finalOK:
			number = "0"
		case text == "ERROR":
			number = "4"
		}
		switch {
		case set.verbose:
			s.write("\r\n" + text + "\r\n")
		case number != "":
			s.write(number + "\r")
		default:
			s.write(text + "\r")
		}
	}
	s.noise()
}

// noise writes one of Huawei's unsolicited lines where Faults.SetNoise wants them.
func (s *session) noise() {
	s.m.mu.Lock()
	on, csq := s.m.fault.noise, s.m.csq
	s.m.mu.Unlock()
	if !on {
		return
	}
	lines := []string{fmt.Sprintf("^RSSI:%d", csq), `^HCSQ:"WCDMA",46,41,90`, "^MODE:5,4", "^BOOT:20952548,0,0,0,75"}
	s.write("\r\n" + lines[s.noisy%len(lines)] + "\r\n")
	s.noisy++
}

func (s *session) openPrompt(p *prompt) {
	s.m.mu.Lock()
	split := s.m.fault.splitDelay
	s.m.mu.Unlock()
	s.prompt = p
	s.buf = s.buf[:0]
	s.noise()
	s.setBusy(true, true)
	if split > 0 {
		s.write("\r\n>")
		if !s.wait(split) {
			return
		}
		s.write(" ")
	} else {
		s.write("\r\n> ")
	}
	if p.plan.unplug == AfterPrompt && !p.plan.restart {
		s.flush()
		pl := p.plan
		p.timer = time.AfterFunc(time.Second, func() { s.m.leave(s, pl) })
	}
}

func (s *session) feedPrompt(b byte) {
	p := s.prompt
	if p.plan.unplug == AfterPrompt && b != 0x1b {
		if p.timer != nil {
			p.timer.Stop()
		}
		s.prompt, s.buf = nil, s.buf[:0]
		s.m.leave(s, p.plan)
		s.setBusy(false, false)
		return
	}
	switch {
	case b == 0x1b:
		if p.timer != nil {
			p.timer.Stop()
		}
		s.prompt, s.buf = nil, s.buf[:0]
		s.final(success())
		s.flush()
		s.setBusy(false, false)
	case b == 0x1a:
		data := string(s.buf)
		s.prompt, s.buf = nil, s.buf[:0]
		s.setBusy(true, false)
		s.promptDone(p, data)
		s.flush()
		s.setBusy(false, false)
	case p.text && b == '\r':
		s.echo(b)
		s.buf = append(s.buf, '\n')
		s.write("\r\n> ")
	case b == '\r' || b == '\n':
	case b == '\b' || b == 0x7f:
		s.buf = s.buf[:max(0, len(s.buf)-1)]
	case len(s.buf) < promptLimit:
		s.echo(b)
		s.buf = append(s.buf, b)
	}
}

// leave carries out a plan's unplugging or restart in this life of the port.
func (m *Modem) leave(s *session, pl plan) {
	if !pl.restart {
		m.unplugFor(s, pl.replug)
		return
	}
	m.mu.Lock()
	current := m.sess == s
	m.mu.Unlock()
	if current {
		m.restart()
	}
}

// unplugFor unplugs this life of the port, if it still is the current one, and plugs in again after d (0: by hand).
func (m *Modem) unplugFor(s *session, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sess != s {
		return
	}
	m.unplugLocked()
	if d > 0 {
		m.plugAfter(d)
	}
}
