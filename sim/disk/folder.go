package disk

import (
	"context"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

var (
	_ fs.NodeCreater    = (*node)(nil)
	_ fs.NodeMkdirer    = (*node)(nil)
	_ fs.NodeSymlinker  = (*node)(nil)
	_ fs.NodeReadlinker = (*node)(nil)
	_ fs.NodeLinker     = (*node)(nil)
	_ fs.NodeUnlinker   = (*node)(nil)
	_ fs.NodeRmdirer    = (*node)(nil)
	_ fs.NodeRenamer    = (*node)(nil)
)

// Create implements fs.NodeCreater.
func (n *node) Create(ctx context.Context, name string, _, mode uint32, out *fuse.EntryOut) (child *fs.Inode, h fs.FileHandle, flags uint32, errno syscall.Errno) {
	errno = n.do(func(d *Disk) syscall.Errno {
		made, err := d.newFile(syscall.S_IFREG | mode&0o7777)
		if err != nil {
			return errnoOf(err)
		}
		made.opens = 1
		child = n.add(ctx, name, made, out)
		return 0
	})
	return child, handle{}, fuse.FOPEN_KEEP_CACHE, errno
}

// Mkdir implements fs.NodeMkdirer.
func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (child *fs.Inode, errno syscall.Errno) {
	errno = n.do(func(d *Disk) syscall.Errno {
		child = n.add(ctx, name, d.newInode(syscall.S_IFDIR|mode&0o7777), out)
		return 0
	})
	return child, errno
}

// Symlink implements fs.NodeSymlinker.
func (n *node) Symlink(ctx context.Context, target, name string, out *fuse.EntryOut) (child *fs.Inode, errno syscall.Errno) {
	errno = n.do(func(d *Disk) syscall.Errno {
		made := d.newInode(syscall.S_IFLNK | 0o777)
		made.target = target
		child = n.add(ctx, name, made, out)
		return 0
	})
	return child, errno
}

// Readlink implements fs.NodeReadlinker.
func (n *node) Readlink(context.Context) (target []byte, errno syscall.Errno) {
	errno = n.do(func(*Disk) syscall.Errno {
		target = []byte(n.inode.target)
		return 0
	})
	return target, errno
}

// Link implements fs.NodeLinker.
func (n *node) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (child *fs.Inode, errno syscall.Errno) {
	errno = n.do(func(d *Disk) syscall.Errno {
		other, ok := target.(*node)
		if !ok || len(other.inode.seenAt) == 0 {
			return syscall.ENOENT
		}
		d.put(place{n.inode, name}, other.inode)
		child = n.show(ctx, other.inode, out)
		return 0
	})
	return child, errno
}

func (n *node) add(ctx context.Context, name string, made *inode, out *fuse.EntryOut) *fs.Inode {
	if c, ok := fuse.FromContext(ctx); ok {
		made.attr.uid, made.attr.gid = c.Uid, c.Gid
	}
	n.disk.put(place{n.inode, name}, made)
	return n.show(ctx, made, out)
}

// Unlink implements fs.NodeUnlinker.
func (n *node) Unlink(_ context.Context, name string) syscall.Errno {
	return n.do(func(d *Disk) syscall.Errno {
		found := n.inode.seen[name]
		if found == nil {
			return syscall.ENOENT
		}
		d.drop(place{n.inode, name})
		d.settle(found)
		return 0
	})
}

// Rmdir implements fs.NodeRmdirer.
func (n *node) Rmdir(_ context.Context, name string) syscall.Errno {
	return n.do(func(d *Disk) syscall.Errno {
		found := n.inode.seen[name]
		switch {
		case found == nil:
			return syscall.ENOENT
		case len(found.seen) > 0:
			return syscall.ENOTEMPTY
		}
		d.drop(place{n.inode, name})
		d.settle(found)
		return 0
	})
}

// renameNoReplace is RENAME_NOREPLACE of renameat2(2), the one flag that is served.
const renameNoReplace = 1

// Rename implements fs.NodeRenamer.
func (n *node) Rename(_ context.Context, name string, to fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	return n.do(func(d *Disk) syscall.Errno {
		folder, ok := to.(*node)
		moved := n.inode.seen[name]
		switch {
		case !ok || flags&^renameNoReplace != 0:
			return syscall.EINVAL
		case moved == nil:
			return syscall.ENOENT
		case moved.isFolder() && within(folder.inode, moved):
			return syscall.EINVAL
		}
		there := folder.inode.seen[newName]
		switch {
		case there == moved:
			return 0
		case there == nil:
		case flags == renameNoReplace:
			return syscall.EEXIST
		case there.isFolder() != moved.isFolder():
			if moved.isFolder() {
				return syscall.ENOTDIR
			}
			return syscall.EISDIR
		case len(there.seen) > 0:
			return syscall.ENOTEMPTY
		}
		d.drop(place{n.inode, name})
		d.put(place{folder.inode, newName}, moved)
		if there != nil {
			d.settle(there)
		}
		return 0
	})
}
