package webui

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"runtime/debug"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"vestnik/device"
	"vestnik/gateway"
)

// contentPolicy allows what is served from this address and nothing else: no inline
// script or style, no frame, no foreign host.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func (s *Server) headers(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentSecurityPolicy, contentPolicy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	// Not "no-referrer": a browser would then send "Origin: null" with our own forms.
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set(fiber.HeaderPermissionsPolicy, "camera=(), microphone=(), geolocation=()")
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Next()
}

// recoverPanic keeps the box serving when a page has a fault of its own.
func (s *Server) recoverPanic(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			s.o.Logger.Error("page panicked", "path", c.Path(), "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = device.Errorf(device.Internal, "page", "panic")
		}
	}()
	return c.Next()
}

func (s *Server) deadline(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), requestTimeout)
	defer cancel()
	c.SetUserContext(ctx)
	return c.Next()
}

func allowedHosts(more []string) map[string]bool {
	hosts := map[string]bool{"localhost": true, "vestnik.local": true}
	if name, err := os.Hostname(); err == nil && name != "" {
		name = strings.ToLower(name)
		hosts[name], hosts[name+".local"] = true, true
	}
	for _, h := range more {
		hosts[strings.ToLower(strings.TrimSpace(h))] = true
	}
	return hosts
}

// checkHost refuses a request for a name that is not ours. A site that points its own
// name at this box's address (DNS rebinding) would otherwise be the same origin. A
// bare address cannot be rebound, so all are let through: the box may stand behind a
// router's forwarded port. Forwarded-Host headers are not looked at: a page can set
// them.
func (s *Server) checkHost(c *fiber.Ctx) error {
	host := hostOnly(string(c.Request().Host()))
	if s.hosts[host] || net.ParseIP(host) != nil {
		return c.Next()
	}
	s.o.Logger.Warn("request for a foreign host name refused", "host", host)
	return fiber.NewError(fiber.StatusMisdirectedRequest, "foreign host")
}

func hostOnly(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		hostport = host
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(hostport, "[]")), ".")
}

// sameOrigin tells whether a form was sent from a page of ours, as far as the browser
// says. Without both headers the token alone decides.
func sameOrigin(c *fiber.Ctx) bool {
	from := c.Get(fiber.HeaderOrigin)
	if from == "" {
		from = c.Get(fiber.HeaderReferer)
	}
	if from == "" {
		return true
	}
	u, err := url.Parse(from)
	return err == nil && strings.EqualFold(u.Host, string(c.Request().Host()))
}

func (s *Server) ready(c *fiber.Ctx) error {
	if s.o.Health == nil {
		return c.SendString("ok\n")
	}
	if err := s.o.Health.Ready(c.UserContext()); err != nil {
		return c.Status(fiber.StatusServiceUnavailable).SendString(gateway.FaultSentence(err, "en") + " (" + err.Error() + ")\n")
	}
	return c.SendString("ok\n")
}

func (s *Server) metrics() fiber.Handler { return adaptor.HTTPHandler(s.o.Metrics) }
