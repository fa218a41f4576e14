package gateway_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// wallClock is the clock on the wall of a box: it may be wrong, and be set. Real time is
// time.Now, which in these tests is virtual.
type wallClock struct {
	mu   sync.Mutex
	off  time.Duration
	sync device.ClockSync
}

// built is when the program under test was made.
var built = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func (c *wallClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Round(0).Add(c.off) // without the monotonic reading, which nobody can set
}

// wall is the store's clock: the best that is known of the time.
func (s *shop) wall() func() time.Time {
	if s.clock == nil {
		return nil
	}
	s.guard = nil // of the last run
	return func() time.Time {
		if s.guard == nil {
			return s.clock.now()
		}
		return s.guard.Time()
	}
}

func (c *wallClock) guard(t tester, kept gateway.ClockKeeper, changed func()) *gateway.ClockGuard {
	if c == nil {
		return nil
	}
	g := &gateway.ClockGuard{Kept: kept, Now: c.now, Built: built, Changed: changed, Sync: func() device.ClockSync {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.sync
	}}
	if err := g.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	return g
}

// set makes the clock wrong by a time; synchronised: a time service has done it.
func (c *wallClock) set(off time.Duration, synchronised bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off, c.sync.Synchronised = off, synchronised
}

var (
	kept  = device.ClockSync{Known: true, Synchronised: true, Uptime: 24 * time.Hour}
	alone = device.ClockSync{Known: true, Uptime: 24 * time.Hour}
)

// withClock is a shop whose box has a clock of its own, right at first.
func withClock(s device.ClockSync, change func(*shop)) func(*shop) {
	return func(sh *shop) {
		sh.clock = &wallClock{sync: s}
		if change != nil {
			change(sh)
		}
	}
}

// powerCut stops the box for a time and starts it with a clock that is wrong by off.
func (s *shop) powerCut(away, off time.Duration, sync device.ClockSync) {
	s.stop()
	time.Sleep(away)
	s.clock.mu.Lock()
	s.clock.off, s.clock.sync = off, sync
	s.clock.mu.Unlock()
	s.start(s.path)
}

func (s *shop) clockIs(state gateway.ClockState, witness gateway.ClockWitness, holds bool) {
	s.t.Helper()
	if st := s.guard.Look(); st.State != state || st.Witness != witness || st.Holds != holds {
		s.t.Fatalf("clock: %s by %q, holds %v; want %s by %q, %v", st.State, st.Witness, st.Holds, state, witness, holds)
	}
}

// told counts how often the story of the only message says a reason.
func (s *shop) told(reason gateway.Reason) (n int) {
	s.t.Helper()
	story, err := s.store.Story(context.Background(), s.only().ID)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, step := range story.Trace {
		if step.Reason == reason {
			n++
		}
	}
	return n
}

func toYear(year int) time.Duration {
	return time.Until(time.Date(year, 1, 1, 0, 1, 0, 0, time.UTC)).Truncate(time.Second)
}

func TestBootIn1970HoldsUntilTheTimeIsThere(t *testing.T) {
	t.Parallel()
	open(t, withClock(kept, nil), func(s *shop) {
		s.rule(nil)
		s.pass(time.Minute)
		s.wa.setLink(device.LinkUnreachable)
		s.crm.reach(1, "ready")
		s.pass(time.Minute)
		s.powerCut(time.Hour, toYear(1970), device.ClockSync{Known: true, Uptime: time.Minute})
		s.wa.setLink(device.LinkConnected)
		s.pass(10 * time.Minute)
		s.clockIs(gateway.ClockBehind, gateway.WitnessSeen, true)
		s.wants("in 1970", s.wa.texts(anna), nil)
		if n := s.told(gateway.HeldClock); n != 1 {
			s.t.Fatalf("told %d times that the clock is wrong\n%s", n, s.story())
		}
		s.clock.set(0, true)
		s.pass(time.Minute)
		s.wants("with the right time", s.wa.texts(anna), []string{ready})
		s.clockIs(gateway.ClockRight, gateway.WitnessSync, false)
		if n := s.told(gateway.ClockIsRight); n != 1 {
			s.t.Fatalf("told %d times that the clock is right again\n%s", n, s.story())
		}
		if !strings.Contains(s.story(), "01.01.1970") {
			s.t.Errorf("the story does not say what the clock said\n%s", s.story())
		}
	})
}

