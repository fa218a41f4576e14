// Package outbound is what every adapter shares that asks a foreign server over HTTP:
// the limiter of an account's requests, in which persons go first; the guard that
// keeps a typed address out of the private network; and tolerant decoders for the JSON
// of servers that are easy about numbers, texts, objects and lists.
//
// What one server alone needs, its errors, its paths and its bodies, is not here but in
// the adapter. Nothing here keeps anything, logs, or knows of orders and customers.
//
// Imported by the adapters under gateway; imports nothing of this module.
package outbound
