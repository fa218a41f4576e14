// Package world puts the simulators together into one outside world: WhatsApp's
// server with the shop's phone and the customers', a modem on its network, and a
// RetailCRM account whose customers those people are, with its chats. The demo, the scenario tests
// and the benchmark all stand in it.
//
// It knows nothing of the product. Imported by cmd/vestnik-demo, cmd/vestnik-bench and
// tests only.
package world

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vestnik/sim/helpdeskeddy"
	"vestnik/sim/messagegateway"
	"vestnik/sim/modem"
	"vestnik/sim/retailcrm"
	"vestnik/sim/whatsapp"
)

// CRMKey is the key of the account.
const CRMKey = "demo-key"

// HelpdeskEmail is the service employee of the helpdesk's account; his key is that of its
// User.
const HelpdeskEmail = "vestnik@lavka.example"

// ShopPhone is the number of the shop's own phone, E.164.
const ShopPhone = "+79031112233"

// Options of a world. The zero value answers at once.
type Options struct {
	// Dir is where the modem's port appears; it must exist.
	Dir string
	// NetworkDelay is how long the mobile network takes for one SMS.
	NetworkDelay time.Duration
	// ReportDelay is how long a delivery report takes after that.
	ReportDelay time.Duration
	Profile     modem.Profile
	// CRMRate is RetailCRM's limit in requests a second; 0 is the documented one, negative is none.
	CRMRate int
	// Helpdesk is how the helpdesk's account behaves where nobody knows how a real one does. It
	// is seeded whatever this says.
	Helpdesk helpdeskeddy.Options
}

// World is everything outside the box.
type World struct {
	WhatsApp *whatsapp.Server
	Phone    *whatsapp.Phone // the shop's own
	Modem    *modem.Modem
	CRM      *retailcrm.Account
	CRMURL   string
	MG       *messagegateway.Gateway // the account's chats
	MGURL    string
	People   []*Person
	// Helpdesk is the shop's account there; Asks lets customers of the CRM turn to it.
	Helpdesk    *helpdeskeddy.Account
	HelpdeskURL string
	HelpdeskKey string

	// People who write in chats. The first two have cards in the CRM, with orders,
	// and have written before; the one on Instagram longer ago than may be answered.
	OnTelegram, OnInstagram *messagegateway.Customer
	// Stranger writes on Instagram, has no card and no phone, and has not written
	// yet.
	Stranger *messagegateway.Customer

	ports    string
	teardown []func()
}

// Person is a customer with his phones.
type Person struct {
	Name, Phone string // E.164
	// Messenger is nil for a person without WhatsApp.
	Messenger *whatsapp.Customer
}

// New starts a world. Close ends it.
func New(o Options) (_ *World, err error) {
	w := &World{ports: filepath.Join(o.Dir, "ports")}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	whatsapp.TrustRoot()
	if w.WhatsApp, err = whatsapp.New(whatsapp.Options{}); err != nil {
		return nil, err
	}
	if err := w.WhatsApp.Start(); err != nil {
		return nil, err
	}
	w.onClose(func() { w.WhatsApp.Close() })
	w.Phone = w.WhatsApp.AddPhone(ShopPhone, "Лавка на Лесной")
	if err := os.MkdirAll(w.ports, 0o700); err != nil {
		return nil, err
	}
	if o.Profile == "" {
		o.Profile = modem.Generic
	}
	w.Modem, err = modem.New(modem.Options{Dir: w.ports, Profile: o.Profile, NetworkDelay: o.NetworkDelay, ReportDelay: o.ReportDelay})
	if err != nil {
		return nil, err
	}
	w.onClose(func() { w.Modem.Close() })
	if err := w.startCRM(o.CRMRate); err != nil {
		return nil, err
	}
	w.addPeople()
	return w, w.startHelpdesk(o)
}

func (w *World) onClose(do func()) { w.teardown = append(w.teardown, do) }

// Close ends every simulator.
func (w *World) Close() {
	for _, do := range slices.Backward(w.teardown) {
		do()
	}
	w.teardown = nil
}

func (w *World) startCRM(rate int) error {
	w.CRM = retailcrm.New(retailcrm.Options{Key: CRMKey, Seed: true, Rate: rate})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.CRMURL = w.serve(l, w.CRM)
	if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	w.MG = messagegateway.New(w.CRM, messagegateway.Options{})
	w.MGURL = w.serve(l, w.MG)
	w.onClose(w.MG.Faults().DropSockets) // a server does not close what it has upgraded
	w.MG.SetURL(w.MGURL)
	w.addChats()
	return nil
}

func (w *World) serve(l net.Listener, h http.Handler) (url string) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(l) //nolint:errcheck // it ends with Close
	w.onClose(func() { server.Close() })
	return "http://" + l.Addr().String()
}

