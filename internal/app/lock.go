package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const lockName = "vestnik.lock"

var errFolderTaken = errors.New("already uses the data folder")

// lockFolder takes the data folder for this process alone: two daemons on one
// folder would send twice. The lock ends with the process, however it ends.
func lockFolder(dir string) (*os.File, error) {
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data folder %s cannot be written: %w; choose another with --data or give this user the right to write there", dir, err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		f.Close()
		return nil, fmt.Errorf("another Vestnik %w %s: stop it first, or choose another folder with --data", errFolderTaken, dir)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("the data folder %s cannot be locked: %w", dir, err)
	}
	return f, nil
}

func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the data folder %s cannot be made: %w; choose another with --data or give this user the right to write there", dir, err)
	}
	return nil
}
