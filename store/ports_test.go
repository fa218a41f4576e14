package store_test

import (
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
	"vestnik/store"
)

var (
	_ gateway.Intake    = (*store.Store)(nil)
	_ gateway.Queue     = (*store.Store)(nil)
	_ gateway.Receipts  = (*store.Store)(nil)
	_ gateway.Inbox     = (*store.Store)(nil)
	_ gateway.Presences = (*store.Store)(nil)
	_ gateway.Counters  = (*store.Store)(nil)
	_ gateway.Effects   = (*store.Store)(nil)
	_ gateway.Book      = (*store.Store)(nil)
	_ gateway.Journal   = (*store.Store)(nil)
	_ gateway.Staff     = (*store.Store)(nil)
	_ gateway.Chores    = (*store.Store)(nil)
	_ gateway.Restores  = (*store.Store)(nil)
	_ gateway.Talks     = (*store.Store)(nil)
	_ gateway.TalkPages = (*store.Store)(nil)

	_ gateway.Consents    = (*store.Store)(nil)
	_ gateway.Invitations = (*store.Store)(nil)
	_ campaign.Ledger     = (*store.Store)(nil)

	_ card.Store    = (*store.Store)(nil)
	_ support.Store = (*store.Store)(nil)

	_ gateway.AuditLedger = (*store.Store)(nil)
)
