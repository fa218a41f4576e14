package app

import (
	"context"
	"runtime/debug"
	"time"

	"vestnik/gateway"
)

// builtAt is when the program's sources were committed: its clock cannot be right
// before that. Zero when the build does not tell.
func builtAt() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			if at, err := time.Parse(time.RFC3339, s.Value); err == nil {
				return at
			}
		}
	}
	return time.Time{}
}

// guardClock makes the guard of the clock and reads what the last run knew.
func (a *App) guardClock(ctx context.Context) error {
	a.clock = &gateway.ClockGuard{
		Kept: a.store, Sync: a.board.Clock, Now: a.opts.Now, Built: builtAt(), Log: a.log,
		Changed: func() {
			a.topics.Publish(gateway.TopicLinks)
			a.wakeAll()
			a.watch.Wake()
		},
	}
	return a.clock.Load(ctx)
}

// wall is the store's clock: the best that is known of the time.
func (a *App) wall() time.Time {
	switch {
	case a.clock != nil:
		return a.clock.Time()
	case a.opts.Now != nil:
		return a.opts.Now()
	}
	return time.Now()
}
