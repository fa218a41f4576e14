package messagegateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// boxFault is a failure of this box, not of the chats: the journal cannot be read.
type boxFault struct{ err error }

func (b boxFault) Error() string { return b.err.Error() }
func (b boxFault) Unwrap() error { return b.err }

func faultf(format string, args ...any) error {
	return boxFault{device.Errorf(device.Internal, "messagegateway: run", format, args...)}
}

// withoutKeys says why there is no key, or that the one we have is not taken.
type withoutKeys struct {
	state device.LinkState
	cause string
}

func (w withoutKeys) Error() string { return w.cause }

// keyring has the keys, for the session and its mirror.
type keyring struct {
	opt     *Options
	limit   *outbound.Limiter
	turn    chan struct{} // holds one token: one registration at a time
	renewed time.Time     // when a new key was last asked for
	asked   bool          // a person asked: the next renewal need not wait
}

// remembered are the keys of the journal.
func (k *keyring) remembered(ctx context.Context) (gateway.ChatAccess, error) {
	var a gateway.ChatAccess
	for _, v := range []struct {
		name string
		to   *string
		from func(context.Context, string) (string, error)
	}{
		{stateBotURL, &a.BotURL, k.opt.Journal.State},
		{stateTransportURL, &a.TransportURL, k.opt.Journal.State},
		{secretBot, &a.BotKey, k.opt.Journal.Secret},
		{secretTransport, &a.TransportKey, k.opt.Journal.Secret},
	} {
		value, err := v.from(ctx, v.name)
		if err != nil {
			return a, faultf("read the keys: %w", err)
		}
		*v.to = value
	}
	return a, nil
}

// keep writes the keys down. What a registration left out stays as it was.
func (k *keyring) keep(ctx context.Context, a gateway.ChatAccess) error {
	for _, v := range []struct {
		name, value string
		to          func(context.Context, string, string) error
	}{
		{stateBotURL, a.BotURL, k.opt.Journal.SaveState},
		{stateTransportURL, a.TransportURL, k.opt.Journal.SaveState},
		{secretBot, a.BotKey, k.opt.Journal.SaveSecret},
		{secretTransport, a.TransportKey, k.opt.Journal.SaveSecret},
	} {
		if v.value == "" {
			continue
		}
		if err := v.to(ctx, v.name, v.value); err != nil {
			return faultf("keep the keys: %w", err)
		}
	}
	return nil
}

// get has the keys of the journal, or registers. needs tells what is lacking.
func (k *keyring) get(ctx context.Context, enough func(gateway.ChatAccess) bool) (gateway.ChatAccess, error) {
	if err := k.take(ctx); err != nil {
		return gateway.ChatAccess{}, err
	}
	defer k.give()
	a, err := k.remembered(ctx)
	if err != nil || enough(a) {
		return a, err
	}
	return k.register(ctx, false)
}

// renew asks for new keys, at most once in Pace.Renew unless a person asks.
// rejected is the key that was not taken: when another one is known meanwhile, that one is the
// answer.
func (k *keyring) renew(ctx context.Context, rejected string, of func(gateway.ChatAccess) string) (gateway.ChatAccess, error) {
	if err := k.take(ctx); err != nil {
		return gateway.ChatAccess{}, err
	}
	defer k.give()
	a, err := k.remembered(ctx)
	if err != nil || of(a) != "" && of(a) != rejected {
		return a, err
	}
	if err := k.recallRenewal(ctx); err != nil {
		return a, err
	}
	now := k.opt.Now()
	if age := now.Sub(k.renewed); !k.asked && age >= 0 && age < k.opt.Pace.Renew {
		return a, withoutKeys{device.LinkNoAccess, "the key to the chats was refused, and a new one was asked for a short time ago"}
	}
	k.asked = false
	before := k.renewed
	k.renewed = now
	if err := k.opt.Journal.SaveState(ctx, stateRenewed, now.UTC().Format(time.RFC3339Nano)); err != nil {
		return a, faultf("note that a new key is asked for: %w", err)
	}
	got, err := k.register(ctx, true)
	var no withoutKeys
	switch {
	case errors.As(err, &no):
		return got, withoutKeys{device.LinkNoAccess, "the key to the chats was refused; no new one: " + no.cause}
	case isKind(err, device.Unavailable, device.RateLimited):
		k.renewed = before // nothing left: it does not count
	}
	return got, err
}

