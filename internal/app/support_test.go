package app_test

import (
	"strings"
	"testing"

	"vestnik/sim/retailcrm"
	"vestnik/sim/world"
)

func TestATicketShowsWhoWrites(t *testing.T) {
	t.Parallel()
	b := helpdeskBox(t, world.Options{})
	vip := b.customer(0, func(c retailcrm.Customer) bool { return c.VIP && c.Email != "" })
	ticket := b.world.Asks(vip, "Где мой заказ?", "Здравствуйте! Когда привезут?")
	text := b.comment(ticket.ID, vip.LastName, "VIP", "http://vestnik.local:8480/card/t/")
	if strings.Contains(text, "<script") {
		t.Errorf("the comment is %q", text)
	}
	b.until("the ticket was raised and its fields are filled", func() bool {
		now, _ := b.world.Helpdesk.Ticket(ticket.ID)
		return now.Priority == 1
	})
	b.until("the card in the CRM has the note", func() bool {
		for _, n := range b.world.CRM.Notes() {
			if n.CustomerID == vip.ID && strings.Contains(n.Text, ticket.Number) {
				return true
			}
		}
		return false
	})
}
