// Package webui is the managers' web pages: the first-run wizard, the overview,
// pairing, rules, the journal with its why-pages, the device and the settings.
//
// Pages are rendered on the server from html/template. What moves is refreshed by
// events that carry nothing but a topic's name: the part of a page that cares
// fetches itself again from the handler that drew it first, so there is no state in
// the browser to get wrong, and everything but the chips of the message editor works
// without scripts.
//
// It decides nothing about messages and knows no SQL, no radio and no CRM: it asks a
// Desk (ports.go) and the gateway's Book, Journal and Staff. The JSON interface for
// programs is its neighbour webui/api and is mounted through Options.API.
//
// Imported by internal/app only.
package webui
