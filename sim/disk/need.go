package disk

import (
	"fmt"
	"os"
	"path/filepath"
)

// MustEnv, set to 1, turns the skipping of ForTest into a failure: continuous
// integration must not pass because nothing was tried.
const MustEnv = "VESTNIK_MUST_FUSE"

// Testing is what ForTest needs of a *testing.T.
type Testing interface {
	Helper()
	Skip(args ...any)
	Fatal(args ...any)
	Error(args ...any)
	Cleanup(func())
	TempDir() string
}

// ForTest mounts a disk for the time of a test. Mount and Scratch are folders of
// the test when empty. Where nothing can be mounted the test is skipped with a sentence,
// or fails when MustEnv is set.
func ForTest(t Testing, opt Options) *Disk {
	t.Helper()
	dir := t.TempDir()
	if opt.Mount == "" {
		opt.Mount = filepath.Join(dir, "disk")
	}
	if opt.Scratch == "" {
		opt.Scratch = filepath.Join(dir, "scratch")
	}
	d, err := New(opt)
	if err != nil {
		why := fmt.Sprintf("no disk to pull the plug of: %v (it needs /dev/fuse and the right to mount, as root has)", err)
		if os.Getenv(MustEnv) == "1" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}
