package main

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"vestnik/sim/messagegateway"
)

//go:embed control
var controlFiles embed.FS

// control is the page on which one plays the outside world.
type control struct {
	stage *stage
	page  *template.Template
	mux   *http.ServeMux
	desk  desk
	// The helpdesk: which ticket lies open there, and its bad luck.
	tickets tickets
	luck    luckOfHelpdesk
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
		"/luck/chats":      c.cutChats,
		"/luck/socket":     func(*http.Request) error { c.stage.MG.Faults().DropSockets(); return nil },
		"/luck/key":        func(*http.Request) error { c.stage.MG.Faults().RevokeBotTokens(); return nil },
		"/luck/channel":    c.switchChannel,
		"/chat/write":      c.chatWrite,
		"/chat/tap":        c.chatTap,
		"/chat/block":      c.chatBlock,
		"/desk/as":         c.deskAs,
		"/desk/online":     c.deskOnline,
		"/desk/open":       c.deskOpen,
		"/desk/write":      c.deskWrite,
		"/desk/note":       c.deskNote,
		"/desk/take":       func(r *http.Request) error { return c.atDesk(r, (*messagegateway.Operator).Take) },
		"/desk/return":     c.deskReturn,
		"/helpdesk/down":   c.helpdeskDown,
		"/helpdesk/ban":    c.helpdeskBan,
		"/helpdesk/key":    c.helpdeskKey,
		"/ticket/ask":      c.ticketAsk,
		"/ticket/open":     c.ticketOpen,
		"/ticket/write":    c.atTicket(ticketAnswer),
		"/ticket/status":   c.atTicket(ticketStatus),
		"/ticket/priority": c.atTicket(ticketPriority),
		"/ticket/merge":    c.atTicket(ticketMerge),
		"/desk/close":      func(r *http.Request) error { return c.atDesk(r, (*messagegateway.Operator).Close) },
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
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src "+c.stage.pages+"; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
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
			http.Error(w, strings.TrimPrefix(strings.TrimPrefix(err.Error(), "sim/messagegateway: "), "sim/helpdeskeddy: "), http.StatusConflict)
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

func (c *control) render(w http.ResponseWriter, _ *http.Request, name string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := c.page.ExecuteTemplate(w, name, c.view()); err != nil {
		fmt.Fprintf(w, "<p>%s</p>", template.HTMLEscapeString(err.Error()))
	}
}