func TestFirstBootIn1970IsKnownByTheProgramsAge(t *testing.T) {
	t.Parallel()
	open(t, withClock(alone, func(s *shop) { s.clock.off = toYear(1970) }), func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(time.Minute)
		s.clockIs(gateway.ClockBehind, gateway.WitnessBuilt, true)
		if rows, _, err := s.store.Decisions(context.Background(), gateway.DecisionFilter{}); err != nil || len(rows) != 0 {
			s.t.Fatalf("%d decisions by a wrong clock, %v", len(rows), err)
		}
		s.clock.set(0, true)
		s.pass(time.Minute)
		s.wants("with the right time", s.wa.texts(anna), []string{ready})
	})
}

// A Raspberry Pi starts with the time at which it went down: nothing in the box
// contradicts it, but the CRM's clock does.
func TestBootInThePastIsSeenByTheCRMsClock(t *testing.T) {
	t.Parallel()
	open(t, withClock(alone, nil), func(s *shop) {
		s.rule(nil)
		s.pass(time.Minute)
		s.crm.mu.Lock()
		s.crm.said = func(at time.Time) { s.guard.Outside(at) }
		s.crm.mu.Unlock()
		s.powerCut(11*time.Hour, -11*time.Hour, device.ClockSync{Known: true, Uptime: time.Second}) // 23:00, and it says noon
		s.pass(time.Minute)
		s.clockIs(gateway.ClockBehind, gateway.WitnessCRM, true)
		s.crm.reach(1, "ready")
		s.pass(10 * time.Minute)
		if rows, _, err := s.store.Decisions(context.Background(), gateway.DecisionFilter{}); err != nil || len(rows) != 0 {
			s.t.Fatalf("%d decisions by a wrong clock, %v", len(rows), err)
		}
		s.clock.set(0, true)
		s.pass(time.Minute)
		s.wants("at night", s.wa.texts(anna), nil) // it is 23:11 in Moscow
		s.stateIs(gateway.Held)
		s.pass(10 * time.Hour)
		s.wants("in the morning", s.wa.texts(anna), []string{ready})
	})
}

func TestATimeServiceHasAMomentToAnswer(t *testing.T) {
	t.Parallel()
	open(t, withClock(device.ClockSync{Known: true, Uptime: 10 * time.Second}, nil), func(s *shop) {
		s.clockIs(gateway.ClockSettling, gateway.WitnessNone, true)
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(time.Minute)
		s.wants("while it settles", s.wa.texts(anna), nil)
		s.clock.mu.Lock()
		s.clock.sync.Uptime = 3 * time.Minute // a box without a time service goes on
		s.clock.mu.Unlock()
		s.pass(time.Minute)
		s.clockIs(gateway.ClockAlone, gateway.WitnessNone, false)
		s.wants("after that", s.wa.texts(anna), []string{ready})
	})
}

