// Command vestnik-soak breaks the box again and again and counts what customers
// received. The box is the shipped program in a process of its own; the outside
// world (sim/world) lives in this process and outlives it.
//
//	arrivals ──HTTP──▶ box (child process) ──CONNECT──▶ gate ──▶ sim/whatsapp ──▶ customers ─┐
//	   │                │ └──tty──▶ sim/modem ──▶ customers ────────────────────────────────┤
//	   └──▶ sim/retailcrm ◀──HTTP──┘                                                         ▼
//	   book of what was promised ──────────────────────────────────────────────────────▶ tally
//
// A promise is an order status that the CRM holds, or a message that the API
// answered 202 to. Each has a text of its own, so that the tally can tell on whose
// phone it stands, how often, and what the ledger says of it.
//
// With --mailings it does another thing: mailings to many people, killed once on the way (see mailings).
//
// It uses the product through its doors only: flags, verbs, HTTP. It needs a checkout,
// since it builds the box itself: the only difference to what ships is that the box
// trusts the simulator's Noise root (see buildBox).
package main
