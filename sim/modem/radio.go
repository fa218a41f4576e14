package modem

import (
	"fmt"
	"time"
)

// Registration is the network state as AT+CREG tells it, 3GPP TS 27.007 §7.2.
type Registration int

const (
	RegOff       Registration = 0 // not registered, not searching
	RegHome      Registration = 1
	RegSearching Registration = 2
	RegDenied    Registration = 3
	RegRoaming   Registration = 5
)

// simCard is guarded by Modem.mu.
type simCard struct {
	present  bool
	pin, puk string
	asks     bool // PIN request is on
	locked   bool // PIN still to be entered
	pinLeft  int
	pukLeft  int
	tries    int // PINs tried, right or wrong
	smsc     string
}

func (s *simCard) reset() { s.pinLeft, s.pukLeft = 3, 10 }

// state is the answer of AT+CPIN?.
func (s *simCard) state() string {
	switch {
	case !s.present:
		return "NOT INSERTED"
	case s.pinLeft == 0:
		return "SIM PUK"
	case s.locked:
		return "SIM PIN"
	}
	return "READY"
}

func (s *simCard) ready() bool { return s.state() == "READY" }

// cmeCode and cmsCode are the errors of commands that need the SIM; 0 when it is ready.
func (s *simCard) cmeCode() int {
	switch s.state() {
	case "NOT INSERTED":
		return 10
	case "SIM PUK":
		return 12
	case "SIM PIN":
		return 11
	}
	return 0
}

func (s *simCard) cmsCode() int {
	switch s.state() {
	case "NOT INSERTED":
		return 310
	case "SIM PUK":
		return 316
	case "SIM PIN":
		return 311
	}
	return 0
}

// enter tries a PIN; it gives the +CME ERROR number or 0.
func (s *simCard) enter(pin string) int {
	if code := s.cmeCode(); code != 11 {
		if code == 0 {
			return 3 // nothing to enter
		}
		return code
	}
	s.tries++
	if pin == s.pin {
		s.locked = false
		s.pinLeft = 3
		return 0
	}
	s.pinLeft--
	if s.pinLeft == 0 {
		return 12
	}
	return 16
}

// unblock tries a PUK.
func (s *simCard) unblock(puk, pin string) int {
	if s.state() != "SIM PUK" {
		return 3
	}
	if puk != s.puk || len(pin) < 4 {
		s.pukLeft--
		return 16
	}
	s.pin, s.locked = pin, false
	s.reset()
	return 0
}

// registration is the state the modem would tell now.
func (m *Modem) registration() Registration {
	switch {
	case m.sess == nil, m.cfun != 1, m.cops == 2, !m.sim.ready():
		return RegOff
	case m.csq == 99, time.Now().Before(m.boot):
		return RegSearching
	}
	return m.reg
}

func (r Registration) up() bool { return r == RegHome || r == RegRoaming }

// checkRegistration tells the client and the network when the state has changed.
func (m *Modem) checkRegistration() {
	now := m.registration()
	if now == m.stat {
		return
	}
	if now.up() && !m.stat.up() {
		m.airFrom = time.Now().Add(m.opts.AlertDelay)
	}
	m.stat = now
	for _, u := range []struct {
		name string
		n    int
	}{{"+CREG", m.set.creg}, {"+CGREG", m.set.cgreg}, {"+CEREG", m.set.cereg}} {
		switch {
		case u.n == 1 || (u.n == 2 && !now.up()):
			m.urc(fmt.Sprintf("%s: %d", u.name, now))
		case u.n == 2:
			m.urc(fmt.Sprintf(`%s: %d,"1A2B","00C3D4E5"`, u.name, now))
		}
	}
	m.wakeLocked()
}

func (m *Modem) radio(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
	m.checkRegistration()
	m.wakeLocked()
}

// SetRegistered lets the network accept the modem (home) or be out of reach (searching).
func (m *Modem) SetRegistered(on bool) {
	if on {
		m.SetRegistration(RegHome)
		return
	}
	m.SetRegistration(RegSearching)
}

// SetRegistration sets what the network says: home, roaming, searching, denied.
func (m *Modem) SetRegistration(r Registration) { m.radio(func() { m.reg = r }) }

// SetSignal sets AT+CSQ: 0 to 31, -113+2n dBm; 99 is no signal, and then there is no registration either.
func (m *Modem) SetSignal(csq int) {
	m.radio(func() {
		m.csq = csq
		if m.trait.caret && m.set.curc {
			m.urc(fmt.Sprintf("^RSSI:%d", csq))
		}
	})
}

// SetPIN gives the SIM a PIN and locks it at once, as if it had been put in newly; "" takes the PIN off.
func (m *Modem) SetPIN(pin string) {
	m.radio(func() {
		m.sim.pin, m.sim.asks, m.sim.locked = pin, pin != "", pin != ""
		m.sim.reset()
	})
}

// PINTries counts the PINs tried so far, right and wrong; PINLeft what is left before the SIM asks for its PUK.
func (m *Modem) PINTries() int { m.mu.Lock(); defer m.mu.Unlock(); return m.sim.tries }

// PINLeft is the number of tries before the SIM asks for its PUK: 3 to 0.
func (m *Modem) PINLeft() int { m.mu.Lock(); defer m.mu.Unlock(); return m.sim.pinLeft }

// BlockSIM lets the SIM ask for its PUK, as after three wrong PINs.
func (m *Modem) BlockSIM() { m.radio(func() { m.sim.pinLeft = 0 }) }

// RemoveSIM takes the card out; InsertSIM puts it back, locked when it has a PIN.
func (m *Modem) RemoveSIM() {
	m.radio(func() {
		m.sim.present = false
		m.urc(m.simLine("^SIMST:255", "+CPIN: NOT INSERTED"))
	})
}

// InsertSIM puts the card back, locked when it has a PIN.
func (m *Modem) InsertSIM() {
	m.radio(func() {
		m.sim.present, m.sim.locked = true, m.sim.asks
		m.urc(m.simLine("^SIMST:1", "+CPIN: "+m.sim.state()))
	})
}

func (m *Modem) simLine(caret, other string) string {
	if m.trait.caret {
		return caret
	}
	return other
}

// SetUSSD sets the operator's answer to a code such as *100#.
func (m *Modem) SetUSSD(code, answer string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ussd[code] = answer
}
