package retailcrm

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// moduleName is the symbolic code of the product's module, the same in all accounts.
const moduleName = "vestnik"

// moduleCode is what a module's code may consist of (public integration code; the
// official wording is "Latin letters, digits, - and _").
var moduleCode = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// RegisterChats registers the module or changes it, and answers the keys. That one
// module may hold both a bot and a transport is not documented: when the account refuses
// both together, the bot is registered alone.
//
// Asked to refresh, the account gives out new keys and forgets the old ones, also when
// the answer is lost (Uncertain).
func (c *Client) RegisterChats(ctx context.Context, m gateway.ChatModule) (gateway.ChatAccess, error) {
	const op = "retailcrm: register the chats"
	if !moduleCode.MatchString(m.Code) {
		return gateway.ChatAccess{}, device.Errorf(device.Invalid, op, "the module's code may hold Latin letters, digits, - and _ only")
	}
	body, err := c.registerModule(ctx, op, m)
	if m.Transport && device.KindOf(err) == device.Refused {
		c.log.Warn("retailcrm: the account refuses a bot and a transport in one module; the bot is tried alone", "error", err)
		m.Transport = false
		body, err = c.registerModule(ctx, op, m)
	}
	if err != nil {
		return gateway.ChatAccess{}, err
	}
	bot, transport := body.Info.T.MGBot.T, body.Info.T.MGTransport.T
	if bot.Token == "" {
		return gateway.ChatAccess{}, device.Errorf(device.NotFound, op, "the account has no chats: they are not in its tariff or not switched on")
	}
	access := gateway.ChatAccess{BotURL: endpoint(bot.EndpointURL), BotKey: string(bot.Token)}
	if m.Transport && transport.Token != "" {
		access.TransportURL, access.TransportKey = endpoint(transport.EndpointURL), string(transport.Token)
	}
	return access, nil
}

func (c *Client) registerModule(ctx context.Context, op string, m gateway.ChatModule) (moduleBody, error) {
	part := func() map[string]any {
		if m.Refresh {
			return map[string]any{"refreshToken": true}
		}
		return map[string]any{}
	}
	integrations := map[string]any{"mgBot": part()}
	if m.Transport {
		transport := part()
		transport["webhookUrl"] = m.WebhookURL
		integrations["mgTransport"] = transport
	}
	var body moduleBody
	err := c.post(ctx, call{
		op: op, path: "/api/v5/integration-modules/" + m.Code + "/edit", right: "integration_write", lane: interactive,
	}, "integrationModule", map[string]any{
		"code": m.Code, "integrationCode": moduleName, "name": m.Name, "active": true, "clientId": m.Code, "integrations": integrations,
	}, "", &body)
	return body, err
}

// endpoint is the address of the chats as told; "" when it is none.
func endpoint(told text) string {
	u, err := url.Parse(string(told))
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && outbound.IsLoopback(u.Hostname())) {
		return ""
	}
	return strings.TrimRight(string(told), "/")
}
