package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"vestnik/sim/disk"
)

// boxes is where the box of all tests is built, once.
var boxes string

var built = sync.OnceValues(func() (string, error) { return buildBox(context.Background(), boxes, "") })

func builtBox(t *testing.T) string {
	t.Helper()
	binary, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

func TestMain(m *testing.M) {
	var err error
	if boxes, err = os.MkdirTemp("", "vestnik-soak-box-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(boxes) // a leftover does no harm
	os.Exit(code)
}

// TestMailingsShort kills small mailings once each: while freezing, inside a send, while pausing, and inside a
// send that the network lost.
func TestMailingsShort(t *testing.T) {
	t.Parallel()
	m := mailings{fastRuns: 4, fast: 200, rate: 10}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	dir, err := os.MkdirTemp("", "vestnik-soak-mailings-") // kept when something is red
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	runs, err := m.run(t.Context(), options{Binary: builtBox(t), Dir: dir, Seed: seed, Log: log})
	if err != nil {
		t.Fatalf("seed %d, folder %s: %v", seed, dir, err)
	}
	t.Log(mailingsTable(runs))
	for _, r := range runs {
		if !r.OK() {
			t.Errorf("seed %d; the box's log and data are in %s: %+v", seed, dir, r)
		}
	}
	if !t.Failed() {
		_ = os.RemoveAll(dir) // a leftover does no harm
	}
}

// TestSoakShort is a short set of every scenario, side by side, so that they share
// the minute in which the box waits for receipts. `make soak` runs the long one.
func TestSoakShort(t *testing.T) {
	t.Parallel()
	binary := builtBox(t)
	dir, err := os.MkdirTemp("", "vestnik-soak-") // kept when something is red
	if err != nil {
		t.Fatal(err)
	}
	seed, table := uint64(time.Now().UnixNano()), scenarios()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	// Not by parallel subtests: of those only as many run at a time as the machine has cores,
	// and most of this is waiting.
	tallies, errs := sideBySide(t.Context(), table, func(s row) options {
		return options{Binary: binary, Dir: filepath.Join(dir, s.name), Faults: s.short, Seed: seed, Log: log.With("scenario", s.name)}
	})
	for i, s := range table {
		t.Run(s.name, func(t *testing.T) {
			tally, err := tallies[i], errs[i]
			if errors.Is(err, disk.ErrUnavailable) && os.Getenv(disk.MustEnv) != "1" {
				t.Skip(err)
			}
			if err != nil {
				t.Fatalf("seed %d, folder %s: %v", seed, dir, err)
			}
			t.Log(tally)
			switch {
			case !tally.OK():
				t.Errorf("seed %d; the box's log and data are in %s", seed, dir)
			case tally.Acknowledged == 0 || tally.Faults < s.short:
				t.Errorf("%d faults and %d messages prove nothing", tally.Faults, tally.Acknowledged)
			}
		})
	}
	if !t.Failed() {
		_ = os.RemoveAll(dir) // a leftover does no harm
	}
}
