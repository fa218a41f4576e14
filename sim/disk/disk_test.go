package disk_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vestnik/sim/disk"
)

func TestUnsyncedPagesGoBackAndSyncedOnesStay(t *testing.T) {
	t.Parallel()
	d := disk.ForTest(t, disk.Options{})
	f := open(t, d, "a")
	write(t, f, 0, bytes.Repeat([]byte("1"), 10_000))
	sync(t, f)
	write(t, f, 4096, []byte("two"))
	write(t, f, 12_000, []byte("beyond"))
	loss := cut(t, d, disk.LoseAll)
	if loss.Pages != 2 {
		t.Errorf("%d pages went back, want 2", loss.Pages)
	}
	if got := read(t, d, "a"); !bytes.Equal(got, bytes.Repeat([]byte("1"), 10_000)) {
		t.Errorf("%d bytes, not as synced", len(got))
	}
}

func TestATruncationGoesBack(t *testing.T) {
	t.Parallel()
	d := disk.ForTest(t, disk.Options{})
	f := open(t, d, "a")
	whole := bytes.Repeat([]byte("whole"), 3000)
	write(t, f, 0, whole)
	sync(t, f)
	must(t, f.Truncate(5000))
	must(t, f.Truncate(20_000))
	write(t, f, 6000, []byte("x"))
	cut(t, d, disk.LoseAll)
	if got := read(t, d, "a"); !bytes.Equal(got, whole) {
		t.Errorf("%d bytes, not as synced", len(got))
	}
	f = open(t, d, "a")
	must(t, f.Truncate(5000))
	sync(t, f)
	cut(t, d, disk.LoseAll)
	if got := read(t, d, "a"); !bytes.Equal(got, whole[:5000]) {
		t.Errorf("%d bytes, want 5000", len(got))
	}
}

func TestNamesAreDurableOnceSynced(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(t *testing.T, d *disk.Disk)
		want []string
	}{
		{"created, nothing synced", func(t *testing.T, d *disk.Disk) { open(t, d, "new") }, []string{"old"}},
		{"created, the file synced", func(t *testing.T, d *disk.Disk) { sync(t, open(t, d, "new")) }, []string{"new", "old"}},
		{"created, the folder synced", func(t *testing.T, d *disk.Disk) { open(t, d, "new"); syncFolder(t, d, ".") }, []string{"new", "old"}},
		{"another file synced", func(t *testing.T, d *disk.Disk) { open(t, d, "new"); sync(t, open(t, d, "old")) }, []string{"old"}},
		{"removed", func(t *testing.T, d *disk.Disk) { must(t, os.Remove(at(d, "old"))) }, []string{"old"}},
		{"removed, the folder synced", func(t *testing.T, d *disk.Disk) { must(t, os.Remove(at(d, "old"))); syncFolder(t, d, ".") }, nil},
		{"renamed", func(t *testing.T, d *disk.Disk) { must(t, os.Rename(at(d, "old"), at(d, "new"))) }, []string{"old"}},
		{"renamed, the folder synced", func(t *testing.T, d *disk.Disk) {
			must(t, os.Rename(at(d, "old"), at(d, "new")))
			syncFolder(t, d, ".")
		}, []string{"new"}},
		{"moved, the new folder synced", func(t *testing.T, d *disk.Disk) {
			must(t, os.Mkdir(at(d, "sub"), 0o700))
			must(t, os.Rename(at(d, "old"), at(d, "sub/old")))
			syncFolder(t, d, "sub")
		}, []string{"sub", "sub/old"}},
		{"moved, the old folder synced", func(t *testing.T, d *disk.Disk) {
			must(t, os.Mkdir(at(d, "sub"), 0o700))
			must(t, os.Rename(at(d, "old"), at(d, "sub/old")))
			syncFolder(t, d, ".")
		}, []string{"sub", "sub/old"}},
		{"two changed places, one of them synced", func(t *testing.T, d *disk.Disk) {
			other := open(t, d, "other")
			sync(t, other)
			must(t, os.Rename(at(d, "old"), at(d, "tmp")))
			must(t, os.Rename(at(d, "other"), at(d, "old")))
			must(t, os.Rename(at(d, "tmp"), at(d, "other")))
			sync(t, other)
		}, []string{"old", "other"}},
		{"a file in a new folder synced", func(t *testing.T, d *disk.Disk) {
			must(t, os.MkdirAll(at(d, "a/b"), 0o700))
			sync(t, open(t, d, "a/b/c"))
		}, []string{"a", "a/b", "a/b/c", "old"}},
		{"moved out of a folder that was then removed", func(t *testing.T, d *disk.Disk) {
			must(t, os.Mkdir(at(d, "a"), 0o700))
			sync(t, open(t, d, "a/b"))
			must(t, os.Rename(at(d, "a/b"), at(d, "b")))
			must(t, os.Remove(at(d, "a")))
			syncFolder(t, d, ".")
		}, []string{"b", "old"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := disk.ForTest(t, disk.Options{})
			sync(t, open(t, d, "old"))
			c.do(t, d)
			cut(t, d, disk.LoseAll)
			if got := list(t, d); !slices.Equal(got, c.want) {
				t.Errorf("after the cut: %q, want %q", got, c.want)
			}
		})
	}
}

