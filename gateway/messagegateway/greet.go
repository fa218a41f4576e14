package messagegateway

import (
	"context"
	"net/http"
	"slices"

	"vestnik/device"
	"vestnik/gateway/outbound"
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
	if err := s.takeRole(ctx); err != nil {
		s.log.Warn("operators cannot give dialogs back to the bot", "error", err)
	}
	s.opt.OnChange()
	return nil
}

// takeRole makes the bot one to whom operators may give a dialog back. What else it is
// stays.
func (s *Session) takeRole(ctx context.Context) error {
	const role = "responsible"
	s.mu.Lock()
	name, roles := s.link.Name, slices.Clone(s.roles)
	s.mu.Unlock()
	if slices.Contains(roles, role) {
		return nil
	}
	body := map[string]any{"name": name, "roles": append(roles, role)}
	return s.call(ctx, call{op: "messagegateway: take a role", method: http.MethodPatch, path: "/my/info", body: body}, nil)
}

// greetBot reads our own id.
func (s *Session) greetBot(ctx context.Context, c *client) error {
	// Old clients ask with self=1, which the schema does not know.
	bots, _, err := listed(ctx, c, get("messagegateway: read the own bot", "/bots", nil), 0, 2000, func(b botBody) int64 { return int64(b.ID) })
	if err != nil {
		return err
	}
	for _, b := range bots {
		if b.ID == 0 || !b.Self.On && (b.Self.Given || len(bots) > 1) {
			continue
		}
		s.mu.Lock()
		s.self, s.link.Name, s.roles = int64(b.ID), outbound.Clip(plain(string(b.Name)), 100), b.Roles
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
