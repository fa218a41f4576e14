package webui

import (
	"context"
	"io"

	"vestnik/device"
	"vestnik/gateway"
)

// Desk is what the pages ask of the running shop. Errors are *device.Error with a
// kind, gateway.FieldErrors or *gateway.TemplateError; their sentences are made here.
type Desk interface {
	// Links are the radios as they are now: WhatsApp first, then each modem.
	Links() []device.Link
	CRM() gateway.CRMStatus
	// Care is how the box itself fares; Clock is the part of it that every page asks for.
	Care(ctx context.Context) (gateway.Care, error)
	Clock() gateway.ClockStatus
	// TrustClock is a person's word that the clock is right, until the next start.
	TrustClock(ctx context.Context, by string) error
	// Events tells the topics that changed until ctx ends; a slow reader misses repeats,
	// never the last one of a topic.
	Events(ctx context.Context) <-chan gateway.Topic

	// TestCRM tries an address and a key; an empty key means the saved one. Nothing is saved.
	TestCRM(ctx context.Context, url, key string) (gateway.CRMTest, error)
	// RefreshReference reads statuses and fields anew.
	RefreshReference(ctx context.Context) (gateway.Reference, error)
	// SaveSettings validates, keeps and applies.
	SaveSettings(ctx context.Context, s gateway.Settings, by string) error

	// StartPairing shows a QR code; with codeFor set it asks for an 8-character code for that
	// number. expect, when set, refuses any other phone.
	StartPairing(ctx context.Context, expect, codeFor device.Phone) error
	StopPairing(ctx context.Context) error
	Pairing() device.Pairing
	Unlink(ctx context.Context) error
	// Reconnect makes a session that was replaced or banned try again.
	Reconnect(ctx context.Context) error
	// ResetModem restarts the modem at a port.
	ResetModem(ctx context.Context, port string) error

	// SaveRule validates against the directory, keeps and applies.
	SaveRule(ctx context.Context, r gateway.Rule, by string) (gateway.Rule, error)
	// Try runs a rule, saved or not, over an order by its number ("" = the newest one).
	Try(ctx context.Context, r gateway.Rule, orderNumber string) (gateway.Trial, error)
	// RecentOrders are the newest orders, for choosing one to try.
	RecentOrders(ctx context.Context, n int) ([]gateway.Order, error)

	// Enqueue takes a message; existed tells that its key was known and nothing was added.
	Enqueue(ctx context.Context, d gateway.Draft) (m gateway.Message, existed bool, err error)
	// Cancel stops a message that has not left: else device.Conflict.
	Cancel(ctx context.Context, id gateway.MessageID, by string) error
	// Leave keeps an unknown message as it is: else device.Conflict.
	Leave(ctx context.Context, id gateway.MessageID, by string) error
	// SendAgain queues a failed, unknown, expired or cancelled message once more, as a person's decision.
	SendAgain(ctx context.Context, id gateway.MessageID, by string) error
	RetryEffect(ctx context.Context, id int64, by string) error
	DropEffect(ctx context.Context, id int64, by string) error

	// CheckNumbers answers for up to 50 numbers from the cache and, within the budget, from WhatsApp.
	CheckNumbers(ctx context.Context, raw []string) ([]gateway.NumberCheck, error)
}

// Health is what the probes ask.
type Health interface {
	// Ready answers nil when the database is open and every loop has beaten lately.
	Ready(ctx context.Context) error
}

// Backups is what the pages ask about the box's own copies, and about the messages that
// a restore held.
type Backups interface {
	BackupStatus(ctx context.Context) (gateway.BackupStatus, error)
	// StartBackup begins a backup or a rehearsal and returns at once; device.Conflict while
	// one is under way or when no passphrase is set.
	StartBackup(ctx context.Context, what gateway.ChoreName) error
	// OpenBackup opens one of the files that BackupStatus lists, and tells its size.
	OpenBackup(ctx context.Context, name string) (io.ReadCloser, int64, error)

	Restored(ctx context.Context) (gateway.Restored, error)
	FromBackup(ctx context.Context, reason gateway.Reason, after gateway.MessageID, limit int) ([]gateway.BackupMessage, error)
	FromBackupCounts(ctx context.Context) (map[gateway.Reason]int, error)
	// ReleaseFromBackup queues all messages held for one reason; device.Conflict when they are
	// not as many as expected.
	ReleaseFromBackup(ctx context.Context, reason gateway.Reason, expect int, by string) (int, error)
	CancelFromBackup(ctx context.Context, reason gateway.Reason, expect int, by string) (int, error)
	// ReleaseOne queues one message; false when it was no longer held.
	ReleaseOne(ctx context.Context, id gateway.MessageID, by string) (bool, error)
}
