package disk_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vestnik/sim/disk"
)

// modelFile is a file as a naive model knows it: two whole contents and two names.
type modelFile struct {
	seen, kept         []byte
	seenName, keptName string // "": none
	renamed            int    // when its name changed last
}

// model knows files in two folders that exist for good.
type model struct {
	files []*modelFile
	clock int
}

func (m *model) byName(name string) *modelFile {
	for _, f := range m.files {
		if f.seenName == name {
			return f
		}
	}
	return nil
}

func (m *model) name(f *modelFile, name string) {
	m.clock++
	if old := m.byName(name); old != nil && name != "" {
		old.seenName, old.renamed = "", m.clock
	}
	f.seenName, f.renamed = name, m.clock
}

// keepName makes f's name durable; who stood at that name goes on to his own new one.
func (m *model) keepName(f *modelFile) {
	if f.keptName == f.seenName {
		return
	}
	left := f.keptName
	f.keptName = f.seenName
	for _, other := range m.files {
		if other == f || other.keptName == "" && other.seenName == "" {
			continue
		}
		// Who is displaced moves on; who came to where f stood has replaced it in one step.
		if f.seenName != "" && other.keptName == f.seenName || left != "" && other.seenName == left {
			m.keepName(other)
		}
	}
}

// sync is an fsync of one file; syncFolder of one folder.
func (m *model) sync(f *modelFile) {
	f.kept = slices.Clone(f.seen)
	m.keepName(f)
}

func (m *model) syncFolder(folder string) {
	in := func(name string) bool { return name != "" && filepath.Dir(name) == folder }
	for _, f := range m.files {
		if in(f.seenName) || in(f.keptName) {
			m.keepName(f)
		}
	}
}

