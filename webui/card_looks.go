package webui

import (
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
)

const (
	// openLife is how long a card that was opened refreshes itself without another look.
	openLife = 15 * time.Minute
	maxOpens = 2000
)

// opens remembers which login opened which card whole, and when.
type opens struct {
	mu sync.Mutex
	at map[openCard]time.Time
}

type openCard struct {
	login    string
	customer int64
	ticket   gateway.TicketID
}

func (o *opens) note(k openCard, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.at == nil || len(o.at) >= maxOpens {
		o.at = map[openCard]time.Time{} // whoever is forgotten has looked once more
	}
	o.at[k] = now
}

func (o *opens) recent(k openCard, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	at, ok := o.at[k]
	return ok && now.Sub(at) >= 0 && now.Sub(at) < openLife
}

// lookOf is who looks at a card. The parts by which a page refreshes itself are no look of a person
// while he has opened the card itself a short while ago; whoever asks for them alone looks.
func (s *Server) lookOf(c *fiber.Ctx, customer int64, ticket gateway.TicketID) CardLook {
	v := visitorOf(c)
	if part := c.Query("part"); c.Method() == fiber.MethodGet && (part == "top" || part == "lines") &&
		s.opens.recent(openCard{v.TokenHash, customer, ticket}, s.o.Now()) {
		return CardLook{}
	}
	return CardLook{By: v.User.Name, Ticket: ticket}
}

// opened notes that a card was given whole.
func (s *Server) opened(c *fiber.Ctx, customer int64, ticket gateway.TicketID) {
	if part := c.Query("part"); c.Method() == fiber.MethodGet && (part == "" || part == "whole") {
		s.opens.note(openCard{visitorOf(c).TokenHash, customer, ticket}, s.o.Now())
	}
}
