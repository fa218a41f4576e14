package messagegateway

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Options of a session with the chats of one account.
type Options struct {
	// Register gets the keys by the CRM's API; refresh asks for a new bot key, which ends the
	// old one. It answers Unauthorized when the CRM's key lacks the right, NotFound when the
	// account has no chats, or no error and no BotKey, which means the same.
	Register func(ctx context.Context, refresh bool) (gateway.ChatAccess, error)
	// Endpoint is the address of the chats as a person typed it, https://mg-s1.retailcrm.pro; empty: as
	// the CRM tells it. Whatever follows the host is ignored. Plain http is for loopback only.
	Endpoint string
	Journal  Journal
	Sink     Sink
	// OnChange is told that the state, the channels or the people have changed, for pages. It
	// does not block.
	OnChange func()
	// Language of the commands that operators see: "ru", or English for any other.
	Language string
	// Transport replaces the network, for tests and the demo; nil means the network with the
	// proxy of the environment and without private addresses.
	Transport http.RoundTripper
	// Rate bounds requests a second; 0 means 5.
	Rate float64
	// Timeout bounds one request; 0 means 30 s.
	Timeout time.Duration
	Logger  *slog.Logger     // nil: no log
	Now     func() time.Time // nil: time.Now
	Pace    Pace
}

// Pace are the session's times. Zero values mean those in brackets.
type Pace struct {
	Ping      time.Duration // between pings of the socket [30 s]
	Pong      time.Duration // how long one may take [10 s]
	RetryFrom time.Duration // first pause before dialling again [1 s]
	RetryTo   time.Duration // longest one [60 s]
	Renew     time.Duration // least time between two new keys, and between two tries without one [10 min]
	Sink      time.Duration // first pause before the sink is tried again; the longest is 30 times that [1 s]
	Doubt     time.Duration // how long after a try without an answer it may still arrive at MG [15 s]
	Users     time.Duration // how long the list of people is good [30 s]
}

func (p *Pace) fill() {
	for _, d := range []struct {
		at    *time.Duration
		usual time.Duration
	}{
		{&p.Ping, 30 * time.Second},
		{&p.Pong, 10 * time.Second},
		{&p.RetryFrom, time.Second},
		{&p.RetryTo, time.Minute},
		{&p.Renew, 10 * time.Minute},
		{&p.Sink, time.Second},
		{&p.Doubt, 15 * time.Second},
		{&p.Users, 30 * time.Second},
	} {
		if *d.at <= 0 {
			*d.at = d.usual
		}
	}
}

// Sink takes what comes from the chats.
type Sink interface {
	device.Sink
	// SeeChats keeps what the chats say without words; like the other methods it returns nil
	// only after that is safe on disk, and is idempotent.
	SeeChats(ctx context.Context, chats []gateway.SeenChat) error
}

// Journal is the memory of the session and its mirror across restarts and power
// cuts. The methods are safe for use by several goroutines; each writing one returns nil only after
// its change is committed to disk. Times keep at least milliseconds.
type Journal interface {
	// State is a value that SaveState kept under a name, "" when there is none. Names are
	// Latin letters and "_", values at most some kilobytes.
	State(ctx context.Context, name string) (string, error)
	SaveState(ctx context.Context, name, value string) error
	// Secret and SaveSecret are the same for the keys: they are shown on no page and stand in no log.
	Secret(ctx context.Context, name string) (string, error)
	SaveSecret(ctx context.Context, name, value string) error

	// KeepPost notes that a message is about to be handed to MG, before it is: its wire id, the
	// chat's id and the time by the box's clock. When the wire id is known already, chat and time are
	// replaced and MG's id is left as it is.
	KeepPost(ctx context.Context, wireID, chat string, at time.Time) error
	// Posted notes the id that MG gave to a message.
	Posted(ctx context.Context, wireID string, id int64) error
	// Post is what is known of a message; id is 0 while MG's is not known, ok false for an
	// unknown wire id.
	Post(ctx context.Context, wireID string) (chat string, id int64, at time.Time, ok bool, err error)
	// PostByID finds a message by MG's id.
	PostByID(ctx context.Context, id int64) (wireID string, ok bool, err error)
	// PostedIn are MG's ids of the messages handed over to a chat at or after since, 0 left out.
	PostedIn(ctx context.Context, chat string, since time.Time) ([]int64, error)
}

// Names of the journal's states and secrets.
const (
	stateBotURL       = "bot_url"
	stateTransportURL = "transport_url"
	stateRenewed      = "keys_renewed_at"
	stateCursor       = "cursor"
	stateBot          = "bot"
	stateOverview     = "chats_read"
	stateChannels     = "own_channels"
	stateLines        = "mirror_cursor"
	secretBot         = "bot_key"
	secretTransport   = "transport_key"
)
