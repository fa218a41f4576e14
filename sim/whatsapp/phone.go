package whatsapp

import (
	"errors"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
)

// Phone is the shop's own phone: the account's main device, with the camera that scans linking codes.
type Phone struct {
	srv *Server
	acc *account
}

// AddPhone gives the shop a phone with a number ("+7 999 …", any spelling) and the name that customers see.
func (s *Server) AddPhone(number, name string) *Phone {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &Phone{srv: s, acc: s.addAccount(number, name, 1)}
}

// Companion is a linked device as the phone's list shows it.
type Companion struct {
	Device   uint16
	Name     string
	LinkedAt time.Time
	Online   bool
	PreKeys  int // one-time keys that the server still has
	Unacked  int // stanzas that the client has not acknowledged
}

var (
	// ErrCodeExpired is what the phone shows for a QR code that is out of date, or unknown.
	ErrCodeExpired = errors.New("whatsapp simulator: the QR code is no longer valid")
	// ErrTooManyDevices is what the phone shows when four devices are linked already.
	ErrTooManyDevices = errors.New("whatsapp simulator: four devices are linked already")
	// ErrPasskeyAsked means that the server asked the new device for a passkey instead of linking it (Faults.PasskeyNext).
	ErrPasskeyAsked = errors.New("whatsapp simulator: the server asks the device for a passkey")
)

// maxCompanions is how many devices WhatsApp links to one phone.
const maxCompanions = 4

// ScanQR is the camera: text is what the QR code on the device's screen says. It returns when the device is linked or it is clear why
// not: ErrCodeExpired, ErrTooManyDevices, ErrPasskeyAsked, or the device's refusal.
func (p *Phone) ScanQR(text string) error {
	code, err := parseQR(text)
	if err != nil {
		return err
	}
	s := p.srv
	s.mu.Lock()
	ref := s.refs[code.ref]
	if ref == nil || s.now().After(ref.expires) {
		s.mu.Unlock()
		return ErrCodeExpired
	}
	if string(code.noise) != string(ref.conn.noise[:]) || string(code.identity) != string(ref.conn.payload.GetDevicePairingData().GetEIdent()) {
		s.mu.Unlock()
		return errors.New("whatsapp simulator: the QR code's keys are not those of the device that shows it")
	}
	if err = p.mayLink(ref.conn); err != nil {
		s.mu.Unlock()
		return err
	}
	pr, err := s.startPairing(ref.conn, p.acc, code.identity, code.advSecret)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return waitPairing(pr)
}

// mayLink tells whether another device may be linked over this connection now. Called with mu held.
func (p *Phone) mayLink(c *conn) error {
	if c.pairing != nil {
		return errors.New("whatsapp simulator: this device is being linked already")
	}
	if len(p.acc.companions) >= maxCompanions {
		return ErrTooManyDevices
	}
	if p.srv.faults.takePasskey() {
		c.send(waBinary.Node{
			Tag: "notification", Attrs: fromServer(waBinary.Attrs{"type": "passkey_prologue_request", "id": p.srv.nextID(), "t": p.srv.unix()}),
			Content: []waBinary.Node{leaf("passkey_request_options",
				[]byte(`{"challenge":"c2ltdWxhdG9y","timeout":60000,"rpId":"whatsapp.com","allowCredentials":[],"userVerification":"required"}`))},
		})
		return ErrPasskeyAsked
	}
	return nil
}

func waitPairing(pr *pairing) error {
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	select {
	case err := <-pr.done:
		return err
	case <-timer.C:
		return errors.New("whatsapp simulator: the device does not answer the linking")
	}
}

// Number is the phone's number with '+'.
func (p *Phone) Number() string { return "+" + p.acc.number }

// Companions is the phone's list of linked devices.
func (p *Phone) Companions() []Companion {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	var list []Companion
	for _, comp := range p.acc.sortedCompanions() {
		list = append(list, Companion{
			Device: comp.number, Name: comp.name, LinkedAt: comp.linkedAt, Online: comp.conn != nil,
			PreKeys: len(comp.oneTime), Unacked: len(comp.queue),
		})
	}
	return list
}

// Unlink logs all linked devices out, as the person can on the phone. A client which is not connected learns it at its next login.
func (p *Phone) Unlink() {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	for _, comp := range p.acc.sortedCompanions() {
		p.srv.unlink(comp)
	}
	p.srv.touch()
}

// UnlinkDevice logs one linked device out.
func (p *Phone) UnlinkDevice(device uint16) {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	if comp := p.acc.companions[device]; comp != nil {
		p.srv.unlink(comp)
	}
	p.srv.touch()
}

// Inbox is what customers wrote, in order.
func (p *Phone) Inbox() []Received { return p.srv.chatOf(p.acc, false) }

// Chat is everything the phone shows: what customers wrote, and own messages (FromMe) from this phone and, as copies, from linked devices.
func (p *Phone) Chat() []Received { return p.srv.chatOf(p.acc, true) }

// SendText writes to a customer on the phone itself, not through a linked device; the linked devices get a copy. It returns the message id.
func (p *Phone) SendText(customer, text string) (string, error) {
	return p.srv.ownText(p.acc, customer, text)
}

// DrainPreKeys throws away one-time keys of all linked devices until keep are left, as many new chats do.
func (p *Phone) DrainPreKeys(keep int) {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	for _, comp := range p.acc.sortedCompanions() {
		if len(comp.oneTime) > keep {
			comp.oneTime = comp.oneTime[len(comp.oneTime)-keep:]
		}
		comp.warnLowPreKeys()
	}
	p.srv.touch()
}
