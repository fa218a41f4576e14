package messagegateway

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// ChatUsers implements gateway.Chats: the people of the list who work here, without
// technical accounts. external_id of a user is his id in the CRM (facts: recorded lists, a
// public integration that feeds it to tasks).
func (s *Session) ChatUsers(ctx context.Context) ([]gateway.ChatUser, error) {
	s.mu.Lock()
	users, age := s.users, s.opt.Now().Sub(s.usersAt)
	s.mu.Unlock()
	if users != nil && age >= 0 && age < s.opt.Pace.Users {
		return slices.Clone(users), nil
	}
	const op = "messagegateway: read the people"
	c, err := s.client(op)
	if err != nil {
		return nil, err
	}
	q := get(op, "/users", nil)
	q.lane = answering
	rows, _, err := listed(ctx, c, q, 0, 2000, func(b userBody) int64 { return int64(b.ID) })
	if err != nil {
		return nil, err
	}
	users = []gateway.ChatUser{}
	for _, b := range rows {
		if b.Active.Given && !b.Active.On || b.Technical.On || !b.RevokedAt.IsZero() {
			continue
		}
		crm, err := strconv.ParseInt(string(b.ExternalID), 10, 64)
		if err != nil {
			crm = 0
		}
		users = append(users, gateway.ChatUser{
			ID: int64(b.ID), CRMUser: crm, Name: b.called(), Online: b.Online.On, Available: b.Available.On || !b.Available.Given && b.Online.On,
		})
	}
	s.mu.Lock()
	s.users, s.usersAt = users, s.opt.Now()
	s.mu.Unlock()
	return slices.Clone(users), nil
}

func (b userBody) called() string {
	for _, name := range []string{strings.TrimSpace(string(b.FirstName) + " " + string(b.LastName)), string(b.Name), string(b.Username)} {
		if name != "" {
			return outbound.Clip(plain(name), 100)
		}
	}
	return ""
}
