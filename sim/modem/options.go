package modem

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Options of a modem. The zero value of each field but Dir means the default named beside it.
type Options struct {
	Dir       string  // folder of the stable link to the pty; must exist
	Name      string  // name of that link; "ttyUSB0"
	Profile   Profile // Generic
	Unplugged bool    // begin unplugged; Plug makes the port appear

	PIN      string // SIM PIN; "" = the SIM asks for none
	PUK      string // "12345678"
	Operator string // "MegaFon"
	PLMN     string // MCC and MNC; "25002"
	CSQ      int    // signal as AT+CSQ tells it, 1 to 31, -113+2n dBm; 20. SetSignal can also say 0 and 99
	Number   string // own number of the SIM, E.164; "+79260000001"
	SMSC     string // "+79262909090"
	IMEI     string // 15 digits
	IMSI     string // 15 digits
	ICCID    string // 19 digits
	Balance  string // what *100# answers; "Баланс 123.45 р."

	Slots        int           // storage slots of each memory; 20
	NetworkDelay time.Duration // from the PDU to the network's answer; 0
	ReportDelay  time.Duration // from the network's answer to the delivery report; 50 ms
	USSDDelay    time.Duration // from OK to the +CUSD line; 20 ms
	RegisterTime time.Duration // from power-on or PIN to registration; 0 = at once
	AlertDelay   time.Duration // from a new registration to what waited in the network; 500 ms
	AckTimeout   time.Duration // how long AT+CNMA may take with AT+CSMS=1; 17 s
	Reboot       time.Duration // how long the tty is away after AT+CFUN=1,1; the profile's. Negative = it stays

	Location *time.Location // zone of the SMSC's clock; time.Local
	Logger   *slog.Logger   // nothing
}

func (o Options) withDefaults() (Options, traits, error) {
	t, ok := profileTraits(o.Profile)
	if !ok {
		return o, t, fmt.Errorf("unknown modem profile %q: use %s, %s, %s or %s", o.Profile, Generic, Huawei, SIM800, Quectel)
	}
	if o.Dir == "" {
		return o, t, errors.New("the modem needs a folder for the link to its port")
	}
	text := func(v *string, def string) {
		if *v == "" {
			*v = def
		}
	}
	span := func(v *time.Duration, def time.Duration) {
		if *v == 0 {
			*v = def
		}
	}
	text(&o.Name, "ttyUSB0")
	text((*string)(&o.Profile), string(Generic))
	text(&o.PUK, "12345678")
	text(&o.Operator, "MegaFon")
	text(&o.PLMN, "25002")
	text(&o.Number, "+79260000001")
	text(&o.SMSC, "+79262909090")
	text(&o.IMEI, "861585041234566")
	text(&o.IMSI, "250026000000001")
	text(&o.ICCID, "8970102000000000017")
	text(&o.Balance, "Баланс 123.45 р.")
	span(&o.ReportDelay, 50*time.Millisecond)
	span(&o.USSDDelay, 20*time.Millisecond)
	span(&o.AlertDelay, 500*time.Millisecond)
	span(&o.AckTimeout, 17*time.Second)
	span(&o.Reboot, t.reboot)
	if o.CSQ == 0 {
		o.CSQ = 20
	}
	if o.Slots <= 0 {
		o.Slots = 20
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, t, nil
}
