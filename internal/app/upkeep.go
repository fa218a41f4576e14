package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/internal/app/sealed"
	"vestnik/store"
)

// upkeep makes the nightly backup and, once a week, restores the newest one into a
// scratch folder. It is one of the daemon's loops.
type upkeep struct {
	store   *store.Store
	live    *gateway.Live
	topics  *gateway.Topics
	log     *slog.Logger
	dir     string // the data folder
	version string
	now     func() time.Time
	work    int // of scrypt
	// clockHolds tells that the clock cannot be believed: no file is named or let go by it.
	clockHolds func() bool

	asked chan gateway.ChoreName

	tidied time.Time // when what nobody needs was taken away

	mu          sync.Mutex
	running     gateway.ChoreName
	done, total int64
}

func newUpkeep(s *store.Store, live *gateway.Live, topics *gateway.Topics, log *slog.Logger, dir, version string) *upkeep {
	return &upkeep{
		store: s, live: live, topics: topics, log: log, dir: dir, version: version, now: time.Now, work: sealed.Work,
		clockHolds: func() bool { return false }, asked: make(chan gateway.ChoreName, 1),
	}
}

// Timings of the upkeep.
const (
	upkeepLook      = time.Minute
	backupAgain     = time.Hour          // after one that failed
	rehearsalEvery  = 7 * 24 * time.Hour // of the newest backup
	rehearsalAgain  = 20 * time.Hour     // after one that failed: with the next night's backup
	backupLeastRest = 10 * time.Minute   // between two nightly ones when the hour is changed
	tidyEvery       = time.Hour
	fileRest        = 24 * time.Hour // how long a picture is kept that no mailing has
)

// Run works until ctx ends. A backup that cannot be made is a state that the pages
// show, not an error.
func (u *upkeep) Run(ctx context.Context) error {
	look := time.NewTimer(min(upkeepLook, 10*time.Second)) // the start has enough to do
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case what := <-u.asked:
			if err := u.do(ctx, what); err != nil {
				return err
			}
		case <-look.C:
			if err := u.pass(ctx); err != nil {
				return err
			}
			look.Reset(upkeepLook)
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

func (u *upkeep) pass(ctx context.Context) error {
	if !u.clockHolds() {
		u.tidy(ctx)
	}
	s := u.live.Now().Settings
	if s.Backup.Passphrase == "" || u.clockHolds() {
		return nil
	}
	chores, err := u.store.Chores(ctx)
	if err != nil {
		return err
	}
	if backupDue(chores[gateway.ChoreBackup], s, u.now()) {
		if err := u.do(ctx, gateway.ChoreBackup); err != nil || ctx.Err() != nil {
			return err
		}
	}
	if chores, err = u.store.Chores(ctx); err != nil {
		return err
	}
	if rehearsalDue(chores[gateway.ChoreBackup], chores[gateway.ChoreRehearsal], u.now()) {
		return u.do(ctx, gateway.ChoreRehearsal)
	}
	return nil
}

// tidy takes away uploaded lists and pictures that nobody needs, once an hour. What cannot be taken
// away now stays until the next time.
func (u *upkeep) tidy(ctx context.Context) {
	now := u.now()
	if since := now.Sub(u.tidied); since >= 0 && since < tidyEvery {
		return
	}
	u.tidied = now
	lists := uploadsIn(u.dir).sweep(now, func(id gateway.CampaignID) (campaign.Campaign, error) { return u.store.Campaign(ctx, id) })
	_, err := u.store.DropFiles(ctx, now.Add(-fileRest))
	if err := errors.Join(lists, err); err != nil && ctx.Err() == nil {
		u.log.Warn("what nobody needs was not taken away", "error", err)
	}
}

// nightOf is the last time, at or before now, when a nightly backup was to be made.
func nightOf(s gateway.Settings, now time.Time) time.Time {
	zone := s.Shop.Zone()
	local := now.In(zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), s.Backup.Hour, 0, 0, 0, zone)
	if at.After(now) {
		at = time.Date(local.Year(), local.Month(), local.Day()-1, s.Backup.Hour, 0, 0, 0, zone)
	}
	return at
}

func nextNight(s gateway.Settings, now time.Time) time.Time {
	last := nightOf(s, now).In(s.Shop.Zone())
	return time.Date(last.Year(), last.Month(), last.Day()+1, s.Backup.Hour, 0, 0, 0, s.Shop.Zone())
}

// backupDue tells whether the nightly backup is to be made now. A last one in the
// future was made while the clock was wrong and does not count.
func backupDue(last gateway.Chore, s gateway.Settings, now time.Time) bool {
	switch since := now.Sub(last.At); {
	case last.At.IsZero() || since < -24*time.Hour:
		return true
	case !last.OK:
		return since >= backupAgain
	default:
		return last.At.Before(nightOf(s, now)) && since >= backupLeastRest
	}
}

func rehearsalDue(backup, last gateway.Chore, now time.Time) bool {
	switch since := now.Sub(last.At); {
	case !backup.OK:
		return false
	case last.At.IsZero() || since < -24*time.Hour:
		return true
	case !last.OK:
		return since >= rehearsalAgain
	default:
		return since >= rehearsalEvery
	}
}

