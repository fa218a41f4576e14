package app

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vestnik/gateway"
	"vestnik/internal/app/sealed"
	"vestnik/webui"
)

// damage is a database that cannot be used: nothing works on it, and one page says
// so.
type damage struct {
	err error
	at  time.Time
}

// startDamaged keeps the process for its one page when the database is damaged already
// at the start; the file is left as it is.
func (a *App) startDamaged(err error) error {
	a.log.Error("the database is damaged", "error", err)
	a.stopSending()
	a.live = nil // it may have been read in part
	a.damage.Store(&damage{err: err, at: time.Now()})
	return nil
}

// runDamaged serves that page until ctx ends.
func (a *App) runDamaged(ctx context.Context, listener net.Listener) error {
	pages, err := webui.NewDamaged(webui.Options{
		Damage: a.damageShown, Logger: a.log, Version: a.opts.Version, AllowedHosts: a.opts.AllowedHosts, Demo: a.opts.Demo, DemoURL: a.opts.DemoURL,
	})
	if err != nil {
		return err
	}
	return pages.Serve(ctx, listener)
}

// damageShown is what the page says; nil while the database works.
func (a *App) damageShown() *webui.Damage {
	d := a.damage.Load()
	if d == nil {
		return nil
	}
	settings := gateway.DefaultSettings()
	if a.live != nil {
		settings = a.live.Now().Settings
	}
	shown := &webui.Damage{At: d.at, DataDir: a.opts.DataDir, Language: settings.Shop.Language}
	shown.Backup, shown.BackupAt = newestBackup(backupFolder(settings.Backup, a.opts.DataDir))
	return shown
}

// newestBackup is the file in the folder of backups that was written last; "" when
// there is none.
func newestBackup(folder string) (path string, at time.Time) {
	list, err := os.ReadDir(folder)
	if err != nil {
		return "", at
	}
	for _, e := range list {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(e.Name(), ".partial") {
			continue
		}
		if name := filepath.Join(folder, e.Name()); (path == "" || info.ModTime().After(at)) && looksSealed(name) {
			path, at = name, info.ModTime()
		}
	}
	return path, at
}

// looksSealed tells whether a file begins like a backup: other things may lie beside.
func looksSealed(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, len(sealed.Magic))
	_, err = io.ReadFull(f, start)
	return err == nil && string(start) == sealed.Magic
}
