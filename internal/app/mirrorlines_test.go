package app

import (
	"path/filepath"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/store"
)

// TestALineIsNamedByTheNetworkAndNotByItsRow: a ledger out of a backup gives the rows' numbers
// of the lost one again, and the CRM would take the new lines for known ones.
func TestALineIsNamedByTheNetworkAndNotByItsRow(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, wire := range []string{"3EB0A", "3EB0B", "3EB0A"} {
		st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "vestnik.db")})
		if err != nil {
			t.Fatal(err)
		}
		in := device.Incoming{Channel: device.WhatsApp, Device: "d", ID: wire, From: "+79123456789", Text: "привет", At: time.Now()}
		if _, err := st.SaveIncoming(t.Context(), in, nil); err != nil {
			t.Fatal(err)
		}
		lines, _, err := mirrorLines{st}.NextLines(t.Context(), "0/0/0", 10)
		if err != nil || len(lines) != 1 {
			t.Fatal(lines, err)
		}
		names[lines[0].ID] = true
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(names) != 2 {
		t.Errorf("two lines have the names %v", names)
	}
}
