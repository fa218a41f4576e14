package messagegateway

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// channelFacts is one of the shop's accounts in a messenger.
type channelFacts struct {
	gateway.ChatChannel
	deletes bool // a text may be taken back
	phones  bool // customers' external ids are their numbers
	// written: customers cannot be written to before they write.
	written bool
}

func factsOf(b channelBody) channelFacts {
	set := b.Settings.T
	outgoing := string(set.Policy.T.Outgoing)
	window := string(set.Policy.T.AfterWindow)
	if window != "no" && window != "template" {
		window = ""
	}
	return channelFacts{
		ChatChannel: gateway.ChatChannel{
			ID: int64(b.ID), Messenger: outbound.Clip(string(b.Type), 40), Name: outbound.Clip(plain(string(b.Name)), 100),
			Active: b.Active.On || !b.Active.Given,
			// Features are seen from the channel: it receives what the CRM writes.
			Texts:       set.Text.T.Creating.out() && outgoing != "restricted",
			AfterWindow: window,
			MaxChars:    max(0, int(min(set.Text.T.MaxChars, 1<<20))),
			Suggestions: set.Suggestions.T.Text.out(),
		},
		deletes: set.Text.T.Deleting.out(),
		phones:  set.CustomerExternalID == "phone",
		written: set.Policy.T.NewCustomer == "no" || set.Policy.T.NewCustomer == "",
	}
}

// noteChannel takes up what is said of a channel. A body without settings tells
// nothing of what may be done there.
func (s *Session) noteChannel(b channelBody) {
	if b.ID == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := factsOf(b)
	if old, known := s.channels[int64(b.ID)]; known && !b.Settings.Given {
		old.Active = next.Active
		next = old
	}
	s.channels[int64(b.ID)] = next
}

// loadChannels reads all channels.
func (s *Session) loadChannels(ctx context.Context, c *client) error {
	rows, _, err := listed(ctx, c, get("messagegateway: read the channels", "/channels", nil), 0, 1000, func(b channelBody) int64 { return int64(b.ID) })
	if err != nil {
		return err
	}
	s.mu.Lock()
	clear(s.channels)
	s.mu.Unlock()
	for _, b := range rows {
		s.noteChannel(b)
	}
	return nil
}

// Channel implements gateway.Chats.
func (s *Session) Channel(id int64) (gateway.ChatChannel, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.channels[id]
	_, f.Ours = s.ours[id]
	return f.ChatChannel, ok
}

// Channels are the shop's accounts in messengers by id, as last heard of, the box's
// own ones included.
func (s *Session) Channels() []gateway.ChatChannel {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]gateway.ChatChannel, 0, len(s.channels))
	for id, f := range s.channels {
		_, f.Ours = s.ours[id]
		out = append(out, f.ChatChannel)
	}
	slices.SortFunc(out, func(a, b gateway.ChatChannel) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// isOurs tells whether the mirror made a channel.
func (s *Session) isOurs(channel int64) (device.Channel, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, ours := s.ours[channel]
	return ch, ours
}

// recallOwnChannels reads which channels the mirror made, also in former runs: what is
// said there must not be taken for customers' words even when the mirror is switched off.
func (s *Session) recallOwnChannels(ctx context.Context) error {
	value, err := s.opt.Journal.State(ctx, stateChannels)
	if err != nil {
		return faultf("read the own channels: %w", err)
	}
	own := map[string]device.Channel{}
	if value != "" && json.Unmarshal([]byte(value), &own) != nil {
		s.log.Warn("the list of own channels cannot be read")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, ch := range own {
		if id, err := strconv.ParseInt(key, 10, 64); err == nil {
			s.ours[id] = ch
		}
	}
	return nil
}

// ownChannel notes that a channel is ours, before anything is said there.
func (s *Session) ownChannel(ctx context.Context, id int64, ch device.Channel) error {
	s.mu.Lock()
	if s.ours[id] == ch {
		s.mu.Unlock()
		return nil
	}
	s.ours[id] = ch
	own := map[string]device.Channel{}
	for id, ch := range s.ours {
		own[itoa(id)] = ch
	}
	s.mu.Unlock()
	value, err := json.Marshal(own)
	if err != nil {
		return err
	}
	return s.opt.Journal.SaveState(ctx, stateChannels, string(value))
}
