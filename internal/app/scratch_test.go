package app

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// ownerOf is the user who owns a file.
func ownerOf(t *testing.T, path string) uint32 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Uid
}

// What the administrator's verbs leave behind when they are killed must not stand in
// the way of the service, which is another user.
func TestWhatAKilledVerbLeavesIsTheServices(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root gives files to somebody else")
	}
	const service = 4321
	file := backupOf(t, "Новая")
	dir := oldFolder(t, "Старая")
	if err := os.Chown(dir, service, service); err != nil {
		t.Fatal(err)
	}
	o := RestoreOptions{DataDir: dir, File: file, Passphrase: testPassphrase, Log: slog.New(slog.DiscardHandler)}
	o.afterStep = func(string) error { return errCut } // before anything was read
	if _, err := Restore(t.Context(), o); !errors.Is(err, errCut) {
		t.Fatal(err)
	}
	if got := ownerOf(t, filepath.Join(dir, incomingName)); got != service {
		t.Errorf("the folder of a restore that was killed is owned by %d", got)
	}

	b, err := OpenBook(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	m := newBackupMaker(b.Store, dir, "1.0")
	m.work = 2
	looked := false
	m.progress = func(_, _ int64) {
		left, _ := filepath.Glob(filepath.Join(dir, scratchPrefix+"*"))
		for _, path := range left {
			if looked = true; ownerOf(t, path) != service {
				t.Errorf("the folder of a backup under way is owned by %d", ownerOf(t, path))
			}
		}
	}
	if _, err := m.make(t.Context(), filepath.Join(t.TempDir(), "shop.age"), testPassphrase); err != nil || !looked {
		t.Errorf("%v, looked: %t", err, looked)
	}
}

// A copy that cannot be taken away is not worth a box that does not start.
func TestACopyThatStaysDoesNotKeepTheBoxDown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stuck, young := filepath.Join(dir, scratchPrefix+"stuck"), filepath.Join(dir, scratchPrefix+"young")
	for _, path := range []string{stuck, young, filepath.Join(dir, scratchPrefix+"old")} {
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-13 * time.Hour)
		if path != young {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	dropScratch(dir, time.Now(), func(path string) error {
		if path == stuck {
			return os.ErrPermission
		}
		return os.RemoveAll(path)
	}, slog.New(slog.DiscardHandler))
	left, _ := filepath.Glob(filepath.Join(dir, scratchPrefix+"*"))
	if len(left) != 2 || left[0] != stuck || left[1] != young {
		t.Errorf("left are %v", left)
	}
}
