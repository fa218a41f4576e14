package main

import (
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"vestnik/sim/disk"
)

// TestSoakShort is a short set of every scenario, side by side, so that they share
// the minute in which the box waits for receipts. `make soak` runs the long one.
func TestSoakShort(t *testing.T) {
	t.Parallel()
	binary, err := buildBox(t.Context(), t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "vestnik-soak-"+s.name+"-") // kept when the test fails
			if err != nil {
				t.Fatal(err)
			}
			log := slog.New(slog.NewTextHandler(t.Output(), nil)).With("scenario", s.name)
			tally, err := s.run(t.Context(), options{Binary: binary, Dir: dir, Faults: s.short, Seed: seed, Log: log})
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
			default:
				_ = os.RemoveAll(dir) // a leftover does no harm
			}
		})
	}
}
