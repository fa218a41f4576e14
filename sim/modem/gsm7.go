package modem

import (
	"strings"
	"unicode/utf16"
)

// The GSM 7-bit default alphabet in the order of its septets and its extension table, 3GPP TS 23.038 §6.2.1.
// Septet 0x1B is the escape to the extension table and stands here as U+001B.
const gsm7Default = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

const gsm7Escape = 0x1b

// gsm7Extension gives the character behind escape+septet, or 0 when the table has none.
func gsm7Extension(septet byte) rune {
	switch septet {
	case 0x0a:
		return '\f'
	case 0x14:
		return '^'
	case 0x28:
		return '{'
	case 0x29:
		return '}'
	case 0x2f:
		return '\\'
	case 0x3c:
		return '['
	case 0x3d:
		return '~'
	case 0x3e:
		return ']'
	case 0x40:
		return '|'
	case 0x65:
		return '€'
	}
	return 0
}

// gsm7Text turns septets into text the way a phone shows them: an unknown extension falls back to the basic character,
// an escape at the very end (a character cut in two by a bad split) shows as a space.
func gsm7Text(septets []byte) string {
	basic := []rune(gsm7Default)
	var b strings.Builder
	for i := 0; i < len(septets); i++ {
		s := septets[i] & 0x7f
		if s != gsm7Escape {
			b.WriteRune(basic[s])
			continue
		}
		i++
		if i >= len(septets) {
			b.WriteByte(' ')
			break
		}
		s = septets[i] & 0x7f
		switch ext := gsm7Extension(s); {
		case ext != 0:
			b.WriteRune(ext)
		case s == gsm7Escape:
			b.WriteByte(' ')
		default:
			b.WriteRune(basic[s])
		}
	}
	return b.String()
}

// gsm7Septets encodes text; ok is false when a character is in neither table.
func gsm7Septets(text string) (septets []byte, ok bool) {
	index := make(map[rune][]byte, 160)
	for i, r := range []rune(gsm7Default) {
		if i != gsm7Escape {
			index[r] = []byte{byte(i)}
		}
	}
	for s := range byte(0x80) {
		if r := gsm7Extension(s); r != 0 {
			index[r] = []byte{gsm7Escape, s}
		}
	}
	for _, r := range text {
		code, known := index[r]
		if !known {
			return nil, false
		}
		septets = append(septets, code...)
	}
	return septets, true
}

// packSeptets packs septets into octets, the first bit after `fill` zero bits (the padding behind a user data header).
func packSeptets(septets []byte, fill int) []byte {
	out := make([]byte, (fill+len(septets)*7+7)/8)
	for i, s := range septets {
		bit := fill + i*7
		v := uint16(s&0x7f) << (bit % 8)
		out[bit/8] |= byte(v)
		if v>>8 != 0 {
			out[bit/8+1] |= byte(v >> 8)
		}
	}
	return out
}

// unpackSeptets reads n septets that start at the given bit. The caller has checked that the octets suffice.
func unpackSeptets(octets []byte, startBit, n int) []byte {
	out := make([]byte, 0, n)
	for i := range n {
		bit := startBit + i*7
		v := uint16(octets[bit/8])
		if bit/8+1 < len(octets) {
			v |= uint16(octets[bit/8+1]) << 8
		}
		out = append(out, byte(v>>(bit%8))&0x7f)
	}
	return out
}

// ucs2Text decodes big-endian UTF-16; half a surrogate pair shows as U+FFFD, as on a phone.
func ucs2Text(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	return string(utf16.Decode(units))
}

func ucs2Bytes(text string) []byte {
	units := utf16.Encode([]rune(text))
	out := make([]byte, 0, 2*len(units))
	for _, u := range units {
		out = append(out, byte(u>>8), byte(u))
	}
	return out
}
