// Package whatsapp is a WhatsApp server for tests and for the demo: it speaks the real wire protocol (websocket, Noise, binary XML,
// Signal sessions), so that the unmodified whatsmeow client pairs with it, logs in, sends and receives.
//
//	whatsmeow client ──websocket──▶ Server ──decrypts──▶ Customer.Inbox   what the customer's phone shows
//	       ▲                          │
//	       └────── stanza queue ──────┘◀── Customer.SendText, Phone.SendText, receipts
//
// The people are played through their phones: Server.AddPhone is the shop's phone, which scans the QR code, types the
// 8-character code and unlinks; Server.AddCustomer is somebody the shop writes to. Bad luck is played through Server.Faults.
// A stanza that the simulator cannot interpret lands in Server.NotUnderstood; tests assert that this list is empty.
//
// It is not a model of the real service's limits, spam rules or timing, and it has no status, channels or calls, and of groups only messages. Everything
// lives in memory. One root key signs the certificates of all servers of a process; call TrustRoot before the first client connects.
//
// Only tests and cmd/vestnik-demo may import it; it imports nothing of the project.
package whatsapp
