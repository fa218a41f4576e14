package app

import (
	"context"

	"vestnik/gateway"
)

// backups is what the pages ask about backups and about what a restore held.
type backups struct {
	*upkeep
	gateway.Restores
	desk *gateway.Desk
}

// ReleaseFromBackup implements webui.Backups.
func (b backups) ReleaseFromBackup(ctx context.Context, reason gateway.Reason, expect int, by string) (int, error) {
	return b.desk.ReleaseFromBackup(ctx, reason, expect, by)
}

// CancelFromBackup implements webui.Backups.
func (b backups) CancelFromBackup(ctx context.Context, reason gateway.Reason, expect int, by string) (int, error) {
	return b.desk.CancelFromBackup(ctx, reason, expect, by)
}

// ReleaseOne implements webui.Backups.
func (b backups) ReleaseOne(ctx context.Context, id gateway.MessageID, by string) (bool, error) {
	return b.desk.ReleaseOne(ctx, id, by)
}
