package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"vestnik/sim/disk"
)

// syncError is the scenario of the failing disk: o.Faults times an fsync of the
// ledger or of WhatsApp's keys fails in the middle of work. The box must end by
// itself, with a sentence and a status other than 0, and go on after its restart. What it
// then promises must also outlive a power cut: Linux takes the pages of a failed
// fsync for clean, and no later one writes them.
func syncError(ctx context.Context, o options) (Tally, error) {
	d, r, err := newDiskRig(ctx, o)
	if err != nil {
		return Tally{}, err
	}
	defer d.Close()
	defer r.Close()
	p := &plug{rig: r, disk: d}
	if err := r.during(ctx, func(ctx context.Context) error { return p.syncErrors(ctx, o.Faults) }); err != nil {
		return Tally{}, fmt.Errorf("diskerror: %w", err)
	}
	if err := r.Settle(ctx); err != nil {
		return Tally{}, fmt.Errorf("diskerror: %w", err)
	}
	return r.Tally(ctx, "diskerror", o.Faults)
}

// Patience with a failing disk.
const (
	strikeWait = 20 * time.Second // until the box syncs the file at all
	endWait    = 10 * time.Second // from the error to the end of the box
)

func (p *plug) syncErrors(ctx context.Context, n int) error {
	p.listen()
	defer p.rig.OnMoment(nil)
	for i := range n {
		if err := p.rig.BoxUp(ctx, upWait); err != nil {
			return err
		}
		if !p.rig.live(ctx, p.moments) {
			return ctx.Err()
		}
		p.stillRuns(fmt.Sprintf("disk error %d", i+1))
		file := []string{"vestnik.db-wal", "whatsapp.db-wal"}[i%2]
		if err := p.failSync(ctx, file); err != nil {
			return fmt.Errorf("fsync of %s: %w", file, err)
		}
		if err := p.rig.StartBox(ctx); err != nil {
			return err
		}
		if p.rig.roll(2) == 0 { // else it goes on after it is up
			if !p.rig.live(ctx, p.moments) {
				return ctx.Err()
			}
		} else if err := p.rig.BoxUp(ctx, upWait); err != nil {
			return err
		}
		if _, err := p.pull(ctx, disk.LoseAll, false); err != nil {
			return err
		}
	}
	return nil
}

// failSync lets one fsync of a file fail and looks how the box ends. Afterwards there
// is no box.
func (p *plug) failSync(ctx context.Context, file string) error {
	logged, err := os.Stat(p.rig.box.logPath)
	if err != nil {
		return err
	}
	struck := p.disk.Inject(disk.Fault{Op: disk.Sync, Err: syscall.EIO, Name: file})
	defer p.disk.ClearFaults()
	waiting, cancel := context.WithTimeout(ctx, strikeWait)
	defer cancel()
	if err := until(waiting, time.Millisecond, func() (bool, error) { return struck() > 0, nil }); err != nil {
		return fmt.Errorf("the box did not sync it within %s", strikeWait)
	}
	failed := time.Now()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(endWait):
		p.rig.Note("an fsync of %s failed, and the box went on for %s", file, endWait)
		return p.rig.KillBox()
	case <-p.rig.BoxExited():
	}
	said, err := os.ReadFile(p.rig.box.logPath)
	if err != nil {
		return err
	}
	words := lastLines(string(said[min(logged.Size(), int64(len(said))):]), 3)
	p.rig.log.Info("disk error", "file", file, "ended_after", time.Since(failed).Round(time.Millisecond), "why", p.rig.box.ending(), "said", words)
	var exit *exec.ExitError
	if !errors.As(p.rig.box.ending(), &exit) || exit.ExitCode() <= 0 {
		p.rig.Note("an fsync of %s failed, and the box ended with %v instead of a status of its own", file, p.rig.box.ending())
	}
	if !strings.Contains(words, "disk") {
		p.rig.Note("an fsync of %s failed, and the box ended without a word about the disk: %q", file, words)
	}
	return nil
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
