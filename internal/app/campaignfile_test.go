package app

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"vestnik/device"
)

// An uploaded list comes piece by piece, and what is left of older ones goes, those of other
// mailings stay: whatever the folder of the data is called.
func TestUploadsOfAMailing(t *testing.T) {
	t.Parallel()
	u := uploads(filepath.Join(t.TempDir(), "data [1]", "uploads"))
	if err := u.remove(1); err != nil {
		t.Errorf("before the first upload: %v", err)
	}
	for _, piece := range []struct {
		offset int64
		text   string
		have   int64
	}{{0, "79161", 5}, {5, "234568", 11}, {5, "234568", 11}} {
		if have, err := u.add(1, piece.offset, []byte(piece.text)); have != piece.have || err != nil {
			t.Fatalf("at %d: %d, %v", piece.offset, have, err)
		}
	}
	if _, err := u.add(1, 50, []byte("x")); device.KindOf(err) != device.Conflict {
		t.Errorf("a piece that does not follow: %v", err)
	}
	for _, name := range []string{"1-new", "1-old", "11-other", "11.part"} {
		if err := os.WriteFile(filepath.Join(string(u), name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := u.remove(1, "1-new"); err != nil {
		t.Fatal(err)
	}
	leaves(t, u, "1-new", "11-other", "11.part")
}

// leaves tells whether just these files are there.
func leaves(t *testing.T, u uploads, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(string(u))
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if !slices.Equal(left, want) {
		t.Errorf("left: %v", left)
	}
}
