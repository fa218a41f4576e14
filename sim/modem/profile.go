package modem

import (
	"strconv"
	"strings"
	"time"
)

// Profile names a family of modems.
type Profile string

const (
	// Generic knows every command of the package and both ways of reports; storage begins at 1.
	Generic Profile = "generic"
	// Huawei is a 3G/4G stick (E173, E3372 in stick mode): ^-lines, storage from 0, reports stored (+CDSI) or routed,
	// ^SMMEMFULL and no +CMTI when the storage is full, USSD requests packed as 7-bit hex.
	Huawei Profile = "huawei"
	// SIM800 is a UART 2G module: reports only routed (ds=1), no LTE commands, the tty stays over a restart and says RDY.
	SIM800 Profile = "sim800"
	// Quectel is an EC25: it accepts ds=2 and announces +CDSI, but nothing can be read there and the report is lost.
	Quectel Profile = "quectel"
)

// traits are the differences between profiles.
type traits struct {
	manufacturer, model, revision string
	cnmi                          [5][]int // allowed values of AT+CNMI
	csms                          []int
	memories                      []string
	firstSlot                     int
	caret                         bool // speaks ^-commands and ^-noise
	lte                           bool // +CEREG
	emptySlotOK                   bool // AT+CMGR of an empty slot answers OK with nothing
	keepsUnrouted                 bool // with ds=0 a report is stored silently; otherwise it is gone
	srTrap                        bool // ds=2 announces a report that cannot be read
	packedUSSD                    bool
	reboot                        time.Duration // how long the tty is away after AT+CFUN=1,1; 0 = it stays
	bootLines                     []string
	act                           int    // access technology in +COPS, 3GPP TS 27.007 §7.3
	gcap                          string // answer of AT+GCAP
}

// profileTraits gives the traits of a profile and whether it is known. The CNMI lists follow the vendors' AT manuals:
// SIM800 series 1.09, Huawei ME909 AT guide, Quectel EC25 AT guide.
func profileTraits(p Profile) (traits, bool) {
	switch p {
	case Generic, "":
		return traits{
			manufacturer: "Vestnik", model: "Simulated GSM modem", revision: "1.0",
			cnmi: [5][]int{{0, 1, 2}, {0, 1, 2, 3}, {0, 2}, {0, 1, 2}, {0, 1}}, csms: []int{0, 1},
			memories: []string{"SM", "ME"}, firstSlot: 1, lte: true, keepsUnrouted: true,
			reboot: 300 * time.Millisecond, act: 2, gcap: "+CGSM,+DS,+ES",
		}, true
	case Huawei:
		return traits{
			manufacturer: "huawei", model: "E173", revision: "11.126.16.04.00",
			cnmi: [5][]int{{0, 1, 2}, {0, 1, 2, 3}, {0, 2}, {0, 1, 2}, {0, 1}}, csms: []int{0, 1},
			memories: []string{"SM", "ME"}, firstSlot: 0, caret: true, lte: true, keepsUnrouted: true, packedUSSD: true,
			reboot: 300 * time.Millisecond, act: 2, gcap: "+CGSM,+DS,+ES",
		}, true
	case SIM800:
		return traits{
			manufacturer: "SIMCOM_Ltd", model: "SIMCOM_SIM800C", revision: "1418B05SIM800C24",
			cnmi: [5][]int{{0, 1, 2, 3}, {0, 1, 2, 3}, {0, 2}, {0, 1}, {0, 1}}, csms: []int{0, 1},
			memories: []string{"SM", "ME"}, firstSlot: 1, emptySlotOK: true,
			bootLines: []string{"RDY", "+CFUN: 1", "+CPIN: %s", "Call Ready", "SMS Ready"}, act: 0, gcap: "+CGSM",
		}, true
	case Quectel:
		return traits{
			manufacturer: "Quectel", model: "EC25", revision: "EC25EFAR06A03M4G",
			cnmi: [5][]int{{0, 1, 2}, {0, 1, 2, 3}, {0, 2}, {0, 1, 2}, {0, 1}}, csms: []int{0, 1},
			memories: []string{"SM", "ME"}, firstSlot: 0, lte: true, srTrap: true,
			reboot: 300 * time.Millisecond, bootLines: []string{"RDY", "+CFUN: 1", "+CPIN: %s", "+QUSIM: 1", "+QIND: SMS DONE"},
			act: 7, gcap: "+CGSM",
		}, true
	}
	return traits{}, false
}

// list writes allowed values as =? answers do: "(0,1,2)".
func list(values []int) string {
	s := make([]string, len(values))
	for i, v := range values {
		s[i] = strconv.Itoa(v)
	}
	return "(" + strings.Join(s, ",") + ")"
}
