package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"time"

	"vestnik/bot/talk"
	"vestnik/device"
	"vestnik/device/board"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/card"
	"vestnik/gateway/invite"
	"vestnik/gateway/support"
	"vestnik/store"
	"vestnik/webui"
)

// Options is what a process decides at its start. Everything else is a setting in
// the database.
type Options struct {
	DataDir  string
	Database string // empty: SQLite in DataDir; nothing else is supported yet
	Version  string
	Log      *slog.Logger
	// Demo adds a line to every page that says nothing here is real.
	Demo bool
	// DemoURL is the address of the demo's control page.
	DemoURL string
	// AllowedHosts are further names under which the pages may be asked for.
	AllowedHosts []string

	// The doors to the outside. Nil is the real one.
	WhatsAppHTTP *http.Client      // to WhatsApp's servers
	CRMHTTP      http.RoundTripper // to RetailCRM
	HelpdeskHTTP http.RoundTripper // to HelpDeskEddy
	ModemPorts   func() []string   // candidates for the port "auto"
	Board        *board.Board      // the machine
	Now          func() time.Time  // the clock on the wall
}

// ErrNoPostgres says that this version cannot do what --database asks for.
var ErrNoPostgres = errors.New("--database: this version keeps its data in SQLite inside the data folder only; leave --database out")

// App is the whole product in one value.
type App struct {
	opts  Options
	log   *slog.Logger
	store *store.Store

	topics *gateway.Topics
	live   *gateway.Live
	watch  *gateway.Watch
	outbox *gateway.Outbox // to the CRM
	toChat *gateway.Outbox // to the CRM's chats
	toDesk *gateway.Outbox // to the helpdesk
	script *talk.Script
	clerk  *talk.Clerk
	cards  *card.Keeper
	// invites asks for reviews.
	invites *invite.Loop
	// mailings keeps mailings going.
	mailings *campaign.Runner
	// tickets works beside the helpdesk.
	tickets *support.Clerk
	desk    *gateway.Desk
	ear     *gateway.Ear

	comparer *gateway.Comparer
	upkeep   *upkeep
	auditor  *gateway.Auditor

	board   *board.Board
	clock   *gateway.ClockGuard
	disk    *diskGuard
	unclean bool // the last run did not close the database

	// sending ends when the database cannot be used any more; broken then says why.
	sending     context.Context
	stopSending context.CancelFunc
	broken      chan error
	damage      atomic.Pointer[damage]

	dispatchers map[device.Channel]*gateway.Dispatcher
	radios      map[device.Channel]*radio
	parts       parts
	supervisor  supervisor
	setup       *setupCode

	teardown []step
}

type step struct {
	name string
	do   func() error
}

// box names this machine in the ledger. With SQLite there is one.
const box = "main"

// maxSMSParts is how many SMS one message may take: a text of 400 Cyrillic letters.
const maxSMSParts = 6

// New opens everything that must be open before anything runs. On an error what was
// opened is closed again; its text is a sentence for the owner.
func New(ctx context.Context, opts Options) (_ *App, err error) {
	a := &App{opts: opts, log: opts.Log, topics: &gateway.Topics{}, supervisor: supervisor{log: opts.Log}, broken: make(chan error, 1)}
	a.sending, a.stopSending = context.WithCancel(context.Background())
	a.supervisor.told = a.noteLoopFault
	defer func() {
		if isDamaged(err) {
			err = a.startDamaged(err)
		}
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if opts.Database != "" {
		return a, ErrNoPostgres
	}
	lock, err := lockFolder(opts.DataDir)
	if err != nil {
		return a, err
	}
	a.onClose("lock", lock.Close)
	if err := settleFolder(opts.DataDir, opts.Log); err != nil {
		return a, err
	}
	if a.board = opts.Board; a.board == nil {
		a.board = newBoard(opts.DataDir)
	}
	a.disk = newDiskGuard(opts.DataDir, a.board.Free, opts.Log, a.stateChanged)
	path := filepath.Join(opts.DataDir, databaseName)
	a.unclean = leftOpen(path)
	if a.store, err = store.Open(ctx, store.Options{Path: path, Logger: opts.Log, Now: a.wall, OnFault: a.onFault}); err != nil {
		return a, err
	}
	a.onClose("database", a.store.Close)
	if err := a.guardClock(ctx); err != nil {
		return a, err
	}
	if a.live, err = gateway.NewLive(ctx, a.store, a.topics); err != nil {
		return a, err
	}
	if a.setup, err = newSetupCode(ctx, a.store, filepath.Join(opts.DataDir, "setup-code")); err != nil {
		return a, err
	}
	if a.script, err = talk.NewScript(ctx, a.store); err != nil {
		return a, err
	}
	a.wire()
	return a, a.parts.openWhatsApp()
}

func (a *App) onClose(name string, do func() error) {
	a.teardown = append(a.teardown, step{name, do})
}

// Close undoes New in reverse order.
func (a *App) Close() error {
	var errs []error
	for i := len(a.teardown) - 1; i >= 0; i-- {
		if err := a.teardown[i].do(); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", a.teardown[i].name, err))
		}
	}
	a.teardown = nil
	return errors.Join(errs...)
}

