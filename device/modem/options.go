package modem

import (
	"errors"
	"log/slog"
	"time"

	"vestnik/device"
)

// Auto as Options.Port lets the package look for the modem itself.
const Auto = "auto"

// Options of a modem. Sink and Journal are required; a zero value elsewhere means the default.
type Options struct {
	// Port is the path of the modem's AT port, or Auto. Default Auto.
	Port string
	// Candidates lists the ports to try with Auto, best first. Default: /dev/serial/by-id, /dev/ttyUSB* and
	// /dev/ttyACM*, with the ports of a stick that are no AT ports left out by what sysfs tells.
	Candidates func() []string
	// PIN of the SIM card; "" when it asks for none. It is entered at most once.
	PIN string
	// MaxParts is how many SMS a text may take, 1 to 255. Default 6.
	MaxParts int
	// Region reads national numbers of senders (ISO 3166-1 alpha-2). Default "RU".
	Region string
	// ReportHours bounds, in hours, how old a part may be when its report comes. Default 72;
	// longer validity periods need more.
	ReportHours int

	Sink    device.Sink
	Journal Journal
	Logger  *slog.Logger // default: none
	Timeouts
}

// Timeouts of the conversation with the modem. The zero value of each means the default named beside
// it; tests shorten them.
type Timeouts struct {
	Command  time.Duration // answer to an ordinary command; 5 s
	Probe    time.Duration // answer to AT while looking for the modem; 500 ms
	Prompt   time.Duration // "> " after AT+CMGS; 5 s
	Network  time.Duration // +CMGS after the PDU; 150 s
	Report   time.Duration // an unanswered submit whose report may have come is given up after this; 20 s
	Write    time.Duration // a modem that does not read; 5 s
	List     time.Duration // AT+CMGL; 60 s, since some sticks need very long
	USSD     time.Duration // the operator's answer; 30 s
	Shutdown time.Duration // wait for a running submit when the program ends; 5 s

	Look       time.Duration // between looks for an absent modem; 1 s
	Poll       time.Duration // between looks at SIM, network and signal; 10 s
	Sweep      time.Duration // between looks into the storage; 1 min
	Retry      time.Duration // before the sink is offered again what it refused; 5 s
	NoSignal   time.Duration // without signal until "searching" becomes "no signal"; 30 s
	Backoff    time.Duration // first pause of the reset ladder; 2 s. It doubles up to 5 min
	Reregister time.Duration // without network until the radio is switched off and on; 10 min
	Reboot     time.Duration // how long a stick may be away after a restart; 60 s
}

func (t Timeouts) withDefaults() Timeouts {
	for _, d := range []struct {
		v   *time.Duration
		def time.Duration
	}{
		{&t.Command, 5 * time.Second},
		{&t.Probe, 500 * time.Millisecond},
		{&t.Prompt, 5 * time.Second},
		{&t.Network, 150 * time.Second},
		{&t.Report, 20 * time.Second},
		{&t.Write, 5 * time.Second},
		{&t.List, time.Minute},
		{&t.USSD, 30 * time.Second},
		{&t.Shutdown, 5 * time.Second},
		{&t.Look, time.Second},
		{&t.Poll, 10 * time.Second},
		{&t.Sweep, time.Minute},
		{&t.Retry, 5 * time.Second},
		{&t.NoSignal, 30 * time.Second},
		{&t.Backoff, 2 * time.Second},
		{&t.Reregister, 10 * time.Minute},
		{&t.Reboot, time.Minute},
	} {
		if *d.v <= 0 {
			*d.v = d.def
		}
	}
	return t
}

func (o Options) withDefaults() (Options, error) {
	if o.Sink == nil || o.Journal == nil {
		return o, errors.New("modem: Options.Sink and Options.Journal are required")
	}
	if o.MaxParts < 0 || o.MaxParts > 255 {
		return o, errors.New("modem: Options.MaxParts must be 1 to 255")
	}
	for _, r := range o.PIN {
		if r < '0' || r > '9' {
			return o, errors.New("modem: the PIN of the SIM card must be digits only")
		}
	}
	if n := len(o.PIN); n != 0 && (n < 4 || n > 8) {
		return o, errors.New("modem: the PIN of the SIM card must have 4 to 8 digits")
	}
	if o.Port == "" {
		o.Port = Auto
	}
	if o.MaxParts == 0 {
		o.MaxParts = 6
	}
	if o.Region == "" {
		o.Region = "RU"
	}
	if o.ReportHours <= 0 {
		o.ReportHours = 72
	}
	if o.Candidates == nil {
		o.Candidates = systemPorts
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Timeouts = o.Timeouts.withDefaults()
	return o, nil
}
