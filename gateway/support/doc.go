// Package support works beside the shop's helpdesk: it looks at the tickets, finds out who
// asks, and writes what the CRM knows where employees alone see it.
//
//	helpdesk ─poll▶ Watch ─▶ tickets (Store) ─▶ Hand ─▶ who asks (gateway/card)
//	                                             │  ─▶ one comment, fields, priority    (helpdesk)
//	                                             └──▶ notes, notices, tasks, new cards  (effects, CRM)
//	an order reaches a critical status ─▶ Alarm ─▶ comment in the open ticket, else an internal one
//	closed tickets ─▶ Lessons ─▶ questions per product, marks, repeat orders
//
// A ticket that has changed is put down with its time of update, and is taken up by Hand until
// everything that follows from it was done: each step looks at what is there before it writes, so that
// being cut off anywhere and beginning again does nothing twice. What this box writes does
// not count as a change.
//
// What belongs here: what is done about a ticket. What does not: what stands on a card
// (gateway/card), the helpdesk's protocol (gateway/helpdeskeddy), HTML pages, SQL.
//
// Imported by webui, store and internal/app; imports gateway, gateway/card and device.
package support
