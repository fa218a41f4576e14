package app

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vestnik/gateway"
	"vestnik/internal/app/sealed"
	"vestnik/sim/disk"
)

func newDisk(t *testing.T) *disk.Disk {
	t.Helper()
	dir := t.TempDir()
	d, err := disk.New(disk.Options{Mount: filepath.Join(dir, "disk"), Scratch: dir, Seed: 7})
	if errors.Is(err, disk.ErrUnavailable) && os.Getenv(disk.MustEnv) != "1" {
		t.Skipf("a disk that forgets cannot be mounted here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// put writes files with their names as contents behind a word, synced.
func put(t *testing.T, dir, word string, names ...string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(word), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(syncAll(dir, names), syncFolder(filepath.Dir(dir))); err != nil {
		t.Fatal(err)
	}
}

// words are what lies in the files of a folder.
func words(t *testing.T, dir string, names ...string) string {
	t.Helper()
	var out []string
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			text = []byte("-")
		}
		out = append(out, string(text))
	}
	return strings.Join(out, " ")
}

// The exchange on a disk that forgets what was not synced, names as well as pages: cut
// at every step, in every way, the next start finds all of the old or all of the new.
// (SQLite itself must not work on this disk within the same process; the steps before
// the exchange change nothing that was there.)
func TestAnExchangeSurvivesAPowerCutAtAnyStep(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	d := newDisk(t)
	old := []string{sealed.Ledger, sealed.Ledger + "-wal", sealed.WhatsApp, "setup-code"}
	incoming := []string{sealed.Ledger, sealed.WhatsApp}
	outcomes := map[string]int{}
	for _, mode := range []disk.Mode{disk.LoseAll, disk.KeepSome, disk.Tear} {
		for cut, finished := 0, false; !finished; cut++ {
			dir := filepath.Join(d.Path(), fmt.Sprintf("%d-%d", mode, cut))
			put(t, dir, "old", old...)
			put(t, filepath.Join(dir, incomingName), "new", incoming...)
			steps := 0
			x := exchange{dir: dir, Aside: asidePrefix + "20261121-093000", Members: incoming, afterStep: func(string) error {
				if steps++; steps <= cut {
					return nil
				}
				return errCut
			}}
			err := x.begin()
			if finished = err == nil; !finished && !errors.Is(err, errCut) {
				t.Fatal(err)
			}
			if _, err := d.Cut(mode); err != nil { // also right after it has said that it is done
				t.Fatal(err)
			}
			if err := d.PowerOn(); err != nil {
				t.Fatal(err)
			}
			if err := finishRestore(dir, log, nil); err != nil {
				t.Fatalf("%v, cut %d: %v", mode, cut, err)
			}
			got := words(t, dir, old...) + " | " + words(t, filepath.Join(dir, x.Aside), old...)
			outcomes[got]++
			switch {
			case got == "old old old old | - - - -" && cut == 0:
			case got == "new - new - | old old old old":
			default:
				t.Errorf("%v, cut %d (finished %v): %s", mode, cut, finished, got)
			}
			wantTidy(t, dir)
		}
	}
	if len(outcomes) != 2 || outcomes["new - new - | old old old old"] < 20 {
		t.Errorf("%v", outcomes)
	}
}

// A stick that is pulled out in the middle is a sentence; the data are not touched and
// under the backup's name there is nothing, or all of it.
func TestAStickThatIsPulledOutIsASentence(t *testing.T) {
	t.Parallel()
	d := newDisk(t)
	dir := filepath.Join(t.TempDir(), "data")
	fillFolder(t, dir, "Лавка")
	b, err := OpenBook(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	m := newBackupMaker(b.Store, dir, "1.0")
	m.work = 2
	m.progress = func(done, _ int64) {
		if done > 20_000 {
			_, _ = d.Cut(disk.LoseAll) // the second time there is nothing to pull
		}
	}
	path := filepath.Join(d.Path(), "shop.age")
	if _, err := m.make(t.Context(), path, testPassphrase); problemOf(err) != gateway.BackupGone {
		t.Errorf("%v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, scratchPrefix+"*")); len(left) > 0 {
		t.Errorf("plain copies were left: %v", left)
	}
	if err := d.PowerOn(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a backup has the backup's name: %v", err)
	}
	m.progress = func(_, _ int64) {}
	if _, err := m.make(t.Context(), path, testPassphrase); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Cut(disk.LoseAll); err != nil {
		t.Fatal(err)
	}
	if err := d.PowerOn(); err != nil {
		t.Fatal(err)
	}
	if _, err := rehearse(t.Context(), dir, path, testPassphrase); err != nil {
		t.Errorf("a backup that was said to be written is not: %v", err)
	}
}

func TestABackupSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	fillFolder(t, dir, "Лавка")
	b, err := OpenBook(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	m := newBackupMaker(b.Store, dir, "1.0")
	m.work = 2
	elsewhere := t.TempDir()
	link := filepath.Join(elsewhere, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(elsewhere, "taken.age")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]gateway.BackupProblem{
		filepath.Join(elsewhere, "absent", "x.age"):      gateway.BackupNoFolder,
		filepath.Join(dir, "x.age"):                      gateway.BackupInside,
		filepath.Join(link, "x.age"):                     gateway.BackupInside,
		filepath.Join(taken, "x.age"):                    gateway.BackupNoFolder,
		taken:                                            gateway.BackupExists,
		filepath.Join("/proc", "vestnik-cannot-be-made"): gateway.BackupNoRoom,
	} {
		if _, err := m.make(t.Context(), path, testPassphrase); problemOf(err) != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if text, err := os.ReadFile(taken); err != nil || string(text) != "mine" {
		t.Error("a file was written over")
	}
	if _, err := m.make(t.Context(), filepath.Join(elsewhere, "y.age"), "short"); problemOf(err) != gateway.BackupWeak {
		t.Error(err)
	}
	for code, want := range map[error]gateway.BackupProblem{
		unix.ENOSPC: gateway.BackupNoRoom, unix.EROFS: gateway.BackupNoRight, unix.EACCES: gateway.BackupNoRight, unix.EIO: gateway.BackupGone,
		unix.ENODEV: gateway.BackupGone, unix.ENOTCONN: gateway.BackupGone, unix.EMFILE: gateway.BackupFailed,
	} {
		if got := problemOf(ioFault("/mnt", &os.PathError{Op: "write", Path: "/mnt/x", Err: code})); got != want {
			t.Errorf("%v is %s", code, got)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, scratchPrefix+"*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestABackupNeedsItsOwnRoom(t *testing.T) {
	t.Parallel()
	small := filepath.Join(t.TempDir(), "small")
	if err := os.Mkdir(small, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", small, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(small, 0); err != nil {
			t.Error(err)
		}
	})
	dir := filepath.Join(t.TempDir(), "data")
	fillFolder(t, dir, "Лавка")
	b, err := OpenBook(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	m := newBackupMaker(b.Store, dir, "1.0")
	m.work = 2
	_, err = m.make(t.Context(), filepath.Join(small, "x.age"), testPassphrase)
	var f *gateway.BackupFault
	if !errors.As(err, &f) || f.Problem != gateway.BackupNoRoom || f.Need == 0 || f.Path != small {
		t.Errorf("%v", err)
	}
	if left, _ := os.ReadDir(small); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}
