// Command vestnik-bench measures the product on this machine: the real client and
// the real modem code against the simulators, the product in a process of its own.
// It prints a table and writes bench.json. A rate is compared with its floor, measured
// in the same run; nothing here fails a build.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if role := os.Getenv(roleEnv); role != "" {
		if err := runChild(ctx, role); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", role, err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.StringVar(&o.out, "out", "bench.json", "file for the figures as JSON")
	flag.StringVar(&o.daemon, "daemon", "bin/vestnik", "the built daemon, for start time and idle memory")
	only := flag.String("only", "", "parts to run, separated by commas; empty: all")
	flag.Parse()
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	if err := bench(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "vestnik-bench:", err)
		os.Exit(1)
	}
}

type options struct {
	out, daemon string
	only        []string // nil: every part
}

// part is a group of rows with a folder of its own.
type part struct {
	name string
	run  func(context.Context, string) ([]figure, error)
}

func parts(o options) []part {
	return []part{
		{"soak", benchSoak},
		{"daemon", func(ctx context.Context, dir string) ([]figure, error) { return benchDaemon(ctx, dir, o.daemon) }},
		{"ledger", func(ctx context.Context, dir string) ([]figure, error) { return benchLedger(ctx, dir, o.daemon) }},
		{"throughput", benchThroughput},
		{"disk", benchDisk},
		{"product", benchProduct},
		{"sms", benchSMS},
		{"talks", benchTalks},
		{"cards", benchCards},
		{"mailing", benchMailing},
	}
}

func bench(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "vestnik-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var all []figure
	for _, part := range parts(o) {
		if o.only != nil && !slices.Contains(o.only, part.name) {
			continue
		}
		began := time.Now()
		figures, err := part.run(ctx, mkdir(dir, part.name))
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", part.name, time.Since(began).Round(time.Second))
		if err := os.RemoveAll(filepath.Join(dir, part.name)); err != nil {
			return err
		}
		all = append(all, figures...)
	}
	table(all)
	return save(o.out, all)
}
