package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vestnik/sim/modem"
)

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

func (c *control) plug(r *http.Request) error {
	if on(r) {
		return c.stage.Modem.Plug()
	}
	c.stage.Modem.Unplug()
	return nil
}

func (c *control) signal(r *http.Request) error {
	if on(r) {
		c.stage.Modem.SetSignal(20)
	} else {
		c.stage.Modem.SetSignal(99)
	}
	c.stage.Modem.SetRegistered(on(r))
	return nil
}

func (c *control) cutWhatsApp(r *http.Request) error {
	c.stage.WhatsApp.Faults().Down(on(r))
	return nil
}

// pullInSMS pulls the modem out in the middle of the next SMS: its text is in the
// modem, the network has not taken it. It is back two seconds later.
func (c *control) pullInSMS(*http.Request) error {
	c.stage.Modem.Faults().UnplugAt(1, modem.AfterPDU, 2*time.Second)
	return nil
}

func (c *control) crmDown(r *http.Request) error {
	c.stage.CRM.Faults().Down(on(r))
	return nil
}

func (c *control) cutChats(r *http.Request) error {
	c.stage.MG.Faults().Down(on(r))
	return nil
}

// switchChannel switches one of the shop's messenger accounts on or off, as its owner
// does in RetailCRM.
func (c *control) switchChannel(r *http.Request) error {
	for _, ch := range c.stage.MG.Channels() {
		if strconv.Itoa(ch.ID()) == r.FormValue("channel") {
			ch.Switch(on(r))
			return nil
		}
	}
	return fmt.Errorf("there is no such channel")
}

// on is what a switch was set to.
func on(r *http.Request) bool { return r.FormValue("on") == "yes" }
