package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheReportSaysWhatWasCounted(t *testing.T) {
	t.Parallel()
	r := newReport([]string{"--kills", "10", "--json", "a.json", "--markdown=b.md", "--dir", "/tmp"}, 7)
	r.Cores, r.Commit, r.Began = 2, "", time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	r.Tallies = []Tally{{Kind: "kill", Faults: 10, Acknowledged: 90, Received: 88, InDoubt: 21, Unknown: 2, UnknownReceived: 1, SameIDAgain: 3, Took: 61400 * time.Millisecond}}
	r.Breaks = []breakResult{
		{Name: "new-id", What: "another id", Scenario: "kill", Red: true, Counts: []string{"3 doubled"}, Faults: 25, Took: 80 * time.Second},
		{Name: "weak", What: "found by nobody", Scenario: "kill", Faults: 100, Took: time.Minute},
	}
	want := "`go run ./cmd/vestnik-soak --kills 10 --seed 7`, 4 March 2026, 2 cores.\n" +
		"\n| what was done | faults | acknowledged | received | lost | doubled | in doubt on the way | unknown at the end (of these received) | same id again | took |\n" +
		"|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n" +
		"| kill | 10 | 90 | 88 | **0** | **0** | 21 | 2 (1) | 3 | 1m1s |\n" +
		"\n| rule broken on purpose | `--break` | scenario, faults | found by | took |\n|---|---|---|---|---:|\n" +
		"| another id | new-id | kill, 25 | 3 doubled | 1m20s |\n" +
		"| found by nobody | weak | kill, 100 | **not found** | 1m0s |\n"
	if got := r.markdown(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if r.OK() {
		t.Error("a break that was not found is not OK")
	}
	r.Breaks = r.Breaks[:1]
	if !r.OK() {
		t.Error("all is kept and every break was found")
	}
	r.Tallies[0].wrong("message %d | was shown to nobody\nand more", 5)
	if got := r.markdown(); !strings.Contains(got, "- wrong in kill: message 5 \\| was shown to nobody and more") || r.OK() {
		t.Errorf("what is wrong is not told:\n%s", got)
	}
	path := filepath.Join(t.TempDir(), "soak.json")
	var out strings.Builder
	if err := r.writeFiles(path, "-", &out); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(text, &back); err != nil || back.Tallies[0].Acknowledged != 90 || back.Breaks[0].Counts[0] != "3 doubled" {
		t.Errorf("the file does not say the same: %v\n%s", err, text)
	}
	if out.String() != r.markdown() {
		t.Error("- is not the standard output")
	}
}

func TestTheTableOfMailings(t *testing.T) {
	t.Parallel()
	good := MailingRun{
		Run: "fast 1", Killed: "while pausing, at 40 %", Stood: "paused", Recipients: 30000, Before: 12001, InAll: 30000, State: "done 30000/30000", Rate: 151.4, Took: 4 * time.Minute,
	}
	lost := MailingRun{Run: "fast 2", Killed: "while freezing the audience", Stood: "starting", Recipients: 1500, InAll: 610, Never: 890, State: "done 1500/1500"}
	twice := good
	twice.Twice, twice.Wrong = 1, []string{"the box's log: panic"}
	r := report{Mailings: []MailingRun{good, lost, twice}}
	for _, want := range []string{
		"| fast 1 | while pausing, at 40 % | paused | 30,000 | 12,001 | 30,000 | **0** | **0** | done 30000/30000 | 151 | 4m0s |\n",
		"| fast 2 | while freezing the audience | starting | 1,500 | 0 | 610 | **890** | **0** | done 1500/1500 | 0 | 0s |\n",
		"- wrong in fast 1: the box's log: panic",
	} {
		if !strings.Contains(r.markdown(), want) {
			t.Errorf("%q is not in\n%s", want, r.markdown())
		}
	}
	short := good
	short.State = "done 29999/30000"
	for _, bad := range []MailingRun{lost, twice, short} {
		if bad.OK() || (report{Mailings: []MailingRun{good, bad}}).OK() {
			t.Errorf("%+v counts as good", bad)
		}
	}
	if !(report{Mailings: []MailingRun{good}}).OK() {
		t.Error("a good run is red")
	}
}
