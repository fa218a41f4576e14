package whatsapp

import (
	"time"

	"vestnik/device"
)

// machine is the state of the session. It changes only by next.
type machine struct {
	state device.LinkState // never locked: that is connected with a lock on it
	cause string
	since time.Time
	until time.Time // end of a ban; zero when unknown
	code  int       // of a ban; 0 when unknown
	// account is the MSISDN of the linked phone, empty when none is.
	account string
	// rest is the state of a session without an account: unpaired, unlinked, or banned for
	// good.
	rest device.LinkState
	// fails counts tries in a row that did not end in a login, and kicks logins in a row
	// that did not last.
	fails, kicks int
	lock         lock
}

// lock is WhatsApp's word that this account may not start new chats.
type lock struct {
	Account string // the zero lock has none
	Cause   string
	Code    int // device.NewChatRefused when learned from a refused message
	Since   time.Time
	// Until is when it ends; when Known is false it is our own guess.
	Until time.Time
	Known bool
}

func (l lock) on(now time.Time) bool { return l.Account != "" && now.Before(l.Until) }

type eventKind string

const (
	evStart     eventKind = "start"      // the session begins to run
	evOff       eventKind = "off"        // switched off
	evOn        eventKind = "on"         // switched on
	evPair      eventKind = "pair"       // a person wants to link a phone
	evPairEnd   eventKind = "pair end"   // the attempt is over without an account
	evPaired    eventKind = "paired"     // the phone agreed
	evLogin     eventKind = "login"      // the pairing connection is over; log in
	evDialFail  eventKind = "dial fail"  // no connection
	evClock     eventKind = "clock"      // no connection, since a certificate does not fit our clock
	evConnected eventKind = "connected"  // logged in
	evLost      eventKind = "lost"       // the connection ended, or is silent
	evRefused   eventKind = "refused"    // login refused for a reason that has no state of its own
	evLoggedOut eventKind = "logged out" // the account's phone or WhatsApp ended the link
	evUnlink    eventKind = "unlink"     // we ended the link
	evBanned    eventKind = "banned"
	evOutdated  eventKind = "outdated"
	evReplaced  eventKind = "replaced"
	evDue       eventKind = "due"      // it is time to dial again
	evTick      eventKind = "tick"     // a ban or lock may have ended
	evAsked     eventKind = "asked"    // a person wants a connection now
	evLock      eventKind = "lock"     // new chats are forbidden
	evLockOff   eventKind = "lock off" // they are allowed again
)

type event struct {
	kind    eventKind
	cause   string
	until   time.Time
	code    int    // WhatsApp's number for a ban or lock; 0 when none
	known   bool   // of a lock: until is the server's word
	banned  bool   // of evLoggedOut: for good
	account string // of evPaired and evStart
	last    Transition
}

type action string

const (
	actHangUp action = "hang up"    // end the connection and forget any plan to dial
	actDial   action = "dial"       // log in now
	actLater  action = "dial later" // log in after a pause that grows with fails
	actForget action = "forget"     // delete the account's keys
	actLock   action = "keep lock"  // write the lock down
)

// steady is how long a connection has to live to count as a good one.
const steady = 30 * time.Second

// next is the whole conduct of the session: what it becomes on an event, and what has
// to be done then.
func (m machine) next(e event, now time.Time) (machine, []action) {
	switch e.kind {
	case evStart:
		m.account, m.rest = e.account, device.LinkUnpaired
		if e.last.To == device.LinkUnlinked || e.last.To == device.LinkBanned {
			m.rest = e.last.To
		}
		return m.begin(e.last, now)
	case evOff:
		return m.to(device.LinkOff, e, now), []action{actHangUp}
	case evOn:
		if m.state != device.LinkOff {
			return m, nil
		}
		return m.begin(Transition{}, now)
	case evLock:
		return m.locked(e, now)
	case evLockOff, evTick:
		return m.tick(e, now)
	}
	if m.state == device.LinkOff {
		return m, nil
	}
	switch e.kind {
	case evPair:
		if m.account == "" {
			return m.to(device.LinkPairing, e, now), []action{actHangUp, actForget}
		}
	case evLoggedOut, evUnlink:
		return m.ended(e, now)
	}
	if m.account == "" || m.state == device.LinkPairing {
		return m.pairing(e, now)
	}
	return m.running(e, now)
}

// begin is what a session does that starts, or is switched on.
func (m machine) begin(last Transition, now time.Time) (machine, []action) {
	switch {
	case m.account == "" && m.rest == last.To:
		return m.to(m.rest, event{cause: last.Cause}, now), nil
	case m.account == "":
		return m.to(m.rest, event{cause: "no phone is linked"}, now), nil
	case last.To == device.LinkBanned && now.Before(last.Until):
		return m.to(device.LinkBanned, event{cause: last.Cause, until: last.Until, code: last.Code}, now), nil
	}
	m.fails = 0
	return m.to(device.LinkConnecting, event{cause: "start"}, now), []action{actDial}
}

func (m machine) locked(e event, now time.Time) (machine, []action) {
	if m.account == "" {
		return m, nil
	}
	if m.lock.on(now) && m.lock.Known && !e.known {
		return m, nil // the server told the end before; a refused message adds nothing
	}
	since := now
	if m.lock.on(now) {
		since = m.lock.Since
	}
	m.lock = lock{Account: m.account, Cause: e.cause, Code: e.code, Since: since, Until: e.until, Known: e.known}
	return m, []action{actLock}
}

