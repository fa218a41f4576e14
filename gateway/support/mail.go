package support

import (
	"context"

	"vestnik/gateway"
	"vestnik/gateway/card"
)

// mail has the card left in the plugin's mailbox anew when it says something else now, and
// taken out when the ticket is closed.
func (w *work) mail(context.Context) error {
	if w.h.Embed.Mailbox == "" || w.t.Robot != "" || w.nobody {
		return nil
	}
	m := gateway.PluginMailing{Ticket: w.t.ID, Says: "closed"}
	if w.t.Open {
		if w.card == nil && w.t.Found == card.FoundOne || w.t.Found == card.FoundAway && !w.another {
			return nil // nothing is known yet
		}
		_, m.Says = w.cardText().comment()
	}
	return w.effect(gateway.EffectMail, "ticket/"+number(w.t.ID)+"/plugin", 0, m)
}
