package api

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
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

// Mailings is what the calls about mailings ask. Errors are those of Desk.
type Mailings interface {
	Campaigns(ctx context.Context) ([]campaign.Summary, error)
	Campaign(ctx context.Context, id gateway.CampaignID) (campaign.Campaign, error)
	SaveCampaign(ctx context.Context, c campaign.Campaign, by string) (campaign.Campaign, error)
	DeleteCampaign(ctx context.Context, id gateway.CampaignID) error
	// KeepUpload keeps a piece of a draft's list of people; with the last one the list is the draft's.
	KeepUpload(ctx context.Context, id gateway.CampaignID, name string, size, offset int64, piece []byte, by string) (have int64, err error)
	// Collect begins to gather a draft's people and returns at once.
	Collect(ctx context.Context, id gateway.CampaignID, by string) error
	Count(ctx context.Context, id gateway.CampaignID) (campaign.Count, error)
	Lint(ctx context.Context, c campaign.Campaign) ([]campaign.Finding, error)
	Forecast(ctx context.Context, id gateway.CampaignID) (campaign.Forecast, error)
	// Start begins a draft; FieldErrors or campaign.Refused when it may not.
	Start(ctx context.Context, id gateway.CampaignID, version int, by string) error
	Pause(ctx context.Context, id gateway.CampaignID, by string) error
	Resume(ctx context.Context, id gateway.CampaignID, by string) error
	Stop(ctx context.Context, id gateway.CampaignID, by string) error
	Tally(ctx context.Context, id gateway.CampaignID) ([]campaign.TallyRow, error)
	People(ctx context.Context, id gateway.CampaignID, f campaign.PeopleFilter) (rows []campaign.Person, next int64, err error)
}

// Tokens knows the keys to the interface.
type Tokens interface {
	// TokenByHash finds a token by the SHA-256 of its value, in hex; else device.NotFound.
	TokenByHash(ctx context.Context, hash string, now time.Time) (gateway.Token, error)
}
