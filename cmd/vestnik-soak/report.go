package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// report is a whole run as it is written down.
type report struct {
	// Command is the command line that makes it again, with the seed.
	Command string `json:"command"`
	Seed    uint64 `json:"seed"`
	// Commit is the state of the sources, when the program knows it.
	Commit string    `json:"commit,omitempty"`
	Cores  int       `json:"cores"`
	Began  time.Time `json:"began"`
	// Tallies are the scenarios' results, one each.
	Tallies []Tally `json:"tallies,omitempty"`
	// Mailings are the runs of the crash test of mailings.
	Mailings []MailingRun `json:"mailings,omitempty"`
	// Breaks tells what found each break.
	Breaks []breakResult `json:"breaks,omitempty"`
}

// breakResult is what the harness said of one broken box.
type breakResult struct {
	Name     string `json:"name"`
	What     string `json:"what"`
	Scenario string `json:"scenario"`
	// Red tells that the harness found it; Counts says by what: "3 doubled".
	Red    bool     `json:"red"`
	Counts []string `json:"counts,omitempty"`
	Faults int      `json:"faults"`
	// First is one of the sentences of a tally that was red by them.
	First string        `json:"first,omitempty"`
	Took  time.Duration `json:"took"`
}

// newReport begins the report of this process.
func newReport(args []string, seed uint64) report {
	r := report{Seed: seed, Cores: runtime.NumCPU(), Began: time.Now().UTC().Truncate(time.Second), Command: "go run ./cmd/vestnik-soak"}
	outputs := []string{"dir", "json", "markdown", "binary"} // where things go changes nothing
	seeded, skip := false, false
	for _, a := range args {
		name, _, joined := strings.Cut(strings.TrimLeft(a, "-"), "=")
		switch {
		case skip:
			skip = false
		case strings.HasPrefix(a, "-") && slices.Contains(outputs, name):
			skip = !joined
		default:
			seeded = seeded || name == "seed"
			r.Command += " " + a
		}
	}
	if !seeded {
		r.Command += fmt.Sprintf(" --seed %d", seed)
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				r.Commit = s.Value[:12]
			}
		}
	}
	return r
}

// OK tells whether nothing was lost or doubled, and every break was found.
func (r report) OK() bool {
	for _, t := range r.Tallies {
		if !t.OK() {
			return false
		}
	}
	for _, m := range r.Mailings {
		if !m.OK() {
			return false
		}
	}
	for _, b := range r.Breaks {
		if !b.Red {
			return false
		}
	}
	return true
}

// writeFiles writes the report into the files that are named; "-" is the standard
// output, "" none.
func (r report) writeFiles(jsonPath, markdownPath string, stdout io.Writer) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	for _, f := range []struct {
		path string
		text string
	}{{jsonPath, string(text) + "\n"}, {markdownPath, r.markdown()}} {
		switch f.path {
		case "":
		case "-":
			if _, err := io.WriteString(stdout, f.text); err != nil {
				return err
			}
		default:
			if err := os.WriteFile(f.path, []byte(f.text), 0o644); err != nil {
				return fmt.Errorf("write the report: %w", err)
			}
		}
	}
	return nil
}

// markdown is the report as it stands in docs/reliability.md.
func (r report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "`%s`, %s, %d cores", r.Command, r.Began.Format("2 January 2006"), r.Cores)
	if r.Commit != "" {
		fmt.Fprintf(&b, ", commit %s", r.Commit)
	}
	b.WriteString(".\n")
	if len(r.Tallies) > 0 {
		b.WriteString("\n| what was done | faults | acknowledged | received | lost | doubled | in doubt on the way | unknown at the end (of these received) | same id again | took |\n" +
			"|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n")
		for _, t := range r.Tallies {
			fmt.Fprintf(&b, "| %s | %d | %d | %d | **%d** | **%d** | %d | %d (%d) | %d | %s |\n", t.Kind, t.Faults, t.Acknowledged, t.Received,
				t.Lost, t.Doubled, t.InDoubt, t.Unknown, t.UnknownReceived, t.SameIDAgain, took(t.Took))
		}
		for _, t := range r.Tallies {
			for _, w := range t.Wrong {
				fmt.Fprintf(&b, "\n- wrong in %s: %s", t.Kind, cell(w))
			}
		}
	}
	if len(r.Mailings) > 0 {
		b.WriteString(mailingsTable(r.Mailings))
	}
	if len(r.Breaks) > 0 {
		b.WriteString("\n| rule broken on purpose | `--break` | scenario, faults | found by | took |\n|---|---|---|---|---:|\n")
		for _, x := range r.Breaks {
			found := "**not found**"
			if x.Red {
				found = strings.Join(x.Counts, ", ")
			}
			if x.Red && x.First != "" {
				found += ": " + cell(x.First)
			}
			fmt.Fprintf(&b, "| %s | %s | %s, %d | %s | %s |\n", cell(x.What), x.Name, x.Scenario, x.Faults, found, took(x.Took))
		}
	}
	return b.String()
}

// took is a time as a table shows it.
func took(d time.Duration) string { return d.Round(time.Second).String() }

// cell is a text that does not break a table.
func cell(s string) string {
	s = strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
	const most = 160
	if letters := []rune(s); len(letters) > most {
		s = string(letters[:most-1]) + "…"
	}
	return s
}
