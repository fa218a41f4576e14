package webui

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// Short links to where customers leave reviews. They are the only thing that the whole internet may
// reach, under a name of their own:
//
//	phone ─ https://go.lavka.ru/r/k7m2q9xw ─▶ the shop's proxy or tunnel ─▶ this box ─ 302 ─▶ the page of reviews
//
// Where a link leads is a setting, never a part of the link.

const (
	// maxLinkToken is more than any key of ours is long.
	maxLinkToken = 32
	// linkTimeout bounds what a customer waits for the database.
	linkTimeout = 5 * time.Second
)

// publicDoor answers what is asked for under the public name: short links, and nothing else of this
// box. It comes before everything that answers without a login.
func (s *Server) publicDoor(c *fiber.Ctx) error {
	settings, public := s.underPublicName(c)
	if !public {
		return c.Next()
	}
	path, reads := c.Path(), c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead
	token, link := strings.CutPrefix(path, "/r/")
	asset, isAsset := strings.CutPrefix(path, "/assets/")
	switch {
	case reads && link && s.o.Invites != nil:
		return s.followLink(c, token)
	case reads && isAsset && (asset == "vestnik.css" || asset == "icon.svg"):
		return s.assets.send(c, asset)
	case strings.HasPrefix(path, "/hooks/chats/") && gateway.HostOf(settings.Chats.WebhookURL) == settings.Decency.PublicHost():
		return c.Next() // the CRM's chats come in by the same name
	}
	return c.Status(fiber.StatusNotFound).SendString("Not found\n")
}

// underPublicName tells whether a request is for the public name. The box's own names and bare
// addresses never are, whatever the settings say: nobody locks himself out.
func (s *Server) underPublicName(c *fiber.Ctx) (gateway.Settings, bool) {
	host := hostOnly(string(c.Request().Host()))
	if s.own[host] || net.ParseIP(host) != nil {
		return gateway.Settings{}, false
	}
	settings, err := s.o.Book.Settings(c.UserContext())
	if err == nil {
		s.public.Store(&settings)
	} else if last := s.public.Load(); last != nil {
		settings = *last // while the database cannot be read the name stays what it was
	}
	return settings, host != "" && host == settings.Decency.PublicHost()
}

// openLink is the same under the box's own names.
func (s *Server) openLink(c *fiber.Ctx) error { return s.followLink(c, c.Params("token")) }

func (s *Server) followLink(c *fiber.Ctx, token string) error {
	c.Set("X-Robots-Tag", "noindex, nofollow")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	if !s.links.take(whoAsks(c)) {
		c.Set(fiber.HeaderRetryAfter, "60")
		return s.linkPage(c, fiber.StatusTooManyRequests)
	}
	if s.o.Damage != nil && s.o.Damage() != nil {
		return s.linkPage(c, fiber.StatusServiceUnavailable)
	}
	if !couldBeToken(token) {
		return s.linkPage(c, fiber.StatusNotFound)
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), linkTimeout)
	defer cancel()
	to, err := s.o.Invites.OpenLink(ctx, token, isPerson(c))
	switch {
	case err == nil && strings.HasPrefix(to, "https://"):
		return c.Redirect(to, fiber.StatusFound)
	case err == nil || device.KindOf(err) == device.NotFound:
		return s.linkPage(c, fiber.StatusNotFound)
	}
	s.o.Logger.Error("a review link could not be followed", "error", err)
	return s.linkPage(c, fiber.StatusServiceUnavailable)
}

