package whatsapp

import (
	"slices"
	"testing"
	"time"

	"vestnik/device"
)

func TestTheMachineGoesWhereItShould(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	paired := func(s device.LinkState, age time.Duration) machine {
		return machine{state: s, account: "79160000001", rest: device.LinkUnpaired, since: now.Add(-age)}
	}
	bare := func(s device.LinkState) machine { return machine{state: s, rest: device.LinkUnpaired, since: now} }
	with := func(m machine, change func(*machine)) machine { change(&m); return m }
	banned := with(paired(device.LinkBanned, time.Hour), func(m *machine) { m.until = now.Add(time.Hour) })
	for _, c := range []struct {
		name string
		from machine
		ev   event
		want device.LinkState
		acts []action
		more func(machine) bool
	}{
		{name: "starts without an account", from: bare(device.LinkOff), ev: event{kind: evStart}, want: device.LinkUnpaired},
		{name: "starts after the phone left", from: bare(device.LinkOff), ev: event{kind: evStart, last: Transition{To: device.LinkUnlinked}}, want: device.LinkUnlinked},
		{name: "starts with an account", from: bare(device.LinkOff), ev: event{kind: evStart, account: "7916"}, want: device.LinkConnecting, acts: []action{actDial}},
		{name: "starts inside a ban", from: bare(device.LinkOff), ev: event{kind: evStart, account: "7916", last: Transition{To: device.LinkBanned, Until: now.Add(time.Minute)}}, want: device.LinkBanned},
		{name: "starts after a ban", from: bare(device.LinkOff), ev: event{kind: evStart, account: "7916", last: Transition{To: device.LinkBanned, Until: now.Add(-time.Minute)}}, want: device.LinkConnecting, acts: []action{actDial}},
		{name: "starts after it was replaced", from: bare(device.LinkOff), ev: event{kind: evStart, account: "7916", last: Transition{To: device.LinkReplaced}}, want: device.LinkConnecting, acts: []action{actDial}},

		{name: "switched off", from: paired(device.LinkConnected, time.Hour), ev: event{kind: evOff}, want: device.LinkOff, acts: []action{actHangUp}},
		{name: "switched on", from: paired(device.LinkOff, time.Hour), ev: event{kind: evOn}, want: device.LinkConnecting, acts: []action{actDial}},
		{name: "on when on", from: paired(device.LinkConnected, time.Hour), ev: event{kind: evOn}, want: device.LinkConnected},
		{name: "off hears nothing", from: paired(device.LinkOff, time.Hour), ev: event{kind: evConnected}, want: device.LinkOff},

		{name: "pairs", from: bare(device.LinkUnpaired), ev: event{kind: evPair}, want: device.LinkPairing, acts: []action{actHangUp, actForget}},
		{name: "pairs after an update", from: bare(device.LinkOutdated), ev: event{kind: evPair}, want: device.LinkPairing, acts: []action{actHangUp, actForget}},
		{name: "does not pair over an account", from: paired(device.LinkReplaced, 0), ev: event{kind: evPair}, want: device.LinkReplaced},
		{name: "pairing expires", from: bare(device.LinkPairing), ev: event{kind: evPairEnd}, want: device.LinkUnpaired, acts: []action{actHangUp}},
		{name: "pairing expires after the phone left", from: with(bare(device.LinkPairing), func(m *machine) { m.rest = device.LinkUnlinked }), ev: event{kind: evPairEnd}, want: device.LinkUnlinked, acts: []action{actHangUp}},
		{name: "pairing with an old client", from: bare(device.LinkPairing), ev: event{kind: evOutdated}, want: device.LinkOutdated, acts: []action{actHangUp}},
		{name: "pairing with a wrong clock", from: bare(device.LinkPairing), ev: event{kind: evClock}, want: device.LinkClockWrong, acts: []action{actHangUp}},
		{name: "phone agrees", from: bare(device.LinkPairing), ev: event{kind: evPaired, account: "7916"}, want: device.LinkPairing, more: func(m machine) bool { return m.account == "7916" }},
		{name: "logs in after the phone agreed", from: paired(device.LinkPairing, 0), ev: event{kind: evLogin}, want: device.LinkConnecting, acts: []action{actHangUp, actDial}},
		{name: "an agreed phone does not expire", from: paired(device.LinkPairing, 0), ev: event{kind: evPairEnd}, want: device.LinkPairing},
		{
			name: "another phone has no lock of the first", from: with(bare(device.LinkPairing), func(m *machine) { m.lock = lock{Account: "1", Until: now.Add(time.Hour)} }),
			ev: event{kind: evPaired, account: "7916"}, want: device.LinkPairing, acts: []action{actLock}, more: func(m machine) bool { return m.lock == lock{} },
		},

		{name: "logged in", from: paired(device.LinkConnecting, 0), ev: event{kind: evConnected}, want: device.LinkConnected},
		{name: "logged in after an outage", from: paired(device.LinkUnreachable, 0), ev: event{kind: evConnected}, want: device.LinkConnected},
		{name: "replaced does not come back by itself", from: paired(device.LinkReplaced, 0), ev: event{kind: evConnected}, want: device.LinkReplaced},
		{name: "replaced does not dial", from: paired(device.LinkReplaced, 0), ev: event{kind: evDue}, want: device.LinkReplaced},
		{name: "replaced waits for a person", from: paired(device.LinkReplaced, 0), ev: event{kind: evAsked}, want: device.LinkConnecting, acts: []action{actHangUp, actDial}},
		{name: "no way out", from: paired(device.LinkConnecting, 0), ev: event{kind: evDialFail}, want: device.LinkUnreachable, acts: []action{actHangUp, actLater}, more: func(m machine) bool { return m.fails == 1 }},
		{name: "still no way out", from: with(paired(device.LinkUnreachable, 0), func(m *machine) { m.fails = 3 }), ev: event{kind: evDialFail}, want: device.LinkUnreachable, acts: []action{actHangUp, actLater}, more: func(m machine) bool { return m.fails == 4 }},
		{name: "clock in the past", from: paired(device.LinkConnecting, 0), ev: event{kind: evClock}, want: device.LinkClockWrong, acts: []action{actHangUp, actLater}},
		{name: "clock set since", from: paired(device.LinkClockWrong, 0), ev: event{kind: evDue}, want: device.LinkClockWrong, acts: []action{actDial}},
		{name: "lost after a good while", from: with(paired(device.LinkConnected, time.Hour), func(m *machine) { m.fails = 2 }), ev: event{kind: evLost}, want: device.LinkConnecting, acts: []action{actHangUp, actLater}, more: func(m machine) bool { return m.fails == 0 }},
		{name: "lost at once", from: paired(device.LinkConnected, time.Second), ev: event{kind: evLost}, want: device.LinkConnecting, acts: []action{actHangUp, actLater}, more: func(m machine) bool { return m.fails == 1 }},
		{name: "an outage that is over is forgotten", from: with(paired(device.LinkUnreachable, 0), func(m *machine) { m.fails = 9 }), ev: event{kind: evConnected}, want: device.LinkConnected, more: func(m machine) bool { return m.fails == 0 }},
		{name: "thrown out again and again", from: with(paired(device.LinkConnected, time.Second), func(m *machine) { m.kicks = 3 }), ev: event{kind: evLost}, want: device.LinkUnreachable, acts: []action{actHangUp, actLater}, more: func(m machine) bool { return m.fails == 4 }},
		{name: "lost again and again", from: with(paired(device.LinkConnecting, 0), func(m *machine) { m.fails = 3 }), ev: event{kind: evLost}, want: device.LinkUnreachable, acts: []action{actHangUp, actLater}},
		{name: "login refused without a state", from: paired(device.LinkConnecting, 0), ev: event{kind: evRefused}, want: device.LinkUnreachable, acts: []action{actHangUp, actLater}, more: func(m machine) bool { return m.fails == 7 }},
		{name: "outdated", from: paired(device.LinkConnecting, 0), ev: event{kind: evOutdated}, want: device.LinkOutdated, acts: []action{actHangUp}},
		{name: "outdated does not dial", from: paired(device.LinkOutdated, 0), ev: event{kind: evDue}, want: device.LinkOutdated},
		{name: "replaced", from: paired(device.LinkConnected, 0), ev: event{kind: evReplaced}, want: device.LinkReplaced, acts: []action{actHangUp}},
		{name: "asked while connected", from: paired(device.LinkConnected, 0), ev: event{kind: evAsked}, want: device.LinkConnected},

		{name: "the phone leaves", from: paired(device.LinkConnected, 0), ev: event{kind: evLoggedOut}, want: device.LinkUnlinked, acts: []action{actHangUp, actForget}, more: func(m machine) bool { return m.account == "" }},
		{name: "the phone left while a login was due", from: paired(device.LinkUnreachable, 0), ev: event{kind: evLoggedOut}, want: device.LinkUnlinked, acts: []action{actHangUp, actForget}},
		{name: "banned for good", from: paired(device.LinkConnecting, 0), ev: event{kind: evLoggedOut, banned: true}, want: device.LinkBanned, acts: []action{actHangUp, actForget}, more: func(m machine) bool { return m.account == "" && m.wake().IsZero() }},
		{name: "starts banned for good", from: bare(device.LinkOff), ev: event{kind: evStart, last: Transition{To: device.LinkBanned}}, want: device.LinkBanned},
		{name: "another phone after a ban for good", from: bare(device.LinkBanned), ev: event{kind: evPair}, want: device.LinkPairing, acts: []action{actHangUp, actForget}},
		{name: "we leave", from: paired(device.LinkReplaced, 0), ev: event{kind: evUnlink}, want: device.LinkUnpaired, acts: []action{actHangUp, actForget}},
		{name: "nobody is there to leave", from: bare(device.LinkUnlinked), ev: event{kind: evLoggedOut}, want: device.LinkUnlinked},

		{name: "banned", from: paired(device.LinkConnecting, 0), ev: event{kind: evBanned, until: now.Add(time.Hour)}, want: device.LinkBanned, acts: []action{actHangUp}, more: func(m machine) bool { return m.wake().Equal(now.Add(time.Hour)) }},
		{name: "still banned", from: banned, ev: event{kind: evTick}, want: device.LinkBanned},
		{name: "banned does not dial", from: banned, ev: event{kind: evDue}, want: device.LinkBanned},
		{name: "ban over", from: with(banned, func(m *machine) { m.until = now }), ev: event{kind: evTick}, want: device.LinkConnecting, acts: []action{actDial}},
		{name: "banned without an end", from: with(banned, func(m *machine) { m.until = time.Time{} }), ev: event{kind: evTick}, want: device.LinkBanned, more: func(m machine) bool { return m.wake().IsZero() }},

		{name: "locked", from: paired(device.LinkConnected, 0), ev: event{kind: evLock, until: now.Add(time.Hour), known: true}, want: device.LinkLocked, acts: []action{actLock}},
		{name: "locked while away", from: paired(device.LinkConnecting, 0), ev: event{kind: evLock, until: now.Add(time.Hour)}, want: device.LinkConnecting, acts: []action{actLock}},
		{
			name: "a guess does not change a known end", from: with(paired(device.LinkConnected, 0), func(m *machine) {
				m.lock = lock{Account: m.account, Until: now.Add(time.Hour), Known: true}
			}), ev: event{kind: evLock, until: now.Add(6 * time.Hour)}, want: device.LinkLocked, more: func(m machine) bool { return m.lock.Until.Equal(now.Add(time.Hour)) },
		},
		{
			name: "lock over", from: with(paired(device.LinkConnected, 0), func(m *machine) {
				m.lock = lock{Account: m.account, Until: now}
			}), ev: event{kind: evTick}, want: device.LinkConnected, acts: []action{actLock}, more: func(m machine) bool { return m.lock == lock{} },
		},
		{
			name: "lock lifted", from: with(paired(device.LinkConnected, 0), func(m *machine) {
				m.lock = lock{Account: m.account, Until: now.Add(time.Hour)}
			}), ev: event{kind: evLockOff}, want: device.LinkConnected, acts: []action{actLock},
		},
	} {
		got, acts := c.from.next(c.ev, now)
		state := got.view(now).state
		if state != c.want || !slices.Equal(acts, c.acts) || c.more != nil && !c.more(got) {
			t.Errorf("%s: %s %v, want %s %v; machine %+v", c.name, state, acts, c.want, c.acts, got)
		}
	}
}

func TestBackOffIsBounded(t *testing.T) {
	t.Parallel()
	for fails := range 200 {
		if d := backOff(fails); d < 0 || d > time.Minute || fails > 0 && d < time.Second {
			t.Errorf("after %d failures: %s", fails, d)
		}
	}
}