// TestTheDiskIsAsItsModel runs random operations on both and cuts the power: with
// LoseAll the disk holds exactly what the model kept; with the other modes every
// sector is one of the two that the model knows, and all files that it kept or that
// came since are there or not as the order of their changes allows.
func TestTheDiskIsAsItsModel(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := 0
	disk.ForTest(t, disk.Options{}) // skips where there is none
	rapid.Check(t, func(t *rapid.T) {
		n++
		d, err := disk.New(disk.Options{
			Mount: filepath.Join(dir, fmt.Sprint(n)), Scratch: filepath.Join(dir, "scratch"), Seed: rapid.Uint64().Draw(t, "seed"),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		run(t, d)
	})
}

var modelNames = []string{"a", "b", "c", "sub/a", "sub/b"}

func run(t *rapid.T, d *disk.Disk) {
	ok := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(os.Mkdir(filepath.Join(d.Path(), "sub"), 0o700))
	syncPath(t, d.Path())
	m := &model{}
	path := func(name string) string { return filepath.Join(d.Path(), name) }
	t.Repeat(map[string]func(*rapid.T){
		"write": func(t *rapid.T) {
			name := rapid.SampledFrom(modelNames).Draw(t, "name")
			at := rapid.IntRange(0, 20_000).Draw(t, "at")
			p := bytes.Repeat([]byte{rapid.Byte().Draw(t, "byte")}, rapid.IntRange(1, 6000).Draw(t, "length"))
			f, err := os.OpenFile(path(name), os.O_RDWR|os.O_CREATE, 0o600)
			ok(err)
			_, err = f.WriteAt(p, int64(at))
			ok(err)
			ok(f.Close())
			mf := m.byName(name)
			if mf == nil {
				mf = &modelFile{}
				m.files = append(m.files, mf)
				m.name(mf, name)
			}
			mf.seen = grow(mf.seen, at+len(p))
			copy(mf.seen[at:], p)
		},
		"truncate": func(t *rapid.T) {
			name, mf := someFile(t, m)
			size := rapid.IntRange(0, 25_000).Draw(t, "size")
			ok(os.Truncate(path(name), int64(size)))
			mf.seen = grow(mf.seen, size)[:size:size]
		},
		"sync": func(t *rapid.T) {
			name, mf := someFile(t, m)
			syncPath(t, path(name))
			m.sync(mf)
		},
		"sync folder": func(t *rapid.T) {
			folder := rapid.SampledFrom([]string{".", "sub"}).Draw(t, "folder")
			syncPath(t, path(folder))
			m.syncFolder(folder)
		},
		"remove": func(t *rapid.T) {
			name, mf := someFile(t, m)
			ok(os.Remove(path(name)))
			m.name(mf, "")
		},
		"rename": func(t *rapid.T) {
			name, mf := someFile(t, m)
			to := rapid.SampledFrom(modelNames).Draw(t, "to")
			ok(os.Rename(path(name), path(to)))
			if to != name {
				m.name(mf, to)
			}
		},
		"cut": func(t *rapid.T) {
			mode := rapid.SampledFrom([]disk.Mode{disk.LoseAll, disk.KeepSome, disk.Tear}).Draw(t, "mode")
			_, err := d.Cut(mode)
			ok(err)
			ok(d.PowerOn())
			m.afterCut(t, d, mode)
		},
		"": func(t *rapid.T) {
			for _, name := range modelNames {
				got, err := os.ReadFile(path(name))
				mf := m.byName(name)
				if (mf == nil) != os.IsNotExist(err) || mf != nil && !bytes.Equal(got, mf.seen) {
					t.Fatalf("%s: %d bytes (%v), not as the model", name, len(got), err)
				}
			}
		},
	})
}

// afterCut compares and takes over what the cut left.
func (m *model) afterCut(t *rapid.T, d *disk.Disk, mode disk.Mode) {
	found := map[string][]byte{}
	for _, name := range modelNames {
		if p, err := os.ReadFile(filepath.Join(d.Path(), name)); err == nil {
			found[name] = p
		}
	}
	if mode != disk.LoseAll {
		m.someArrived(t, found)
	}
	want := map[string]*modelFile{}
	for _, f := range m.files {
		if f.keptName != "" {
			want[f.keptName] = f
		}
	}
	if got, want := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(want)); !slices.Equal(got, want) {
		t.Fatalf("%v: files %q after the cut, want %q", mode, got, want)
	}
	m.files = nil
	for name, f := range want {
		p := found[name]
		if mode == disk.LoseAll && !bytes.Equal(p, f.kept) {
			t.Fatalf("%s: not as synced", name)
		}
		if !oneOf(p, f.kept, f.seen) {
			t.Fatalf("%v: %s has what was never written", mode, name)
		}
		m.files = append(m.files, &modelFile{seen: p, kept: slices.Clone(p), seenName: name, keptName: name})
	}
}

// someArrived brings the oldest changes of names to the platter, as many as make the
// names those found.
func (m *model) someArrived(t *rapid.T, found map[string][]byte) {
	pending := slices.DeleteFunc(slices.Clone(m.files), func(f *modelFile) bool { return f.keptName == f.seenName })
	slices.SortFunc(pending, func(a, b *modelFile) int { return a.renamed - b.renamed })
	for i := 0; ; i++ {
		if m.fits(found) {
			return
		}
		if i == len(pending) {
			t.Fatalf("the names after the cut are of no moment before it: %q", slices.Sorted(maps.Keys(found)))
		}
		m.keepName(pending[i])
	}
}

func (m *model) fits(found map[string][]byte) bool {
	n := 0
	for _, f := range m.files {
		if f.keptName == "" {
			continue
		}
		n++
		if p, ok := found[f.keptName]; !ok || !oneOf(p, f.kept, f.seen) {
			return false
		}
	}
	return n == len(found)
}

// oneOf says whether every sector of p is that of one of the two, which end in zeros.
func oneOf(p, a, b []byte) bool {
	if len(p) > max(len(a), len(b)) || len(p) < min(len(a), len(b)) {
		return false
	}
	n := (max(len(a), len(b)) + 511) / 512 * 512
	a, b = grow(a, n), grow(b, n)
	for i := 0; i < len(p); i += 512 {
		end := min(i+512, len(p))
		s := p[i:end]
		// A page that did not arrive before a size that did is a hole.
		if !bytes.Equal(s, a[i:end]) && !bytes.Equal(s, b[i:end]) && strings.Trim(string(s), "\x00") != "" {
			return false
		}
	}
	return true
}

func grow(p []byte, n int) []byte {
	if n <= len(p) {
		return slices.Clone(p)
	}
	return append(slices.Clone(p), make([]byte, n-len(p))...)
}

func someFile(t *rapid.T, m *model) (string, *modelFile) {
	var names []string
	for _, f := range m.files {
		if f.seenName != "" {
			names = append(names, f.seenName)
		}
	}
	if len(names) == 0 {
		t.Skip("no file")
	}
	slices.Sort(names)
	name := rapid.SampledFrom(names).Draw(t, "file")
	return name, m.byName(name)
}

func syncPath(t *rapid.T, path string) {
	f, err := os.Open(path)
	if err == nil {
		err = f.Sync()
		_ = f.Close() // read only
	}
	if err != nil {
		t.Fatal(err)
	}
}