// recallRenewal reads when a new key was last asked for, also before a restart.
func (k *keyring) recallRenewal(ctx context.Context) error {
	if !k.renewed.IsZero() {
		return nil
	}
	value, err := k.opt.Journal.State(ctx, stateRenewed)
	if err != nil {
		return faultf("read when a new key was asked for: %w", err)
	}
	if at, err := time.Parse(time.RFC3339Nano, value); err == nil {
		k.renewed = at
	}
	return nil
}

func (k *keyring) register(ctx context.Context, refresh bool) (gateway.ChatAccess, error) {
	a, err := k.opt.Register(ctx, refresh)
	switch device.KindOf(err) {
	case "":
	case device.Unauthorized:
		return a, withoutKeys{device.LinkNoChats, "the CRM's key may not register a module (integration_write)"}
	case device.NotFound, device.Refused:
		return a, withoutKeys{device.LinkNoChats, "the account has no chats: " + err.Error()}
	default:
		return a, fmt.Errorf("register with the CRM: %w", err)
	}
	if a.BotKey == "" {
		return a, withoutKeys{device.LinkNoChats, "the CRM gave no key: the chats are switched off or not in the tariff"}
	}
	if err := k.keep(ctx, a); err != nil {
		return a, err
	}
	return k.remembered(ctx)
}

func (k *keyring) take(ctx context.Context) error {
	select {
	case k.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *keyring) give() { <-k.turn }

// personAsks lets the next renewal go at once.
func (k *keyring) personAsks(ctx context.Context) error {
	if err := k.take(ctx); err != nil {
		return err
	}
	k.asked = true
	k.give()
	return nil
}

// botClient makes the client of the Bot API.
func (k *keyring) botClient(a gateway.ChatAccess) (*client, error) {
	address := k.opt.Endpoint
	if strings.TrimSpace(address) == "" {
		address = a.BotURL
	}
	if strings.TrimSpace(address) == "" {
		return nil, withoutKeys{device.LinkNoChats, "the CRM does not tell the address of its chats; type it in the settings"}
	}
	return k.client(address, "/api/bot/v1", "X-Bot-Token", a.BotKey)
}

// transportClient makes the client of the Transport API, which lives at the same host
// when the CRM does not tell another one.
func (k *keyring) transportClient(a gateway.ChatAccess) (*client, error) {
	address := k.opt.Endpoint
	if strings.TrimSpace(address) == "" {
		address = a.TransportURL
	}
	if strings.TrimSpace(address) == "" {
		address = a.BotURL
	}
	return k.client(address, "/api/transport/v1", "X-Transport-Token", a.TransportKey)
}

func (k *keyring) client(address, prefix, header, key string) (*client, error) {
	base, err := parseEndpoint(address)
	if err != nil {
		return nil, withoutKeys{device.LinkNoChats, "the address of the chats is not good: " + err.Error()}
	}
	// A key that cannot stand in a header would end up in net/http's error.
	for _, r := range key {
		if r <= ' ' || r > '~' {
			return nil, withoutKeys{device.LinkNoAccess, "the key to the chats holds a character that no key has"}
		}
	}
	transport := k.opt.Transport
	if transport == nil {
		transport = outbound.NewTransport(base)
	}
	return &client{
		base: base, prefix: prefix, header: header, key: key, limit: k.limit, timeout: k.opt.Timeout, log: k.opt.Logger, now: k.opt.Now,
		http: &http.Client{
			Transport: transport,
			// A redirect could carry the key to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}
