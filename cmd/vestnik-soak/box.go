package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// box is the program under test: at most one process at a time on its data folder.
type box struct {
	binary, data, logPath string
	env                   []string

	mu      sync.Mutex
	cmd     *exec.Cmd // nil before the first start
	gone    chan struct{}
	ended   error // why, once gone is closed
	url     string
	starts  int
	logFile *os.File
}

func newBox(binary, data, logPath string, env []string) (*box, error) {
	f, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the box's log: %w", err)
	}
	gone := make(chan struct{})
	close(gone)
	return &box{binary: binary, data: data, logPath: logPath, env: append(os.Environ(), env...), gone: gone, logFile: f}, nil
}

// verb runs one of the program's other verbs on the data folder and answers what it
// printed.
func (b *box) verb(ctx context.Context, input string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, b.binary, append(args, "--data", b.data)...)
	cmd.Env = b.env
	cmd.Stdin = strings.NewReader(input)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("vestnik %s: %w: %s", args[0], err, bytes.TrimSpace(complaint.Bytes()))
	}
	return string(out), nil
}

var pagesAt = regexp.MustCompile(`http://\S+`)

// start executes `vestnik serve` and returns at once.
func (b *box) start() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-b.gone:
	default:
		return errors.New("the box runs already")
	}
	cmd := exec.Command(b.binary, "serve", "--data", b.data, "--listen", "127.0.0.1:0")
	cmd.Env, cmd.Stderr = b.env, b.logFile
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // no box outlives the harness
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start the box: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the box: %w", err)
	}
	b.starts++
	gone := make(chan struct{})
	b.cmd, b.gone, b.url, b.ended = cmd, gone, "", nil
	go b.watch(cmd, out, gone)
	return nil
}

// watch reads the address from what the box prints and waits for its end.
func (b *box) watch(cmd *exec.Cmd, out io.Reader, gone chan struct{}) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if at := pagesAt.FindString(lines.Text()); at != "" {
			b.mu.Lock()
			if b.cmd == cmd && b.url == "" {
				b.url = strings.TrimSuffix(at, "/")
			}
			b.mu.Unlock()
		}
	}
	err := cmd.Wait()
	b.mu.Lock()
	b.ended, b.url = err, ""
	b.mu.Unlock()
	close(gone)
}

// address is where the pages are, "" while nobody listens there.
func (b *box) address() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.url
}

// exited is closed when the present process is gone.
func (b *box) exited() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.gone
}

// ending is why the process is gone: nil for exit status 0, or while it runs.
func (b *box) ending() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended
}

// running tells whether there is a process, and its id.
func (b *box) running() (pid int, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-b.gone:
		return 0, false
	default:
		return b.cmd.Process.Pid, true
	}
}

func (b *box) signal(s syscall.Signal) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cmd == nil {
		return errors.New("the box was never started")
	}
	if err := b.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %s to the box: %w", s, err)
	}
	return nil
}

func (b *box) kill() error {
	gone := b.exited()
	if err := b.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-gone
	return nil
}

// freeze stops the process and waits until the kernel says that it stands
// (proc(5): state T), so that no instruction of it runs after this returned.
func (b *box) freeze() error {
	pid, ok := b.running()
	if !ok {
		return errors.New("there is no box to freeze")
	}
	if err := b.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return until(ctx, time.Millisecond, func() (bool, error) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return false, fmt.Errorf("freeze the box: %w", err)
		}
		_, after, _ := strings.Cut(string(stat), ") ")
		return strings.HasPrefix(after, "T"), nil
	})
}

func (b *box) thaw() error { return b.signal(syscall.SIGCONT) }

func (b *box) stop(ctx context.Context) error {
	gone := b.exited()
	if err := b.signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-gone:
		return b.ending()
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(15 * time.Second): // the contract says 10
		return errors.New("the box did not end within 15 s of SIGTERM")
	}
}

// end is for the rig's Close: whatever state the process is in.
func (b *box) end() {
	if _, ok := b.running(); ok {
		_ = b.kill() // ours, and nobody asks any more
	}
	_ = b.logFile.Close()
}
