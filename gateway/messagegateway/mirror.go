package messagegateway

import "context"

// Mirror shows this box's own WhatsApp and SMS among the CRM's chats.
type Mirror struct{}

// hearMirrored deals with a message in a channel of ours.
func (s *Session) hearMirrored(context.Context, messageBody, chatFacts) error { return nil }
