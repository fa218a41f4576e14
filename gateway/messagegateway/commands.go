package messagegateway

import (
	"context"
	"net/http"
)

// command is what an operator may type after a slash in the CRM's chat window. The
// list offers it there (facts: MG Bot OpenAPI, the official helper bot).
type command struct{ name, ru, en string } // name at most 32 characters, description 64

var commands = []command{
	{"status", "Показать заказы клиента и их статусы", "Show the customer's orders and their statuses"},
	{"wa", "Написать клиенту в WhatsApp", "Write to the customer on WhatsApp"},
}

type commandBody struct {
	Name        text `json:"name"`
	Description text `json:"description"`
}

// Commands registers the operators' commands that are missing or are described in
// other words.
func (s *Session) Commands(ctx context.Context) error {
	const op = "messagegateway: register commands"
	var have list[commandBody]
	if err := s.call(ctx, get(op, "/my/commands", nil), &have); err != nil {
		return err
	}
	described := map[string]string{}
	for _, b := range have {
		described[string(b.Name)] = plain(string(b.Description))
	}
	for _, want := range commands {
		words := want.en
		if s.opt.Language == "ru" {
			words = want.ru
		}
		if described[want.name] == words {
			continue
		}
		body := map[string]string{"name": want.name, "description": words}
		if err := s.call(ctx, call{op: op, method: http.MethodPut, path: "/my/commands/" + want.name, body: body}, nil); err != nil {
			return err
		}
	}
	return nil
}
