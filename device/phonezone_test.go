package device_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"vestnik/device"
)

func TestZonesOfNumbers(t *testing.T) {
	t.Parallel()
	for phone, want := range map[string]string{
		"+74951234567":   "Europe/Moscow",
		"+74012123456":   "Europe/Kaliningrad",
		"+78452123456":   "Europe/Saratov",
		"+78462123456":   "Europe/Samara",
		"+73432123456":   "Asia/Yekaterinburg",
		"+73832123456":   "Asia/Novosibirsk",
		"+74232123456":   "Asia/Vladivostok",
		"+74152123456":   "Asia/Kamchatka",
		"+79161234567":   "Europe/Moscow …",
		"+79131234567":   "Asia/Krasnoyarsk …",
		"+79141234567":   "Asia/Yakutsk …",
		"+77011234567":   "Asia/Almaty",
		"+77122123456":   "Asia/Almaty",
		"+375291234567":  "Europe/Minsk",
		"+996555123456":  "Asia/Bishkek",
		"+998901234567":  "Asia/Tashkent",
		"+37491123456":   "Asia/Yerevan",
		"+995555123456":  "Asia/Tbilisi",
		"+994501234567":  "Asia/Baku",
		"+34612345678":   "Europe/Madrid",
		"+34928123456":   "Atlantic/Canary",
		"+525512345678":  "America/Mexico_City",
		"+5215512345678": "America/Mexico_City",
		"+526641234567":  "America/Tijuana",
		"+526621234567":  "America/Hermosillo",
		"+526141234567":  "America/Chihuahua",
		"+529981234567":  "America/Cancun",
		"+12125550123":   "America/New_York",
		"+80012345678":   "", // of no country
		"":               "",
	} {
		zones := device.ZonesOf(device.Phone(phone))
		got := strings.Join(zones[:min(len(zones), 1)], "")
		if len(zones) > 1 {
			got += " …"
		}
		if got != want {
			t.Errorf("%s: %q, want %q (%v)", phone, got, want, zones)
		}
		for _, z := range zones {
			if _, err := time.LoadLocation(z); err != nil {
				t.Errorf("%s: %v", phone, err)
			}
		}
	}
	zones := device.ZonesOf("+79161234567")
	for _, z := range []string{"Europe/Kaliningrad", "Europe/Samara", "Asia/Omsk", "Asia/Vladivostok", "Asia/Kamchatka"} {
		if !slices.Contains(zones, z) {
			t.Errorf("a Russian mobile number is never at home in %s", z)
		}
	}
	zones[0] = "spoilt"
	if again := device.ZonesOf("+79161234567"); again[0] != "Europe/Moscow" {
		t.Error("the table was handed out itself")
	}
}

func TestCountriesOfNumbers(t *testing.T) {
	t.Parallel()
	for phone, want := range map[string]string{
		"+79161234567": "RU", "+77011234567": "KZ", "+375291234567": "BY", "+34612345678": "ES", "+525512345678": "MX",
		"+14165550123": "CA", "+80012345678": "", "": "", "+7": "",
	} {
		if got := device.CountryOf(device.Phone(phone)); got != want {
			t.Errorf("%s: %q, want %q", phone, got, want)
		}
	}
}

// A box has little memory: what the numbers' zones cost is told when it grows.
func TestZonesOfNumbersTakeLittleMemory(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	device.ZonesOf("+74951234567")
	device.ZonesOf("+79161234567")
	if after := heap(); after > before+512<<10 {
		t.Errorf("%d KiB", (after-before)>>10)
	}
}
