package app

import (
	"github.com/gofiber/fiber/v2"

	"vestnik/webui"
	"vestnik/webui/api"
)

// pages makes the web server: the pages, the API beside them, and the probes.
func (a *App) pages() (*webui.Server, error) {
	d := desk{a.desk, a}
	return webui.New(webui.Options{
		Desk: d, Book: a.store, Journal: a.store, Staff: a.store, Health: a, Damage: a.damageShown, Backups: a.Backups(), Talk: talkDesk{a.store, a}, Support: supportDesk{a}, Campaigns: a.Campaigns(), Invites: inviteDesk{a.store, a}, Hook: a.hook,
		API: func(r fiber.Router) {
			api.Mount(r, api.Options{Desk: d, Book: a.store, Journal: a.store, Tokens: a.store, Mailings: a.Campaigns(), Helpdesk: supportDesk{a}.HelpdeskStatus, Log: a.log, Version: a.opts.Version})
		},
		APIErrors: api.ErrorHandler, Metrics: a.metrics(), Logger: a.log, Version: a.opts.Version,
		SetupCode: a.setup.Code, SetupDone: a.setup.Consume,
		AllowedHosts: a.opts.AllowedHosts, Demo: a.opts.Demo, DemoURL: a.opts.DemoURL,
	})
}
