package modem

import (
	"errors"
	"fmt"
	"time"

	"vestnik/device"
)

const opSend = "modem: send SMS"

// refusal is what a +CMS ERROR number means for a message. The numbers up to 127 are the
// network's causes (3GPP TS 24.011 annex E), those from 300 the modem's (3GPP TS 27.005 §3.2.5), those
// from 512 the vendors' own.
type refusal struct {
	kind  device.Kind
	after time.Duration
	words string
}

var refusals = map[int]refusal{
	1:   {kind: device.NotFound, words: "the number is assigned to nobody"},
	8:   {kind: device.Refused, words: "the operator bars SMS from this SIM card"},
	10:  {kind: device.Refused, words: "outgoing calls are barred for this SIM card"},
	21:  {kind: device.Refused, words: "the network rejected the message"},
	27:  {kind: device.RateLimited, after: 5 * time.Minute, words: "the destination is out of order"},
	28:  {kind: device.NotFound, words: "the network does not know the number"},
	29:  {kind: device.Refused, words: "the network rejected the facility"},
	30:  {kind: device.Refused, words: "the network does not know the sender"},
	38:  {kind: device.RateLimited, after: 5 * time.Minute, words: "the network is out of order, or refuses the recipient for now"},
	41:  {kind: device.RateLimited, after: time.Minute, words: "temporary failure of the network"},
	42:  {kind: device.RateLimited, after: 2 * time.Minute, words: "the network is congested"},
	47:  {kind: device.RateLimited, after: 2 * time.Minute, words: "the network has no resources"},
	50:  {kind: device.Refused, words: "SMS is not part of the SIM card's contract"},
	69:  {kind: device.Refused, words: "the network does not offer this"},
	96:  {kind: device.Refused, words: "the network calls the message invalid"},
	111: {kind: device.RateLimited, after: 5 * time.Minute, words: "the network found an error in the protocol"},
	304: {kind: device.Refused, words: "the modem calls the PDU invalid"},
	310: {kind: device.Unavailable, words: "there is no SIM card in the modem"},
	311: {kind: device.Unavailable, words: "the SIM card asks for its PIN"},
	312: {kind: device.Unavailable, words: "the SIM card asks for the phone's PIN"},
	313: {kind: device.Unavailable, words: "the SIM card failed"},
	314: {kind: device.Unavailable, after: 5 * time.Second, words: "the SIM card is busy"},
	315: {kind: device.Unavailable, words: "the SIM card is a wrong one"},
	316: {kind: device.Unavailable, words: "the SIM card asks for its PUK"},
	317: {kind: device.Unavailable, words: "the SIM card asks for its PIN2"},
	318: {kind: device.Unavailable, words: "the SIM card asks for its PUK2"},
	322: {kind: device.Unavailable, after: 5 * time.Second, words: "the modem's storage is full"},
	330: {kind: device.Refused, words: "the SIM card holds no SMS centre"},
	331: {kind: device.Unavailable, after: 15 * time.Second, words: "the modem has no network"},
	332: {kind: device.Uncertain, words: "the network did not answer"},
	500: {kind: device.RateLimited, after: time.Minute, words: "unknown error of the network"},
}

// cmsError is the error of a submit that the modem answered with v. asked tells whether the PDU was
// handed over before: without it nothing can have left, whatever the number says.
func cmsError(v verdict, asked bool) *device.Error {
	n := v.cms
	if v.cme >= 0 {
		n = cmeToCMS(v.cme)
	}
	r, known := refusals[n]
	switch {
	case known:
	case n >= 512:
		r = refusal{kind: device.RateLimited, after: time.Minute, words: "the modem's maker gave the error a number of its own"}
	case n >= 0 && n < 128:
		r = refusal{kind: device.RateLimited, after: 5 * time.Minute, words: "the network refused it for a cause that is not in the list"}
	default:
		r = refusal{kind: device.RateLimited, after: time.Minute, words: "the modem refused it"}
	}
	if r.kind == device.Uncertain && !asked {
		r = refusal{kind: device.Unavailable, after: 15 * time.Second, words: r.words}
	}
	return &device.Error{Kind: r.kind, Op: opSend, Code: v.text, RetryAfter: r.after, Err: errors.New(r.words)}
}

// cmeToCMS maps the equipment errors that a submit may meet to their SMS counterparts.
func cmeToCMS(n int) int {
	switch n {
	case 10:
		return 310
	case 11:
		return 311
	case 12:
		return 316
	case 13:
		return 313
	case 14:
		return 314
	case 15:
		return 315
	case 20:
		return 322
	case 30:
		return 331
	case 31:
		return 332
	case 331, 332:
		return n
	}
	return -1
}

func unavailable(format string, args ...any) *device.Error {
	e := device.Errorf(device.Unavailable, opSend, format, args...)
	e.RetryAfter = 5 * time.Second
	return e
}

func uncertain(format string, args ...any) *device.Error {
	return &device.Error{Kind: device.Uncertain, Op: opSend, Err: fmt.Errorf(format, args...)}
}
