package messagegateway

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// MirrorChannel is one of the box's own radios as it shows in the CRM.
type MirrorChannel struct {
	Channel device.Channel // WhatsApp or SMS
	Name    string         // as operators see it; at most 100 characters
	// MaxChars is the longest text that operators may write; 0 means 4096 for WhatsApp and 670,
	// ten parts in Russian, for SMS.
	MaxChars int
}

// MirrorOptions are the options of a mirror.
type MirrorOptions struct {
	// Mode: Show needs no way into the shop's network. In both others operators may write
	// from the CRM: with Webhook MG calls this box, with Stub it calls a public page that answers
	// {"async":true} and keeps nothing, and the text comes by the session's socket. That Stub works is
	// an assumption: whether MG waits long enough for the Ack and takes it by its own id has not been
	// tried on a live account.
	Mode     gateway.MirrorMode
	Channels []MirrorChannel
	Lines    Lines
	// Operator takes what an operator wrote, to be sent by our WhatsApp or SMS. It returns nil
	// only after that is safe on disk, and is idempotent by the text's ID: the same may come
	// again. Invalid, NotFound, Refused and Conflict are definite: the operator sees that it was not
	// sent. Not needed for Show.
	Operator func(ctx context.Context, o OperatorText) error
	// Poll is how often lines are looked for without a Wake; 0 means 15 s.
	Poll time.Duration
}

// Lines are what was said in our own WhatsApp and by SMS, both ways. Lines that an
// operator wrote in the CRM are left out: they are there already.
type Lines interface {
	// NextLines are lines after a cursor, oldest first, at most limit, and the cursor behind
	// them.
	NextLines(ctx context.Context, after string, limit int) (lines []Line, next string, err error)
	// LinesEnd is the cursor behind the newest line: where a mirror begins.
	LinesEnd(ctx context.Context) (string, error)
}

// Line is one message of our own WhatsApp or SMS.
type Line struct {
	ID       string // names the line for good, also over a restored backup, so that a repeat is known
	Channel  device.Channel
	Phone    device.Phone // the customer's
	Name     string       // as he calls himself; may be empty
	FromShop bool         // else the customer wrote it
	Text     string
	Media    string // kind of an attachment; empty for plain text
	At       time.Time
}

// OperatorText is what a person of the shop wrote in the CRM for our own WhatsApp or
// SMS.
type OperatorText struct {
	ID           int64 // MG's id of the message, or below 0 the CRM's where MG tells none
	Channel      device.Channel
	Phone        string // digits
	ChatExternal string // the chat as we call it; empty when the operator began it
	Text         string
	User         string // who wrote it; may be empty
}

// MirrorHealth is how the mirror is.
type MirrorHealth struct {
	// Works: what is said appears in the CRM. Cause says why not, since Since.
	Works bool
	Cause string
	Since time.Time
	// Skipped counts lines that MG refused for good since the start.
	Skipped int
}

// Mirror shows this box's own WhatsApp and SMS among the CRM's chats. Run owns its
// work; all other methods are safe for use by several goroutines.
type Mirror struct {
	s    *Session
	opt  MirrorOptions
	log  *slog.Logger
	news chan struct{}

	mu     sync.Mutex
	api    *client
	ids    map[device.Channel]int64 // channels in MG
	orders map[int64]int64          // channel by an operator's message
	health MirrorHealth
}

// NewMirror makes the mirror of a session, which must not run yet. It uses the
// session's keys, journal and limits.
func NewMirror(s *Session, o MirrorOptions) (*Mirror, error) {
	const op = "messagegateway: set up the mirror"
	switch o.Mode {
	case gateway.MirrorShow:
	case gateway.MirrorWebhook, gateway.MirrorStub:
		if o.Operator == nil {
			return nil, device.Errorf(device.Invalid, op, "nobody takes what operators write")
		}
	default:
		return nil, device.Errorf(device.Invalid, op, "there is no mirror in the mode %q", o.Mode)
	}
	if o.Lines == nil || len(o.Channels) == 0 {
		return nil, device.Errorf(device.Invalid, op, "there is nothing to show")
	}
	for _, ch := range o.Channels {
		if ch.Channel != device.WhatsApp && ch.Channel != device.SMS {
			return nil, device.Errorf(device.Invalid, op, "only WhatsApp and SMS are this box's own")
		}
	}
	if s.running.Load() {
		return nil, device.Errorf(device.Conflict, op, "the session is running")
	}
	if o.Poll <= 0 {
		o.Poll = 15 * time.Second
	}
	m := &Mirror{
		s: s, opt: o, log: s.log, news: make(chan struct{}, 1), ids: map[device.Channel]int64{}, orders: map[int64]int64{},
		health: MirrorHealth{Cause: "not started", Since: s.opt.Now()},
	}
	s.mu.Lock()
	s.mirror = m
	s.mu.Unlock()
	return m, nil
}

