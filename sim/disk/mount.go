package disk

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// mounting is one time between power on and cut.
type mounting struct {
	path   string
	root   *node
	server *fuse.Server
}

// maxWrite is the largest read or write the kernel asks for, in bytes.
const maxWrite = 128 << 10

// cached is how long the kernel may believe what it knows of files: nobody else
// changes them.
const cached = time.Hour

func (d *Disk) mountNew() (*mounting, error) {
	// Opened and mounted here, not by go-fuse: its own descriptor would be inherited by
	// children, and a child that outlives us would then wait for ever for an answer.
	dev, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: open /dev/fuse: %w", ErrUnavailable, err)
	}
	options := fmt.Sprintf("fd=%d,rootmode=%o,user_id=%d,group_id=%d,max_read=%d,allow_other,default_permissions",
		dev, syscall.S_IFDIR, os.Geteuid(), os.Getegid(), maxWrite)
	if err := unix.Mount("disk", d.mount, "fuse.vestnik-disk", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOATIME, options); err != nil {
		_ = unix.Close(dev) // nothing was done with it
		return nil, fmt.Errorf("%w: mount: %w", ErrUnavailable, err)
	}
	m := &mounting{path: d.mount}
	m.root = &node{disk: d, mount: m, inode: d.root}
	keep := cached
	opts := &fs.Options{
		EntryTimeout: &keep, AttrTimeout: &keep,
		RootStableAttr:  &fs.StableAttr{Ino: d.root.number},
		NullPermissions: true,
		MountOptions: fuse.MountOptions{
			MaxWrite: maxWrite, DisableXAttrs: true, DisableReadDirPlus: true,
			// Our writes must not make the kernel drop what it holds of the same file.
			ExplicitDataCacheControl: true,
		},
	}
	m.server, err = fuse.NewServer(fs.NewNodeFS(m.root, opts), fmt.Sprintf("/dev/fd/%d", dev), &opts.MountOptions)
	if err != nil {
		detach(d.mount)
		return nil, err
	}
	go m.server.Serve() // ends when the last handle of a detached mount is closed
	return m, m.server.WaitMount()
}

// ready makes the kernel ask once whether files can be polled, and hear that they
// cannot: else the runtime's poller of a process with one processor may ask it in the
// wrong moment and wait for ever. go-fuse keeps a file of this name for it.
func (m *mounting) ready() error {
	fd, err := unix.Open(filepath.Join(m.path, ".go-fuse-epoll-hack"), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("disk: %s does not answer: %w", m.path, err)
	}
	_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0) // the answer does not matter
	return unix.Close(fd)
}

// forget makes the kernel drop what it holds of the files, so that readers come to us
// and hear EIO.
func (m *mounting) forget() {
	var walk func(n *fs.Inode)
	walk = func(n *fs.Inode) {
		_ = n.NotifyContent(0, 0) // one that the kernel has forgotten needs none
		for _, child := range n.Children() {
			walk(child)
		}
	}
	walk(m.root.EmbeddedInode())
}

// detach unmounts a folder at once; who has it open keeps a handle to the mount. A
// folder that is no mount is left as it is.
func detach(path string) {
	_ = unix.Unmount(path, unix.MNT_DETACH) // EINVAL, ENOENT: not mounted
}
