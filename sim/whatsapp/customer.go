package whatsapp

import (
	"context"
	"slices"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
)

// Customer is somebody the shop writes to, with one or more devices that decrypt what arrives.
type Customer struct {
	srv *Server
	acc *account
}

// CustomerOption says more about a new customer.
type CustomerOption func(*Server, *account)

// Devices gives the customer n devices: the phone and n-1 linked ones. Default: 1.
func Devices(n int) CustomerOption {
	return func(_ *Server, a *account) {
		for len(a.devices) < n {
			a.addDevice()
		}
	}
}

// Alias is another spelling of the number that the directory knows, for instance a Brazilian mobile number with the ninth digit when
// the account has it without. The directory's answer names the account's own number.
func Alias(number string) CustomerOption {
	return func(s *Server, a *account) { s.aliases[digits(number)] = a.number }
}

// ReadsAtOnce makes the customer open every message the moment it arrives.
func ReadsAtOnce() CustomerOption { return func(_ *Server, a *account) { a.readsAtOnce = true } }

// Offline switches the customer's phone off from the start.
func Offline() CustomerOption { return func(_ *Server, a *account) { a.online = false } }

// Answers makes the customer answer each message of a shop, after it was delivered, with what fn says; with "" he says nothing. fn must be
// quick and must not call the server's methods.
func Answers(fn func(Received) string) CustomerOption {
	return func(_ *Server, a *account) { a.answers = fn }
}

// NeverGets makes what is sent to the customer vanish: the server takes it, as it does for a phone that was thrown away, and nothing
// comes back.
func NeverGets() CustomerOption { return func(_ *Server, a *account) { a.deaf = true } }

// BlocksAfter makes the customer block a sender after n messages: what comes later vanishes, and nothing tells the sender.
func BlocksAfter(n int) CustomerOption { return func(_ *Server, a *account) { a.blocksAfter = n } }

// refuses tells whether what this sender writes vanishes.
func (a *account) refuses(sender *account) bool { return a.deaf || a.blocked[sender.number] }

// react is what the person does about a message that has just been delivered. Called with mu held.
func (a *account) react(in encrypted) {
	i, shown := a.byID[in.id]
	if !shown || len(a.inbox[i].Devices) > 1 || a.inbox[i].Revoked {
		return // not words, or another of his devices had it before
	}
	if a.blocksAfter > 0 {
		n := 0
		for _, r := range a.inbox {
			if r.From == "+"+in.sender.number {
				n++
			}
		}
		if n >= a.blocksAfter {
			put(&a.blocked, in.sender.number, true)
		}
	}
	if a.answers == nil {
		return
	}
	if text := a.answers(a.inbox[i].clone()); text != "" {
		c := Customer{srv: a.srv, acc: a}
		if _, err := c.sendLocked(in.sender, &waE2E.Message{Conversation: proto.String(text)}, ByLID, "text", ""); err != nil {
			a.srv.puzzled("the answer of %s: %v", a.number, err)
		}
	}
}

// AddCustomers registers many numbers at once, with the number as name. Their keys are made when somebody first writes to them.
func (s *Server) AddCustomers(numbers []string, opts ...CustomerOption) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, number := range numbers {
		a := s.newAccount(number, number, 1)
		for _, opt := range opts {
			opt(s, a)
		}
	}
	s.touch()
}

// AddCustomer registers a number (any spelling) with WhatsApp; with the number of somebody who left he is back again.
func (s *Server) AddCustomer(number, name string, opts ...CustomerOption) *Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &Customer{srv: s, acc: s.addAccount(number, name, 1)}
	for _, opt := range opts {
		opt(s, c.acc)
	}
	return c
}

// Customer finds a person by number or alias; nil if nobody has it.
func (s *Server) Customer(number string) *Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.findNumber(number); a != nil {
		return &Customer{srv: s, acc: a}
	}
	return nil
}

// Number is the customer's number with '+'.
func (c *Customer) Number() string { return "+" + c.acc.number }

// LID is the user part of the customer's hidden id (…@lid).
func (c *Customer) LID() string { return c.acc.lid }

// Name is the push name that the shop sees.
func (c *Customer) Name() string { return c.acc.name }

// Inbox is what the customer was sent, as his phone shows it, in order of arrival, each message id once.
func (c *Customer) Inbox() []Received { return c.srv.chatOf(c.acc, false) }

// Chat is Inbox with the customer's own messages between.
func (c *Customer) Chat() []Received { return c.srv.chatOf(c.acc, true) }

// Await returns the inbox as soon as it has n messages, or what is there with the context's error.
func (c *Customer) Await(ctx context.Context, n int) ([]Received, error) {
	err := c.srv.Await(ctx, func() bool { return len(c.Inbox()) >= n })
	return c.Inbox(), err
}

// OnReceive calls fn with every message that this customer's phone shows, new or changed, until stop or Server.Close.
func (c *Customer) OnReceive(fn func(Received)) (stop func()) {
	return c.srv.subscribe(c.acc, func(_ string, r Received) { fn(r) })
}

// SetOnline switches the customer's phone on or off. While it is off nothing is delivered and no receipt is sent; the server keeps
// the messages.
func (c *Customer) SetOnline(on bool) {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	c.acc.online = on
	if on {
		c.acc.takeWaiting()
	}
	c.srv.touch()
}

// Online tells whether the phone is on.
func (c *Customer) Online() bool {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	return c.acc.online
}

// SetReadsAtOnce makes the customer open every message the moment it arrives, or not.
func (c *Customer) SetReadsAtOnce(on bool) {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	c.acc.readsAtOnce = on
}

// Read opens messages: one read receipt names all of them. Without ids it opens everything that is not read yet.
func (c *Customer) Read(ids ...string) {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	if len(ids) == 0 {
		for _, r := range c.acc.inbox {
			if !r.Read && !r.FromMe {
				ids = append(ids, r.MessageID)
			}
		}
	}
	c.acc.read(ids)
	c.srv.touch()
}

// LeaveWhatsApp deletes the account: the directory says "out", devices and keys are gone, messages to it are taken and lost.
func (c *Customer) LeaveWhatsApp() {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	c.acc.registered = false
	c.acc.waiting = nil
	c.srv.touch()
}

// LoseSessions makes all devices forget their Signal sessions, as a reinstalled app does without telling: the next message that is no pkmsg
// cannot be read and is asked for again.
func (c *Customer) LoseSessions() {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	for _, d := range c.acc.devices {
		clear(d.sessions)
	}
}

// SentState is how far a message of the customer got at the shop.
type SentState struct {
	Acknowledged bool // a linked client took it
	Read         bool // a linked client marked it read
	Retries      int  // how often a client asked for it again
}

// Sent tells how far a message of this customer got.
func (c *Customer) Sent(id string) SentState {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	if sent := c.acc.sent[id]; sent != nil {
		return sent.state
	}
	return SentState{}
}

// SentIDs are the ids of the customer's own messages, oldest first.
func (c *Customer) SentIDs() []string {
	c.srv.mu.Lock()
	defer c.srv.mu.Unlock()
	var ids []string
	for id := range c.acc.sent {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return c.acc.sent[a].order - c.acc.sent[b].order })
	return ids
}
