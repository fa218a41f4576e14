package webui

import (
	"context"
	"io"
	"time"

	"vestnik/bot"
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

// Talk is what the pages about conversations ask. Errors are those of Desk, and
// bot.Problems where a script is saved.
type Talk interface {
	gateway.TalkPages
	Conversation(ctx context.Context, id gateway.ConversationID) (gateway.Conversation, error)
	// Script is the script in force and the version it has.
	Script(ctx context.Context) (s bot.Script, version int, err error)
	// SaveScript keeps a script that was made out of version basedOn, and uses it from then
	// on. It answers bot.Problems when something is wrong with it, and device.Conflict when
	// basedOn is not the newest version any more.
	SaveScript(ctx context.Context, s bot.Script, basedOn int, by string) (version int, err error)
	// ScriptVersions are the kept ones, newest first.
	ScriptVersions(ctx context.Context, limit int) ([]ScriptVersion, error)
	// RestoreScript makes an earlier version the newest one.
	RestoreScript(ctx context.Context, version int, by string) (int, error)
	// Say writes to the customer as a person; the bot is silent from then on.
	Say(ctx context.Context, id gateway.ConversationID, text, by string) error
	// Take makes the bot silent without a word, Release gives the talk back to it, CloseTalk ends
	// it: nobody is waited for any more.
	Take(ctx context.Context, id gateway.ConversationID, by string) error
	Release(ctx context.Context, id gateway.ConversationID, by string) error
	CloseTalk(ctx context.Context, id gateway.ConversationID, by string) error
	// Facts is what the CRM knows of the customer; it may take a request.
	Facts(ctx context.Context, id gateway.ConversationID) (TalkFacts, error)
	// ChatChannels are the shop's accounts in the CRM's messengers, as last heard of.
	ChatChannels() []gateway.ChatChannel
	// ReconnectChats asks the CRM for new keys to the chats and connects anew.
	ReconnectChats(ctx context.Context) error
}

// ScriptVersion is a kept version of the bot's script.
type ScriptVersion struct {
	Version int
	At      time.Time
	By      string
}

// TalkFacts is what the CRM knows of a customer.
type TalkFacts struct {
	Customer *gateway.Customer // nil: no card, or several that could be meant
	Orders   []gateway.Order   // newest first
	Known    bool              // Orders are his for sure
	CRMAway  bool              // nobody could be asked
}
