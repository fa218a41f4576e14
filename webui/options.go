package webui

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
)

// Options are what the pages work with. Desk, Book, Journal and Staff are needed;
// everything else has a sensible zero value.
type Options struct {
	Desk    Desk
	Book    gateway.Book
	Journal gateway.Journal
	Staff   gateway.Staff
	// Health answers /readyz; nil: ready as soon as it serves.
	Health Health
	// Damage is what the one page says while the database cannot be used, nil while it can; nil
	// itself: it always can.
	Damage func() *Damage
	// Backups makes the pages about backups and restores; nil: there are none.
	Backups Backups
	// Hook takes a message of RetailCRM's chats; known is false for a wrong secret. Nil: there is no
	// way in.
	Hook func(ctx context.Context, secret string, body []byte) (answer any, known bool, err error)
	// Talk makes the pages about customers who write (/bot, /inbox); nil: there are none.
	Talk Talk
	// Support makes the pages about support and customers' cards; nil: there are none.
	Support Support
	// Campaigns makes the pages about mailings (/campaigns); nil: there are none.
	Campaigns Campaigns
	// Invites makes the pages about invitations and consents, and the public review links; nil: there
	// are none.
	Invites Invites
	// API mounts the JSON interface on a router that stands at /api/v1; it checks its own
	// bearer tokens and never sees a cookie's login.
	API func(fiber.Router)
	// APIErrors turns an error under /api/ into its JSON body.
	APIErrors fiber.ErrorHandler
	// Metrics answers /metrics; nil: there is no such page.
	Metrics http.Handler
	Logger  *slog.Logger
	Now     func() time.Time
	Version string
	// SetupCode is the code that the daemon printed for the first owner; "" when there is
	// none. SetupDone is called once the owner exists.
	SetupCode func() string
	SetupDone func()
	// AllowedHosts are further names under which the box is reached ("vestnik.shop.lan").
	// Addresses, localhost, the box's own name and its .local name are always allowed.
	AllowedHosts []string
	// Demo says on every page that no real customer is written to.
	Demo bool
	// DemoURL is the address of the demo's control page, linked from the banner; may be empty.
	DemoURL string
}

// RuleKeeper deletes and restores rules so that it takes effect at once. A Desk that
// has these methods is asked; otherwise the Book is.
type RuleKeeper interface {
	DeleteRule(ctx context.Context, id gateway.RuleID, by string) error
	RestoreRule(ctx context.Context, id gateway.RuleID, version int, by string) (gateway.Rule, error)
}

func (o *Options) fill() error {
	if o.Desk == nil || o.Book == nil || o.Journal == nil || o.Staff == nil {
		return errors.New("webui: desk, book, journal and staff are needed")
	}
	o.fillRest()
	return nil
}

func (o *Options) fillRest() {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.SetupCode == nil {
		o.SetupCode = func() string { return "" }
	}
	if o.SetupDone == nil {
		o.SetupDone = func() {}
	}
}

func (s *Server) ruleKeeper() RuleKeeper {
	if k, ok := s.o.Desk.(RuleKeeper); ok {
		return k
	}
	return s.o.Book
}
