package gateway

import (
	"context"
	"time"

	"vestnik/device"
)

// ChoreName is something that the box does for itself from time to time.
type ChoreName string

// The chores.
const (
	ChoreAudit     ChoreName = "audit"     // the ledger's invariants are looked at
	ChoreBackup    ChoreName = "backup"    // a copy is written
	ChoreRehearsal ChoreName = "rehearsal" // the newest copy is restored into a scratch folder
	ChoreCheck     ChoreName = "check"     // the database's file is read through for damage
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

// DiskState is how much room there is to write.
type DiskState string

// The states of the disk. Low refuses new mailings; Reserve means that the disk is full
// and the file kept for that was given up, so that orders can still be written.
const (
	DiskUnknown  DiskState = ""
	DiskFine     DiskState = "fine"
	DiskLow      DiskState = "low"
	DiskReserve  DiskState = "reserve"
	DiskFull     DiskState = "full"
	DiskReadOnly DiskState = "read_only"
)

// Care is how the box itself fares and what it does for itself, for the page about
// the device.
type Care struct {
	Clock  ClockStatus
	Health device.Health
	Disk   DiskState
	// Ballast is the size in bytes of the file that is given up when the disk is full; 0 while there
	// is none.
	Ballast int64
	Chores  map[ChoreName]Chore
	// Findings of the auditor: those that wait for a person, and those mended in the last
	// week; newest first.
	Findings []Finding
}

// Codes of faults of the box itself, in device.Error.Code beside SQLite's own names;
// FaultSentence has their words.
const (
	FaultDiskLow      = "DISK_LOW"
	FaultDiskReserve  = "DISK_RESERVE"
	FaultDiskReadOnly = "DISK_READ_ONLY"
	FaultDamaged      = "DATABASE_corrupt"
	FaultDiskErrors   = "SQLITE_IOERR"
)

// DiskFault is the error that a state of the disk means for those who want to write;
// nil while there is room enough.
func DiskFault(s DiskState) error {
	code := ""
	switch s {
	case DiskReserve:
		code = FaultDiskReserve
	case DiskFull:
		code = "SQLITE_FULL"
	case DiskReadOnly:
		code = FaultDiskReadOnly
	default:
		return nil
	}
	return &device.Error{Kind: device.Unavailable, Op: "box: disk", Code: code}
}

// noRoom refuses a mailing while the disk has little room.
func noRoom() error {
	return &device.Error{Kind: device.Unavailable, Op: "gateway: enqueue", Code: FaultDiskLow}
}
