package retailcrm

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// language is how values are written for the customer. English texts keep to the
// characters of a plain SMS; Russian ones need UCS-2 anyway, so they are set as
// people print them.
type language struct{ ru bool }

func languageOf(name string) language { return language{ru: name == "ru"} }

// noBreak keeps a figure and its currency on one line.
const noBreak = "\u00a0"

// pick is the Russian or the English of the two.
func (l language) pick(ru, en string) string {
	if l.ru {
		return ru
	}
	return en
}

var signs = map[string]string{"RUB": "₽", "USD": "$", "EUR": "€", "KZT": "₸", "BYN": "Br", "UAH": "₴", "UZS": "сум", "KGS": "сом", "AMD": "֏", "GEL": "₾"}

// money writes a sum in a currency (ISO 4217, "" when not known): "12 500 ₽" with
// no-break spaces, or "12,500 RUB". Hundredths are left out when there are none.
func (l language) money(n number, currency string) string {
	if !n.Given {
		return ""
	}
	figure := l.figure(n.Value)
	switch {
	case currency == "":
		return figure
	case !l.ru:
		return figure + " " + currency
	}
	if sign, ok := signs[currency]; ok {
		currency = sign
	}
	return figure + noBreak + currency
}

// sum is money, but nothing for zero.
func (l language) sum(n number, currency string) string {
	if n.Value == 0 {
		return ""
	}
	return l.money(n, currency)
}

// figure writes a number with its thousands apart and at most two decimals.
func (l language) figure(v float64) string {
	cents := math.Round(math.Abs(v) * 100)
	if cents > 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	whole := strconv.FormatInt(int64(cents)/100, 10)
	var b strings.Builder
	if v < 0 && cents > 0 {
		b.WriteByte('-')
	}
	for i, r := range whole {
		if left := len(whole) - i; i > 0 && left%3 == 0 {
			b.WriteString(l.pick(noBreak, ","))
		}
		b.WriteRune(r)
	}
	if rest := int64(cents) % 100; rest != 0 {
		b.WriteString(l.pick(",", "."))
		if rest < 10 {
			b.WriteByte('0')
		}
		b.WriteString(strconv.FormatInt(rest, 10))
	}
	return b.String()
}

// quantity writes 2 or 1,5.
func (l language) quantity(v float64) string {
	s := strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64)
	return strings.ReplaceAll(s, ".", l.pick(",", "."))
}

// percent writes 7 %, nothing for zero.
func (l language) percent(n number) string {
	if n.Value == 0 {
		return ""
	}
	return l.quantity(n.Value) + l.pick(noBreak+"%", "%")
}

func (l language) yesNo(on bool) string {
	if on {
		return l.pick("да", "yes")
	}
	return l.pick("нет", "no")
}

// day writes a date: 21.11.2026 or 21 Nov 2026.
func (l language) day(t time.Time) string {
	return t.Format(l.pick("02.01.2006", "2 Jan 2006"))
}

// date reads the API's Y-m-d and writes it; what is no date stays as it is.
func (l language) date(s text) string {
	t, err := time.Parse(time.DateOnly, string(s))
	if err != nil {
		return string(s)
	}
	return l.day(t)
}

// moment reads the API's Y-m-d H:i:s in its zone and writes the date in the shop's.
func (l language) moment(s text, api, shop *time.Location) string {
	t, ok := apiTime(s, api)
	if !ok {
		return l.date(s)
	}
	return l.day(t.In(shop))
}

// apiTime reads the API's time, which has no offset (RetailCRM API v5 docs, "API
// rules").
func apiTime(s text, zone *time.Location) (time.Time, bool) {
	t, err := time.ParseInLocation(time.DateTime, string(s), zone)
	return t, err == nil
}

// clock cuts seconds off "10:00:00".
func clock(s text) string {
	if len(s) == len("10:00:00") && strings.Count(string(s), ":") == 2 {
		return string(s[:5])
	}
	return string(s)
}

// between writes a stretch of the day.
func (l language) between(from, to string) string {
	switch {
	case from != "" && to != "":
		return from + l.pick("–", "-") + to
	case from != "":
		return l.pick("с ", "from ") + from
	case to != "":
		return l.pick("до ", "until ") + to
	}
	return ""
}

// days names a run of weekdays, 0 is Monday; the whole week has no name.
func (l language) days(from, to int) string {
	ru := [...]string{"пн", "вт", "ср", "чт", "пт", "сб", "вс"}
	en := [...]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
	switch {
	case from == 0 && to == 6:
		return ""
	case from == to:
		return l.pick(ru[from], en[from])
	}
	return l.pick(ru[from]+"–"+ru[to], en[from]+"-"+en[to])
}
