package disk

import "slices"

// inode is a file, a folder or a symbolic link, apart from its names.
type inode struct {
	number uint64
	attr   attributes
	target string   // of a symbolic link
	data   *content // of a file
	opens  int      // handles of the running mount

	// A folder's entries as seen and as on the platter.
	seen, kept map[string]*inode
	// The places where this inode stands, as seen and as on the platter.
	seenAt, keptAt map[place]bool
	// renamed is when its names changed last, by the disk's count.
	renamed uint64
}

type place struct {
	folder *inode
	name   string
}

func (n *inode) isFolder() bool { return n.seen != nil }

// put gives n a name as seen, in the place of whoever had it.
func (d *Disk) put(p place, n *inode) {
	if old := p.folder.seen[p.name]; old != nil {
		d.drop(p)
	}
	p.folder.seen[p.name] = n
	n.seenAt[p] = true
	d.changes++
	n.renamed = d.changes
}

// drop takes the name at a place away, as seen.
func (d *Disk) drop(p place) {
	n := p.folder.seen[p.name]
	delete(p.folder.seen, p.name)
	delete(n.seenAt, p)
	d.changes++
	n.renamed = d.changes
}

// keepNames brings the names of n to the platter, and with them what they stand on:
// the folders above, and the new place of whoever stood there before. done guards
// against two that changed places.
func keepNames(n *inode, done map[*inode]bool) {
	if done[n] {
		return
	}
	done[n] = true
	for p := range n.seenAt {
		keepNames(p.folder, done)
		old := p.folder.kept[p.name]
		if old == n {
			continue
		}
		if old != nil {
			letGo(p, old, done)
		}
		p.folder.kept[p.name] = n
		n.keptAt[p] = true
	}
	for p := range n.keptAt {
		if n.seenAt[p] {
			continue
		}
		if n.isFolder() && len(n.seenAt) == 0 {
			keepFolder(n, done) // it was removed: what was moved out of it goes first
		}
		if now := p.folder.seen[p.name]; now != nil {
			keepNames(now, done) // it was replaced, which is one step
		}
		if p.folder.kept[p.name] == n {
			delete(p.folder.kept, p.name)
		}
		delete(n.keptAt, p)
	}
}

// letGo takes the name at p from old on the platter; where old lives on elsewhere,
// that place is brought to the platter first.
func letGo(p place, old *inode, done map[*inode]bool) {
	keepNames(old, done)
	if p.folder.kept[p.name] == old {
		delete(p.folder.kept, p.name)
		delete(old.keptAt, p)
	}
}

// keepFolder brings every entry of a folder to the platter.
func keepFolder(f *inode, done map[*inode]bool) {
	keepNames(f, done)
	for name, n := range f.seen {
		if f.kept[name] != n {
			keepNames(n, done)
		}
	}
	for name, n := range f.kept {
		if f.seen[name] != n {
			keepNames(n, done)
		}
	}
}

// unkept lists those whose names on the platter are not as seen, the oldest change first.
func (d *Disk) unkept() []*inode {
	var found []*inode
	for _, n := range d.inodes {
		differs := len(n.seenAt) != len(n.keptAt)
		for p := range n.seenAt {
			differs = differs || !n.keptAt[p]
		}
		if differs {
			found = append(found, n)
		}
	}
	slices.SortFunc(found, func(a, b *inode) int { return int(a.renamed) - int(b.renamed) })
	return found
}

// forgetNames makes the names on the platter the names seen.
func (d *Disk) forgetNames() {
	for _, n := range d.inodes {
		clear(n.seenAt)
		for p := range n.keptAt {
			n.seenAt[p] = true
		}
		if n.isFolder() {
			clear(n.seen)
			for name, child := range n.kept {
				n.seen[name] = child
			}
		}
	}
}

// within says whether n is f or lies below it, as seen.
func within(n, f *inode) bool {
	if n == f {
		return true
	}
	for p := range n.seenAt {
		return within(p.folder, f) // a folder has one name
	}
	return false
}
