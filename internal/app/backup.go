package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"vestnik/device"
	"vestnik/device/whatsapp"
	"vestnik/gateway"
	"vestnik/internal/app/sealed"
	"vestnik/store"
)

// backupMaker makes backups of a data folder while work goes on in it.
type backupMaker struct {
	store   *store.Store
	dir     string // the data folder
	version string
	now     func() time.Time
	work    int // of scrypt; see sealed.Work
	// progress hears how much of the file is written, in bytes; it must not block.
	progress func(done, total int64)
	// inside allows a file in this folder of the data folder; empty: none.
	inside string
}

func newBackupMaker(s *store.Store, dir, version string) *backupMaker {
	return &backupMaker{store: s, dir: dir, version: version, now: time.Now, work: sealed.Work, progress: func(_, _ int64) {}}
}

// Backup makes a backup of the data folder as a verb, beside a daemon that may be
// running. The error is a *gateway.BackupFault.
func (b *Book) Backup(ctx context.Context, path, passphrase, version string) (sealed.Manifest, error) {
	settings, err := b.Settings(ctx)
	if err != nil {
		return sealed.Manifest{}, err
	}
	m := newBackupMaker(b.Store, b.dir, version)
	m.inside = backupFolder(settings.Backup, b.dir)
	return m.make(ctx, path, passphrase)
}

// backupFolder is where backups are kept.
func backupFolder(s gateway.BackupSettings, dir string) string {
	if s.Folder != "" {
		return s.Folder
	}
	return filepath.Join(dir, "backups")
}

// checkBackupFolder refuses a folder among the data, which a restore would set aside with
// them; only the default one stays. The error is gateway.FieldErrors.
func checkBackupFolder(s gateway.BackupSettings, dir string) error {
	data, err := filepath.Abs(dir)
	if err != nil || s.Folder == "" {
		return err
	}
	rel, err := filepath.Rel(data, filepath.Clean(s.Folder))
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") || rel == "backups" {
		return err
	}
	return gateway.FieldErrors{"backup.folder": gateway.ProblemInsideData}
}

// SaveSettings refuses what only the data folder can tell to be wrong.
func (b *Book) SaveSettings(ctx context.Context, s gateway.Settings, by string) error {
	if err := checkBackupFolder(s.Backup, b.dir); err != nil {
		return err
	}
	return b.Store.SaveSettings(ctx, s, by)
}

// make writes a backup to a path where nothing is yet. Under that name there is either
// the whole file, on the disk, or nothing. The copies it is made of lie in the data folder
// meanwhile: in the open they must not come near a stick.
func (b *backupMaker) make(ctx context.Context, path, passphrase string) (m sealed.Manifest, err error) {
	if len([]rune(passphrase)) < gateway.MinPassphrase {
		return m, &gateway.BackupFault{Problem: gateway.BackupWeak}
	}
	if path, err = filepath.Abs(path); err != nil {
		return m, err
	}
	if err := b.mayWrite(path); err != nil {
		return m, err
	}
	scratch, err := makeScratch(b.dir)
	if err != nil {
		return m, ioFault(b.dir, err)
	}
	defer os.RemoveAll(scratch)
	if m, err = b.collect(ctx, scratch); err != nil {
		return m, err
	}
	if err := enoughRoom(filepath.Dir(path), uint64(m.Size())+sealedExtra); err != nil {
		return m, err
	}
	if err := b.write(ctx, scratch, path, passphrase, m); err != nil {
		return m, ioFault(path, err)
	}
	return m, nil
}

const (
	// scratchPrefix begins the name of a folder for plain copies inside the data folder.
	scratchPrefix = "scratch-"
	// sealedExtra is more than the manifest, the tar's headers and the encryption add to
	// the members in bytes, apart from 16 in 64 Ki.
	sealedExtra = 2 << 20
)

// mayWrite looks at everything that can be known before the work.
func (b *backupMaker) mayWrite(path string) error {
	folder := filepath.Dir(path)
	if _, err := os.Stat(folder); err != nil {
		return ioFault(folder, err)
	}
	if _, err := os.Lstat(path); err == nil {
		return &gateway.BackupFault{Problem: gateway.BackupExists, Path: path}
	}
	if isInside(folder, b.dir) && (b.inside == "" || !isInside(folder, b.inside)) {
		return &gateway.BackupFault{Problem: gateway.BackupInside, Path: path}
	}
	need := b.plainSize()
	if sameDisk(b.dir, folder) {
		return enoughRoom(b.dir, 2*need+spareRoom)
	}
	if err := enoughRoom(b.dir, need+spareRoom); err != nil {
		return err
	}
	return enoughRoom(folder, need)
}

// spareRoom is what a backup leaves of the data folder's disk in bytes, so that the
// box's own work is not short of it.
const spareRoom = 256 << 20

// plainSize is at least what the copies take, in bytes.
func (b *backupMaker) plainSize() (sum uint64) {
	for _, name := range []string{sealed.Ledger, sealed.WhatsApp} {
		for _, tail := range []string{"", "-wal"} {
			if info, err := os.Stat(filepath.Join(b.dir, name+tail)); err == nil {
				sum += uint64(info.Size())
			}
		}
	}
	return sum
}

func isInside(path, folder string) bool {
	path, folder = realPath(path), realPath(folder)
	return path == folder || strings.HasPrefix(path, folder+string(filepath.Separator))
}