func (m machine) tick(e event, now time.Time) (machine, []action) {
	var acts []action
	if m.lock.Account != "" && (e.kind == evLockOff || !m.lock.on(now)) {
		m.lock = lock{}
		acts = append(acts, actLock)
	}
	if m.state == device.LinkBanned && !m.until.IsZero() && !now.Before(m.until) {
		m.fails = 0
		return m.to(device.LinkConnecting, event{cause: "the ban has ended"}, now), append(acts, actDial)
	}
	return m, acts
}

// ended is the end of the link with the account.
func (m machine) ended(e event, now time.Time) (machine, []action) {
	if m.account == "" {
		return m, nil
	}
	m.account, m.rest, m.fails = "", device.LinkUnlinked, 0
	switch {
	case e.kind == evUnlink:
		m.rest = device.LinkUnpaired
	case e.banned:
		m.rest = device.LinkBanned
	}
	return m.to(m.rest, e, now), []action{actHangUp, actForget}
}

// pairing is the conduct of a session that has no account yet, or has got one on
// a connection that is about to end.
func (m machine) pairing(e event, now time.Time) (machine, []action) {
	if m.state != device.LinkPairing {
		return m, nil
	}
	switch e.kind {
	case evPairEnd, evDialFail, evLost, evRefused:
		if m.account == "" {
			return m.to(m.rest, e, now), []action{actHangUp}
		}
	case evClock:
		return m.to(device.LinkClockWrong, e, now), []action{actHangUp}
	case evOutdated:
		return m.to(device.LinkOutdated, e, now), []action{actHangUp}
	case evBanned:
		return m.to(m.rest, e, now), []action{actHangUp}
	case evPaired:
		m.account, m.fails = e.account, 0
		if m.lock.Account != "" && m.lock.Account != e.account {
			m.lock = lock{}
			return m, []action{actLock}
		}
	case evLogin:
		if m.account != "" {
			return m.to(device.LinkConnecting, e, now), []action{actHangUp, actDial}
		}
	}
	return m, nil
}

// running is the conduct of a session with an account.
func (m machine) running(e event, now time.Time) (machine, []action) {
	waiting := m.state == device.LinkConnecting || m.state == device.LinkUnreachable || m.state == device.LinkClockWrong
	trying := waiting || m.state == device.LinkConnected
	switch e.kind {
	case evConnected:
		if trying {
			m.fails = m.kicks // an outage that is over does not count any more
			return m.to(device.LinkConnected, e, now), nil
		}
	case evDialFail, evClock, evRefused:
		if !trying {
			return m, nil
		}
		m.fails++
		if e.kind == evRefused {
			m.fails = max(m.fails, 7) // asking again soon will not help
		}
		to := device.LinkUnreachable
		if e.kind == evClock {
			to = device.LinkClockWrong
		}
		return m.to(to, e, now), []action{actHangUp, actLater}
	case evLost:
		if !trying {
			return m, nil
		}
		switch {
		case m.state != device.LinkConnected:
			m.fails++
		case now.Sub(m.since) >= steady:
			m.fails, m.kicks = 0, 0
		default:
			m.kicks++
			m.fails = m.kicks
		}
		to := m.state
		switch {
		case m.fails >= 4:
			to = device.LinkUnreachable
		case m.state == device.LinkConnected:
			to = device.LinkConnecting
		}
		return m.to(to, e, now), []action{actHangUp, actLater}
	case evDue:
		if waiting {
			return m, []action{actDial}
		}
	case evAsked:
		if m.state != device.LinkConnected {
			m.fails, m.kicks = 0, 0
			return m.to(device.LinkConnecting, e, now), []action{actHangUp, actDial}
		}
	case evBanned:
		m.fails = 0
		return m.to(device.LinkBanned, e, now), []action{actHangUp}
	case evOutdated:
		return m.to(device.LinkOutdated, e, now), []action{actHangUp}
	case evReplaced:
		return m.to(device.LinkReplaced, e, now), []action{actHangUp}
	}
	return m, nil
}

// to moves to a state; staying in one keeps its beginning but takes the new cause.
func (m machine) to(s device.LinkState, e event, now time.Time) machine {
	if m.state != s {
		m.since = now
	}
	m.state, m.cause, m.until, m.code = s, e.cause, e.until, e.code
	return m
}

// view is what the world is told.
func (m machine) view(now time.Time) (v view) {
	if m.state == device.LinkConnected && m.lock.on(now) {
		v = view{state: device.LinkLocked, cause: m.lock.Cause, since: m.lock.Since, code: m.lock.Code}
		if m.lock.Known {
			v.until = m.lock.Until
		}
		if v.since.Before(m.since) {
			v.since = m.since
		}
		return v
	}
	return view{m.state, m.cause, m.since, m.until, m.code}
}

// view is the state with the lock laid over it.
type view struct {
	state        device.LinkState
	cause        string
	since, until time.Time
	code         int
}

// wake is when the next tick is due; zero when none is.
func (m machine) wake() time.Time {
	var at time.Time
	if m.state == device.LinkBanned {
		at = m.until
	}
	if l := m.lock; l.Account != "" && (at.IsZero() || l.Until.Before(at)) {
		at = l.Until
	}
	return at
}
