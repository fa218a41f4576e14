package device

import (
	"strings"
	"testing"

	"github.com/warthog618/sms"
)

func TestMeasureSMS(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text   string
		enc          SMSEncoding
		parts, units int
	}{
		{"empty", "", GSM7, 0, 0},
		{"160 Latin", strings.Repeat("a", 160), GSM7, 1, 160},
		{"161 Latin", strings.Repeat("a", 161), GSM7, 2, 161},
		{"306 Latin", strings.Repeat("a", 306), GSM7, 2, 306},
		{"307 Latin", strings.Repeat("a", 307), GSM7, 3, 307},
		{"70 Cyrillic", strings.Repeat("ж", 70), UCS2, 1, 70},
		{"71 Cyrillic", strings.Repeat("ж", 71), UCS2, 2, 71},
		{"134 Cyrillic", strings.Repeat("ж", 134), UCS2, 2, 134},
		{"135 Cyrillic", strings.Repeat("ж", 135), UCS2, 3, 135},
		{"euro takes two", strings.Repeat("€", 80), GSM7, 1, 160},
		{"numero sign", "Order № 5", UCS2, 1, 9},
		{"emoji not split", strings.Repeat("ж", 66) + "😀" + strings.Repeat("ж", 10), UCS2, 2, 78},
		{"emoji pushes a part", strings.Repeat("ж", 66) + "😀" + strings.Repeat("ж", 65), UCS2, 2, 133},
	} {
		l := MeasureSMS(c.text)
		if l.Encoding != c.enc || l.Parts != c.parts || l.Units != c.units {
			t.Errorf("%s: %+v", c.name, l)
		}
		if c.text == "" {
			continue
		}
		pdus, err := sms.NewEncoder().Encode([]byte(c.text), sms.To("+79123456789"))
		if err != nil || len(pdus) != l.Parts {
			t.Errorf("%s: the encoder makes %d parts (%v), we say %d", c.name, len(pdus), err, l.Parts)
		}
	}
	if l := MeasureSMS("Hello from shop № 5, your order is ready"); l.Costly != '№' {
		t.Errorf("costly character %q", l.Costly)
	}
}

func FuzzMeasureSMS(f *testing.F) {
	f.Add("Заказ 5 готов")
	f.Add(strings.Repeat("a", 152) + "€" + strings.Repeat("b", 9))
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" || len(text) > 2000 || strings.ToValidUTF8(text, "") != text {
			return
		}
		pdus, err := sms.NewEncoder().Encode([]byte(text), sms.To("+79123456789"))
		if err != nil {
			return
		}
		if l := MeasureSMS(text); l.Parts != len(pdus) {
			t.Fatalf("%q: encoder %d parts, we %d", text, len(pdus), l.Parts)
		}
	})
}
