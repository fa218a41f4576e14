package talk

import (
	"context"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// Store is all that the clerk reads and writes.
type Store interface {
	gateway.Talks
	// ScriptNow is the script in force and its version; ok is false when none was ever saved, and
	// the script is then what a new shop starts from.
	ScriptNow(ctx context.Context) (s bot.Script, version int, ok bool, err error)
	// Presence is what is known of a number in WhatsApp.
	Presence(ctx context.Context, p device.Phone) (device.Presence, bool, error)
	Restored(ctx context.Context) (gateway.Restored, error)
}
