package modem

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vestnik/device"
)

// Registration states of +CREG and +CEREG (3GPP TS 27.007 §7.2, §10.1.22).
const (
	regHome      = 1
	regDenied    = 3
	regRoaming   = 5
	regSMSHome   = 6 // registered for SMS only
	regSMSRoam   = 7
	regEmergency = 8 // attached for emergency calls only
)

// look asks for the states of card, network and signal and moves the link accordingly.
func (s *session) look(ctx context.Context) error {
	s.pollNow = false
	state, cause, err := s.simCard(ctx)
	if err != nil {
		return err
	}
	if state != "" {
		s.ready = false
		s.m.offlineFrom = time.Time{}
		s.m.setLink(ctx, state, cause)
		return nil
	}
	if !s.ready {
		if err := s.setUp(ctx); err != nil {
			return err
		}
		if !s.ready {
			return nil
		}
	}
	stat, line, err := s.registration(ctx)
	if err != nil {
		return err
	}
	csq, _, err := s.query(ctx, "AT+CSQ", "+CSQ:")
	if err != nil {
		return err
	}
	signal := numberAt(csq, 0, 99)
	s.m.describe(func(l *device.Link) {
		l.SignalDBM, l.LastSeen = dbm(signal), time.Now()
	})
	return s.conclude(ctx, stat, signal, line)
}

// registration asks the older network first and LTE's when that says no.
func (s *session) registration(ctx context.Context) (stat int, line string, err error) {
	f, _, err := s.query(ctx, "AT+CREG?", "+CREG:")
	if err != nil {
		return 0, "", err
	}
	stat = numberAt(f, 1, numberAt(f, 0, 0))
	line = fmt.Sprintf("+CREG: %d", stat)
	if registered(stat) {
		return stat, line, nil
	}
	r, err := s.e.ask(ctx, question{cmd: "AT+CEREG?", prefix: "+CEREG:", limit: s.m.opts.Command})
	if err != nil || !r.ok || len(r.lines) == 0 {
		return stat, line, err
	}
	f = params(r.lines[len(r.lines)-1], "+CEREG:")
	if lte := numberAt(f, 1, 0); registered(lte) || stat == 0 {
		return lte, fmt.Sprintf("+CEREG: %d", lte), nil
	}
	return stat, line, nil
}

func registered(stat int) bool {
	return stat == regHome || stat == regRoaming || stat == regSMSHome || stat == regSMSRoam
}

// dbm reads +CSQ (3GPP TS 27.007 §8.5): 0 to 31 are -113 to -51 dBm, anything else is unknown.
func dbm(csq int) int {
	if csq < 0 || csq > 31 {
		return 0
	}
	return -113 + 2*csq
}

// conclude moves the link by registration and signal, and gets a modem that lost its network going.
func (s *session) conclude(ctx context.Context, stat, signal int, line string) error {
	m := s.m
	if registered(stat) {
		m.offlineFrom, m.radioTries = time.Time{}, 0
		if err := s.operator(ctx); err != nil {
			return err
		}
		m.setLink(ctx, device.LinkConnected, line)
		return nil
	}
	m.describe(func(l *device.Link) { l.Name = "" }) // it may come back with another
	if m.offlineFrom.IsZero() {
		m.offlineFrom = time.Now()
	}
	away := time.Since(m.offlineFrom)
	switch {
	case stat == regDenied, stat == regEmergency:
		m.setLink(ctx, device.LinkDenied, line)
	case signal == 99 && away >= m.opts.NoSignal:
		m.setLink(ctx, device.LinkNoSignal, fmt.Sprintf("%s, +CSQ: %d", line, signal))
	case signal == 99 && m.Link().State == device.LinkNoSignal:
	default:
		m.setLink(ctx, device.LinkSearching, fmt.Sprintf("%s, +CSQ: %d", line, signal))
	}
	// some modules never come back by themselves; a denied SIM is left alone
	if stat == regDenied || away < m.opts.Reregister*time.Duration(int(1)<<min(m.radioTries, 5)) {
		return nil
	}
	m.radioTries++
	m.offlineFrom = time.Now()
	if m.radioTries%3 == 0 {
		if _, err := s.e.ask(ctx, question{cmd: "AT+CFUN=1,1", limit: m.opts.Command}); err != nil {
			return err
		}
		return fmt.Errorf("%w: without network for long", errReboot)
	}
	return s.cycleRadio(ctx)
}

