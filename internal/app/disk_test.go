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

// fill writes a file until the disk takes no more.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size >= 512; size /= 2 {
		for {
			if _, err := f.Write(make([]byte, size)); err != nil {
				if !errors.Is(err, unix.ENOSPC) {
					t.Fatal(err)
				}
				break
			}
		}
	}
}