func TestAReplacedFileIsOldOrNewNeverGone(t *testing.T) {
	t.Parallel()
	for _, mode := range []disk.Mode{disk.LoseAll, disk.KeepSome, disk.Tear} {
		d := disk.ForTest(t, disk.Options{Seed: 3})
		for range 20 {
			f := open(t, d, "config")
			must(t, f.Truncate(0))
			write(t, f, 0, []byte("old"))
			sync(t, f)
			next := open(t, d, "config.new")
			write(t, next, 0, []byte("new"))
			sync(t, next)
			must(t, os.Rename(at(d, "config.new"), at(d, "config")))
			cut(t, d, mode)
			if got := string(read(t, d, "config")); got != "old" && got != "new" {
				t.Fatalf("%v: %q", mode, got)
			}
		}
	}
}

func TestAfterTheCutEveryHandleAnswersEIO(t *testing.T) {
	t.Parallel()
	d := disk.ForTest(t, disk.Options{})
	f := open(t, d, "a")
	write(t, f, 0, []byte("hello"))
	sync(t, f)
	buf := make([]byte, 5)
	if _, err := f.ReadAt(buf, 0); err != nil { // now the kernel has the page
		t.Fatal(err)
	}
	if _, err := d.Cut(disk.LoseAll); err != nil {
		t.Fatal(err)
	}
	dead := func() {
		t.Helper()
		_, read := f.ReadAt(buf, 0)
		_, written := f.WriteAt(buf, 0)
		_, stated := f.Stat()
		for what, err := range map[string]error{"read": read, "write": written, "stat": stated, "fsync": f.Sync()} {
			if !errors.Is(err, syscall.EIO) {
				t.Errorf("%s after the cut: %v, want EIO", what, err)
			}
		}
	}
	dead()
	if _, err := os.Open(at(d, "a")); !errors.Is(err, syscall.EIO) {
		t.Errorf("open after the cut: %v, want EIO", err)
	}
	if _, err := d.Cut(disk.LoseAll); !errors.Is(err, disk.ErrNoPower) {
		t.Errorf("a second cut: %v", err)
	}
	must(t, d.PowerOn())
	dead() // for ever
	if got := string(read(t, d, "a")); got != "hello" {
		t.Errorf("after power on: %q", got)
	}
}

func TestAFailedSyncLeavesThePagesCleanAndLost(t *testing.T) {
	t.Parallel()
	d := disk.ForTest(t, disk.Options{})
	f := open(t, d, "a.db")
	write(t, f, 0, bytes.Repeat([]byte("1"), 2*4096))
	sync(t, f)
	struck := d.Inject(disk.Fault{Op: disk.Sync, Err: syscall.EIO, Name: "*.db"})
	write(t, f, 0, []byte("2"))
	write(t, f, 4096, []byte("2"))
	if err := f.Sync(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("fsync: %v, want EIO", err)
	}
	if struck() != 1 {
		t.Errorf("struck %d times", struck())
	}
	write(t, f, 4096, []byte("3"))
	sync(t, f) // says all is well
	if got := read(t, d, "a.db"); got[0] != '2' {
		t.Errorf("before the cut the page is %q", got[0])
	}
	cut(t, d, disk.KeepSome)
	if got := read(t, d, "a.db"); got[0] != '1' || got[4096] != '3' {
		t.Errorf("after the cut %q %q, want 1 (never written) and 3 (written again)", got[0], got[4096])
	}
}

func TestWritesFailAndADiskFills(t *testing.T) {
	t.Parallel()
	d := disk.ForTest(t, disk.Options{Capacity: 64 << 10})
	f := open(t, d, "a")
	d.Inject(disk.Fault{Op: disk.Write, Err: syscall.EIO, Times: -1})
	if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, syscall.EIO) {
		t.Errorf("write: %v, want EIO", err)
	}
	d.ClearFaults()
	write(t, f, 0, make([]byte, 60<<10))
	if _, err := f.WriteAt(make([]byte, 8<<10), 60<<10); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("write: %v, want ENOSPC", err)
	}
	var st unix.Statfs_t
	must(t, unix.Statfs(d.Path(), &st))
	if free := int64(st.Bavail) * st.Bsize; free != 4<<10 {
		t.Errorf("%d bytes free, want 4096", free)
	}
	must(t, f.Close())
	must(t, os.Remove(at(d, "a")))
	write(t, open(t, d, "b"), 0, make([]byte, 60<<10))
}

