package api

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Desk is what the calls ask of the running shop.
type Desk interface {
	Links() []device.Link
	CRM() gateway.CRMStatus
	StartPairing(ctx context.Context, expect, codeFor device.Phone) error
	StopPairing(ctx context.Context) error
	Pairing() device.Pairing
	Unlink(ctx context.Context) error
	Try(ctx context.Context, r gateway.Rule, orderNumber string) (gateway.Trial, error)
	Enqueue(ctx context.Context, d gateway.Draft) (m gateway.Message, existed bool, err error)
	Cancel(ctx context.Context, id gateway.MessageID, by string) error
	CheckNumbers(ctx context.Context, raw []string) ([]gateway.NumberCheck, error)
}

// Tokens knows the keys to the interface.
type Tokens interface {
	// TokenByHash finds a token by the SHA-256 of its value, in hex; else device.NotFound.
	TokenByHash(ctx context.Context, hash string, now time.Time) (gateway.Token, error)
}
