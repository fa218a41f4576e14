package disk_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the database/sql driver "sqlite"

	"vestnik/sim/disk"
)

// writerEnv makes the test binary the program whose plug is pulled; its value is the
// DSN.
const writerEnv = "VESTNIK_DISK_TEST_WRITER"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(writerEnv); dsn != "" {
		if err := writer(dsn); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// writer looks what a database holds, tells it, and then commits row after row and
// acknowledges each on its output.
func writer(dsn string) error {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	ctx := context.Background()
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT NOT NULL)`); err != nil {
		return err
	}
	var sane string
	var count, last int
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&sane); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, `SELECT count(*), coalesce(max(id), 0) FROM t`).Scan(&count, &last); err != nil {
		return err
	}
	if sane != "ok" || count != last {
		return fmt.Errorf("integrity %s, %d rows up to %d", sane, count, last)
	}
	fmt.Println(last)
	for {
		last++
		if _, err := db.ExecContext(ctx, `INSERT INTO t VALUES (?, ?)`, last, strings.Repeat("x", rand.IntN(3000))); err != nil {
			return err
		}
		fmt.Println(last)
	}
}

// TestWhatSQLiteAcknowledgesSurvives is what the disk is for, and shows that it is a
// disk: what SQLite's documentation of PRAGMA synchronous says may be lost is lost, and
// what may not is not.
func TestWhatSQLiteAcknowledgesSurvives(t *testing.T) {
	t.Parallel()
	const cuts = 12
	for _, c := range []struct {
		journal, synchronous string
		loses                bool
	}{
		{"WAL", "FULL", false},
		{"WAL", "NORMAL", true},
		{"DELETE", "EXTRA", false},
		{"DELETE", "FULL", true}, // the removal of the journal is the commit, and only EXTRA syncs it
	} {
		t.Run(c.journal+" "+c.synchronous, func(t *testing.T) {
			t.Parallel()
			d := disk.ForTest(t, disk.Options{Seed: 1})
			dsn := fmt.Sprintf("file:%s?_pragma=journal_mode(%s)&_pragma=synchronous(%s)&_pragma=wal_autocheckpoint(50)", at(d, "t.db"), c.journal, c.synchronous)
			acknowledged, lost, rows := 0, 0, 0
			for i := range cuts {
				found, last := untilTheCut(t, d, dsn, disk.Mode(i%3))
				lost += max(0, acknowledged-found)
				rows += max(0, last-found)
				acknowledged = last
				if c.loses && lost > 0 {
					return
				}
			}
			t.Logf("%d cuts, %d rows acknowledged, %d lost", cuts, rows, lost)
			switch {
			case rows < cuts:
				t.Errorf("only %d rows were acknowledged: nothing was tried", rows)
			case c.loses:
				t.Errorf("nothing acknowledged was lost in %d cuts: this disk forgets nothing", cuts)
			case lost > 0:
				t.Errorf("%d of %d acknowledged rows were lost", lost, rows)
			}
		})
	}
}

// untilTheCut runs the writer for a moment and pulls the plug. It answers the rows
// that the writer found and the last that it acknowledged.
func untilTheCut(t *testing.T, d *disk.Disk, dsn string, mode disk.Mode) (found, last int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerEnv+"="+dsn)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewReader(out)
	if _, err := fmt.Fscanln(lines, &found); err != nil {
		_ = cmd.Wait() // it ended by itself; what it said is the error
		t.Fatalf("the writer did not start: %v %s", err, said.String())
	}
	time.Sleep(time.Duration(5+rand.IntN(60)) * time.Millisecond) // the moment of the cut
	freeze(t, cmd.Process.Pid)
	_, err = d.Cut(mode)
	must(t, err)
	must(t, cmd.Process.Kill())
	rest, err := io.ReadAll(lines)
	must(t, err)
	_ = cmd.Wait() // killed
	must(t, d.PowerOn())
	last = found
	if all := strings.Fields(string(rest)); len(all) > 0 {
		_, err = fmt.Sscan(all[len(all)-1], &last)
		must(t, err)
	}
	return found, last
}

// freeze stops a process and waits until every thread of it stands still.
func freeze(t *testing.T, pid int) {
	t.Helper()
	must(t, syscall.Kill(pid, syscall.SIGSTOP))
	for {
		var st syscall.Rusage
		var status syscall.WaitStatus
		got, err := syscall.Wait4(pid, &status, syscall.WUNTRACED|syscall.WNOHANG, &st)
		must(t, err)
		if got == pid && status.Stopped() {
			return
		}
		if got == pid {
			t.Fatalf("the writer ended: %v", status)
		}
		time.Sleep(time.Millisecond)
	}
}
