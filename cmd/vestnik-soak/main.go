package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ok, err := run(ctx, os.Args[1:])
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "vestnik-soak:", err)
		os.Exit(2)
	case !ok:
		os.Exit(1)
	}
}

// run runs the scenarios that the flags name side by side; ok tells whether all
// tallies are.
func run(ctx context.Context, args []string) (ok bool, err error) {
	flags := flag.NewFlagSet("vestnik-soak", flag.ContinueOnError)
	table := scenarios()
	counts := make([]*int, len(table))
	for i, s := range table {
		counts[i] = flags.Int(s.flag, 0, fmt.Sprintf("how often: %s (make soak: %d)", s.what, s.long))
	}
	seed := flags.Uint64("seed", uint64(time.Now().UnixNano()), "repeats the order of arrivals and faults")
	broken := flags.String("break", "", "build the box with this rule broken on purpose; without a scenario and --mailings, run the one that must find it; \"all\": all of them")
	scratch := flags.String("dir", "", "folder for the boxes' data, on a real disk; a new one under the system's when empty")
	binary := flags.String("binary", "", "a box that was built before; built when empty")
	mail := mailingFlags(flags)
	verbose := flags.Bool("v", false, "tell more on the way")
	asJSON := flags.String("json", "", "write the report to this file")
	asMarkdown := flags.String("markdown", "", "write the report's tables to this file")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	level := slog.LevelInfo
	if *verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	dir, err := os.MkdirTemp(*scratch, "vestnik-soak-")
	if err != nil {
		return false, err
	}
	rep := newReport(args, *seed)
	var chosen []row
	for i, s := range table {
		if *counts[i] > 0 {
			s.long = *counts[i]
			chosen = append(chosen, s)
		}
	}
	if *broken != "" && len(chosen) == 0 && !mail.on {
		log.Info("soak", "seed", *seed, "dir", dir, "break", *broken)
		rep.Breaks, err = runBreaks(ctx, *broken, dir, *seed, log)
		if err != nil {
			return false, err
		}
		fmt.Print(rep.markdown())
		if err := rep.writeFiles(*asJSON, *asMarkdown, os.Stdout); err != nil || !rep.OK() {
			log.Info("what the boxes left is kept", "dir", dir)
			return false, err
		}
		return true, os.RemoveAll(dir)
	}
	if *binary == "" {
		if *binary, err = buildBox(ctx, dir, *broken); err != nil {
			return false, err
		}
	}
	log.Info("soak", "seed", *seed, "dir", dir, "break", *broken)
	if mail.on {
		rep.Mailings, err = mail.run(ctx, options{Binary: *binary, Dir: dir, Seed: *seed, Log: log})
		fmt.Print(rep.markdown())
		if err = errors.Join(err, rep.writeFiles(*asJSON, *asMarkdown, os.Stdout)); err != nil || !rep.OK() {
			log.Info("what the boxes left is kept", "dir", dir)
			return false, err
		}
		return true, os.RemoveAll(dir)
	}
	tallies, errs := sideBySide(ctx, chosen, func(s row) options {
		return options{Binary: *binary, Dir: filepath.Join(dir, s.name), Faults: s.long, Seed: *seed, Log: log.With("scenario", s.name)}
	})
	err = errors.Join(errs...)
	ok = err == nil
	for _, t := range tallies {
		fmt.Println(t)
		ok = ok && t.OK()
	}
	if err == nil {
		rep.Tallies = tallies
		err = rep.writeFiles(*asJSON, *asMarkdown, os.Stdout)
	}
	if ok && err == nil {
		err = os.RemoveAll(dir)
	} else {
		log.Info("what the boxes left is kept", "dir", dir)
	}
	return ok, err
}

// sideBySide runs scenarios at the same time, each in a folder of its own, and
// answers the tallies and the harness's errors in their order.
func sideBySide(ctx context.Context, chosen []row, with func(row) options) (tallies []Tally, errs []error) {
	tallies, errs = make([]Tally, len(chosen)), make([]error, len(chosen))
	var all sync.WaitGroup
	for i, s := range chosen {
		all.Go(func() {
			o := with(s)
			if errs[i] = os.MkdirAll(o.Dir, 0o700); errs[i] == nil {
				tallies[i], errs[i] = s.run(ctx, o)
			}
			if errs[i] != nil {
				errs[i] = fmt.Errorf("scenario %s: %w", s.name, errs[i])
			}
		})
	}
	all.Wait()
	return tallies, errs
}
