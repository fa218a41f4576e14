package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"vestnik/sim/world"
)

// markField is the code of the checkbox that the box keeps on orders.
const markField = "has_whatsapp"

// marked tells whether the order's checkbox is as it has to be, or need not be yet.
func (r *rig) marked(p promise, m message) bool {
	if m.State != "delivered" && m.State != "read" && m.State != "accepted" {
		return true
	}
	o, ok := r.World.CRM.Order(p.order)
	if !ok {
		return false
	}
	got, set := o.CustomFields[markField].(bool)
	return set && got == (p.to.Messenger != nil)
}

// Tally compares the book with the customers' phones, the ledger and the CRM. Call it
// after Settle. Faults is what the scenario did.
func (r *rig) Tally(ctx context.Context, kind string, faults int) (Tally, error) {
	t := Tally{Kind: kind, Faults: faults}
	stories, err := r.stories(ctx)
	if err != nil {
		return t, err
	}
	phones := r.crowd.phones()
	for _, p := range r.book.all() {
		at := [2]string{p.to.Phone, p.text}
		r.judge(&t, p, phones[at], stories[at])
		delete(phones, at)
		delete(stories, at)
	}
	for at, copies := range phones {
		t.wrong("the customer %s has %d times a text that nobody wrote to him: %q", at[0], len(copies), at[1])
	}
	for at, list := range stories {
		t.wrong("the ledger has message %d to %s that nobody asked for: %q", list[0].ID, at[0], at[1])
	}
	for _, what := range r.World.NotUnderstood() {
		t.wrong("not understood: %s", what)
	}
	for _, no := range r.World.WhatsApp.Rejected() {
		t.wrong("the phone %s could not read message %s: %s", no.Person, no.MessageID, no.Why)
	}
	if err := r.readLog(&t); err != nil {
		return t, err
	}
	r.mu.Lock()
	for _, s := range r.strange {
		t.wrong("%s", s)
	}
	r.mu.Unlock()
	t.Took = time.Since(r.began)
	return t, nil
}

// readLog looks in everything that all boxes wrote for what a box must never say.
func (r *rig) readLog(t *Tally) error {
	f, err := os.Open(r.box.logPath)
	if err != nil {
		return fmt.Errorf("the box's log: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		for _, never := range []string{"panic: ", "fatal error: ", "panicked", "malformed", "SIGSEGV"} {
			if strings.Contains(lines.Text(), never) {
				t.wrong("the box's log: %s", lines.Text())
			}
		}
	}
	return lines.Err()
}

// stories reads every message with its attempts and trace, by number and text.
func (r *rig) stories(ctx context.Context) (map[[2]string][]message, error) {
	list, err := r.api.messages(ctx, "")
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var first error
	found := map[[2]string][]message{}
	ids := make(chan int64)
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for id := range ids {
				m, err := r.api.story(ctx, id)
				mu.Lock()
				if err != nil && first == nil {
					first = fmt.Errorf("read message %d: %w", id, err)
				}
				at := [2]string{m.To, m.Text}
				found[at] = append(found[at], m)
				mu.Unlock()
			}
		})
	}
	for _, m := range list {
		ids <- m.ID
	}
	close(ids)
	readers.Wait()
	return found, first
}

// judge counts one promise.
func (r *rig) judge(t *Tally, p promise, copies []copyOf, stories []message) {
	if p.cancelled {
		p.acked = false // another word was given in its place
	}
	if p.acked {
		t.Acknowledged++
		if len(copies) > 0 {
			t.Received++
		}
	}
	var m message
	switch {
	case len(stories) > 1:
		t.wrong("%s is %d messages in the ledger", p, len(stories))
		m = stories[0]
	case len(stories) == 1:
		m = stories[0]
	case p.acked:
		t.wrong("%s is not in the ledger", p)
	}
	if len(copies) > 1 {
		t.Doubled++
		t.wrong("%s stands %d times on the phones %v\n    %s", p, len(copies), copies, m.tell())
	}
	if p.acked && len(copies) == 0 && !m.explained() {
		t.Lost++
		t.wrong("%s is lost\n    %s", p, m.tell())
	}
	if m.ID == 0 {
		return
	}
	if m.State == "unknown" {
		t.Unknown++
		if len(copies) > 0 {
			t.UnknownReceived++
		}
	}
	if m.inDoubt() {
		t.InDoubt++
	}
	if n := m.sameIDAgain(); n > 0 {
		t.SameIDAgain++
	}
	for _, complaint := range m.inconsistent(p, copies) {
		if complaint == unreported && r.mayStayAccepted(m) {
			continue
		}
		t.wrong("%s: %s\n    %s", p, complaint, m.tell())
	}
	if p.order != 0 {
		t.Marks++
		if !r.marked(p, m) {
			t.wrong("%s: the checkbox %s of the order is not right (on WhatsApp: %v)\n    %s", p, markField, p.to.Messenger != nil, m.tell())
		}
	}
}

