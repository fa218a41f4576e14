package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// daemon is the shipped program in a process of its own.
type daemon struct {
	cmd  *exec.Cmd
	url  string
	took time.Duration // from exec to the first HTTP answer
}

// startDaemon runs the shipped program and waits for its first answer.
func startDaemon(ctx context.Context, program, data string) (*daemon, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	d := &daemon{url: "http://" + address}
	d.cmd = exec.CommandContext(ctx, program, "serve", "--data", data, "--listen", address, "--log-level", "error")
	d.cmd.Stderr = os.Stderr
	began := time.Now()
	if err := d.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w; run make build first", err)
	}
	for {
		resp, err := http.Get(d.url + "/healthz")
		if err == nil {
			resp.Body.Close()
			break
		}
		if time.Since(began) > 20*time.Second {
			d.kill()
			return nil, fmt.Errorf("the daemon did not answer within 20 s")
		}
		time.Sleep(time.Millisecond)
	}
	d.took = time.Since(began)
	return d, nil
}

// stop ends it in good order: after a kill the next one reads its whole database for
// damage, seconds after it has started.
func (d *daemon) stop() error {
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return d.cmd.Wait()
}

// kill ends it at once: what it was good for has been measured.
func (d *daemon) kill() {
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
}

// freeAddress is one on which nobody listens at this moment.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// startTime is the median time from exec to the first answer of n starts.
func startTime(ctx context.Context, program, data string, n int) (time.Duration, error) {
	var all []time.Duration
	for range n {
		d, err := startDaemon(ctx, program, data)
		if err != nil {
			return 0, err
		}
		if err := d.stop(); err != nil {
			return 0, err
		}
		all = append(all, d.took)
	}
	return median(all), nil
}

// benchDaemon measures the shipped program by itself: start and idle memory.
func benchDaemon(ctx context.Context, dir, program string) ([]figure, error) {
	start, err := startTime(ctx, program, dir, 7)
	if err != nil {
		return nil, err
	}
	d, err := startDaemon(ctx, program, dir)
	if err != nil {
		return nil, err
	}
	defer d.kill()
	time.Sleep(5 * time.Second)
	idle, err := rss(d.cmd.Process.Pid)
	if err != nil {
		return nil, err
	}
	own, err := anonymous(d.cmd.Process.Pid)
	if err != nil {
		return nil, err
	}
	return []figure{
		{"start: exec to first HTTP answer, empty ledger", ms(start), "ms", atMost(50), "median of 7"},
		{"memory: idle, unpaired", idle, "MiB", atMost(35), fmt.Sprintf("RSS 5 s after start; %.1f of it the program's own, the rest the file of the program mapped into memory", own)},
	}, nil
}
