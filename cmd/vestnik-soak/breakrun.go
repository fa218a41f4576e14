package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// breakRounds is how often a scenario is run against a broken box before the
// break counts as not found: a fault hits the moment that matters by chance.
const breakRounds = 4

// breaksAtOnce is how many breaks are tried at the same time: most of each is waiting.
const breaksAtOnce = 3

// runBreaks tries breaks, named with commas between or "all", and tells what found
// each.
func runBreaks(ctx context.Context, names, dir string, seed uint64, log *slog.Logger) ([]breakResult, error) {
	list := breaks()
	if names != "all" {
		list = nil
		for name := range strings.SplitSeq(names, ",") {
			b, err := breakNamed(name)
			if err != nil {
				return nil, err
			}
			list = append(list, b)
		}
	}
	// All boxes are built first: a break that no longer fits shows at once.
	binaries := make([]string, len(list))
	for i, b := range list {
		own := filepath.Join(dir, "break-"+b.Name)
		if err := os.MkdirAll(own, 0o700); err != nil {
			return nil, err
		}
		var err error
		if binaries[i], err = buildBox(ctx, own, b.Name); err != nil {
			return nil, fmt.Errorf("break %s: %w", b.Name, err)
		}
	}
	results, faults := make([]breakResult, len(list)), make([]error, len(list))
	turns := make(chan struct{}, breaksAtOnce)
	var all sync.WaitGroup
	for i, b := range list {
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			if faults[i] = ctx.Err(); faults[i] == nil {
				results[i], faults[i] = runBreak(ctx, b, binaries[i], seed, log)
			}
			log.Info("break", "name", b.Name, "red", results[i].Red, "counts", results[i].Counts, "took", took(results[i].Took), "error", faults[i])
		})
	}
	all.Wait()
	return results, errors.Join(faults...)
}

// runBreak lets a break's scenario loose on its box, round after round, until that is
// red.
func runBreak(ctx context.Context, b breakage, binary string, seed uint64, log *slog.Logger) (breakResult, error) {
	began := time.Now()
	r := breakResult{Name: b.Name, What: b.What, Scenario: b.Scenario}
	run, err := scenarioNamed(b.Scenario)
	if err != nil {
		return r, err
	}
	for round := range breakRounds {
		scratch := filepath.Join(filepath.Dir(binary), fmt.Sprintf("round-%d", round+1))
		if err := os.MkdirAll(scratch, 0o700); err != nil {
			return r, err
		}
		t, err := run(ctx, options{Binary: binary, Dir: scratch, Faults: b.Faults, Seed: seed + uint64(round), Log: log.With("break", b.Name, "round", round+1)})
		if err != nil {
			return r, fmt.Errorf("break %s: %w", b.Name, err)
		}
		r.Faults += t.Faults
		if r.Took = time.Since(began); !t.OK() {
			r.Red, r.Counts = true, foundBy(t)
			if len(t.Wrong) > 0 {
				r.First = t.Wrong[0]
			}
			return r, nil
		}
		log.Info("this round did not find the break", "break", b.Name, "round", round+1, "faults", t.Faults)
	}
	return r, nil
}

// foundBy is which counts of a tally are red.
func foundBy(t Tally) []string {
	var by []string
	for _, c := range []struct {
		n    int
		word string
	}{{t.Lost, "lost"}, {t.Doubled, "doubled"}, {len(t.Wrong), "wrong"}} {
		switch {
		case c.n > mostWrong && c.word == "wrong":
			by = append(by, fmt.Sprintf("more than %d wrong", mostWrong))
		case c.n > 0:
			by = append(by, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	return by
}

func scenarioNamed(name string) (scenario, error) {
	for _, s := range scenarios() {
		if s.name == name {
			return s.run, nil
		}
	}
	return nil, fmt.Errorf("no scenario is called %q", name)
}
