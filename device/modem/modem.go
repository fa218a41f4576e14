package modem

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"vestnik/device"
)

// safeTime bounds one call into the sink or the journal: both are a commit to a local disk.
const safeTime = 10 * time.Second

// Modem is one GSM modem as a device.Transport. Make it with New, let Run own it.
type Modem struct {
	opts Options
	log  *slog.Logger
	jobs chan job
	over chan struct{} // closed when Run has returned

	mu   sync.Mutex
	link device.Link
	runs bool

	// The rest belongs to the owner goroutine.
	strikes     int       // time-outs in a row without an answered submit
	climbed     int       // strikes at which the reset ladder was last climbed
	rebootUntil time.Time // the stick was told to restart and may be away until then
	lastPort    string
	avoidStored bool // stored reports proved unreadable on this modem
	filed       bool // a stored report was read from this modem: it does keep them
	noList      bool // AT+CMGL hung on this modem
	lateReports []report
	unsaved     []Part
	carried     []shelved // texts that came directly and that the sink did not take yet
	offlineFrom time.Time // without network since; zero while registered
	radioTries  int
}

// job is something that the owner does for a caller.
type job interface {
	// do runs with a session. Its error means that the port is of no more use.
	do(ctx context.Context, s *session) error
	// fail answers without one.
	fail(err *device.Error)
}

// New checks the options. The error names the option that is wrong.
func New(o Options) (*Modem, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	m := &Modem{
		opts: o, log: o.Logger, jobs: make(chan job), over: make(chan struct{}),
		link: device.Link{Channel: device.SMS, State: device.LinkConnecting, Cause: "start", Since: time.Now()},
	}
	if o.Port != Auto {
		m.link.Port = o.Port
	}
	return m, nil
}

// Link is the state of the modem now.
func (m *Modem) Link() device.Link {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.link
}

// setLink moves the link to a state; the sink is told when it is another one, or another modem.
func (m *Modem) setLink(ctx context.Context, state device.LinkState, cause string) {
	m.mu.Lock()
	if m.link.State == state {
		m.mu.Unlock()
		return
	}
	m.link.State, m.link.Cause, m.link.Since = state, cause, time.Now()
	if state != device.LinkConnected {
		m.link.SignalDBM = 0
	}
	l := m.link
	m.mu.Unlock()
	m.log.Info("modem link", "state", l.State, "cause", maskLine(cause), "port", l.Port)
	m.opts.Sink.LinkChanged(ctx, l)
}

// describe changes what the link says beside its state.
func (m *Modem) describe(fn func(l *device.Link)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fn(&m.link)
}

// Prepare implements device.Transport. A text of more parts than Options.MaxParts is Invalid; without a modem
// ever seen in this run it is Unavailable.
func (m *Modem) Prepare(ctx context.Context, out device.Outgoing) (device.Envelope, error) {
	const op = "modem: prepare SMS"
	if err := ctx.Err(); err != nil {
		return device.Envelope{}, &device.Error{Kind: device.Unavailable, Op: op, Err: err}
	}
	if out.Text == "" {
		return device.Envelope{}, device.Errorf(device.Invalid, op, "the text is empty")
	}
	if _, err := device.StoredPhone(out.To.String()); err != nil {
		return device.Envelope{}, device.Errorf(device.Invalid, op, "the recipient is no number in international form: %w", err)
	}
	parts := device.MeasureSMS(out.Text).Parts
	if parts > m.opts.MaxParts {
		return device.Envelope{}, device.Errorf(device.Invalid, op, "the text takes %d SMS, at most %d are allowed: shorten it", parts, m.opts.MaxParts)
	}
	imei := m.Link().Device
	if imei == "" {
		return device.Envelope{}, device.Errorf(device.Unavailable, op, "no modem has been found yet")
	}
	env := device.Envelope{Outgoing: out, Device: imei, Parts: parts, WireID: "sms-" + rand.Text()}
	if parts > 1 {
		ref, err := m.opts.Journal.NextConcatRef(ctx)
		if err != nil {
			return device.Envelope{}, &device.Error{Kind: device.Unavailable, Op: op, Err: fmt.Errorf("concatenation reference: %w", err)}
		}
		env.ConcatRef = ref & 0xff
	}
	return env, nil
}

// Send implements device.Transport. With an envelope that was sent before it sends only the parts that the
// network does not have; Accepted tells all that are there, also beside an error.
//
// A part whose fate is unknown is sent again: whether and when to risk that is the caller's
// decision.
//
// When ctx ends before a part was handed to the network, nothing of that part leaves; when it ends
// after, the answer is Uncertain, the owner waits on, and a late acceptance comes as a
// device.ReceiptTrying.
func (m *Modem) Send(ctx context.Context, env device.Envelope) (device.Accepted, error) {
	if err := ctx.Err(); err != nil {
		return device.Accepted{}, unavailable("not begun: %w", err)
	}
	if env.Text == "" || env.WireID == "" {
		return device.Accepted{}, device.Errorf(device.Invalid, opSend, "the envelope was not prepared")
	}
	pdus, err := submitPDUs(env)
	if err != nil {
		return device.Accepted{}, err
	}
	if l := m.Link(); l.State != device.LinkConnected {
		return device.Accepted{}, unavailable("the modem is not ready: %s", l.State)
	}
	j := &sendJob{caller: ctx, env: env, pdus: pdus, done: make(chan sendResult, 1)}
	if err := m.give(ctx, j); err != nil {
		return device.Accepted{}, err
	}
	r := <-j.done
	if r.err != nil {
		return r.acc, r.err
	}
	return r.acc, nil
}

// give hands a job to the owner. After nil the job will be answered.
func (m *Modem) give(ctx context.Context, j job) error {
	select {
	case m.jobs <- j:
		return nil
	case <-ctx.Done():
		return unavailable("the modem was busy: %w", ctx.Err())
	case <-m.over:
		return unavailable("the modem is switched off")
	}
}

// Run finds the modem and serves it until ctx ends, through unplugging, restarts and silence.
// It may be called once. The error is nil after ctx ended; then a running submit is waited for at most
// Timeouts.Shutdown, and Link says LinkOff without telling the sink.
//
// The sink and the journal are called from the owner's goroutine: they must not call back into the Modem
// and wait.
func (m *Modem) Run(ctx context.Context) error {
	m.mu.Lock()
	if m.runs {
		m.mu.Unlock()
		return errors.New("modem: Run called twice")
	}
	m.runs = true
	m.mu.Unlock()
	defer func() {
		m.describe(func(l *device.Link) {
			l.State, l.Cause, l.Since, l.SignalDBM = device.LinkOff, "stopped", time.Now(), 0
		})
		close(m.over)
	}()
	for ctx.Err() == nil {
		e, err := m.connect(ctx)
		if err != nil {
			m.after(ctx, err)
			continue
		}
		s := newSession(m, e)
		err = s.run(ctx)
		e.close()
		s.lastWords(ctx)
		if ctx.Err() == nil {
			m.log.Warn("modem session ended", "err", err)
			m.after(ctx, err)
		}
	}
	return nil
}

// pause waits for d and answers jobs with Unavailable meanwhile.
func (m *Modem) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case j := <-m.jobs:
			j.fail(unavailable("the modem is not ready: %s", m.Link().State))
		case <-t.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// safely gives a call into sink or journal a context that outlives the program's end, but not
// a disk that hangs.
func safely(ctx context.Context, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), safeTime)
	defer cancel()
	return fn(ctx)
}
