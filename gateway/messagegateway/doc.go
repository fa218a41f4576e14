// Package messagegateway is the door to the chats of one RetailCRM account:
// MessageGateway, called MG. A Session holds the event socket of the Bot API and
// carries texts to and from the messengers that the shop keeps in its CRM; a Mirror
// shows the box's own WhatsApp and SMS among them by the Transport API.
//
//	customer ─▶ messenger ─▶ MG ══ socket ══▶ Session ─▶ Sink
//	                          ◀─── REST ─────  Send, Assign, Private …
//	our WhatsApp, SMS ─▶ Lines ─▶ Mirror ─▶ MG (a channel of ours)
//
// Here belongs what is particular to those two protocols: keys, the socket and what
// to read after it was down, what a frame means, what a refusal means. What to
// answer, when, and to whom is decided elsewhere. It keeps nothing itself: what must
// outlive a restart goes through the Journal.
//
// The order of lists, whether their bounds are included, and whether texts come
// with HTML entities is not documented, so nothing here depends on them. Facts come
// from the OpenAPI 3.0.3 files of both APIs ("facts: MG Bot OpenAPI", "facts: MG
// Transport OpenAPI"), bodies recorded in the tests of the official clients, and
// public integrations; what nobody has seen is called an assumption where it
// matters.
//
// Keys and addresses of the chats stand in no log line and no error, bodies in no
// log line.
//
// Imported by internal/app; imports gateway and device.
package messagegateway
