package main

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/sim/modem"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

//go:embed control
var controlFiles embed.FS

// control is the page on which one plays the outside world.
type control struct {
	stage *stage
	page  *template.Template
	mux   *http.ServeMux
}

func newControl(s *stage) http.Handler {
	c := &control{stage: s, mux: http.NewServeMux()}
	c.page = template.Must(template.New("").ParseFS(controlFiles, "control/*.html"))
	c.mux.Handle("GET /control/", http.FileServerFS(controlFiles))
	c.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { c.render(w, r, "page") })
	c.mux.HandleFunc("GET /world", func(w http.ResponseWriter, r *http.Request) { c.render(w, r, "world") })
	c.mux.HandleFunc("GET /events", c.events)
	for path, do := range map[string]func(*http.Request) error{
		"/order/status":    c.orderStatus,
		"/phone/scan":      c.scan,
		"/phone/code":      c.enterCode,
		"/phone/unlink":    func(*http.Request) error { c.stage.Phone.Unlink(); return nil },
		"/customer/write":  c.customerWrites,
		"/customer/online": c.customerOnline,
		"/modem/plug":      c.plug,
		"/modem/signal":    c.signal,
		"/luck/whatsapp":   c.cutWhatsApp,
		"/luck/crm":        c.crmDown,
		"/luck/sms":        c.pullInSMS,
	} {
		c.mux.HandleFunc("POST "+path, c.act(do))
	}
	return c
}

// ServeHTTP answers only for the names of this machine: the page has no login, and
// must not be reachable through a rebound name.
func (c *control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	if host != "localhost" && host != "127.0.0.1" {
		http.Error(w, "this page answers on 127.0.0.1 only", http.StatusMisdirectedRequest)
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	c.mux.ServeHTTP(w, r)
}

// act does what a button says and answers with the world after it, or a sentence.
func (c *control) act(do func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
			http.Error(w, "asked from another site", http.StatusForbidden)
			return
		}
		if err := do(r); err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		c.stage.changed.tell()
		c.render(w, r, "world")
	}
}

func (c *control) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	beat := time.NewTicker(2 * time.Second)
	defer beat.Stop()
	for {
		fmt.Fprint(w, "data: changed\n\n")
		if out.Flush() != nil {
			return
		}
		next := c.stage.changed.next()
		select {
		case <-next:
		case <-beat.C: // the simulators do not tell everything
		case <-r.Context().Done():
			return
		}
	}
}

func (c *control) orderStatus(r *http.Request) error {
	id, err := strconv.Atoi(r.FormValue("order"))
	if err != nil {
		return err
	}
	return c.stage.CRM.SetStatus(id, r.FormValue("status"))
}

// scan holds the shop's phone before the page: with a text, that is what the camera
// read; without one, it reads the code that the page shows now.
func (c *control) scan(r *http.Request) error {
	text := strings.TrimSpace(r.FormValue("qr"))
	if text == "" {
		text = c.stage.app.Pairing().QR
	}
	if text == "" {
		return fmt.Errorf("no code is shown: open the page Phone in the product and press Show the code")
	}
	return c.stage.Phone.ScanQR(text)
}

func (c *control) enterCode(r *http.Request) error {
	return c.stage.Phone.EnterCode(strings.TrimSpace(r.FormValue("code")))
}

func (c *control) customerWrites(r *http.Request) error {
	p := c.stage.Person(r.FormValue("phone"))
	text := strings.TrimSpace(r.FormValue("text"))
	if p == nil || text == "" {
		return fmt.Errorf("choose a customer and write something")
	}
	if p.Messenger == nil || r.FormValue("by") == "sms" {
		c.stage.Modem.Receive(p.Phone, text)
		return nil
	}
	_, err := p.Messenger.SendText(world.ShopPhone, text, whatsapp.ByLID)
	return err
}

func (c *control) customerOnline(r *http.Request) error {
	if p := c.stage.Person(r.FormValue("phone")); p != nil && p.Messenger != nil {
		p.Messenger.SetOnline(r.FormValue("on") == "yes")
	}
	return nil
}

func (c *control) plug(r *http.Request) error {
	if r.FormValue("on") == "yes" {
		return c.stage.Modem.Plug()
	}
	c.stage.Modem.Unplug()
	return nil
}

