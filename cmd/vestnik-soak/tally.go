package main

import (
	"fmt"
	"strings"
	"time"
)

// Tally is what came of one run of a scenario.
type Tally struct {
	// Kind is the name of the scenario; Faults is how often it broke something.
	Kind   string `json:"kind"`
	Faults int    `json:"faults"`
	// Acknowledged are the messages that were promised: order changes in the CRM and
	// API messages that were answered 202 or 200.
	Acknowledged int `json:"acknowledged"`
	// Received are the promised messages that stand on the right phone at least once.
	Received int `json:"received"`
	// Lost reached nobody although the ledger gives no reason for that.
	Lost int `json:"lost"`
	// Doubled stand more than once on the customer's phones.
	Doubled int `json:"doubled"`
	// Unknown ended in the state "unknown"; UnknownReceived are those of them that the
	// customer has.
	Unknown         int `json:"unknown"`
	UnknownReceived int `json:"unknown_received"`
	// InDoubt were of unknown fate for a time: how many faults hit the middle of a send.
	InDoubt int `json:"in_doubt"`
	// SameIDAgain are the messages that went out again under the same wire id: how
	// much of the resending the run has really exercised.
	SameIDAgain int `json:"same_id_again"`
	// Marks are the orders whose checkbox in the CRM was looked at.
	Marks int `json:"marks"`
	// Wrong are sentences about everything else that must not be: a state without
	// evidence, a report that is not in the ledger, a message that a simulator did not
	// understand.
	Wrong []string      `json:"wrong,omitempty"`
	Took  time.Duration `json:"took"`
}

// OK tells whether everything that was promised is kept or explained.
func (t Tally) OK() bool { return t.Lost == 0 && t.Doubled == 0 && len(t.Wrong) == 0 }

// String is the tally in one line, and what is wrong in further ones.
func (t Tally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d faults, %d acknowledged, %d received, %d lost, %d doubled, %d in doubt on the way, %d unknown at the end (%d of them received), %d sent again with the same id, %d marks, %s",
		t.Kind, t.Faults, t.Acknowledged, t.Received, t.Lost, t.Doubled, t.InDoubt, t.Unknown, t.UnknownReceived, t.SameIDAgain, t.Marks, t.Took.Round(time.Second))
	for _, w := range t.Wrong {
		b.WriteString("\n  wrong: " + w)
	}
	return b.String()
}

// mostWrong is how many sentences a tally keeps.
const mostWrong = 60

// wrong adds a sentence; the list is bounded, since one cause makes many.
func (t *Tally) wrong(format string, args ...any) {
	switch {
	case len(t.Wrong) < mostWrong:
		t.Wrong = append(t.Wrong, fmt.Sprintf(format, args...))
	case len(t.Wrong) == mostWrong:
		t.Wrong = append(t.Wrong, "and more of the kind")
	}
}
