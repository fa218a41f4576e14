package whatsapp

import (
	"context"
	"errors"
	"strings"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"vestnik/device"
)

// codeDisplay is the client's name in code pairing, where the server accepts only the
// form "Browser (OS)" with names that it knows.
const codeDisplay = "Chrome (Linux)"

// attempt is one try to link a phone; Run's.
type attempt struct {
	expect  device.Phone // the number that must be linked; empty for any
	codeFor device.Phone // the number that gets an 8-character code; empty for none
	line    *line
	codes   []string // texts of the QR codes not shown yet
	count   int      // of the codes at the beginning
	asked   bool     // the 8-character code was asked for
	account types.JID
	over    bool // the server ended the pairing connection
	early   bool // it did so while codes were left
	again   int  // how many connections were made after the first
}

// codeMade is the outcome of asking for the 8-character code.
type codeMade struct {
	code string
	err  error
}

// wrongPhone is the number that was scanned when another was expected.
type wrongPhone struct{ phone device.Phone }

// StartPairing begins to link the shop's phone and returns at once; Pairing tells how
// it goes. A running attempt is given up. When expect is not empty, no other number is
// accepted. When codeFor is not empty, an 8-character code for that number is made
// beside the QR code. It fails with Conflict while a phone is linked or the session is
// off, and with Invalid for a codeFor that is no number.
func (s *Session) StartPairing(ctx context.Context, expect, codeFor device.Phone) error {
	for _, p := range []device.Phone{expect, codeFor} {
		if _, err := device.StoredPhone(string(p)); p != "" && err != nil {
			return device.Errorf(device.Invalid, "whatsapp: pair", "%w", err)
		}
	}
	return s.do(ctx, "whatsapp: pair", func() error {
		if s.machine.account != "" {
			return device.Errorf(device.Conflict, "whatsapp: pair", "a phone is linked; unlink it first")
		}
		if s.machine.state == device.LinkOff {
			return device.Errorf(device.Conflict, "whatsapp: pair", "the session is switched off")
		}
		s.clock.Stop()
		s.step(event{kind: evPair, cause: "asked by a person"})
		s.attempt = &attempt{expect: expect, codeFor: codeFor}
		s.setPairing(device.Pairing{State: device.PairingWaiting})
		s.dialPairing(s.attempt)
		return nil
	})
}

// dialPairing connects with new keys. The library must not pair twice with one client.
func (s *Session) dialPairing(a *attempt) {
	l := s.newLine(s.vault.container.NewDevice())
	expect := a.expect
	l.cli.PrePairCallback = func(jid types.JID, _, _ string) bool {
		if p := phoneOf(jid); expect != "" && !samePerson(p, expect) {
			s.post(l, wrongPhone{p})
			return false
		}
		return true
	}
	a.line, a.codes, a.count, a.asked, a.over, a.early = l, nil, 0, false, false, false
	s.dial(l)
}

// StopPairing gives up a running attempt; without one it does nothing.
func (s *Session) StopPairing(ctx context.Context) error {
	return s.do(ctx, "whatsapp: stop pairing", func() error {
		if s.attempt == nil || !s.attempt.account.IsEmpty() {
			return nil // none, or the phone has already agreed
		}
		s.step(event{kind: evPairEnd, cause: "given up by a person"})
		s.endAttempt(device.PairingNone, "")
		return nil
	})
}

// Pairing is how far linking the phone has come.
func (s *Session) Pairing() device.Pairing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pairing
}

func (s *Session) setPairing(p device.Pairing) {
	s.mu.Lock()
	changed := s.pairing != p
	s.pairing = p
	s.mu.Unlock()
	if changed {
		s.opt.OnPairing(p)
	}
}

// hearPairing takes a word of the pairing connection and tells whether it was one of
// pairing.
func (s *Session) hearPairing(a *attempt, word any) bool {
	switch w := word.(type) {
	case dialled:
		switch {
		case w.err == nil:
		case clockWrong(w.err):
			s.failAttempt(event{kind: evClock, cause: mask(w.err.Error())})
		default:
			s.failAttempt(event{kind: evDialFail, cause: "WhatsApp is out of reach: " + mask(w.err.Error())})
		}
	case *events.QR:
		s.patience.Stop()
		a.codes, a.count = w.Codes, len(w.Codes)
		s.turnCode()
		s.askForCode(a)
	case codeMade:
		s.showCode(a, w)
	case wrongPhone:
		p := s.Pairing()
		p.Wrong = w.phone
		s.setPairing(p)
	case *events.PairSuccess:
		s.scanned(a, w)
	case *events.PairError:
		cause := mask(w.Error.Error())
		if errors.Is(w.Error, whatsmeow.ErrPairRejectedLocally) {
			cause = "another phone than the expected one was linked"
		}
		s.failAttempt(event{kind: evPairEnd, cause: cause})
	case *events.PairPasskeyRequest:
		s.step(event{kind: evPairEnd, cause: "WhatsApp asks this account for a passkey"})
		s.endAttempt(device.PairingPasskey, "WhatsApp asks this account for a passkey, which only its own page can give")
	case *events.PairPasskeyError:
		s.failAttempt(event{kind: evPairEnd, cause: "passkey: " + mask(w.Error.Error())})
	case *events.QRScannedWithoutMultidevice:
		s.failAttempt(event{kind: evPairEnd, cause: "the phone's WhatsApp is too old for linked devices"})
	case *events.ClientOutdated:
		s.failAttempt(event{kind: evOutdated, cause: refusalCause(events.ConnectFailureClientOutdated, "")})
	case *events.TemporaryBan:
		s.failAttempt(event{kind: evBanned, cause: banCause(w.Code)})
	case *events.ConnectFailure:
		s.failAttempt(event{kind: evRefused, cause: refusalCause(w.Reason, w.Message)})
	case *events.LoggedOut:
		s.failAttempt(event{kind: evRefused, cause: refusalCause(w.Reason, "")})
	case *events.ManualLoginReconnect, *events.Disconnected:
		s.pairingOver(a)
	default:
		return false
	}
	return true
}