func TestAClockAYearAheadDoesNotPoisonWhatFollows(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	open(t, withClock(alone, func(s *shop) { s.settings.WhatsApp.PerHour, s.settings.WhatsApp.PerDay = 2, 3 }), func(s *shop) {
		s.rule(func(r *gateway.Rule) { r.Once, r.ExpiresAfter = gateway.OncePerChange, 0 })
		s.pass(time.Minute)
		s.clock.set(year, false) // somebody sets it by hand, and nobody contradicts
		s.pass(time.Minute)
		s.clockIs(gateway.ClockAlone, gateway.WitnessNone, false)
		s.crm.reach(1, "ready")
		s.pass(time.Minute)
		s.wants("a year ahead", s.wa.texts(anna), []string{ready})
		s.wa.setLink(device.LinkUnreachable)
		s.crm.reach(1, "sent")
		s.crm.reach(1, "ready") // this one waits, by the wrong clock
		s.pass(time.Minute)

		s.clock.set(0, true) // the time service is back
		s.pass(time.Minute)
		s.clockIs(gateway.ClockRight, gateway.WitnessSync, false)
		if st := s.guard.Look(); st.WasAhead("en", time.UTC) == "" {
			s.t.Error("nothing says that the clock had been ahead")
		}
		s.wa.setLink(device.LinkConnected)
		s.pass(time.Minute)
		s.wants("set back", s.wa.texts(anna), []string{ready, ready})
		// Two in this hour, whatever the clock said: the third waits for the hourly cap and no longer.
		s.crm.reach(1, "sent")
		s.crm.reach(1, "ready")
		s.pass(50 * time.Minute)
		s.wants("within the hour", s.wa.texts(anna), []string{ready, ready})
		s.pass(20 * time.Minute)
		s.wants("after the hour", s.wa.texts(anna), []string{ready, ready, ready})

		// The next start, with a time service or without, is not held by times of the year to come.
		s.powerCut(time.Hour, 0, alone)
		s.pass(time.Minute)
		s.clockIs(gateway.ClockAlone, gateway.WitnessNone, false)
		// Nor does it count them: three went within this day, the fourth waits for tomorrow.
		s.crm.reach(1, "sent")
		s.crm.reach(1, "ready")
		s.pass(3 * time.Hour)
		s.wants("the day's cap", s.wa.texts(anna), []string{ready, ready, ready})
		s.pass(24 * time.Hour)
		s.wants("the next day", s.wa.texts(anna), []string{ready, ready, ready, ready})
	})
}

func TestAClockAheadIsSeenByTheCRMsClock(t *testing.T) {
	t.Parallel()
	open(t, withClock(alone, nil), func(s *shop) {
		s.crm.mu.Lock()
		s.crm.said = func(at time.Time) { s.guard.Outside(at) }
		s.crm.mu.Unlock()
		s.rule(func(r *gateway.Rule) { r.ExpiresAfter = 24 * time.Hour })
		s.pass(time.Minute)
		s.clockIs(gateway.ClockRight, gateway.WitnessCRM, false)
		s.clock.set(48*time.Hour, false)
		s.crm.reach(1, "ready") // by the wrong clock it would be too old
		s.pass(10 * time.Minute)
		s.clockIs(gateway.ClockAhead, gateway.WitnessCRM, true)
		s.wants("ahead", s.wa.texts(anna), nil)
		s.clock.set(time.Minute, false) // by hand, nearly right
		s.pass(time.Minute)
		s.clockIs(gateway.ClockRight, gateway.WitnessCRM, false)
		s.wants("set right", s.wa.texts(anna), []string{ready})
		// Nothing that was written meanwhile makes the next start believe the wrong time.
		s.crm.mu.Lock()
		s.crm.said = nil
		s.crm.mu.Unlock()
		s.powerCut(time.Hour, 0, alone)
		s.pass(time.Minute)
		s.clockIs(gateway.ClockAlone, gateway.WitnessNone, false)
	})
}

func TestAPersonMaySayThatTheClockIsRight(t *testing.T) {
	t.Parallel()
	open(t, withClock(alone, nil), func(s *shop) {
		s.rule(nil)
		s.clock.set(24*time.Hour, false)
		s.pass(time.Minute)
		s.clock.set(0, false) // set back by hand; nothing tells which of the two was right
		s.crm.reach(1, "ready")
		s.pass(time.Minute)
		s.clockIs(gateway.ClockBehind, gateway.WitnessSeen, true)
		s.wants("nobody knows", s.wa.texts(anna), nil)
		s.guard.Trust("Olga")
		s.pass(time.Minute)
		s.clockIs(gateway.ClockBehind, gateway.WitnessSeen, false)
		s.wants("she does", s.wa.texts(anna), []string{ready})
		if says := s.guard.Look().Sentence("en", time.UTC); !strings.Contains(says, "Olga") {
			s.t.Error(says)
		}
		s.powerCut(time.Minute, 0, alone) // her word holds until the next start
		s.pass(time.Minute)
		s.clockIs(gateway.ClockBehind, gateway.WitnessSeen, true)
	})
}

