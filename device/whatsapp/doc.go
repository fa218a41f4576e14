// Package whatsapp is the shop's WhatsApp session: a linked device of the shop's
// phone, on go.mau.fi/whatsmeow, behind the vocabulary of package device.
//
// A Session implements device.Transport, device.Revoker and device.Directory. It
// keeps its keys, ratchets and the list of its transitions in a SQLite file of its
// own, which no other program may open at the same time.
//
//	StartPairing ─▶ pairing ─▶ connecting ─▶ connected ⇄ locked
//	                              ▲  │
//	             unreachable ◀────┘  ├─▶ banned · replaced · outdated · clock_wrong
//	                                 └─▶ unlinked ─▶ StartPairing
//
// One goroutine, that of Run, owns the state: commands and the library's events come
// to it by channel, a pure function (machine.next) says what follows, and each
// change is written down with its cause. Every connection has a client object of
// its own, made from what is on disk: nothing that an old connection still has to
// say can be mistaken for news of the new one.
//
// The room knows nothing of orders, rules and pace: whether a message may go is the
// gateway's business, as is what to do with an uncertain one. It may be imported by
// internal/app and by the demo.
package whatsapp
