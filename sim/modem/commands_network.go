package modem

import (
	"fmt"
	"strings"
)

func (m *Modem) networkCommands(h map[string]handler) {
	h["+CREG"] = m.registrationCommand("+CREG", &m.set.creg)
	h["+CGREG"] = m.registrationCommand("+CGREG", &m.set.cgreg)
	if m.trait.lte {
		h["+CEREG"] = m.registrationCommand("+CEREG", &m.set.cereg)
	} else {
		h["+CEREG"] = refuse
	}
	h["+COPS"] = m.operator
	h["+CSQ"] = func(c command) reply {
		if c.op == opTest {
			return answer("+CSQ: (0-31,99),(0-7,99)")
		}
		csq := m.csq
		if m.cfun != 1 {
			csq = 99
		}
		return answer(fmt.Sprintf("+CSQ: %d,99", csq))
	}
	h["+CGATT"] = func(c command) reply {
		switch c.op {
		case opRead:
			on := 0
			if m.registration().up() {
				on = 1
			}
			return answer(fmt.Sprintf("+CGATT: %d", on))
		case opTest:
			return answer("+CGATT: (0,1)")
		}
		return reply{}
	}
	for _, name := range []string{"+CRC", "+CLIP", "+CLIR", "+CCWA", "+COLP", "+CSSN", "+CRLP", "+CR", "+CHUP", "+CTZU", "+CTZR", "+CGDCONT", "+CGEREP"} {
		h[name] = accept
	}
}

func (m *Modem) registrationCommand(name string, n *int) handler {
	return func(c command) reply {
		switch c.op {
		case opRead:
			stat := m.registration()
			if *n == 2 && stat.up() {
				return answer(fmt.Sprintf(`%s: %d,%d,"1A2B","00C3D4E5"`, name, *n, stat))
			}
			return answer(fmt.Sprintf("%s: %d,%d", name, *n, stat))
		case opTest:
			return answer(name + ": (0-2)")
		case opSet:
			v, ok := c.int(0, 0)
			if !ok || v < 0 || v > 2 {
				return failed(cme(50))
			}
			*n = v
			return reply{}
		}
		return failed(plainError())
	}
}

func (m *Modem) operator(c command) reply {
	if code := m.sim.cmeCode(); code != 0 && c.op == opTest {
		return failed(cme(code))
	}
	switch c.op {
	case opRead:
		if !m.registration().up() {
			return answer(fmt.Sprintf("+COPS: %d", m.cops))
		}
		name := m.enc(m.opts.Operator)
		if m.copsFmt == 2 {
			name = m.opts.PLMN
		}
		if m.opts.Profile == SIM800 {
			return answer(fmt.Sprintf(`+COPS: %d,%d,"%s"`, m.cops, m.copsFmt, name))
		}
		return answer(fmt.Sprintf(`+COPS: %d,%d,"%s",%d`, m.cops, m.copsFmt, name, m.trait.act))
	case opTest:
		return answer(fmt.Sprintf(`+COPS: (2,"%s","%s","%s",%d),,(0-4),(0-2)`, m.opts.Operator, m.opts.Operator, m.opts.PLMN, m.trait.act))
	case opSet:
		mode, ok := c.int(0, 0)
		format, ok2 := c.int(1, m.copsFmt)
		if !ok || !ok2 || mode < 0 || mode > 4 || format < 0 || format > 2 {
			return failed(cme(50))
		}
		m.copsFmt = format
		if mode == 3 {
			return reply{}
		}
		if mode == 1 || mode == 4 {
			if want := strings.ToUpper(m.dec(c.arg(2))); want != m.opts.PLMN && want != strings.ToUpper(m.opts.Operator) {
				return failed(cme(30))
			}
		}
		m.cops = mode
		m.checkRegistration()
		m.wakeLocked()
		return reply{}
	}
	return failed(plainError())
}
