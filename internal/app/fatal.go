package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store"
)

// ErrDiskFailed ends the process: the disk did not write what it was given. What it
// then says that it has written cannot be believed, so nothing is tried again by this
// process; the next one reads what really lies there.
var ErrDiskFailed = errors.New("the disk failed while writing or reading the database: nothing is sent and nothing is written by this process any more. " +
	"Vestnik starts again by itself; if this comes back, replace the memory card or disk")

// isDamaged tells whether an error says that the database's file is damaged.
func isDamaged(err error) bool {
	var e *device.Error
	var bad *store.OpenError
	return errors.As(err, &bad) && bad.Problem == store.ProblemCorrupt ||
		errors.As(err, &e) && (e.Code == "SQLITE_CORRUPT" || e.Code == gateway.FaultDamaged)
}

// onFault hears from the store that it writes no more. It is called in the middle of
// a change.
func (a *App) onFault(err error) {
	a.log.Error("the database cannot be used any more", "error", err)
	a.stopSending() // at once: what is not begun stays in the queue
	select {
	case a.broken <- err:
	default: // the first one counts
	}
}

// noteLoopFault hears what a loop ended with.
func (a *App) noteLoopFault(err error) {
	var e *device.Error
	if errors.As(err, &e) && e.Code == "SQLITE_FULL" {
		a.disk.Look()
	}
}

// diskFailed is the error that ends the process.
func diskFailed(err error) error { return fmt.Errorf("%w (%w)", ErrDiskFailed, err) }

// endBroken ends Run after the store said that it writes no more. A damaged file: the
// one page that says so stays until ctx ends. A disk that fails: the process ends at
// once.
func (a *App) endBroken(end context.CancelFunc, served <-chan error, fault error) error {
	damaged := isDamaged(fault)
	if damaged {
		a.damage.Store(&damage{err: fault, at: time.Now()})
	}
	a.supervisor.wait(3 * time.Second)
	a.parts.stopModems()
	if !damaged {
		end()
		select {
		case <-served:
		case <-time.After(2 * time.Second):
		}
		return diskFailed(fault)
	}
	return <-served
}

// leftOpen tells whether the last process that used a database did not close it: its
// log is still there.
func leftOpen(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}

// stateChanged makes pages draw the state of the box anew.
func (a *App) stateChanged() { a.topics.Publish(gateway.TopicLinks) }

// checkDatabase reads the whole file through for damage: at start after a box that
// went down without closing it, and once a week. It runs beside the work: a ledger of
// a million messages, 1 GB, takes 40 s on a fast machine and minutes on a memory card.
func (a *App) checkDatabase(ctx context.Context) error {
	for {
		chores, err := a.store.Chores(ctx)
		if err != nil {
			return err
		}
		wait := max(chores[gateway.ChoreCheck].At.Add(checkEvery).Sub(a.clock.Time()), checkAfterStart)
		if a.unclean {
			wait = checkAfterCrash
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(min(wait, checkEvery)):
		}
		if err := a.checkOnce(ctx); err != nil {
			return err
		}
		a.unclean = false
	}
}

const (
	checkEvery      = 7 * 24 * time.Hour
	checkAfterStart = 10 * time.Minute
	checkAfterCrash = 3 * time.Second
	checkBudget     = 30 * time.Minute
)

func (a *App) checkOnce(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, checkBudget)
	defer cancel()
	began := time.Now()
	err := a.store.Check(limited)
	took := time.Since(began)
	if ctx.Err() != nil {
		return nil
	}
	c := gateway.Chore{Name: gateway.ChoreCheck, At: a.clock.Time(), OK: err == nil, Detail: gateway.Args{"seconds": fmt.Sprintf("%.1f", took.Seconds())}}
	switch {
	case isDamaged(err):
		a.onFault(err)
		return nil
	case limited.Err() != nil:
		c.Detail["problem"] = "too_slow"
	case err != nil:
		return err
	}
	a.log.Info("database checked", "ok", c.OK, "took", took, "after_crash", a.unclean)
	return a.store.SaveChore(ctx, c)
}