// mostAgain is how often an attempt connects anew by itself after the server hung up
// early: the network had a hiccup, or the server's reason got lost in the closing.
const mostAgain = 2

// askForCode asks for the 8-character code once, when the connection stands. Making it
// takes a good part of a second on a small box.
func (s *Session) askForCode(a *attempt) {
	if a.codeFor == "" || a.asked {
		return
	}
	a.asked = true
	l, digits := a.line, a.codeFor.Digits()
	s.lines.Go(func() {
		ctx, cancel := context.WithTimeout(l.ctx, s.pace.ask)
		defer cancel()
		code, err := l.cli.PairPhone(ctx, digits, true, whatsmeow.PairClientChrome, codeDisplay)
		s.post(l, codeMade{code, err})
	})
}

func (s *Session) showCode(a *attempt, w codeMade) {
	if w.err != nil {
		cause := "no code: " + mask(w.err.Error())
		if errors.Is(w.err, whatsmeow.ErrIQRateOverLimit) {
			cause = "WhatsApp gives no more codes for this number now (429); try later or scan the QR code"
		}
		s.failAttempt(event{kind: evPairEnd, cause: cause})
		return
	}
	p := s.Pairing()
	if p.State == device.PairingWaiting {
		p.Code = w.code
		s.setPairing(p)
	}
}

// turnCode shows the next QR code, or ends the attempt after the last. While the phone
// has already agreed, the clock is that of the server's overdue farewell.
func (s *Session) turnCode() {
	a := s.attempt
	if a == nil {
		return
	}
	if !a.account.IsEmpty() {
		s.relogin(a, "the server did not end the pairing connection")
		return
	}
	if a.early && a.again < mostAgain {
		a.again++
		s.dialPairing(a)
		return
	}
	if a.early {
		s.failAttempt(event{kind: evLost, cause: "the connection to WhatsApp was lost before a phone was linked"})
		return
	}
	if len(a.codes) == 0 {
		s.step(event{kind: evPairEnd, cause: "all codes ran out"})
		s.endAttempt(device.PairingExpired, "all codes ran out")
		return
	}
	life := s.pace.nextCode
	if a.count == 6 && len(a.codes) == 6 {
		life = s.pace.firstCode
	}
	p := s.Pairing()
	p.QR, a.codes = a.codes[0], a.codes[1:]
	p.ShownAt = s.opt.Now()
	p.ExpiresAt = p.ShownAt.Add(life)
	s.clock.Reset(life)
	s.setPairing(p)
}

// scanned takes the phone's agreement: the keys are on disk, the server is about to end
// the connection.
func (s *Session) scanned(a *attempt, w *events.PairSuccess) {
	a.account = w.ID
	since := s.noteLinked(w.ID.User)
	s.mu.Lock()
	s.account, s.linkedSince = w.ID, since
	s.link.Name = clean(w.BusinessName, 100)
	s.mu.Unlock()
	s.setPairing(device.Pairing{State: device.PairingScanned, Phone: phoneOf(w.ID)})
	s.step(event{kind: evPaired, account: w.ID.User})
	if a.over {
		s.relogin(a, "paired")
		return
	}
	s.clock.Reset(s.pace.relogin)
}

// pairingOver is the end of the pairing connection. It may be heard before the
// agreement that it followed, which the library tells from another goroutine.
func (s *Session) pairingOver(a *attempt) {
	switch {
	case !a.account.IsEmpty():
		s.relogin(a, "paired")
	case a.over:
	default:
		// The reason, or the phone's agreement, may still be on its way to us.
		a.over, a.early = true, a.count == 0 || len(a.codes) > 0
		a.codes = nil // none of them is good any more
		p := s.Pairing()
		p.QR, p.Code = "", ""
		s.setPairing(p)
		s.clock.Reset(s.pace.relogin)
	}
}

func (s *Session) relogin(a *attempt, cause string) {
	s.clock.Stop()
	if s.line == a.line {
		s.step(event{kind: evLogin, cause: cause})
	}
}

// attemptDone is the first login after pairing.
func (s *Session) attemptDone() {
	a := s.attempt
	s.clock.Stop()
	s.attempt = nil
	s.setPairing(device.Pairing{State: device.PairingPaired, Phone: phoneOf(a.account)})
}

// failAttempt ends the attempt with a reason.
func (s *Session) failAttempt(e event) {
	s.step(e)
	s.endAttempt(device.PairingFailed, e.cause)
}

// endAttempt leaves the attempt in a final state. The link is the caller's.
func (s *Session) endAttempt(state device.PairingState, reason string) {
	p := s.Pairing()
	s.clock.Stop()
	s.attempt = nil
	s.setPairing(device.Pairing{State: state, Reason: reason, Wrong: p.Wrong})
}

// samePerson compares numbers as WhatsApp does in three countries that write mobile
// numbers with or without an extra digit: Brazil's 9 after the area code, Mexico's 1
// and Argentina's 9 after the country code.
func samePerson(a, b device.Phone) bool { return a == b || canonical(a) == canonical(b) }

func canonical(p device.Phone) string {
	d := p.Digits()
	switch {
	case strings.HasPrefix(d, "55") && len(d) == 13 && d[4] == '9':
		return d[:4] + d[5:]
	case strings.HasPrefix(d, "521") && len(d) == 13:
		return "52" + d[3:]
	case strings.HasPrefix(d, "549") && len(d) == 13:
		return "54" + d[3:]
	}
	return d
}
