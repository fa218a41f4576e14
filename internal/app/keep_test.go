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
				if f.At.After(now) {
					t.Fatalf("one from the future, of %s, is gone", f.At)
				}
				continue
			}
			if !f.At.After(now) {
				kept++
			}
			if i > 0 && f != newestSound(list, now) && now.Sub(f.At) > keepAtAll {
				t.Fatalf("one of %s is kept", f.At)
			}
		}
		if gone[newestSound(list, now).Name] {
			t.Fatal("the newest is gone")
		}
		if kept > keepDays+keepWeeks {
			t.Fatalf("%d are kept", kept)
		}
	})
}

func TestBackupsFromTheFutureLeaveRoomForTodays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 3, 0, 5, 0, time.UTC)
	dir := t.TempDir()
	for _, at := range []time.Time{now.AddDate(1, 0, 1), now.AddDate(1, 0, 0), now, now.AddDate(0, 0, -1), now.AddDate(0, 0, -29)} {
		if err := os.WriteFile(filepath.Join(dir, backupName(at)), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := sweep(dir, now.Add(time.Minute), time.UTC); err != nil {
		t.Fatal(err)
	}
	list, err := keptFiles(dir)
	if err != nil || len(list) != 5 {
		t.Errorf("kept are %v %v", list, err)
	}
	if got := newestSound(list, now.Add(time.Minute)); !got.At.Equal(now) {
		t.Errorf("a rehearsal takes the one of %s", got.At)
	}
	// When all of them are from the future, it is the clock that is wrong.
	if got := newestSound(list, now.AddDate(0, -2, 0)); got != list[0] {
		t.Errorf("a rehearsal in the past takes the one of %s", got.At)
	}
}
