package gateway_test

import (
	"context"
	"testing"
	"time"
	"unsafe"

	"vestnik/device"
	"vestnik/gateway"
)

// setBack is a reading of the clock as time.Now gives it after somebody has set the
// clock back: the wall is another one, the monotonic reading goes on. The seconds
// stand above 30 bits of nanoseconds in the first word (package time, type Time).
func setBack(t time.Time, by time.Duration) time.Time {
	*(*uint64)(unsafe.Pointer(&t)) -= uint64(by/time.Second) << 30
	return t
}

// noMarks is a ledger that knows nothing of the clock.
type noMarks struct{ gateway.ClockKeeper }

func (noMarks) ClockMarks(context.Context) (gateway.ClockMarks, error) {
	return gateway.ClockMarks{}, nil
}
func (noMarks) NewestTime(context.Context) (time.Time, error) { return time.Time{}, nil }

func TestAClockSetBackUnderARunningBoxIsNoticed(t *testing.T) {
	t.Parallel()
	var by time.Duration
	sync := alone
	g := &gateway.ClockGuard{
		Kept: noMarks{}, Sync: func() device.ClockSync { return sync },
		Now: func() time.Time { return setBack(time.Now(), by) },
	}
	if err := g.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	if st := g.Look(); st.State != gateway.ClockAlone || st.Holds {
		t.Fatalf("at first %+v", st)
	}
	by = time.Hour
	if now := g.Now(); time.Since(now) > time.Minute || time.Now().Round(0).Sub(now.Round(0)) < 59*time.Minute {
		t.Fatalf("%s is not a clock set back", now)
	}
	if st := g.Look(); st.State != gateway.ClockBehind || st.Witness != gateway.WitnessSeen || !st.Holds {
		t.Errorf("an hour back, and nobody keeps it: %+v", st)
	}
	sync = kept // a time service has done it: the box had been ahead
	if st := g.Look(); st.Holds || st.SetBackAt.IsZero() || !st.Mending {
		t.Errorf("an hour back by a time service: %+v", st)
	}
}
