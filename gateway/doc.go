// Package gateway is the shop: orders, rules, decisions, messages and what
// becomes of them.
//
// It decides in pure functions (Match, Render, Stage), remembers in one
// transaction (the ports in ports.go, implemented by store) and acts from the
// ledger (dispatch.go, effect.go). It knows nothing of whatsmeow, AT commands,
// HTTP or SQL: the outside stands behind small interfaces, and a child room
// (gateway/retailcrm …) implements those of one foreign system.
//
//	StatusChange ─▶ Decision ─▶ Message ─▶ Attempt ─▶ Receipt
//	                   │            │                    │
//	                   └── Trace ───┴── every step, in words ── Effect (order mark …)
//
// Imported by bot, webui, store and internal/app; imports device only.
package gateway
