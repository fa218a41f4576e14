package app_test

import (
	"fmt"
	"strings"
	"testing"

	"vestnik/sim/helpdeskeddy"
	"vestnik/sim/retailcrm"
	"vestnik/sim/world"
)

const helpdeskConfig = `
helpdesk:
  enabled: true
  url: "%s"
  email: %s
  key: "%s"
  poll: 10s
  per_minute: 240
  card_url: http://vestnik.local:8480
  fields: {customer: "%d", vip: "%d", order: "%d", status: "%d"}
  closed: [closed]
  delivery: [send-to-delivery, delivering]
  problem: [redirect]
  critical: [redirect]
  ranking: ["2", "3", "1"]
  rules_dry: false
  rules: [{name: VIP, when: vip, priority: "1"}]
  alarm: {priority: "1", requester: %d}
`

// helpdeskBox is a box with the shop's helpdesk connected.
func helpdeskBox(t *testing.T, o world.Options) *box {
	t.Helper()
	b := newBox(t, o)
	b.connectHelpdesk()
	t.Cleanup(b.nothingLeaks)
	return b
}

// connectHelpdesk sets the helpdesk up; more is of the section helpdesk, and comes after.
func (b *box) connectHelpdesk(more ...string) {
	b.t.Helper()
	b.apply(fmt.Sprintf(helpdeskConfig, b.world.HelpdeskURL, world.HelpdeskEmail, b.world.HelpdeskKey,
		helpdeskeddy.CustomerFieldID, helpdeskeddy.VIPFieldID, helpdeskeddy.OrderFieldID, helpdeskeddy.OrderStatusFieldID, helpdeskeddy.OlgaID))
	for _, m := range more {
		if m != "" {
			b.apply("helpdesk: " + m)
		}
	}
}

// nothingLeaks looks through all that somebody outside of the staff could read because of us, and for
// keys anywhere.
func (b *box) nothingLeaks() {
	b.t.Helper()
	for _, c := range b.world.CRM.Customers() {
		for _, text := range b.world.Helpdesk.Public() {
			for _, word := range append([]string{c.LastName, c.Email}, c.Phones...) {
				if word != "" && strings.Contains(text, word) {
					b.t.Errorf("requesters may read %q", text)
				}
			}
		}
	}
	if public := b.world.Helpdesk.Public(); len(public) > 0 {
		b.t.Logf("requesters may read %q", public)
	}
	if keys := b.world.Helpdesk.KeysSeen(); len(keys) > 0 {
		b.t.Errorf("keys travelled in %q", keys)
	}
	for _, l := range b.world.Helpdesk.Letters() {
		if l.ByAPI {
			b.t.Errorf("a customer got a letter because of us: %+v", l)
		}
	}
}

// watches waits until the box has looked at the helpdesk for the first time: what lies there
// before is told to nobody.
func (b *box) watches() {
	b.t.Helper()
	b.until("the box watches the helpdesk", func() bool {
		cursor, err := b.app.Store().TicketCursor(b.t.Context())
		return err == nil && cursor != ""
	})
}

// comment waits for the one comment that the box writes into a ticket.
func (b *box) comment(ticket int, words ...string) string {
	b.t.Helper()
	text := ""
	b.t.Cleanup(func() {
		if b.t.Failed() {
			b.t.Logf("ticket %d has %+v", ticket, b.world.Helpdesk.Comments(ticket))
		}
	})
	b.until(fmt.Sprintf("ticket %d has our comment with %q", ticket, words), func() bool {
		list := b.world.Helpdesk.Comments(ticket)
		if len(list) > 1 {
			b.t.Fatalf("ticket %d has %d comments: %+v", ticket, len(list), list)
		}
		if len(list) == 0 {
			return false
		}
		text = list[0].Text
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	})
	return text
}

// customer is the n-th customer of the CRM for whom ok answers true.
func (b *box) customer(n int, ok func(retailcrm.Customer) bool) retailcrm.Customer {
	b.t.Helper()
	for _, c := range b.world.CRM.Customers() {
		if ok(c) {
			if n == 0 {
				return c
			}
			n--
		}
	}
	b.t.Fatal("no such customer")
	return retailcrm.Customer{}
}
