package board_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/device/board"
)

// tree is a folder that looks like the kernel's.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestThisMachineAnswersWithoutARight(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"vestnik.db": "12345", "vestnik.db-wal": "678", "vestnik.db.version-1": "x", "sub/other": "12"})
	h := board.New(board.Options{DataDir: dir, Database: "vestnik.db"}).Health()
	if h.Clock.Uptime <= 0 {
		t.Errorf("clock %+v: no uptime", h.Clock)
	}
	if d := h.Disk; !d.Known || d.Total <= 0 || d.Free <= 0 || d.Free > d.Total || d.Used != 11 || d.Files != 4 || d.Database != 8 {
		t.Errorf("disk %+v", d)
	}
}

func TestWhatTheMachineDoesNotTellIsUnknown(t *testing.T) {
	t.Parallel()
	b := board.New(board.Options{
		Sys: t.TempDir(), DataDir: filepath.Join(t.TempDir(), "none"),
		Adjtimex: func() (board.Timex, error) { return board.Timex{}, errors.New("not permitted") },
		Uptime:   func() (time.Duration, error) { return 0, errors.New("not permitted") },
	})
	if diff := cmp.Diff(device.Health{}, b.Health()); diff != "" {
		t.Error(diff)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		timex board.Timex
		want  device.ClockSync
	}{
		"kept right": {board.Timex{EstimatedError: 3 * time.Millisecond}, device.ClockSync{Known: true, Synchronised: true, Error: 3 * time.Millisecond, Uptime: time.Hour}},
		"alone":      {board.Timex{Unsynchronised: true, EstimatedError: 16 * time.Second}, device.ClockSync{Known: true, Error: 16 * time.Second, Uptime: time.Hour}},
	} {
		b := board.New(board.Options{
			Adjtimex: func() (board.Timex, error) { return c.timex, nil },
			Uptime:   func() (time.Duration, error) { return time.Hour, nil },
		})
		if got := b.Clock(); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestDisk(t *testing.T) {
	t.Parallel()
	b := board.New(board.Options{DataDir: t.TempDir(), Statfs: func(string) (board.Statfs, error) {
		return board.Statfs{Total: 100, Free: 7, ReadOnly: true}, nil
	}})
	want := device.Disk{Known: true, Total: 100, Free: 7, InodesFree: -1, ReadOnly: true}
	if got := b.Disk(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestTemperatureAndPower(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files   map[string]string
		celsius float64
		hot     bool
		power   device.Power
	}{
		"a Raspberry Pi with a weak supply": {map[string]string{
			"class/thermal/thermal_zone0/temp":   "61300\n",
			"class/thermal/cooling_device0/temp": "99000\n",
			"class/hwmon/hwmon0/name":            "cpu_thermal\n",
			"class/hwmon/hwmon1/name":            "rpi_volt\n",
			"class/hwmon/hwmon1/in0_lcrit_alarm": "1\n",
		}, 61.3, true, device.Power{KnowsVoltage: true, UnderVoltage: true}},
		"a Raspberry Pi with a good supply": {map[string]string{
			"class/hwmon/hwmon0/name": "rpi_volt\n", "class/hwmon/hwmon0/in0_lcrit_alarm": "0\n",
		}, 0, false, device.Power{KnowsVoltage: true}},
		"a laptop on its battery": {map[string]string{
			"class/thermal/thermal_zone0/temp": "41000", "class/thermal/thermal_zone1/temp": "52500", "class/thermal/thermal_zone2/temp": "-273000",
			"class/power_supply/AC/type": "Mains", "class/power_supply/AC/online": "0",
			"class/power_supply/BAT0/type": "Battery", "class/power_supply/BAT0/capacity": "83", "class/power_supply/BAT0/status": "Discharging",
			"class/power_supply/mouse/type": "Battery", "class/power_supply/mouse/scope": "Device", "class/power_supply/mouse/capacity": "7",
		}, 52.5, true, device.Power{Supply: device.SupplyBattery, HasBattery: true, Percent: 83}},
		"a UPS hat on mains": {map[string]string{
			"class/power_supply/ups/type": "UPS", "class/power_supply/ups/capacity": "100", "class/power_supply/ups/status": "Full",
		}, 0, false, device.Power{Supply: device.SupplyMains, HasBattery: true, Percent: 100}},
		"files with nonsense": {map[string]string{
			"class/thermal/thermal_zone0/temp": "hot", "class/power_supply/x/type": "Battery", "class/power_supply/x/capacity": "-1",
			"class/hwmon/hwmon0/name": "rpi_volt", "class/hwmon/hwmon0/in0_lcrit_alarm": "",
		}, 0, false, device.Power{}},
	} {
		b := board.New(board.Options{Sys: tree(t, c.files)})
		if got, ok := b.Temperature(); got != c.celsius || ok != c.hot {
			t.Errorf("%s: %v, %v; want %v, %v", name, got, ok, c.celsius, c.hot)
		}
		if diff := cmp.Diff(c.power, b.Power()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
