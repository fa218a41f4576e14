package app

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/device/modem"
	"vestnik/device/whatsapp"
	"vestnik/gateway"
	"vestnik/gateway/retailcrm"
	"vestnik/store"
)

// parts are the pieces that settings start, stop and replace: the CRM connection,
// the WhatsApp session, the modems. Each is known by the settings it runs with, and
// left alone while those are the same.
type parts struct {
	app     *App
	session *whatsapp.Session // one for the life of the app; switched off and on

	applying sync.Mutex
	crmKey   string
	crmURL   string            // of the last client
	crm      *retailcrm.Client // nil while no address and key are set
	smsKey   string
	waOn     bool
	stopSMS  func()

	chats    chatDoor
	helpdesk helpdeskDoor

	mu     sync.Mutex
	modems []*modem.Modem
}

// openWhatsApp opens the session's file. The session starts switched off; apply
// switches it.
func (p *parts) openWhatsApp() error {
	a := p.app
	session, err := whatsapp.New(whatsapp.Options{
		Path: filepath.Join(a.opts.DataDir, "whatsapp.db"), Sink: a.ear, Logger: a.log, DeviceName: "Vestnik",
		HTTP: a.opts.WhatsAppHTTP, Off: true, Sent: a.sent, Files: a.store.File,
		OnPairing: func(device.Pairing) { a.topics.Publish(gateway.TopicPairing) },
		OnFault:   a.onFault,
	})
	if err != nil {
		return err
	}
	p.session = session
	a.radios[device.WhatsApp].use(session)
	a.onClose("whatsapp", session.Close)
	return nil
}

// accountSince is when the shop's WhatsApp account was first linked to this box; zero: not known.
func (a *App) accountSince() time.Time { return a.parts.session.LinkedSince() }

// sent finds a message of the ledger by its WhatsApp id, for a phone that could not read
// it and asks for it again. One that was taken back is gone.
func (a *App) sent(ctx context.Context, wireID string) (device.Envelope, bool, error) {
	attempt, ok, err := a.store.AttemptByWire(ctx, device.WhatsApp, wireID)
	return attempt.Envelope, ok && attempt.State != gateway.AttemptRevoked, err
}

// apply brings the running parts in line with the settings. An error is a fault of
// this box; a part that cannot reach its network is a state, not an error.
func (p *parts) apply(ctx context.Context, s gateway.Settings) error {
	p.applying.Lock()
	defer p.applying.Unlock()
	if err := p.applyCRM(s); err != nil {
		return err
	}
	if s.WhatsApp.Enabled != p.waOn {
		if err := p.session.Switch(ctx, s.WhatsApp.Enabled); err != nil {
			return err
		}
		p.waOn = s.WhatsApp.Enabled
	}
	if err := p.applyChats(ctx, s); err != nil {
		return err
	}
	if err := p.applyHelpdesk(s); err != nil {
		return err
	}
	return p.applySMS(ctx, s)
}

// connectCRM is the part of apply that starts nothing, for a page that cannot wait.
func (p *parts) connectCRM(s gateway.Settings) error {
	p.applying.Lock()
	defer p.applying.Unlock()
	return p.applyCRM(s)
}

func (p *parts) applyCRM(s gateway.Settings) error {
	key := fmt.Sprint(s.RetailCRM.URL, s.RetailCRM.Key, s.RetailCRM.WhatsAppField, s.Shop.Region, s.Shop.Language, s.Shop.Timezone)
	if key == p.crmKey {
		return nil
	}
	if s.RetailCRM.URL == "" || s.RetailCRM.Key == "" {
		p.app.watch.Use(nil)
		p.crmKey, p.crm = key, nil
		return nil
	}
	client, err := p.app.crmClient(s, s.RetailCRM.URL, s.RetailCRM.Key)
	if err != nil {
		return err
	}
	if store.OtherAccount(p.crmURL, s.RetailCRM.URL) {
		p.app.watch.Use(nil) // nobody asks the former one any more
		p.app.cards.Forget()
		if err := p.app.store.LeaveCards(context.Background()); err != nil {
			return err
		}
	}
	p.crmKey, p.crmURL, p.crm = key, s.RetailCRM.URL, client
	p.app.watch.Use(client)
	p.app.outbox.Wake()
	return nil
}

// crmNow is the connection to the CRM; nil while no address and key are set.
func (p *parts) crmNow() *retailcrm.Client {
	client, _ := p.app.watch.Orders().(*retailcrm.Client)
	return client
}

func (a *App) crmClient(s gateway.Settings, url, key string) (*retailcrm.Client, error) {
	return retailcrm.New(retailcrm.Options{
		URL: url, Key: key, WhatsAppField: s.RetailCRM.WhatsAppField, Region: s.Shop.Region, Language: s.Shop.Language, Zone: s.Shop.Zone(),
		Transport: a.opts.CRMHTTP, Logger: a.log, OnDate: a.clock.Outside, OnTouched: a.cards.Touched,
	})
}

func (p *parts) applySMS(ctx context.Context, s gateway.Settings) error {
	key := fmt.Sprint(s.SMS.Enabled, s.SMS.Modems, s.Shop.Region)
	if key == p.smsKey {
		return nil
	}
	p.stopModems()
	if !s.SMS.Enabled || len(s.SMS.Modems) == 0 {
		p.app.radios[device.SMS].off()
		p.app.ear.LinkChanged(ctx, device.Link{Channel: device.SMS, State: device.LinkOff})
		p.smsKey = key
		return nil
	}
	running, stop := context.WithCancel(ctx)
	var ended sync.WaitGroup
	p.stopSMS = func() { stop(); ended.Wait() }
	var bank modemBank
	for i, ms := range s.SMS.Modems {
		m, err := modem.New(modem.Options{
			Port: ms.Port, PIN: ms.PIN, Candidates: p.app.opts.ModemPorts, MaxParts: maxSMSParts, Region: s.Shop.Region,
			Sink: p.app.ear, Journal: journal{p.app.store}, Logger: p.app.log,
		})
		if err != nil {
			return fmt.Errorf("modem %s: %w", ms.Port, err)
		}
		bank = append(bank, m)
		p.mu.Lock()
		p.modems = append(p.modems, m)
		p.mu.Unlock()
		ended.Go(func() { p.app.supervisor.keep(running, fmt.Sprintf("modem %d", i+1), m.Run) })
	}
	p.app.radios[device.SMS].use(bank)
	p.smsKey = key
	return nil
}

func (p *parts) stopModems() {
	p.app.radios[device.SMS].use(nil) // connecting, until there is one again or it is said to be off
	if p.stopSMS != nil {
		p.stopSMS()
		p.stopSMS = nil
	}
	p.mu.Lock()
	p.modems = nil
	p.mu.Unlock()
}

func (p *parts) modemAt(port string) (*modem.Modem, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.modems {
		if m.Link().Port == port || len(p.modems) == 1 {
			return m, nil
		}
	}
	return nil, device.Errorf(device.NotFound, "sms", "there is no modem at %s", port)
}

// links are the radios as they are now: WhatsApp first, then each modem.
func (p *parts) links() []device.Link {
	list := []device.Link{p.session.Link()}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.modems {
		list = append(list, m.Link())
	}
	if len(p.modems) == 0 {
		list = append(list, device.Link{Channel: device.SMS, State: device.LinkOff})
	}
	if p.app.live.Now().On(device.Chat) {
		list = append(list, p.app.radios[device.Chat].Link())
	}
	return list
}
