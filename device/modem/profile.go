package modem

import (
	"fmt"
	"slices"
	"strings"
)

// Ways of a delivery report from the modem to us: <ds> of AT+CNMI (3GPP TS 27.005 §3.4.1).
const (
	reportsOff    = 0
	reportsRouted = 1 // +CDS: gone when nobody listens
	reportsStored = 2 // +CDSI: waits in the storage
)

// profile is what a modem can do and how it is set up.
type profile struct {
	vendor, model string
	huawei        bool // sticks that announce with ^ and take USSD packed
	memory        string
	reports       int
	ack           bool // direct lines must be acknowledged (AT+CSMS=1)
}

// chooseCNMI makes the AT+CNMI command from the modem's own list of what it takes. Incoming texts are
// stored and announced (mt=1), or, where that is not offered, only stored and found by the sweep. Reports are
// stored where that is known to work (Huawei), since they then survive our restart; routed elsewhere.
// avoidStored is set once stored reports proved unreadable.
func chooseCNMI(test string, huawei, avoidStored bool) (cmd string, reports int, mt int) {
	f := params(test, "+CNMI:")
	allowed := func(i, def int) []int {
		if i < len(f) {
			if v := values(f[i]); len(v) > 0 {
				return v
			}
		}
		return []int{def}
	}
	first := func(list []int, wanted ...int) int {
		for _, w := range wanted {
			if slices.Contains(list, w) {
				return w
			}
		}
		return list[0]
	}
	order := []int{reportsRouted, reportsStored, reportsOff}
	if huawei {
		order = []int{reportsStored, reportsRouted, reportsOff}
	}
	if avoidStored {
		order = []int{reportsRouted, reportsOff}
	}
	if test == "" { // the modem does not tell: what nearly all of them take
		return "AT+CNMI=2,1,0,1,0", reportsRouted, 1
	}
	mode := first(allowed(0, 2), 2, 1)
	mt = first(allowed(1, 1), 1, 0)
	ds := first(allowed(3, 0), order...)
	return fmt.Sprintf("AT+CNMI=%d,%d,0,%d,%d", mode, mt, ds, first(allowed(4, 0), 0)), ds, mt
}

// chooseMemory picks the storage for everything: the SIM card's when offered, since all modems
// have it, else the modem's own. "SR" and "BM" are never taken: they hold no texts.
func chooseMemory(test string) string {
	f := params(test, "+CPMS:")
	offered := func(i int) []string {
		if i >= len(f) {
			return nil
		}
		return strings.FieldsFunc(f[i], func(r rune) bool { return strings.ContainsRune(`()", `, r) })
	}
	lists := [][]string{offered(0), offered(1), offered(2)}
	for _, mem := range []string{"SM", "ME", "MT"} {
		everywhere := true
		for _, l := range lists {
			if len(l) > 0 && !slices.Contains(l, mem) {
				everywhere = false
			}
		}
		if everywhere && slices.Contains(lists[0], mem) {
			return mem
		}
	}
	return "SM"
}

// vendorSetup are commands that quiet a family of sticks. Each may be refused: firmwares differ.
func vendorSetup(vendor string) []string {
	switch v := strings.ToLower(vendor); {
	case strings.Contains(v, "huawei"):
		return []string{"AT^CURC=0", "AT^PORTSEL=1"} // no ^RSSI and friends; what is left comes to this port
	case strings.Contains(v, "zte"):
		return []string{"AT+ZCDRUN=8", "AT+ZOPRT=5"}
	case strings.Contains(v, "quectel"):
		return []string{`AT+QURCCFG="urcport","usbat"`}
	case strings.Contains(v, "simcom") && strings.Contains(v, "7"):
		return []string{"AT+CNMP=2"}
	}
	return nil
}
