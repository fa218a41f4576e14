package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// figure is one row of the table.
type figure struct {
	What   string
	Value  float64
	Unit   string
	Target target // the zero target: a figure that only explains others
	Note   string
}

// target is the bound of a figure.
type target struct {
	word  string // "≤", "≥" or "="; "" for none
	bound float64
}

func atMost(v float64) target  { return target{"≤", v} }
func atLeast(v float64) target { return target{"≥", v} }
func exactly(v float64) target { return target{"=", v} }

func (t target) String() string {
	if t.word == "" {
		return ""
	}
	return fmt.Sprintf("%s %g", t.word, t.bound)
}

// met tells whether a value keeps the target.
func (t target) met(v float64) bool {
	switch t.word {
	case "≤":
		return v <= t.bound
	case "≥":
		return v >= t.bound
	case "=":
		return v == t.bound
	}
	return true
}

// verdict is the word of the table.
func (f figure) verdict() string {
	switch {
	case f.Target.word == "":
		return ""
	case f.Target.met(f.Value):
		return "met"
	}
	return "NOT MET"
}

// MarshalJSON leaves out what a row does not have.
func (f figure) MarshalJSON() ([]byte, error) {
	row := struct {
		What   string  `json:"what"`
		Value  float64 `json:"value"`
		Unit   string  `json:"unit"`
		Target string  `json:"target,omitempty"`
		Met    *bool   `json:"met,omitempty"`
		Note   string  `json:"note,omitempty"`
	}{f.What, f.Value, f.Unit, f.Target.String(), nil, f.Note}
	if f.Target.word != "" {
		met := f.Target.met(f.Value)
		row.Met = &met
	}
	return json.Marshal(row)
}

func table(all []figure) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tfigure\tunit\ttarget\t\tnote")
	fmt.Fprintln(w, strings.Repeat("-", 40)+"\t-------\t----\t------\t---\t----")
	for _, f := range all {
		fmt.Fprintf(w, "%s\t%.3g\t%s\t%s\t%s\t%s\n", f.What, f.Value, f.Unit, f.Target, f.verdict(), f.Note)
	}
	w.Flush()
}

func save(path string, all []figure) error {
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func median(d []time.Duration) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[len(d)/2]
}

// p99 is the value that 99 of 100 do not exceed, p95 the one that 95 do not.
func p99(d []time.Duration) time.Duration { return percentile(d, 99) }
func p95(d []time.Duration) time.Duration { return percentile(d, 95) }

func percentile(d []time.Duration, n int) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[min(len(d)*n/100, len(d)-1)]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