// do carries out a chore and keeps how it went.
func (u *upkeep) do(ctx context.Context, what gateway.ChoreName) error {
	u.begin(what)
	defer u.end()
	began := time.Now()
	var detail gateway.Args
	var err error
	if what == gateway.ChoreRehearsal {
		detail, err = u.rehearsal(ctx)
	} else {
		detail, err = u.backup(ctx)
	}
	if ctx.Err() != nil {
		return nil // the next start begins anew
	}
	c := gateway.Chore{Name: what, At: u.now(), OK: err == nil, Detail: detail}
	if err != nil {
		c.Detail = gateway.BackupFaultArgs(err)
		u.log.Error(string(what)+" failed", "error", err)
	} else {
		u.log.Info(string(what)+" done", "path", detail["path"], "took", time.Since(began).Round(time.Millisecond))
	}
	return u.store.SaveChore(ctx, c)
}

func (u *upkeep) begin(what gateway.ChoreName) {
	u.mu.Lock()
	u.running, u.done, u.total = what, 0, 0
	u.mu.Unlock()
	u.topics.Publish(gateway.TopicSettings)
}

func (u *upkeep) end() {
	u.mu.Lock()
	u.running = ""
	u.mu.Unlock()
	u.topics.Publish(gateway.TopicSettings)
}

// backup writes the next file into the folder and lets old ones go.
func (u *upkeep) backup(ctx context.Context) (gateway.Args, error) {
	s := u.live.Now().Settings
	if s.Backup.Passphrase == "" {
		return nil, &gateway.BackupFault{Problem: gateway.BackupOff}
	}
	dropScratch(u.dir, u.now(), os.RemoveAll, u.log) // a box may run for years between two starts
	folder := backupFolder(s.Backup, u.dir)
	if s.Backup.Folder == "" {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, ioFault(folder, err)
		}
	} // Another one is never made: it may be the place of a stick that is not plugged in.
	m := newBackupMaker(u.store, u.dir, u.version)
	m.now, m.work, m.inside = u.now, u.work, folder
	m.progress = func(done, total int64) {
		u.mu.Lock()
		u.done, u.total = done, total
		u.mu.Unlock()
	}
	path := filepath.Join(folder, backupName(u.now()))
	made, err := m.make(ctx, path, s.Backup.Passphrase)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, ioFault(path, err)
	}
	if u.clockHolds() {
		u.log.Warn("old backups stay: the clock cannot be believed")
	} else if err := sweep(folder, u.now(), s.Shop.Zone()); err != nil {
		u.log.Warn("old backups stay", "folder", folder, "error", err)
	}
	return gateway.Args{
		"path": path, "file": filepath.Base(path), "messages": strconv.FormatInt(made.Rows["message"], 10),
		"size_mb": strconv.FormatFloat(float64(info.Size())/(1<<20), 'f', 1, 64),
	}, nil
}

func (u *upkeep) rehearsal(ctx context.Context) (gateway.Args, error) {
	s := u.live.Now().Settings
	if s.Backup.Passphrase == "" {
		return nil, &gateway.BackupFault{Problem: gateway.BackupOff}
	}
	folder := backupFolder(s.Backup, u.dir)
	list, err := keptFiles(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, ioFault(folder, err)
	}
	if len(list) == 0 {
		return nil, &gateway.BackupFault{Problem: gateway.BackupNone, Path: folder}
	}
	return rehearse(ctx, u.dir, filepath.Join(folder, newestSound(list, u.now()).Name), s.Backup.Passphrase)
}

// BackupStatus implements webui.Backups.
func (u *upkeep) BackupStatus(ctx context.Context) (gateway.BackupStatus, error) {
	s := u.live.Now().Settings
	st := gateway.BackupStatus{On: s.Backup.Passphrase != "", Folder: backupFolder(s.Backup, u.dir), Hour: s.Backup.Hour}
	chores, err := u.store.Chores(ctx)
	if err != nil {
		return st, err
	}
	if c, ok := chores[gateway.ChoreBackup]; ok {
		st.Last = &c
	}
	if c, ok := chores[gateway.ChoreRehearsal]; ok {
		st.Rehearsed = &c
	}
	if st.On {
		st.Next = nextNight(s, u.now())
	}
	st.SameDisk = sameDisk(u.dir, st.Folder)
	list, err := keptFiles(st.Folder)
	for _, f := range list {
		st.Files = append(st.Files, gateway.BackupFile(f))
	}
	if err != nil && (s.Backup.Folder != "" || !errors.Is(err, os.ErrNotExist)) {
		errors.As(ioFault(st.Folder, err), &st.Unusable)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	st.Running, st.Done, st.Total = u.running, u.done, u.total
	return st, nil
}

// StartBackup implements webui.Backups: it begins a backup or a rehearsal at once.
func (u *upkeep) StartBackup(_ context.Context, what gateway.ChoreName) error {
	if u.live.Now().Settings.Backup.Passphrase == "" {
		return device.Errorf(device.Conflict, "backup", "no passphrase is set")
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.running != "" {
		return device.Errorf(device.Conflict, "backup", "%s is under way", u.running)
	}
	select {
	case u.asked <- what:
		u.running = what // at once, so that the page shows it
		return nil
	default:
		return device.Errorf(device.Conflict, "backup", "one is about to begin")
	}
}

// OpenBackup implements webui.Backups: one of the files that BackupStatus lists.
func (u *upkeep) OpenBackup(_ context.Context, name string) (io.ReadCloser, int64, error) {
	folder := backupFolder(u.live.Now().Settings.Backup, u.dir)
	list, err := keptFiles(folder)
	for _, f := range list {
		if f.Name == name {
			file, err := os.Open(filepath.Join(folder, f.Name))
			return file, f.Size, err
		}
	}
	return nil, 0, device.Errorf(device.NotFound, "backup", "no file %q: %w", name, errors.Join(err, fmt.Errorf("not in %s", folder)))
}
