// Package webui is the managers' web pages: the first-run wizard, the overview, the
// inbox, the bot's answers with marks and what it did not understand, pairing, rules, the
// journal with its why-pages, the device and the settings.
//
// Pages are rendered on the server from html/template. What moves is refreshed by
// events that carry nothing but a topic's name: the part of a page that cares
// fetches itself again from the handler that drew it first, so there is no state in
// the browser to get wrong, and everything but the chips of the message editor works
// without scripts.
//
// The page of the bot keeps its unsaved script, and the talk on its phone, in hidden
// fields of its form: every button sends the whole form, so there is nothing to keep on
// the server, and the phone asks bot.Bot, the same code that answers customers.
//
// It decides nothing about messages and knows no SQL, no radio and no CRM: it asks a
// Desk and a Talk (ports.go) and the gateway's Book, Journal and Staff. The JSON interface
// for programs is its neighbour webui/api and is mounted through Options.API.
//
// Imported by internal/app only.
package webui
