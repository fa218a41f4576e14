package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
)

func TestRoomOnTheDisk(t *testing.T) {
	t.Parallel()
	const gb = 1 << 30
	for name, c := range map[string]struct {
		disk device.Disk
		want gateway.DiskState
	}{
		"not known":                   {device.Disk{}, gateway.DiskUnknown},
		"a card with room":            {device.Disk{Known: true, Total: 16 * gb, Free: 4 * gb, InodesFree: -1}, gateway.DiskFine},
		"a tenth of a card":           {device.Disk{Known: true, Total: 16 * gb, Free: gb, InodesFree: -1}, gateway.DiskLow},
		"a twentieth of a large disk": {device.Disk{Known: true, Total: 1000 * gb, Free: 50 * gb, InodesFree: 5000}, gateway.DiskFine},
		"less than 200 MB":            {device.Disk{Known: true, Total: 1000 * gb, Free: 150 << 20, InodesFree: -1}, gateway.DiskLow},
		"no room for files":           {device.Disk{Known: true, Total: 16 * gb, Free: 8 * gb, InodesFree: 3}, gateway.DiskLow},
		"full":                        {device.Disk{Known: true, Total: 16 * gb, Free: 1 << 20, InodesFree: -1}, gateway.DiskFull},
		"read-only":                   {device.Disk{Known: true, Total: 16 * gb, Free: 8 * gb, InodesFree: -1, ReadOnly: true}, gateway.DiskReadOnly},
	} {
		if got := (&diskGuard{}).judge(c.disk); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestTheBallastGoesAndComesBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	free := int64(100 << 20)
	told := 0
	look := func() device.Disk {
		f := free
		if _, err := os.Stat(filepath.Join(dir, ballastName)); err == nil {
			f -= ballastSize
		}
		return device.Disk{Known: true, Total: 500 << 20, Free: f, InodesFree: -1}
	}
	d := newDiskGuard(dir, look, slog.New(slog.DiscardHandler), func() { told++ })
	step := func(room int64, state gateway.DiskState, ballast int64) {
		t.Helper()
		free = room
		d.pass()
		info, err := os.Stat(filepath.Join(dir, ballastName))
		size := int64(0)
		if err == nil {
			size = info.Size()
		}
		if d.State() != state || d.Ballast() != ballast || size != ballast {
			t.Errorf("with %d MB: %s, ballast %d (the file: %d); want %s, %d", room>>20, d.State(), d.Ballast(), size, state, ballast)
		}
	}
	step(100<<20, gateway.DiskLow, ballastSize)
	step(19<<20, gateway.DiskReserve, 0) // 3 MB were left
	step(10<<20, gateway.DiskReserve, 0)
	step(1<<20, gateway.DiskFull, 0)
	step(50<<20, gateway.DiskReserve, 0) // not enough to make it again
	step(400<<20, gateway.DiskFine, ballastSize)
	if told != 4 {
		t.Errorf("told %d times", told)
	}
	again := newDiskGuard(dir, look, slog.New(slog.DiscardHandler), func() {})
	if again.Ballast() != ballastSize {
		t.Error("the next start does not know the ballast")
	}
}
