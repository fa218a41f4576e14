package device

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what a failure means for the one who asked: whether the message may
// have left, whether it is worth another try, and who has to act.
type Kind string

// The kinds. Uncertain is first class: it means that nobody here knows whether
// the message left, and it is never treated as "it did not".
const (
	Invalid      Kind = "invalid"      // the request itself is wrong; never retried
	NotFound     Kind = "not_found"    // the recipient or object does not exist there
	Conflict     Kind = "conflict"     // not in this state
	Unauthorized Kind = "unauthorized" // key, PIN, pairing or right is missing
	RateLimited  Kind = "rate_limited" // nothing left; try again after RetryAfter
	Unavailable  Kind = "unavailable"  // nothing left; the link is down
	Refused      Kind = "refused"      // the network said a definite no to this message
	Locked       Kind = "locked"       // the account may not start new chats now
	Uncertain    Kind = "uncertain"    // it may have left
	Internal     Kind = "internal"     // our own fault
)

// Error is a failure with its kind.
type Error struct {
	Kind Kind
	// Op is what was being done, in the field's words: "whatsapp: send".
	Op string
	// Code is the foreign code as the network gave it ("463", "+CMS ERROR: 38"),
	// for the journal's folded part; may be empty.
	Code string
	// RetryAfter is how long to wait before another try; zero when unknown.
	RetryAfter time.Duration
	Err        error
}

func (e *Error) Error() string {
	s := e.Op + ": " + string(e.Kind)
	if e.Code != "" {
		s += " (" + e.Code + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error whose cause is formatted as by fmt.Errorf.
func Errorf(kind Kind, op, format string, args ...any) *Error {
	return &Error{Kind: kind, Op: op, Err: fmt.Errorf(format, args...)}
}

// KindOf is the kind of err: that of the first Error in its chain, Internal for any
// other error, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
