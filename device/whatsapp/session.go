package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow/types"

	"vestnik/device"
)

// Session is the shop's WhatsApp session. Run owns its state; all other methods are
// safe for use by several goroutines.
type Session struct {
	opt   Options
	log   *slog.Logger
	pace  pace
	vault *vault

	running  atomic.Bool
	files    files
	commands chan func()
	news     chan news
	sending  chan struct{} // holds one token: the library sends one message at a time

	lastHeard atomic.Int64 // Unix milliseconds of the last word from the server

	mu      sync.Mutex // guards what follows, which only Run writes
	link    device.Link
	pairing device.Pairing
	live    *line     // the connection that may be used; nil unless connected
	account types.JID // with its device part; empty when no phone is linked
	// linkedSince is when account was first linked here; zero when unknown.
	linkedSince time.Time

	// What follows belongs to Run alone.
	machine  machine
	line     *line // the connection in use or in the making; nil when there is none
	attempt  *attempt
	retry    *time.Timer // time to dial again
	tick     *time.Timer // a ban or lock may have ended
	clock    *time.Timer // the pairing code's time is over
	patience *time.Timer // the line takes too long to become useful
	lines    sync.WaitGroup
	quit     context.Context // ends with Run
}

// news is one word of a connection to Run.
type news struct {
	from *line
	word any
}

// New opens the session's file, or makes it. Nothing is connected before Run.
func New(opt Options) (*Session, error) {
	if err := opt.check(); err != nil {
		return nil, device.Errorf(device.Invalid, "whatsapp: open", "%w", err)
	}
	routeSignalLog(opt.Logger)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	v, err := openVault(ctx, opt.Path, libraryLog{opt.Logger, "store"})
	if err != nil {
		return nil, device.Errorf(device.Internal, "whatsapp: open", "%s: %w", opt.Path, err)
	}
	v.mishaps.tell = opt.OnFault // what goes wrong before is this function's own error
	s := &Session{
		opt: opt, log: opt.Logger, pace: usualPace(), vault: v,
		commands: make(chan func()), news: make(chan news, 64), sending: make(chan struct{}, 1),
		retry: stopped(), tick: stopped(), clock: stopped(), patience: stopped(),
		pairing: device.Pairing{State: device.PairingNone},
	}
	if err := s.remember(ctx); err != nil {
		return nil, device.Errorf(device.Internal, "whatsapp: open", "%s: %w", opt.Path, errors.Join(err, v.close()))
	}
	return s, nil
}

// remember takes up what the file knows.
func (s *Session) remember(ctx context.Context) error {
	if s.opt.DropSessions {
		if err := s.vault.dropSessions(ctx); err != nil {
			return fmt.Errorf("drop the sessions: %w", err)
		}
	}
	dev, err := s.vault.account(ctx)
	if err != nil {
		return fmt.Errorf("read the account: %w", err)
	}
	if s.machine.lock, err = s.vault.lock(ctx); err != nil {
		return fmt.Errorf("read the lock: %w", err)
	}
	s.machine.state, s.machine.since = device.LinkOff, s.opt.Now()
	s.link = device.Link{Channel: device.WhatsApp, State: device.LinkOff, Since: s.machine.since}
	if dev != nil {
		s.account = *dev.ID
		if s.linkedSince, err = s.vault.rememberLinked(ctx, dev.ID.User); err != nil {
			return fmt.Errorf("read the account's first day: %w", err)
		}
		s.link.Name = clean(first(dev.BusinessName, dev.PushName), 100)
		s.link.Device, s.link.Phone = dev.ID.User, phoneOf(*dev.ID)
	}
	return nil
}

// Close closes the file. Call it after Run has returned.
func (s *Session) Close() error {
	if s.running.Load() {
		return device.Errorf(device.Conflict, "whatsapp: close", "the session is running")
	}
	return s.vault.close()
}

// Run holds the connection until ctx ends, and then returns nil. It may be called
// again afterwards.
func (s *Session) Run(ctx context.Context) error {
	if !s.running.CompareAndSwap(false, true) {
		return device.Errorf(device.Conflict, "whatsapp: run", "the session is running")
	}
	defer s.running.Store(false)
	s.quit = ctx
	if err := s.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // it ended before it began
		}
		return err
	}
	for {
		select {
		case <-ctx.Done():
			s.stop()
			return nil
		case command := <-s.commands:
			command()
		case n := <-s.news:
			s.hear(n.from, n.word)
		case <-s.retry.C:
			s.step(event{kind: evDue})
		case <-s.tick.C:
			s.step(event{kind: evTick, cause: "its time is over"})
		case <-s.clock.C:
			s.turnCode()
		case <-s.patience.C:
			s.losePatience()
		}
	}
}

func (s *Session) start(ctx context.Context) error {
	past, err := s.vault.transitions(ctx, 1)
	if err != nil {
		return device.Errorf(device.Internal, "whatsapp: run", "read the last transition: %w", err)
	}
	if s.opt.Off {
		s.machine.account = s.account.User
		s.machine.rest = device.LinkUnpaired // which it was is forgotten in a session that is off
		s.step(event{kind: evOff, cause: "switched off in the settings"})
		return nil
	}
	e := event{kind: evStart, account: s.account.User}
	if len(past) > 0 {
		e.last = past[0]
	}
	s.step(e)
	return nil
}

