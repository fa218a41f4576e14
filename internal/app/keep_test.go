package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAMonthOfNightsKeepsSevenDaysAndFourWeeks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	moscow := time.FixedZone("", 3*3600)
	at := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for _, foreign := range []string{"vestnik-my-own.age", "vestnik-20200101-000000.age.txt", "photo.jpg", "vestnik-20260801-000000.age.partial"} {
		if err := os.WriteFile(filepath.Join(dir, foreign), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := at.Add(-48 * time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "vestnik-20260801-000000.age.partial"), old, old); err != nil {
		t.Fatal(err)
	}
	for range 80 {
		at = at.Add(24 * time.Hour)
		if err := os.WriteFile(filepath.Join(dir, backupName(at)), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := sweep(dir, at.Add(time.Minute), moscow); err != nil {
			t.Fatal(err)
		}
	}
	list, err := keptFiles(dir)
	if err != nil || len(list) < 9 || len(list) > keepDays+keepWeeks {
		t.Fatalf("%d are kept: %v %v", len(list), list, err)
	}
	for i := range keepDays {
		if want := at.Add(time.Duration(-i) * 24 * time.Hour); !list[i].At.Equal(want) {
			t.Errorf("number %d is of %s, not %s", i, list[i].At, want)
		}
	}
	if age := at.Sub(list[len(list)-1].At); age > keepAtAll || age < 15*24*time.Hour {
		t.Errorf("the oldest is %s old", age)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(left) != len(list)+3 { // the foreign ones, without the half
		t.Errorf("%s", strings.Join(left, "\n"))
	}
}

func TestKeepingHoldsToItsRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
		var list []keptFile
		at := now.Add(time.Duration(rapid.IntRange(-40, 3).Draw(t, "newest")) * 24 * time.Hour)
		for i := range rapid.IntRange(0, 60).Draw(t, "files") {
			list = append(list, keptFile{Name: fmt.Sprint(i), At: at})
			at = at.Add(-time.Duration(rapid.IntRange(1, 80).Draw(t, "hours")) * time.Hour)
		}
		gone := map[string]bool{}
		for _, f := range outdated(list, now, time.UTC) {
			gone[f.Name] = true
		}
		kept := 0
		for i, f := range list {
			if gone[f.Name] {
				continue
			}
			kept++
			if i > 0 && now.Sub(f.At) > keepAtAll {
				t.Fatalf("one of %s is kept", f.At)
			}
		}
		if len(list) > 0 && gone[list[0].Name] {
			t.Fatal("the newest is gone")
		}
		if kept > keepDays+keepWeeks {
			t.Fatalf("%d are kept", kept)
		}
	})
}
