package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"vestnik/gateway"
	"vestnik/internal/app/sealed"
)

// The exchange of a restore, inside the data folder, so that every step is a rename on
// one file system:
//
//	restoring/              the new databases, whole and on the disk
//	restore-under-way.json  from here on the exchange goes to its end, whoever is next
//	                        to start: serve or another restore
//	before-restore-DATE/    everything that was there, moved entry by entry
//
// In the phase "aside" only old entries lie in the folder, in the phase "in" only new
// ones; the phases are parted by a sync. So each step can be done again after a power cut.
const (
	incomingName = "restoring"
	markerName   = "restore-under-way.json"
	asidePrefix  = "before-restore-"
)

// exchange is what the marker says.
type exchange struct {
	Phase   phase    `json:"phase"`
	Aside   string   `json:"aside"` // empty: there was nothing to set aside
	Members []string `json:"members"`

	dir       string
	afterStep func(string) error
}

type phase string

const (
	phaseAside phase = "aside"
	phaseIn    phase = "in"
)

// stays tells what an exchange leaves where it is: its own things, the lock, the
// backups, and what earlier restores set aside.
func stays(name string) bool {
	return name == incomingName || name == markerName || name == markerName+".partial" || name == lockName || name == ballastName ||
		name == "backups" || name == "lost+found" || strings.HasPrefix(name, asidePrefix) || strings.HasPrefix(name, scratchPrefix)
}

// entries are the names of what is to be set aside.
func (x *exchange) entries() ([]string, error) {
	list, err := os.ReadDir(x.dir)
	var names []string
	for _, e := range list {
		if !stays(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, err
}

func (x *exchange) empty() bool {
	names, err := x.entries()
	return err == nil && len(names) == 0
}

func (x *exchange) step(format string, args ...any) error {
	if x.afterStep == nil {
		return nil
	}
	return x.afterStep(fmt.Sprintf(format, args...))
}

// begin makes the exchange certain and carries it out.
func (x *exchange) begin() error {
	if err := x.mark(phaseAside); err != nil {
		return err
	}
	return x.finish()
}

// mark writes the marker, durably.
func (x *exchange) mark(p phase) error {
	x.Phase = p
	text, err := json.Marshal(x)
	if err != nil {
		return err
	}
	path := filepath.Join(x.dir, markerName)
	f, err := os.OpenFile(path+".partial", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := x.step("marker %s written", p); err != nil {
		return err
	}
	if err := ownLike(x.dir, path+".partial"); err != nil {
		return err
	}
	if err := os.Rename(path+".partial", path); err != nil {
		return err
	}
	if err := syncFolder(x.dir); err != nil {
		return err
	}
	return x.step("marker %s in place", p)
}

// finish goes on from where the marker says.
func (x *exchange) finish() error {
	if x.Phase == phaseAside {
		if err := x.setAside(); err != nil {
			return err
		}
		if err := x.mark(phaseIn); err != nil {
			return err
		}
	}
	incoming := filepath.Join(x.dir, incomingName)
	for _, name := range x.Members {
		err := os.Rename(filepath.Join(incoming, name), filepath.Join(x.dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			// Brought in already, or lost.
			if _, err := os.Stat(filepath.Join(x.dir, name)); err != nil {
				return &gateway.BackupFault{Problem: gateway.BackupHalf, Path: x.dir, Err: err}
			}
			continue
		}
		if err != nil {
			return err
		}
		if err := x.step("%s brought in", name); err != nil {
			return err
		}
	}
	for _, dir := range []string{incoming, x.dir} {
		if err := syncFolder(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.RemoveAll(incoming); err != nil {
		return err
	}
	if err := x.step("scratch removed"); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(x.dir, markerName)); err != nil {
		return err
	}
	return syncFolder(x.dir)
}

// setAside moves everything that was there into a folder of its own.
func (x *exchange) setAside() error {
	names, err := x.entries()
	if err != nil || x.Aside == "" {
		return err
	}
	aside := filepath.Join(x.dir, x.Aside)
	if err := os.Mkdir(aside, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := ownLike(x.dir, aside); err != nil {
		return err
	}
	if err := x.step("folder %s made", asidePrefix); err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Rename(filepath.Join(x.dir, name), filepath.Join(aside, name)); err != nil {
			return err
		}
		if err := x.step("%s set aside", name); err != nil {
			return err
		}
	}
	if err := syncFolder(aside); err != nil {
		return err
	}
	return syncFolder(x.dir)
}

// underWay tells whether a restore was cut short in a data folder.
func underWay(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, markerName))
	return err == nil
}

// finishRestore carries a restore that was cut short to its end, or clears away one
// that had not become certain. The caller holds the folder's lock.
func finishRestore(dir string, log *slog.Logger, afterStep func(string) error) error {
	text, err := os.ReadFile(filepath.Join(dir, markerName))
	if errors.Is(err, fs.ErrNotExist) {
		return errors.Join(os.RemoveAll(filepath.Join(dir, incomingName)), remove(filepath.Join(dir, markerName+".partial")))
	}
	if err != nil {
		return err
	}
	x := exchange{dir: dir, afterStep: afterStep}
	if err := json.Unmarshal(text, &x); err != nil || x.Phase != phaseAside && x.Phase != phaseIn ||
		!strings.HasPrefix(x.Aside, asidePrefix) && x.Aside != "" || strings.ContainsRune(x.Aside, filepath.Separator) ||
		slices.ContainsFunc(x.Members, func(n string) bool { return n != sealed.Ledger && n != sealed.WhatsApp }) {
		return &gateway.BackupFault{Problem: gateway.BackupHalf, Path: dir, Err: fmt.Errorf("%s cannot be read: %w", markerName, err)}
	}
	log.Warn("a restore that was cut short is finished now", "folder", dir, "phase", x.Phase)
	return x.finish()
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// ownLike gives files and folders to the owner of another one, when this process may:
// a restore by root must leave what the service can open.
func ownLike(like string, paths ...string) error {
	info, err := os.Stat(like)
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	for _, path := range paths {
		if err := os.Lchown(path, int(st.Uid), int(st.Gid)); err != nil {
			return err
		}
	}
	return nil
}