// stop ends everything quickly. The file's list of transitions does not show it: the
// next start goes on where this one was.
func (s *Session) stop() {
	s.hangUp()
	for _, t := range []*time.Timer{s.retry, s.patience, s.tick, s.clock} {
		t.Stop()
	}
	if s.attempt != nil {
		s.endAttempt(device.PairingNone, "the program stopped")
	}
	s.machine.state, s.machine.since = device.LinkOff, s.opt.Now()
	s.mu.Lock()
	s.link.State, s.link.Cause, s.link.Since, s.link.Until, s.link.Code = device.LinkOff, "the program stopped", s.machine.since, time.Time{}, 0
	s.mu.Unlock()
	gone := make(chan struct{})
	go func() { s.lines.Wait(); close(gone) }()
	select {
	case <-gone:
	case <-time.After(2 * time.Second): // the library waits 20 s for a silent server's handshake
	}
}

// do runs f in Run's goroutine and waits for it.
func (s *Session) do(ctx context.Context, op string, f func() error) error {
	done := make(chan error, 1)
	select {
	case s.commands <- func() { done <- f() }:
		return <-done
	case <-ctx.Done():
		return &device.Error{Kind: device.Unavailable, Op: op, Err: context.Cause(ctx)}
	}
}

// Link is the state now.
func (s *Session) Link() device.Link {
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	if at := s.lastHeard.Load(); at != 0 {
		l.LastSeen = time.UnixMilli(at).UTC()
	}
	return l
}

// Transitions are the last n changes of state, newest first; 2000 are kept.
func (s *Session) Transitions(ctx context.Context, n int) ([]Transition, error) {
	found, err := s.vault.transitions(ctx, n)
	if err != nil {
		return nil, device.Errorf(device.Internal, "whatsapp: transitions", "%w", err)
	}
	return found, nil
}

// Switch turns the session on or off. Off keeps the account.
func (s *Session) Switch(ctx context.Context, on bool) error {
	return s.do(ctx, "whatsapp: switch", func() error {
		if on {
			s.step(event{kind: evOn})
			return nil
		}
		if s.attempt != nil {
			s.endAttempt(device.PairingNone, "switched off")
		}
		s.step(event{kind: evOff, cause: "switched off in the settings"})
		return nil
	})
}

// Reconnect dials now. It is how a person ends the state "replaced", and it cuts
// short any pause.
func (s *Session) Reconnect(ctx context.Context) error {
	return s.do(ctx, "whatsapp: reconnect", func() error {
		if s.machine.account == "" || s.machine.state == device.LinkOff {
			return device.Errorf(device.Conflict, "whatsapp: reconnect", "the session is %s", s.machine.state)
		}
		s.step(event{kind: evAsked, cause: "asked by a person"})
		return nil
	})
}

// step moves the machine, does what it asks and tells the world.
func (s *Session) step(e event) {
	now := s.opt.Now()
	before := s.machine.view(now)
	wasOn := s.machine.state
	next, acts := s.machine.next(e, now)
	s.machine = next
	for _, a := range acts {
		s.act(a)
	}
	if s.machine.state != wasOn && s.machine.state == device.LinkOff {
		s.retry.Stop()
	}
	after := s.machine.view(now)
	ctx, cancel := s.storing()
	defer cancel()
	changed := before.state != after.state || before.code != after.code || !before.until.Equal(after.until)
	if changed {
		t := Transition{At: now, From: before.state, To: after.state, Cause: after.cause, Until: after.until, Code: after.code}
		if err := s.vault.keep(ctx, t); err != nil {
			s.log.Error("whatsapp transition not kept", "err", err)
		}
		s.log.Info("whatsapp link", "from", t.From, "to", t.To, "cause", t.Cause)
	}
	s.mu.Lock()
	s.live = nil
	if s.machine.state == device.LinkConnected {
		s.live = s.line
	}
	if s.machine.account == "" {
		s.account = types.JID{}
	}
	s.link.State, s.link.Cause, s.link.Since, s.link.Until, s.link.Code = after.state, after.cause, after.since, after.until, after.code
	s.link.Device, s.link.Phone = s.account.User, phoneOf(s.account)
	link := s.link
	s.mu.Unlock()
	s.setTimer(s.tick, s.machine.wake())
	if changed {
		s.opt.Sink.LinkChanged(ctx, link)
	}
}

func (s *Session) act(a action) {
	ctx, cancel := s.storing()
	defer cancel()
	var err error
	switch a {
	case actHangUp:
		s.hangUp()
	case actDial:
		s.login()
	case actLater:
		s.retry.Reset(s.pace.again(s.machine.fails))
	case actForget:
		err = s.vault.forget(ctx)
	case actLock:
		err = s.vault.keepLock(ctx, s.machine.lock)
	}
	if err != nil {
		s.log.Error("whatsapp session", "action", string(a), "err", err)
	}
}

// storing is the context of our own short work on disk, which is not cut off halfway
// when Run ends.
func (s *Session) storing() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(s.quit), s.pace.store)
}

func (s *Session) setTimer(t *time.Timer, at time.Time) {
	if at.IsZero() {
		t.Stop()
		return
	}
	// A millisecond more, since the file keeps times in milliseconds.
	t.Reset(at.Sub(s.opt.Now()) + time.Millisecond)
}

func stopped() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func phoneOf(jid types.JID) device.Phone {
	if jid.Server != types.DefaultUserServer && jid.Server != types.HostedServer {
		return ""
	}
	p, err := device.StoredPhone("+" + jid.User)
	if err != nil {
		return ""
	}
	return p
}

var (
	_ device.Transport = (*Session)(nil)
	_ device.Revoker   = (*Session)(nil)
	_ device.Directory = (*Session)(nil)
)