// addChats connects two messengers and puts people into them. The demo's orders
// belong to customers in turn, so that the first customers have some.
func (w *World) addChats() {
	telegram := w.MG.AddChannel("telegram", "Лавка на Лесной")
	instagram := w.MG.AddChannel("instagram", "lavka.lesnaya")
	cards, now := w.CRM.Customers(), w.CRM.Now()
	name := func(c retailcrm.Customer) string { return c.FirstName + " " + c.LastName }
	w.OnTelegram = w.MG.AddCustomer(telegram, "333296016", name(cards[0]))
	w.OnTelegram.WroteEarlier(now.AddDate(0, 0, -9), "Здравствуйте! Плед ещё есть?")
	w.OnTelegram.LinkTo(cards[0].ID)
	w.OnInstagram = w.MG.AddCustomer(instagram, "17841400000000002", name(cards[2]))
	w.OnInstagram.WroteEarlier(now.AddDate(0, 0, -2), "Какая красивая кружка")
	w.OnInstagram.LinkTo(cards[2].ID)
	w.Stranger = w.MG.AddCustomer(instagram, "17841400000000777", "leto.v.gorode")
}

// ModemPorts are the ports at which a modem may be found now.
func (w *World) ModemPorts() []string {
	found, _ := filepath.Glob(filepath.Join(w.ports, "tty*")) // the pattern is well formed
	return found
}

// addPeople gives every customer of the CRM with a Russian mobile number a phone;
// two of three have WhatsApp.
func (w *World) addPeople() {
	for i, c := range w.CRM.Customers() {
		phone := mobile(c.Phones)
		if phone == "" || w.Person(phone) != nil {
			continue
		}
		p := &Person{Name: strings.TrimSpace(c.FirstName + " " + c.LastName), Phone: phone}
		if i%3 != 2 {
			p.Messenger = w.WhatsApp.AddCustomer(phone, p.Name)
		}
		w.People = append(w.People, p)
	}
}

// mobile is the first Russian mobile number among what operators typed.
func mobile(fields []string) string {
	for _, field := range fields {
		field, _, _ = strings.Cut(field, ",")
		digits := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, field)
		if len(digits) == 11 && (digits[0] == '8' || digits[0] == '7') {
			digits = digits[1:]
		}
		if len(digits) == 10 && digits[0] == '9' {
			return "+7" + digits
		}
	}
	return ""
}

// Person finds a customer by number; nil when there is none.
func (w *World) Person(phone string) *Person {
	for _, p := range w.People {
		if p.Phone == phone {
			return p
		}
	}
	return nil
}

// Somebody is the n-th customer with WhatsApp, or without.
func (w *World) Somebody(withWhatsApp bool, n int) *Person {
	for _, p := range w.People {
		if (p.Messenger != nil) == withWhatsApp {
			if n == 0 {
				return p
			}
			n--
		}
	}
	panic(fmt.Sprintf("sim/world: too few customers with WhatsApp=%v", withWhatsApp))
}

// NewOrder makes an order of a person in the CRM and answers its id and number.
func (w *World) NewOrder(p *Person) (id int, number string) {
	first, last, _ := strings.Cut(p.Name, " ")
	o := w.CRM.AddOrder(retailcrm.Order{
		FirstName: first, LastName: last, Phone: p.Phone, Status: "new",
		Items: []retailcrm.Item{{Name: "Чай «Лесной»", Price: 450, Quantity: 2}},
	})
	return o.ID, o.Number
}

// Texts is what a person's phones show: WhatsApp first, then SMS. Revoked messages are
// gone.
func (w *World) Texts(p *Person) (messenger, sms []string) {
	if p.Messenger != nil {
		for _, m := range p.Messenger.Inbox() {
			if !m.Revoked {
				messenger = append(messenger, m.Text)
			}
		}
	}
	for _, m := range w.Modem.Phone(p.Phone) {
		sms = append(sms, m.Text)
	}
	return messenger, sms
}

// NotUnderstood is everything that a simulator could not answer, which a test wants
// empty.
func (w *World) NotUnderstood() []string {
	var all []string
	for name, list := range map[string][]string{
		"whatsapp": w.WhatsApp.NotUnderstood(), "modem": w.Modem.NotUnderstood(), "modem refused": w.Modem.Refused(), "retailcrm": w.CRM.NotUnderstood(),
		"chats": w.MG.NotUnderstood(), "helpdesk": w.Helpdesk.NotUnderstood(),
	} {
		for _, s := range list {
			all = append(all, name+": "+s)
		}
	}
	slices.Sort(all)
	return all
}
