package gateway

// CampaignID names a mailing for good.
type CampaignID int64

// CampaignPolicy is what the dispatchers have to know of a mailing.
type CampaignPolicy struct {
	// Running: its messages may leave now.
	Running bool
	// Over: it was stopped for good.
	Over bool
	// NewChatsWait keeps those who may not be written to for the first time today for later; else
	// they get an SMS, when the mailing may go by SMS.
	NewChatsWait bool
	// Advertising needs consent.
	Advertising bool
}
