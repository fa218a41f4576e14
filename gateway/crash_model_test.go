package gateway_test

import (
	"context"
	"slices"

	"vestnik/device"
	"vestnik/gateway"
)

// check is what holds at every moment: the whole of what customers may have got, and
// what the ledger may say of it.
func (l *life) check() {
	l.t.Helper()
	for _, s := range l.stories() {
		m := s.Message
		told := func(r gateway.Reason) int { return countReason(s.Trace, r) }
		// Nobody gets a text twice. More than one is a person's word, or the shop's policy that an
		// SMS may arrive twice, or that a message without a receipt goes another way though its copy could
		// not be taken back.
		chats, sms, repeats := l.world.copies(m.Text)
		word := l.again(m.Text)
		if l.settings.SMS.Unknown == gateway.UnknownResend {
			word += told(gateway.TwiceAllowed)
		}
		may := 1 + word + min(told(gateway.ReceiptMissing), told(gateway.CopyNotRevoked))
		if chats+sms > may || repeats > 0 && word == 0 {
			l.fail("message %d: shown %d times in chats and %d by SMS (%d parts twice), %d may be", m.ID, chats, sms, repeats, may)
		}
		if len(s.Trace) == 0 || len(s.Decision.Trace) == 0 {
			l.fail("message %d has no story", m.ID)
		}
		// Delivered only with evidence, and for good.
		good := m.State == gateway.Delivered || m.State == gateway.Read
		if good && !slices.ContainsFunc(s.Attempts, func(a gateway.AttemptStory) bool { brought, _ := l.world.proven(a.Envelope.WireID); return brought }) {
			l.fail("message %d is %s without a proof", m.ID, m.State)
		}
		if l.over[m.ID] && !good {
			l.fail("message %d was delivered and is %s now", m.ID, m.State)
		}
		l.over[m.ID] = good
		// What may have left is not in the queue, but for a person's word or another channel's.
		if (m.State == gateway.Queued || m.State == gateway.Held) && l.again(m.Text) == 0 {
			for _, a := range lastOfEach(s.Attempts) {
				left := a.State == gateway.AttemptAccepted || a.State == gateway.AttemptUncertain || a.State == gateway.AttemptSending
				if left && told(gateway.TwiceAllowed) == 0 && (a.Channel == m.Channel || told(gateway.CopyNotRevoked) == 0) {
					l.fail("message %d is %s though attempt %d is %s", m.ID, m.State, a.N, a.State)
				}
			}
		}
		if m.Attempts != len(s.Attempts) {
			l.fail("message %d counts %d attempts and has %d", m.ID, m.Attempts, len(s.Attempts))
		}
	}
	l.checkDecisions(false)
}

// checkEnd is what holds when nothing moves any more: everybody was served, or the
// ledger says why not.
func (l *life) checkEnd() {
	l.t.Helper()
	l.check()
	l.checkDecisions(true)
	for key, d := range l.drafts {
		if m, err := l.box.store.Message(context.Background(), d.acknowledged); err != nil || m.Text != d.draft.Text {
			l.fail("draft %s was acknowledged as message %d, which is %q, %v", key, d.acknowledged, m.Text, err)
		}
	}
	for _, s := range l.stories() {
		m := s.Message
		chats, sms, _ := l.world.copies(m.Text)
		told := func(r gateway.Reason) int { return countReason(s.Trace, r) }
		switch m.State {
		case gateway.Delivered, gateway.Read, gateway.Accepted:
			if chats+sms == 0 {
				l.fail("message %d is %s, and the customer has nothing", m.ID, m.State)
			}
		case gateway.UnknownState:
			if m.Reason != gateway.AskPerson && m.Reason != gateway.LeftUnknown || told(m.Reason) == 0 {
				l.fail("message %d is unknown, and nobody is told: %s", m.ID, m.Reason)
			}
		case gateway.Failed, gateway.Expired, gateway.Cancelled:
			if m.Reason == gateway.InQueue || m.Reason == "" {
				l.fail("message %d is %s without a reason", m.ID, m.State)
			}
		default:
			l.fail("message %d is %s in the end", m.ID, m.State)
		}
		proof := false
		for _, a := range lastOfEach(s.Attempts) {
			if a.State == gateway.AttemptRevoked && !l.world.revoked(a.Envelope.WireID) {
				l.fail("message %d: attempt %d was not taken back in truth", m.ID, a.N)
			}
			if a.State == gateway.AttemptSending {
				l.fail("message %d: attempt %d is sending in the end", m.ID, a.N)
			}
			_, surely := l.world.proven(a.Envelope.WireID)
			proof = proof || a.State != gateway.AttemptRevoked && surely
		}
		if proof && m.State != gateway.Delivered && m.State != gateway.Read && l.again(m.Text) == 0 && told(gateway.LateReceipt)+told(gateway.WasRead) == 0 {
			l.fail("message %d was delivered, and is %s", m.ID, m.State)
		}
	}
	l.checkEffects()
}