// String names a promise in the tally.
func (p promise) String() string {
	if p.order != 0 {
		return fmt.Sprintf("order %s for %s", p.number, kindOf(p.to))
	}
	return fmt.Sprintf("message %s for %s", p.key, kindOf(p.to))
}

func kindOf(p *world.Person) string {
	if p.Messenger == nil {
		return p.Phone + " (no WhatsApp)"
	}
	return p.Phone
}

// explained tells whether the state says by itself why nobody has the message.
func (m message) explained() bool {
	return m.Reason != "" && slices.Contains([]string{"unknown", "failed", "expired", "held"}, m.State)
}

// unreported is the complaint about a report that was not heeded.
const unreported = "the customer has it, the network reported it, the ledger says accepted"

// mayStayAccepted tells whether a message's report may be gone through nobody's fault.
func (r *rig) mayStayAccepted(m message) bool { return r.o.ReportsOnce && m.Channel == sms }

// inconsistent lists what in the ledger contradicts itself, or the phones. No fault of
// any scenario gives the box a reason to fail a message, or to leave one waiting after
// the quiet phase.
func (m message) inconsistent(p promise, copies []copyOf) (complaints []string) {
	say := func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) }
	if m.Reason == "" || len(m.Trace) == 0 {
		say("state %s without a reason or a trace", m.State)
	}
	for _, step := range m.Trace {
		if step.Text == "" {
			say("a step without a sentence: %s", step.Code)
		}
	}
	proved := false
	for i, a := range m.Attempts {
		for _, proof := range a.Receipts {
			proved = proved || proof.Kind == "delivered" || proof.Kind == "read"
		}
		if i > 0 && a.Channel == whatsApp && m.Attempts[i-1].Channel == whatsApp && a.WireID != m.Attempts[i-1].WireID && m.Attempts[i-1].State != "not_sent" {
			say("sent again under another id: %s, then %s", m.Attempts[i-1].WireID, a.WireID)
		}
	}
	for _, c := range copies {
		if c.at.Add(time.Second).Before(p.notBefore) { // WhatsApp's clock has whole seconds
			say("it was to go after %s and came at %s", p.notBefore.Format(time.TimeOnly), c.at.Format(time.TimeOnly))
		}
	}
	if p.cancelled {
		if m.State != "cancelled" || len(copies) > 0 {
			say("it was cancelled, and is %s, with %d copies on the phones", m.State, len(copies))
		}
		return complaints
	}
	switch m.State {
	case "delivered", "read":
		if !proved {
			say("state %s without a receipt", m.State)
		}
		if len(copies) == 0 {
			say("state %s, and the customer has nothing", m.State)
		}
	case "accepted":
		if len(m.Attempts) == 0 {
			say("accepted without an attempt")
		}
		if len(copies) > 0 {
			say(unreported)
		}
	case "unknown":
		if len(m.Attempts) == 0 {
			say("unknown without an attempt")
		}
		if m.Channel == whatsApp {
			say("unknown by WhatsApp after the quiet phase")
		}
	default:
		say("state %s after the quiet phase", m.State)
	}
	var wa, short bool
	for _, c := range copies {
		wa, short = wa || c.channel == whatsApp, short || c.channel == sms
	}
	if wa && short {
		say("by WhatsApp and by SMS")
	}
	return complaints
}

// inDoubt tells whether the box did not know for a time whether it left.
func (m message) inDoubt() bool {
	for _, s := range m.Trace {
		if s.Code == "box_restarted" || s.Code == "uncertain" {
			return true
		}
	}
	return false
}

// sameIDAgain counts the attempts that repeated the id of the one before.
func (m message) sameIDAgain() (n int) {
	for i := 1; i < len(m.Attempts); i++ {
		if m.Attempts[i].Channel == whatsApp && m.Attempts[i].WireID == m.Attempts[i-1].WireID {
			n++
		}
	}
	return n
}

// tell is the message's story in one line.
func (m message) tell() string {
	if m.ID == 0 {
		return "no such message in the ledger"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "message %d on %s is %s (%s):", m.ID, m.Channel, m.State, m.ReasonCode)
	for _, s := range m.Trace {
		fmt.Fprintf(&b, " %s %s,", s.At.Format("15:04:05.000"), s.Code)
	}
	for _, a := range m.Attempts {
		fmt.Fprintf(&b, " attempt %d by %s at %s %s %s with %d receipts;", a.N, a.Channel, a.At.Format("15:04:05.000"), a.State, a.WireID, len(a.Receipts))
	}
	return b.String()
}
