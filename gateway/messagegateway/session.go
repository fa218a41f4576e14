package messagegateway

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// Session is the door to the chats of one account. Run owns its connection; all
// other methods are safe for use by several goroutines.
type Session struct {
	opt  Options
	log  *slog.Logger
	keys *keyring

	running   atomic.Bool
	asked     chan struct{} // a person asked to connect again
	denied    chan struct{} // a call was answered with "no right"
	postKnown chan struct{} // due has grown
	heardAt   atomic.Int64  // Unix milliseconds of MG's last word
	recalls   sync.Mutex    // one Recall at a time: two must not claim the same message

	mu       sync.Mutex // guards what follows
	link     device.Link
	bot      *client  // nil before the first keys
	self     int64    // our bot's id; 0 before it is known
	roles    []string // our bot's
	channels map[int64]channelFacts
	ours     map[int64]device.Channel // channels that the mirror made
	chats    map[int64]chatFacts
	users    []gateway.ChatUser
	usersAt  time.Time
	early    map[int64]messageBody // words about posts that are not known yet
	orphans  map[int64]string      // wire ids by MG's id, while the journal does not take them
	due      []messageBody         // words about posts that have become known
	mirror   *Mirror               // nil when there is none

	// What follows belongs to Run alone.
	fails   int
	cursor  cursor
	heard   *recent[int64]  // messages of this run
	told    *recent[string] // events and receipts of this run
	takers  map[int64]taker // by dialog
	unsaved int             // messages since the cursor was saved
	options bool            // the socket takes the option for mass communication
}

var (
	_ device.Transport = (*Session)(nil)
	_ device.Revoker   = (*Session)(nil)
	_ device.Memory    = (*Session)(nil)
	_ gateway.Chats    = (*Session)(nil)
)

