package talk

import (
	"context"
	"sync"
	"time"

	"vestnik/gateway"
)

// staffHolds is how long it is believed who is online, staffOld how long what was last
// heard serves while it is asked again.
const (
	staffHolds = time.Minute
	staffOld   = 10 * time.Minute
)

// staff remembers how many people of the shop are online. It is asked in the background,
// and the last answer serves meanwhile; for the first one, and after a long silence, a customer waits
// as long as for his name, so that nobody is told that all are busy because nobody has asked.
type staff struct {
	want chan struct{} // holds one token while run has to ask

	mu     sync.Mutex
	count  int
	at     time.Time
	asking chan struct{} // closed with the answer; nil: nobody asks
	began  time.Time     // when it was asked
}

// online is the count; the customer waits until cardPatience after the question began.
func (s *staff) online(ctx context.Context, c *Clerk, now time.Time) int {
	count, answer, began := s.last(c, now)
	if answer == nil {
		return count
	}
	patience := time.NewTimer(cardPatience - time.Since(began))
	defer patience.Stop()
	select {
	case <-answer:
	case <-patience.C:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// last is what is known, and what to wait for when that is too old, since when it is
// asked.
func (s *staff) last(c *Clerk, now time.Time) (count int, answer <-chan struct{}, began time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := now.Sub(s.at) // a little below zero when it was answered while the caller waited for something else
	older := func(d time.Duration) bool { return s.at.IsZero() || age > d || age < -staffHolds }
	if s.asking == nil && older(staffHolds) {
		s.asking, s.began = make(chan struct{}), time.Now()
		look(s.want)
	}
	if s.asking != nil && older(staffOld) && c.CRMAnswers() {
		return s.count, s.asking, s.began
	}
	return s.count, nil, time.Time{}
}

// run asks whenever somebody wants to know, until ctx ends.
func (s *staff) run(ctx context.Context, c *Clerk) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.want:
			s.ask(ctx, c)
		}
	}
}

func (s *staff) ask(ctx context.Context, c *Clerk) {
	ctx, cancel := context.WithTimeout(ctx, orderPatience)
	defer cancel()
	var n int
	err := c.safely(func() (err error) { n, err = c.countOnline(ctx); return err })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = c.Clock.Time()
	if err == nil {
		s.count = n
	}
	close(s.asking)
	s.asking = nil
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
