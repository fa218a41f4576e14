package card

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"
	"time"

	"vestnik/gateway"
)

// The card in HelpDeskEddy's plugin. This box posts it to the plugin's mailbox, which the
// helpdesk keeps; the plugin reads it there in the operator's browser. Whoever knows the mailbox's
// address could post one, so each is signed, and the plugin shows no other.

// PluginCard is as little of a card as is of use in a ticket: the helpdesk keeps it.
type PluginCard struct {
	V      int         `json:"v"`
	Status FoundStatus `json:"status"` // "" tells that the ticket is closed and nothing is kept
	Name   string      `json:"name,omitempty"`
	VIP    bool        `json:"vip,omitempty"`
	Bad    bool        `json:"bad,omitempty"`
	// Says is a line about the customer, in the language of the shop.
	Says   string        `json:"says,omitempty"`
	Orders []PluginOrder `json:"orders,omitempty"`
	Lines  []PluginLine  `json:"lines,omitempty"`
	AsOf   string        `json:"as_of,omitempty"` // RFC 3339
	Live   string        `json:"live,omitempty"`  // the address of the live card
	Many   int           `json:"many,omitempty"`  // how many fit, when it is not clear who asks
}

// PluginOrder is an order in it.
type PluginOrder struct {
	Number string   `json:"number"`
	Status string   `json:"status"`
	Alert  bool     `json:"alert,omitempty"` // gone wrong, or late
	Items  []string `json:"items,omitempty"`
	Sum    string   `json:"sum,omitempty"` // "6490.00 RUB"
	Track  string   `json:"track,omitempty"`
	On     string   `json:"on,omitempty"`  // the day of delivery, "2006-01-02"
	Say    string   `json:"say,omitempty"` // what the customer is told of it
}

// PluginLine is something that was said or done.
type PluginLine struct {
	At   string   `json:"at"` // RFC 3339
	Kind LineKind `json:"kind"`
	Text string   `json:"text"`
}

// PluginOptions tell what goes into a card for the plugin.
type PluginOptions struct {
	// Sparse leaves everything but numbers and statuses out.
	Sparse bool
	// Live is the address of the live card; empty: none.
	Live string
	Zone *time.Location
	// Says is a line about the customer.
	Says string
	// StatusText is what a customer is told of an order; nil: nothing can be put into a reply.
	StatusText func(Order) string
}

// The most that a card for the plugin holds.
const (
	pluginOrders = 5
	pluginItems  = 3
	pluginLines  = 6
	pluginText   = 200 // characters
)

// ForPlugin makes a plugin's card out of a card.
func ForPlugin(k Card, o PluginOptions) PluginCard {
	zone := o.Zone
	if zone == nil {
		zone = time.UTC
	}
	p := PluginCard{V: 1, Status: FoundOne, Live: o.Live, AsOf: k.AsOf.In(zone).Format(time.RFC3339)}
	for i, order := range k.Orders {
		if i == pluginOrders {
			break
		}
		row := PluginOrder{Number: order.Number, Status: order.StatusName, Alert: order.Problem || order.Late > 0}
		if row.Status == "" {
			row.Status = order.Status
		}
		if o.StatusText != nil && !o.Sparse {
			row.Say = o.StatusText(order)
		}
		if !o.Sparse {
			row.Track, row.On = order.Track, order.DeliverOn
			if order.Total != "" {
				row.Sum = order.Total + " " + order.Currency
			}
			for j, item := range order.Items {
				if j == pluginItems {
					break
				}
				row.Items = append(row.Items, cut(item.Name))
			}
		}
		p.Orders = append(p.Orders, row)
	}
	if o.Sparse {
		return p
	}
	p.Name, p.VIP, p.Bad, p.Says = k.Profile.Name, k.Profile.VIP, k.Profile.Bad, o.Says
	for i, l := range k.Lines {
		if i == pluginLines {
			break
		}
		p.Lines = append(p.Lines, PluginLine{At: l.At.In(zone).Format(time.RFC3339), Kind: l.Kind, Text: cut(l.Text)})
	}
	return p
}

