package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"vestnik/sim/disk"
)

// powerCut is the scenario of the plug: o.Faults times the box, its disk and
// sometimes its modem lose their power, at moments biased to lie inside a send, with
// arrivals going on. What the disk was not told to keep is gone, or there in parts.
func powerCut(ctx context.Context, o options) (Tally, error) {
	wrong, err := firstDays(ctx, o, 1+o.Faults/10)
	if err != nil {
		return Tally{}, fmt.Errorf("powercut: %w", err)
	}
	d, r, err := newDiskRig(ctx, o)
	if err != nil {
		return Tally{}, err
	}
	defer d.Close()
	defer r.Close()
	for _, w := range wrong {
		r.Note("%s", w)
	}
	p := &plug{rig: r, disk: d}
	if err := r.during(ctx, func(ctx context.Context) error { return p.cuts(ctx, o.Faults) }); err != nil {
		return Tally{}, fmt.Errorf("powercut: %w", err)
	}
	if err := r.Settle(ctx); err != nil {
		return Tally{}, fmt.Errorf("powercut: %w", err)
	}
	return r.Tally(ctx, "powercut", o.Faults)
}

// newDiskRig is a rig whose box has its data on a disk that can lose its power.
func newDiskRig(ctx context.Context, o options) (*disk.Disk, *rig, error) {
	d, err := disk.New(disk.Options{
		Mount: filepath.Join(o.Dir, "disk"), Scratch: filepath.Join(o.Dir, "scratch"), Seed: o.Seed, SyncDelay: cardDelay,
	})
	if err != nil {
		return nil, nil, err
	}
	r, err := newRig(ctx, rigOptions{Dir: o.Dir, DataDir: filepath.Join(d.Path(), "data"), Binary: o.Binary, Seed: o.Seed, Log: o.Log})
	if err != nil {
		_ = d.Close() // the rig's error is the one to tell
		return nil, nil, err
	}
	return d, r, nil
}

// cardDelay is how long the disk takes to sync: that of a fast memory card. It also
// makes it likely that a cut comes while the box waits for it.
const cardDelay = 4 * time.Millisecond

// plug is what is pulled.
type plug struct {
	rig     *rig
	disk    *disk.Disk
	moments chan moment
}

// cuts pulls it n times.
func (p *plug) cuts(ctx context.Context, n int) error {
	p.listen()
	defer p.rig.OnMoment(nil)
	began, lost := time.Now(), disk.Loss{}
	for i := range n {
		if !p.rig.live(ctx, p.moments) {
			return ctx.Err()
		}
		p.stillRuns(fmt.Sprintf("power cut %d", i+1))
		loss, err := p.pull(ctx, disk.Mode(i%3), p.rig.roll(3) == 0)
		if err != nil {
			return err
		}
		lost.Pages, lost.Names = lost.Pages+loss.Pages, lost.Names+loss.Names
		if (i+1)%20 == 0 {
			p.rig.log.Info("power cuts", "done", i+1, "took", took(time.Since(began)), "promised", p.rig.book.size(),
				"pages_lost", lost.Pages, "names_lost", lost.Names)
		}
	}
	return nil
}

func (p *plug) listen() {
	p.moments = make(chan moment, 1)
	p.rig.OnMoment(func(m moment) {
		select {
		case p.moments <- m:
		default: // nobody waits for one
		}
	})
}

// stillRuns notes a box that ended without having been told to.
func (p *plug) stillRuns(before string) {
	select {
	case <-p.rig.BoxExited():
		p.rig.Note("the box ended by itself before %s: %v", before, p.rig.box.ending())
	default:
	}
}

// pull takes the power from the box and its disk, and with stick from the modem that
// hangs on it, and gives it back. The box stands before the disk is cut: else it would
// live some milliseconds longer than its disk and acknowledge what never was.
func (p *plug) pull(ctx context.Context, mode disk.Mode, stick bool) (disk.Loss, error) {
	if pid, ok := p.rig.box.running(); ok {
		if err := freeze(ctx, pid); err != nil {
			return disk.Loss{}, err
		}
	}
	loss, err := p.disk.Cut(mode)
	if err != nil {
		return loss, err
	}
	modem := p.rig.World.Modem
	if stick {
		modem.Unplug()
	}
	if err := p.rig.KillBox(); err != nil {
		return loss, err
	}
	sleep(ctx, p.rig.span(0, 100*time.Millisecond))
	if err := p.disk.PowerOn(); err != nil {
		return loss, err
	}
	if !stick {
		return loss, p.rig.StartBox(ctx)
	}
	// The stick is found before the box is ready, or the other way round.
	late := p.rig.roll(2) == 0
	if late {
		if err := p.rig.StartBox(ctx); err != nil {
			return loss, err
		}
		sleep(ctx, p.rig.span(0, 300*time.Millisecond))
	}
	if err := modem.Plug(); err != nil || late {
		return loss, err
	}
	return loss, p.rig.StartBox(ctx)
}

// freeze stops a process and waits until no thread of it runs: each is stopped (T), or
// waits in the kernel for the disk (D) and stops before it sees the answer. One that
// has ended stands still as well. Source: proc(5).
func freeze(ctx context.Context, pid int) error {
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("freeze the box: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return until(ctx, time.Millisecond, func() (bool, error) {
		stats, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		if err != nil {
			return false, err
		}
		for _, path := range stats {
			stat, err := os.ReadFile(path)
			if err != nil {
				continue // a thread that has ended
			}
			if _, after, _ := strings.Cut(string(stat), ") "); !strings.ContainsAny(after[:min(1, len(after))], "TDZX") {
				return false, nil
			}
		}
		return true, nil
	})
}
