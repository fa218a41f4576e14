package gateway

import (
	"context"
	"slices"
	"time"
)

// A ledger that came out of a backup does not know what was sent after the backup
// was made. Everything that it would still send is therefore held, with one of the
// reasons below, until a person lets it go.

// backupReasons are the reasons of messages that are held from a backup, those that
// need a look first.
var backupReasons = []Reason{FromBackup, BackupUnsent, BackupUnclear, BackupSent}

// HeldFromBackup tells whether a message waits because of a restore.
func HeldFromBackup(m Message) bool {
	return m.State == Held && slices.Contains(backupReasons, m.Reason)
}

// Restored says what is known of the restore that made this ledger.
type Restored struct {
	// At is when it was restored, MadeAt when its backup was made; zero At: never.
	At, MadeAt time.Time
	// CatchingUp is true until the CRM's history was read to its end once after the
	// restore; UpTo is the last history id that was read then.
	CatchingUp bool
	UpTo       int64
}

// Holds tells whether the lost ledger may have answered a change already. It goes by
// ids and not by times: the clocks of the box and of the CRM need not agree, and that
// of a box without a battery may be years off when it is restored.
func (r Restored) Holds(c StatusChange) bool {
	return !r.At.IsZero() && (r.CatchingUp || c.HistoryID <= r.UpTo)
}

// BackupMessage is a message held from a backup.
type BackupMessage struct {
	Message
	Status string // the status code that caused it; empty when no change did
	Args   Args   // of its reason
}

// Restores is what the ledger knows of its restore.
type Restores interface {
	// Restored is the newest restore; the zero value when there was none.
	Restored(ctx context.Context) (Restored, error)
	// CaughtUp ends the catching-up at a history id.
	CaughtUp(ctx context.Context, upTo int64) error
	// FromBackup are messages held for one reason, by id, those after one id; at most limit.
	FromBackup(ctx context.Context, reason Reason, after MessageID, limit int) ([]BackupMessage, error)
	// FromBackupCounts is how many wait for each reason; none: an empty map.
	FromBackupCounts(ctx context.Context) (map[Reason]int, error)
	// KnownMark is the value of the mark that this ledger made or meant to make on an order;
	// empty: none.
	KnownMark(ctx context.Context, id OrderID) (string, error)
	// MarksFromBackup are marks that the restore put aside, at most limit.
	MarksFromBackup(ctx context.Context, limit int) ([]Effect, error)
}

// MarkPutAside is the Error of an effect that was pending when its backup was made.
const MarkPutAside = "it was pending in a backup"

// hold keeps the message of a decision back.
func (d *Decision) hold(r Restored) {
	if d.Verdict != Send || d.Message == nil {
		return
	}
	args := Args{"made_at": At(r.MadeAt)}
	d.Message.State, d.Message.Reason, d.Message.NotBefore = Held, FromBackup, time.Time{}
	d.Reason, d.Args = FromBackup, args
	d.step(FromBackup, args)
}

// BackupStatus is how the box's own copies stand.
type BackupStatus struct {
	On     bool   // a passphrase is set, so that they are made by themselves
	Folder string // where they go
	Hour   int    // when, by the shop's clock
	// SameDisk tells that the folder lies on the disk of the data: what takes one takes the
	// other.
	SameDisk bool
	// Unusable is what is wrong with the folder now; nil: nothing is.
	Unusable *BackupFault
	// Running is the chore that is under way, empty when none is; Done and Total are bytes,
	// 0 while they are not known.
	Running     ChoreName
	Done, Total int64
	// Last and Rehearsed are the last runs; nil: there was none.
	Last, Rehearsed *Chore
	Next            time.Time // of the nightly ones; zero when they are off
	Files           []BackupFile
}

// Failing tells that the owner should look: backups are wanted, and the last one or
// its rehearsal did not come about.
func (s BackupStatus) Failing() *Chore {
	for _, c := range []*Chore{s.Last, s.Rehearsed} {
		if s.On && c != nil && !c.OK {
			return c
		}
	}
	return nil
}

// BackupFile is one backup in the folder.
type BackupFile struct {
	Name string
	At   time.Time
	Size int64 // bytes
}
