package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store"
	"vestnik/store/storetest"
)

func TestFileIsForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "with space, 100% # and ?.db")
	s := openAt(t, path)
	storetest.Enqueue(t, s, storetest.Draft("k", "+79123456789"))
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	s := openAt(t, "vestnik 1%.db")
	storetest.Enqueue(t, s, storetest.Draft("k", "+79123456789"))
	if _, err := os.Stat("vestnik 1%.db"); err != nil {
		t.Fatal(err)
	}
}

func TestUnusableFilesSayWhatToDo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sqlite := func(name string, statements ...string) string {
		path := filepath.Join(dir, name)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, q := range statements {
			if _, err := db.Exec(q); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	damaged := sqlite("damaged.db", `PRAGMA application_id = 0x5653544e`, `CREATE TABLE t (x)`)
	content, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	copy(content[100:], strings.Repeat("\xff", 400))
	write("damaged.db", string(content))
	for name, c := range map[string]struct {
		path    string
		problem store.OpenProblem
		says    string
	}{
		"text":     {write("text.db", "this is a letter, not a database"), store.ProblemCorrupt, "vestnik restore"},
		"short":    {write("short.db", "SQL"), store.ProblemCorrupt, "vestnik restore"},
		"damaged":  {damaged, store.ProblemCorrupt, "restore the last backup"},
		"foreign":  {sqlite("foreign.db", `CREATE TABLE orders (x)`), store.ProblemForeign, "another program"},
		"newer":    {sqlite("newer.db", `PRAGMA application_id = 0x5653544e`, `CREATE TABLE t (x)`, `PRAGMA user_version = 9999`), store.ProblemNewer, "newer version of Vestnik"},
		"folder":   {filepath.Join(dir), store.ProblemAccess, "cannot be opened"},
		"nowhere":  {filepath.Join(dir, "no", "such", "x.db"), store.ProblemAccess, "data folder exists"},
		"truncate": {write("trunc.db", "SQLite format 3\x00"), store.ProblemCorrupt, "damaged"},
	} {
		s, err := store.Open(context.Background(), store.Options{Path: c.path})
		if err == nil {
			_ = s.Close()
			t.Errorf("%s was opened", name)
			continue
		}
		var bad *store.OpenError
		var kind *device.Error
		if !errors.As(err, &bad) || bad.Problem != c.problem || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: %v", name, err)
		}
		if !errors.As(err, &kind) || kind.Kind != device.Internal || kind.Code == "" {
			t.Errorf("%s: kind of %v", name, err)
		}
	}
}

func TestDataVersionHearsOtherProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vestnik.db")
	daemon, other := openAt(t, path), openAt(t, path)
	ctx := context.Background()
	version := func() int64 {
		v, err := daemon.DataVersion(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := version()
	storetest.Enqueue(t, daemon, storetest.Draft("own", "+79123456789"))
	if got := version(); got != before {
		t.Errorf("our own write changed it from %d to %d", before, got)
	}
	settings, err := other.Settings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	settings.Shop.Name = "Магазин"
	if err := other.SaveSettings(ctx, settings, "config apply"); err != nil {
		t.Fatal(err)
	}
	if got := version(); got == before {
		t.Error("another process's write did not change it")
	}
	got, err := daemon.Settings(ctx)
	if err != nil || got.Shop.Name != "Магазин" {
		t.Errorf("%q, %v", got.Shop.Name, err)
	}
}

func TestBackupIsWholeAndPrivate(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := context.Background()
	id := storetest.Enqueue(t, s, storetest.Draft("k", "+79123456789"))
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := s.Backup(ctx, path); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(ctx, path); device.KindOf(err) != device.Conflict {
		t.Errorf("a second backup to the same path: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	copied := openAt(t, path)
	if m, err := copied.Message(ctx, id); err != nil || m.Text == "" {
		t.Errorf("%+v, %v", m, err)
	}
	if err := copied.Check(ctx); err != nil {
		t.Error(err)
	}
	if err := s.Backup(ctx, filepath.Join(t.TempDir(), "no", "copy.db")); err == nil {
		t.Error("a backup into a folder that is not there")
	}
}

func TestReopenedStoreRemembers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vestnik.db")
	ctx := context.Background()
	first, err := store.Open(ctx, store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	id := storetest.Enqueue(t, first, storetest.Draft("k", "+79123456789"))
	var refs []int
	next := func(s *store.Store) {
		ref, err := s.NextConcatRef(ctx)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, ref)
	}
	next(first)
	next(first)
	if tried, err := first.TryPIN(ctx, "pin"); err != nil || tried {
		t.Errorf("first try: %v, %v", tried, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		t.Errorf("Close left %d bytes in the log", info.Size())
	}
	again := openAt(t, path)
	next(again)
	if fmt.Sprint(refs) != "[0 1 2]" {
		t.Errorf("concatenation references %v", refs)
	}
	if tried, err := again.TryPIN(ctx, "pin"); err != nil || !tried {
		t.Errorf("second try: %v, %v", tried, err)
	}
	if err := again.PINAccepted(ctx, "pin"); err != nil {
		t.Error(err)
	}
	if tried, err := again.TryPIN(ctx, "pin"); err != nil || tried {
		t.Errorf("try after success: %v, %v", tried, err)
	}
	if m, err := again.Message(ctx, id); err != nil || m.DedupeKey != "k" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestSeveralMayOpenANewFileAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vestnik.db")
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			ctx := context.Background()
			s, err := store.Open(ctx, store.Options{Path: path})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			kept, err := s.Decide(ctx, 0, []gateway.Decision{{Verdict: gateway.Send, At: time.Now(), Message: storetest.Draft(fmt.Sprint(i), "+79123456789")}})
			if err != nil || len(kept) != 1 {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s := openAt(t, path)
	list, _, err := s.Messages(context.Background(), gateway.MessageFilter{})
	if err != nil || len(list) != 4 {
		t.Errorf("%d messages, %v", len(list), err)
	}
}

// TestVirtualTime: the store has no goroutine and no timer of its own, so scenarios may
// run it under a clock that jumps.
func TestVirtualTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vestnik.db")
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		s, err := store.Open(ctx, store.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		m := storetest.Draft("k", "+79123456789")
		m.NotBefore = time.Now().Add(10 * time.Hour)
		id := storetest.Enqueue(t, s, m)
		for {
			at, ok, err := s.NextDueAt(ctx, device.WhatsApp, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			time.Sleep(time.Until(at))
		}
		if got, ok, err := s.NextDue(ctx, device.WhatsApp, time.Now(), nil); err != nil || !ok || got.ID != id {
			t.Errorf("%+v, %v, %v", got, ok, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
