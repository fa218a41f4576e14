package app_test

import (
	"encoding/json"
	"strings"
	"testing"

	"vestnik/gateway/card"
	"vestnik/sim/helpdeskeddy"
	"vestnik/sim/retailcrm"
	"vestnik/sim/world"
)

func TestATicketShowsWhoWrites(t *testing.T) {
	t.Parallel()
	b := helpdeskBox(t, world.Options{})
	b.watches()
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

// The plugin inside the helpdesk finds the card in its mailbox, and an empty one when the ticket
// is closed.
func TestThePluginsMailboxIsFilled(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.connectHelpdesk()
	mailbox := b.world.HelpdeskURL + b.world.Helpdesk.MailboxPath()
	b.apply("helpdesk: {embed: {mailbox: \"" + mailbox + "\"}}")
	vip := b.customer(0, func(c retailcrm.Customer) bool { return c.VIP && c.Email != "" })
	ticket := b.world.Asks(vip, "Где мой заказ?", "Здравствуйте!")
	holds := func(what string, ok func(shown string) bool) {
		b.until("the mailbox holds "+what, func() bool {
			text, there := b.world.Helpdesk.Mailbox(ticket.ID)
			var mail card.PluginMail
			return there && json.Unmarshal([]byte(text), &mail) == nil && strings.HasPrefix(mail.Sig, "p256:") && ok(mail.Card)
		})
	}
	holds("the card", func(shown string) bool { return strings.Contains(shown, vip.LastName) })
	if err := b.world.Helpdesk.Close(ticket.ID, helpdeskeddy.OlgaID); err != nil {
		t.Fatal(err)
	}
	holds("nothing of the customer", func(shown string) bool { return !strings.Contains(shown, vip.LastName) })
}
