package modem

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vestnik/device"
)

// shelved is one thing that lies in the modem's storage or came directly.
type shelved struct {
	pdu  storedPDU
	bad  bool // no PDU this box can read
	ours bool // an SMS of our own, left there by another program
	raw  string
}

// States of stored messages in PDU mode (3GPP TS 27.005 §3.1).
const (
	statUnread, statRead = 0, 1
	statAll              = 4
)

// sweep reads the whole storage and deals with what lies there. It makes good for news that was lost, and
// for all that came while nobody listened.
func (s *session) sweep(ctx context.Context) error {
	if err := s.list(ctx); err != nil {
		return err
	}
	if err := s.process(ctx); err != nil {
		return err
	}
	return s.makeRoom(ctx)
}

// list fills the shelf from the storage. AT+CMGL hangs on some sticks: then the slots are read one by one.
func (s *session) list(ctx context.Context) error {
	if s.m.noList {
		return s.listSlots(ctx)
	}
	r, err := s.e.ask(ctx, question{cmd: fmt.Sprintf("AT+CMGL=%d", statAll), prefix: "+CMGL:", body: true, limit: s.m.opts.List})
	if err != nil {
		if errors.Is(err, errTimeout) {
			s.m.noList = true
		}
		return err
	}
	if !r.ok {
		s.m.log.Warn("the modem does not list its storage", "answer", r.text)
		return nil
	}
	s.clearShelf()
	for i := 0; i+1 < len(r.lines); i++ {
		f := params(r.lines[i], "+CMGL:")
		index := numberAt(f, 0, -1)
		if index < 0 || !isHex(r.lines[i+1]) {
			continue
		}
		s.put(index, numberAt(f, 1, statRead), r.lines[i+1])
		i++
	}
	return nil
}

func (s *session) listSlots(ctx context.Context) error {
	_, total, err := s.room(ctx)
	if err != nil {
		return err
	}
	s.clearShelf()
	for index := 0; index <= min(total, 255); index++ {
		if err := s.read(ctx, index); err != nil {
			return err
		}
	}
	return nil
}

// clearShelf forgets what the storage held but not what never was in it.
func (s *session) clearShelf() {
	for index := range s.shelf {
		if index >= 0 {
			delete(s.shelf, index)
		}
	}
}

func (s *session) put(index, stat int, line string) {
	it := shelved{raw: line, ours: stat != statUnread && stat != statRead}
	var err error
	if it.pdu, err = parsePDU(line); err != nil {
		it.bad = true
	}
	if it.pdu.report != nil {
		s.m.filed = true
	}
	s.shelf[index] = it
}

// read puts one slot on the shelf; an empty one is no error.
func (s *session) read(ctx context.Context, index int) error {
	r, err := s.e.ask(ctx, question{cmd: fmt.Sprintf("AT+CMGR=%d", index), prefix: "+CMGR:", body: true, limit: s.m.opts.Command})
	if err != nil {
		return err
	}
	if r.ok && len(r.lines) >= 2 && isHex(r.lines[1]) {
		s.put(index, numberAt(params(r.lines[0], "+CMGR:"), 0, statRead), r.lines[1])
	}
	return nil
}

// fetch deals with one announced message (+CMTI, +CDSI).
func (s *session) fetch(ctx context.Context, memory string, index int, isReport bool) error {
	if memory != s.p.memory && memory != "" {
		if !plainWord(memory) {
			return nil
		}
		r, err := s.e.ask(ctx, question{cmd: fmt.Sprintf(`AT+CPMS="%s"`, memory), limit: s.m.opts.Command})
		if err != nil {
			return err
		}
		if r.ok {
			err = s.sweep(ctx)
			if err == nil {
				err = s.tell(ctx, fmt.Sprintf(`AT+CPMS="%s"`, s.p.memory))
			}
			s.clearShelf()
			return err
		}
	}
	if err := s.read(ctx, index); err != nil {
		return err
	}
	// An empty slot may also mean that a sweep was faster than the announcement, which is no reason to
	// change to reports that are lost when nobody listens.
	if _, there := s.shelf[index]; !there && isReport && s.p.reports == reportsStored && !s.m.avoidStored && !s.m.filed {
		return s.giveUpStored(ctx)
	}
	return s.process(ctx)
}

// giveUpStored changes to routed reports on a modem that announces stored ones and then has nothing to read.
func (s *session) giveUpStored(ctx context.Context) error {
	s.m.log.Warn("the modem announced a stored delivery report that is not there; reports are routed from now on")
	s.m.avoidStored = true
	r, err := s.e.ask(ctx, question{cmd: "AT+CNMI=?", prefix: "+CNMI:", limit: s.m.opts.Command})
	if err != nil {
		return err
	}
	return s.setIndications(ctx, strings.Join(r.lines, ""))
}

