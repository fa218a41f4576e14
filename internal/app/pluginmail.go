package app

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/helpdeskeddy"
	"vestnik/gateway/support"
)

// mailPlugin leaves a ticket's card in the mailbox of the helpdesk's plugin.
func (a *App) mailPlugin(ctx context.Context, e gateway.Effect) error {
	const op = "the plugin's mailbox"
	var m gateway.PluginMailing
	if err := json.Unmarshal([]byte(e.Value), &m); err != nil {
		return device.Errorf(device.Invalid, op, "%w", err)
	}
	s := a.live.Now().Settings
	if s.Helpdesk.Embed.Mailbox == "" {
		return nil // switched off since
	}
	t, err := a.store.Ticket(ctx, m.Ticket)
	if err != nil {
		return err
	}
	shown, err := a.pluginCard(ctx, t, s)
	if err != nil {
		return err
	}
	key, err := a.pluginKey(ctx)
	if err != nil {
		return err
	}
	now := a.clock.Time()
	mail, err := key.Sign(t.ID, shown, now, now.UnixMilli())
	if err != nil {
		return err
	}
	box, err := helpdeskeddy.NewMailbox(s.Helpdesk.Embed.Mailbox, a.opts.HelpdeskHTTP)
	if err != nil {
		return err
	}
	return box.Post(ctx, mail)
}

// mailboxTakes tells whether anything may be left in the mailbox now. Nobody knows whether that
// counts towards the account's limit, so a ban and a pause are kept to there as well.
func (a *App) mailboxTakes() bool {
	if !a.live.Now().Settings.Helpdesk.Enabled {
		return false
	}
	desk := a.helpdesk()
	if desk == nil {
		return false
	}
	switch desk.Status().State {
	case gateway.HelpdeskBanned, gateway.HelpdeskSparing:
		return false
	}
	return true
}

// pluginCard is what the plugin shows of a ticket's customer now.
func (a *App) pluginCard(ctx context.Context, t support.Ticket, s gateway.Settings) (card.PluginCard, error) {
	live := ""
	if s.Helpdesk.CardURL != "" {
		live = strings.TrimRight(s.Helpdesk.CardURL, "/") + "/card/t/" + strconv.FormatInt(int64(t.ID), 10)
	}
	switch {
	case !t.Open:
		return card.ClosedForPlugin(), nil
	case t.Found != card.FoundOne:
		return card.UnfoundForPlugin(t.Found, len(t.Candidates), live), nil
	}
	k, err := a.cards.Kept(ctx, t.Customer)
	if err != nil {
		return card.PluginCard{}, err
	}
	k.Mention(t.Numbers)
	return card.ForPlugin(k, card.PluginOptions{
		Sparse: s.Helpdesk.Sparse, Live: live, Zone: s.Shop.Zone(),
		StatusText: func(o card.Order) string { return card.StatusText(o.ProfileOrder, s.Shop.Language) },
	}), nil
}

// pluginKey is the key that signs cards, made once.
func (a *App) pluginKey(ctx context.Context) (card.PluginKey, error) {
	text, err := a.store.PluginKey(ctx)
	if err != nil {
		return card.PluginKey{}, err
	}
	if text != "" {
		return card.ParsePluginKey(text)
	}
	key, err := card.NewPluginKey()
	if err != nil {
		return key, err
	}
	if text, err = key.Private(); err != nil {
		return key, err
	}
	return key, a.store.SavePluginKey(ctx, text)
}

// PluginKey implements webui.PluginKeys.
func (d supportDesk) PluginKey(ctx context.Context) (string, error) {
	key, err := d.app.pluginKey(ctx)
	if err != nil {
		return "", err
	}
	return key.Public()
}
