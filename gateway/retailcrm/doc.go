// Package retailcrm reads and marks the orders of one RetailCRM account by its API
// v5: the history of status changes, orders with every field that a message may
// name, the account's vocabulary, the WhatsApp checkbox, and the trial of an
// address and a key. It also knows the account's people: customers' cards and their
// orders, the staff, notes, tasks, notices and marks; and it gets the keys to the
// account's chats.
//
// It decides nothing about messages, keeps nothing on disk and runs no loop: the
// caller polls and keeps the cursor. It is not a general client of the API.
//
// All calls share one limiter, and all failures are *device.Error. A web page in
// place of JSON is never read as an answer.
//
// Imported by internal/app; imports gateway and device.
package retailcrm
