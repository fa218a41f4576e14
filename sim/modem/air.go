package modem

import (
	"fmt"
	"slices"
	"time"
)

// airItem is something that the network has for the modem: a text or a report.
type airItem struct {
	due    time.Time
	tpdu   []byte
	report bool
	show   *submit // with a report: what the customer's phone shows when this leaves
}

// airLoop brings what is due to the modem, when it can be reached.
func (m *Modem) airLoop() {
	defer m.workers.Done()
	for {
		m.mu.Lock()
		wait := m.airStep(time.Now())
		m.mu.Unlock()
		timer := time.NewTimer(wait)
		select {
		case <-m.stop:
			timer.Stop()
			return
		case <-m.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// airStep delivers what it can and says when to look again.
func (m *Modem) airStep(now time.Time) time.Duration {
	wait := time.Hour
	sooner := func(at time.Time) {
		if at.After(now) {
			wait = min(wait, at.Sub(now))
		}
	}
	if m.sess != nil {
		m.checkRegistration()
		sooner(m.boot)
	}
	if m.unacked != nil && !now.Before(m.ackBy) {
		m.log.Warn("the client did not acknowledge with AT+CNMA: +CNMI falls back to <mt>=0, <ds>=0")
		m.set.cnmi[1], m.set.cnmi[3] = 0, 0
		m.requeueUnacked()
	}
	sooner(m.airFrom)
	full := false // what needs a storage slot waits behind what found none
	for i := 0; i < len(m.air); {
		it := m.air[i]
		if it.due.After(now) {
			sooner(it.due)
			i++
			continue
		}
		if it.show != nil { // the customer's phone does not need our modem
			m.net.show(m.opts.Number, *it.show, now)
			m.air[i].show = nil
			m.signal()
		}
		if (it.report && m.fault.hold) || !m.stat.up() || now.Before(m.airFrom) || (full && !m.routed(it)) {
			i++
			continue
		}
		if !m.bring(it, now) {
			full = full || !m.routed(it)
			i++
			continue
		}
		m.air = slices.Delete(m.air, i, i+1)
	}
	if m.unacked != nil {
		sooner(m.ackBy)
	}
	return wait
}

// signal tells waiters that something changed, without waking the air loop that is calling.
func (m *Modem) signal() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// routed tells whether an item goes straight to the client, past the storage.
func (m *Modem) routed(it airItem) bool {
	if it.report {
		return m.set.cnmi[3] == 1
	}
	return m.set.cnmi[1] == 2
}

// bring hands one item to the modem by the rules of AT+CNMI, 3GPP TS 27.005 §3.4.1. False: it stays in the network.
func (m *Modem) bring(it airItem, now time.Time) (done bool) {
	defer func() {
		if done {
			m.signal()
		}
	}()
	mode, mt, ds := m.set.cnmi[0], m.set.cnmi[1], m.set.cnmi[3]
	if it.report {
		switch {
		case ds == 1:
			return m.direct(it, now, mode)
		case ds == 2 && m.trait.srTrap:
			m.urc(`+CDSI: "SM",0`) // filed in "SR", which AT+CPMS does not offer: lost
			return true
		case ds == 2:
			return m.file(it, "+CDSI", mode)
		case m.trait.keepsUnrouted:
			return m.file(it, "", mode)
		}
		m.log.Warn("a delivery report came while +CNMI had <ds>=0: lost")
		return true
	}
	switch mt {
	case 2:
		return m.direct(it, now, mode)
	case 1, 3:
		return m.file(it, "+CMTI", mode)
	}
	return m.file(it, "", mode)
}

// direct routes an item to the client without storing it.
func (m *Modem) direct(it airItem, now time.Time, mode int) bool {
	if m.unacked != nil || mode == 0 {
		return false // mode 0 buffers in the modem; the network's queue serves as that buffer
	}
	if m.set.csms == 1 {
		m.unacked, m.ackBy = &it, now.Add(m.opts.AckTimeout)
	}
	m.urc(m.directLine(it, now))
	return true
}

func (m *Modem) directLine(it airItem, now time.Time) string {
	if m.set.cmgf == 1 {
		s := showTPDU(it.tpdu, now)
		if it.report {
			return fmt.Sprintf(`+CDS: 6,%d,"%s",%d,"%s","%s",%d`, s.mr, s.number, numberTOA(s.number), textStamp(s.stamp), textStamp(s.dt), s.st)
		}
		return fmt.Sprintf("+CMT: \"%s\",,\"%s\"\r\n%s", m.enc(s.number), textStamp(s.stamp), m.body(s.text))
	}
	pdu := hexUpper(append(encodeSMSC(m.opts.SMSC), it.tpdu...))
	if it.report {
		return fmt.Sprintf("+CDS: %d\r\n%s", len(it.tpdu), pdu)
	}
	return fmt.Sprintf("+CMT: ,%d\r\n%s", len(it.tpdu), pdu)
}

// file stores an item and announces it. When the storage is full it stays in the network.
func (m *Modem) file(it airItem, announce string, mode int) bool {
	name := m.set.mems[2]
	index, ok := m.stores[name].put(&stored{stat: statUnread, smsc: m.opts.SMSC, tpdu: it.tpdu})
	if !ok {
		if m.trait.caret && !m.fullSaid {
			m.fullSaid = true
			m.urc(fmt.Sprintf(`^SMMEMFULL: "%s"`, name))
		}
		return false
	}
	if announce != "" && mode != 0 {
		m.urc(fmt.Sprintf(`%s: "%s",%d`, announce, name, index))
	}
	return true
}

// requeueUnacked gives what was not acknowledged back to the network.
func (m *Modem) requeueUnacked() {
	if m.unacked != nil {
		m.air = append([]airItem{*m.unacked}, m.air...)
		m.unacked = nil
	}
}

// freed lets the network try again what did not fit.
func (m *Modem) freed() {
	m.fullSaid = false
	m.wakeLocked()
}

// Receive lets an SMS arrive from the network: from is E.164, a short number or an operator's name; a long text comes in
// parts. It waits in the network while the modem cannot be reached.
func (m *Modem) Receive(from, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.concatRef++
	now := time.Now().In(m.opts.Location)
	for _, tpdu := range deliverTPDUs(from, text, m.concatRef, now) {
		m.air = append(m.air, airItem{due: now, tpdu: tpdu})
	}
	m.wakeLocked()
}

// ReceiveTPDU lets a raw SMS-DELIVER arrive, also a malformed one, or a single part.
func (m *Modem) ReceiveTPDU(tpdu []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.air = append(m.air, airItem{due: time.Now(), tpdu: slices.Clone(tpdu)})
	m.wakeLocked()
}

// Waiting counts texts and reports that the network still has for the modem.
func (m *Modem) Waiting() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.air)
}

// StoredMessages counts the used slots of a memory ("SM", "ME").
func (m *Modem) StoredMessages(memory string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.stores[memory]; s != nil {
		return s.used()
	}
	return 0
}
