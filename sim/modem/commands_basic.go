package modem

import (
	"fmt"
	"slices"
	"strings"
)

// basicCommands are those of ITU-T V.250 and the identification of 3GPP TS 27.007 §5.
func (m *Modem) basicCommands(h map[string]handler) {
	flag := func(v *bool) handler {
		return func(c command) reply {
			if c.n > 1 || c.op != opRun {
				return failed(plainError())
			}
			*v = c.n == 1
			return reply{}
		}
	}
	h["E"], h["V"], h["Q"] = flag(&m.set.echo), flag(&m.set.verbose), flag(&m.set.quiet)
	h["Z"] = func(command) reply { m.resetLine(); return reply{} }
	h["&F"] = h["Z"]
	for _, name := range []string{"&C", "&D", "&W", "&S", "&K", "X", "L", "M", "H", "+IPR", "+IFC", "+ICF", "+CMUX", "+WS46"} {
		h[name] = accept
	}
	for _, name := range []string{"S0", "S3", "S4", "S5", "S7"} {
		h[name] = func(c command) reply {
			if c.op == opRead {
				return answer("000")
			}
			return reply{}
		}
	}
	h["D"] = func(command) reply { return failed(words("NO CARRIER")) }
	h["A"] = func(command) reply { return failed(words("NO CARRIER")) }
	h["I"] = func(command) reply {
		t := m.trait
		return answer("Manufacturer: "+t.manufacturer, "Model: "+t.model, "Revision: "+t.revision, "IMEI: "+m.opts.IMEI, "+GCAP: "+t.gcap)
	}
	for _, p := range []string{"+C", "+"} {
		h[p+"GMI"] = constant(func() string { return m.trait.manufacturer })
		h[p+"GMM"] = constant(func() string { return m.trait.model })
		h[p+"GMR"] = constant(func() string { return m.trait.revision })
		h[p+"GSN"] = constant(func() string { return m.opts.IMEI })
	}
	h["+GCAP"] = constant(func() string { return "+GCAP: " + m.trait.gcap })
	h["+CMEE"] = choice("+CMEE", &m.set.cmee, 0, 1, 2)
	h["+CSCS"] = m.charset
	h["+CFUN"] = m.function
	h["+CBC"] = constant(func() string { return "+CBC: 0,100" })
	h["+CPAS"] = constant(func() string { return "+CPAS: 0" })
	h["+CCLK"] = func(c command) reply {
		if c.op == opRead {
			return answer(`+CCLK: "` + textStamp(m.now()) + `"`)
		}
		return reply{}
	}
}

// resetLine is ATZ: the settings of the line, not those of messages (as Huawei and SIMCom do).
func (m *Modem) resetLine() {
	d := defaultSettings(m.trait)
	m.set.echo, m.set.verbose, m.set.quiet, m.set.cmee = d.echo, d.verbose, d.quiet, d.cmee
	m.set.creg, m.set.cgreg, m.set.cereg, m.set.cscs = 0, 0, 0, d.cscs
}

func (m *Modem) charset(c command) reply {
	known := []string{"GSM", "IRA", "UCS2"}
	switch c.op {
	case opRead:
		return answer(fmt.Sprintf(`+CSCS: "%s"`, m.set.cscs))
	case opTest:
		return answer(`+CSCS: ("` + strings.Join(known, `","`) + `")`)
	case opSet:
		name := strings.ToUpper(c.arg(0))
		if d := strings.ToUpper(m.dec(name)); !slices.Contains(known, name) {
			name = d // UCS2 clients may write the name itself as hex
		}
		if !slices.Contains(known, name) {
			return failed(cme(50))
		}
		m.set.cscs = name
		return reply{}
	}
	return failed(plainError())
}

// function is AT+CFUN: 1 on, 0 and 4 radio off, n,1 restarts.
func (m *Modem) function(c command) reply {
	switch c.op {
	case opRead:
		return answer(fmt.Sprintf("+CFUN: %d", m.cfun))
	case opTest:
		return answer("+CFUN: (0,1,4),(0,1)")
	case opSet:
		fun, ok := c.int(0, 1)
		rst, ok2 := c.int(1, 0)
		if !ok || !ok2 || !slices.Contains([]int{0, 1, 4}, fun) || rst < 0 || rst > 1 {
			return failed(cme(50))
		}
		if rst == 1 {
			return reply{after: m.restart}
		}
		was := m.cfun
		m.cfun = fun
		if fun == 1 && was != 1 {
			m.boot = m.now().Add(m.opts.RegisterTime)
		}
		m.checkRegistration()
		m.wakeLocked()
		return reply{}
	}
	return failed(plainError())
}
