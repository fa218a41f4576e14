package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// faults is how often each kind of bad luck strikes in a run of the bench; "make soak" is the long
// run, and docs/reliability.md its report.
var faults = []struct {
	flag string
	n    int
}{
	{"kills", 20},
	{"power-cuts", 8},
	{"network-cuts", 6},
	{"unplugs", 4},
}

// benchSoak runs the harness that breaks the shipped box on purpose and counts what
// customers received.
func benchSoak(ctx context.Context, dir string) ([]figure, error) {
	report := filepath.Join(dir, "soak.json")
	args := []string{"run", "./cmd/vestnik-soak", "--json", report, "--dir", dir}
	for _, f := range faults {
		args = append(args, "--"+f.flag, strconv.Itoa(f.n))
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	said, runErr := cmd.CombinedOutput()
	text, err := os.ReadFile(report)
	if err != nil {
		return nil, fmt.Errorf("%w; it said:\n%s", runErr, said)
	}
	var r struct {
		Tallies []struct {
			Kind                   string
			Faults, Acknowledged   int
			Lost, Doubled, Unknown int
			Wrong                  []string
		}
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	var lost, doubled, unknown, wrong, acknowledged int
	var kinds, sentences []string
	for _, t := range r.Tallies {
		lost, doubled, unknown, acknowledged = lost+t.Lost, doubled+t.Doubled, unknown+t.Unknown, acknowledged+t.Acknowledged
		wrong += len(t.Wrong)
		sentences = append(sentences, t.Wrong...)
		kinds = append(kinds, fmt.Sprintf("%d × %s", t.Faults, t.Kind))
	}
	over := fmt.Sprintf("%d acknowledged over %s", acknowledged, strings.Join(kinds, ", "))
	return []figure{
		{"lost messages", float64(lost), "messages", exactly(0), over},
		{"doubled messages", float64(doubled), "messages", exactly(0), "as customers' phones show them"},
		{"unknown messages", float64(unknown), "messages", target{}, "shown to a person, with their evidence"},
		{"states without evidence", float64(wrong), "findings", exactly(0), strings.Join(sentences, "; ")},
	}, nil
}
