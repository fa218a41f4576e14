package app

import (
	"context"
	"reflect"

	"vestnik/gateway"
)

// clocks are what the hours of waiting messages depend on beside their own.
type clocks struct {
	zone              string
	decent            gateway.Hours
	ordersToo, opened bool
	open              gateway.Week
}

func (a *App) clocksNow() clocks {
	s := a.live.Now().Settings
	return clocks{s.Shop.Timezone, s.Decency.Hours, s.Decency.OrdersToo, s.Decency.WhenOpen, a.script.Now().Script.Open}
}

// rethink makes what waits for its hours think them over once they are others.
func (a *App) rethink(ctx context.Context, had clocks) (clocks, error) {
	now := a.clocksNow()
	if reflect.DeepEqual(had, now) {
		return had, nil
	}
	n, err := a.store.RethinkHours(ctx, a.clock.Time())
	if err != nil {
		return had, err
	}
	a.log.Info("the hours of messages are others", "zone", now.zone, "waiting", n)
	a.wakeAll()
	return now, nil
}
