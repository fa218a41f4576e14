package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vestnik/gateway"
	"vestnik/sim/world"
)

// A full disk is a sentence, not a crash; when there is room again, everything goes
// on and nothing was lost or doubled.
func TestFullDiskIsASentenceAndLosesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "small")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	b := newBoxIn(t, dir, world.Options{})
	b.ready()
	anna, vera := b.world.Somebody(true, 0), b.world.Somebody(true, 1)
	b.order(anna)
	b.gets(anna, 1, 0)

	filler := filepath.Join(dir, "filler")
	fill(t, filler)
	_, number := b.order(vera)
	b.until("the box says that its disk is full", func() bool {
		b.app.Wake()
		err := b.app.Ready(t.Context())
		return err != nil && strings.Contains(gateway.FaultSentence(err, "ru"), "кончилось место")
	})
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	b.gets(vera, 1, 0)
	b.gets(anna, 1, 0)
	b.until("told delivered", func() bool { return b.message(number).State == gateway.Delivered })
}

// fill takes almost all the room on a disk, at one blow: written bit by bit the file would take
// a reserve that is given up meanwhile as well.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for again := true; again; {
		var room unix.Statfs_t
		if err := unix.Fstatfs(int(f.Fd()), &room); err != nil {
			t.Fatal(err)
		}
		err := unix.Fallocate(int(f.Fd()), 0, 0, int64(room.Bavail)*room.Bsize-16<<10)
		if again = errors.Is(err, unix.ENOSPC); err != nil && !again {
			t.Fatal(err)
		}
	}
}
