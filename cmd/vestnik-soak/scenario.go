package main

import (
	"context"
	"log/slog"
)

// options of one run of a scenario.
type options struct {
	// Binary is the box under test, made by buildBox.
	Binary string
	// Dir is a scratch folder of this run's own, on a real disk; it exists.
	Dir string
	// Faults is how often the scenario breaks something.
	Faults int
	// Seed makes the order of arrivals and faults repeatable, as far as the scheduler of
	// the machine allows.
	Seed uint64
	Log  *slog.Logger
}

// scenario breaks the box in one way, o.Faults times, and counts. The error is a
// fault of the harness, or a box that does not come back; what customers did not
// get stands in the tally.
type scenario func(ctx context.Context, o options) (Tally, error)

// row is a line of the table of scenarios.
type row struct {
	name, flag, what string
	// short and long are how many faults `make test` and `make soak` make.
	short, long int
	run         scenario
}

// scenarios is the table. Each scenario has a rig of its own, so all may run side by
// side.
func scenarios() []row {
	return []row{
		{"kill", "kills", "SIGKILL at any moment, also in the middle of a send, and start again at once", 120, 1000, kill},
		{"powercut", "power-cuts", "the plug pulled: what the disk was not told to keep is gone, the modem sometimes with it", 20, 200, powerCut},
		{"diskerror", "disk-errors", "an fsync that fails in the middle of work, and a power cut after the restart", 2, 20, syncError},
		{"network", "network-cuts", "connections to WhatsApp and the CRM reset, cut short, slow, silent; answers lost after acceptance", 20, 100, network},
		{"unplug", "unplugs", "the modem pulled out, restarted or silent at each moment of an SMS; the box killed there", 12, 50, unplug},
	}
}
