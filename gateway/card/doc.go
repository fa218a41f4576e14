// Package card is what an operator sees of a customer: profile, orders, what was said and
// done, and who of the shop is responsible.
//
//	e-mail, phone, order number ─▶ Keeper.Find ─▶ whose card (one, several, none)
//	CRM ─▶ Keeper ─▶ cache (Store) ─▶ Card            the CRM's history marks a card as old
//
// A card comes from the cache whenever there is one, and says how old it is; it is renewed
// behind the operator's back. Of a customer's orders only the newest page is ever read for it, so that a card
// of five thousand orders costs what one of five does.
//
// What belongs here: finding the person, keeping the card fresh, what stands on it and in which
// order. What does not: the helpdesk's tickets (gateway/support), HTML, HTTP, SQL.
//
// Imported by gateway/support, webui, store and internal/app; imports gateway and device.
package card
