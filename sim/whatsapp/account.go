package whatsapp

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/whatsmeow/types"
)

// account is one WhatsApp user: the shop or a customer. All fields are guarded by Server.mu.
type account struct {
	srv        *Server
	number     string // digits without '+'
	lid        string // user part of the LID
	name       string
	registered bool
	devices    []*device             // simulated phones and other own devices; devices[0] has number 0
	companions map[uint16]*companion // real clients linked to this account
	lastDevice uint16                // the highest device number given so far; numbers are never reused

	online      bool // the phone is switched on
	readsAtOnce bool
	waiting     []pendingStanza // what arrived while it was off
	inbox       []Received
	byID        map[string]int // message id -> index in inbox
	revoked     map[string]bool
	answers     func(Received) string  // what he says to each message; see Answers
	deaf        bool                   // nothing that is sent to him arrives; see NeverGets
	blocksAfter int                    // how many messages of one sender he reads before he blocks him; 0: any number
	blocked     map[string]bool        // numbers that he blocked
	chats       map[string]bool        // numbers with which words were exchanged
	sent        map[string]*sentByUser // for retry receipts
	senderOf    map[string]*companion  // the client that a message came from, for read receipts
}

// pendingStanza is a message which the server keeps for a device that is off.
type pendingStanza struct {
	device *device
	msg    encrypted
}

// encrypted is one device's copy of a message on its way.
type encrypted struct {
	id     string
	from   types.JID // the sending device
	sender *account
	to     *account // the chat partner; differs from the device's owner in copies for the own phone
	kind   string   // pkmsg, msg or plainKind
	body   []byte
	at     time.Time
}

// digits is a number as WhatsApp writes it: no '+', no spaces.
func digits(number string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
}

// addAccount registers a number with n simulated devices. Called with mu held.
func (s *Server) addAccount(number, name string, n int) *account {
	defer s.touch()
	return s.newAccount(number, name, n)
}

func (s *Server) newAccount(number, name string, n int) *account {
	number = digits(number)
	if a := s.accounts[number]; a != nil {
		a.registered = true
		return a
	}
	s.ids++
	a := &account{
		srv: s, number: number, lid: strconv.FormatInt(100_000_000_000_000+int64(s.ids)*7919, 10), name: name, registered: true,
		online: true,
	}
	for range n {
		a.addDevice()
	}
	s.accounts[number], s.lids[a.lid] = a, a
	return a
}

func (a *account) addDevice() *device {
	if len(a.devices) > 0 {
		a.lastDevice++
	}
	d := newDevice(a, a.lastDevice)
	a.devices = append(a.devices, d)
	return d
}

func (a *account) pnJID() types.JID  { return types.NewJID(a.number, types.DefaultUserServer) }
func (a *account) lidJID() types.JID { return types.NewJID(a.lid, types.HiddenUserServer) }

func (a *account) device(number uint16) *device {
	for _, d := range a.devices {
		if d.number == number {
			return d
		}
	}
	return nil
}

// deviceNumbers are the simulated devices and the linked clients, ascending.
func (a *account) deviceNumbers() []uint16 {
	var numbers []uint16
	for _, d := range a.devices {
		numbers = append(numbers, d.number)
	}
	for n := range a.companions {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers
}

// sortedCompanions are the linked clients by device number.
func (a *account) sortedCompanions() []*companion {
	var all []*companion
	for _, comp := range a.companions {
		all = append(all, comp)
	}
	slices.SortFunc(all, func(x, y *companion) int { return int(x.number) - int(y.number) })
	return all
}

// find looks a user up by number, alias or LID, registered or not. Called with mu held.
func (s *Server) find(jid types.JID) *account {
	switch jid.Server {
	case types.HiddenUserServer:
		return s.lids[jid.User]
	case types.DefaultUserServer, types.LegacyUserServer:
		return s.findNumber(jid.User)
	}
	return nil
}

func (s *Server) findNumber(number string) *account {
	number = digits(number)
	if canonical, ok := s.aliases[number]; ok {
		number = canonical
	}
	return s.accounts[number]
}
