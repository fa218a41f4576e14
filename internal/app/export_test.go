package app

import "vestnik/device"

// UseSMS puts a radio of a test in the place of the modems, whose lines are files that know
// nothing of a test's own time. The settings must have SMS on and name no modem.
func (a *App) UseSMS(t device.Transport) { a.radios[device.SMS].use(t) }

// Ear is where radios tell what they hear.
func (a *App) Ear() device.Sink { return a.ear }
