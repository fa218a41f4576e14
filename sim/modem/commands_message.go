package modem

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

func unhex(s string) ([]byte, bool) {
	b, err := hex.DecodeString(s)
	return b, err == nil
}

// needCard is needSIM with the errors of message commands.
func (m *Modem) needCard(h handler) handler {
	return func(c command) reply {
		if code := m.sim.cmsCode(); code != 0 && c.op != opTest {
			return failed(cms(code))
		}
		return h(c)
	}
}

// messageCommands are the settings of 3GPP TS 27.005.
func (m *Modem) messageCommands(h map[string]handler) {
	h["+CMGF"] = choice("+CMGF", &m.set.cmgf, 0, 1)
	h["+CSDH"] = choice("+CSDH", &m.set.csdh, 0, 1)
	h["+CMMS"] = choice("+CMMS", &m.set.cmms, 0, 1, 2)
	h["+CSMS"] = m.service
	h["+CSCA"] = m.needCard(m.serviceCentre)
	h["+CNMI"] = m.indications
	h["+CNMA"] = m.acknowledge
	h["+CSMP"] = m.textParameters
	h["+CSAS"], h["+CRES"] = accept, accept
	h["+CSCB"] = accept
	h["+CMGS"] = m.needCard(m.sendCommand)
	h["+CMGW"] = m.needCard(m.sendCommand)
	h["+CMSS"] = m.needCard(m.sendStored)
	h["+CGSMS"] = accept
}

func (m *Modem) service(c command) reply {
	switch c.op {
	case opRead:
		return answer(fmt.Sprintf("+CSMS: %d,1,1,1", m.set.csms))
	case opTest:
		return answer("+CSMS: " + list(m.trait.csms))
	case opSet:
		n, ok := c.int(0, -1)
		if !ok || !slices.Contains(m.trait.csms, n) {
			return failed(cms(302))
		}
		m.set.csms = n
		return answer("+CSMS: 1,1,1")
	}
	return failed(plainError())
}

func (m *Modem) serviceCentre(c command) reply {
	switch c.op {
	case opRead:
		return answer(fmt.Sprintf(`+CSCA: "%s",%d`, m.enc(m.sim.smsc), numberTOA(m.sim.smsc)))
	case opTest:
		return reply{}
	case opSet:
		number := m.dec(c.arg(0))
		toa, ok := c.int(1, numberTOA(number))
		if !ok || strings.Trim(number, "+0123456789") != "" || number == "" {
			return failed(cms(304))
		}
		if toa == 145 && !strings.HasPrefix(number, "+") {
			number = "+" + number
		}
		m.sim.smsc = number
		return reply{}
	}
	return failed(plainError())
}

// indications is AT+CNMI; each profile allows its own values.
func (m *Modem) indications(c command) reply {
	allowed := m.trait.cnmi
	switch c.op {
	case opRead:
		v := m.set.cnmi
		return answer(fmt.Sprintf("+CNMI: %d,%d,%d,%d,%d", v[0], v[1], v[2], v[3], v[4]))
	case opTest:
		lists := make([]string, len(allowed))
		for i, a := range allowed {
			lists[i] = list(a)
		}
		return answer("+CNMI: " + strings.Join(lists, ","))
	case opSet:
		next := m.set.cnmi
		if len(c.args) > len(next) {
			return failed(cms(303))
		}
		for i := range next {
			v, ok := c.int(i, next[i])
			if !ok || !slices.Contains(allowed[i], v) {
				return failed(cms(303))
			}
			next[i] = v
		}
		m.set.cnmi = next
		m.wakeLocked()
		return reply{}
	}
	return failed(plainError())
}

// acknowledge is AT+CNMA, allowed only with AT+CSMS=1 and when something waits for it.
func (m *Modem) acknowledge(c command) reply {
	if c.op == opTest {
		return answer("+CNMA: (0-2)")
	}
	if m.set.csms != 1 || m.unacked == nil {
		return failed(cms(340))
	}
	if n, ok := c.int(0, 0); !ok || n < 0 || n > 2 {
		return failed(cms(302))
	} else if n == 2 {
		m.unacked.due = m.now().Add(m.opts.AlertDelay)
		m.requeueUnacked()
		m.wakeLocked()
		return reply{}
	}
	m.unacked = nil
	m.wakeLocked()
	return reply{}
}

// textParameters is AT+CSMP: first octet, validity, protocol, coding of text mode.
func (m *Modem) textParameters(c command) reply {
	switch c.op {
	case opRead:
		v := m.set.csmp
		return answer(fmt.Sprintf("+CSMP: %d,%d,%d,%d", v[0], v[1], v[2], v[3]))
	case opTest:
		return reply{}
	case opSet:
		next := m.set.csmp
		for i := range next {
			v, ok := c.int(i, next[i])
			if !ok || v < 0 || v > 255 {
				return failed(cms(302))
			}
			next[i] = v
		}
		m.set.csmp = next
		return reply{}
	}
	return failed(plainError())
}

// sendCommand opens the prompt of AT+CMGS and AT+CMGW.
func (m *Modem) sendCommand(c command) reply {
	if c.op == opTest {
		return reply{}
	}
	p := &prompt{cmd: c.name, text: m.set.cmgf == 1, stat: statUnsent}
	if p.text {
		p.to = m.dec(c.arg(0))
		if p.to == "" && c.name == "+CMGS" {
			return failed(cms(304))
		}
		if toa, _ := c.int(1, 0); toa == toaInternational && !strings.HasPrefix(p.to, "+") {
			p.to = "+" + p.to
		}
	} else {
		n, ok := c.int(0, -1)
		if c.op != opSet || !ok || n < 7 || n > 164 {
			return failed(cms(302))
		}
		p.tpdu = n
		if stat, ok := c.int(1, statUnsent); ok && c.name == "+CMGW" {
			p.stat = stat
		}
	}
	if c.name == "+CMGW" {
		if p.stat < statUnread || p.stat > statSent {
			return failed(cms(302))
		}
		return reply{prompt: p}
	}
	p.plan = m.fault.next()
	switch {
	case p.plan.mute:
		return failed(silence())
	case p.plan.unplug == BeforePrompt:
		s, pl := m.sess, p.plan
		return reply{final: silence(), after: func() { m.leave(s, pl) }}
	}
	return reply{prompt: p}
}
