package device

import (
	"errors"
	"strings"
	"testing"
)

func TestParsePhone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw, region string
		want        Phone
		kind        PhoneKind
		problem     PhoneProblem
	}{
		{"8 (912) 345-67-89", "RU", "+79123456789", KindMobile, ""},
		{"79123456789", "RU", "+79123456789", KindMobile, ""},
		{"9123456789", "RU", "+79123456789", KindMobile, ""},
		{"тел. 8(912)345-67-89", "RU", "+79123456789", KindMobile, ""},
		{"８９１２３４５６７８９", "RU", "+79123456789", KindMobile, ""},
		{"+7 912 345-67-89 доб. 12", "RU", "+79123456789", KindMobile, ""},
		{"8-495-123-45-67", "RU", "+74951234567", KindLandline, ""},
		{"8 800 555 35 35", "RU", "+78005553535", KindService, ""},
		{"87011234567", "RU", "+77011234567", KindMobile, ""},
		{"+375 29 123 45 67", "RU", "+375291234567", KindMobile, ""},
		{"8 10 375 29 123 45 67", "RU", "+375291234567", KindMobile, ""},
		{"375291234567", "RU", "+375291234567", KindMobile, ""},
		{"998901234567", "RU", "+998901234567", KindMobile, ""},
		{"00380501234567", "RU", "+380501234567", KindMobile, ""},
		{"80291234567", "BY", "+375291234567", KindMobile, ""},
		{"+12025550123", "RU", "+12025550123", KindMaybeMobile, ""},
		{"", "RU", "", "", PhoneEmpty},
		{"  ", "RU", "", "", PhoneEmpty},
		{"нет телефона", "RU", "", "", PhoneLetters},
		{"8 9I2 345 67 89", "RU", "", "", PhoneLetters},
		{"900", "RU", "", "", PhoneShort},
		{"8 912 345 67 8", "RU", "", "", PhoneNotInPlan},
		{"8912345678901", "RU", "", "", PhoneNotInPlan},
		{"123456", "RU", "", "", PhoneTooShort},
	} {
		n, err := ParsePhone(c.raw, c.region)
		var pe *PhoneError
		errors.As(err, &pe)
		switch {
		case c.problem != "" && (pe == nil || pe.Problem != c.problem):
			t.Errorf("ParsePhone(%q) = %v, %v; want problem %s", c.raw, n, err, c.problem)
		case c.problem == "" && (err != nil || n.Phone != c.want || n.Kind != c.kind):
			t.Errorf("ParsePhone(%q) = %v, %v; want %s %s", c.raw, n, err, c.want, c.kind)
		}
	}
}

func TestParsePhonesTakesTheValidOnes(t *testing.T) {
	t.Parallel()
	got, err := ParsePhones("8 495 123-45-67, 8 912 345 67 89 / +79123456789; нет", "RU")
	if err != nil || len(got) != 2 || got[0].Kind != KindLandline || got[1].Phone != "+79123456789" {
		t.Fatalf("ParsePhones = %v, %v", got, err)
	}
}

func TestPhoneIsMaskedInLogs(t *testing.T) {
	t.Parallel()
	if got := Phone("+79123456789").LogValue().String(); strings.Contains(got, "3456") || got != "+7••••••••89" {
		t.Fatalf("LogValue = %q", got)
	}
}

func FuzzParsePhone(f *testing.F) {
	for _, s := range []string{"8 912 345-67-89", "+375", "тел. ", "00", "доб. 1", "８９", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		n, err := ParsePhone(raw, "RU")
		if (err == nil) == (n.Phone == "") {
			t.Fatalf("number %v with error %v", n, err)
		}
		if err == nil {
			if again, err := ParsePhone(n.Phone.String(), "RU"); err != nil || again != n {
				t.Fatalf("%q: %v reads back as %v, %v", raw, n, again, err)
			}
		}
	})
}
