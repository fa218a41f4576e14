package board

import (
	"path/filepath"
	"strings"

	"vestnik/device"
)

// Temperature is the hottest of the machine's thermometers in degrees Celsius; false
// where it has none. The kernel gives thousandths of a degree
// (Documentation/driver-api/thermal/sysfs-api.rst); values beyond -50 and 150 come from
// sensors that are not connected.
func (b *Board) Temperature() (celsius float64, ok bool) {
	b.each("thermal", func(dir string) {
		if !strings.HasPrefix(filepath.Base(dir), "thermal_zone") {
			return
		}
		milli, read := number(filepath.Join(dir, "temp"))
		if c := float64(milli) / 1000; read && c > -50 && c < 150 && (!ok || c > celsius) {
			celsius, ok = c, true
		}
	})
	return celsius, ok
}

// Power tells mains from battery (Documentation/ABI/testing/sysfs-class-power), and
// whether a Raspberry Pi says that its supply is too weak: its firmware raises
// in0_lcrit_alarm of the hwmon device rpi_volt below 4.63 V
// (drivers/hwmon/raspberrypi-hwmon.c).
func (b *Board) Power() device.Power {
	var p device.Power
	mains, discharging := false, false
	b.each("power_supply", func(dir string) {
		if scope, ok := word(filepath.Join(dir, "scope")); ok && scope == "Device" {
			return // the battery of a mouse
		}
		switch kind, _ := word(filepath.Join(dir, "type")); kind {
		case "Mains", "USB", "Wireless":
			if on, ok := number(filepath.Join(dir, "online")); ok && on == 1 {
				mains = true
			}
		case "Battery", "UPS":
			if percent, ok := number(filepath.Join(dir, "capacity")); ok && percent >= 0 && percent <= 100 {
				p.HasBattery, p.Percent = true, int(percent)
			}
			status, _ := word(filepath.Join(dir, "status"))
			switch status {
			case "Discharging":
				discharging = true
			case "Charging", "Full", "Not charging":
				mains = true
			}
		}
	})
	switch {
	case discharging:
		p.Supply = device.SupplyBattery
	case mains:
		p.Supply = device.SupplyMains
	}
	b.each("hwmon", func(dir string) {
		if name, _ := word(filepath.Join(dir, "name")); name != "rpi_volt" {
			return
		}
		if alarm, ok := number(filepath.Join(dir, "in0_lcrit_alarm")); ok {
			p.KnowsVoltage, p.UnderVoltage = true, alarm != 0
		}
	})
	return p
}
