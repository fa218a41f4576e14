package webui

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

func (s *Server) chatRoutes(a *fiber.App, manager fiber.Handler) {
	a.Get("/settings/chats", manager, s.showChats)
	a.Post("/settings/chats", manager, s.postChats)
	a.Post("/device/chats", manager, s.reconnectChats)
}

type chatsPage struct {
	settingsFrame
	Chats    gateway.ChatSettings
	Modes    []gateway.MirrorMode
	CRM      bool // an address is set
	Link     *chatLink
	Channels []chatAccount
}

// chatLink is how the CRM's chats stand.
type chatLink struct {
	device.Link
	Words device.Words
	Mood  Mood
}

// chatAccount is one of the shop's accounts in a messenger.
type chatAccount struct {
	Messenger, Name string
	Says            string
	Mood            Mood
}

func (s *Server) chatLink(f *Frame) *chatLink {
	for _, l := range s.o.Desk.Links() {
		if l.Channel == device.Chat {
			return &chatLink{l, device.LinkWords(l.Channel, l.State, f.Lang), moodOf(l)}
		}
	}
	return nil
}

func (s *Server) chatAccounts(f *Frame) []chatAccount {
	if s.o.Talk == nil {
		return nil
	}
	var list []chatAccount
	for _, ch := range s.o.Talk.ChatChannels() {
		a := chatAccount{Messenger: messengerName(f.words, ch.Messenger), Name: ch.Name, Mood: Fine, Says: f.words.say("chats.works")}
		switch {
		case ch.Ours:
			a.Says = f.words.say("chats.ours")
		case !ch.Active:
			a.Mood, a.Says = Off, f.words.say("chats.inactive")
		case !ch.Texts:
			a.Mood, a.Says = Off, f.words.say("chats.no_texts")
		case ch.AfterWindow != "":
			a.Says = f.words.say("chats.window")
		}
		list = append(list, a)
	}
	return list
}

func (s *Server) chatsPage(c *fiber.Ctx, chats gateway.ChatSettings) (chatsPage, error) {
	f, err := s.settingsFrame(c)
	if err != nil {
		return chatsPage{}, err
	}
	return chatsPage{
		settingsFrame: f, Chats: chats, Modes: gateway.MirrorModes, CRM: f.settings.RetailCRM.URL != "", Link: s.chatLink(f.Frame), Channels: s.chatAccounts(f.Frame),
	}, nil
}

func (s *Server) showChats(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	p, err := s.chatsPage(c, settings.Chats)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "settings_chats", p)
}

func (s *Server) postChats(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	settings.Chats = gateway.ChatSettings{
		Enabled: c.FormValue("chats.enabled") != "", Endpoint: strings.TrimSpace(c.FormValue("chats.endpoint")),
		Mirror: gateway.MirrorMode(c.FormValue("chats.mirror")), WebhookURL: strings.TrimSpace(c.FormValue("chats.webhook_url")),
	}
	if err := s.o.Desk.SaveSettings(c.UserContext(), settings, visitorOf(c).User.Name); err != nil {
		p, pageErr := s.chatsPage(c, settings.Chats)
		if pageErr != nil {
			return pageErr
		}
		p.explain(err)
		return s.render(c, fiber.StatusUnprocessableEntity, "settings_chats", p)
	}
	return c.Redirect("/settings/chats?done=saved", fiber.StatusSeeOther)
}

// reconnectChats asks for new keys to the chats.
func (s *Server) reconnectChats(c *fiber.Ctx) error {
	if err := s.o.Talk.ReconnectChats(c.UserContext()); err != nil {
		return err
	}
	return c.Redirect(safePath(c.FormValue("next"))+"?done=reconnect", fiber.StatusSeeOther)
}
