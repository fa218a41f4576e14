package whatsapp

import (
	"encoding/json"
	"strconv"
	"sync"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
)

// Faults is the bad luck of a server. The zero value is good luck. Counters say how many of the coming occasions are hit; setting one replaces
// what was left. All methods may be called from several goroutines.
type Faults struct {
	srv *Server

	mu           sync.Mutex
	refuse       *refusal
	cutBefore    int
	cutAfter     int
	loseAck      int
	ackError     int
	ackErrorLeft int
	limitContact int
	limitOther   int
	garble       int
	delay        time.Duration
	down         bool
	frozen       bool
	closeAtOnce  bool
	passkey      bool
	lockedUntil  time.Time
	uploadCode   int
	uploadsBad   int
}

type refusal struct {
	code  int
	attrs map[string]string
}

// RefuseLogin answers every login with <failure reason=code/> and further attributes (402 carries code and expire) until it is called with 0.
// 401, 403 and 406 mean that the device is unlinked; 401 also unlinks it here. Codes other than these also refuse clients which want
// to be linked.
func (f *Faults) RefuseLogin(code int, attrs map[string]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = nil
	if code != 0 {
		f.refuse = &refusal{code: code, attrs: attrs}
	}
}

// CutBeforeProcessing cuts the connection when one of the next n messages arrives; the message is lost.
func (f *Faults) CutBeforeProcessing(n int) { f.set(func() { f.cutBefore = n }) }

// CutAfterProcessing delivers the next n messages and cuts the connection before anything comes back.
func (f *Faults) CutAfterProcessing(n int) { f.set(func() { f.cutAfter = n }) }

// LoseAck delivers the next n messages without acknowledging them; the connection stays, receipts come.
func (f *Faults) LoseAck(n int) { f.set(func() { f.loseAck = n }) }

// AckError refuses the next n messages with an error code, for instance 463; they are not delivered.
func (f *Faults) AckError(code, n int) { f.set(func() { f.ackError, f.ackErrorLeft = code, n }) }

// RateLimitDirectory answers the next n "are these numbers on WhatsApp?" with 429.
func (f *Faults) RateLimitDirectory(n int) { f.set(func() { f.limitContact = n }) }

// RateLimitDevices answers the next n questions for devices and LIDs, which precede a first message, with 429.
func (f *Faults) RateLimitDevices(n int) { f.set(func() { f.limitOther = n }) }

// GarbleInbound damages the next n messages to clients, so that they cannot be decrypted and are asked for again.
func (f *Faults) GarbleInbound(n int) { f.set(func() { f.garble = n }) }

// Delay holds every stanza of every client back for d before it is processed; 0 ends it.
func (f *Faults) Delay(d time.Duration) { f.set(func() { f.delay = d }) }

// Freeze keeps connections open but ignores everything that clients say, keepalives included.
func (f *Faults) Freeze(on bool) { f.set(func() { f.frozen = on }) }

// CloseAtOnce closes connections right after the last stanza instead of waiting 150 ms: clients may miss the reason.
func (f *Faults) CloseAtOnce(on bool) { f.set(func() { f.closeAtOnce = on }) }

// PasskeyNext makes the next linking end in the server's demand for a passkey.
func (f *Faults) PasskeyNext() { f.set(func() { f.passkey = true }) }

// RefuseUploads answers the next n uploads of files with an HTTP status; the rest of the service goes on.
func (f *Faults) RefuseUploads(status, n int) {
	f.set(func() { f.uploadCode, f.uploadsBad = status, n })
}

func (f *Faults) uploadFate() (status int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.uploadsBad <= 0 {
		return 0
	}
	f.uploadsBad--
	return f.uploadCode
}

// Down cuts all connections and refuses new ones until it is called with false.
func (f *Faults) Down(on bool) {
	f.set(func() { f.down = on })
	if on {
		f.srv.Disconnect()
	}
}

// Replace tells all connected clients that their session was opened elsewhere, and closes.
func (f *Faults) Replace() {
	f.srv.mu.Lock()
	defer f.srv.mu.Unlock()
	for c := range f.srv.conns {
		if c.companion != nil {
			f.srv.replace(c)
		}
	}
	f.srv.touch()
}

// StreamError sends <stream:error code=…/> to all connected clients and closes; 503 is a server restart.
func (f *Faults) StreamError(code int) {
	f.srv.mu.Lock()
	defer f.srv.mu.Unlock()
	for c := range f.srv.conns {
		if comp := c.companion; comp != nil {
			if comp.conn == c {
				comp.conn = nil
			}
			c.send(waBinary.Node{Tag: "stream:error", Attrs: waBinary.Attrs{"code": strconv.Itoa(code)}})
			c.closeSoon()
		}
	}
	f.srv.touch()
}

// TimeLock tells all linked clients that the account may not begin new chats before until (a time in the past: no longer), and refuses such
// messages with 463 meanwhile. Chats in which words were exchanged go on.
func (f *Faults) TimeLock(until time.Time) {
	f.set(func() { f.lockedUntil = until })
	s := f.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		for _, comp := range a.sortedCompanions() {
			comp.push(s.timeLockNotice(until))
		}
	}
	s.touch()
}

func (s *Server) timeLockNotice(until time.Time) waBinary.Node {
	lock := map[string]any{"is_active": until.After(s.now()), "enforcement_type": "RESTRICT_ALL_COMPANIONS"}
	if until.After(s.now()) {
		lock["time_enforcement_ends"] = strconv.FormatInt(until.Unix(), 10)
	}
	body, err := json.Marshal(map[string]any{"data": map[string]any{"xwa2_notify_account_reachout_timelock": lock}})
	if err != nil {
		panic(err) // a map of strings and booleans can always be encoded
	}
	return waBinary.Node{
		Tag: "notification", Attrs: fromServer(waBinary.Attrs{"type": "mex", "id": s.nextID(), "t": s.unix()}),
		Content: []waBinary.Node{{
			Tag: "update", Attrs: waBinary.Attrs{"op_name": "NotificationUserReachoutTimelockUpdate"}, Content: body,
		}},
	}
}

func (f *Faults) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// What becomes of a client's message.
type fateKind int

const (
	fateTaken fateKind = iota
	fateCutBefore
	fateCutAfter
	fateLoseAck
	fateRefuse
)

type fate struct {
	kind fateKind
	code int
}

func (f *Faults) messageFate() fate {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, candidate := range []struct {
		left *int
		kind fateKind
	}{{&f.cutBefore, fateCutBefore}, {&f.ackErrorLeft, fateRefuse}, {&f.cutAfter, fateCutAfter}, {&f.loseAck, fateLoseAck}} {
		if *candidate.left > 0 {
			*candidate.left--
			return fate{kind: candidate.kind, code: f.ackError}
		}
	}
	return fate{}
}

func (f *Faults) limitUsync(contact bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := &f.limitOther
	if contact {
		left = &f.limitContact
	}
	if *left <= 0 {
		return false
	}
	*left--
	return true
}

func (f *Faults) takeGarble() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.garble <= 0 {
		return false
	}
	f.garble--
	return true
}

func (f *Faults) takePasskey() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	asked := f.passkey
	f.passkey = false
	return asked
}

func (f *Faults) refusal() (refusal, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse == nil {
		return refusal{}, false
	}
	return *f.refuse, true
}

func (f *Faults) isDown() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.down
}

func (f *Faults) isFrozen() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.frozen
}

func (f *Faults) closesAtOnce() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closeAtOnce
}

func (f *Faults) pause() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.delay
}

func (f *Faults) isTimeLocked(now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return now.Before(f.lockedUntil)
}