func realPath(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// sameDisk tells whether two folders lie on one device; true when that is not known.
func sameDisk(a, b string) bool {
	var sa, sb unix.Stat_t
	if unix.Stat(a, &sa) != nil || unix.Stat(b, &sb) != nil {
		return true
	}
	return sa.Dev == sb.Dev
}

func enoughRoom(dir string, need uint64) error {
	free, err := freeSpace(dir)
	if err != nil {
		return ioFault(dir, err)
	}
	if free < need {
		return &gateway.BackupFault{Problem: gateway.BackupNoRoom, Path: dir, Need: need, Free: free}
	}
	return nil
}

// collect copies the databases into scratch and looks each copy through.
func (b *backupMaker) collect(ctx context.Context, scratch string) (sealed.Manifest, error) {
	m := sealed.Manifest{Format: sealed.Format, Product: b.version, MadeAt: b.now().UTC().Truncate(time.Second), Box: box}
	ledger := filepath.Join(scratch, sealed.Ledger)
	if err := b.store.Backup(ctx, ledger); err != nil {
		return m, ioFault(b.dir, err)
	}
	info, err := store.CheckFile(ctx, ledger)
	if err != nil {
		return m, &gateway.BackupFault{Problem: gateway.BackupDamaged, Path: filepath.Join(b.dir, sealed.Ledger), Err: err}
	}
	m.Rows = info.Rows
	if err := m.Add(scratch, sealed.Ledger, info.Schema); err != nil {
		return m, ioFault(b.dir, err)
	}
	session := filepath.Join(scratch, sealed.WhatsApp)
	_, err = whatsapp.Copy(ctx, filepath.Join(b.dir, sealed.WhatsApp), session)
	if device.KindOf(err) == device.NotFound {
		return m, nil // the box never ran
	}
	if err != nil {
		return m, ioFault(b.dir, err)
	}
	schema, err := whatsapp.CheckFile(ctx, session)
	if err != nil {
		return m, &gateway.BackupFault{Problem: gateway.BackupDamaged, Path: filepath.Join(b.dir, sealed.WhatsApp), Err: err}
	}
	return m, ioFault(b.dir, m.Add(scratch, sealed.WhatsApp, schema))
}

// write makes the file under another name first.
func (b *backupMaker) write(ctx context.Context, scratch, path, passphrase string, m sealed.Manifest) (err error) {
	partial := path + ".partial"
	f, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(partial)
		}
	}()
	if err := sealed.Pack(ctx, f, passphrase, b.work, scratch, m, b.progress); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil { // somebody was quicker
		return fs.ErrExist
	}
	if err := os.Rename(partial, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder has the names in a folder on the disk. Some file systems of sticks cannot
// be asked that; they write names at once.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	return nil
}

// ioFault turns an error about a path into what a person can do something about.
func ioFault(path string, err error) error {
	var fault *gateway.BackupFault
	if err == nil || errors.As(err, &fault) {
		return err
	}
	fault = &gateway.BackupFault{Problem: gateway.BackupFailed, Path: path, Err: err}
	is := func(codes ...error) bool {
		for _, code := range codes {
			if errors.Is(err, code) {
				return true
			}
		}
		return false
	}
	var e *device.Error
	sqlite := ""
	if errors.As(err, &e) {
		sqlite = e.Code
	}
	switch {
	case is(context.Canceled, context.DeadlineExceeded):
		fault.Problem = gateway.BackupDisturbed
	case is(unix.ENOSPC, unix.EDQUOT) || sqlite == "SQLITE_FULL":
		fault.Problem = gateway.BackupNoRoom
	case is(fs.ErrExist):
		fault.Problem = gateway.BackupExists
	case is(unix.EACCES, unix.EPERM, unix.EROFS):
		fault.Problem = gateway.BackupNoRight
	case is(unix.EIO, unix.ENODEV, unix.ENXIO, unix.ENOTCONN, unix.ESTALE, unix.EREMOTEIO) || strings.HasPrefix(sqlite, "SQLITE_IOERR"):
		fault.Problem = gateway.BackupGone
	case is(unix.ENOENT, unix.ENOTDIR):
		fault.Problem = gateway.BackupNoFolder
	case sqlite == "SQLITE_CORRUPT" || sqlite == "SQLITE_NOTADB":
		fault.Problem = gateway.BackupDamaged
	}
	return fault
}

// makeScratch makes a folder for plain copies. It is the data folder's owner's from the
// first: root's, left by a power cut, he could not take away.
func makeScratch(dir string) (string, error) {
	scratch, err := os.MkdirTemp(dir, scratchPrefix)
	if err != nil {
		return "", err
	}
	if err := ownLike(dir, scratch); err != nil {
		return "", errors.Join(err, os.Remove(scratch))
	}
	return scratch, nil
}

// dropScratch takes away plain copies that a power cut left in the data folder. One
// that stays takes room, and is no reason not to work.
func dropScratch(dir string, now time.Time, removeAll func(string) error, log *slog.Logger) {
	left, err := filepath.Glob(filepath.Join(dir, scratchPrefix+"*"))
	for _, name := range left {
		// A young one may be the work of a verb beside this process.
		if info, err := os.Stat(name); err == nil && now.Sub(info.ModTime()) > 12*time.Hour {
			if err := removeAll(name); err != nil {
				log.Warn("an old copy cannot be removed: remove it by hand", "folder", name, "error", err)
			}
		}
	}
	if err != nil {
		log.Warn("old copies cannot be looked for", "folder", dir, "error", err)
	}
}

// settleFolder puts a data folder in order that an earlier process may have left in
// the middle of a restore or a backup. The caller holds the folder's lock.
func settleFolder(dir string, log *slog.Logger) error {
	if err := finishRestore(dir, log, nil); err != nil {
		return err
	}
	dropScratch(dir, time.Now(), os.RemoveAll, log)
	return nil
}
