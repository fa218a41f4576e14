package gateway

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
)

// AuditLedger is the ledger as its auditor needs it.
type AuditLedger interface {
	Findings
	// Inspect asks for every invariant in one unchanging state of the ledger and answers
	// where one does not hold. It writes nothing. Its time does not grow with the ledger: what is
	// open and what is new is looked at each time, the rest slice by slice.
	Inspect(ctx context.Context, s AuditScope) (Inspection, error)
	// Amend reads a message with its newest attempt and writes what judge answers, in one
	// transaction. NotFound for a message that is not there.
	Amend(ctx context.Context, id MessageID, judge func(m Message, a Attempt, hasAttempt bool) (Change, bool)) (bool, error)
	// Recount gives the kept proofs of a message's wire ids to it, oldest first, and writes what
	// judge answers for each, in one transaction; news tells that a proof had not been given to any
	// message. It answers how many proofs were news or changed something.
	Recount(ctx context.Context, id MessageID, judge func(m Message, a Attempt, parts []Part, r device.Receipt, news bool) (Change, bool)) (int, error)
	// Hasten makes an effect that is due after a time due now, and adds the step to its
	// message's trace; false when it is not pending or not due so late.
	Hasten(ctx context.Context, effect int64, after time.Time, step Step) (bool, error)
	// KeepFindings writes what became of the findings, in one transaction; nothing when there
	// is nothing to write.
	KeepFindings(ctx context.Context, k KeptFindings) error
}

// AuditScope is what one audit looks at.
type AuditScope struct {
	Now time.Time
	// From is where the slow walk over everything goes on; Slice how many rows of each
	// table it takes, and how many of the newest messages are looked at each time.
	From  Sweep
	Slice int
	// Again are findings that are looked at whether or not they lie in the slice.
	Again []Finding
	// Marks is the span of times, of a message's last change, in which the shop wants its
	// orders marked; both zero: it does not.
	MarksFrom, MarksTo time.Time
	// AlarmsBefore: an alarm before this time should have been served. EffectsAfter: no
	// effect can be meant to wait for longer.
	AlarmsBefore, EffectsAfter time.Time
	// HeardBefore: what was heard before this time should have been dealt with.
	HeardBefore time.Time
}

// Inspection is what one look at the ledger found.
type Inspection struct {
	Found []Finding // Key, Kind, Message and Args are set
	Next  Sweep
	// Whole is true when the slow walk over the messages has come to their end.
	Whole bool
}

// KeptFindings is what became of findings at a time.
type KeptFindings struct {
	At time.Time
	// Stand are found and wait for a person. Those that are known already are written
	// again, with their new LastAt, only with Refresh set.
	Stand   []Finding
	Refresh bool
	// Mended were put right by the auditor at once, Gone no longer hold.
	Mended []Finding
	Gone   []Finding
}

// Sweep is how far the slow walk has come: the last key of each table. The zero value
// is not the beginning, see NewSweep.
type Sweep struct {
	Message, Decision, Change, Effect, Hour int64
	Receipt                                 string // a wire id
}

// NewSweep is the beginning of a walk.
func NewSweep() Sweep {
	return Sweep{Change: math.MinInt64, Hour: math.MinInt64} // ids of changes of a former account are below zero
}

func (s Sweep) String() string {
	return fmt.Sprintf("%d/%d/%d/%d/%d/%s", s.Message, s.Decision, s.Change, s.Effect, s.Hour, s.Receipt)
}

// ParseSweep reads what String wrote; anything else is the beginning.
func ParseSweep(text string) Sweep {
	parts := strings.SplitN(text, "/", 6)
	if len(parts) != 6 {
		return NewSweep()
	}
	s := Sweep{Receipt: parts[5]}
	for i, n := range []*int64{&s.Message, &s.Decision, &s.Change, &s.Effect, &s.Hour} {
		v, err := strconv.ParseInt(parts[i], 10, 64)
		if err != nil {
			return NewSweep()
		}
		*n = v
	}
	return s
}
