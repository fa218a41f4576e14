package whatsapp

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"vestnik/device"
)

// handle is called by the library for each event of a line, in goroutines of the
// library. What concerns people is given to the sink here and now, since the answer
// decides whether the server is told that we have it; what concerns the state goes
// to Run. False means: not stored, let the server send it again.
func (s *Session) handle(l *line, evt any) (stored bool) {
	defer func() {
		if r := recover(); r != nil {
			// The library would count a panic as success and the message as read.
			s.log.Error("whatsapp event handler panicked", "event", fmt.Sprintf("%T", evt),
				"panic", mask(fmt.Sprint(r)), "stack", string(debug.Stack()))
			stored = false
		}
	}()
	s.lastHeard.Store(s.opt.Now().UnixMilli())
	switch e := evt.(type) {
	case *events.Message:
		return s.takeMessage(l, e)
	case *events.Receipt:
		return s.takeReceipt(l, e)
	case *events.UndecryptableMessage:
		return s.takeUnreadable(l, e)
	case *events.Disconnected:
		// The socket is gone. This only ends the five seconds for which the library lets
		// questions and messages wait for a connection that this client will not get.
		l.cli.Disconnect()
		l.plug.noticed()
		s.post(l, e)
	case *events.PushNameSetting:
		// The name has just come by the library's own hand, in this goroutine.
		l.named.Store(true)
		s.stayAway(l)
		s.post(l, e)
	case *events.QR, *events.PairSuccess, *events.PairError, *events.PairPasskeyRequest, *events.PairPasskeyError,
		*events.QRScannedWithoutMultidevice, *events.ManualLoginReconnect,
		*events.Connected, *events.LoggedOut, *events.StreamReplaced, *events.StreamError,
		*events.TemporaryBan, *events.ClientOutdated, *events.ConnectFailure, *events.KeepAliveTimeout,
		*events.NotifyAccountReachoutTimelock:
		s.post(l, e)
	}
	return true
}

// silentAfter is after how many keepalives without an answer a line counts as dead:
// each comes 20 to 30 s after the last and waits 10 s.
const silentAfter = 3

// hear takes a line's word in Run's goroutine.
func (s *Session) hear(l *line, word any) {
	if a := s.attempt; a != nil && a.line == l && s.hearPairing(a, word) {
		return
	}
	switch w := word.(type) {
	case loadFailed:
		s.step(event{kind: evDialFail, cause: "keys not read: " + mask(w.err.Error())})
		return
	case keysGone:
		s.loggedOut(event{kind: evLoggedOut, cause: "the keys of the account are gone"})
		return
	case refusedNewChat:
		s.step(event{
			kind: evLock, cause: "message refused with 463: new chats are locked, or this one lacks a token",
			until: s.opt.Now().Add(s.opt.AssumedLock), code: device.NewChatRefused,
		})
		return
	}
	if l == s.line {
		s.hearLine(l, word)
	}
	if s.speaksForAccount(l) {
		s.hearVerdict(word)
	}
}

// hearLine takes what is only true of the line in use.
func (s *Session) hearLine(l *line, word any) {
	switch w := word.(type) {
	case dialled:
		switch {
		case w.err == nil:
		case clockWrong(w.err):
			s.step(event{kind: evClock, cause: mask(w.err.Error())})
		default:
			s.step(event{kind: evDialFail, cause: mask(w.err.Error())})
		}
	case *events.Connected:
		s.patience.Stop()
		s.step(event{kind: evConnected, cause: "logged in"})
		if s.attempt != nil && s.machine.state == device.LinkConnected {
			s.attemptDone()
		}
		if l.named.Load() {
			s.lines.Go(func() { s.stayAway(l) })
		}
	case *events.Disconnected, *events.ManualLoginReconnect:
		s.step(event{kind: evLost, cause: "connection lost" + l.hint})
	case *events.StreamError:
		l.hint = " after stream:error " + w.Code
	case *events.KeepAliveTimeout:
		if w.ErrorCount >= silentAfter {
			s.step(event{kind: evLost, cause: fmt.Sprintf("no answer to %d keepalives", w.ErrorCount)})
		}
	case *events.ConnectFailure:
		s.step(event{kind: evRefused, cause: refusalCause(w.Reason, w.Message)})
	case *events.PushNameSetting:
		name := clean(w.Action.GetName(), 100)
		s.mu.Lock()
		s.link.Name = first(s.link.Name, name)
		s.mu.Unlock()
	case *events.NotifyAccountReachoutTimelock:
		s.hearLock(w)
	}
}

