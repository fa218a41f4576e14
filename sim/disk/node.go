package disk

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// node is an inode as one mount shows it; it outlives the mount in handles that were
// never closed, and then answers EIO.
type node struct {
	fs.Inode
	disk  *Disk
	mount *mounting
	inode *inode
}

var (
	_ fs.NodeLookuper  = (*node)(nil)
	_ fs.NodeReaddirer = (*node)(nil)
	_ fs.NodeGetattrer = (*node)(nil)
	_ fs.NodeSetattrer = (*node)(nil)
	_ fs.NodeStatfser  = (*node)(nil)
	_ fs.NodeOpener    = (*node)(nil)
	_ fs.NodeReader    = (*node)(nil)
	_ fs.NodeWriter    = (*node)(nil)
	_ fs.NodeFsyncer   = (*node)(nil)
	_ fs.NodeReleaser  = (*node)(nil)
)

// attributes are what stat(2) tells beside size and links.
type attributes struct {
	mode                        uint32
	uid, gid                    uint32
	accessed, modified, changed time.Time
}

// handle is an open file; it has no state, but without one go-fuse tells no release.
type handle struct{}

// do runs f while the power is on.
func (n *node) do(f func(d *Disk) syscall.Errno) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if n.disk.power != n.mount {
		return syscall.EIO
	}
	return f(n.disk)
}

// Lookup implements fs.NodeLookuper.
func (n *node) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (child *fs.Inode, errno syscall.Errno) {
	errno = n.do(func(*Disk) syscall.Errno {
		found := n.inode.seen[name]
		if found == nil {
			return syscall.ENOENT
		}
		child = n.show(ctx, found, out)
		return 0
	})
	return child, errno
}

func (n *node) show(ctx context.Context, found *inode, out *fuse.EntryOut) *fs.Inode {
	found.fill(&out.Attr)
	return n.NewInode(ctx, &node{disk: n.disk, mount: n.mount, inode: found},
		fs.StableAttr{Mode: found.attr.mode & syscall.S_IFMT, Ino: found.number})
}

func (n *inode) fill(out *fuse.Attr) {
	out.Ino, out.Mode, out.Nlink, out.Blksize = n.number, n.attr.mode, uint32(len(n.seenAt)), pageSize
	out.Uid, out.Gid = n.attr.uid, n.attr.gid
	switch {
	case n.data != nil:
		out.Size = uint64(n.data.size)
	case n.isFolder():
		out.Nlink, out.Size = 2, pageSize
	default:
		out.Size = uint64(len(n.target))
	}
	out.Blocks = (out.Size + sectorSize - 1) / sectorSize
	out.SetTimes(&n.attr.accessed, &n.attr.modified, &n.attr.changed)
}

// Readdir implements fs.NodeReaddirer.
func (n *node) Readdir(context.Context) (stream fs.DirStream, errno syscall.Errno) {
	errno = n.do(func(*Disk) syscall.Errno {
		var list []fuse.DirEntry
		for name, child := range n.inode.seen {
			list = append(list, fuse.DirEntry{Name: name, Mode: child.attr.mode & syscall.S_IFMT, Ino: child.number})
		}
		stream = fs.NewListDirStream(list)
		return 0
	})
	return stream, errno
}

// Getattr implements fs.NodeGetattrer.
func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	return n.do(func(*Disk) syscall.Errno {
		n.inode.fill(&out.Attr)
		return 0
	})
}

// Setattr implements fs.NodeSetattrer.
func (n *node) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	return n.do(func(d *Disk) syscall.Errno {
		a := &n.inode.attr
		a.changed = time.Now()
		if size, ok := in.GetSize(); ok && n.inode.data != nil {
			if !d.room(int64(size) - n.inode.data.size) {
				return syscall.ENOSPC
			}
			if err := n.inode.data.truncate(int64(size)); err != nil {
				return errnoOf(err)
			}
			a.modified = a.changed
		}
		if mode, ok := in.GetMode(); ok {
			a.mode = a.mode&syscall.S_IFMT | mode&^syscall.S_IFMT
		}
		if uid, ok := in.GetUID(); ok {
			a.uid = uid
		}
		if gid, ok := in.GetGID(); ok {
			a.gid = gid
		}
		if at, ok := in.GetATime(); ok {
			a.accessed = at
		}
		if at, ok := in.GetMTime(); ok {
			a.modified = at
		}
		n.inode.fill(&out.Attr)
		return 0
	})
}

