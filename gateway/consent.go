package gateway

import (
	"context"
	"time"

	"vestnik/device"
)

// Consent is a person's word about advertising, and where it comes from.
type Consent struct {
	// Phone names him; Customer, his card in the CRM, does when no number is known.
	Phone    device.Phone
	Customer int64
	// Answer is Yes: he allows advertising, or No: he refuses it. Orders' messages go on either way.
	Answer device.Answer
	Source ConsentSource
	// Note says more: the word that he wrote, the file's name, what the manager was told.
	Note string
	// At is when he said it. Zero: now; a No, what he says himself and what a person of the shop keeps is then the
	// newest, whatever times are written in the words before.
	At time.Time
	By string // who of the shop kept it; empty: the box itself
}

// ConsentSource is where a word about advertising comes from.
type ConsentSource string

// The sources. Only the person's own word, or a person of the shop by hand, turns a No into a
// Yes; a list or the CRM does not.
const (
	ConsentWord   ConsentSource = "word"   // a stop or start word in one of our channels
	ConsentCRM    ConsentSource = "crm"    // a subscription of the CRM's card
	ConsentImport ConsentSource = "import" // the list from which he was taken
	ConsentHand   ConsentSource = "hand"   // kept by a person of the shop
)

// Consents is where they are kept, for good.
type Consents interface {
	// ConsentOf is the word in force of a person, by his number or his card (either may be zero); a
	// No under either counts. ok is false when he never said anything.
	ConsentOf(ctx context.Context, phone device.Phone, customer int64) (c Consent, ok bool, err error)
	// KeepConsents keeps words; one that may not replace the word in force is kept in the history
	// alone. It answers how many are in force now.
	KeepConsents(ctx context.Context, words ...Consent) (int, error)
	// ConsentHistory are a person's words, newest first.
	ConsentHistory(ctx context.Context, phone device.Phone, customer int64) ([]Consent, error)
	// ConsentList are words in force, newest first: all, or those with an answer; search is a part of
	// the number's digits.
	ConsentList(ctx context.Context, answer device.Answer, search string, limit int, before time.Time) ([]Consent, error)
	ConsentTotals(ctx context.Context) (yes, no int, err error)
}
