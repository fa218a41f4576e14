// Command vestnik-bench measures the product on this machine: the real client and
// the real modem code against the simulators, the product in a process of its own.
// It prints a table and writes bench.json. A rate is compared with its floor, measured
// in the same run; nothing here fails a build.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
)

// figure is one row of the table.
type figure struct {
	What   string  `json:"what"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Target string  `json:"target"`
	Note   string  `json:"note,omitempty"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if os.Getenv(boxEnv) != "" {
		if err := runBox(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "box:", err)
			os.Exit(1)
		}
		return
	}
	out := flag.String("out", "bench.json", "file for the figures as JSON")
	daemon := flag.String("daemon", "bin/vestnik", "the built daemon, for start time and idle memory")
	flag.Parse()
	if err := bench(ctx, *out, *daemon); err != nil {
		fmt.Fprintln(os.Stderr, "vestnik-bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, out, daemon string) error {
	dir, err := os.MkdirTemp("", "vestnik-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var all []figure
	for _, part := range []struct {
		name string
		run  func(context.Context, string) ([]figure, error)
	}{
		{"daemon", func(ctx context.Context, dir string) ([]figure, error) { return benchDaemon(ctx, dir, daemon) }},
		{"floor", benchFloor},
		{"product", benchProduct},
		{"sms", benchSMS},
	} {
		fmt.Fprintf(os.Stderr, "%s …\n", part.name)
		sub := filepath.Join(dir, part.name)
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return err
		}
		figures, err := part.run(ctx, sub)
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		all = append(all, figures...)
	}
	all = append(all, ratio(all)...)
	table(all)
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(text, '\n'), 0o644)
}

// ratio sets the product's rate beside its floor.
func ratio(all []figure) []figure {
	rates := map[string]float64{}
	for _, f := range all {
		rates[f.What] = f.Value
	}
	if rates[floorName] == 0 {
		return nil
	}
	return []figure{{"WhatsApp throughput, product against bare loop", rates[productName] / rates[floorName], "ratio", "≥ 0.60", "same simulator, synchronous=FULL both"}}
}

func table(all []figure) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tfigure\tunit\ttarget\tnote")
	fmt.Fprintln(w, strings.Repeat("-", 40)+"\t-------\t----\t------\t----")
	for _, f := range all {
		fmt.Fprintf(w, "%s\t%.3g\t%s\t%s\t%s\n", f.What, f.Value, f.Unit, f.Target, f.Note)
	}
	w.Flush()
}
