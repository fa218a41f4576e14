package store

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

	"vestnik/sim/disk"
)

// clerkEnv makes a run of TestClerk the program that writes; its value is the path of
// the database.
const clerkEnv = "VESTNIK_STORE_TEST_CLERK"

// TestClerk is no test: it is the other process of the tests below, since a database on
// a sim/disk must not be opened by the process that serves the disk. For every line that it reads
// it writes one row, and answers "kept n" or "failed"; at first it answers the
// number of rows there are.
func TestClerk(t *testing.T) {
	path := os.Getenv(clerkEnv)
	if path == "" {
		t.Skip("not asked to write")
	}
	s, err := Open(context.Background(), Options{Path: path})
	if err != nil {
		fmt.Println("clerk: cannot open:", err)
		os.Exit(1)
	}
	if _, err := s.exec(`CREATE TABLE IF NOT EXISTS clerk (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT`); err != nil {
		fmt.Println("clerk: cannot make a table:", err)
		os.Exit(1)
	}
	var rows int
	var sane string
	if err := s.reader.pool.QueryRow(`SELECT count(*) FROM clerk`).Scan(&rows); err != nil {
		fmt.Println("clerk: cannot count:", err)
		os.Exit(1)
	}
	if err := s.reader.pool.QueryRow(`PRAGMA integrity_check`).Scan(&sane); err != nil || sane != "ok" {
		fmt.Println("clerk: the file is broken:", sane, err)
		os.Exit(1)
	}
	fmt.Println("clerk: found", rows)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		rows++
		if _, err := s.exec(`INSERT INTO clerk VALUES (?, ?)`, rows, strings.Repeat("x", 5000)); err != nil {
			fmt.Println("clerk: failed", err)
			os.Exit(1) // as the box ends: at once, and the file is not closed
		}
		fmt.Println("clerk: kept", rows)
	}
	os.Exit(0)
}

// clerk is that process.
type clerk struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    *os.File
	out   *bufio.Scanner
	found int
}

func newClerk(t *testing.T, path string) *clerk {
	t.Helper()
	c := &clerk{t: t, cmd: exec.Command(os.Args[0], "-test.run=^TestClerk$")}
	c.cmd.Env = append(os.Environ(), clerkEnv+"="+path)
	theirs, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.in, c.cmd.Stdin = ours, theirs
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.kill(); _ = ours.Close() })
	_ = theirs.Close() // the child has it
	c.out = bufio.NewScanner(out)
	if said := c.hear(); !scan(said, "found %d", &c.found) {
		t.Fatalf("the clerk says %q", said)
	}
	return c
}

func scan(said, format string, into *int) bool {
	_, err := fmt.Sscanf(said, format, into)
	return err == nil
}

func (c *clerk) hear() string {
	for c.out.Scan() {
		if said, ok := strings.CutPrefix(c.out.Text(), "clerk: "); ok {
			return said
		}
	}
	return "nothing"
}

// keep lets it write a row; ok tells that it says to have it.
func (c *clerk) keep() (ok bool, said string) {
	c.t.Helper()
	if _, err := c.in.WriteString("\n"); err != nil {
		c.t.Fatal(err)
	}
	said = c.hear()
	return strings.HasPrefix(said, "kept"), said
}

func (c *clerk) kill() {
	_ = c.cmd.Process.Kill() // it may be gone
	_ = c.cmd.Wait()
}

// An fsync that fails leaves its pages clean and off the disk (sim/disk), and the
// frames of that commit in the log, where the next process finds them and takes them for good. What
// it then commits stands behind them, and a power cut must not take it.
func TestNothingIsLostByAPowerCutAfterAFailedSync(t *testing.T) {
	t.Parallel()
	d := disk.ForTest(t, disk.Options{})
	path := filepath.Join(d.Path(), "vestnik.db")
	first := newClerk(t, path)
	for range 3 {
		if ok, said := first.keep(); !ok {
			t.Fatal(said)
		}
	}
	d.Inject(disk.Fault{Op: disk.Sync, Err: syscall.EIO, Name: "*-wal"})
	if ok, said := first.keep(); ok {
		t.Fatalf("the disk failed, and the clerk says %q", said)
	}
	first.kill()

	second := newClerk(t, path)
	kept := second.found
	if kept < 3 {
		t.Fatalf("%d rows after the restart, want 3 or 4", kept)
	}
	for range 5 {
		if ok, said := second.keep(); !ok {
			t.Fatal(said)
		}
		kept++
	}
	if _, err := d.Cut(disk.LoseAll); err != nil { // the clerk waits: nothing is under way
		t.Fatal(err)
	}
	second.kill()
	if err := d.PowerOn(); err != nil {
		t.Fatal(err)
	}
	if third := newClerk(t, path); third.found < kept {
		t.Errorf("%d rows after the power cut, %d were acknowledged", third.found, kept)
	}
}