func (a *App) wire() {
	a.radios = map[device.Channel]*radio{
		device.WhatsApp: {channel: device.WhatsApp},
		device.SMS:      {channel: device.SMS},
		device.Chat:     {channel: device.Chat},
	}
	link := func(ch device.Channel) device.Link {
		if r := a.radios[ch]; r != nil {
			return r.Link()
		}
		return device.Link{Channel: ch, State: device.LinkOff}
	}
	open := func(ch device.Channel) bool {
		l := link(ch)
		return a.live.Now().On(ch) && !l.NeedsPerson() && l.State != device.LinkOff
	}
	a.outbox = gateway.NewOutbox()
	a.watch = gateway.NewWatch()
	a.outbox.Name, a.outbox.Effects, a.outbox.Topics, a.outbox.Log = "retailcrm", a.store, a.topics, a.log
	a.outbox.Ready = func() bool { return a.watch.Orders() != nil }
	a.toChat = gateway.NewOutbox()
	a.toChat.Name, a.toChat.Effects, a.toChat.Topics, a.toChat.Log, a.toChat.Clock = "chats", a.store, a.topics, a.log, a.clock
	a.toChat.Ready = func() bool { return a.chats() != nil }
	a.toDesk = gateway.NewOutbox()
	a.toDesk.Name, a.toDesk.Effects, a.toDesk.Topics, a.toDesk.Log, a.toDesk.Clock = "helpdesk", a.store, a.topics, a.log, a.clock
	a.toDesk.Ready = a.mailboxTakes
	a.toDesk.Do = map[gateway.EffectKind]gateway.Doer{gateway.EffectMail: a.mailPlugin}
	a.wireClerk(link)
	a.wireInvites()
	a.wireSupport()
	a.wireMailings(link)

	a.dispatchers = map[device.Channel]*gateway.Dispatcher{}
	for ch, r := range a.radios {
		d := gateway.NewDispatcher(ch)
		d.Box, d.Live, d.Ledger, d.Transport, d.Topics, d.Log = box, a.live, a.store, r, a.topics, a.log
		d.Clock = a.clock
		d.MaxParts, d.Links, d.Handed, d.EffectsDue = maxSMSParts, link, a.wakeQueue, a.wakeEffects
		d.Talks, d.Consents, d.Campaigns = a.store, a.store, a.mailings.Policy
		d.ShopOpen = func() gateway.Week { return a.script.Now().Script.Open }
		switch ch {
		case device.WhatsApp:
			d.Revoker, d.Directory, d.AccountSince = r, r, a.accountSince
		case device.SMS:
			d.Memory = r
		case device.Chat:
			d.Revoker, d.Memory, d.ChatChannel = r, r, a.chatChannel
		}
		a.dispatchers[ch] = d
	}
	a.watch.Live, a.watch.Intake, a.watch.Book, a.watch.Topics, a.watch.Log = a.live, a.store, a.store, a.topics, a.log
	a.watch.Enqueued, a.watch.MaxParts = a.wakeAll, maxSMSParts
	a.ear = &gateway.Ear{
		Receipts: a.store, Inbox: a.store, Journal: a.store, Topics: a.topics, Log: a.log,
		Next:          func(m gateway.Message) device.Channel { return gateway.NextOf(m, open, a.live.Now().On) },
		LinkChangedTo: func(device.Link) { a.wakeAll() }, Handed: a.wakeQueue, Heard: a.heard,
		Live: a.live, EffectsDue: a.wakeEffects,
	}
	a.desk = gateway.NewDesk()
	a.desk.Live, a.desk.Watch, a.desk.Topics, a.desk.MaxParts = a.live, a.watch, a.topics, maxSMSParts
	a.desk.Book, a.desk.Intake, a.desk.Ledger, a.desk.Effects = a.store, a.store, a.store, a.store
	a.desk.Directory, a.desk.Links, a.desk.Enqueued, a.desk.EffectsDue = a.radios[device.WhatsApp], link, a.wakeAll, a.wakeEffects
	a.watch.Restores, a.desk.Restores = a.store, a.store
	a.watch.Clock, a.desk.Clock, a.outbox.Clock, a.ear.Clock = a.clock, a.clock, a.clock, a.clock
	a.desk.Disk = a.disk.State
	a.desk.Talks, a.desk.ChatChannel = a.store, a.chatChannel
	a.comparer = gateway.NewComparer()
	a.comparer.Restores, a.comparer.Ledger, a.comparer.Effects, a.comparer.Live = a.store, a.store, a.store, a.live
	a.comparer.Orders, a.comparer.Topics, a.comparer.Log, a.comparer.Clock = a.watch.Orders, a.topics, a.log, a.clock
	a.auditor = a.newAuditor(link)
	a.upkeep = newUpkeep(a.store, a.live, a.topics, a.log, a.opts.DataDir, a.opts.Version)
	a.upkeep.clockHolds = a.clock.Holds
	if a.opts.Now != nil {
		a.upkeep.now = a.opts.Now
	}
	a.parts = parts{app: a}
}

