package modem

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// errPortBusy means that another program holds the port.
var errPortBusy = errors.New("another program is using the port")

// port is an open tty. It goes through Go's poller, so that Close wakes a blocked Read and a
// modem that stopped reading cannot block a Write for longer than its deadline.
type port struct {
	file *os.File
	path string
}

// openPort opens a tty raw (8 bits, no parity, no flow control, no echo) and for itself
// alone. It never waits for carrier detect.
func openPort(path string) (*port, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EBUSY) {
		return nil, fmt.Errorf("open %s: %w", path, errPortBusy)
	}
	if err != nil {
		return nil, fmt.Errorf("open modem port: %w", err)
	}
	p := &port{file: f, path: path}
	if err := p.control(prepare); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("set up %s: %w", path, err)
	}
	return p, nil
}

// control runs fn with the descriptor and keeps it non-blocking, which File.Fd would not.
func (p *port) control(fn func(fd int) error) error {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = fn(int(fd)) }); err != nil {
		return err
	}
	return inner
}

func prepare(fd int) error {
	// The lock keeps out a second copy of this program even as root, whom TIOCEXCL lets through.
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		return errPortBusy
	}
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON | unix.IXOFF
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag &^= unix.CSIZE | unix.PARENB | unix.CSTOPB | unix.CRTSCTS | unix.HUPCL | unix.CBAUD
	t.Cflag |= unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B115200
	t.Ispeed, t.Ospeed = unix.B115200, unix.B115200
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		return err
	}
	return unix.IoctlSetInt(fd, unix.TIOCEXCL, 0)
}

// Read returns what came; an error means that the port is closed or the stick is gone.
func (p *port) Read(b []byte) (int, error) { return p.file.Read(b) }

// Write writes all of b within d or fails.
func (p *port) Write(b []byte, d time.Duration) error {
	if err := p.file.SetWriteDeadline(time.Now().Add(d)); err != nil {
		return err
	}
	_, err := p.file.Write(b)
	return err
}

// Close gives the port back. What the modem did not read yet is thrown away, so that closing
// never waits for a modem that stopped reading.
func (p *port) Close() error {
	_ = p.control(func(fd int) error {
		_ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIOFLUSH)
		return unix.IoctlSetInt(fd, unix.TIOCNXCL, 0)
	})
	return p.file.Close()
}