// checkDecisions: a change has one decision per rule that names its status, never two.
func (l *life) checkDecisions(all bool) {
	l.t.Helper()
	rows, next, err := l.box.store.Decisions(context.Background(), gateway.DecisionFilter{Limit: 200})
	if err != nil || next != "" {
		l.t.Fatalf("decisions: %v, more: %q", err, next)
	}
	type pair struct {
		change int64
		rule   gateway.RuleID
	}
	n := map[pair]int{}
	for _, d := range rows {
		if d.HistoryID == 0 {
			continue
		}
		if n[pair{d.HistoryID, d.RuleID}]++; n[pair{d.HistoryID, d.RuleID}] > 1 {
			l.fail("change %d has two decisions of rule %d", d.HistoryID, d.RuleID)
		}
		if len(d.Trace) == 0 || d.Reason == "" {
			l.fail("the decision on change %d has no reason", d.HistoryID)
		}
	}
	if !all {
		return
	}
	for _, c := range l.crm.changes {
		for _, r := range l.box.live.Now().RulesFor(c.To) {
			if n[pair{c.HistoryID, r.ID}] != 1 {
				l.fail("change %d of order %d to %s has no decision of rule %q", c.HistoryID, c.Order, c.To, r.Name)
			}
		}
	}
}

// checkEffects: what the CRM has is the last that was wanted, and it was wanted for
// every order whose customer was found on WhatsApp, or not found there.
func (l *life) checkEffects() {
	l.t.Helper()
	effects := map[gateway.OrderID]gateway.Effect{}
	for _, s := range l.stories() {
		for _, e := range s.Effects {
			effects[e.Order] = e
		}
	}
	for order, e := range effects {
		marks := l.crm.marks[order]
		if e.State == gateway.EffectDone && (len(marks) == 0 || marks[len(marks)-1] != (e.Value == "yes")) {
			l.fail("order %d: the mark %q is done, and the CRM has %v", order, e.Value, marks)
		}
	}
	for _, s := range l.stories() {
		m := s.Message
		if m.Order == 0 {
			continue
		}
		e, ok := effects[m.Order]
		reached := m.Channel == device.WhatsApp && (m.State == gateway.Accepted || m.State == gateway.Delivered || m.State == gateway.Read)
		absent := countReason(s.Trace, gateway.NotOnWhatsApp) > 0
		if (reached || absent) && !ok {
			l.fail("message %d: nobody told the CRM whether order %d's customer is on WhatsApp", m.ID, m.Order)
		}
		if ok && (reached && e.Value != "yes" || absent && e.Value != "no") {
			l.fail("message %d: order %d is marked %q", m.ID, m.Order, e.Value)
		}
	}
}

func (l *life) again(text string) int {
	if d := l.texts[text]; d != nil {
		return d.again
	}
	return 0
}

// lastOfEach leaves out the tries whose envelope went out again: what became of the
// last one counts.
func lastOfEach(list []gateway.AttemptStory) []gateway.AttemptStory {
	var last []gateway.AttemptStory
	for i, a := range list {
		if !slices.ContainsFunc(list[i+1:], func(b gateway.AttemptStory) bool { return b.Envelope.WireID == a.Envelope.WireID }) {
			last = append(last, a)
		}
	}
	return last
}

func countReason(trace []gateway.Step, r gateway.Reason) int {
	n := 0
	for _, s := range trace {
		if s.Reason == r {
			n++
		}
	}
	return n
}
