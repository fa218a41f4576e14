package modem

import (
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// recordLimit bounds each list of what was seen, so that a modem may run for days in the demo.
const recordLimit = 10000

// Modem is a simulated modem with its SIM card, its network and the phones behind it. Its methods may be called from any
// goroutine.
type Modem struct {
	opts  Options
	trait traits
	log   *slog.Logger
	table map[string]handler

	mu      sync.Mutex
	closed  bool
	stop    chan struct{}
	wake    chan struct{} // the air loop looks again
	changed chan struct{} // closed and replaced at every change, for Wait
	workers sync.WaitGroup

	sess *session // nil while unplugged
	gen  int      // counts lives of the port, so that an old timer does not plug in a newer one

	set     settings
	sim     simCard
	reg     Registration
	csq     int
	cfun    int
	cops    int // mode of AT+COPS; 2 = the client deregistered
	copsFmt int
	boot    time.Time // when the registration may succeed
	airFrom time.Time // when the network begins to deliver what waited
	stat    Registration
	stores  map[string]*memory

	lastMR    byte
	concatRef byte
	air       []airItem
	unacked   *airItem
	ackBy     time.Time
	fullSaid  bool
	ussd      map[string]string

	net     network
	fault   faultState
	onTaken []func(Message)

	refused       []string
	notUnderstood []string
	commands      []string
}

// New starts a modem and plugs it in (unless Options.Unplugged). Close ends it. Errors: an unknown profile, no folder,
// no pty to be had.
func New(o Options) (*Modem, error) {
	o, t, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	m := &Modem{
		opts: o, trait: t, log: o.Logger,
		stop: make(chan struct{}), wake: make(chan struct{}, 1), changed: make(chan struct{}),
		reg: RegHome, csq: o.CSQ,
		sim:    simCard{present: true, pin: o.PIN, puk: o.PUK, asks: o.PIN != "", smsc: o.SMSC},
		stores: make(map[string]*memory),
		ussd:   map[string]string{"*100#": o.Balance},
	}
	for _, name := range t.memories {
		m.stores[name] = newMemory(t.firstSlot, o.Slots)
	}
	m.sim.reset()
	m.fault.netDelay, m.fault.repDelay = o.NetworkDelay, o.ReportDelay
	m.table = m.handlers()
	if !o.Unplugged {
		if err := m.Plug(); err != nil {
			return nil, err
		}
		m.mu.Lock()
		m.airFrom = time.Time{}
		m.mu.Unlock()
	}
	m.workers.Add(1)
	go m.airLoop()
	return m, nil
}

// Port is the path of the link to the tty. It stays the same over unplugging; the link is absent while unplugged.
func (m *Modem) Port() string { return filepath.Join(m.opts.Dir, m.opts.Name) }

// Close unplugs the modem for good and waits for its goroutines.
func (m *Modem) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	m.unplugLocked()
	close(m.stop)
	m.mu.Unlock()
	m.workers.Wait()
	return nil
}

// Unplug takes the modem out: whoever has the port open gets EOF or EIO, the link disappears. What is stored stays.
func (m *Modem) Unplug() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unplugLocked()
}

// Plugged tells whether the modem is plugged in.
func (m *Modem) Plugged() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sess != nil
}

func (m *Modem) unplugLocked() {
	m.gen++
	if m.sess == nil {
		return
	}
	m.log.Info("modem unplugged", "port", m.opts.Name)
	m.sess.port.close()
	m.sess = nil
	m.stat = RegOff
	m.requeueUnacked()
	m.wakeLocked()
}

// Plug puts the modem in again: it starts with its settings lost, its SIM locked (if it has a PIN), its storage kept.
// A modem that is plugged in stays as it is.
func (m *Modem) Plug() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.plugLocked()
}

func (m *Modem) plugLocked() error {
	if m.closed {
		return errors.New("the modem is closed")
	}
	if m.sess != nil {
		return nil
	}
	p, err := openPort(m.Port())
	if err != nil {
		return err
	}
	m.gen++
	s := &session{m: m, port: p}
	m.sess = s
	m.log.Info("modem plugged in", "port", m.opts.Name, "tty", p.slave)
	m.powerOn()
	m.workers.Add(1)
	go func() {
		defer m.workers.Done()
		s.run()
	}()
	return nil
}

// plugAfter plugs in later, unless somebody did something by hand in between.
func (m *Modem) plugAfter(d time.Duration) {
	gen := m.gen
	time.AfterFunc(d, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.gen != gen || m.closed {
			return
		}
		if err := m.plugLocked(); err != nil {
			m.log.Error("cannot plug the modem in again", "err", err)
		}
	})
}

// powerOn is what every start does: settings to their defaults, the PIN asked for again, registration from the start.
func (m *Modem) powerOn() {
	m.set = defaultSettings(m.trait)
	m.cfun, m.cops, m.copsFmt = 1, 0, 0
	m.sim.locked = m.sim.asks
	m.boot = time.Now().Add(m.opts.RegisterTime)
	m.stat = RegOff
	m.requeueUnacked()
	for _, line := range m.trait.bootLines {
		if line == "+CPIN: %s" {
			line = "+CPIN: " + m.sim.state()
		}
		m.urc(line)
	}
	m.checkRegistration()
	m.wakeLocked()
}

// restart is AT+CFUN=1,1: the tty goes away and comes back, or stays and the modem says its boot lines again.
func (m *Modem) restart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sess == nil {
		return
	}
	if m.opts.Reboot <= 0 {
		m.powerOn()
		return
	}
	m.unplugLocked()
	m.plugAfter(m.opts.Reboot)
}

// urc writes an unsolicited line, if there is anybody to read it.
func (m *Modem) urc(text string) {
	if m.sess != nil {
		m.sess.unsolicited(text, m.fault.noise)
	}
}

func (m *Modem) wakeLocked() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
	close(m.changed)
	m.changed = make(chan struct{})
}

// Changed gives a channel that is closed at the next change of anything: a message taken, a line understood, a plug.
// Take it before looking at the state, look, then wait.
func (m *Modem) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

// Wait looks at the modem after every change until ok is true; false when `within` is over.
func (m *Modem) Wait(within time.Duration, ok func() bool) bool {
	deadline := time.After(within)
	for {
		next := m.Changed()
		if ok() {
			return true
		}
		select {
		case <-next:
		case <-deadline:
			return ok()
		}
	}
}

func (m *Modem) record(list *[]string, entry string) {
	*list = append(*list, entry)
	if len(*list) > 2*recordLimit {
		*list = slices.Delete(*list, 0, len(*list)-recordLimit)
	}
	m.wakeLocked()
}

// Refused tells why SUBMITs were refused, in order.
func (m *Modem) Refused() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.refused)
}

// NotUnderstood lists the AT commands that this simulator does not know. Commands which it knows and which the profile's
// modem would refuse are not among them.
func (m *Modem) NotUnderstood() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.notUnderstood)
}

// Commands lists the command lines received, in order; at least the last ten thousand.
func (m *Modem) Commands() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.commands)
}
