package disk

import (
	"errors"
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
	switch {
	case errors.Is(err, ErrUnavailable) && os.Getenv(MustEnv) != "1":
		t.Skip("skipped: " + err.Error())
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}
