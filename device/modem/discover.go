package modem

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// systemPorts lists the ports of this computer that may lead to a modem's AT interpreter, likeliest
// first. Each tty is named once, by its stable name where it has one.
func systemPorts() []string { return findPorts("/dev", "/sys") }

// findPorts is systemPorts below other roots.
func findPorts(dev, sys string) []string {
	type found struct {
		path string
		rank int
	}
	var list []found
	seen := map[string]bool{}
	for _, pattern := range []string{"serial/by-id/*", "serial/by-path/*", "ttyUSB*", "ttyACM*"} {
		paths, _ := filepath.Glob(filepath.Join(dev, pattern))
		slices.Sort(paths)
		for _, p := range paths {
			real, err := filepath.EvalSymlinks(p)
			if err != nil || seen[real] {
				continue
			}
			seen[real] = true
			if rank := rankPort(readInterface(sys, filepath.Base(real))); rank >= 0 {
				list = append(list, found{p, rank})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b found) int { return a.rank - b.rank })
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = f.path
	}
	return out
}

// usbInterface is what sysfs says of the USB interface behind a tty; known is false for a tty that is none.
type usbInterface struct {
	known              bool
	vendor, product    string // lower-case hex
	class, sub, number int
	protocol           int
}

func readInterface(sys, tty string) usbInterface {
	dir, err := filepath.EvalSymlinks(filepath.Join(sys, "class", "tty", tty, "device"))
	if err != nil {
		return usbInterface{}
	}
	// ttyUSB: device is the port below the interface; ttyACM: it is the interface itself.
	for range 2 {
		if _, err := os.Stat(filepath.Join(dir, "bInterfaceNumber")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	hex := func(path ...string) int {
		n, err := strconv.ParseInt(readText(filepath.Join(path...)), 16, 32)
		if err != nil {
			return -1
		}
		return int(n)
	}
	number := hex(dir, "bInterfaceNumber")
	if number < 0 {
		return usbInterface{}
	}
	usb := filepath.Dir(dir)
	return usbInterface{
		known: true, number: number,
		class: hex(dir, "bInterfaceClass"), sub: hex(dir, "bInterfaceSubClass"), protocol: hex(dir, "bInterfaceProtocol"),
		vendor: readText(filepath.Join(usb, "idVendor")), product: readText(filepath.Join(usb, "idProduct")),
	}
}

func readText(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(string(b)))
}

// rankPort says how likely a tty is the AT port: 0 is best, negative means never to write to it. The
// layouts are those of ModemManager's port-type rules and the vendors' AT guides.
func rankPort(u usbInterface) int {
	if !u.known {
		return 5 // a UART, or sysfs is not to be seen: ask
	}
	switch u.vendor {
	case "12d1": // Huawei: protocol 02 or 12 = PCUI, 01 or 10 = data, 03 = diagnosis, 14 = GPS
		switch u.protocol {
		case 0x02, 0x12:
			return 0
		case 0x01, 0x10:
			return 3
		case 0x03, 0x13, 0x14, 0x04:
			return -1
		}
		return 4
	case "2c7c", "1e0e": // Quectel, SIMCom: 00 diagnosis, 01 NMEA, 02 AT, 03 data, 04 audio
		switch u.number {
		case 2:
			return 0
		case 3:
			return 2
		}
		return -1
	case "19d2": // ZTE: by product
		first, second := zteAT(u.product)
		switch u.number {
		case first:
			return 0
		case second:
			return 1
		}
		if first >= 0 {
			return -1
		}
		return 4
	}
	if u.class == 0x02 && u.sub == 0x02 && u.protocol == 0x01 {
		return 1 // CDC-ACM that says it speaks AT (V.250)
	}
	return 4
}

// zteAT are the interface numbers of a ZTE stick's AT ports, -1 when unknown.
func zteAT(product string) (first, second int) {
	switch product {
	case "0117":
		return 2, 1
	case "0031":
		return 3, 1
	case "0016":
		return 2, 1
	}
	return -1, -1
}
