package gateway

import (
	"context"
	"slices"
	"strconv"

	"vestnik/device"
)

// FromBackupReasons are the reasons of messages held from a backup: not compared yet
// first, then in the order in which a person deals with them.
func FromBackupReasons() []Reason { return slices.Clone(backupReasons) }

// ReleaseFromBackup queues messages that are held from a backup for one reason. expect
// is how many the person saw; when there are others by now, nothing happens and the
// error is device.Conflict.
func (d *Desk) ReleaseFromBackup(ctx context.Context, reason Reason, expect int, by string) (int, error) {
	n, err := d.eachFromBackup(ctx, reason, expect, func(id MessageID) (bool, error) { return d.ReleaseOne(ctx, id, by) })
	if n > 0 {
		d.Enqueued()
	}
	return n, err
}

// CancelFromBackup cancels messages that are held from a backup for one reason, as
// ReleaseFromBackup queues them.
func (d *Desk) CancelFromBackup(ctx context.Context, reason Reason, expect int, by string) (int, error) {
	return d.eachFromBackup(ctx, reason, expect, func(id MessageID) (bool, error) {
		step := Step{At: d.Clock.Time(), Reason: WasCancelled, Args: Args{"user": by}}
		return d.Ledger.Move(ctx, id, Held, Change{State: Cancelled, Reason: WasCancelled, Steps: []Step{step}})
	})
}

// ReleaseOne queues one message that is held from a backup; false when it was not.
func (d *Desk) ReleaseOne(ctx context.Context, id MessageID, by string) (bool, error) {
	m, err := d.Ledger.Message(ctx, id)
	if err != nil || !HeldFromBackup(m) {
		return false, err
	}
	now := d.Clock.Time()
	ok, err := d.Ledger.Move(ctx, id, Held, Change{
		State: Queued, Reason: InQueue, NotBefore: now,
		Steps: []Step{{At: now, Reason: BackupReleased, Args: Args{"user": by}}},
	})
	if ok {
		d.Topics.Publish(TopicQueue)
		d.Enqueued()
	}
	return ok, err
}

func (d *Desk) eachFromBackup(ctx context.Context, reason Reason, expect int, do func(MessageID) (bool, error)) (int, error) {
	if !slices.Contains(backupReasons, reason) {
		return 0, device.Errorf(device.Invalid, "gateway: held from a backup", "no such group %q", reason)
	}
	var ids []MessageID
	for after := MessageID(0); ; {
		list, err := d.Restores.FromBackup(ctx, reason, after, 500)
		if err != nil {
			return 0, err
		}
		for _, m := range list {
			ids, after = append(ids, m.ID), m.ID
		}
		if len(list) < 500 {
			break
		}
	}
	if len(ids) != expect {
		return 0, device.Errorf(device.Conflict, "gateway: held from a backup", "there are %s messages now, not %s", strconv.Itoa(len(ids)), strconv.Itoa(expect))
	}
	done := 0
	for _, id := range ids {
		ok, err := do(id)
		if err != nil {
			return done, err
		}
		if ok {
			done++
		}
	}
	d.Topics.Publish(TopicQueue)
	return done, nil
}
