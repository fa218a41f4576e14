package disk

import (
	"path"
	"syscall"
)

// Op is what a fault strikes.
type Op int

// Operations that can be made to fail.
const (
	// Sync is fsync and fdatasync, of files and folders.
	Sync Op = iota
	// Write is every write, also those of a file mapped into memory. What it should have
	// written is not there.
	Write
)

// Fault is an error that will happen.
type Fault struct {
	Op Op
	// Err is what the program is told, EIO or ENOSPC as a rule.
	Err syscall.Errno
	// Name is a pattern as of path.Match of the file's own name; empty: any file.
	Name string
	// Times is how often it strikes; 0 means once, less than 0 until ClearFaults.
	Times int
}

type fault struct {
	Fault
	struck int
}

// Inject arms a fault; the function it answers tells how often it struck up to now.
// Faults outlive cuts.
func (d *Disk) Inject(f Fault) (struck func() int) {
	armed := &fault{Fault: f}
	if armed.Times == 0 {
		armed.Times = 1
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = append(d.faults, armed)
	return func() int {
		d.mu.Lock()
		defer d.mu.Unlock()
		return armed.struck
	}
}

// ClearFaults disarms all.
func (d *Disk) ClearFaults() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = nil
}

// strikes answers the error of the first armed fault that fits, or 0.
func (d *Disk) strikes(op Op, n *inode) syscall.Errno {
	for _, f := range d.faults {
		if f.Op != op || f.Times == 0 || !n.named(f.Name) {
			continue
		}
		f.struck++
		if f.Times > 0 {
			f.Times--
		}
		return f.Err
	}
	return 0
}

func (n *inode) named(pattern string) bool {
	if pattern == "" {
		return true
	}
	for p := range n.seenAt {
		if ok, _ := path.Match(pattern, p.name); ok {
			return true
		}
	}
	return false
}

// Counters are what went over the disk since New.
type Counters struct {
	Writes int64 // write operations
	// BytesWritten is what programs wrote, BytesSynced what a disk had to write for their
	// syncs: whole pages of 4096.
	BytesWritten, BytesSynced int64
	Syncs                     int64 // fsync and fdatasync, also those that had nothing to do
	Cuts                      int64
}

// Counters answers a copy.
func (d *Disk) Counters() Counters {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counted
}
