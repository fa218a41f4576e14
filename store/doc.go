// Package store is the shop's memory: one SQLite file that holds the ledger, the
// rules, the settings and the journal.
//
// It implements the small interfaces that gateway declares (Intake, Queue,
// Receipts, Inbox, Talks, Presences, Counters, Effects, Book, Journal, TalkPages,
// Staff), and keeps the modem's memory, that of the door to the CRM's chats, and the
// bot's script. Every method that changes something is one transaction, committed to
// the disk (synchronous=FULL) before it returns nil, so that a power cut finds either
// all of it or nothing.
//
//	migrations/  the schema, forward only
//	Open         pools, pragmas, sanity, migration
//	one file per table group; its SQL stands in it as constants
//
// It decides nothing: what a message may do next is gateway.State.May, asked
// before each write and enforced again by CHECKs; what the bot decided about a
// conversation is kept only when that is still as it was seen. Errors are
// *device.Error.
//
// Imported by internal/app and tests only; imports bot (its script), gateway and device.
package store