func plainWord(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// takeDirect deals with a report or text that came with its line (+CDS, +CMT). It has no second copy in the
// modem, so what the sink refuses is kept here and offered again.
func (s *session) takeDirect(ctx context.Context, line string) error {
	p, err := parsePDU(line)
	switch {
	case err != nil:
		s.m.log.Warn("the modem told a PDU that cannot be read", "err", err)
	case p.report != nil:
		if err := s.m.takeReport(ctx, s.imei, *p.report); err != nil {
			s.m.log.Error("a delivery report is kept and offered again", "err", err)
			s.retry = true
			if s.p.ack {
				return nil // not acknowledged: the network keeps it as well
			}
			s.m.lateReports = append(s.m.lateReports, *p.report)
		}
	default:
		s.direct--
		s.shelf[s.direct] = shelved{pdu: p, raw: line}
		if err := s.process(ctx); err != nil {
			return err
		}
	}
	if s.p.ack {
		return s.tell(ctx, "AT+CNMA")
	}
	return nil
}

// lastWords deals with what the modem had told directly when the port was given up: it has no copy of it.
func (s *session) lastWords(ctx context.Context) {
	for ev := range s.e.events { // the reader has ended: what is left ends too
		s.e.note(ev.line)
	}
	for _, u := range s.e.heard {
		p, err := parsePDU(u.pdu)
		if u.pdu == "" || err != nil {
			continue
		}
		if p.text != nil {
			s.direct--
			s.shelf[s.direct] = shelved{pdu: p, raw: u.pdu}
			continue
		}
		if err := s.m.takeReport(ctx, s.imei, *p.report); err != nil {
			s.m.lateReports = append(s.m.lateReports, *p.report)
		}
	}
	s.e.heard = nil
	for index, it := range s.shelf {
		if index < 0 {
			s.m.carried = append(s.m.carried, it)
		}
	}
}

// process hands up all on the shelf that is whole, and deletes what is safe.
func (s *session) process(ctx context.Context) error {
	for _, index := range slices.Sorted(maps.Keys(s.shelf)) {
		report := s.shelf[index].pdu.report
		if report == nil {
			continue
		}
		if err := s.m.takeReport(ctx, s.imei, *report); err != nil {
			s.m.log.Error("a delivery report stays in the modem", "err", err)
			s.retry = true
			continue
		}
		if err := s.remove(ctx, index); err != nil {
			return err
		}
	}
	for _, set := range s.textSets(time.Now()) {
		if err := safely(ctx, func(ctx context.Context) error { return s.m.opts.Sink.Incoming(ctx, set.incoming(s)) }); err != nil {
			s.m.log.Error("an incoming SMS stays in the modem", "err", err)
			s.retry = true
			continue
		}
		if err := s.remove(ctx, set.indexes...); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes slots. A refusal is no harm: the message is read again and known again.
func (s *session) remove(ctx context.Context, indexes ...int) error {
	for _, index := range indexes {
		if index >= 0 {
			r, err := s.e.ask(ctx, question{cmd: fmt.Sprintf("AT+CMGD=%d", index), limit: s.m.opts.Command})
			if err != nil {
				return err
			}
			if !r.ok {
				s.m.log.Warn("the modem does not delete a message", "index", index, "answer", r.text)
			}
		}
		delete(s.shelf, index)
	}
	return nil
}

// room tells how full the storage is.
func (s *session) room(ctx context.Context) (used, total int, err error) {
	f, _, err := s.query(ctx, "AT+CPMS?", "+CPMS:")
	if err != nil {
		return 0, 0, err
	}
	return numberAt(f, 1, 0), numberAt(f, 2, 0), nil
}

// makeRoom empties slots when fewer than two are free, since a full storage stops all that comes in: what
// cannot be read and what another program left first, then unfinished sets of parts, handed up as they are.
func (s *session) makeRoom(ctx context.Context) error {
	if s.retry || len(s.shelf) == 0 {
		return nil // the disk is the trouble, or there is nothing
	}
	_, total, err := s.room(ctx)
	if err != nil || total == 0 || len(s.shelf) < total-1 {
		return err
	}
	for index, it := range s.shelf {
		if it.bad || it.ours {
			s.m.log.Warn("the storage is full: a message that cannot be read is deleted", "index", index)
			if err := s.remove(ctx, index); err != nil {
				return err
			}
		}
	}
	if len(s.shelf) < total-1 {
		return nil
	}
	for _, set := range s.textSets(time.Now().Add(10 * 365 * 24 * time.Hour)) {
		if safely(ctx, func(ctx context.Context) error { return s.m.opts.Sink.Incoming(ctx, set.incoming(s)) }) != nil {
			s.retry = true
			return nil
		}
		if err := s.remove(ctx, set.indexes...); err != nil {
			return err
		}
	}
	return nil
}

var _ device.Transport = (*Modem)(nil)
