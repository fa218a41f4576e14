package device

import "unicode/utf16"

// SMSEncoding is how a text is written into SMS.
type SMSEncoding string

// The encodings: GSM 7-bit default alphabet with its extension table, and UCS-2
// (3GPP TS 23.038 §6.2).
const (
	GSM7 SMSEncoding = "gsm7"
	UCS2 SMSEncoding = "ucs2"
)

// SMSLength is what a text costs as SMS.
type SMSLength struct {
	Encoding SMSEncoding
	// Parts is how many SMS the text takes; 0 for an empty text.
	Parts int
	// Units is the length in septets (GSM7) or UTF-16 code units (UCS2).
	Units int
	// PerPart is how many units fit into each part: 160 or 153, 70 or 67.
	PerPart int
	// Left is how many units are free in the last part.
	Left int
	// Costly is the first character that forced UCS-2 in a text that is otherwise GSM 7-bit
	// and mostly Latin; 0 when there is none.
	Costly rune
}

const (
	septetsAlone, septetsPart = 160, 153
	unitsAlone, unitsPart     = 70, 67
)

// MeasureSMS counts the parts of a text. A character is never split over two
// parts: an extended septet pair and a surrogate pair move whole into the next
// one.
func MeasureSMS(text string) SMSLength {
	if text == "" {
		return SMSLength{Encoding: GSM7, PerPart: septetsAlone, Left: septetsAlone}
	}
	var widths []int
	costly, foreign := rune(0), 0
	for _, r := range text {
		w := gsm7Width(r)
		if w == 0 {
			foreign++
			if costly == 0 {
				costly = r
			}
		}
		widths = append(widths, w)
	}
	l := SMSLength{Encoding: GSM7}
	alone, part := septetsAlone, septetsPart
	if foreign > 0 {
		l.Encoding = UCS2
		alone, part = unitsAlone, unitsPart
		widths = widths[:0]
		for _, r := range text {
			widths = append(widths, utf16.RuneLen(r))
		}
		if foreign*10 <= len(widths) {
			l.Costly = costly
		}
	}
	for i, w := range widths {
		if w < 1 {
			widths[i] = 1 // an invalid rune is sent as U+FFFD
			w = 1
		}
		l.Units += w
	}
	if l.Units <= alone {
		l.Parts, l.PerPart, l.Left = 1, alone, alone-l.Units
		return l
	}
	l.Parts, l.PerPart = 1, part
	used := 0
	for _, w := range widths {
		if used+w > part {
			l.Parts++
			used = 0
		}
		used += w
	}
	l.Left = part - used
	return l
}

// gsm7Width is the number of septets a character takes, 0 when the alphabet
// lacks it. Source: 3GPP TS 23.038 §6.2.1 and §6.2.1.1.
func gsm7Width(r rune) int {
	if gsm7Basic[r] {
		return 1
	}
	if gsm7Extended[r] {
		return 2
	}
	return 0
}

var gsm7Basic = runeSet("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")

var gsm7Extended = runeSet("\f^{}\\[~]|€")

func runeSet(s string) map[rune]bool {
	set := map[rune]bool{}
	for _, r := range s {
		set[r] = true
	}
	return set
}