// wakeQueue tells a channel's dispatcher that there is work.
func (a *App) wakeQueue(ch device.Channel) {
	if d := a.dispatchers[ch]; d != nil {
		d.Wake()
	}
}

// wakeQueues tells every dispatcher.
func (a *App) wakeQueues() {
	for _, d := range a.dispatchers {
		d.Wake()
	}
}

func (a *App) wakeAll() {
	a.wakeQueues()
	a.wakeEffects()
	a.comparer.Wake()
	a.clerk.Wake()
	a.invites.Wake()
}

// heard tells those who deal with what was heard.
func (a *App) heard() {
	a.clerk.Heard()
	if m := a.parts.chats.mirrorNow(); m != nil {
		m.Wake()
	}
}

// wakeEffects tells the outboxes that there is work.
func (a *App) wakeEffects() {
	a.outbox.Wake()
	a.toChat.Wake()
	a.toDesk.Wake()
}

// wireClerk makes who answers customers.
func (a *App) wireClerk(link func(device.Channel) device.Link) {
	c := talk.NewClerk()
	c.Store, c.Script, c.Live, c.Clock, c.Topics, c.Log = a.store, a.script, a.live, a.clock, a.topics, a.log
	c.Orders, c.Chats, c.Links, c.MaxParts = a.watch.Orders, a.chats, link, maxSMSParts
	c.People, c.Consents = a.people, a.store
	c.CRMAnswers = func() bool {
		// Before its first answer it is asked all the same: a box that has just started would tell
		// customers that the CRM is away.
		state := a.watch.Status().State
		return state == gateway.CRMConnected || state == gateway.CRMConnecting
	}
	c.Enqueued, c.EffectsDue = a.wakeQueues, a.wakeEffects
	a.clerk = c
	a.outbox.Do = c.Doers()
	a.outbox.Do[gateway.EffectMark] = gateway.MarkOrders(a.watch.Orders)
	a.toChat.Do = c.ChatDoers()
	a.toChat.Do[gateway.EffectAck] = a.ackOperator
}

