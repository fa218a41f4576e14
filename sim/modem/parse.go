package modem

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// op is what a command line does with a command.
type op int

const (
	opRun  op = iota // AT+CSQ, ATZ, ATE0
	opRead           // AT+CSQ?
	opTest           // AT+CSQ=?
	opSet            // AT+CSQ=…
)

// command is one command of an AT line, ITU-T V.250 §5.
type command struct {
	name string // upper case with its prefix: "E", "&F", "+CMGS", "^CURC"
	op   op
	n    int    // the number of a basic command: 0 in ATE0; 0 when none stood there
	args []arg  // of opSet
	raw  string // as it stood in the line
}

type arg struct {
	text   string
	quoted bool
}

// arg gives the i-th parameter, "" when it was left out.
func (c command) arg(i int) string {
	if i >= len(c.args) {
		return ""
	}
	return c.args[i].text
}

// int gives the i-th parameter as a number, def when it was left out; ok is false when it is no number.
func (c command) int(i, def int) (v int, ok bool) {
	if i >= len(c.args) || (c.args[i].text == "" && !c.args[i].quoted) {
		return def, true
	}
	v, err := strconv.Atoi(c.args[i].text)
	return v, err == nil && !c.args[i].quoted
}

// parseLine splits what stands behind "AT" into commands. Extended commands are parted by ";", basic ones follow each
// other; "D" takes the rest of the line. ok is false when the line does not hold "AT" at all: a modem ignores it silently.
func parseLine(line string) (cmds []command, ok bool, err error) {
	at := -1
	for i := 0; i+1 < len(line); i++ {
		if line[i]|0x20 == 'a' && line[i+1]|0x20 == 't' {
			at = i
			break
		}
	}
	if at < 0 {
		return nil, false, nil
	}
	rest := line[at+2:]
	for i := 0; i < len(rest); {
		c := rest[i]
		switch {
		case c == ' ' || c == ';':
			i++
		case strings.IndexByte("+^%*$#_@!", c) >= 0:
			end, err := extendedEnd(rest[i:])
			if err != nil {
				return cmds, true, err
			}
			cmd, err := parseExtended(rest[i : i+end])
			if err != nil {
				return cmds, true, err
			}
			cmds = append(cmds, cmd)
			i += end
		case c == '&' || isLetter(c):
			cmd, n, err := parseBasic(rest[i:])
			if err != nil {
				return cmds, true, err
			}
			cmds = append(cmds, cmd)
			i += n
		default:
			return cmds, true, fmt.Errorf("stray character %q in the command line", c)
		}
	}
	return cmds, true, nil
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// extendedEnd finds the ";" outside quotes, or the end of the line.
func extendedEnd(s string) (int, error) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			return i, nil
		}
	}
	if quoted {
		return 0, errors.New("a quote is not closed")
	}
	return len(s), nil
}

func parseExtended(s string) (command, error) {
	c := command{raw: s}
	nameEnd := strings.IndexAny(s, "=?")
	if nameEnd < 0 {
		nameEnd = len(s)
	}
	c.name = strings.ToUpper(strings.TrimSpace(s[:nameEnd]))
	if len(c.name) < 2 || strings.ContainsAny(c.name, "\"' ,") {
		return c, fmt.Errorf("%q is no command name", c.name)
	}
	switch tail := strings.TrimSpace(s[nameEnd:]); {
	case tail == "":
	case tail == "?":
		c.op = opRead
	case tail == "=?":
		c.op = opTest
	case tail[0] == '=':
		c.op = opSet
		c.args = splitArgs(tail[1:])
	default:
		return c, fmt.Errorf("%q has something behind its question mark", s)
	}
	return c, nil
}

// splitArgs parts parameters at commas outside quotes and takes the quotes off.
func splitArgs(s string) []arg {
	var args []arg
	var b strings.Builder
	quoted, was := false, false
	flush := func() {
		text := b.String()
		if !was {
			text = strings.TrimSpace(text)
		}
		args = append(args, arg{text: text, quoted: was})
		b.Reset()
		was = false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
			was = true
		case c == ',' && !quoted:
			flush()
		default:
			if was && !quoted && c == ' ' {
				continue
			}
			b.WriteByte(c)
		}
	}
	flush()
	return args
}

// parseBasic reads commands like E0, &F, S3=13, S3?, DT123 and says how many characters it took.
func parseBasic(s string) (command, int, error) {
	i := 0
	if s[0] == '&' {
		i = 1
		if len(s) < 2 || !isLetter(s[1]) {
			return command{}, 0, errors.New("no letter behind &")
		}
	}
	c := command{name: strings.ToUpper(s[:i+1])}
	i++
	if c.name == "D" {
		c.raw, c.args = s, []arg{{text: s[1:]}}
		return c, len(s), nil
	}
	start := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i-start > 6 {
		return c, i, fmt.Errorf("number %q is too long", s[start:i])
	}
	if i > start {
		c.n, _ = strconv.Atoi(s[start:i])
	}
	if c.name == "S" {
		c.name += s[start:i]
	}
	switch {
	case strings.HasPrefix(s[i:], "=?"):
		c.op, i = opTest, i+2
	case strings.HasPrefix(s[i:], "?"):
		c.op, i = opRead, i+1
	case strings.HasPrefix(s[i:], "="):
		c.op = opSet
		i++
		from := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		c.args = []arg{{text: s[from:i]}}
	}
	c.raw = s[:i]
	return c, i, nil
}
