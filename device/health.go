package device

import "time"

// Health is how the box itself fares. Whatever cannot be known on this machine is left
// at its zero value, which means "unknown" and never "bad".
type Health struct {
	Clock ClockSync
	Disk  Disk
	// Celsius is the hottest temperature that the machine tells; HasCelsius is false
	// where it tells none.
	Celsius    float64
	HasCelsius bool
	Power      Power
}

// ClockSync is what the kernel knows of its clock (adjtimex(2)).
type ClockSync struct {
	Known        bool // false: this system does not tell
	Synchronised bool // a time service keeps the clock right
	// Error is the kernel's own estimate of how far the clock may be off; it says something
	// only while Synchronised.
	Error time.Duration
	// Uptime is the time since the machine was switched on, sleep included; 0: unknown.
	Uptime time.Duration
}

// Disk is the disk under the data folder. Sizes are bytes.
type Disk struct {
	Known       bool
	Total, Free int64 // Free is what this user may still write
	Used        int64 // by the data folder
	Files       int   // in the data folder
	Database    int64 // vestnik.db with its log
	// InodesFree is -1 where the file system has no fixed number of them.
	InodesFree int64
	ReadOnly   bool // the kernel has it read-only, as after errors of the card
}

// Supply is where the box's power comes from.
type Supply string

// The supplies; the zero value is "unknown".
const (
	SupplyUnknown Supply = ""
	SupplyMains   Supply = "mains"
	SupplyBattery Supply = "battery"
)

// Power is the power supply.
type Power struct {
	Supply Supply
	// Percent is the battery's charge, 0 to 100, where HasBattery.
	Percent    int
	HasBattery bool
	// UnderVoltage: the board says that its supply is too weak at this moment; it says
	// nothing where KnowsVoltage is false.
	UnderVoltage bool
	KnowsVoltage bool
}