func (c *control) signal(r *http.Request) error {
	on := r.FormValue("on") == "yes"
	if on {
		c.stage.Modem.SetSignal(20)
	} else {
		c.stage.Modem.SetSignal(99)
	}
	c.stage.Modem.SetRegistered(on)
	return nil
}

func (c *control) cutWhatsApp(r *http.Request) error {
	c.stage.WhatsApp.Faults().Down(r.FormValue("on") == "yes")
	return nil
}

// pullInSMS pulls the modem out in the middle of the next SMS: its text is in the
// modem, the network has not taken it. It is back two seconds later.
func (c *control) pullInSMS(*http.Request) error {
	c.stage.Modem.Faults().UnplugAt(1, modem.AfterPDU, 2*time.Second)
	return nil
}

func (c *control) crmDown(r *http.Request) error {
	c.stage.CRM.Faults().Down(r.FormValue("on") == "yes")
	return nil
}

// view is what the page shows.
type view struct {
	Orders   []orderView
	Statuses []statusView
	People   []personView
	Phone    phoneView
	Modem    modemView
	CRMDown  bool
	WADown   bool
	Strange  []string // what the simulators did not understand
}

type orderView struct {
	ID                         int
	Number, Name, Status, Mark string
}

type statusView struct{ Code, Name string }

type personView struct {
	Name     string
	Phone    string
	WhatsApp bool
	Online   bool
	Texts    []textView
}

type textView struct {
	Text    string
	By      string // "WhatsApp" or "SMS"
	Revoked bool
	At      time.Time
}

type phoneView struct {
	Number string
	Linked int
	Shown  bool // a code is shown on the pairing page
}

type modemView struct {
	Plugged, Signal bool
	Sent            int
}

func (c *control) render(w http.ResponseWriter, _ *http.Request, name string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := c.page.ExecuteTemplate(w, name, c.stage.view()); err != nil {
		fmt.Fprintf(w, "<p>%s</p>", template.HTMLEscapeString(err.Error()))
	}
}

func (s *stage) view() view {
	v := view{
		Phone:   phoneView{Number: world.ShopPhone, Linked: len(s.Phone.Companions()), Shown: s.app.Pairing().QR != ""},
		Modem:   modemView{Plugged: s.Modem.Plugged(), Signal: s.Modem.Signal() != 99, Sent: len(s.Modem.Network())},
		CRMDown: s.CRM.Faults().IsDown(), WADown: s.WhatsApp.Faults().IsDown(),
		Strange: s.NotUnderstood(),
	}
	names := map[string]string{}
	for _, st := range s.CRM.Statuses() {
		names[st.Code] = st.Name
	}
	for _, code := range []string{"ready-for-pickup", "send-to-delivery", "complete", "cancel-other"} {
		v.Statuses = append(v.Statuses, statusView{code, names[code]})
	}
	orders := s.CRM.Orders()
	slices.Reverse(orders)
	for _, o := range orders[:min(len(orders), 14)] {
		mark := ""
		if on, ok := o.CustomFields["has_whatsapp"].(bool); ok {
			mark = map[bool]string{true: "✓", false: "—"}[on]
		}
		v.Orders = append(v.Orders, orderView{o.ID, o.Number, strings.TrimSpace(o.FirstName + " " + o.LastName), names[o.Status], mark})
	}
	for _, p := range s.People {
		v.People = append(v.People, s.personView(p))
	}
	slices.SortStableFunc(v.People, func(a, b personView) int { return b.latest().Compare(a.latest()) })
	return v
}

func (p personView) latest() time.Time {
	if len(p.Texts) == 0 {
		return time.Time{}
	}
	return p.Texts[len(p.Texts)-1].At
}

func (s *stage) personView(p *world.Person) personView {
	v := personView{Name: p.Name, Phone: p.Phone, WhatsApp: p.Messenger != nil}
	if p.Messenger != nil {
		v.Online = p.Messenger.Online()
		for _, m := range p.Messenger.Inbox() {
			v.Texts = append(v.Texts, textView{m.Text, "WhatsApp", m.Revoked, m.At})
		}
	}
	for _, m := range s.Modem.Phone(p.Phone) {
		v.Texts = append(v.Texts, textView{Text: m.Text, By: "SMS", At: m.At})
	}
	slices.SortStableFunc(v.Texts, func(a, b textView) int { return a.At.Compare(b.At) })
	return v
}
