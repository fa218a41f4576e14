package board

import (
	"time"

	"golang.org/x/sys/unix"

	"vestnik/device"
)

// Timex is the part of the kernel's answer that is looked at.
type Timex struct {
	// Unsynchronised is the status bit STA_UNSYNC or the return value TIME_ERROR. The
	// kernel sets the bit at boot and whenever somebody sets the clock by hand, and the time
	// service clears it (adjtimex(2), ntp_clear in kernel/time/ntp.c).
	Unsynchronised bool
	EstimatedError time.Duration
}

// Clock asks the kernel whether a time service keeps its clock right. It needs no
// right: with no mode set, adjtimex only reads. Under systemd the call must be in the
// unit's SystemCallFilter; ProtectClock refuses it, and then this is unknown.
func (b *Board) Clock() device.ClockSync {
	var c device.ClockSync
	if t, err := b.o.Adjtimex(); err == nil {
		c.Known, c.Synchronised, c.Error = true, !t.Unsynchronised, t.EstimatedError
	}
	if up, err := b.o.Uptime(); err == nil {
		c.Uptime = up
	}
	return c
}

func adjtimex() (Timex, error) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return Timex{}, err
	}
	return Timex{
		Unsynchronised: t.Status&unix.STA_UNSYNC != 0 || state == unix.TIME_ERROR,
		EstimatedError: time.Duration(t.Esterror) * time.Microsecond,
	}, nil
}

func uptime() (time.Duration, error) {
	var t unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t)
	return time.Duration(t.Nano()), err
}
