// Package device is the vocabulary of the radios: what a phone number, a
// message, a receipt and a link are, and how a radio says no.
//
// It is the lowest room of the house. It knows nothing of shops, orders, SQL or
// HTTP, and every other room speaks its words:
//
//	cmd ─▶ internal/app ─▶ webui ─▶ bot ─▶ gateway ─▶ device
//
// A child room (device/whatsapp, device/modem) drives one kind of radio and
// imports only this package and the library of its trade. Every child passes
// devicetest.Exercise.
//
// The one import beyond the standard library is the numbering plan
// (nyaruka/phonenumbers), which stands behind ParsePhone and nowhere else.
package device
