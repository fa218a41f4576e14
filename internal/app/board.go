package app

import (
	"context"
	"time"

	"vestnik/device/board"
	"vestnik/gateway"
)

const databaseName = "vestnik.db"

// mendedFor is how long the page shows what the auditor put right by itself.
const mendedFor = 7 * 24 * time.Hour

func newBoard(dir string) *board.Board {
	return board.New(board.Options{DataDir: dir, Database: databaseName})
}

// Care implements webui.Desk.
func (d desk) Care(ctx context.Context) (gateway.Care, error) {
	a := d.app
	c := gateway.Care{Clock: a.clock.Look(), Health: a.board.Health(), Disk: a.disk.State(), Ballast: a.disk.Ballast()}
	var err error
	if c.Chores, err = a.store.Chores(ctx); err != nil {
		return c, err
	}
	if f, ok := any(a.store).(gateway.Findings); ok {
		c.Findings, err = f.Findings(ctx, c.Clock.Best.Add(-mendedFor))
	}
	return c, err
}

// Clock implements webui.Desk.
func (d desk) Clock() gateway.ClockStatus { return d.app.clock.Look() }

// TrustClock implements webui.Desk.
func (d desk) TrustClock(_ context.Context, by string) error {
	d.app.clock.Trust(by)
	d.app.topics.Publish(gateway.TopicLinks)
	return nil
}