// The clock of a box that was hours behind is set forward: receipts that are waited
// for are not late by that, and the caps are not free.
func TestSetForwardNeitherFallsBackNorBursts(t *testing.T) {
	t.Parallel()
	open(t, withClock(alone, func(s *shop) { s.settings.WhatsApp.PerHour = 1; s.wa.deaf = true; s.clock.off = -3 * time.Hour }), func(s *shop) {
		s.rule(func(r *gateway.Rule) {
			r.Once, r.FallbackAfter, r.ExpiresAfter = gateway.OncePerChange, 30*time.Minute, 0
		})
		s.pass(time.Minute)
		s.crm.reach(1, "ready")
		s.pass(time.Minute)
		s.wants("sent", s.wa.texts(anna), []string{ready})
		s.clock.set(0, true) // three hours forward
		s.crm.reach(1, "sent")
		s.crm.reach(1, "ready")
		s.pass(20 * time.Minute)
		s.wants("no SMS", s.sms.texts(anna), nil)
		s.wants("no second one within the hour", s.wa.texts(anna), []string{ready})
		s.pass(15 * time.Minute)
		s.wants("a receipt that is really late", s.sms.texts(anna), []string{ready})
	})
}

// Hours are those of the calendar: on the day of a change the shop opens once, at
// the hour on the wall.
func TestSummerTimeNeitherSkipsNorRepeats(t *testing.T) {
	t.Parallel()
	for name, night := range map[string]time.Time{
		"to winter": time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC), // 22:00 in Berlin, changes at 03:00
		"to summer": time.Date(2027, 3, 27, 21, 0, 0, 0, time.UTC),  // 22:00 in Berlin, changes at 02:00
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			berlin, err := time.LoadLocation("Europe/Berlin")
			if err != nil {
				t.Fatal(err)
			}
			for hours, want := range map[gateway.Hours]string{
				{From: 9 * 60, To: 21 * 60}:   "09:00",
				{From: 2*60 + 30, To: 3 * 60}: "02:30", // to summer: of the next night, in this one it does not exist
				{From: 0, To: 1}:              "00:00",
				{From: 23 * 60, To: 1 * 60}:   "23:00",
			} {
				open := hours.Next(night, berlin)
				if got := open.In(berlin).Format("15:04"); got != want {
					t.Errorf("%v: opens at %s (%v), want %s", hours, got, open, want)
				}
				if again := hours.Next(open, berlin); !again.Equal(open) && name == "to winter" {
					t.Errorf("%v: at its opening it is shut until %v", hours, again)
				}
				if open.Before(night) || open.Sub(night) > 28*time.Hour {
					t.Errorf("%v: opens %v after the evening", hours, open.Sub(night))
				}
			}
		})
	}
}

func TestAChangeOfTheShopsZoneMovesWhatWaits(t *testing.T) {
	t.Parallel()
	open(t, nil, func(s *shop) {
		s.rule(nil)
		s.pass(10 * time.Hour) // 22:00 in Moscow
		s.crm.reach(1, "ready")
		s.pass(time.Minute)
		s.stateIs(gateway.Held)
		s.settings.Shop.Timezone = "Asia/Vladivostok" // there it is 05:00
		ctx := context.Background()
		if err := s.store.SaveSettings(ctx, s.settings, "test"); err != nil {
			s.t.Fatal(err)
		}
		if err := s.live.Reload(ctx); err != nil {
			s.t.Fatal(err)
		}
		if n, err := s.store.RethinkHours(ctx, time.Now()); err != nil || n != 1 {
			s.t.Fatalf("%d, %v", n, err)
		}
		s.pass(3 * time.Hour)
		s.wants("at eight there", s.wa.texts(anna), nil)
		s.pass(time.Hour)
		s.wants("at nine there", s.wa.texts(anna), []string{ready})
		s.pass(24 * time.Hour)
		s.wants("once", s.wa.texts(anna), []string{ready})
	})
}
