package whatsapp

import (
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"vestnik/device"
	"vestnik/sim/disk"
)

// The library goes on when it cannot keep or read the keys for a phone: it would leave
// that phone out, the server would take the rest, and the customer have nothing.
func TestASendWhoseKeysCannotBeKeptDoesNotLeave(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	r.exec(`CREATE TRIGGER full BEFORE INSERT ON whatsmeow_identity_keys BEGIN SELECT RAISE(FAIL, 'as a full disk'); END`)
	env, err := r.send(anaNumber, "готов")
	wantKind(t, err, device.Internal) // our own fault; it is tried again
	r.exec(`DROP TRIGGER full`)
	if _, err := r.s.Send(r.ctx(), env); err != nil {
		t.Fatal(err)
	}
	r.await("the text", func() bool { return r.sink.Delivered(env.WireID) })
	if got := texts(r.ana.Inbox()); !slices.Equal(got, []string{"готов"}) {
		t.Errorf("the customer has %q", got)
	}
}

// After an fsync failed nobody knows what the file holds: the process has to end.
func TestAFailingDiskIsToldOnce(t *testing.T) {
	t.Parallel()
	d := disk.ForTest(t, disk.Options{})
	say, hear, _ := newClerk(t, filepath.Join(d.Path(), "whatsapp.db"))
	hear("found 0")
	say("kept")
	d.Inject(disk.Fault{Op: disk.Sync, Err: syscall.EIO, Name: "*-wal"})
	say("failed")
	hear("told whatsapp: the session's file: disk I/O error")
}
