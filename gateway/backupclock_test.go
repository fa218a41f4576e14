package gateway_test

import (
	"context"
	"testing"
	"time"

	"vestnik/gateway"
)

// heldLedger has one message that is held from a backup, and notes what becomes of it.
type heldLedger struct {
	gateway.Ledger
	moved gateway.Change
}

func (l *heldLedger) Message(context.Context, gateway.MessageID) (gateway.Message, error) {
	return gateway.Message{ID: 1, State: gateway.Held, Reason: gateway.BackupUnsent}, nil
}

func (l *heldLedger) Move(_ context.Context, _ gateway.MessageID, _ gateway.State, c gateway.Change) (bool, error) {
	l.moved = c
	return true, nil
}

// A box that was just restored may have no battery for its clock: what a person lets go
// must not wait for the year that the clock shows.
func TestWhatIsLetGoByAClockAYearAheadIsDueNow(t *testing.T) {
	t.Parallel()
	clock := &gateway.ClockGuard{Kept: noMarks{}}
	now := func() time.Time { return time.Now().AddDate(-1, 0, 0) }
	if err := clock.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	clock.Outside(now())
	ledger := &heldLedger{}
	desk := gateway.NewDesk()
	desk.Ledger, desk.Clock, desk.Topics, desk.Enqueued = ledger, clock, &gateway.Topics{}, func() {}
	if ok, err := desk.ReleaseOne(t.Context(), 1, "Ольга"); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if off := ledger.moved.NotBefore.Sub(now()); off > time.Minute || off < -time.Minute {
		t.Errorf("it is due at %s", ledger.moved.NotBefore)
	}
	if at := ledger.moved.Steps[0].At; at.Sub(now()) > time.Minute {
		t.Errorf("it was let go at %s", at)
	}
}