// Statfs implements fs.NodeStatfser.
func (n *node) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	return n.do(func(d *Disk) syscall.Errno {
		var st syscall.Statfs_t
		if err := syscall.Statfs(d.scratch, &st); err != nil {
			return errnoOf(err)
		}
		out.FromStatfsT(&st)
		if d.capacity > 0 {
			out.Bsize, out.Frsize = pageSize, pageSize
			out.Blocks = uint64(d.capacity / pageSize)
			out.Bfree = uint64(max(0, d.capacity-d.used()) / pageSize)
			out.Bavail = out.Bfree
		}
		return 0
	})
}

// Open implements fs.NodeOpener.
func (n *node) Open(context.Context, uint32) (h fs.FileHandle, flags uint32, errno syscall.Errno) {
	errno = n.do(func(*Disk) syscall.Errno {
		n.inode.opens++
		return 0
	})
	return handle{}, fuse.FOPEN_KEEP_CACHE, errno
}

// Release implements fs.NodeReleaser.
func (n *node) Release(context.Context, fs.FileHandle) syscall.Errno {
	return n.do(func(d *Disk) syscall.Errno {
		n.inode.opens--
		d.settle(n.inode)
		return 0
	})
}

// Read implements fs.NodeReader.
func (n *node) Read(_ context.Context, _ fs.FileHandle, into []byte, at int64) (result fuse.ReadResult, errno syscall.Errno) {
	errno = n.do(func(*Disk) syscall.Errno {
		got, err := n.inode.data.read(into, at)
		result = fuse.ReadResultData(into[:got])
		return errnoOf(err)
	})
	return result, errno
}

// Write implements fs.NodeWriter.
func (n *node) Write(_ context.Context, _ fs.FileHandle, p []byte, at int64) (written uint32, errno syscall.Errno) {
	errno = n.do(func(d *Disk) syscall.Errno {
		if e := d.strikes(Write, n.inode); e != 0 {
			return e
		}
		if !d.room(at + int64(len(p)) - n.inode.data.size) {
			return syscall.ENOSPC
		}
		if err := n.inode.data.write(p, at); err != nil {
			return errnoOf(err)
		}
		n.inode.attr.modified = time.Now()
		n.inode.attr.changed = n.inode.attr.modified
		d.counted.Writes++
		d.counted.BytesWritten += int64(len(p))
		written = uint32(len(p))
		return 0
	})
	return written, errno
}

// Fsync implements fs.NodeFsyncer, for files and folders. What is written while it
// takes its time is synced as well; when the power goes meanwhile, nothing is.
func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	var delay time.Duration
	if errno := n.do(func(d *Disk) syscall.Errno {
		if n.inode.data == nil || !n.inode.data.clean() {
			delay = d.delay
		}
		return 0
	}); errno != 0 {
		return errno
	}
	if delay > 0 {
		n.disk.card.Lock()
		time.Sleep(delay)
		n.disk.card.Unlock()
	}
	return n.do(func(d *Disk) syscall.Errno {
		d.counted.Syncs++
		if e := d.strikes(Sync, n.inode); e != 0 {
			if n.inode.data != nil {
				n.inode.data.failSync()
			}
			return e
		}
		done := map[*inode]bool{}
		if n.inode.isFolder() {
			keepFolder(n.inode, done)
		} else {
			keepNames(n.inode, done)
			d.counted.BytesSynced += int64(n.inode.data.sync()) * pageSize
		}
		for changed := range done {
			d.settle(changed)
		}
		return 0
	})
}

// errnoOf is an error of the scratch folder as the program hears it.
func errnoOf(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	if errors.Is(err, os.ErrClosed) {
		return syscall.EIO
	}
	return syscall.EIO
}
