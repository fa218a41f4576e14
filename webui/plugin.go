package webui

import (
	_ "embed"
	"encoding/json"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// The plugin of HelpDeskEddy: one file, which the helpdesk serves from its own address inside the
// ticket. It is no page of this box: it reads signed cards out of the plugin's mailbox.
//
//go:embed plugin/plugin.html
var pluginPage string

//go:embed plugin/plugin.js
var pluginScript string

//go:embed plugin/plugin.css
var pluginStyle string

// pluginWords are the texts that the plugin carries with it.
var pluginWords = []string{
	"title", "unknown", "many", "away", "closed", "forged", "old", "as_of", "orders", "lines", "insert", "inserted", "live", "track", "deliver_on", "vip", "bad", "nothing",
	"line.talk", "line.mark", "line.note", "line.task", "line.status", "line.ticket",
}

// downloadPlugin is the file to upload to the helpdesk, in the shop's language.
func (s *Server) downloadPlugin(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	if settings.Helpdesk.Embed.Mailbox == "" {
		return fiber.ErrNotFound
	}
	w := s.words[settings.Shop.Language]
	if w == nil {
		w = s.words[languages[0]]
	}
	texts := map[string]string{}
	for _, key := range pluginWords {
		texts[key] = w.say("plugin." + key)
	}
	raw, err := json.Marshal(texts) // no "<" leaves it as it is
	if err != nil {
		return err
	}
	page := strings.NewReplacer("{{LANG}}", w.lang, "{{STYLE}}", pluginStyle, "{{WORDS}}", string(raw), "{{SCRIPT}}", pluginScript).Replace(pluginPage)
	c.Type("html", "utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="vestnik-plugin.html"`)
	return c.SendString(page)
}
