package talk

import (
	"context"
	"sync"
	"time"

	"vestnik/gateway"
)

// staffHolds is how long it is believed who is online.
const staffHolds = time.Minute

// staff remembers how many people of the shop are online. Customers do not wait for it:
// it is asked in the background, and the last answer serves meanwhile.
type staff struct {
	mu     sync.Mutex
	count  int
	at     time.Time
	asking bool
}

func (s *staff) online(ctx context.Context, c *Clerk, now time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.asking && (s.at.IsZero() || now.Sub(s.at) > staffHolds || now.Before(s.at)) {
		s.asking = true
		go s.ask(context.WithoutCancel(ctx), c)
	}
	return s.count
}

func (s *staff) ask(ctx context.Context, c *Clerk) {
	ctx, cancel := context.WithTimeout(ctx, orderPatience)
	defer cancel()
	n, err := c.countOnline(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asking, s.at = false, c.Clock.Time()
	if err == nil {
		s.count = n
	}
}

// countOnline counts those who are there in the CRM or in its chats.
func (c *Clerk) countOnline(ctx context.Context) (int, error) {
	there := map[int64]bool{}
	n := 0
	if chats := c.Chats(); chats != nil {
		if users, err := chats.ChatUsers(ctx); err == nil {
			for _, u := range users {
				if u.Online && u.Available {
					n++
					there[u.CRMUser] = true
				}
			}
		}
	}
	people := c.People()
	if people == nil {
		return n, nil
	}
	users, err := people.Users(ctx)
	if err != nil {
		return n, err
	}
	for _, u := range users {
		if present(u) && !there[u.ID] {
			n++
		}
	}
	return n, nil
}

func present(u gateway.CRMUser) bool { return u.Active && u.Online && !u.OnBreak }
