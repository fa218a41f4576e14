package app

import (
	"context"
	"os"
	"strconv"
	"time"

	"vestnik/gateway"
)

// rehearse restores a backup into a folder of its own, as Restore would, looks whether
// all of it is there, and takes the folder away again. A backup that nobody ever
// restored is a hope. The answer is what to keep of it; the error is a
// *gateway.BackupFault.
func rehearse(ctx context.Context, dataDir, file, passphrase string) (gateway.Args, error) {
	scratch, err := makeScratch(dataDir)
	if err != nil {
		return nil, ioFault(dataDir, err)
	}
	defer os.RemoveAll(scratch)
	// readBackup compares the rows of every table with what was counted when the backup was
	// made, migrates, holds, and checks the files.
	m, held, err := readBackup(ctx, file, passphrase, scratch)
	if err != nil {
		return nil, err
	}
	return gateway.Args{
		"path": file, "made_at": gateway.At(m.MadeAt), "messages": strconv.FormatInt(m.Rows["message"], 10),
		"held": strconv.Itoa(held), "took": time.Since(m.MadeAt).Round(time.Second).String(),
	}, nil
}
