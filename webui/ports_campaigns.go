package webui

import (
	"context"
	"io"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/campaign/sheet"
)

// Campaigns is what the pages about mailings ask. Errors are those of Desk.
type Campaigns interface {
	Campaigns(ctx context.Context) ([]campaign.Summary, error)
	Campaign(ctx context.Context, id gateway.CampaignID) (campaign.Campaign, error)
	SaveCampaign(ctx context.Context, c campaign.Campaign, by string) (campaign.Campaign, error)
	DeleteCampaign(ctx context.Context, id gateway.CampaignID) error
	// CopyCampaign makes a new draft of an old one, without its people.
	CopyCampaign(ctx context.Context, id gateway.CampaignID, by string) (campaign.Campaign, error)

	// Segments are those of the CRM, Shops its shops.
	Segments(ctx context.Context) ([]gateway.Segment, error)
	Shops(ctx context.Context) ([]gateway.Site, error)
	// KeepUpload adds a piece of a file at its offset (0 begins anew), and answers how much there is;
	// ends tells that it is whole. A file beyond sheet.MaxSize is device.Invalid before its first piece
	// (size is what the browser says).
	KeepUpload(ctx context.Context, id gateway.CampaignID, name string, size, offset int64, piece []byte, by string) (have int64, err error)
	// LookAtFile is the beginning of the uploaded file with what its columns seem to be.
	LookAtFile(ctx context.Context, id gateway.CampaignID) (sheet.Look, error)
	// Collect begins to gather the audience and returns at once; the mailing's Collect tells how far it is.
	Collect(ctx context.Context, id gateway.CampaignID, by string) error
	StopCollect(ctx context.Context, id gateway.CampaignID) error
	Count(ctx context.Context, id gateway.CampaignID) (campaign.Count, error)
	// Refusals writes those left out as CSV: line, number, name, reason in words of lang.
	Refusals(ctx context.Context, id gateway.CampaignID, lang string, w io.Writer) error

	// Fields is the directory for the text: the customer, the last order, the file's columns, the
	// shop, the review link.
	Fields(ctx context.Context, c campaign.Campaign) ([]gateway.Field, error)
	// Preview is a variant as one of the gathered people would get it (0: any), and what it costs as SMS.
	Preview(ctx context.Context, c campaign.Campaign, variant int, lang string, person int64) (CampaignPreview, error)
	// KeepFile keeps the picture or document of a mailing, and gives its name the ending of what it
	// is; device.Invalid for a kind or size that is not taken.
	KeepFile(ctx context.Context, name string, data []byte) (device.File, error)
	File(ctx context.Context, id device.FileID) (device.File, error)
	Lint(ctx context.Context, c campaign.Campaign) ([]campaign.Finding, error)
	Forecast(ctx context.Context, id gateway.CampaignID) (campaign.Forecast, error)
	// TestSend sends each variant to one number, with a real person's fields.
	TestSend(ctx context.Context, id gateway.CampaignID, to, by string) ([]gateway.MessageID, error)

	// Start begins a draft. FieldErrors or campaign.Refused when the linter refuses it.
	Start(ctx context.Context, id gateway.CampaignID, version int, by string) error
	Pause(ctx context.Context, id gateway.CampaignID, by string) error
	// Resume goes on; after the first portion it lets the others go.
	Resume(ctx context.Context, id gateway.CampaignID, by string) error
	Stop(ctx context.Context, id gateway.CampaignID, by string) error

	Tally(ctx context.Context, id gateway.CampaignID) ([]campaign.TallyRow, error)
	// Pace is how many left in the last hour and when the next may leave, with the reason.
	Pace(ctx context.Context, id gateway.CampaignID) (CampaignPace, error)
	People(ctx context.Context, id gateway.CampaignID, f campaign.PeopleFilter) ([]campaign.Person, int64, error)
	Person(ctx context.Context, person int64) (campaign.Person, error)
	// Export writes everybody with what became of him as CSV.
	Export(ctx context.Context, id gateway.CampaignID, lang string, w io.Writer) error
}

// CampaignPreview is a text as a person would get it.
type CampaignPreview struct {
	Text    string
	Missing []string // paths of fields that are empty and have no default
	SMS     device.SMSLength
	Person  campaign.Person // whose fields it has; zero: examples
}

// CampaignPace is how a mailing goes now.
type CampaignPace struct {
	LastHour int
	// Why says what it waits for, NextAt when it goes on; empty: it goes.
	Why    gateway.Reason
	Args   gateway.Args
	NextAt time.Time
}
