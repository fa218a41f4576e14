package world

import (
	"net"

	"vestnik/sim/helpdeskeddy"
	"vestnik/sim/retailcrm"
)

// startHelpdesk opens the shop's account. Its service employee may besides open tickets, for
// alarms.
func (w *World) startHelpdesk(o Options) error {
	o.Helpdesk.Seed = true
	w.Helpdesk = helpdeskeddy.New(o.Helpdesk)
	rights := helpdeskeddy.IntegrationRights()
	rights.CreateTickets = true
	if err := w.Helpdesk.SetRights(helpdeskeddy.VestnikID, rights); err != nil {
		return err
	}
	who, _ := w.Helpdesk.User(helpdeskeddy.VestnikID)
	w.HelpdeskKey = who.Key
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.HelpdeskURL = w.serve(l, w.Helpdesk)
	return nil
}

// Requester is a customer of the CRM as a user of the helpdesk, made when he has not turned to
// it yet.
func (w *World) Requester(c retailcrm.Customer) helpdeskeddy.User {
	phone := ""
	if len(c.Phones) > 0 {
		phone = c.Phones[0]
	}
	for _, u := range w.Helpdesk.Users() {
		if !u.Staff && (c.Email != "" && u.Email == c.Email || c.Email == "" && phone != "" && u.Phone == phone) {
			return u
		}
	}
	return w.Helpdesk.AddUser(helpdeskeddy.User{Name: c.FirstName, Lastname: c.LastName, Email: c.Email, Phone: phone})
}

// Asks: a customer of the CRM turns to the helpdesk by mail.
func (w *World) Asks(c retailcrm.Customer, title, text string) helpdeskeddy.Ticket {
	return w.Helpdesk.AddTicket(w.Requester(c).ID, title, "<p>"+text+"</p>", "email")
}