// speaksForAccount tells whether a word of l about the account's fate counts. The
// library tells it in goroutines of their own, so that it may come after the end of
// the line that heard it, when the next one is already dialling.
func (s *Session) speaksForAccount(l *line) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !l.account.IsEmpty() && l.account == s.account && (l == s.line || s.machine.state != device.LinkConnected)
}

func (s *Session) hearVerdict(word any) {
	switch w := word.(type) {
	case *events.LoggedOut:
		e := event{kind: evLoggedOut, cause: "stream:error 401 device_removed: the phone ended the link"}
		if w.OnConnect {
			e.cause, e.banned = refusalCause(w.Reason, ""), w.Reason == events.ConnectFailureUnknownLogout
		}
		s.loggedOut(e)
	case *events.TemporaryBan:
		e := event{kind: evBanned, cause: banCause(w.Code), code: int(w.Code)}
		if w.Expire > 0 {
			e.until = s.opt.Now().Add(w.Expire)
		}
		s.step(e)
	case *events.ClientOutdated:
		s.step(event{kind: evOutdated, cause: refusalCause(events.ConnectFailureClientOutdated, "")})
	case *events.StreamReplaced:
		s.step(event{kind: evReplaced, cause: "stream:error conflict replaced"})
	}
}

func (s *Session) loggedOut(e event) {
	s.step(e)
	if s.attempt != nil {
		s.endAttempt(device.PairingFailed, e.cause)
	}
}

// hearLock takes the server's word that new chats are forbidden, or allowed again.
func (s *Session) hearLock(w *events.NotifyAccountReachoutTimelock) {
	if !w.IsActive {
		s.step(event{kind: evLockOff, cause: "the server lifted the lock"})
		return
	}
	e := event{kind: evLock, cause: "time-lock " + mask(clean(w.EnforcementType, 60)), until: w.TimeEnforcementEnds.Time, known: true}
	if !e.until.After(s.opt.Now()) {
		e.until, e.known = s.opt.Now().Add(s.opt.AssumedLock), false
	}
	s.step(e)
}

// refusedNewChat is Send's word to Run that the server answered 463.
type refusedNewChat struct{}

// stayAway tells the server that nobody looks at this device, so that the shop's
// phone still rings.
func (s *Session) stayAway(l *line) {
	ctx, cancel := context.WithTimeout(l.ctx, 10*time.Second)
	defer cancel()
	if err := l.cli.SendPresence(ctx, types.PresenceUnavailable); err != nil {
		s.log.Debug("whatsapp presence not sent", "err", mask(err.Error()))
	}
}

// Unlink ends the link with the shop's phone from our side and deletes the keys. When
// WhatsApp cannot be told, since the session is not connected, the keys are deleted
// all the same and the phone goes on listing this device until a person removes it
// there; the transition's cause says so.
func (s *Session) Unlink(ctx context.Context) error {
	s.mu.Lock()
	l, account := s.live, s.account
	s.mu.Unlock()
	if account.IsEmpty() {
		return device.Errorf(device.Conflict, "whatsapp: unlink", "no phone is linked")
	}
	cause := "unlinked by a person here"
	if l == nil {
		cause += "; WhatsApp was not told, remove the device on the phone too"
	} else {
		bounded, cancel := context.WithTimeout(ctx, s.pace.ask)
		defer cancel()
		if err := l.cli.Logout(bounded); err != nil {
			cause += "; WhatsApp was not told, remove the device on the phone too: " + mask(err.Error())
		}
	}
	return s.do(ctx, "whatsapp: unlink", func() error {
		s.step(event{kind: evUnlink, cause: cause})
		return nil
	})
}
