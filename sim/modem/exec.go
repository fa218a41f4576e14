package modem

import (
	"fmt"
	"strings"
)

type finalKind int

const (
	finalOK finalKind = iota
	finalError
	finalCME
	finalCMS
	finalSilent // nothing at all
	finalOther  // a vendor's own words
)

// final is the result code of a command line.
type final struct {
	kind  finalKind
	n     int
	words string
}

func success() final           { return final{} }
func plainError() final        { return final{kind: finalError} }
func cme(n int) final          { return final{kind: finalCME, n: n} }
func cms(n int) final          { return final{kind: finalCMS, n: n} }
func silence() final           { return final{kind: finalSilent} }
func words(text string) final  { return final{kind: finalOther, words: text} }
func (f final) line() string   { return f.text(1) }
func failed(f final) reply     { return reply{final: f} }
func answer(l ...string) reply { return reply{info: l} }

// text is the result code as AT+CMEE wants it: 0 plain, 1 numbers, 2 words. +CMS ERROR stays with 0 too, as on real
// modems.
func (f final) text(cmee int) string {
	switch f.kind {
	case finalOK:
		return "OK"
	case finalCME:
		if cmee == 0 {
			return "ERROR"
		}
		if w := cmeWords(f.n); cmee == 2 && w != "" {
			return "+CME ERROR: " + w
		}
		return fmt.Sprintf("+CME ERROR: %d", f.n)
	case finalCMS:
		return fmt.Sprintf("+CMS ERROR: %d", f.n)
	case finalOther:
		return f.words
	}
	return "ERROR"
}

// cmeWords are the texts of 3GPP TS 27.007 §9.2.
func cmeWords(n int) string {
	switch n {
	case 3:
		return "operation not allowed"
	case 4:
		return "operation not supported"
	case 10:
		return "SIM not inserted"
	case 11:
		return "SIM PIN required"
	case 12:
		return "SIM PUK required"
	case 16:
		return "incorrect password"
	case 21:
		return "invalid index"
	case 30:
		return "no network service"
	case 50:
		return "incorrect parameters"
	}
	return ""
}

// reply is what a handler answers.
type reply struct {
	info   []string // each a line, or a header with its body
	final  final
	prompt *prompt                // open "> " instead of a result
	run    func(s *session) reply // long work, done outside Modem.mu
	after  func()                 // once the result is written
}

// handler answers a command; Modem.mu is held.
type handler func(c command) reply

// settings are what AT commands set and a power cycle loses.
type settings struct {
	echo, verbose, quiet bool
	cmee, cmgf, csms     int
	cscs                 string
	cnmi                 [5]int
	creg, cgreg, cereg   int
	mems                 [3]string
	curc                 bool // Huawei's own noise is on
	csmp                 [4]int
	csdh                 int
	cmms                 int
}

func defaultSettings(t traits) settings {
	mem := t.memories[0]
	return settings{
		echo: true, verbose: true, cscs: "GSM", mems: [3]string{mem, mem, mem}, curc: true, csmp: [4]int{17, 167, 0, 0},
	}
}

// handlers is the table of all commands. The names left out are unknown to the simulator.
func (m *Modem) handlers() map[string]handler {
	h := map[string]handler{}
	m.basicCommands(h)
	m.simCommands(h)
	m.networkCommands(h)
	m.messageCommands(h)
	m.storageCommands(h)
	m.vendorCommands(h)
	return h
}

func (m *Modem) exec(c command) reply {
	if h := m.table[c.name]; h != nil {
		return h(c)
	}
	if m.foreign(c.name) {
		return failed(plainError())
	}
	m.record(&m.notUnderstood, "AT"+c.raw)
	m.log.Warn("AT command not understood", "command", c.raw)
	return failed(plainError())
}

// enc writes a string in the character set of AT+CSCS; dec reads one.
func (m *Modem) enc(text string) string {
	if m.set.cscs == "UCS2" {
		return hexUpper(ucs2Bytes(text))
	}
	return text
}

func (m *Modem) dec(text string) string {
	if m.set.cscs == "UCS2" {
		if b, ok := unhex(text); ok && len(b)%2 == 0 {
			return ucs2Text(b)
		}
	}
	return text
}

// body is a message text in text mode: what the character set cannot hold goes out as UCS-2 hex, as modems do.
func (m *Modem) body(text string) string {
	if _, ok := gsm7Septets(text); !ok || m.set.cscs == "UCS2" {
		return hexUpper(ucs2Bytes(text))
	}
	return strings.ReplaceAll(text, "\n", "\r\n")
}

// choice is the handler of a setting with a short list of values: AT+X?, AT+X=?, AT+X=n.
func choice(name string, v *int, allowed ...int) handler {
	return func(c command) reply {
		switch c.op {
		case opRead:
			return answer(fmt.Sprintf("%s: %d", name, *v))
		case opTest:
			return answer(name + ": " + list(allowed))
		case opSet:
			n, ok := c.int(0, -1)
			for _, a := range allowed {
				if ok && n == a {
					*v = n
					return reply{}
				}
			}
			return failed(cme(50))
		}
		return failed(plainError())
	}
}

// constant answers one line to any form of a command, and nothing but OK to its test form.
func constant(line func() string) handler {
	return func(c command) reply {
		if c.op == opTest || c.op == opSet {
			return reply{}
		}
		return answer(line())
	}
}

func accept(command) reply { return reply{} }

func refuse(command) reply { return failed(plainError()) }
