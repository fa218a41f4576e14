package modem

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// idlePoll is how often a port that nobody holds open is looked at.
const idlePoll = 5 * time.Millisecond

// outLimit bounds what waits for a client that does not read, in octets; more is lost, as in a USB driver.
const outLimit = 256 << 10

// port is the modem's side of one plugged-in life of the tty. A reader of the tty gets EIO or EOF when it closes.
type port struct {
	master *os.File
	slave  string // /dev/pts/N
	link   string

	gone chan struct{} // closed when unplugged
	once sync.Once

	mu   sync.Mutex
	cond *sync.Cond
	out  []byte
	busy bool // the writer holds octets that are not yet in the tty
	own  bool // forget has the tty open, which must not look like a client
	shut bool
}

// openPort makes a raw pty and lets the link point at it.
func openPort(link string) (*port, error) {
	blocking, slave, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open a pty for the modem: %w", err)
	}
	defer func() { _ = slave.Close() }()
	defer func() { _ = blocking.Close() }()
	if err := makeRaw(int(slave.Fd())); err != nil {
		return nil, fmt.Errorf("set the modem's pty raw: %w", err)
	}
	// pty.Open leaves the descriptor blocking; a second, non-blocking one lets Close wake a reader.
	fd, err := unix.FcntlInt(blocking.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("duplicate the modem's pty: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("set the modem's pty non-blocking: %w", err)
	}
	p := &port{master: os.NewFile(uintptr(fd), "ptmx"), slave: slave.Name(), link: link, gone: make(chan struct{})}
	p.cond = sync.NewCond(&p.mu)
	tmp := link + ".new"
	_ = os.Remove(tmp)
	if err = os.Symlink(p.slave, tmp); err == nil {
		err = os.Rename(tmp, link)
	}
	if err != nil {
		_ = p.master.Close()
		return nil, fmt.Errorf("link the modem's port in %s: %w", filepath.Dir(link), err)
	}
	go p.writeLoop()
	return p, nil
}

func makeRaw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8 | unix.CREAD | unix.CLOCAL
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}

// close unplugs: the link goes first, so that nobody finds a dead port by name.
func (p *port) close() {
	p.once.Do(func() {
		if to, err := os.Readlink(p.link); err == nil && to == p.slave {
			_ = os.Remove(p.link)
		}
		close(p.gone)
		p.mu.Lock()
		p.shut = true
		p.cond.Broadcast()
		p.mu.Unlock()
		_ = p.master.Close()
	})
}

// send queues octets for whoever has the port open; when nobody has, they are lost.
func (p *port) send(s string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.shut && !p.own && len(p.out)+len(s) <= outLimit && p.held() {
		p.out = append(p.out, s...)
		p.cond.Broadcast()
	}
}

// drain waits until everything queued is in the tty, at most d.
func (p *port) drain(d time.Duration) {
	deadline := time.Now().Add(d)
	for time.Now().Before(deadline) {
		p.mu.Lock()
		done := p.shut || (len(p.out) == 0 && !p.busy)
		p.mu.Unlock()
		if done {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func (p *port) writeLoop() {
	for {
		p.mu.Lock()
		p.busy = false
		for len(p.out) == 0 && !p.shut {
			p.cond.Wait()
		}
		if p.shut {
			p.mu.Unlock()
			return
		}
		chunk := p.out
		p.out, p.busy = nil, true
		p.mu.Unlock()
		if _, err := p.master.Write(chunk); err != nil && errors.Is(err, os.ErrClosed) {
			return
		}
	}
}

// held tells whether a client has the port open.
func (p *port) held() bool {
	conn, err := p.master.SyscallConn()
	if err != nil {
		return false
	}
	held := false
	_ = conn.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, 0); err == nil {
			held = fds[0].Revents&unix.POLLHUP == 0
		}
	})
	return held
}

// read waits for the client's octets. It returns io.EOF when the port is unplugged. While nobody has the port open it
// waits and throws away what the last client did not read.
func (p *port) read(buf []byte) (int, error) {
	for idle := 0; ; idle++ {
		n, err := p.master.Read(buf)
		if n > 0 {
			return n, nil
		}
		if err == nil || errors.Is(err, os.ErrClosed) || errors.Is(err, io.EOF) {
			return 0, io.EOF
		}
		if idle < 2 { // twice: the writer may have been at it when the client left
			p.forget()
		}
		select {
		case <-p.gone:
			return 0, io.EOF
		case <-time.After(idlePoll):
		}
	}
}

// forget drops what waits in the tty for a reader who left.
func (p *port) forget() {
	p.mu.Lock()
	p.out, p.own = nil, true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.own = false
		p.mu.Unlock()
	}()
	fd, err := unix.Open(p.slave, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	_ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH)
	_ = unix.Close(fd)
}
