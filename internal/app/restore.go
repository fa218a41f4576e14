package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vestnik/device/whatsapp"
	"vestnik/gateway"
	"vestnik/internal/app/sealed"
	"vestnik/store"
)

// RestoreOptions is what a restore needs.
type RestoreOptions struct {
	DataDir    string
	File       string
	Passphrase string
	Log        *slog.Logger
	// Now is the clock; nil: time.Now.
	Now func() time.Time

	// afterStep is called after each step of the exchange; an error stops it there, as a
	// power cut would. For tests.
	afterStep func(step string) error
}

// RestoreReport is what a restore did.
type RestoreReport struct {
	MadeAt time.Time
	Held   int    // messages that wait for a person now
	Aside  string // folder with what was there before; empty when there was nothing
}

// Restore puts the data of a backup in the place of what is in the data folder, which
// is set aside whole and never deleted. Everything is read and looked through before
// the first change; a power cut at any moment leaves the old data or the new. Nobody
// may be using the folder. The error is a *gateway.BackupFault when a person can do
// something about it.
func Restore(ctx context.Context, o RestoreOptions) (r RestoreReport, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.File, err = filepath.Abs(o.File); err != nil {
		return r, err
	}
	if _, err := os.Stat(o.File); errors.Is(err, fs.ErrNotExist) {
		return r, &gateway.BackupFault{Problem: gateway.BackupNone, Path: o.File}
	}
	if o.DataDir, err = filepath.Abs(o.DataDir); err != nil {
		return r, err
	}
	if err := makeFolder(o.DataDir); err != nil {
		return r, err
	}
	lock, err := lockFolder(o.DataDir)
	if errors.Is(err, errFolderTaken) {
		return r, &gateway.BackupFault{Problem: gateway.BackupRunning, Path: o.DataDir}
	}
	if err != nil {
		return r, err
	}
	defer lock.Close()
	if err := finishRestore(o.DataDir, o.Log, o.afterStep); err != nil {
		var half *gateway.BackupFault
		if !errors.As(err, &half) || half.Problem != gateway.BackupHalf {
			return r, err
		}
		// What it was to bring is gone; this restore brings other data.
		o.Log.Warn("an earlier restore cannot be finished and is given up", "error", err)
		if err := os.Remove(filepath.Join(o.DataDir, markerName)); err != nil {
			return r, err
		}
	}
	scratch := filepath.Join(o.DataDir, incomingName)
	if err := os.RemoveAll(scratch); err != nil {
		return r, err
	}
	if err := os.Mkdir(scratch, 0o700); err != nil {
		return r, ioFault(o.DataDir, err)
	}
	// At once: the service takes away what a power cut leaves of it.
	if err := ownLike(o.DataDir, filepath.Join(o.DataDir, lockName), scratch); err != nil {
		return r, err
	}
	if o.afterStep != nil {
		if err := o.afterStep("folder " + incomingName + " made"); err != nil {
			return r, err
		}
	}
	m, held, err := readBackup(ctx, o.File, o.Passphrase, scratch)
	if err != nil {
		return r, errors.Join(err, os.RemoveAll(scratch))
	}
	r.MadeAt, r.Held = m.MadeAt, held
	ex := exchange{dir: o.DataDir, afterStep: o.afterStep}
	ex.Aside, ex.Members = asidePrefix+o.Now().UTC().Format("20060102-150405"), m.Names()
	if ex.empty() {
		ex.Aside = ""
	}
	var own []string
	for _, name := range m.Names() {
		own = append(own, filepath.Join(scratch, name))
	}
	if err := ownLike(o.DataDir, own...); err != nil {
		return r, err
	}
	if err := ex.begin(); err != nil {
		return r, ioFault(o.DataDir, err)
	}
	if ex.Aside != "" {
		r.Aside = filepath.Join(o.DataDir, ex.Aside)
	}
	return r, nil
}

// readBackup makes of a backup, in an empty folder, databases that are safe to work
// with, and leaves them on the disk, closed. held is how many messages wait for a
// person.
func readBackup(ctx context.Context, file, passphrase, dir string) (m sealed.Manifest, held int, err error) {
	f, err := os.Open(file)
	if err != nil {
		return m, 0, ioFault(file, err)
	}
	defer f.Close()
	plain, err := sealed.Open(f, passphrase)
	if err == nil {
		m, err = sealed.Unpack(ctx, plain, dir, func(bytes int64) error {
			return enoughRoom(dir, uint64(bytes)+uint64(bytes)/4+sealedExtra) // and the migrations' room
		})
	}
	if err != nil {
		return m, 0, named(file, err)
	}
	if held, err = wakeLedger(ctx, filepath.Join(dir, sealed.Ledger), m); err != nil {
		return m, 0, named(file, err)
	}
	if len(m.Members) > 1 {
		session := filepath.Join(dir, sealed.WhatsApp)
		if _, err := whatsapp.CheckFile(ctx, session); err != nil {
			return m, 0, &gateway.BackupFault{Problem: gateway.BackupBroken, Path: file, Err: err}
		}
		if err := whatsapp.Renew(ctx, session); err != nil {
			return m, 0, &gateway.BackupFault{Problem: gateway.BackupNewer, Path: file, Version: m.Product, Err: err}
		}
	}
	return m, held, syncAll(dir, m.Names())
}

// named puts the file's name into a fault that lacks one, and makes one of an error of
// the disk.
func named(file string, err error) error {
	var fault *gateway.BackupFault
	if !errors.As(err, &fault) {
		return ioFault(file, err)
	}
	// The disk's word beats that of the decoder, which only saw the stream end.
	var disk *gateway.BackupFault
	if errors.As(ioFault(file, fault.Err), &disk) && disk.Problem == gateway.BackupGone {
		return disk
	}
	if fault.Path == "" {
		fault.Path = file
	}
	return err
}

// wakeLedger looks a ledger through, brings it up to date, and holds what it would
// send.
func wakeLedger(ctx context.Context, path string, m sealed.Manifest) (held int, err error) {
	info, err := store.CheckFile(ctx, path)
	var bad *store.OpenError
	switch {
	case errors.As(err, &bad) && bad.Problem == store.ProblemNewer:
		return 0, &gateway.BackupFault{Problem: gateway.BackupNewer, Version: m.Product, Err: err}
	case errors.As(err, &bad):
		return 0, &gateway.BackupFault{Problem: gateway.BackupBroken, Err: err}
	case err != nil:
		return 0, err
	}
	for table, n := range m.Rows {
		if info.Rows[table] != n {
			return 0, &gateway.BackupFault{Problem: gateway.BackupDiffers, Err: fmt.Errorf("%s: %d rows, %d were there when it was made", table, info.Rows[table], n)}
		}
	}
	s, err := store.Open(ctx, store.Options{Path: path})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Check(ctx); err != nil {
		return 0, &gateway.BackupFault{Problem: gateway.BackupBroken, Err: err}
	}
	return s.HoldFromBackup(ctx, m.MadeAt)
}

// syncAll has closed databases on the disk whole, and takes away what else lies beside
// them: copies from before a migration, and empty side files.
func syncAll(dir string, names []string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := e.Info()
		if err != nil {
			return err
		}
		if !slices.Contains(names, e.Name()) {
			if info.Size() > 0 && filepath.Ext(path) == ".db-wal" {
				return fmt.Errorf("%s was not written back", path)
			}
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		err = f.Sync()
		_ = f.Close()
		if err != nil {
			return err
		}
	}
	return syncFolder(dir)
}
