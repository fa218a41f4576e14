package device

// Channel is a way to reach a customer.
type Channel string

// The channels. Chat is any messenger that the shop's CRM holds; it is not a
// radio of this box, but rules and journals name it beside the others.
const (
	WhatsApp Channel = "whatsapp"
	SMS      Channel = "sms"
	Chat     Channel = "chat"
)

// Known tells whether c is one of the channels above.
func (c Channel) Known() bool { return c == WhatsApp || c == SMS || c == Chat }
