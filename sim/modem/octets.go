package modem

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Type-of-address octets, 3GPP TS 23.040 §9.1.2.5.
const (
	toaInternational = 0x91
	toaUnknown       = 0x81
	toaAlphanumeric  = 0xd0
)

// parseNumber reads the semi-octets of a telephone number. It wants the number that the network could dial: bit 7 of the
// type set, a known type, decimal digits (and * # where the type is not international), the filler only behind an odd
// count.
func parseNumber(toa byte, body []byte, digits int) (string, error) {
	if toa&0x80 == 0 {
		return "", fmt.Errorf("type of address %02X has no extension bit", toa)
	}
	ton, npi := toa>>4&0x07, toa&0x0f
	if npi != 0 && npi != 1 {
		return "", fmt.Errorf("numbering plan %d is not the telephone plan (type of address %02X)", npi, toa)
	}
	if ton > 3 && ton != 4 && ton != 6 {
		return "", fmt.Errorf("type of number %d cannot be dialled (type of address %02X)", ton, toa)
	}
	if ton == 1 && npi != 1 {
		return "", fmt.Errorf("an international number needs numbering plan 1 (type of address %02X)", toa)
	}
	var b strings.Builder
	if ton == 1 {
		b.WriteByte('+')
	}
	for i := range digits {
		n := body[i/2] >> (4 * (i % 2)) & 0x0f
		switch {
		case n <= 9:
			b.WriteByte('0' + n)
		case ton != 1 && n == 0x0a:
			b.WriteByte('*')
		case ton != 1 && n == 0x0b:
			b.WriteByte('#')
		default:
			return "", fmt.Errorf("digit %d is %X, not a digit", i+1, n)
		}
	}
	if digits%2 == 1 && body[digits/2]>>4 != 0x0f {
		return "", fmt.Errorf("an odd count of digits must end with the filler F, got %X", body[digits/2]>>4)
	}
	return b.String(), nil
}

// encodeNumber gives length (in digits), type and semi-octets of an address as it stands in a TPDU. A name that is not a
// number ("MegaFon") becomes an alphanumeric address.
func encodeNumber(number string) []byte {
	digits, toa := number, byte(toaUnknown)
	if rest, ok := strings.CutPrefix(number, "+"); ok {
		digits, toa = rest, toaInternational
	}
	if digits == "" || strings.Trim(digits, "0123456789*#") != "" {
		septets, ok := gsm7Septets(number)
		if !ok {
			septets, _ = gsm7Septets("?")
		}
		septets = septets[:min(len(septets), 11)]
		packed := packSeptets(septets, 0)
		return append([]byte{byte((len(septets)*7 + 3) / 4), toaAlphanumeric}, packed...)
	}
	digits = digits[:min(len(digits), 20)]
	return append([]byte{byte(len(digits)), toa}, semiOctets(digits)...)
}

func semiOctets(digits string) []byte {
	nibble := func(i int) byte {
		if i >= len(digits) {
			return 0x0f
		}
		switch digits[i] {
		case '*':
			return 0x0a
		case '#':
			return 0x0b
		}
		return digits[i] - '0'
	}
	out := make([]byte, 0, (len(digits)+1)/2)
	for i := 0; i < len(digits); i += 2 {
		out = append(out, nibble(i)|nibble(i+1)<<4)
	}
	return out
}

// encodeSMSC gives the SMSC address field that stands before a TPDU: its length counts octets, not digits.
func encodeSMSC(number string) []byte {
	digits := strings.TrimPrefix(number, "+")
	if digits == "" {
		return []byte{0}
	}
	toa := byte(toaUnknown)
	if digits != number {
		toa = toaInternational
	}
	body := semiOctets(digits)
	return append([]byte{byte(1 + len(body)), toa}, body...)
}

// encodeTimestamp gives TP-SCTS / TP-DT, 3GPP TS 23.040 §9.2.3.11: swapped decimals and the zone in quarter hours.
func encodeTimestamp(t time.Time) []byte {
	_, offset := t.Zone()
	quarters, sign := offset/900, byte(0)
	if quarters < 0 {
		quarters, sign = -quarters, 0x08
	}
	swap := func(n int) byte { return byte(n%10<<4 | n/10%10) }
	return []byte{
		swap(t.Year() % 100), swap(int(t.Month())), swap(t.Day()), swap(t.Hour()), swap(t.Minute()), swap(t.Second()),
		swap(quarters) | sign,
	}
}

func parseTimestamp(b []byte) (time.Time, error) {
	if len(b) != 7 {
		return time.Time{}, errors.New("a time stamp has 7 octets")
	}
	var f [6]int
	for i := range f {
		lo, hi := b[i]>>4, b[i]&0x0f
		if lo > 9 || hi > 9 {
			return time.Time{}, fmt.Errorf("time stamp octet %02X is not decimal", b[i])
		}
		f[i] = int(hi)*10 + int(lo)
	}
	if f[1] < 1 || f[1] > 12 || f[2] < 1 || f[2] > 31 || f[3] > 23 || f[4] > 59 || f[5] > 59 {
		return time.Time{}, errors.New("the time stamp is no date")
	}
	quarters := int(b[6]&0x07)*10 + int(b[6]>>4)
	if b[6]&0x08 != 0 {
		quarters = -quarters
	}
	zone := time.FixedZone("", quarters*900)
	return time.Date(2000+f[0], time.Month(f[1]), f[2], f[3], f[4], f[5], 0, zone), nil
}

// relativeValidity reads the one-octet TP-VP, 3GPP TS 23.040 §9.2.3.12.1: 5 minutes to 63 weeks.
func relativeValidity(v byte) time.Duration {
	const day = 24 * time.Hour
	n := time.Duration(v)
	switch {
	case v <= 143:
		return (n + 1) * 5 * time.Minute
	case v <= 167:
		return 12*time.Hour + (n-143)*30*time.Minute
	case v <= 196:
		return (n - 166) * day
	}
	return (n - 192) * 7 * day
}

// enhancedValidity reads the 7-octet enhanced TP-VP, 3GPP TS 23.040 §9.2.3.12.3.
func enhancedValidity(b []byte) (time.Duration, error) {
	switch b[0] & 0x07 {
	case 0:
		return 0, nil
	case 1:
		return relativeValidity(b[1]), nil
	case 2:
		if b[1] == 0 {
			return 0, errors.New("enhanced validity of 0 seconds is reserved")
		}
		return time.Duration(b[1]) * time.Second, nil
	case 3:
		dec := func(o byte) time.Duration { return time.Duration(o&0x0f)*10 + time.Duration(o>>4) }
		return dec(b[1])*time.Hour + dec(b[2])*time.Minute + dec(b[3])*time.Second, nil
	}
	return 0, fmt.Errorf("enhanced validity format %d is reserved", b[0]&0x07)
}

func hexUpper(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }
