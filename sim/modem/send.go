package modem

import (
	"errors"
	"fmt"
	"time"
)

// promptDone is Ctrl-Z: the modem has the text or PDU.
func (s *session) promptDone(p *prompt, data string) {
	if p.cmd == "+CMGW" {
		s.store(p, data)
		return
	}
	m := s.m
	m.mu.Lock()
	var (
		sub submit
		err error
	)
	if p.text {
		sub, err = m.textSubmit(p.to, data)
	} else {
		sub, err = parseSubmit(data, p.tpdu, time.Now())
	}
	if err != nil {
		code := m.refuseSubmit(err)
		m.mu.Unlock()
		s.final(cms(code))
		return
	}
	m.mu.Unlock()
	r := s.submit("+CMGS", sub, data, p.plan)
	for _, line := range r.info {
		s.noise()
		s.info(line)
	}
	s.final(r.final)
}

// refuseSubmit records a bad SUBMIT and gives its +CMS ERROR number.
func (m *Modem) refuseSubmit(err error) int {
	code := cmsInvalidPDU
	if pe := (*pduError)(nil); errors.As(err, &pe) {
		code = pe.Code
	}
	m.log.Warn("SUBMIT refused", "why", err, "cms", code)
	m.record(&m.refused, fmt.Sprintf("submit %d: %v (+CMS ERROR: %d)", m.fault.submits, err, code))
	return code
}

// textSubmit is text mode: the text goes out in the coding of AT+CSMP, octet for octet as the client wrote it. A client
// that sends UTF-8 gets what it deserves.
func (m *Modem) textSubmit(to, data string) (submit, error) {
	sub := submit{
		To: to, Total: 1, Seq: 1, DCS: byte(m.set.csmp[3]), PID: byte(m.set.csmp[2]),
		StatusReport: m.set.csmp[0]&0x20 != 0, Validity: relativeValidity(byte(m.set.csmp[1])),
	}
	a, err := alphabetOf(sub.DCS)
	if err != nil {
		return sub, badPDU("+CSMP coding: %v", err)
	}
	sub.Alphabet = a
	switch {
	case m.set.cscs == "UCS2" || a == alphabetUCS2:
		b, ok := unhex(data)
		if !ok || len(b)%2 != 0 {
			return sub, badPDU("text mode with UCS2 wants hex of whole UTF-16 units")
		}
		sub.Text, sub.UserDataUnits = ucs2Text(b), len(b)/2
	default:
		sub.Text, sub.UserDataUnits = gsm7Text([]byte(data)), len(data)
		if m.set.cscs == "IRA" {
			sub.Text = data
		}
	}
	if limit := map[bool]int{true: 70, false: 160}[a == alphabetUCS2]; sub.UserDataUnits > limit {
		return sub, badPDU("text mode: %d characters, at most %d fit", sub.UserDataUnits, limit)
	}
	if why := unroutable(to); why != "" {
		return sub, &pduError{Code: cmsUnassignedNumber, Why: why}
	}
	return sub, nil
}

// submit gives a checked message to the network and waits for it.
func (s *session) submit(name string, sub submit, pdu string, pl plan) reply {
	m := s.m
	if pl.unplug == AfterPDU {
		m.leave(s, pl)
		return failed(silence())
	}
	m.mu.Lock()
	up := m.registration().up()
	m.mu.Unlock()
	if !up {
		return failed(cms(331))
	}
	s.setBusy(false, false)
	ok := s.wait(pl.slow)
	if !ok {
		return failed(silence())
	}
	s.setBusy(true, false)
	if pl.err != "" && !pl.taken {
		return failed(words(pl.err))
	}
	mr, ok := s.take(sub, pdu)
	switch {
	case !ok:
		return failed(silence())
	case pl.unplug == AfterTaken:
		m.leave(s, pl)
		return failed(silence())
	case pl.hang:
		return failed(silence())
	case pl.err != "":
		return failed(words(pl.err))
	}
	return answer(fmt.Sprintf("%s: %d", name, mr))
}

// take is the moment the network has the message: it gets its TP-MR, its report is on its way. False when the modem was
// unplugged in between.
func (s *session) take(sub submit, pdu string) (mr byte, ok bool) {
	m := s.m
	m.mu.Lock()
	if m.sess != s {
		m.mu.Unlock()
		return 0, false
	}
	now := m.now()
	m.lastMR++
	mr = m.lastMR
	part := Part{
		Ref: sub.Ref, Seq: sub.Seq, Total: sub.Total, MR: int(mr), PDUHex: pdu, Text: sub.Text, At: now,
		StatusReportRequested: sub.StatusReport,
	}
	msg, done := m.net.take(m.opts.Number, sub, part)
	whole, hooks := msg.clone(), m.onTaken
	m.schedule(sub, mr, now)
	m.log.Info("the network took a message", "to", sub.To, "part", sub.Seq, "of", sub.Total, "mr", mr)
	m.wakeLocked()
	m.mu.Unlock()
	if done {
		for _, f := range hooks {
			f(whole)
		}
	}
	return mr, true
}

// schedule lets the message reach the phone, and the report the modem.
func (m *Modem) schedule(sub submit, mr byte, now time.Time) {
	o := m.fault.outcomeOf(sub.To)
	if o == Delivered || o == Never {
		m.net.show(m.opts.Number, sub, now)
	}
	due := now.Add(m.fault.repDelay)
	report := func(o Outcome, at time.Time, show *submit) {
		m.air = append(m.air, airItem{due: at, report: true, show: show, tpdu: statusReportTPDU(mr, sub.To, now, at, o.status())})
	}
	switch {
	case o == Trying && sub.StatusReport:
		report(o, due, nil)
		report(Delivered, due.Add(m.fault.repDelay), &sub)
	case o == Trying:
		m.net.show(m.opts.Number, sub, now)
	case o != Never && sub.StatusReport:
		report(o, due, nil)
	}
}

// store is the end of AT+CMGW.
func (s *session) store(p *prompt, data string) {
	m := s.m
	m.mu.Lock()
	f, line := m.storeLocked(p, data)
	m.mu.Unlock()
	if line != "" {
		s.info(line)
	}
	s.final(f)
}

func (m *Modem) storeLocked(p *prompt, data string) (f final, line string) {
	if p.text {
		return cms(302), "" // writing in text mode: nobody we know does it
	}
	raw, ok := unhex(data)
	if !ok {
		return cms(m.refuseSubmit(badPDU("+CMGW: not a hex string"))), ""
	}
	smsc, tpdu, err := splitSMSC(raw)
	if err == nil && len(tpdu) != p.tpdu {
		err = badPDU("+CMGW declared %d octets, the TPDU has %d", p.tpdu, len(tpdu))
	}
	if err == nil && (p.stat == statUnsent || p.stat == statSent) {
		_, err = parseSubmitTPDU(tpdu, time.Now())
	}
	if err != nil {
		return cms(m.refuseSubmit(err)), ""
	}
	index, ok := m.stores[m.set.mems[1]].put(&stored{stat: p.stat, smsc: smsc, tpdu: tpdu})
	if !ok {
		return cms(322), ""
	}
	return success(), fmt.Sprintf("+CMGW: %d", index)
}

// sendStored is AT+CMSS=index[,number].
func (m *Modem) sendStored(c command) reply {
	if c.op == opTest {
		return reply{}
	}
	index, ok := c.int(0, -1)
	if !ok || c.op != opSet {
		return failed(cms(302))
	}
	slot, _ := m.stores[m.set.mems[1]].get(index)
	if slot == nil || slot.stat < statUnsent {
		return failed(cms(321))
	}
	pl := m.fault.next()
	sub, err := parseSubmitTPDU(slot.tpdu, time.Now())
	if err != nil {
		return failed(cms(m.refuseSubmit(err)))
	}
	if to := m.dec(c.arg(1)); to != "" {
		sub.To = to
	}
	pdu := hexUpper(append(encodeSMSC(slot.smsc), slot.tpdu...))
	return reply{run: func(s *session) reply {
		switch {
		case pl.mute:
			return failed(silence())
		case pl.unplug == BeforePrompt || pl.unplug == AfterPrompt:
			m.leave(s, pl)
			return failed(silence())
		}
		r := s.submit("+CMSS", sub, pdu, pl)
		if r.final.kind == finalOK {
			m.mu.Lock()
			slot.stat = statSent
			m.mu.Unlock()
		}
		return r
	}}
}
