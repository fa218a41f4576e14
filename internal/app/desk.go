package app

import (
	"context"

	"vestnik/device"
	"vestnik/gateway"
)

// desk is what the pages and the API ask: the gateway's desk, and the radios.
type desk struct {
	*gateway.Desk
	app *App
}

// Links implements webui.Desk.
func (d desk) Links() []device.Link { return d.app.parts.links() }

// CRM implements webui.Desk.
func (d desk) CRM() gateway.CRMStatus { return d.app.watch.Status() }

// Events implements webui.Desk.
func (d desk) Events(ctx context.Context) <-chan gateway.Topic { return d.app.topics.Subscribe(ctx) }

// TestCRM implements webui.Desk.
func (d desk) TestCRM(ctx context.Context, url, key string) (gateway.CRMTest, error) {
	s := d.app.live.Now().Settings
	if key == "" && url == s.RetailCRM.URL {
		key = s.RetailCRM.Key
	}
	trial := s
	trial.RetailCRM.URL, trial.RetailCRM.Key = url, key
	if err := trial.Validate(); err != nil {
		return gateway.CRMTest{}, err
	}
	if url == "" || key == "" {
		e := gateway.FieldErrors{}
		if url == "" {
			e["retailcrm.url"] = gateway.ProblemRequired
		}
		if key == "" {
			e["retailcrm.key"] = gateway.ProblemRequired
		}
		return gateway.CRMTest{}, e
	}
	client, err := d.app.crmClient(s, url, key)
	if err != nil {
		return gateway.CRMTest{}, err
	}
	return client.Test(ctx)
}

// SaveSettings implements webui.Desk.
func (d desk) SaveSettings(ctx context.Context, s gateway.Settings, by string) error {
	if err := s.Validate(); err != nil {
		return err
	}
	if err := d.app.Book().SaveSettings(ctx, s, by); err != nil {
		return err
	}
	if err := d.app.live.Reload(ctx); err != nil {
		return err
	}
	return d.app.parts.connectCRM(s) // at once: the next page asks for its statuses
}

// StartPairing implements webui.Desk.
func (d desk) StartPairing(ctx context.Context, expect, codeFor device.Phone) error {
	return d.app.parts.session.StartPairing(ctx, expect, codeFor)
}

// StopPairing implements webui.Desk.
func (d desk) StopPairing(ctx context.Context) error { return d.app.parts.session.StopPairing(ctx) }

// Pairing implements webui.Desk.
func (d desk) Pairing() device.Pairing { return d.app.parts.session.Pairing() }

// Unlink implements webui.Desk.
func (d desk) Unlink(ctx context.Context) error { return d.app.parts.session.Unlink(ctx) }

// Reconnect implements webui.Desk.
func (d desk) Reconnect(ctx context.Context) error { return d.app.parts.session.Reconnect(ctx) }

// ResetModem implements webui.Desk.
func (d desk) ResetModem(ctx context.Context, port string) error {
	m, err := d.app.parts.modemAt(port)
	if err != nil {
		return err
	}
	return m.Reset(ctx)
}
