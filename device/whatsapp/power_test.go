package whatsapp

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	waLog "go.mau.fi/whatsmeow/util/log"

	"vestnik/device"
	"vestnik/sim/disk"
)

// clerkEnv makes a run of TestClerk the program that writes; its value is the path of
// the session's file.
const clerkEnv = "VESTNIK_WHATSAPP_TEST_CLERK"

// TestClerk is no test: it is the other process of the test below, since a file on a
// sim/disk must not be mapped by the process that serves the disk. It tells how many
// transitions it found, and then keeps one for every line that it reads.
func TestClerk(t *testing.T) {
	path := os.Getenv(clerkEnv)
	if path == "" {
		t.Skip("not asked to write")
	}
	ctx := context.Background()
	v, err := openVault(ctx, path, waLog.Noop)
	if err != nil {
		fmt.Println("clerk: cannot open:", err)
		os.Exit(1)
	}
	var told error
	v.mishaps.tell = func(err error) { told = err }
	found, err := v.transitions(ctx, 1000)
	if err != nil {
		fmt.Println("clerk: cannot read:", err)
		os.Exit(1)
	}
	fmt.Println("clerk: found", len(found))
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if err := v.keep(ctx, Transition{At: time.Now(), From: device.LinkOff, To: device.LinkConnecting, Cause: strings.Repeat("x", 5000)}); err != nil {
			fmt.Println("clerk: failed", err)
			if told != nil {
				fmt.Println("clerk: told", told)
			}
			os.Exit(1) // at once: nothing is closed
		}
		fmt.Println("clerk: kept")
	}
	os.Exit(0)
}

// What is kept after an fsync failed and the box started anew must outlive a power
// cut as everything else: see rewriteLog.
func TestTheSessionOutlivesAPowerCutAfterAFailedSync(t *testing.T) {
	t.Parallel()
	d := disk.ForTest(t, disk.Options{})
	path := filepath.Join(d.Path(), "whatsapp.db")
	say, hear, end := newClerk(t, path)
	hear("found 0")
	say("kept")
	d.Inject(disk.Fault{Op: disk.Sync, Err: syscall.EIO, Name: "*-wal"})
	say("failed")
	end()

	say, hear, end = newClerk(t, path)
	said := hear("found ")
	for range 3 {
		say("kept")
	}
	if _, err := d.Cut(disk.LoseAll); err != nil {
		t.Fatal(err)
	}
	end()
	if err := d.PowerOn(); err != nil {
		t.Fatal(err)
	}
	var found int
	if _, err := fmt.Sscanf(said, "found %d", &found); err != nil {
		t.Fatal(err)
	}
	_, hear, _ = newClerk(t, path)
	hear(fmt.Sprintf("found %d", found+3))
}

// newClerk starts one. say lets it write and wants an answer, as hear does.
func newClerk(t *testing.T, path string) (say func(want string), hear func(want string) string, end func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestClerk$")
	cmd.Env = append(os.Environ(), clerkEnv+"="+path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	}
	t.Cleanup(end)
	lines := bufio.NewScanner(out)
	hear = func(want string) string {
		t.Helper()
		for lines.Scan() {
			if said, ok := strings.CutPrefix(lines.Text(), "clerk: "); ok {
				if !strings.HasPrefix(said, want) {
					t.Fatalf("the clerk says %q, want %q", said, want)
				}
				return said
			}
		}
		t.Fatalf("the clerk ended; want %q", want)
		return ""
	}
	say = func(want string) {
		t.Helper()
		if _, err := in.Write([]byte("\n")); err != nil {
			t.Fatal(err)
		}
		hear(want)
	}
	return say, hear, end
}
