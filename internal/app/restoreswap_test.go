package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vestnik/gateway"
	"vestnik/internal/app/sealed"
	"vestnik/store"
)

const testPassphrase = "correct horse battery"

// oldFolder is a data folder with a shop of a name, a side folder and a backup of
// another shop beside it.
func oldFolder(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	fillFolder(t, dir, name)
	for _, extra := range []string{"notes/readme.txt", "backups/kept.age", "before-restore-20250101-000000/vestnik.db"} {
		path := filepath.Join(dir, extra)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(extra), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func fillFolder(t *testing.T, dir, name string) {
	t.Helper()
	b, err := OpenBook(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Shop.Name = name
	if err := errors.Join(b.SaveSettings(t.Context(), s, "test"), b.Close()); err != nil {
		t.Fatal(err)
	}
}

func shopName(t *testing.T, dir string) string {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, sealed.Ledger)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	settings, err := s.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return settings.Shop.Name
}

// backupOf is a backup of a folder with a shop of a name.
func backupOf(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	fillFolder(t, dir, name)
	path := filepath.Join(t.TempDir(), "shop.age")
	b, err := OpenBook(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	m := newBackupMaker(b.Store, dir, "1.0")
	m.work = 2
	if _, err := m.make(t.Context(), path, testPassphrase); err != nil {
		t.Fatal(err)
	}
	return path
}

var errCut = errors.New("power cut")

// Whatever step the power is cut at, also more than once, the next start finds the old
// shop whole or the new one whole, and what was set aside is all there.
func TestARestoreCutShortAtAnyStepLeavesTheOldOrTheNew(t *testing.T) {
	t.Parallel()
	file := backupOf(t, "Новая")
	log := slog.New(slog.DiscardHandler)
	seen := map[string]bool{}
	for cut := 0; ; cut++ {
		dir := oldFolder(t, "Старая")
		steps := 0
		stopAt := func(n int) func(string) error {
			steps = 0
			return func(step string) error {
				seen[step] = true
				if steps++; steps > n {
					return fmt.Errorf("after %q: %w", step, errCut)
				}
				return nil
			}
		}
		_, err := Restore(t.Context(), RestoreOptions{DataDir: dir, File: file, Passphrase: testPassphrase, Log: log, afterStep: stopAt(cut)})
		if err == nil {
			if cut < 8 {
				t.Errorf("only %d steps: %v", cut, seen)
			}
			wantExchanged(t, dir, cut)
			return
		}
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		// While it is half done no verb may make a new database in the middle of it.
		if underWay(dir) {
			if b, err := OpenBook(t.Context(), dir, nil); err == nil {
				b.Close()
				t.Errorf("cut %d: a verb opened the folder in the middle", cut)
			}
		}
		// Cut again at every further step, then left alone.
		for again := range 3 {
			if err := finishRestore(dir, log, stopAt(again)); err != nil && !errors.Is(err, errCut) {
				t.Fatal(err)
			}
		}
		if err := finishRestore(dir, log, nil); err != nil {
			t.Fatalf("cut %d: %v", cut, err)
		}
		if cut <= 1 { // the marker was not in place yet
			if name := shopName(t, dir); name != "Старая" {
				t.Errorf("cut %d: the shop is %s", cut, name)
			}
			wantTidy(t, dir)
			continue
		}
		wantExchanged(t, dir, cut)
	}
}

func wantTidy(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{incomingName, markerName, markerName + ".partial"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s was left", name)
		}
	}
}

func wantExchanged(t *testing.T, dir string, cut int) {
	t.Helper()
	if name := shopName(t, dir); name != "Новая" {
		t.Errorf("cut %d: the shop is %s", cut, name)
	}
	wantTidy(t, dir)
	aside, err := filepath.Glob(filepath.Join(dir, asidePrefix+"20[^2]*"))
	if more, _ := filepath.Glob(filepath.Join(dir, asidePrefix+"202[^5]*")); len(more) > 0 {
		aside = append(aside, more...)
	}
	if err != nil || len(aside) != 1 {
		t.Fatalf("cut %d: %v %v", cut, aside, err)
	}
	if name := shopName(t, aside[0]); name != "Старая" {
		t.Errorf("cut %d: what was set aside is %s", cut, name)
	}
	for _, name := range []string{filepath.Join(aside[0], "notes/readme.txt"), filepath.Join(dir, "backups/kept.age"), filepath.Join(dir, "before-restore-20250101-000000/vestnik.db")} {
		if _, err := os.Stat(name); err != nil {
			t.Errorf("cut %d: %v", cut, err)
		}
	}
}

func TestASecondRestoreFinishesTheFirst(t *testing.T) {
	t.Parallel()
	first, second := backupOf(t, "Первая"), backupOf(t, "Вторая")
	dir := oldFolder(t, "Старая")
	log := slog.New(slog.DiscardHandler)
	o := RestoreOptions{DataDir: dir, File: first, Passphrase: testPassphrase, Log: log, afterStep: func(step string) error {
		if strings.HasPrefix(step, "vestnik.db set aside") {
			return errCut
		}
		return nil
	}}
	if _, err := Restore(t.Context(), o); !errors.Is(err, errCut) {
		t.Fatal(err)
	}
	o.File, o.afterStep = second, nil
	o.Now = func() time.Time { return time.Now().Add(time.Hour) }
	r, err := Restore(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if got := shopName(t, dir) + " " + shopName(t, r.Aside); got != "Вторая Первая" {
		t.Error(got)
	}
}

func TestAnExchangeThatCannotBeFinishedIsSaidAndGivenUpByTheNext(t *testing.T) {
	t.Parallel()
	file := backupOf(t, "Новая")
	log := slog.New(slog.DiscardHandler)
	dir := oldFolder(t, "Старая")
	o := RestoreOptions{DataDir: dir, File: file, Passphrase: testPassphrase, Log: log, afterStep: func(step string) error {
		if step == "marker in in place" {
			return errCut
		}
		return nil
	}}
	if _, err := Restore(t.Context(), o); !errors.Is(err, errCut) {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, incomingName)); err != nil { // a person cleaned up
		t.Fatal(err)
	}
	_, err := New(context.Background(), Options{DataDir: dir, Log: log})
	if f := new(gateway.BackupFault); !errors.As(err, &f) || f.Problem != gateway.BackupHalf {
		t.Fatal(err)
	}
	o.afterStep = nil
	if _, err := Restore(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if name := shopName(t, dir); name != "Новая" {
		t.Error(name)
	}
	for _, text := range []string{"", "{", `{"phase":"in","aside":"../x","members":["vestnik.db"]}`, `{"phase":"in","aside":"","members":["/etc/passwd"]}`, `{"phase":"out"}`} {
		if err := os.WriteFile(filepath.Join(dir, markerName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := finishRestore(dir, log, nil); err == nil {
			t.Errorf("the marker %q was believed", text)
		}
	}
}