func TestASyncTakesItsTimeAndIsCounted(t *testing.T) {
	t.Parallel()
	d := disk.ForTest(t, disk.Options{SyncDelay: 20 * time.Millisecond})
	f := open(t, d, "a")
	write(t, f, 4000, make([]byte, 200)) // two pages
	began := time.Now()
	sync(t, f)
	if took := time.Since(began); took < 20*time.Millisecond {
		t.Errorf("fsync took %v", took)
	}
	sync(t, f)
	got := d.Counters()
	got.Writes = 0 // the kernel may cut a write at the page
	if want := (disk.Counters{BytesWritten: 200, BytesSynced: 8192, Syncs: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestASyncThatThePowerOvertakesSyncsNothing(t *testing.T) {
	t.Parallel()
	d := disk.ForTest(t, disk.Options{})
	f := open(t, d, "a")
	sync(t, f)
	d.SetSyncDelay(300 * time.Millisecond)
	write(t, f, 0, []byte("x"))
	failed := make(chan error)
	go func() { failed <- f.Sync() }()
	time.Sleep(50 * time.Millisecond) // into the middle of it
	cut(t, d, disk.LoseAll)
	if err := <-failed; !errors.Is(err, syscall.EIO) {
		t.Errorf("fsync: %v, want EIO", err)
	}
	if got := read(t, d, "a"); len(got) != 0 {
		t.Errorf("%q survived", got)
	}
}

func TestARemovedFileCanBeUsedUntilItIsClosed(t *testing.T) {
	t.Parallel()
	d := disk.ForTest(t, disk.Options{})
	f := open(t, d, "a")
	must(t, os.Remove(at(d, "a")))
	write(t, f, 0, []byte("hello"))
	buf := make([]byte, 5)
	if _, err := f.ReadAt(buf, 0); err != nil || string(buf) != "hello" {
		t.Errorf("%q, %v", buf, err)
	}
}

func TestLinksAndAppending(t *testing.T) {
	t.Parallel()
	d := disk.ForTest(t, disk.Options{})
	sync(t, open(t, d, "a"))
	must(t, os.Link(at(d, "a"), at(d, "b")))
	must(t, os.Symlink("b", at(d, "c")))
	f, err := os.OpenFile(at(d, "c"), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	for range 3 {
		if _, err := f.WriteString("line\n"); err != nil {
			t.Fatal(err)
		}
	}
	sync(t, f)
	must(t, f.Close())
	cut(t, d, disk.LoseAll)
	if got := list(t, d); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%q", got)
	}
	if got := string(read(t, d, "b")); got != "line\nline\nline\n" {
		t.Errorf("%q", got)
	}
}

func at(d *disk.Disk, name string) string { return filepath.Join(d.Path(), name) }

func open(t *testing.T, d *disk.Disk, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(at(d, name), os.O_RDWR|os.O_CREATE, 0o600)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() }) // of a cut disk: EIO
	return f
}

func write(t *testing.T, f *os.File, at int64, p []byte) {
	t.Helper()
	_, err := f.WriteAt(p, at)
	must(t, err)
}

func sync(t *testing.T, f *os.File) {
	t.Helper()
	must(t, f.Sync())
}

func syncFolder(t *testing.T, d *disk.Disk, name string) {
	t.Helper()
	f, err := os.Open(at(d, name))
	must(t, err)
	sync(t, f)
	must(t, f.Close())
}

func read(t *testing.T, d *disk.Disk, name string) []byte {
	t.Helper()
	p, err := os.ReadFile(at(d, name))
	must(t, err)
	return p
}

// list is everything on the disk, by path.
func list(t *testing.T, d *disk.Disk) (names []string) {
	t.Helper()
	must(t, filepath.WalkDir(d.Path(), func(path string, _ os.DirEntry, err error) error {
		if err == nil && path != d.Path() {
			name, _ := filepath.Rel(d.Path(), path)
			names = append(names, name)
		}
		return err
	}))
	return names
}

// cut takes the power and gives it back.
func cut(t *testing.T, d *disk.Disk, mode disk.Mode) disk.Loss {
	t.Helper()
	loss, err := d.Cut(mode)
	must(t, err)
	must(t, d.PowerOn())
	return loss
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