// operator learns the network's name and the SIM's own number once.
func (s *session) operator(ctx context.Context) error {
	if s.m.Link().Name == "" {
		r, err := s.e.ask(ctx, question{cmd: "AT+COPS?", prefix: "+COPS:", limit: s.m.opts.Command})
		if err != nil {
			return err
		}
		if r.ok && len(r.lines) > 0 {
			if f := params(r.lines[0], "+COPS:"); len(f) > 2 {
				s.m.describe(func(l *device.Link) { l.Name = f[2] })
			}
		}
	}
	return nil
}

// setUp prepares the modem for messages, once the card is open. It leaves ready false when the modem says no
// to what cannot be done without; the next look tries again.
func (s *session) setUp(ctx context.Context) error {
	limit := s.m.opts.Command
	// A card that was opened a moment ago refuses messages for some seconds.
	r, err := s.e.ask(ctx, question{cmd: "AT+CMGF=0", limit: limit})
	if err != nil {
		return err
	}
	if !r.ok {
		s.m.setLink(ctx, device.LinkConnecting, "AT+CMGF=0: "+r.text)
		return nil
	}
	one := func(cmd, prefix string) (string, error) {
		r, err := s.e.ask(ctx, question{cmd: cmd, prefix: prefix, limit: limit})
		if err != nil || len(r.lines) == 0 {
			return "", err
		}
		return r.lines[len(r.lines)-1], nil
	}
	if err := s.setService(ctx, one); err != nil {
		return err
	}
	mem, err := one("AT+CPMS=?", "+CPMS:")
	if err != nil {
		return err
	}
	s.p.memory = chooseMemory(mem)
	r, err = s.e.ask(ctx, question{cmd: fmt.Sprintf(`AT+CPMS="%[1]s","%[1]s","%[1]s"`, s.p.memory), limit: limit})
	if err != nil {
		return err
	}
	if !r.ok {
		s.m.setLink(ctx, device.LinkConnecting, "AT+CPMS: "+r.text)
		return nil
	}
	test, err := one("AT+CNMI=?", "+CNMI:")
	if err != nil {
		return err
	}
	if err := s.setIndications(ctx, test); err != nil {
		return err
	}
	if err := s.tell(ctx, "AT+CREG=1", "AT+COPS=3,0"); err != nil {
		return err
	}
	own, err := one("AT+CNUM", "+CNUM:")
	if err != nil {
		return err
	}
	if f := params(own, "+CNUM:"); len(f) > 1 {
		if n, err := device.ParsePhone(f[1], s.m.opts.Region); err == nil {
			s.m.describe(func(l *device.Link) { l.Phone = n.Phone })
		}
	}
	s.ready = true
	return s.sweep(ctx)
}

// setService asks for phase 2 service without duty to acknowledge, since a modem whose direct lines are not
// acknowledged within seconds stops telling anything (3GPP TS 27.005 §3.2.1).
func (s *session) setService(ctx context.Context, one func(cmd, prefix string) (string, error)) error {
	test, err := one("AT+CSMS=?", "+CSMS:")
	if err != nil {
		return err
	}
	var services []int
	if f := params(test, "+CSMS:"); len(f) > 0 {
		services = values(f[0])
	}
	if len(services) > 0 && !slices.Contains(services, 0) {
		s.p.ack = true
		return s.tell(ctx, fmt.Sprintf("AT+CSMS=%d", services[0]))
	}
	s.p.ack = false
	return s.tell(ctx, "AT+CSMS=0")
}

// setIndications sets AT+CNMI, and falls back to plain forms when the modem refuses what it offered.
func (s *session) setIndications(ctx context.Context, test string) error {
	cmd, reports, _ := chooseCNMI(test, s.p.huawei, s.m.avoidStored)
	for _, try := range []struct {
		cmd     string
		reports int
	}{{cmd, reports}, {"AT+CNMI=2,1,0,1,0", reportsRouted}, {"AT+CNMI=1,1,0,1,0", reportsRouted}, {"AT+CNMI=2,1", reportsOff}} {
		r, err := s.e.ask(ctx, question{cmd: try.cmd, limit: s.m.opts.Command})
		if err != nil {
			return err
		}
		if r.ok {
			s.p.reports = try.reports
			return nil
		}
	}
	s.p.reports = reportsOff
	s.m.log.Warn("the modem takes no AT+CNMI: messages are found by the sweep only, reports are lost")
	return nil
}
