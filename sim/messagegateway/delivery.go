package messagegateway

import (
	"cmp"
	"time"
)

// Delivery is what becomes of a message that was taken. The zero value brings it
// at once.
type Delivery struct {
	After time.Duration // how long it stays "sending"
	Never bool          // it stays "sending" and reaches nobody
	Error string        // it fails with this code, e.g. spam_suspicion
	Text  string        // the words that go with the code
}

// Deliver says what becomes of messages in all channels from now on. What
// [Channel.Deliver] or [Customer.Deliver] says goes first.
func (gw *Gateway) Deliver(d Delivery) { gw.do(func() { gw.delivery = d }) }

// FailNext makes the next n messages to customers fail with a code.
func (gw *Gateway) FailNext(n int, code string) {
	gw.do(func() {
		for range n {
			gw.failing = append(gw.failing, Delivery{Error: code})
		}
	})
}

// deliver carries a message out: by the transport of its channel, or as the play
// has it.
func (gw *Gateway) deliver(m *message) {
	if m.scope != "public" {
		m.status = "received"
		return
	}
	if gw.late(m.chat) {
		gw.fail(m, "reply_timed_out", "")
		return
	}
	if m.chat.channel.transport != nil {
		gw.callTransport(m)
		return
	}
	d := gw.delivery
	who := m.chat.customer
	switch {
	case len(gw.failing) > 0:
		d, gw.failing = gw.failing[0], gw.failing[1:]
	case who.delivery != nil:
		d = *who.delivery
	case m.chat.channel.delivery != nil:
		d = *m.chat.channel.delivery
	}
	if who.refusal != "" {
		d.Error, d.Text, d.Never = who.refusal, "", false
	}
	switch {
	case d.Never:
	case d.After > 0:
		time.AfterFunc(d.After, func() { gw.do(func() { gw.settle(m, d) }) })
	default:
		gw.settle(m, d)
	}
}

func (gw *Gateway) settle(m *message, d Delivery) {
	switch {
	case m.deleted || m.status != "sending":
	case d.Error != "":
		gw.fail(m, d.Error, d.Text)
	default:
		gw.arrive(m)
	}
}

// failures are words that go with a code when nobody gave others.
var failures = map[string]string{
	"general": "the message was not sent", "customer_not_exists": "the customer does not exist",
	"reply_timed_out": "the time to reply has passed", "spam_suspicion": "the messenger suspects spam",
	"access_restricted": "the customer has blocked the chat", "network_error": "the transport did not answer",
	"async_send_timeout": "the transport did not confirm in time",
}

func (gw *Gateway) fail(m *message, code, text string) {
	text = cmp.Or(text, failures[code])
	m.status, m.errCode, m.errText = "failed", code, text
	gw.messageChanged(m)
}

func (gw *Gateway) arrive(m *message) {
	m.status, m.reached, m.sentAt = "sent", true, gw.now()
	gw.messageChanged(m)
}