// Run works until ctx ends: the pages first, then the loops, so that a fault is
// something to read. It returns within ten seconds of the end of ctx.
func (a *App) Run(ctx context.Context, listener net.Listener) error {
	if a.live == nil { // startDamaged
		return a.runDamaged(ctx, listener)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pages, err := a.pages()
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func(ctx context.Context) { served <- pages.Serve(ctx, listener) }(ctx)
	everything := ctx
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(a.sending, stop)()

	// The radios before those who use them: a message must not be moved because its radio had
	// not been switched on yet.
	a.supervisor.start(ctx, "clock", a.clock.Run)
	a.supervisor.start(ctx, "disk", a.disk.Run)
	a.supervisor.start(ctx, "whatsapp", a.parts.session.Run)
	if err := a.parts.apply(ctx, a.live.Now().Settings); err != nil {
		a.log.Error("settings cannot be applied", "error", err) // tried again by followSettings, which shows it
	}
	a.supervisor.start(ctx, "retailcrm", a.watch.Run)
	a.supervisor.start(ctx, "effects", a.outbox.Run)
	a.supervisor.start(ctx, "effects in chats", a.toChat.Run)
	a.supervisor.start(ctx, "effects at the helpdesk", a.toDesk.Run)
	a.supervisor.start(ctx, "talks", a.clerk.Run)
	a.supervisor.start(ctx, "errands", a.clerk.RunErrands)
	a.supervisor.start(ctx, "invitations", a.invites.Run)
	a.supervisor.start(ctx, "cards", a.cards.Run)
	a.supervisor.start(ctx, "tickets", a.tickets.RunWatch)
	a.supervisor.start(ctx, "tickets in hand", a.tickets.RunHand)
	a.supervisor.start(ctx, "alarms", a.tickets.RunAlarms)
	a.supervisor.start(ctx, "lessons", a.tickets.RunLessons)
	a.supervisor.start(ctx, "mailings", a.mailings.Run)
	a.supervisor.start(ctx, "compare", a.comparer.Run)
	a.supervisor.start(ctx, "upkeep", a.upkeep.Run)
	for ch, d := range a.dispatchers {
		a.supervisor.start(ctx, "send "+string(ch), d.Run)
	}
	a.supervisor.start(ctx, "settings", a.followSettings)
	a.supervisor.start(ctx, "check", a.checkDatabase)
	a.supervisor.start(ctx, "audit", a.auditor.Run)

	select {
	case err = <-served:
		cancel()
	case fault := <-a.broken:
		return a.endBroken(cancel, served, fault)
	case <-everything.Done():
		select {
		case err = <-served:
		case <-time.After(8 * time.Second):
			err = errors.New("the pages did not end in time")
		}
	}
	a.supervisor.wait(8 * time.Second) // a modem may need five to finish an SMS
	a.parts.stopModems()
	a.parts.stopChats()
	return err
}

// followSettings starts and stops the radios and the CRM connection as the
// settings say, and notices a configuration that another process applied.
func (a *App) followSettings(ctx context.Context) error {
	changed := a.topics.Subscribe(ctx)
	if err := a.parts.apply(ctx, a.live.Now().Settings); err != nil {
		return err
	}
	version, err := a.store.DataVersion(ctx)
	if err != nil {
		return err
	}
	had := a.clocksNow()
	look := time.NewTicker(2 * time.Second)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case topic, ok := <-changed:
			if !ok {
				return nil
			}
			if topic == gateway.TopicLinks {
				a.clerk.Wake() // the CRM may be back, and an answer waits for it
			}
			if topic != gateway.TopicSettings {
				continue
			}
			a.wakeAll()
		case <-look.C:
			now, err := a.store.DataVersion(ctx)
			if err != nil || now == version {
				continue
			}
			version = now
			if err := a.live.Reload(ctx); err != nil {
				return err
			}
			if err := a.script.Reload(ctx); err != nil {
				return err
			}
		}
		if had, err = a.rethink(ctx, had); err != nil {
			return err
		}
		if err := a.parts.apply(ctx, a.live.Now().Settings); err != nil {
			return err
		}
	}
}

// SetupCode is what the first page asks for; empty once an owner exists.
func (a *App) SetupCode() string {
	if a.setup == nil {
		return "" // the database is damaged
	}
	return a.setup.Code()
}

// SetupDone ends the setup code: an owner exists.
func (a *App) SetupDone() { a.setup.Consume() }

// Pairing is how far the linking of the shop's phone has come.
func (a *App) Pairing() device.Pairing { return a.parts.session.Pairing() }

// Reload reads settings and rules again, after they were changed past the desk.
func (a *App) Reload(ctx context.Context) error {
	return errors.Join(a.live.Reload(ctx), a.script.Reload(ctx))
}

// Desk is what the pages and the API ask.
func (a *App) Desk() webui.Desk { return desk{a.desk, a} }

// Backups is what the pages ask about backups and what a restore held.
func (a *App) Backups() webui.Backups { return backups{a.upkeep, a.store, a.desk} }

// Support is what the pages about support ask.
func (a *App) Support() webui.Support { return supportDesk{a} }

// Wake makes the CRM be read now.
func (a *App) Wake() { a.watch.Wake() }

// Book is the data folder, as the verbs see it.
func (a *App) Book() *Book { return &Book{a.store, a.opts.DataDir} }

// Store is the ledger, for verbs and tests.
func (a *App) Store() *store.Store { return a.store }

// Faults are the loops that do not run at this moment.
func (a *App) Faults() []Fault { return a.supervisor.current() }

// Ready answers nil when the database answers and every loop runs.
func (a *App) Ready(ctx context.Context) error {
	if d := a.damage.Load(); d != nil {
		return d.err
	}
	if _, err := a.store.DataVersion(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if err := gateway.DiskFault(a.disk.State()); err != nil {
		return err
	}
	if faults := a.Faults(); len(faults) > 0 {
		return fmt.Errorf("%s: %w", faults[0].Loop, faults[0].Err)
	}
	return nil
}
