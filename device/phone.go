package device

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// Phone is a telephone number in E.164 form with its leading plus sign, such as
// +79161234567. Only ParsePhone makes one; the zero value means "no number".
type Phone string

// String is the number as dialled. Never log it: use the Phone itself as a slog
// value, or Masked.
func (p Phone) String() string { return string(p) }

// Digits is the number without its plus sign: the MSISDN.
func (p Phone) Digits() string { return strings.TrimPrefix(string(p), "+") }

// Masked hides all but the first two and the last two digits: +7•••••••67.
func (p Phone) Masked() string {
	s := string(p)
	if len(s) < 6 {
		return strings.Repeat("•", len(s))
	}
	return s[:2] + strings.Repeat("•", len(s)-4) + s[len(s)-2:]
}

// LogValue masks the number in every log line.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.Masked()) }

// PhoneKind tells what stands behind a number, as far as its country's
// numbering plan says.
type PhoneKind string

// The kinds of numbers.
const (
	KindMobile      PhoneKind = "mobile"
	KindMaybeMobile PhoneKind = "maybe_mobile" // the plan does not tell them apart (US, Canada)
	KindLandline    PhoneKind = "landline"
	KindService     PhoneKind = "service" // toll-free, premium, shared cost, VoIP, UAN
	KindShortCode   PhoneKind = "short_code"
)

// CanSMS tells whether an SMS to this kind of number can be read by a person.
func (k PhoneKind) CanSMS() bool { return k == KindMobile || k == KindMaybeMobile }

// PhoneProblem says why a text is no telephone number.
type PhoneProblem string

// The problems.
const (
	PhoneEmpty     PhoneProblem = "empty"
	PhoneLetters   PhoneProblem = "letters"    // letters among the digits: an O for a zero
	PhoneTooShort  PhoneProblem = "too_short"  // fewer than 5 digits
	PhoneShort     PhoneProblem = "short_code" // a service number such as 900 or 112
	PhoneNotInPlan PhoneProblem = "not_in_plan"
	PhoneTooLong   PhoneProblem = "too_long" // more than 15 digits, the limit of E.164
)

// PhoneError is what ParsePhone answers when a text is no number. It does not
// quote the text, since it may be a person's number with a slip.
type PhoneError struct{ Problem PhoneProblem }

func (e *PhoneError) Error() string { return "phone: " + string(e.Problem) }

// Number is one parsed telephone number.
type Number struct {
	Phone Phone
	Kind  PhoneKind
}

// ParsePhone reads one number as people type it: spaces, brackets, dashes, full-width
// digits, a leading "тел.", a trailing extension. A number without a country code is
// read in region (ISO 3166-1 alpha-2, "RU").
//
// What is invalid in the region is tried once more with a plus sign, and with a
// leading 00 taken for one, since people write both. Validity is the numbering
// plan's, not mere length: a mobile number that lacks one digit is refused.
//
// The error is a *PhoneError.
func ParsePhone(raw, region string) (Number, error) {
	text := strings.TrimSpace(raw)
	if text == "" {
		return Number{}, &PhoneError{PhoneEmpty}
	}
	digits := onlyDigits(text)
	switch {
	case digits == "":
		return Number{}, &PhoneError{PhoneLetters}
	case lettersInside(text):
		return Number{}, &PhoneError{PhoneLetters}
	case len(digits) <= 4:
		return Number{}, &PhoneError{PhoneShort}
	case len(digits) > 20:
		return Number{}, &PhoneError{PhoneTooLong}
	}
	tries := []string{text}
	if !strings.HasPrefix(text, "+") {
		tries = append(tries, "+"+digits)
		if rest, ok := strings.CutPrefix(digits, "00"); ok {
			tries = append(tries, "+"+rest)
		}
	}
	for _, try := range tries {
		n, err := phonenumbers.Parse(try, region)
		if err != nil || !phonenumbers.IsValidNumber(n) {
			continue
		}
		e164 := phonenumbers.Format(n, phonenumbers.E164)
		return Number{Phone: Phone(e164), Kind: kindOf(phonenumbers.GetNumberType(n))}, nil
	}
	if len(digits) < 7 {
		return Number{}, &PhoneError{PhoneTooShort}
	}
	return Number{}, &PhoneError{PhoneNotInPlan}
}

// ParsePhones reads a field that may hold several numbers, parted by comma,
// semicolon, slash or line break, and returns the valid ones in order without
// repeats. When none is valid, the error is that of the first.
func ParsePhones(raw, region string) ([]Number, error) {
	parts := strings.FieldsFunc(raw, func(r rune) bool { return r == ',' || r == ';' || r == '/' || r == '\n' })
	if len(parts) == 0 {
		return nil, &PhoneError{PhoneEmpty}
	}
	var found []Number
	var first error
	seen := map[Phone]bool{}
	for _, part := range parts {
		n, err := ParsePhone(part, region)
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		if !seen[n.Phone] {
			seen[n.Phone] = true
			found = append(found, n)
		}
	}
	if len(found) == 0 {
		return nil, first
	}
	return found, nil
}

// KnownRegion tells whether region is a country the numbering plan knows.
func KnownRegion(region string) bool { return phonenumbers.GetCountryCodeForRegion(region) != 0 }

// StoredPhone takes a number that ParsePhone made before and a database or a
// wire kept. It checks the form only.
func StoredPhone(e164 string) (Phone, error) {
	d := strings.TrimPrefix(e164, "+")
	if d == e164 || len(d) < 5 || len(d) > 15 || onlyDigits(d) != d {
		return "", fmt.Errorf("device: stored phone: %w", &PhoneError{PhoneNotInPlan})
	}
	return Phone(e164), nil
}

func kindOf(t phonenumbers.PhoneNumberType) PhoneKind {
	switch t {
	case phonenumbers.MOBILE:
		return KindMobile
	case phonenumbers.FIXED_LINE_OR_MOBILE:
		return KindMaybeMobile
	case phonenumbers.FIXED_LINE:
		return KindLandline
	default:
		return KindService
	}
}

func onlyDigits(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '０' && r <= '９':
			b.WriteRune('0' + r - '０')
		}
	}
	return b.String()
}

// lettersInside tells whether a letter stands between the first and the last
// run of digits: "8 912 O45 67 89" is a slip, "тел. 8 912 …, доб. 12" is not.
func lettersInside(s string) bool {
	ext := strings.ToLower(s)
	for _, mark := range []string{"доб", "ext", "вн", "x"} {
		if i := strings.Index(ext, mark); i > 0 {
			ext = ext[:i]
		}
	}
	runes := []rune(ext)
	first, last := -1, -1
	for i, r := range runes {
		if unicode.IsDigit(r) {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return true
	}
	for _, r := range runes[first : last+1] {
		if unicode.IsLetter(r) {
			return true
		}
	}
	return false
}
