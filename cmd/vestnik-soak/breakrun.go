package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// breakRounds is how often a scenario is run against a broken box before the
// break counts as not found: a fault hits the moment that matters by chance.
const breakRounds = 4

// breaksAtOnce is how many breaks are tried at the same time: most of each is waiting.
const breaksAtOnce = 3

// runBreaks tries one break, or "all" of them, and tells what found each.
func runBreaks(ctx context.Context, name, dir string, seed uint64, log *slog.Logger) ([]breakResult, error) {
	list := breaks()
	if name != "all" {
		b, err := breakNamed(name)
		if err != nil {
			return nil, err
		}
		list = []breakage{b}
	}
	results, faults := make([]breakResult, len(list)), make([]error, len(list))
	turns := make(chan struct{}, breaksAtOnce)
	var all sync.WaitGroup
	for i, b := range list {
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			if faults[i] = ctx.Err(); faults[i] == nil {
				results[i], faults[i] = runBreak(ctx, b, dir, 0, seed, log)
			}
			log.Info("break", "name", b.Name, "red", results[i].Red, "counts", results[i].Counts, "took", took(results[i].Took), "error", faults[i])
		})
	}
	all.Wait()
	return results, errors.Join(faults...)
}

// runBreak builds a broken box and lets its scenario loose on it until that is
// red. faults of 0 means as many as the break asks for.
func runBreak(ctx context.Context, b breakage, dir string, faults int, seed uint64, log *slog.Logger) (breakResult, error) {
	began := time.Now()
	r := breakResult{Name: b.Name, What: b.What, Scenario: b.Scenario}
	if faults == 0 {
		faults = b.Faults
	}
	run, err := scenarioNamed(b.Scenario)
	if err != nil {
		return r, err
	}
	dir = filepath.Join(dir, "break-"+b.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return r, err
	}
	binary, err := buildBox(ctx, dir, b.Name)
	if err != nil {
		return r, err
	}
	for round := range breakRounds {
		scratch := filepath.Join(dir, fmt.Sprintf("round-%d", round+1))
		if err := os.MkdirAll(scratch, 0o700); err != nil {
			return r, err
		}
		t, err := run(ctx, options{Binary: binary, Dir: scratch, Faults: faults, Seed: seed + uint64(round), Log: log.With("break", b.Name, "round", round+1)})
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
		if c.n > 0 {
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
