// Package board is the box itself: its clock, its disk, its temperature and its
// power supply, as the Linux kernel tells them.
//
// It only reads. What a machine does not tell is unknown, which is no error: a
// server has no under-voltage, a container no thermometer. It knows nothing of
// messages; what a wrong clock or a full disk means for them is decided in gateway
// and internal/app.
//
// Imports device and golang.org/x/sys; imported by internal/app only.
package board
