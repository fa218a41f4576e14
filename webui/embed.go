package webui

import (
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
	"vestnik/gateway/card"
)

// The card in a frame of another helpdesk. A browser sends no cookie of ours there, so
// the frame asks with a token that a window of our own gives it:
//
//	frame /card/embed ─ "Войти" ─▶ window /card/embed/token (with a login) ─ token ─▶ frame, by postMessage to our own origin only
//	frame ─ Authorization: Bearer ─▶ POST /card/embed/find ─▶ the card as HTML
//
// What the helpdesk says of its customer is a hint and no more.

const (
	doorLife = 15 * time.Minute
	doorEnd  = 12 * time.Hour // a door is renewed no longer than this
	maxDoors = 500
)

// doors are the tokens of frames by their hash.
type doors struct {
	now func() time.Time
	mu  sync.Mutex
	by  map[string]door
}

// door is what a token opens: cards, for whoever logged in, with the rights of an
// operator.
type door struct {
	login        string // the hash of the login that it came from
	began, until time.Time
}

func newDoors(now func() time.Time) *doors { return &doors{now: now, by: map[string]door{}} }

// open makes a token. One of a login that has too many takes the place of the oldest.
func (d *doors) open(login string, began time.Time) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	oldest := ""
	for hash, k := range d.by {
		if !k.until.After(now) {
			delete(d.by, hash)
		} else if oldest == "" || k.until.Before(d.by[oldest].until) {
			oldest = hash
		}
	}
	if len(d.by) >= maxDoors {
		delete(d.by, oldest)
	}
	token := newSecret()
	d.by[hashSecret(token)] = door{login: login, began: began, until: now.Add(doorLife)}
	return token
}

func (d *doors) find(token string) (door, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k, ok := d.by[hashSecret(token)]
	return k, ok && k.until.After(d.now())
}

func (d *doors) close(token string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.by, hashSecret(token))
}

// embedRoutes stand before the login's cookie is looked at: it does not count here.
func (s *Server) embedRoutes(a *fiber.App) {
	a.Get("/card/embed", s.showEmbed)
	a.Post("/card/embed/find", s.embedFind)
	a.Post("/card/embed/renew", s.embedRenew)
}

type embedPage struct {
	*Frame
	Origin string // who may show this page
	Card   *cardView
	Rows   []candidateView
	Says   string
	Open   string // the card's own page
}

// showEmbed is the one page that another site may show in a frame, and only the one that the
// shop named.
func (s *Server) showEmbed(c *fiber.Ctx) error {
	p, err := s.embedPage(c, gateway.User{})
	if err != nil {
		return err
	}
	if p.Origin == "" {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentSecurityPolicy, strings.Replace(contentPolicy, "frame-ancestors 'none'", "frame-ancestors "+p.Origin, 1))
	c.Response().Header.Del(fiber.HeaderXFrameOptions) // it knows no origins, and browsers that know frame-ancestors do without it
	return s.render(c, fiber.StatusOK, "card_embed", p)
}

func (s *Server) embedPage(c *fiber.Ctx, u gateway.User) (*embedPage, error) {
	v := visitor{lang: s.languageOf(c, u)}
	v.User = u
	c.Locals(visitorKey, v)
	f, err := s.slimFrame(c, "card.title")
	if err != nil {
		return nil, err
	}
	return &embedPage{Frame: f, Origin: cleanOrigin(f.settings.Helpdesk.Embed.Frame)}, nil
}

// byToken is whoever a frame's token belongs to, with an operator's rights, as long as
// his login lasts.
func (s *Server) byToken(c *fiber.Ctx) (token string, k door, u gateway.User, err error) {
	token = strings.TrimPrefix(c.Get(fiber.HeaderAuthorization), "Bearer ")
	k, ok := s.doors.find(token)
	if !ok {
		return "", k, u, fiber.ErrUnauthorized
	}
	login, err := s.findLogin(c, k.login)
	if err != nil {
		s.doors.close(token)
		return "", k, u, fiber.ErrUnauthorized
	}
	u = gateway.User(login.User)
	u.Role = gateway.Operator
	return token, k, u, nil
}

// embedFind draws the card of whom the helpdesk's hints fit.
func (s *Server) embedFind(c *fiber.Ctx) error {
	_, _, u, err := s.byToken(c)
	if err != nil {
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	p, err := s.embedPage(c, u)
	if err != nil {
		return err
	}
	if p.Origin == "" {
		return fiber.ErrNotFound
	}
	c.Request().URI().QueryArgs().Set("part", "embed")
	found, err := s.o.Support.FindCustomer(c.UserContext(), card.Hints{Emails: firstOf([]string{c.FormValue("email")}), Phones: firstOf([]string{c.FormValue("phone")})})
	if err != nil {
		_, key := statusOf(err)
		p.Says = p.words.say(key)
		return s.render(c, fiber.StatusOK, "card_embed", p)
	}
	switch found.Status {
	case card.FoundOne:
		k, err := s.o.Support.Card(c.UserContext(), found.Customer, CardLook{By: u.Name})
		if err != nil {
			p.Says = s.crmAway(p.Frame)
			break
		}
		p.Card = p.cardView(k, 0)
		p.Card.Embed, p.Card.MoreURL = true, ""
		p.Open = p.Card.Base
	case card.FoundMany:
		for _, k := range found.Candidates {
			p.Rows = append(p.Rows, candidate(p.Frame, k))
		}
	case card.FoundAway:
		p.Says = s.crmAway(p.Frame)
	default:
		p.Says = p.words.say("card.unknown")
	}
	return s.render(c, fiber.StatusOK, "card_embed", p)
}

// embedRenew gives a new token for one that still opens.
func (s *Server) embedRenew(c *fiber.Ctx) error {
	token, k, _, err := s.byToken(c)
	if err != nil || s.o.Now().Sub(k.began) > doorEnd {
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	s.doors.close(token)
	return c.JSON(fiber.Map{"token": s.doors.open(k.login, k.began), "seconds": int(doorLife.Seconds())})
}

// showEmbedToken is the window that the frame opens. It has a login, and gives the frame a
// token.
func (s *Server) showEmbedToken(c *fiber.Ctx) error {
	f, err := s.slimFrame(c, "embed.token_title")
	if err != nil {
		return err
	}
	keepOpener(c)
	return s.render(c, fiber.StatusOK, "card_token", &embedPage{Frame: f})
}

func (s *Server) giveEmbedToken(c *fiber.Ctx) error {
	v := visitorOf(c)
	return c.JSON(fiber.Map{"token": s.doors.open(v.TokenHash, s.o.Now()), "seconds": int(doorLife.Seconds())})
}

const embedTokenPath = "/card/embed/token"

// keepOpener lets a window know the frame that opened it. Every other page of ours forgets who
// opened it.
func keepOpener(c *fiber.Ctx) { c.Set("Cross-Origin-Opener-Policy", "unsafe-none") }
