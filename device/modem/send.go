package modem

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vestnik/device"
)

// sendJob is one message on its way. The owner runs it; the caller waits on done.
type sendJob struct {
	caller context.Context
	env    device.Envelope
	pdus   [][]byte
	done   chan sendResult
	told   bool
	acc    device.Accepted
}

type sendResult struct {
	acc device.Accepted
	err error
}

// answer tells the caller, the first time.
func (j *sendJob) answer(err error) {
	if j.told {
		return
	}
	j.told = true
	acc := j.acc
	acc.Parts = append([]device.AcceptedPart(nil), j.acc.Parts...)
	j.done <- sendResult{acc, err}
}

func (j *sendJob) fail(err *device.Error) { j.answer(err) }

func (j *sendJob) do(ctx context.Context, s *session) error {
	if l := s.m.Link(); l.State != device.LinkConnected {
		j.answer(unavailable("the modem is not ready: %s", l.State))
		return nil
	}
	j.acc.Device = s.imei
	known, err := j.known(ctx, s)
	if err != nil {
		j.answer(err)
		return nil
	}
	for i, pdu := range j.pdus {
		if p, ok := known[i+1]; ok {
			j.accept(p)
			continue
		}
		if err := j.caller.Err(); err != nil {
			j.answer(unavailable("stopped before part %d of %d: %w", i+1, len(j.pdus), err))
			return nil
		}
		part := Part{
			WireID: j.env.WireID, Seq: i + 1, Total: len(j.pdus), Device: s.imei, To: j.env.To, State: PartSending, MR: NoMR,
		}
		if part.Total > 1 {
			part.ConcatRef = j.env.ConcatRef
		}
		if goOn, err := j.sendPart(ctx, s, part, pdu); !goOn {
			return err
		}
	}
	j.answer(nil)
	return nil
}

// known gives the parts that the network already has.
func (j *sendJob) known(ctx context.Context, s *session) (map[int]Part, error) {
	var parts []Part
	err := safely(ctx, func(ctx context.Context) (err error) {
		parts, err = s.m.opts.Journal.Parts(ctx, j.env.WireID)
		return err
	})
	if err != nil {
		return nil, unavailable("the journal of parts cannot be read: %w", err)
	}
	known := map[int]Part{}
	elsewhere := false
	for _, p := range parts {
		if p.State == PartAccepted || p.State == PartDelivered {
			known[p.Seq] = p
			elsewhere = elsewhere || p.Device != s.imei
		}
	}
	if elsewhere && len(known) < len(j.pdus) {
		for seq := 1; seq <= len(j.pdus); seq++ {
			if p, ok := known[seq]; ok {
				j.accept(p)
			}
		}
		// A phone joins parts of one sender only: the rest from another SIM would be a torso, the whole again
		// perhaps a second copy.
		return nil, uncertain("%d of %d parts left by another modem", len(known), len(j.pdus))
	}
	return known, nil
}

func (j *sendJob) accept(p Part) {
	if j.acc.At.Before(p.SubmittedAt) {
		j.acc.At = p.SubmittedAt
	}
	j.acc.Parts = append(j.acc.Parts, device.AcceptedPart{Seq: p.Seq, MR: p.MR, At: p.SubmittedAt})
}

// sendPart sends one SMS and writes down how it ended. The error is the session's: the port is
// of no more use.
func (j *sendJob) sendPart(ctx context.Context, s *session, part Part, pdu []byte) (goOn bool, fatal error) {
	m := s.m
	noted := false
	got := s.e.submit(ctx, submission{
		tpduLen: len(pdu), pdu: wire(pdu), caller: j.caller,
		leaving: func() error {
			part.SubmittedAt = time.Now()
			err := m.save(ctx, part)
			noted = err == nil
			return err
		},
		callerLeft: func() { j.answer(uncertain("the network had not answered when the wait ended")) },
		settles:    func(u urc) bool { return s.maySettle(ctx, u, part) },
	}, m.opts.Timeouts)

	if got.err != nil { // the caller shall not find the link up when he looks at it next
		m.setLink(ctx, device.LinkConnecting, got.err.Error())
	}
	definitelyNot := func() {
		if noted {
			part.State = PartNotSent
			m.saveOrKeep(ctx, part)
		}
	}
	switch {
	case got.mr != NoMR:
		m.strikes, m.climbed = 0, 0
		part.State, part.MR = PartAccepted, got.mr
		m.saveOrKeep(ctx, part)
		p := part
		p.SubmittedAt = time.Now()
		j.accept(p)
		if j.told {
			m.tellLate(ctx, part)
			return false, got.err
		}
		m.log.Debug("SMS accepted", "to", part.To, "part", part.Seq, "of", part.Total, "mr", part.MR, "network", got.took)
		if got.err != nil && part.Seq < part.Total {
			j.answer(unavailable("part %d of %d was the last before the port failed: %w", part.Seq, part.Total, got.err))
			return false, got.err
		}
		if got.err != nil {
			j.answer(nil)
			return false, got.err
		}
		return true, nil
	case got.refused:
		m.strikes, m.climbed = 0, 0
		e := cmsError(got.verdict, got.left)
		if e.Kind != device.Uncertain {
			definitelyNot()
		}
		s.pollNow = s.pollNow || e.Kind == device.Unavailable
		j.answer(e)
		if got.cms == 322 {
			return false, s.sweep(ctx)
		}
		return false, nil
	case got.left:
		j.answer(uncertain("part %d of %d: %w", part.Seq, part.Total, got.err))
		return false, got.err
	}
	definitelyNot()
	j.answer(unavailable("part %d of %d did not leave: %w", part.Seq, part.Total, got.err))
	if !errors.Is(got.err, errTimeout) && !errors.Is(got.err, errGone) && !errors.Is(got.err, errMixedUp) {
		return false, fmt.Errorf("%w: %w", errAborted, got.err)
	}
	return false, got.err
}

// tellLate reports that the network took a part after the caller had been told Uncertain.
func (m *Modem) tellLate(ctx context.Context, p Part) {
	r := device.Receipt{
		Channel: device.SMS, Device: p.Device, WireIDs: []string{p.WireID}, Part: p.Seq, Parts: p.Total,
		Kind: device.ReceiptTrying, At: time.Now(), From: p.To, Evidence: fmt.Sprintf("+CMGS: %d, late", p.MR),
	}
	if err := safely(ctx, func(ctx context.Context) error { return m.opts.Sink.Receipt(ctx, r) }); err != nil {
		m.log.Warn("a late acceptance was not stored; its report will come", "err", err)
	}
}

func (m *Modem) save(ctx context.Context, p Part) error {
	return safely(ctx, func(ctx context.Context) error { return m.opts.Journal.SavePart(ctx, p) })
}

// saveOrKeep saves a part, or keeps it in memory to save it as soon as the disk allows.
func (m *Modem) saveOrKeep(ctx context.Context, p Part) {
	if err := m.save(ctx, p); err != nil {
		m.log.Error("the journal of parts cannot be written; tried again", "err", err)
		m.unsaved = append(m.unsaved, p)
	}
}

func (m *Modem) saveUnsaved(ctx context.Context) {
	left := m.unsaved
	m.unsaved = nil
	for _, p := range left {
		m.saveOrKeep(ctx, p)
	}
}
