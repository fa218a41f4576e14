package app

import (
	"context"

	"vestnik/gateway"
)

// checkBackup tells how the box's own copies stand. That there are none is the
// owner's decision, which he is told; that they do not come about is a fault.
func (b *Book) checkBackup(ctx context.Context, s gateway.Settings, lang string) (Check, error) {
	c := Check{OK: true, Name: "backup", Says: gateway.BackupOff.Sentence(nil, lang)}
	if s.Backup.Passphrase == "" {
		return c, nil
	}
	chores, err := b.Chores(ctx)
	if err != nil {
		return c, err
	}
	c.Says = gateway.BackupNone.Sentence(nil, lang)
	for _, name := range []gateway.ChoreName{gateway.ChoreBackup, gateway.ChoreRehearsal} {
		last, known := chores[name]
		if !known {
			continue
		}
		c.OK, c.Says = last.OK, gateway.BackupChoreSentence(last, lang, s.Shop.Zone())
		if !last.OK {
			break
		}
	}
	return c, nil
}