// New checks the options and connects to nothing yet.
func New(o Options) (*Session, error) {
	const op = "messagegateway: set up"
	if o.Register == nil || o.Journal == nil || o.Sink == nil {
		return nil, device.Errorf(device.Invalid, op, "a way to register, a journal and a sink are needed")
	}
	if o.Endpoint != "" {
		if _, err := parseEndpoint(o.Endpoint); err != nil {
			return nil, err
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnChange == nil {
		o.OnChange = func() {}
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	o.Pace.fill()
	s := &Session{
		opt: o, log: o.Logger, asked: make(chan struct{}, 1), denied: make(chan struct{}, 1), postKnown: make(chan struct{}, 1),
		channels: map[int64]channelFacts{}, ours: map[int64]device.Channel{}, chats: map[int64]chatFacts{},
		early: map[int64]messageBody{}, orphans: map[int64]string{},
		heard: newRecent[int64](5000), told: newRecent[string](2000), takers: map[int64]taker{}, options: true,
		link: device.Link{Channel: device.Chat, State: device.LinkOff, Since: o.Now()},
	}
	s.keys = &keyring{opt: &s.opt, limit: newLimiter(o.Rate), turn: make(chan struct{}, 1)}
	return s, nil
}

// Run holds the connection until ctx ends, and then returns nil. Chats that are
// away are a state of the link; an error means that this box cannot go on. It may be
// called again afterwards.
func (s *Session) Run(ctx context.Context) error {
	if !s.running.CompareAndSwap(false, true) {
		return device.Errorf(device.Conflict, "messagegateway: run", "the session is running")
	}
	defer s.running.Store(false)
	if err := s.recallOwnChannels(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	for {
		err := s.visit(ctx)
		if ctx.Err() != nil {
			s.stopped("the program stopped")
			return nil
		}
		var fault boxFault
		if errors.As(err, &fault) {
			s.stopped("a fault of this box")
			return fault.err
		}
		s.rest(ctx, err)
	}
}

// rest shows why there is no connection and waits before the next try, at most until
// a person asks for one.
func (s *Session) rest(ctx context.Context, why error) {
	s.fails++
	pause := s.pause()
	var no withoutKeys
	switch {
	case errors.As(why, &no):
		s.move(no.state, no.cause)
		pause = s.opt.Pace.Renew
	case errors.Is(why, errAsked):
		s.fails = 0
		return
	case errors.Is(why, errRenewed):
		s.fails = 0 // with the new key, at once
		return
	default:
		s.move(device.LinkUnreachable, why.Error())
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.asked:
		s.fails = 0
	}
}

// pause is how long to wait after the tries so far: doubled with each, with a
// quarter of chance on either side.
func (s *Session) pause() time.Duration {
	p := s.opt.Pace
	d := p.RetryTo
	if shift := s.fails - 1; shift < 16 {
		d = min(p.RetryFrom<<shift, p.RetryTo)
	}
	return min(d-d/4+rand.N(d/2+1), p.RetryTo)
}

var (
	errAsked   = errors.New("a person asked to connect again")
	errRenewed = errors.New("a new key was given")
)

// visit connects, reads what was missed, and listens until something ends it.
func (s *Session) visit(ctx context.Context) error {
	if s.State() != device.LinkNoAccess && s.State() != device.LinkNoChats && s.State() != device.LinkUnreachable {
		s.move(device.LinkConnecting, "")
	}
	access, err := s.keys.get(ctx, func(a gateway.ChatAccess) bool {
		return a.BotKey != "" && (a.BotURL != "" || s.opt.Endpoint != "")
	})
	if err != nil {
		return err
	}
	bot, err := s.keys.botClient(access)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.bot = bot
	s.link.Device = bot.base.Host
	s.mu.Unlock()
	err = s.listen(ctx, bot)
	if errors.Is(err, errDenied) {
		if _, err := s.keys.renew(ctx, bot.key, func(a gateway.ChatAccess) string { return a.BotKey }); err != nil {
			return err
		}
		return errRenewed
	}
	return err
}

// stopped is the state after Run.
func (s *Session) stopped(cause string) {
	s.mu.Lock()
	s.link.State, s.link.Cause, s.link.Since = device.LinkOff, cause, s.opt.Now()
	s.mu.Unlock()
}

// move changes the state and tells the world.
func (s *Session) move(state device.LinkState, cause string) {
	s.mu.Lock()
	if s.link.State == state && (s.link.Cause == cause || state == device.LinkUnreachable) {
		s.mu.Unlock()
		return
	}
	before := s.link.State
	if before != state {
		s.link.Since = s.opt.Now()
	}
	s.link.State, s.link.Cause = state, cause
	s.mu.Unlock()
	s.log.Info("chats link", "from", before, "to", state, "cause", cause)
	s.opt.Sink.LinkChanged(context.Background(), s.Link())
	s.opt.OnChange()
}

// Link implements device.Transport.
func (s *Session) Link() device.Link {
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	if at := s.heardAt.Load(); at != 0 {
		l.LastSeen = time.UnixMilli(at).UTC()
	}
	return l
}

// State is the link's state.
func (s *Session) State() device.LinkState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link.State
}

// Reconnect connects again now, and asks for a new key if the one that we have is
// refused. It is for a person's button and returns before the outcome, which the link
// shows.
func (s *Session) Reconnect(ctx context.Context) error {
	if !s.running.Load() {
		return device.Errorf(device.Conflict, "messagegateway: reconnect", "the session is off")
	}
	if err := s.keys.personAsks(ctx); err != nil {
		return &device.Error{Kind: device.Unavailable, Op: "messagegateway: reconnect", Err: err}
	}
	wake(s.asked)
	return nil
}

// wake leaves a word in a channel of capacity 1.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// keep hands something to this box's own disk, and tries until it is taken or ctx
// ends: what the disk does not take must not be passed over.
func (s *Session) keep(ctx context.Context, what string, f func(context.Context) error) error {
	pause := s.opt.Pace.Sink
	for try := 1; ; try++ {
		err := f(ctx)
		if err == nil {
			if try > 1 {
				s.log.Info("kept after all", "what", what, "tries", try)
			}
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if try&(try-1) == 0 { // 1, 2, 4, 8 …
			s.log.Error("not kept, it is tried again", "what", what, "tries", try, "error", err)
		}
		outbound.Sleep(ctx, pause)
		pause = min(pause*2, 30*s.opt.Pace.Sink)
	}
}

// client is the way to MG, or Unavailable before there is one.
func (s *Session) client(op string) (*client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bot == nil {
		return nil, device.Errorf(device.Unavailable, op, "there are no keys to the chats yet")
	}
	return s.bot, nil
}

// call makes a call of the Bot API. A refusal of the key is looked into by Run.
func (s *Session) call(ctx context.Context, q call, out any) error {
	c, err := s.client(q.op)
	if err != nil {
		return err
	}
	if err = c.do(ctx, q, out); device.KindOf(err) == device.Unauthorized {
		wake(s.denied)
	}
	return err
}