func couldBeToken(token string) bool {
	if token == "" || len(token) > maxLinkToken {
		return false
	}
	return strings.Trim(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// isPerson tells a customer who opens a link from a messenger that looks what is behind it.
// Messengers and search engines say who they are; WhatsApp's preview is "WhatsApp/2.…".
func isPerson(c *fiber.Ctx) bool {
	if c.Method() != fiber.MethodGet {
		return false
	}
	for _, header := range []string{"Purpose", "Sec-Purpose", "X-Purpose", "X-Moz"} {
		if v := strings.ToLower(c.Get(header)); strings.Contains(v, "prefetch") || strings.Contains(v, "preview") || strings.Contains(v, "prerender") {
			return false
		}
	}
	agent := strings.ToLower(c.Get(fiber.HeaderUserAgent))
	if agent == "" {
		return false // every browser says what it is
	}
	for _, robot := range robots {
		if strings.Contains(agent, robot) {
			return false
		}
	}
	return true
}

// robots are parts of the names under which programs fetch pages.
var robots = []string{
	"whatsapp/", "bot", "crawl", "spider", "preview", "facebookexternalhit", "facebookcatalog", "vkshare", "viber", "skypeuripreview", "embedly",
	"slurp", "yandex.com/bots", "mail.ru", "curl/", "wget/", "python", "go-http-client", "okhttp", "java/", "headless", "lighthouse", "monitor",
}

// whoAsks is whose requests are counted together. Behind a proxy of the shop's own network that is the
// last address which the proxy has named; from elsewhere nobody is believed.
func whoAsks(c *fiber.Ctx) string {
	remote, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if !ok {
		return ""
	}
	remote = remote.Unmap()
	if remote.IsLoopback() || remote.IsPrivate() {
		named := strings.Split(c.Get(fiber.HeaderXForwardedFor), ",")
		if a, err := netip.ParseAddr(strings.TrimSpace(named[len(named)-1])); err == nil {
			remote = a.Unmap()
		}
	}
	if remote.Is6() { // one customer has a whole network of these
		if net, err := remote.Prefix(64); err == nil {
			return net.String()
		}
	}
	return remote.String()
}

// linkPage is for a link that leads nowhere: the shop's page of reviews is a click away all the same.
func (s *Server) linkPage(c *fiber.Ctx, status int) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if last := s.public.Load(); err != nil && last != nil {
		settings = *last
	}
	lang := settings.Shop.Language
	if c.Get(fiber.HeaderAcceptLanguage) != "" {
		if l := c.AcceptsLanguages(languages...); l != "" {
			lang = l
		}
	}
	w := s.words[lang]
	if w == nil {
		w = s.words[languages[0]]
	}
	p := linkPage{Frame: &Frame{Lang: w.lang, Path: "/r", Title: settings.Shop.Name, words: w}, Review: settings.Decency.ReviewURL, Busy: status != fiber.StatusNotFound}
	if p.Title == "" {
		p.Title = w.say("invitation.link_title")
	}
	return s.render(c, status, "link", p)
}

type linkPage struct {
	*Frame
	Review string // where reviews are left; may be empty
	Busy   bool
}

// linkGate bounds how many links one address may open.
type linkGate struct {
	now func() time.Time
	mu  sync.Mutex
	by  map[string]*linkAsker
}

type linkAsker struct {
	left float64
	at   time.Time
}

const (
	linksAtOnce   = 30 // then one in two seconds
	linksPerSec   = 0.5
	maxLinkAskers = 10_000
)

func newLinkGate(now func() time.Time) *linkGate {
	return &linkGate{now: now, by: map[string]*linkAsker{}}
}

// take counts a request and tells whether it may be answered.
func (g *linkGate) take(from string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	a := g.by[from]
	if a == nil {
		if len(g.by) >= maxLinkAskers {
			g.forget(now)
		}
		a = &linkAsker{left: linksAtOnce, at: now}
		g.by[from] = a
	}
	a.left = min(linksAtOnce, a.left+max(0, now.Sub(a.at).Seconds())*linksPerSec)
	a.at = now
	if a.left < 1 {
		return false
	}
	a.left--
	return true
}

// forget drops those who have rested, and all when somebody floods us with new ones.
func (g *linkGate) forget(now time.Time) {
	for k, a := range g.by {
		if now.Sub(a.at) > time.Minute {
			delete(g.by, k)
		}
	}
	if len(g.by) >= maxLinkAskers {
		clear(g.by)
	}
}
