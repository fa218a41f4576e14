package app

import (
	"context"
	"net"

	"github.com/gofiber/fiber/v2"

	"vestnik/webui/api"
)

type tmpPages struct{ app *fiber.App }

func (p tmpPages) Serve(ctx context.Context, l net.Listener) error {
	go func() { <-ctx.Done(); p.app.Shutdown() }()
	return p.app.Listener(l)
}

func (a *App) pages() (tmpPages, error) {
	d := desk{a.desk, a}
	f := fiber.New(fiber.Config{ErrorHandler: api.ErrorHandler, DisableStartupMessage: true, Immutable: true, BodyLimit: 1 << 20})
	f.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok") })
	f.Get("/readyz", func(c *fiber.Ctx) error { return c.SendString("ok") })
	api.Mount(f.Group("/api/v1"), api.Options{Desk: d, Book: a.store, Journal: a.store, Tokens: a.store, Log: a.log, Version: a.opts.Version})
	return tmpPages{f}, nil
}
