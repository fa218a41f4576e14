package gateway

import (
	"context"
	"time"
)

// ChoreName is something that the box does for itself from time to time.
type ChoreName string

// The chores.
const (
	ChoreAudit     ChoreName = "audit"     // the ledger's invariants are looked at
	ChoreBackup    ChoreName = "backup"    // a copy is written
	ChoreRehearsal ChoreName = "rehearsal" // the newest copy is restored into a scratch folder
)

// Chore is how a chore went the last time.
type Chore struct {
	Name   ChoreName
	At     time.Time
	OK     bool
	Detail Args
}

// Chores is where the last run of each chore is kept.
type Chores interface {
	SaveChore(ctx context.Context, c Chore) error
	// Chores are the last run of each, by name; those that never ran are left out.
	Chores(ctx context.Context) (map[ChoreName]Chore, error)
}

// FindingKind is an invariant of the ledger that did not hold.
type FindingKind string

// Finding is one place where the auditor found an invariant broken.
type Finding struct {
	Key     string // the same trouble has the same key
	Kind    FindingKind
	Message MessageID // 0: about no message
	Args    Args
	FirstAt time.Time
	LastAt  time.Time
	// MendedAt is when it was put right by itself; zero while it waits for a person.
	MendedAt time.Time
}

// Findings is where the auditor keeps what it found.
type Findings interface {
	// Findings are those that wait for a person, and those mended since t; newest first.
	Findings(ctx context.Context, mendedSince time.Time) ([]Finding, error)
}
