package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/messagegateway"
	"vestnik/gateway/retailcrm"
	"vestnik/store"
)

// chatDoor is the door to the CRM's chats while the settings want one.
type chatDoor struct {
	key  string
	stop func()

	mu      sync.Mutex
	session *messagegateway.Session
	mirror  *messagegateway.Mirror // nil: nothing of our own is shown there
}

func (d *chatDoor) now() *messagegateway.Session {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.session
}

func (d *chatDoor) mirrorNow() *messagegateway.Mirror {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mirror
}

func (d *chatDoor) set(s *messagegateway.Session, m *messagegateway.Mirror) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session, d.mirror = s, m
}

// chats is the CRM's chats of the moment; nil while they are off.
func (a *App) chats() gateway.Chats {
	if s := a.parts.chats.now(); s != nil {
		return s
	}
	return nil
}

// chatChannel is one of the shop's messenger accounts, as far as it is known.
func (a *App) chatChannel(id int64) (gateway.ChatChannel, bool) {
	if s := a.parts.chats.now(); s != nil {
		return s.Channel(id)
	}
	return gateway.ChatChannel{}, false
}

// applyChats opens or closes the door to the CRM's chats as the settings say.
func (p *parts) applyChats(ctx context.Context, s gateway.Settings) error {
	key := fmt.Sprint(s.RetailCRM.URL, s.RetailCRM.Key, s.Chats, s.Shop.Language, s.WhatsApp.Enabled, s.SMS.Enabled)
	if key == p.chats.key {
		return nil
	}
	shown := p.chats.mirrorNow()
	p.stopChats()
	if shown != nil && s.Chats.Mirror == gateway.MirrorOff {
		p.app.hideMirror(ctx, shown)
	}
	if !s.Chats.Enabled || p.crm == nil {
		p.app.radios[device.Chat].off()
		p.app.ear.LinkChanged(ctx, device.Link{Channel: device.Chat, State: device.LinkOff, Since: p.app.clock.Time()})
		p.chats.key = key
		return nil
	}
	code, err := p.app.moduleCode(ctx)
	if err != nil {
		return err
	}
	secret, err := p.app.hookSecret(ctx)
	if err != nil {
		return err
	}
	a, crm := p.app, p.crm
	module, journal := chatModule(s, code, secret), chatJournal{a.store, s.RetailCRM.URL}
	if err := journal.forgetOther(ctx, module); err != nil {
		return err
	}
	session, err := messagegateway.New(messagegateway.Options{
		Register: func(ctx context.Context, refresh bool) (gateway.ChatAccess, error) {
			module := module
			module.Refresh = refresh
			access, err := crm.RegisterChats(ctx, module)
			if err != nil {
				return access, err
			}
			return access, journal.registered(ctx, module)
		},
		Endpoint: s.Chats.Endpoint, Journal: journal, Sink: chatSink{a.ear, a.store}, Language: s.Shop.Language,
		OnChange: func() { a.topics.Publish(gateway.TopicLinks) }, Transport: a.opts.CRMHTTP, Logger: a.log,
	})
	if err != nil {
		return fmt.Errorf("chats: %w", err)
	}
	mirror, err := a.newMirror(s, session)
	if err != nil {
		return fmt.Errorf("chats: %w", err)
	}
	running, stop := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() { a.supervisor.keep(running, "chats", session.Run) })
	if mirror != nil {
		ended.Go(func() { a.supervisor.keep(running, "mirror", mirror.Run) })
	}
	p.chats.stop = func() { stop(); ended.Wait() }
	p.chats.set(session, mirror)
	a.radios[device.Chat].use(session)
	p.chats.key = key
	return nil
}

// hideMirror takes this box's own channels out of the CRM's chats. When the CRM does not
// answer, they stay there without new lines, which does no harm.
func (a *App) hideMirror(ctx context.Context, m *messagegateway.Mirror) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := m.Deactivate(ctx); err != nil {
		a.log.Warn("the own channels could not be taken out of the CRM's chats", "error", err)
	}
}

func (p *parts) stopChats() {
	p.app.radios[device.Chat].use(nil)
	p.chats.set(nil, nil)
	if p.chats.stop != nil {
		p.chats.stop()
		p.chats.stop = nil
	}
}

// chatModule is how this box registers with the CRM. In the mode that only shows, nothing is
// ever sent to the address, but the CRM wants one: the account's own serves.
func chatModule(s gateway.Settings, code, secret string) gateway.ChatModule {
	m := gateway.ChatModule{Code: code, Name: "Vestnik", Transport: s.Chats.Mirror != gateway.MirrorOff, WebhookURL: s.Chats.WebhookURL}
	switch {
	case s.Chats.Mirror == gateway.MirrorWebhook:
		m.WebhookURL = strings.TrimRight(m.WebhookURL, "/") + "/hooks/chats/" + secret
	case m.WebhookURL == "":
		m.WebhookURL = s.RetailCRM.URL
	}
	return m
}

// moduleCode is the name of this box's module in the CRM, made once: two boxes on one
// account must not take each other's keys away.
func (a *App) moduleCode(ctx context.Context) (string, error) {
	const name = "module_code"
	code, err := a.store.ChatState(ctx, name)
	if err != nil || code != "" {
		return code, err
	}
	var raw [4]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	code = "vestnik-" + hex.EncodeToString(raw[:])
	return code, a.store.SaveChatState(ctx, name, code)
}

// chatSink is where the chats' words go: the ear, and what they say without words.
type chatSink struct {
	*gateway.Ear
	store *store.Store
}

// SeeChats implements messagegateway.Sink.
func (s chatSink) SeeChats(ctx context.Context, chats []gateway.SeenChat) error {
	return s.store.SeeChats(ctx, chats)
}

// chatJournal is the session's memory over the store, apart for each account: a session
// that is just ending must not leave its place in the history of one account to another.
type chatJournal struct {
	*store.Store
	account string
}

var _ messagegateway.Journal = chatJournal{}

// The CRM was told how to reach this box when it registered. When that has changed since,
// the keys are forgotten, so that the session registers anew.
const stateModule = "module"

// wayIn stands for it; the address itself is secret.
func wayIn(m gateway.ChatModule) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(m.Transport, " ", m.WebhookURL)))
	return hex.EncodeToString(sum[:])
}

func (j chatJournal) forgetOther(ctx context.Context, m gateway.ChatModule) error {
	was, err := j.State(ctx, stateModule)
	if err != nil || was == wayIn(m) {
		return err
	}
	return errors.Join(j.SaveSecret(ctx, "bot_key", ""), j.SaveSecret(ctx, "transport_key", ""))
}

func (j chatJournal) registered(ctx context.Context, m gateway.ChatModule) error {
	return j.SaveState(ctx, stateModule, wayIn(m))
}

// State implements messagegateway.Journal.
func (j chatJournal) State(ctx context.Context, name string) (string, error) {
	return j.ChatState(ctx, j.account+" "+name)
}

// SaveState implements messagegateway.Journal.
func (j chatJournal) SaveState(ctx context.Context, name, value string) error {
	return j.SaveChatState(ctx, j.account+" "+name, value)
}

// Secret implements messagegateway.Journal.
func (j chatJournal) Secret(ctx context.Context, name string) (string, error) {
	return j.ChatSecret(ctx, name)
}

// SaveSecret implements messagegateway.Journal.
func (j chatJournal) SaveSecret(ctx context.Context, name, value string) error {
	return j.SaveChatSecret(ctx, name, value)
}

var (
	_ gateway.People        = (*retailcrm.Client)(nil)
	_ gateway.ChatRegistrar = (*retailcrm.Client)(nil)
)
