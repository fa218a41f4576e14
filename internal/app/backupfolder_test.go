package app

import (
	"testing"

	"vestnik/gateway"
)

func TestABackupFolderAmongTheDataIsRefused(t *testing.T) {
	t.Parallel()
	for folder, fine := range map[string]bool{
		"": true, "/mnt/usb": true, "/var/lib/vestnik/backups": true, "/var/lib/vestnik-backups": true, "/var/lib": true, "/var/lib/vestnik/../usb": true,
		"/var/lib/vestnik": false, "/var/lib/vestnik/": false, "/var/lib/vestnik/copies": false, "/var/lib/vestnik/restoring": false, "/mnt/../var/lib/vestnik/x": false,
	} {
		err := checkBackupFolder(gateway.BackupSettings{Folder: folder}, "/var/lib/vestnik")
		if (err == nil) != fine {
			t.Errorf("%q: %v", folder, err)
		}
	}
}