// Wake says that there are new lines.
func (m *Mirror) Wake() { wake(m.news) }

// Health is how the mirror is.
func (m *Mirror) Health() MirrorHealth {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.health
}

// Run shows lines until ctx ends, and then returns nil. An error means that this box
// cannot go on.
func (m *Mirror) Run(ctx context.Context) error {
	fails := 0
	for {
		worked, err := m.show(ctx)
		if ctx.Err() != nil {
			m.is(false, "the program stopped")
			return nil
		}
		var fault boxFault
		if errors.As(err, &fault) {
			return fault.err
		}
		if worked {
			fails = 0
		}
		fails++
		m.is(false, err.Error())
		pause := m.s.opt.Pace.RetryTo
		if fails < 7 {
			pause = min(m.s.opt.Pace.RetryFrom<<(fails-1), pause)
		}
		var no withoutKeys
		if errors.As(err, &no) {
			pause = m.s.opt.Pace.Renew
		}
		if !errors.Is(err, errRenewed) {
			outbound.Sleep(ctx, pause)
		}
	}
}

// is notes how the mirror is.
func (m *Mirror) is(works bool, cause string) {
	m.mu.Lock()
	changed := m.health.Works != works || m.health.Cause != cause
	if m.health.Works != works || m.health.Since.IsZero() {
		m.health.Since = m.s.opt.Now()
	}
	m.health.Works, m.health.Cause = works, cause
	m.mu.Unlock()
	if changed {
		m.log.Info("mirror of the own messengers", "works", works, "cause", cause)
		m.s.opt.OnChange()
	}
}

// show makes the channels and then shows line after line until something fails.
func (m *Mirror) show(ctx context.Context) (worked bool, err error) {
	api, err := m.connect(ctx)
	if err != nil {
		return false, err
	}
	defer func() {
		if device.KindOf(err) != device.Unauthorized {
			return
		}
		if _, err = m.s.keys.renew(ctx, api.key, func(a gateway.ChatAccess) string { return a.TransportKey }); err == nil {
			err = errRenewed
		}
	}()
	if err := m.ensureChannels(ctx, api); err != nil {
		return false, err
	}
	tick := time.NewTicker(m.opt.Poll)
	defer tick.Stop()
	for {
		if err := m.showWaiting(ctx, api); err != nil {
			return worked, err
		}
		worked = true
		m.is(true, "")
		select {
		case <-ctx.Done():
			return worked, ctx.Err()
		case <-m.news:
		case <-tick.C:
		}
	}
}

// connect has the client of the Transport API.
func (m *Mirror) connect(ctx context.Context) (*client, error) {
	access, err := m.s.keys.get(ctx, func(a gateway.ChatAccess) bool { return a.TransportKey != "" })
	if err != nil {
		return nil, err
	}
	if access.TransportKey == "" {
		return nil, withoutKeys{device.LinkNoChats, "the CRM gave no key for channels of our own"}
	}
	api, err := m.s.keys.transportClient(access)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	m.api = api
	m.mu.Unlock()
	return api, nil
}

// client is the way to the Transport API, also before Run has made it.
func (m *Mirror) client(ctx context.Context, op string) (*client, error) {
	m.mu.Lock()
	api := m.api
	m.mu.Unlock()
	if api != nil {
		return api, nil
	}
	api, err := m.connect(ctx)
	if err != nil {
		return nil, device.Errorf(device.Unavailable, op, "%w", err)
	}
	return api, nil
}
