package messagegateway

import (
	"context"

	"vestnik/device"
)

// greet reads who we are and what channels there are.
func (s *Session) greet(ctx context.Context, c *client) error {
	if err := s.greetBot(ctx, c); err != nil {
		return err
	}
	if err := s.loadChannels(ctx, c); err != nil {
		return err
	}
	// Commands are a convenience of operators: without them everything else works.
	if err := s.Commands(ctx); err != nil {
		s.log.Warn("the commands of operators are not registered", "error", err)
	}
	s.opt.OnChange()
	return nil
}

// greetBot reads our own id.
func (s *Session) greetBot(ctx context.Context, c *client) error {
	// Old clients ask with self=1, which the schema does not know.
	bots, _, err := listed(ctx, c, get("messagegateway: read the own bot", "/bots", nil), 0, 2000, func(b botBody) int64 { return int64(b.ID) })
	if err != nil {
		return err
	}
	for _, b := range bots {
		if b.ID == 0 || !b.Self.on && (b.Self.given || len(bots) > 1) {
			continue
		}
		s.mu.Lock()
		s.self, s.link.Name = int64(b.ID), clip(plain(string(b.Name)), 100)
		s.mu.Unlock()
		return s.keep(ctx, "the bot's id", func(ctx context.Context) error {
			return s.opt.Journal.SaveState(ctx, stateBot, itoa(int64(b.ID)))
		})
	}
	return device.Errorf(device.Unavailable, "messagegateway: read the own bot", "it is not in the list")
}

func (s *Session) selfID() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.self
}
