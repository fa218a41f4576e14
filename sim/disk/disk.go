package disk

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Options is a disk to make.
type Options struct {
	// Mount is the folder where it appears; it is made when it is missing.
	Mount string
	// Scratch is a folder for the contents, outside of Mount; New makes a fresh one inside
	// of it and Close removes that.
	Scratch string
	// SyncDelay is how long an fsync with something to write takes: 10 ms is a decent
	// memory card, 30 ms a poor one; 0: at once.
	SyncDelay time.Duration
	// Capacity is the size in bytes, counted by the sizes of the files; 0: as the scratch
	// folder has room.
	Capacity int64
	// Seed is that of the cuts' chance.
	Seed uint64
}

// Disk is a mounted disk. It is safe for use by several goroutines.
type Disk struct {
	mount   string
	scratch string

	card sync.Mutex // held while a sync takes its time: a card does one thing at a time

	mu       sync.Mutex
	power    *mounting // nil: cut
	root     *inode
	inodes   map[uint64]*inode
	last     uint64 // number of the newest inode
	changes  uint64 // of names
	delay    time.Duration
	capacity int64
	chance   *rand.Rand
	faults   []*fault
	counted  Counters
}

// ErrUnavailable is wrapped by the error of New where no such disk can be mounted.
var ErrUnavailable = errors.New("a disk whose plug can be pulled needs /dev/fuse and the right to mount, as root has")

// New makes an empty disk and mounts it. It needs /dev/fuse and the right to mount;
// else the error is ErrUnavailable and says which is missing.
func New(opt Options) (*Disk, error) {
	mount, err := filepath.Abs(opt.Mount)
	if err != nil {
		return nil, err
	}
	detach(mount) // what a killed run left: nothing can be made in it
	for _, dir := range []string{mount, opt.Scratch} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("disk: %w", err)
		}
	}
	scratch, err := os.MkdirTemp(opt.Scratch, "disk-")
	if err != nil {
		return nil, fmt.Errorf("disk: %w", err)
	}
	d := &Disk{
		mount: mount, scratch: scratch, delay: opt.SyncDelay, capacity: opt.Capacity,
		inodes: map[uint64]*inode{}, chance: rand.New(rand.NewPCG(opt.Seed, 0)),
	}
	d.root = d.newInode(syscall.S_IFDIR | 0o700)
	if err := d.PowerOn(); err != nil {
		_ = os.RemoveAll(scratch) // the error of the mount is the one to tell
		return nil, err
	}
	return d, nil
}

// Path is the folder where the disk appears.
func (d *Disk) Path() string { return d.mount }

// SetSyncDelay changes Options.SyncDelay.
func (d *Disk) SetSyncDelay(delay time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.delay = delay
}

// Mode is how much of the unsynced data a cut leaves.
type Mode int

// Modes of a cut.
const (
	LoseAll  Mode = iota // nothing of it
	KeepSome             // each page by chance
	Tear                 // as KeepSome, and some pages up to a sector of them
)

// String answers the mode's name.
func (m Mode) String() string {
	return [...]string{"lose all", "keep some", "tear"}[m]
}

// Loss is what a cut took.
type Loss struct {
	Pages int // that went back
	Names int // creations, renames and removals that went back
}

// ErrNoPower is a Cut of a disk that was cut already.
var ErrNoPower = errors.New("disk: no power")

// Cut takes the power away. From here on every file and folder that is open, and the
// folder itself, answers EIO, until PowerOn mounts it anew; handles from before answer
// EIO for ever.
func (d *Disk) Cut(mode Mode) (Loss, error) {
	d.mu.Lock()
	m := d.power
	if m == nil {
		d.mu.Unlock()
		return Loss{}, ErrNoPower
	}
	d.power = nil
	d.counted.Cuts++
	loss, err := d.rollBack(mode)
	d.mu.Unlock()
	m.forget()
	return loss, err
}

func (d *Disk) rollBack(mode Mode) (loss Loss, err error) {
	unkept := d.unkept()
	arrived := 0
	if mode != LoseAll {
		arrived = d.chance.IntN(len(unkept) + 1)
	}
	done := map[*inode]bool{}
	for _, n := range unkept[:arrived] {
		keepNames(n, done)
	}
	loss.Names = len(unkept) - arrived
	d.forgetNames()
	for number, n := range d.inodes {
		n.opens = 0
		if !d.reachable(n) {
			err = errors.Join(err, d.remove(number))
			continue
		}
		if n.data != nil {
			pages, failed := n.data.cut(mode, d.chance)
			loss.Pages += pages
			err = errors.Join(err, failed)
		}
	}
	return loss, err
}

// PowerOn mounts the disk again after a Cut, as a start of the box would. What the
// platter holds is then as if synced.
func (d *Disk) PowerOn() error {
	d.mu.Lock()
	on := d.power != nil
	d.mu.Unlock()
	if on {
		return nil
	}
	detach(d.mount)
	m, err := d.mountNew()
	if err != nil {
		return fmt.Errorf("disk at %s: %w", d.mount, err)
	}
	d.mu.Lock()
	d.power = m
	d.mu.Unlock()
	return m.ready()
}

// Close unmounts, also when files are still open, which then answer EIO, and removes
// the contents.
func (d *Disk) Close() error {
	d.mu.Lock()
	d.power = nil
	var err error
	for number := range d.inodes {
		err = errors.Join(err, d.remove(number))
	}
	d.mu.Unlock()
	detach(d.mount)
	return errors.Join(err, os.RemoveAll(d.scratch))
}

// newInode makes a file, folder or link without a name; mode as of stat(2).
func (d *Disk) newInode(mode uint32) *inode {
	d.last++
	n := &inode{number: d.last, seenAt: map[place]bool{}, keptAt: map[place]bool{}}
	now := time.Now()
	n.attr = attributes{mode: mode, accessed: now, modified: now, changed: now}
	if mode&syscall.S_IFMT == syscall.S_IFDIR {
		n.seen, n.kept = map[string]*inode{}, map[string]*inode{}
	}
	d.inodes[n.number] = n
	return n
}

// newFile is newInode with room for data.
func (d *Disk) newFile(mode uint32) (*inode, error) {
	n := d.newInode(mode)
	data, err := newContent(filepath.Join(d.scratch, fmt.Sprint(n.number)))
	if err != nil {
		delete(d.inodes, n.number)
		return nil, err
	}
	n.data = data
	return n, nil
}

// settle removes an inode that nobody can reach any more.
func (d *Disk) settle(n *inode) {
	if n.opens == 0 && !d.reachable(n) {
		_ = d.remove(n.number) // an object left over is removed with the scratch folder
	}
}

func (d *Disk) reachable(n *inode) bool {
	return n == d.root || len(n.seenAt) > 0 || len(n.keptAt) > 0
}

func (d *Disk) remove(number uint64) error {
	n := d.inodes[number]
	delete(d.inodes, number)
	if n.data == nil {
		return nil
	}
	return errors.Join(n.data.object.Close(), os.Remove(n.data.object.Name()))
}

// used is the sum of the sizes of what exists, in bytes.
func (d *Disk) used() (sum int64) {
	for _, n := range d.inodes {
		if n.data != nil {
			sum += n.data.size
		}
	}
	return sum
}

// room answers whether a file may grow by n bytes.
func (d *Disk) room(n int64) bool {
	return n <= 0 || d.capacity == 0 || d.used()+n <= d.capacity
}
