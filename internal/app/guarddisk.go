package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"vestnik/device"
	"vestnik/gateway"
)

// Room on the disk, in bytes.
const (
	// ballastSize is what is given up when the disk is full: room for some two hundred orders.
	ballastSize = 16 << 20
	// ballastRoom is what must be free before the ballast is made (again).
	ballastRoom = 4 * ballastSize
	// fullBelow is where the disk counts as full: a commit and its log need less.
	fullBelow = 4 << 20
	// lowBelow is where new mailings are refused; lowPart is the same as a part of a
	// small disk. Ten per cent of a large one is room for years.
	lowBelow  = 200 << 20
	lowPart   = 10 // per cent …
	lowPartOf = 20 << 30
	lowFiles  = 200 // files that may still be made
)

// diskLook is how often the disk is looked at; statfs reads no disk.
const diskLook = 5 * time.Second

const ballastName = "ballast"

// diskGuard watches the room on the data folder's disk and keeps a ballast there: on a
// full disk SQLite cannot even delete (measured), so room must come from elsewhere.
type diskGuard struct {
	path    string // of the ballast
	look    func() device.Disk
	log     *slog.Logger
	changed func()
	kick    chan struct{}

	mu      sync.Mutex
	state   gateway.DiskState
	ballast int64
	given   bool // up, and not made again yet
}

func newDiskGuard(dir string, look func() device.Disk, log *slog.Logger, changed func()) *diskGuard {
	d := &diskGuard{path: filepath.Join(dir, ballastName), look: look, log: log, changed: changed, kick: make(chan struct{}, 1)}
	if info, err := os.Stat(d.path); err == nil {
		d.ballast = info.Size()
	}
	d.state = d.judge(look())
	return d
}

// State is how much room there was at the last look.
func (d *diskGuard) State() gateway.DiskState {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state
}

// Ballast is its size in bytes; 0 while there is none.
func (d *diskGuard) Ballast() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ballast
}

// Look makes the loop look now: something could not be written.
func (d *diskGuard) Look() {
	select {
	case d.kick <- struct{}{}:
	default:
	}
}

// Run looks until ctx ends.
func (d *diskGuard) Run(ctx context.Context) error {
	tick := time.NewTicker(diskLook)
	defer tick.Stop()
	for {
		d.pass()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-d.kick:
		}
	}
}

// judge is called with the lock held, or before anybody else has the guard.
func (d *diskGuard) judge(s device.Disk) gateway.DiskState {
	switch {
	case !s.Known:
		return gateway.DiskUnknown
	case s.ReadOnly:
		return gateway.DiskReadOnly
	case s.Free < fullBelow:
		return gateway.DiskFull
	case d.given:
		return gateway.DiskReserve
	case s.InodesFree >= 0 && s.InodesFree < lowFiles, s.Free < lowBelow || s.Free < s.Total/lowPart && s.Total < lowPartOf:
		return gateway.DiskLow
	}
	return gateway.DiskFine
}

func (d *diskGuard) pass() {
	s := d.look()
	d.mu.Lock()
	before := d.state
	switch {
	case !s.Known || s.ReadOnly:
	case s.Free < fullBelow && d.ballast > 0:
		if err := os.Remove(d.path); err != nil {
			d.log.Error("the ballast cannot be given up", "error", err)
			break
		}
		d.log.Warn("the disk is full: the ballast was given up", "bytes", d.ballast)
		d.ballast, d.given = 0, true
		s = d.look()
	case d.ballast == 0 && s.Free >= ballastRoom:
		if err := makeBallast(d.path, ballastSize); err != nil {
			d.log.Warn("the ballast cannot be made", "error", err)
			break
		}
		d.ballast, d.given = ballastSize, false
		s = d.look()
	}
	d.state = d.judge(s)
	after := d.state
	d.mu.Unlock()
	if before == after {
		return
	}
	d.log.Info("room on the disk", "state", after, "free", s.Free)
	d.changed()
}

// makeBallast takes room on the disk for good: a file with holes would take none.
func makeBallast(path string, size int64) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	err = unix.Fallocate(int(f.Fd()), 0, 0, size)
	if !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	// Some file systems cannot; there the room is written.
	_, err = io.CopyN(f, zeros{}, size)
	return err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
