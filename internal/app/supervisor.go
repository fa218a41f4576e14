package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

// supervisor keeps loops running. One that ends with an error or a panic is
// started again after a pause, and the reason stands on the device page until it has
// run well for a minute.
type supervisor struct {
	log  *slog.Logger
	told func(error) // what a loop ended with; nil: nobody is told
	wg   sync.WaitGroup

	mu     sync.Mutex
	faults map[string]Fault
}

// Fault is a loop that does not run at this moment.
type Fault struct {
	Loop  string
	Err   error
	Since time.Time
	Tries int
}

// healthyAfter is how long a restarted loop must run before its fault is forgotten.
const healthyAfter = time.Minute

// start runs a loop in the background until ctx ends.
func (s *supervisor) start(ctx context.Context, name string, run func(context.Context) error) {
	s.wg.Go(func() { s.keep(ctx, name, run) })
}

// keep runs a loop until ctx ends.
func (s *supervisor) keep(ctx context.Context, name string, run func(context.Context) error) {
	defer s.forget(name)
	for tries := 1; ctx.Err() == nil; tries++ {
		began := time.Now()
		well := time.AfterFunc(healthyAfter, func() { s.forget(name) })
		err := guarded(ctx, run)
		well.Stop()
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > healthyAfter {
			tries = 1
		}
		if err == nil {
			err = errors.New("ended by itself")
		}
		s.note(name, err, tries)
		if s.told != nil {
			s.told(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(time.Minute, time.Second<<min(tries, 6))):
		}
	}
}

func guarded(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return run(ctx)
}

func (s *supervisor) note(name string, err error, tries int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, known := s.faults[name]
	if !known {
		old = Fault{Loop: name, Since: time.Now()}
	}
	if !known || old.Err.Error() != err.Error() {
		s.log.Error("a loop stopped and is started again", "loop", name, "error", err)
	}
	old.Err, old.Tries = err, tries
	if s.faults == nil {
		s.faults = map[string]Fault{}
	}
	s.faults[name] = old
}

func (s *supervisor) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.faults, name)
}

// down tells whether a loop does not run at this moment.
func (s *supervisor) down(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, is := s.faults[name]
	return is
}

// current lists the loops that are down, by name.
func (s *supervisor) current() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Fault
	for _, f := range s.faults {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b Fault) int { return strings.Compare(a.Loop, b.Loop) })
	return list
}

// wait waits for the loops to end, at most for the time given.
func (s *supervisor) wait(limit time.Duration) {
	ended := make(chan struct{})
	go func() { s.wg.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(limit):
		s.log.Error("not every loop ended in time")
	}
}
