package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	_ "modernc.org/sqlite"

	"vestnik/device/board"
	"vestnik/gateway"
	"vestnik/internal/app"
	"vestnik/internal/app/sealed"
	"vestnik/sim/world"
)

// wrongClock is a wall clock that a test sets, on a machine that tells whether a time
// service keeps it.
type wrongClock struct{ off, synchronised atomic.Int64 }

func (c *wrongClock) options(dir string) func(*app.Options) {
	return func(o *app.Options) {
		o.Now = func() time.Time { return time.Now().Round(0).Add(time.Duration(c.off.Load())) }
		o.Board = board.New(board.Options{
			DataDir: dir, Database: "vestnik.db", Sys: filepath.Join(dir, "none"),
			Adjtimex: func() (board.Timex, error) { return board.Timex{Unsynchronised: c.synchronised.Load() == 0}, nil },
			Uptime:   func() (time.Duration, error) { return time.Hour, nil },
		})
	}
}

func TestABoxIn1970SaysSoAndSendsNothingUntilItKnowsTheTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := &wrongClock{}
	c.synchronised.Store(1)
	b := newBoxIn(t, dir, world.Options{}, c.options(dir))
	b.ready()
	anna := b.world.Somebody(true, 0)
	b.order(anna)
	b.gets(anna, 1, 0)

	b.stop()
	c.off.Store(int64(time.Until(time.Unix(0, 0))))
	c.synchronised.Store(0)
	b.start()
	vera := b.world.Somebody(true, 1)
	if _, _, err := b.app.Desk().Enqueue(b.t.Context(), gateway.Draft{To: vera.Phone, Text: "Ждём вас.", Key: "1970"}); err != nil {
		t.Fatal(err)
	}
	b.until("the message says that the clock is wrong", func() bool {
		rows, _, err := b.app.Store().Messages(b.t.Context(), gateway.MessageFilter{State: gateway.Queued})
		return err == nil && len(rows) == 1 && rows[0].Reason == gateway.HeldClock
	})
	care, err := b.app.Desk().Care(b.t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if says := care.Clock.Sentence("ru", time.UTC); care.Clock.State != gateway.ClockBehind || !strings.Contains(says, "1970") || !strings.Contains(says, "Ничего не отправляется") {
		t.Errorf("%s: %s", care.Clock.State, says)
	}
	b.gets(vera, 0, 0)
	c.off.Store(0)
	c.synchronised.Store(1)
	b.gets(vera, 1, 0)
	b.gets(anna, 1, 0)
}

// smallDisk is a folder on a disk of its own.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "small")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestOrdersLiveOnTheReserveOfAFullDisk(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, "128m")
	b := newBoxIn(t, dir, world.Options{})
	b.ready()
	state := func() gateway.DiskState {
		care, err := b.app.Desk().Care(b.t.Context())
		if err != nil {
			t.Error(err)
		}
		return care.Disk
	}
	ballast := filepath.Join(dir, "ballast")
	b.until("there is a reserve", func() bool { info, err := os.Stat(ballast); return err == nil && info.Size() == 16<<20 })
	if s := state(); s != gateway.DiskLow {
		t.Errorf("a disk of 128 MB is %s", s)
	}
	api := b.caller(gateway.Operator)
	mailing := `{"to": "+79161230099", "text": "Скидки!", "purpose": "campaign"}`
	if status, body := api.call("POST", "/messages", mailing); status != 507 || body["error"].(map[string]any)["code"] != "disk_low" {
		t.Errorf("a mailing on a nearly full disk: %d %v", status, body)
	}
	filler := filepath.Join(dir, "filler")
	fill(t, filler)
	b.until("the reserve is given up", func() bool { return state() == gateway.DiskReserve })
	if err := b.app.Ready(t.Context()); err == nil || !strings.Contains(gateway.FaultSentence(err, "ru"), "запас") {
		t.Errorf("ready: %v", err)
	}
	anna := b.world.Somebody(true, 0)
	b.order(anna)
	b.gets(anna, 1, 0)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	b.until("there is a reserve again", func() bool { _, err := os.Stat(ballast); return err == nil && state() == gateway.DiskLow })
	if err := b.app.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

// spoil writes zeros over the pages of a table of a database that nobody has open.
func spoil(t *testing.T, path, table string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	var root, size int64
	if err := db.QueryRow(`SELECT rootpage FROM sqlite_schema WHERE name = ?`, table).Scan(&root); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow(`PRAGMA page_size`).Scan(&size); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(make([]byte, size), (root-1)*size); err != nil {
		t.Fatal(err)
	}
}

func (b *box) page(path string) (int, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), "GET", b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "ru")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// A damaged database stops the work and is one page, whether it is found at the start or
// later; the file stays as it is.
func TestADamagedDatabaseIsAPageAndIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, table string
		unclean     bool
	}{
		{"at the start", "setting", false},
		{"when it is read", "message", false},
		{"by the check after a crash", "modem_pin", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "vestnik.db")
			b := newBoxIn(t, dir, world.Options{})
			b.ready()
			anna := b.world.Somebody(true, 0)
			b.order(anna)
			b.gets(anna, 1, 0)
			b.stop()
			spoil(t, path, c.table)
			b.spoiled = true
			if err := os.Mkdir(filepath.Join(dir, "backups"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "backups", "newest.vestnik"), []byte(sealed.Magic), 0o600); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if c.unclean {
				// A log that was left behind, with nothing in it that counts.
				if err := os.WriteFile(path+"-wal", make([]byte, 100), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			b.start()
			b.until("the damage is a page", func() bool {
				status, body := b.page("/")
				return status == 503 && strings.Contains(body, "База данных повреждена")
			})
			_, body := b.page("/device")
			if want := fmt.Sprintf("vestnik restore %s --data %s", filepath.Join(dir, "backups", "newest.vestnik"), dir); !strings.Contains(body, want) {
				t.Errorf("the page does not say %q:\n%s", want, body)
			}
			if strings.Contains(body, world.CRMKey) || strings.Contains(body, anna.Phone) {
				t.Error("the page has what must not be seen without a login")
			}
			for path, want := range map[string]string{"/readyz": "повреждена", "/api/v1/status": "database_damaged"} {
				if status, body := b.page(path); status != 503 || !strings.Contains(body, want) {
					t.Errorf("%s: %d %s", path, status, body)
				}
			}
			vera := b.world.Somebody(true, 1)
			b.order(vera)
			b.stop()
			b.gets(vera, 0, 0)
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if c.table == "setting" && !bytes.Equal(before, after) {
				t.Error("the damaged file was changed")
			}
			if list, _ := filepath.Glob(filepath.Join(dir, "vestnik.db*")); len(list) == 0 {
				t.Error("the damaged file is gone")
			}
		})
	}
}

// After a box that went down, the file is read through, and the result is kept.
func TestTheDatabaseIsCheckedAfterACrash(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.stop()
	if err := os.WriteFile(filepath.Join(b.dir, "vestnik.db-wal"), make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	b.start()
	b.until("the check", func() bool {
		chores, err := b.app.Store().Chores(context.Background())
		return err == nil && chores[gateway.ChoreCheck].OK
	})
}
