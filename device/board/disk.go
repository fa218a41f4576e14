package board

import (
	"io/fs"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"vestnik/device"
)

// Statfs is the part of statfs(2) that is looked at. Sizes are bytes.
type Statfs struct {
	Total, Free        int64
	Inodes, InodesFree int64
	ReadOnly           bool
}

// Disk looks at the disk of the data folder and at what the folder itself takes.
func (b *Board) Disk() device.Disk {
	if b.o.DataDir == "" {
		return device.Disk{}
	}
	s, err := b.o.Statfs(b.o.DataDir)
	if err != nil {
		return device.Disk{}
	}
	d := device.Disk{Known: true, Total: s.Total, Free: s.Free, ReadOnly: s.ReadOnly, InodesFree: s.InodesFree}
	if s.Inodes == 0 {
		d.InodesFree = -1 // btrfs and others make them as needed
	}
	_ = filepath.WalkDir(b.o.DataDir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil // a file that went away meanwhile, or one we may not see
		}
		info, err := e.Info()
		if err != nil {
			return nil
		}
		d.Files++
		d.Used += info.Size()
		if b.o.Database != "" && strings.HasPrefix(e.Name(), b.o.Database) {
			switch strings.TrimPrefix(e.Name(), b.o.Database) {
			case "", "-wal", "-shm":
				d.Database += info.Size()
			}
		}
		return nil
	})
	return d
}

// Free looks at the disk alone, without walking over the folder.
func (b *Board) Free() device.Disk {
	s, err := b.o.Statfs(b.o.DataDir)
	if b.o.DataDir == "" || err != nil {
		return device.Disk{}
	}
	return device.Disk{Known: true, Total: s.Total, Free: s.Free, ReadOnly: s.ReadOnly, InodesFree: s.InodesFree}
}

func statfs(dir string) (Statfs, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return Statfs{}, err
	}
	block := int64(s.Bsize)
	return Statfs{
		Total: int64(s.Blocks) * block, Free: int64(s.Bavail) * block,
		Inodes: int64(s.Files), InodesFree: int64(s.Ffree), ReadOnly: s.Flags&unix.ST_RDONLY != 0,
	}, nil
}
