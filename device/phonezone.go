package device

import (
	"slices"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// CountryOf is the country of a number, ISO 3166-1 alpha-2; empty: it is of none.
func CountryOf(p Phone) string {
	n, err := phonenumbers.Parse(string(p), "")
	if err != nil {
		return ""
	}
	if country := phonenumbers.GetRegionCodeForNumber(n); len(country) == 2 && country != "ZZ" {
		return country
	}
	return ""
}

// ZonesOf are the time zones (IANA names) in which a number is at home as far as its
// digits tell, the likeliest first; none when they tell nothing. A landline tells its
// city; most mobile numbers of a large country tell only the country. The data are
// those of libphonenumber, which names one zone for all that have the same clock; they take
// 200 KiB of memory from the first call on.
func ZonesOf(p Phone) []string {
	digits := p.Digits()
	if len(digits) == 13 && strings.HasPrefix(digits, "521") {
		digits = "52" + digits[3:] // the old form of a Mexican mobile number
	}
	known := ownZones()
	for n := min(len(digits), 5); n > 0; n-- {
		if zones, ok := known[digits[:n]]; ok {
			return slices.Clone(zones)
		}
	}
	if digits == "" {
		return nil
	}
	zones, err := phonenumbers.GetTimezonesForPrefix(digits)
	if err != nil || len(zones) == 0 || zones[0] == phonenumbers.UNKNOWN_TIMEZONE {
		return nil
	}
	return slices.Clone(zones)
}

// ownZones goes before the library's data. Those say Moscow for every Russian mobile
// number, for Saratov and for Belarus, Bucharest for Kaliningrad, two zones for Kazakhstan, which
// has had one clock since March 2024, and what was true for Mexico before October 2022.
//
// A Russian mobile number tells at best a part of the country: the two operators that
// number by regions, MTS (91x, 98x) and MegaFon (92x), end on 3 in Siberia and on 4 from Baikal to the
// Pacific. There the clock in the middle comes first.
var ownZones = sync.OnceValue(func() map[string][]string {
	siberia := []string{
		"Asia/Krasnoyarsk", "Asia/Novosibirsk", "Asia/Barnaul", "Asia/Novokuznetsk", "Asia/Tomsk", "Asia/Omsk", "Asia/Irkutsk",
	}
	east := []string{
		"Asia/Yakutsk", "Asia/Chita", "Asia/Khandyga", "Asia/Irkutsk", "Asia/Vladivostok", "Asia/Ust-Nera",
		"Asia/Sakhalin", "Asia/Magadan", "Asia/Srednekolymsk", "Asia/Kamchatka", "Asia/Anadyr",
	}
	russia := append([]string{
		"Europe/Moscow", "Europe/Kaliningrad", "Europe/Simferopol", "Europe/Kirov", "Europe/Volgograd",
		"Europe/Samara", "Europe/Saratov", "Europe/Astrakhan", "Europe/Ulyanovsk", "Asia/Yekaterinburg",
	}, append(slices.Clone(siberia), east...)...)
	zones := map[string][]string{"79": russia}
	put := func(zone string, prefixes ...string) {
		for _, p := range prefixes {
			zones[p] = []string{zone}
		}
	}
	for _, code := range []string{"7913", "7923", "7983"} {
		zones[code] = siberia
	}
	for _, code := range []string{"7914", "7924"} {
		zones[code] = east
	}
	put("Europe/Moscow", "7940") // Abkhazia
	put("Europe/Kaliningrad", "7401")
	put("Europe/Saratov", "7845")
	put("Asia/Almaty", "76", "77")
	put("Europe/Minsk", "375")
	put("America/Hermosillo", "52622", "52623", "52631", "52632", "52633", "52634", "52637", "52641", "52642", "52643",
		"52644", "52645", "52647", "52651", "52653", "52662")
	put("America/Chihuahua", "52614", "52621", "52625", "52627", "52628", "52629", "52635", "52636", "52639", "52648", "52649", "52652", "52659")
	put("America/Matamoros", "52868")
	return zones
})
