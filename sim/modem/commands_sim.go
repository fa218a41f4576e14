package modem

import (
	"fmt"
	"strings"
	"time"
)

func (m *Modem) now() time.Time { return time.Now().In(m.opts.Location) }

// needSIM answers a command only when the SIM is ready.
func (m *Modem) needSIM(h handler) handler {
	return func(c command) reply {
		if code := m.sim.cmeCode(); code != 0 && c.op != opTest {
			return failed(cme(code))
		}
		return h(c)
	}
}

func (m *Modem) simCommands(h map[string]handler) {
	h["+CPIN"] = m.pin
	h["+CLCK"] = m.lock
	h["+CPWD"] = m.needSIM(func(command) reply { return failed(cme(3)) })
	h["+CIMI"] = m.needSIM(constant(func() string { return m.opts.IMSI }))
	iccid := func(prefix string) handler {
		return func(c command) reply {
			switch {
			case !m.sim.present:
				return failed(cme(10))
			case c.op == opTest:
				return reply{}
			}
			return answer(prefix + m.opts.ICCID)
		}
	}
	h["+CCID"] = iccid("+CCID: ")
	h["+ICCID"] = iccid("+ICCID: ")
	if m.opts.Profile == SIM800 {
		h["+CCID"] = iccid("")
	}
	h["+QCCID"], h["^ICCID"] = iccid("+QCCID: "), iccid("^ICCID: ")
	h["+CNUM"] = m.needSIM(func(c command) reply {
		if c.op == opTest {
			return reply{}
		}
		return answer(fmt.Sprintf(`+CNUM: "","%s",%d`, m.enc(m.opts.Number), numberTOA(m.opts.Number)))
	})
	h["+CPBS"] = m.needSIM(m.phonebook)
	h["+CPBR"] = m.needSIM(func(c command) reply {
		if c.op == opTest {
			return answer("+CPBR: (1-250),40,14")
		}
		return failed(cme(22))
	})
	h["+CPBF"], h["+CPBW"] = h["+CPBR"], m.needSIM(refuse)
	h["+CUSD"] = m.needSIM(m.ussdRequest)
	left := func(format string) handler {
		return func(c command) reply {
			if c.op == opTest {
				return reply{}
			}
			return answer(fmt.Sprintf(format, m.sim.pinLeft, m.sim.pukLeft))
		}
	}
	switch m.opts.Profile {
	case SIM800:
		h["+SPIC"] = left("+SPIC: %d,%d,0,0")
	case Quectel:
		h["+QPINC"] = left(`+QPINC: "SC",%d,%d`)
	case Huawei:
		h["^CPIN"] = func(command) reply {
			return answer(fmt.Sprintf("^CPIN: %s,%d,%d,%d,10,3", m.sim.state(), m.sim.pinLeft, m.sim.pukLeft, m.sim.pinLeft))
		}
	}
}

func (m *Modem) pin(c command) reply {
	switch c.op {
	case opRead:
		if !m.sim.present {
			return failed(cme(10))
		}
		return answer("+CPIN: " + m.sim.state())
	case opTest:
		return reply{}
	case opSet:
		code := 0
		if len(c.args) > 1 {
			code = m.sim.unblock(c.arg(0), c.arg(1))
		} else {
			code = m.sim.enter(c.arg(0))
		}
		if code != 0 {
			return failed(cme(code))
		}
		m.boot = time.Now().Add(m.opts.RegisterTime)
		m.checkRegistration()
		m.wakeLocked()
		lines := []string{"+CPIN: READY", "Call Ready", "SMS Ready"}
		if m.opts.Profile == SIM800 {
			for _, l := range lines {
				m.urc(l)
			}
		} else if m.opts.Profile == Quectel {
			m.urc(lines[0])
		}
		return reply{}
	}
	return failed(plainError())
}

// lock is AT+CLCK="SC",n,"pin": asks for, sets and takes off the PIN request.
func (m *Modem) lock(c command) reply {
	if c.op == opTest {
		return answer(`+CLCK: ("SC")`)
	}
	if c.op != opSet || strings.ToUpper(c.arg(0)) != "SC" {
		return failed(cme(3))
	}
	if !m.sim.present {
		return failed(cme(10))
	}
	mode, _ := c.int(1, -1)
	if mode == 2 {
		on := 0
		if m.sim.asks {
			on = 1
		}
		return answer(fmt.Sprintf("+CLCK: %d", on))
	}
	if mode < 0 || mode > 1 || m.sim.pinLeft == 0 {
		return failed(cme(3))
	}
	m.sim.tries++
	if c.arg(2) != m.sim.pin {
		m.sim.pinLeft--
		return failed(cme(16))
	}
	m.sim.asks, m.sim.locked, m.sim.pinLeft = mode == 1, false, 3
	m.checkRegistration()
	return reply{}
}

func (m *Modem) phonebook(c command) reply {
	switch c.op {
	case opRead:
		return answer(`+CPBS: "SM",0,250`)
	case opTest:
		return answer(`+CPBS: ("SM")`)
	}
	if m.dec(strings.ToUpper(c.arg(0))) != "SM" {
		return failed(cme(3))
	}
	return reply{}
}

// ussdRequest is AT+CUSD=1,"*100#",15: OK at once, the operator's answer as a line later.
func (m *Modem) ussdRequest(c command) reply {
	switch {
	case c.op == opTest:
		return answer("+CUSD: (0-2)")
	case c.op == opRead:
		return answer("+CUSD: 1")
	case c.op != opSet:
		return failed(plainError())
	}
	if len(c.args) < 2 {
		return reply{}
	}
	if !m.stat.up() {
		return failed(cme(30))
	}
	code := m.dec(c.arg(1))
	if m.trait.packedUSSD {
		packed, ok := unhex(c.arg(1))
		if !ok || len(packed) == 0 {
			return failed(cme(50))
		}
		code = strings.TrimRight(gsm7Text(unpackSeptets(packed, 0, len(packed)*8/7)), "@\r")
	}
	line := "+CUSD: 4"
	if text, ok := m.ussd[code]; ok {
		line = m.ussdLine(text)
	}
	time.AfterFunc(m.opts.USSDDelay, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.urc(line)
	})
	return reply{}
}

func (m *Modem) ussdLine(text string) string {
	septets, latin := gsm7Septets(text)
	switch {
	case !latin:
		return fmt.Sprintf(`+CUSD: 0,"%s",72`, hexUpper(ucs2Bytes(text)))
	case m.trait.packedUSSD:
		return fmt.Sprintf(`+CUSD: 0,"%s",15`, hexUpper(packSeptets(septets, 0)))
	}
	return fmt.Sprintf(`+CUSD: 0,"%s",15`, m.enc(text))
}
