package whatsapp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vestnik/device"
	sim "vestnik/sim/whatsapp"
)

// A file that comes back from a backup talks to everybody: with those whose ratchet
// went on since, with those who write for the first time, in both directions.
func TestASessionFromABackupTalksToEverybody(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	says := func(c *sim.Customer, text string) {
		t.Helper()
		if _, err := c.SendText(string(shopNumber), text, sim.ByLID); err != nil {
			t.Fatal(err)
		}
		r.await(text, func() bool {
			return slices.ContainsFunc(r.sink.IncomingMessages(), func(in device.Incoming) bool { return in.Text == text })
		})
	}
	gets := func(c *sim.Customer, text string) {
		t.Helper()
		r.mustSend(device.Phone(c.Number()), text)
		r.await(text, func() bool { return slices.Contains(texts(c.Inbox()), text) })
	}
	gets(r.ana, "раз")
	says(r.ana, "ага")

	saved := filepath.Join(t.TempDir(), "saved? #.db")
	version, err := Copy(r.ctx(), r.path, saved)
	if err != nil || version == 0 {
		t.Fatal(version, err)
	}
	if info, err := os.Stat(saved); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if got, err := CheckFile(r.ctx(), saved); err != nil || got != version {
		t.Fatal(got, err)
	}
	// Life goes on after the backup, and is lost.
	gets(r.ana, "два")
	says(r.ana, "угу")
	gets(r.ana, "три")
	says(r.boris, "здравствуйте")
	r.halt()

	if err := Renew(r.ctx(), saved); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(saved), "*-*")); len(left) > 0 {
		for _, name := range left {
			if info, err := os.Stat(name); err == nil && info.Size() > 0 && strings.HasSuffix(name, "-wal") {
				t.Errorf("%s still has %d bytes", name, info.Size())
			}
		}
	}
	for _, tail := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(r.path + tail); err != nil && tail == "" {
			t.Fatal(err)
		}
	}
	if err := os.Rename(saved, r.path); err != nil {
		t.Fatal(err)
	}
	r.start()
	r.awaitState(device.LinkConnected)
	says(r.ana, "снова я")
	gets(r.ana, "четыре")
	says(r.boris, "и я")
	gets(r.boris, "пять")
	vera := r.srv.AddCustomer("+79161234599", "Вера")
	says(vera, "а я впервые")
	gets(vera, "шесть")
	if n := len(texts(r.ana.Inbox())); n != 4 {
		t.Errorf("Anna has %d messages", n)
	}
}

func TestACopyIsRefusedWithAReason(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	dir := t.TempDir()
	if _, err := Copy(r.ctx(), filepath.Join(dir, "none.db"), filepath.Join(dir, "to.db")); device.KindOf(err) != device.NotFound {
		t.Error(err)
	}
	taken := filepath.Join(dir, "taken.db")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Copy(r.ctx(), r.path, taken); err == nil {
		t.Error("a file was written over")
	}
	if text, err := os.ReadFile(taken); err != nil || string(text) != "mine" {
		t.Error(string(text), err)
	}
	if _, err := CheckFile(r.ctx(), taken); err == nil {
		t.Error("a text passed as a session's file")
	}
	if err := Renew(r.ctx(), taken); err == nil {
		t.Error("a text was renewed")
	}
}
