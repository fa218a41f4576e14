package modem

import (
	"fmt"
	"strings"
)

// vendorCommands are those that programs for sending SMS use with each family.
func (m *Modem) vendorCommands(h map[string]handler) {
	switch m.opts.Profile {
	case Huawei:
		h["^CURC"] = func(c command) reply {
			if c.op == opRead {
				n := 0
				if m.set.curc {
					n = 1
				}
				return answer(fmt.Sprintf("^CURC: %d", n))
			}
			n, ok := c.int(0, 1)
			if !ok || n < 0 || n > 1 {
				return failed(plainError())
			}
			m.set.curc = n == 1
			return reply{}
		}
		h["^PORTSEL"], h["^U2DIAG"], h["^CARDLOCK"], h["^SYSCFG"], h["^STSF"] = accept, accept, accept, accept, accept
		h["^CVOICE"] = func(command) reply { return failed(words("COMMAND NOT SUPPORT")) }
		h["^DDSETEX"] = h["^CVOICE"]
		h["^HCSQ"] = constant(func() string { return `^HCSQ:"WCDMA",46,41,90` })
		h["^SYSINFO"] = constant(func() string {
			srv := 0
			if m.registration().up() {
				srv = 2
			}
			return fmt.Sprintf("^SYSINFO:%d,3,0,5,1", srv)
		})
	case SIM800:
		h["+CSPN"] = constant(func() string { return `+CSPN: "` + m.opts.Operator + `",0` })
		h["+CIURC"], h["+CMTE"], h["+EXUNSOL"] = accept, accept, accept
	case Quectel:
		h["+QURCCFG"] = func(c command) reply {
			if c.op == opSet && len(c.args) == 1 {
				return answer(`+QURCCFG: "urcport","usbat"`)
			}
			return reply{}
		}
		h["+QCFG"], h["+QINDCFG"] = accept, accept
		h["+QINISTAT"] = constant(func() string { return "+QINISTAT: 7" })
	}
}

// foreign tells commands of other families, which a modem of this profile refuses: refusing them is knowing them. The
// names that stand alone are those that gammu and smstools try on every phone.
func (m *Modem) foreign(name string) bool {
	switch name[0] {
	case '^':
		return m.opts.Profile != Huawei
	case '*', '%', '$', '#', '_', '@', '!':
		return true
	}
	for _, prefix := range []string{"+Q", "+X", "+Z", "+SPIC", "+CMTE", "+CIURC", "+EXUNSOL", "+CSPN", "+MODE", "+CPROT", "+SYNCML"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
