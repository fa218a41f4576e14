package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// MailingRun is what came of one mailing.
type MailingRun struct {
	Run    string `json:"run"`
	Killed string `json:"killed"` // when
	// Stood is the state of the mailing in the file that the kill left.
	Stood string `json:"stood"`
	// Recipients should get one message each. Before is how many messages were on their phones when the box
	// was killed, InAll at the end.
	Recipients int `json:"recipients"`
	Before     int `json:"before_kill"`
	InAll      int `json:"in_all"`
	// Never are the people without one, Twice those with more than one.
	Never int `json:"never"`
	Twice int `json:"twice"`
	// State is what the box shows at the end.
	State string `json:"state"`
	// Rate is messages a second from the start to the end, the restart counted.
	Rate  float64       `json:"rate"`
	Wrong []string      `json:"wrong,omitempty"`
	Took  time.Duration `json:"took"`
}

// OK tells whether everybody has it once, and the box says so.
func (m MailingRun) OK() bool {
	return m.Never == 0 && m.Twice == 0 && len(m.Wrong) == 0 && m.State == fmt.Sprintf("done %d/%d", m.Recipients, m.Recipients)
}

// reach is what stands on the phones of a mailing's people.
type reach struct {
	in, never, twice int // messages, people
	texts            map[string]int
}

// reached looks at every phone. A message that came again under the same id stands there once, as on a
// real phone.
func (r *rig) reached(people []string) reach {
	found := reach{texts: map[string]int{}}
	for _, number := range people {
		n := 0
		for _, m := range r.World.WhatsApp.Customer(number).Inbox() {
			if !m.FromMe && !m.Revoked {
				n++
				found.texts[m.Text]++
			}
		}
		found.in += n
		switch {
		case n == 0:
			found.never++
		case n > 1:
			found.twice++
		}
	}
	return found
}

// judgeMailing counts.
func (r *rig) judgeMailing(result *MailingRun, people []string, last mailing) error {
	got := r.reached(people)
	result.InAll, result.Never, result.Twice = got.in, got.never, got.twice
	var t Tally
	for text := range got.texts {
		if !strings.Contains(text, "новинки") {
			t.wrong("somebody reads %q", text)
		}
	}
	if len(got.texts) < 2 && len(people) > 100 {
		t.wrong("the wordings do not alternate: %v", got.texts)
	}
	if n := last.Counts; n.Failed+n.Out+n.Doubt > 0 {
		t.wrong("%d failed, %d left out, %d in doubt at the end", n.Failed, n.Out, n.Doubt)
	}
	for _, what := range r.World.NotUnderstood() {
		t.wrong("not understood: %s", what)
	}
	for _, no := range r.World.WhatsApp.Rejected() {
		t.wrong("the phone %s could not read message %s: %s", no.Person, no.MessageID, no.Why)
	}
	err := r.readLog(&t)
	r.mu.Lock()
	result.Wrong = slices.Concat(t.Wrong, r.strange)
	r.mu.Unlock()
	return err
}

// mailingsTable is the runs in the shape in which listmonk's are known.
func mailingsTable(runs []MailingRun) string {
	var b strings.Builder
	b.WriteString("\n| run | killed | its state then | recipients | sent before kill | sent in all | never contacted | duplicates | state shown | a second | took |\n" +
		"|---|---|---|---:|---:|---:|---:|---:|---|---:|---:|\n")
	for _, m := range runs {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | **%d** | **%d** | %s | %.0f | %s |\n", m.Run, m.Killed, m.Stood, thousands(m.Recipients),
			thousands(m.Before), thousands(m.InAll), m.Never, m.Twice, cell(m.State), m.Rate, took(m.Took))
	}
	for _, m := range runs {
		for _, w := range m.Wrong {
			fmt.Fprintf(&b, "\n- wrong in %s: %s", m.Run, cell(w))
		}
	}
	return b.String()
}

// thousands is a number with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
