package disk

import (
	"math/rand/v2"
	"os"
)

const (
	pageSize   = 4096 // bytes; what the kernel writes back at once
	sectorSize = 512  // bytes; what a disk writes at once
)

// content is the data of one file: as the programs see it in an object of the scratch
// folder, and of every page that differs, what the platter holds.
type content struct {
	object *os.File
	size   int64 // as seen
	kept   int64 // on the platter
	// dirty are the pages written since the last sync, each with what the platter holds of
	// it: shorter than a page at the end of the file, empty beyond it.
	dirty map[int64][]byte
	// lost are those whose write failed at a sync: clean to the kernel, and not on the
	// platter. sizeLost says the same of the size.
	lost     map[int64][]byte
	sizeLost bool
}

func newContent(path string) (*content, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &content{object: f, dirty: map[int64][]byte{}, lost: map[int64][]byte{}}, nil
}

func (c *content) read(into []byte, at int64) (int, error) {
	n, err := c.object.ReadAt(into, at)
	if n > 0 || at >= c.size {
		return n, nil
	}
	return n, err
}

func (c *content) write(p []byte, at int64) error {
	if len(p) == 0 {
		return nil
	}
	end := at + int64(len(p))
	for i := at / pageSize; i*pageSize < end; i++ {
		if err := c.touch(i); err != nil {
			return err
		}
	}
	if _, err := c.object.WriteAt(p, at); err != nil {
		return err
	}
	c.size = max(c.size, end)
	if end > c.kept {
		c.sizeLost = false // this page's write brings the size with it
	}
	return nil
}

func (c *content) truncate(size int64) error {
	for i := size / pageSize; i*pageSize < c.size && i*pageSize < c.kept; i++ {
		if err := c.touch(i); err != nil {
			return err
		}
	}
	if err := c.object.Truncate(size); err != nil {
		return err
	}
	if size != c.size {
		c.size, c.sizeLost = size, false
	}
	return nil
}

// touch remembers what the platter holds of a page before it changes.
func (c *content) touch(i int64) error {
	if _, ok := c.dirty[i]; ok {
		return nil
	}
	if old, ok := c.lost[i]; ok {
		c.dirty[i] = old
		delete(c.lost, i)
		return nil
	}
	n := min(pageSize, c.kept-i*pageSize)
	if n <= 0 {
		c.dirty[i] = nil
		return nil
	}
	old := make([]byte, n)
	if _, err := c.object.ReadAt(old, i*pageSize); err != nil {
		return err
	}
	c.dirty[i] = old
	return nil
}

// clean says that the platter holds all that a sync would write.
func (c *content) clean() bool {
	return len(c.dirty) == 0 && (c.size == c.kept || c.sizeLost)
}

// sync brings everything to the platter and answers how many pages that were.
func (c *content) sync() int {
	n := len(c.dirty)
	clear(c.dirty)
	if c.sizeLost {
		return n
	}
	c.kept = c.size
	for i, old := range c.lost {
		switch left := c.kept - i*pageSize; {
		case left <= 0:
			delete(c.lost, i)
		case left < int64(len(old)):
			c.lost[i] = old[:left]
		}
	}
	return n
}

// failSync is a sync whose writes all failed.
func (c *content) failSync() {
	for i, old := range c.dirty {
		c.lost[i] = old
	}
	clear(c.dirty)
	c.sizeLost = c.size != c.kept
}

// cut makes the platter's state the state, with some of the unsynced pages as mode
// says, and answers how many pages went back.
func (c *content) cut(mode Mode, r *rand.Rand) (pages int, err error) {
	size := c.sizeAfter(mode, r)
	for i, old := range c.lost {
		if err := c.restore(i, old, 0); err != nil {
			return pages, err
		}
		pages++
	}
	for i, old := range c.dirty {
		arrived := arrivedOf(mode, r)
		if arrived == pageSize {
			continue
		}
		if err := c.restore(i, old, arrived); err != nil {
			return pages, err
		}
		pages++
	}
	if err := c.object.Truncate(size); err != nil {
		return pages, err
	}
	c.size, c.kept, c.sizeLost = size, size, false
	clear(c.dirty)
	clear(c.lost)
	return pages, nil
}

// restore puts a page back, but for its first bytes that had arrived.
func (c *content) restore(i int64, old []byte, arrived int) error {
	page := make([]byte, pageSize)
	copy(page, old)
	_, err := c.object.WriteAt(page[arrived:], i*pageSize+int64(arrived))
	return err
}

// arrivedOf is how many bytes of an unsynced page reached the platter.
func arrivedOf(mode Mode, r *rand.Rand) int {
	switch {
	case mode == LoseAll:
		return 0
	case mode == Tear && r.IntN(4) == 0:
		return sectorSize * (1 + r.IntN(pageSize/sectorSize-1))
	case r.IntN(2) == 0:
		return 0
	default:
		return pageSize
	}
}

func (c *content) sizeAfter(mode Mode, r *rand.Rand) int64 {
	if mode == LoseAll || c.sizeLost || c.size == c.kept {
		return c.kept
	}
	switch r.IntN(3) {
	case 0:
		return c.kept
	case 1:
		return c.size
	}
	if c.size < c.kept { // a truncation arrives whole or not at all
		return c.size
	}
	return c.kept + r.Int64N((c.size-c.kept)/pageSize+1)*pageSize
}
