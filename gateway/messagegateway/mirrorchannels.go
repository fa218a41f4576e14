package messagegateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// The body of a channel of ours (facts: MG Transport OpenAPI, ActivateChannelRequest).
type ownChannelBody struct {
	ID         int64       `json:"id,omitempty"` // only to switch an old one on again
	Type       string      `json:"type"`
	ExternalID string      `json:"external_id"`
	Name       string      `json:"name"`
	Settings   ownSettings `json:"settings"`
}

type ownSettings struct {
	CustomerExternalID string      `json:"customer_external_id"`
	Policy             ownPolicy   `json:"sending_policy"`
	Status             ownStatus   `json:"status"`
	Text               ownFeatures `json:"text"`
	Image              ownFeatures `json:"image"`
	File               ownFeatures `json:"file"`
	Audio              ownFeatures `json:"audio"`
	Product            ownFeatures `json:"product"`
	Order              ownFeatures `json:"order"`
}

type ownPolicy struct {
	NewCustomer string `json:"new_customer"`
	Outgoing    string `json:"outgoing"`
}

type ownStatus struct {
	Delivered string `json:"delivered"`
	Read      string `json:"read"`
}

type ownFeatures struct {
	Creating string `json:"creating"`
	MaxChars int    `json:"max_chars_count,omitempty"`
}

// bodyOf says what a channel of ours can do. Texts come in from it; in two-way modes
// operators may write texts too, also first, to a bare number. That the two settings for
// that work together, and that "restricted" takes the reply box away, are assumptions. Files are
// shown as a text, so that nothing can be attached which this box would not send.
func (m *Mirror) bodyOf(ch MirrorChannel) ownChannelBody {
	kind, most := "whatsapp", 4096
	if ch.Channel == device.SMS {
		// MG has no type for SMS.
		kind, most = "custom", 670
	}
	if ch.MaxChars > 0 {
		most = ch.MaxChars
	}
	name := outbound.Clip(ch.Name, 100)
	if name == "" {
		name = map[device.Channel]string{device.WhatsApp: "WhatsApp", device.SMS: "SMS"}[ch.Channel]
	}
	none := ownFeatures{Creating: "none"}
	b := ownChannelBody{
		Type: kind, ExternalID: externalOf(ch.Channel), Name: name,
		Settings: ownSettings{
			CustomerExternalID: "phone", Policy: ownPolicy{NewCustomer: "no", Outgoing: "restricted"},
			Status: ownStatus{Delivered: "none", Read: "none"}, Text: ownFeatures{Creating: "send", MaxChars: most},
			Image: none, File: none, Audio: none, Product: none, Order: none,
		},
	}
	if m.opt.Mode != gateway.MirrorShow {
		b.Settings.Policy = ownPolicy{NewCustomer: "text", Outgoing: "allowed"}
		b.Settings.Status = ownStatus{Delivered: "send", Read: "send"}
		b.Settings.Text.Creating = "both"
	}
	return b
}

func externalOf(ch device.Channel) string { return "vestnik-" + string(ch) }

// madeChannel is a channel in the Transport API's list.
type madeChannel struct {
	ID         ident `json:"id"`
	ExternalID text  `json:"external_id"`
	Active     flag  `json:"is_active"`
}

// listOwn reads the channels that this box made before.
func (m *Mirror) listOwn(ctx context.Context, api *client) (list[madeChannel], error) {
	var have list[madeChannel]
	err := api.do(ctx, get("messagegateway: read the own channels", "/channels", url.Values{"limit": {itoa(pageSize)}}), &have)
	return have, err
}

// ensureChannels makes the channels, switches old ones on again instead of making
// them twice, and brings their settings up to date.
func (m *Mirror) ensureChannels(ctx context.Context, api *client) error {
	have, err := m.listOwn(ctx, api)
	if err != nil {
		return err
	}
	for _, want := range m.opt.Channels {
		id, active := int64(0), false
		for _, row := range have {
			if string(row.ExternalID) != externalOf(want.Channel) {
				continue
			}
			// Should there be several, one that is on goes first.
			if on := row.Active.On || !row.Active.Given; id == 0 || on && !active {
				id, active = int64(row.ID), on
			}
		}
		if id, err = m.ensure(ctx, api, want, id, active); err != nil {
			return err
		}
		m.mu.Lock()
		m.ids[want.Channel] = id
		m.mu.Unlock()
	}
	return nil
}

func (m *Mirror) ensure(ctx context.Context, api *client, want MirrorChannel, id int64, active bool) (int64, error) {
	const op = "messagegateway: make an own channel"
	body := m.bodyOf(want)
	mark, err := fingerprint(body)
	if err != nil {
		return 0, faultf("write a channel: %w", err)
	}
	name := "channel_" + string(want.Channel)
	kept, err := m.s.opt.Journal.State(ctx, name)
	if err != nil {
		return 0, faultf("read the own channels: %w", err)
	}
	if id != 0 {
		// Before anything can be said there.
		if err := m.s.ownChannel(ctx, id, want.Channel); err != nil {
			return 0, faultf("keep the own channels: %w", err)
		}
	}
	var made madeChannel
	switch {
	case id != 0 && active && kept == itoa(id)+" "+mark:
		return id, nil
	case id != 0 && active:
		err = api.do(ctx, call{op: op, method: http.MethodPut, path: "/channels/" + itoa(id), body: body}, &made)
	default:
		body.ID = id
		err = api.do(ctx, call{op: op, method: http.MethodPost, path: "/channels", body: body}, &made)
	}
	if err != nil {
		return 0, err
	}
	if id == 0 {
		if made.ID == 0 {
			return 0, device.Errorf(device.Unavailable, op, "the answer names no channel")
		}
		id = int64(made.ID)
	}
	if err := m.s.ownChannel(ctx, id, want.Channel); err != nil {
		return 0, faultf("keep the own channels: %w", err)
	}
	if err := m.s.opt.Journal.SaveState(ctx, name, itoa(id)+" "+mark); err != nil {
		return 0, faultf("keep the own channels: %w", err)
	}
	return id, nil
}

// fingerprint stands for a channel's settings.
func fingerprint(body ownChannelBody) (string, error) {
	data, err := json.Marshal(body)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8]), err
}

// Deactivate switches the box's own channels off in the CRM. It is for a mirror that
// is switched off in the settings; Run must have ended.
func (m *Mirror) Deactivate(ctx context.Context) error {
	const op = "messagegateway: switch the own channels off"
	api, err := m.client(ctx, op)
	if err != nil {
		return err
	}
	have, err := m.listOwn(ctx, api)
	if err != nil {
		return err
	}
	for _, row := range have {
		ours := string(row.ExternalID) == externalOf(device.WhatsApp) || string(row.ExternalID) == externalOf(device.SMS)
		if !ours || row.Active.Given && !row.Active.On {
			continue
		}
		if err := api.do(ctx, call{op: op, method: http.MethodDelete, path: "/channels/" + itoa(int64(row.ID))}, nil); err != nil {
			return err
		}
	}
	return nil
}