// UnfoundForPlugin is what the plugin shows while it is not known who asks.
func UnfoundForPlugin(status FoundStatus, candidates int, live string) PluginCard {
	return PluginCard{V: 1, Status: status, Many: candidates, Live: live}
}

// ClosedForPlugin takes the place of a card when its ticket is closed: nobody has seen that the
// mailbox can forget.
func ClosedForPlugin() PluginCard { return PluginCard{V: 1} }

func cut(text string) string {
	if r := []rune(text); len(r) > pluginText {
		return string(r[:pluginText]) + "…"
	}
	return text
}

// PluginMail is what is posted to the mailbox. The plugin finds it by the ticket's id.
type PluginMail struct {
	Ticket  gateway.TicketID `json:"ticketId"`
	Card    string           `json:"card"`      // a PluginCard as JSON, as it was signed
	At      string           `json:"updatedAt"` // RFC 3339, UTC
	Counter int64            `json:"counter"`   // rises with every card of a ticket
	Sig     string           `json:"sig"`       // "p256:" and r and s, 32 bytes each, in base64
}

// PluginKey signs cards.
type PluginKey struct{ key *ecdsa.PrivateKey }

// NewPluginKey makes a key.
func NewPluginKey() (PluginKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return PluginKey{}, fmt.Errorf("card: plugin key: %w", err)
	}
	return PluginKey{key}, nil
}

const privateBlock, publicBlock = "PRIVATE KEY", "PUBLIC KEY"

// ParsePluginKey reads what Private wrote.
func ParsePluginKey(text string) (PluginKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != privateBlock {
		return PluginKey{}, errors.New("card: plugin key: not a private key")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return PluginKey{}, fmt.Errorf("card: plugin key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return PluginKey{}, errors.New("card: plugin key: not of P-256")
	}
	return PluginKey{key}, nil
}

// Private is the key as PEM (PKCS #8). It is a secret.
func (k PluginKey) Private() (string, error) {
	raw, err := x509.MarshalPKCS8PrivateKey(k.key)
	if err != nil {
		return "", fmt.Errorf("card: plugin key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: raw})), nil
}

// Public is the half that the plugin checks with, as PEM (SPKI).
func (k PluginKey) Public() (string, error) {
	raw, err := x509.MarshalPKIXPublicKey(&k.key.PublicKey)
	if err != nil {
		return "", fmt.Errorf("card: plugin key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: raw})), nil
}

// String keeps the key out of logs.
func (PluginKey) String() string { return "(plugin key)" }

// Sign makes the mail for a ticket's mailbox. The counter must be greater than that of every mail for
// the ticket before.
func (k PluginKey) Sign(ticket gateway.TicketID, c PluginCard, at time.Time, counter int64) (PluginMail, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return PluginMail{}, fmt.Errorf("card: plugin card: %w", err)
	}
	m := PluginMail{Ticket: ticket, Card: string(raw), At: at.UTC().Format(time.RFC3339), Counter: counter}
	sum := sha256.Sum256([]byte(m.signed()))
	r, s, err := ecdsa.Sign(rand.Reader, k.key, sum[:])
	if err != nil {
		return PluginMail{}, fmt.Errorf("card: plugin card: %w", err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	m.Sig = pluginSigMark + base64.StdEncoding.EncodeToString(sig)
	return m, nil
}

const pluginSigMark = "p256:"

// signed is the text under the signature. Its parts cannot run into each other: none but the last
// has a line break.
func (m PluginMail) signed() string {
	return "vestnik-card-v1\n" + strconv.FormatInt(int64(m.Ticket), 10) + "\n" + m.At + "\n" + strconv.FormatInt(m.Counter, 10) + "\n" + m.Card
}
