package modem

import (
	"context"
	"fmt"
	"strings"
	"time"

	"vestnik/device"
)

// outcome reads TP-ST (3GPP TS 23.040 §9.2.3.15). final is false while the network goes on trying. Reserved values
// count as "service rejected", as that clause asks.
func outcome(st byte) (kind device.ReceiptKind, final bool) {
	switch {
	case st <= 0x02, st >= 0x10 && st <= 0x1f:
		return device.ReceiptDelivered, true
	case st >= 0x20 && st <= 0x3f:
		return device.ReceiptTrying, false
	}
	return device.ReceiptFailed, true
}

// sameNumber tells whether a report's recipient, as the network spells it, is this number. Only a
// spelling without country code is compared by its end.
func sameNumber(to device.Phone, spelled string) bool {
	d := digits(spelled)
	if d == to.Digits() {
		return true
	}
	if strings.HasPrefix(spelled, "+") || len(d) < 9 {
		return false
	}
	return strings.HasSuffix(to.Digits(), d[len(d)-9:])
}

// takeReport finds the part that a report is about and tells the sink. Nil means that the report is
// dealt with and may be deleted; that includes one that belongs to nothing known.
func (m *Modem) takeReport(ctx context.Context, imei string, r report) error {
	part, found, err := m.match(ctx, imei, r)
	if err != nil {
		return fmt.Errorf("look for the SMS of a report: %w", err)
	}
	if !found {
		m.log.Info("a delivery report belongs to no SMS of this box", "mr", r.mr, "st", r.st)
		return nil
	}
	kind, final := outcome(r.st)
	at := time.Now()
	if r.done.After(part.SubmittedAt.Add(-time.Minute)) && r.done.Before(at.Add(time.Minute)) {
		at = r.done
	}
	receipt := device.Receipt{
		Channel: device.SMS, Device: part.Device, WireIDs: []string{part.WireID}, Part: part.Seq, Parts: part.Total,
		Kind: kind, At: at, From: part.To, Evidence: fmt.Sprintf("TP-ST 0x%02X, MR %d", r.st, r.mr),
	}
	if err := safely(ctx, func(ctx context.Context) error { return m.opts.Sink.Receipt(ctx, receipt) }); err != nil {
		return fmt.Errorf("hand over a delivery report: %w", err)
	}
	part.MR = r.mr
	switch {
	case kind == device.ReceiptDelivered:
		part.State, part.Report = PartDelivered, r.print
	case final:
		part.State, part.Report = PartFailed, r.print
	case part.State == PartSending:
		part.State = PartAccepted
	default:
		return nil
	}
	return m.save(ctx, part)
}

// match finds the part of a report: same modem, same reference, same recipient, not settled yet. A reference comes
// back after 256 SMS, so among several the one wins whose time the report names, else the newest. Without
// any, the report settles the submit to the same recipient that was never answered; none, when there are several of
// about the same time.
func (m *Modem) match(ctx context.Context, imei string, r report) (Part, bool, error) {
	since := time.Now().Add(-time.Duration(m.opts.ReportHours) * time.Hour)
	answered, err := m.partsByMR(ctx, imei, r.mr, since)
	if err != nil {
		return Part{}, false, err
	}
	var open []Part
	for _, p := range answered {
		switch {
		case !sameNumber(p.To, r.to):
		case p.Report != "" && p.Report == r.print:
			// read a second time, after a crash between handing over and deleting
			return p, true, nil
		case p.State == PartAccepted || p.State == PartSending:
			open = append(open, p)
		}
	}
	answeredBest, near, found := nearest(open, r.sent)
	if near {
		return answeredBest, true, nil
	}
	unanswered, err := m.partsByMR(ctx, imei, NoMR, since)
	if err != nil {
		return Part{}, false, err
	}
	open = nil
	for _, p := range unanswered {
		if p.State == PartSending && sameNumber(p.To, r.to) {
			open = append(open, p)
		}
	}
	p, near, ok := nearest(open, r.sent)
	switch {
	case !ok || found && !near:
		return answeredBest, found, nil
	case near && rivals(open, r.sent, p):
		// Any of them may be meant. All stay in doubt: a wrong word would hide that another is missing.
		m.log.Warn("a delivery report may mean any of several SMS to its recipient", "to", p.To, "mr", r.mr)
		return Part{}, false, nil
	}
	return p, true, nil
}

// partsByMR asks the journal and adds what could not be saved yet.
func (m *Modem) partsByMR(ctx context.Context, imei string, mr int, since time.Time) ([]Part, error) {
	var parts []Part
	err := safely(ctx, func(ctx context.Context) (err error) {
		parts, err = m.opts.Journal.PartsByMR(ctx, imei, mr, since)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, u := range m.unsaved {
		kept := parts[:0:0]
		for _, p := range parts {
			if p.WireID != u.WireID || p.Seq != u.Seq {
				kept = append(kept, p)
			}
		}
		parts = kept
		if u.Device == imei && u.MR == mr && u.State != PartNotSent {
			parts = append([]Part{u}, parts...)
		}
	}
	return parts, nil
}

// resolution is that of the centre's clock, which has whole seconds: parts that differ by less are equally near.
const resolution = 2 * time.Second

// rivals tells whether another part is as near to a time as the best one.
func rivals(parts []Part, taken time.Time, best Part) bool {
	limit := taken.Sub(best.SubmittedAt).Abs() + resolution
	for _, p := range parts {
		if (p.WireID != best.WireID || p.Seq != best.Seq) && taken.Sub(p.SubmittedAt).Abs() < limit {
			return true
		}
	}
	return false
}

// nearest picks the part whose submit is nearest to the time that the SMS centre took it; near says that this was
// within 10 minutes. Among those that are equally near, and where centres' clocks are hours off, it picks the newest.
func nearest(newestFirst []Part, taken time.Time) (best Part, near, ok bool) {
	if len(newestFirst) == 0 {
		return Part{}, false, false
	}
	best, gap := newestFirst[0], 10*time.Minute
	for _, p := range newestFirst {
		if d := taken.Sub(p.SubmittedAt).Abs(); d < gap {
			best, gap, near = p, d-resolution, true
		}
	}
	return best, near, true
}

// maySettle tells whether news that came while a submit is unanswered may be the report of that very
// submit. What was stored can be read only afterwards, so it may.
func (s *session) maySettle(ctx context.Context, u urc, part Part) bool {
	if strings.HasPrefix(u.line, "+CDSI:") {
		return true
	}
	if !strings.HasPrefix(u.line, "+CDS:") {
		return false
	}
	p, err := parsePDU(u.pdu)
	if err != nil || p.report == nil || !sameNumber(part.To, p.report.to) {
		return false
	}
	found, ok, err := s.m.match(ctx, part.Device, *p.report)
	return err == nil && ok && found.WireID == part.WireID && found.Seq == part.Seq
}
