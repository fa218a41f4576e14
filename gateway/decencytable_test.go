package gateway

import (
	"strings"
	"testing"
	"time"

	"vestnik/device"
)

// decencyRow is one line of the table: where a customer is and how that is known, what his
// clock says when his message comes by, what restricts it, and what his clock says when it may
// leave.
type decencyRow struct {
	who     string // where he is, and the evidence
	place   Place
	phone   device.Phone
	zone    string // what is to be found out by it
	now     string // his clock; with a Z: Greenwich's
	purpose Purpose
	rule    string // hours of the rule; empty: any
	decent  string // the shop's decency; empty: any
	open    *Week  // when people of the shop are there, in Moscow; nil: mailings do not mind
	written string // his clock; with a Z: Greenwich's; "never": not within two weeks
	reason  Reason // why it waits; empty: it does not
}

// The shop is in Moscow, which has had UTC+3 all year since 2014. Decency is that of a new box:
// nine to nine. 2026-11-28 is a Saturday.
func decencyTable() []decencyRow {
	const (
		day, ninetonine = "10:00-20:00", "09:00-21:00"
		mobile          = device.Phone("+79161234567")
		waits, closed   = HeldHours, HeldShopClosed
	)
	weekdays := Week{Days: [7][]Span{1: {{9 * 60, 18 * 60}}, 2: {{9 * 60, 18 * 60}}, 3: {{9 * 60, 18 * 60}}, 4: {{9 * 60, 18 * 60}}, 5: {{9 * 60, 18 * 60}}}}
	newYear := weekdays
	newYear.Except = []Day{{"2026-12-31", []Span{{9 * 60, 14 * 60}}}, {"2027-01-01", nil}, {"2027-01-04", nil}, {"2027-01-05", nil}, {"2027-01-06", nil}, {"2027-01-07", nil}, {"2027-01-08", nil}}
	daily, night := Daily(9*60, 18*60), Daily(20*60, 2*60)
	holidays := Week{Days: weekdays.Days}
	for d := range 30 {
		holidays.Except = append(holidays.Except, Day{Date: time.Date(2026, 11, 28+d, 12, 0, 0, 0, time.UTC).Format(time.DateOnly)})
	}
	city := func(name string) Place { return Place{Country: "RU", City: name} }
	region := func(name string) Place { return Place{Country: "RU", Region: name} }
	in := func(country, region, city string) Place { return Place{country, region, city} }

	return []decencyRow{
		// Across Russia: the rule's hours are the customer's, west to east.
		{"Kaliningrad, by region", region("Калининградская обл"), mobile, "Europe/Kaliningrad", "2026-11-28 08:30", ForOrder, ninetonine, "", nil, "2026-11-28 09:00", waits},
		{"Kaliningrad, by a city's code", Place{}, "+74012123456", "Europe/Kaliningrad", "2026-11-28 20:59", ForOrder, ninetonine, "", nil, "2026-11-28 20:59", ""},
		{"Moscow, by a mobile number: the shop's", Place{}, mobile, "", "2026-11-28 22:00", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Samara, by town", city("г. Самара"), mobile, "Europe/Samara", "2026-11-28 21:00", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Ufa, by region", region("Респ. Башкортостан"), mobile, "Asia/Yekaterinburg", "2026-11-28 20:59", ForOrder, ninetonine, "", nil, "2026-11-28 20:59", ""},
		{"Yekaterinburg, by town", city("Екатеринбург"), mobile, "Asia/Yekaterinburg", "2026-11-28 21:30", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Omsk, by town", city("Омск"), mobile, "Asia/Omsk", "2026-11-29 03:00", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Novosibirsk, by a city's code", Place{}, "+73832123456", "Asia/Novosibirsk", "2026-11-28 22:10", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Irkutsk, by town", city("Иркутск"), mobile, "Asia/Irkutsk", "2026-11-28 23:59", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Yakutsk, by region", region("Саха /Якутия/ Респ"), mobile, "Asia/Yakutsk", "2026-11-28 08:59", ForOrder, ninetonine, "", nil, "2026-11-28 09:00", waits},
		{"Ust-Nera, Yakutia's second clock", in("RU", "Республика Саха (Якутия)", "пгт Усть-Нера"), mobile, "Asia/Ust-Nera", "2026-11-28 21:15", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Srednekolymsk, Yakutia's third clock", in("RU", "Якутия", "Среднеколымск"), mobile, "Asia/Srednekolymsk", "2026-11-28 21:15", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Vladivostok, six in the evening of the shop", city("Владивосток"), mobile, "Asia/Vladivostok", "2026-11-28 15:00Z", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"the Far East, by a mobile number", Place{}, "+79141234567", "Asia/Yakutsk", "2026-11-28 15:00Z", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Sakhalin, by region", in("RU", "Сахалинская обл.", "Южно-Сахалинск"), mobile, "Asia/Sakhalin", "2026-11-28 12:00", ForOrder, ninetonine, "", nil, "2026-11-28 12:00", ""},
		{"Severo-Kurilsk", in("RU", "Сахалинская обл.", "Северо-Курильск"), mobile, "Asia/Srednekolymsk", "2026-11-28 21:00", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Kamchatka, noon of the shop", city("Петропавловск-Камчатский"), mobile, "Asia/Kamchatka", "2026-11-28 09:00Z", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Kamchatka, past midnight of the shop", city("Петропавловск-Камчатский"), mobile, "Asia/Kamchatka", "2026-11-28 21:30Z", ForOrder, ninetonine, "", nil, "2026-11-29 09:30", ""},
		{"Anadyr, by region", region("Чукотский АО"), mobile, "Asia/Anadyr", "2026-11-28 05:00", ForOrder, ninetonine, "", nil, "2026-11-28 09:00", waits},

		// Neighbours. All of Kazakhstan has had UTC+5 since March 2024.
		{"Almaty, by a mobile number", Place{}, "+77011234567", "Asia/Almaty", "2026-11-28 16:00Z", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Almaty, 20:59 by the new clock", in("KZ", "", "Алматы"), "", "Asia/Almaty", "2026-11-28 15:59Z", ForOrder, ninetonine, "", nil, "2026-11-28 20:59", ""},
		{"Aktau, the same clock", in("KZ", "Мангистауская область", "Актау"), "", "Asia/Almaty", "2026-11-28 04:00Z", ForOrder, ninetonine, "", nil, "2026-11-28 09:00", ""},
		{"Minsk", city("Минск"), mobile, "Europe/Minsk", "2026-07-01 08:00", ForOrder, ninetonine, "", nil, "2026-07-01 09:00", waits},
		{"Bishkek", Place{}, "+996555123456", "Asia/Bishkek", "2026-11-28 21:00", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Tashkent", city("Ташкент"), mobile, "Asia/Tashkent", "2026-11-28 21:00", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Yerevan, Tbilisi, Baku: UTC+4", Place{}, "+37491123456", "Asia/Yerevan", "2026-11-28 17:00Z", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},

		// Spain: summer time begins at 02:00 on 2027-03-28 and ends at 03:00 on 2026-10-25; the Canaries are
		// an hour behind and change at the same moment.
		{"Madrid in winter", Place{}, "+34612345678", "Europe/Madrid", "2026-11-28 20:00Z", ForOrder, ninetonine, "", nil, "2026-11-29 09:00", waits},
		{"Madrid in summer", Place{}, "+34612345678", "Europe/Madrid", "2026-07-28 18:59Z", ForOrder, ninetonine, "", nil, "2026-07-28 20:59", ""},
		{"Madrid, the night that is shorter", Place{}, "+34612345678", "Europe/Madrid", "2027-03-27 22:00", ForOrder, ninetonine, "", nil, "2027-03-28 07:00Z", waits},
		{"Madrid, the night that is longer", Place{}, "+34612345678", "Europe/Madrid", "2026-10-24 22:00", ForOrder, ninetonine, "", nil, "2026-10-25 08:00Z", waits},
		{"Madrid, an opening that the clocks jump over", Place{}, "+34612345678", "Europe/Madrid", "2027-03-28 00:30", ForOrder, "02:30-06:00", "", nil, "2027-03-28 03:00", waits},
		{"Madrid, hours that the clocks jump over", Place{}, "+34612345678", "Europe/Madrid", "2027-03-28 00:30", ForOrder, "02:15-02:45", "", nil, "2027-03-29 02:15", waits},
		{"Madrid, hours that come twice", Place{}, "+34612345678", "Europe/Madrid", "2026-10-25 00:50Z", ForOrder, "02:15-02:45", "", nil, "2026-10-25 01:15Z", waits},
		{"the Canaries, by islands", in("ES", "Islas Canarias", ""), "+34612345678", "Atlantic/Canary", "2026-11-28 08:30", ForOrder, ninetonine, "", nil, "2026-11-28 09:00", waits},
		{"Tenerife, by a city's code", Place{}, "+34922123456", "Atlantic/Canary", "2026-07-28 20:30", ForOrder, ninetonine, "", nil, "2026-07-28 20:30", ""},

		// Mexico gave summer time up in October 2022, but for its northern border: from 2026-03-08 to
		// 2026-11-01 there.
		{"Mexico City, summer as winter", in("MX", "CDMX", ""), "", "America/Mexico_City", "2026-07-28 15:00Z", ForOrder, ninetonine, "", nil, "2026-07-28 15:00Z", ""},
		{"Mexico City, a minute before nine", in("MX", "CDMX", ""), "", "America/Mexico_City", "2026-07-28 14:59Z", ForOrder, ninetonine, "", nil, "2026-07-28 15:00Z", waits},
		{"Tijuana in summer, UTC-7", in("MX", "Baja California", "Tijuana"), "", "America/Tijuana", "2026-07-28 15:00Z", ForOrder, ninetonine, "", nil, "2026-07-28 16:00Z", waits},
		{"Tijuana in winter, UTC-8", in("MX", "Baja California", "Tijuana"), "", "America/Tijuana", "2026-11-28 16:00Z", ForOrder, ninetonine, "", nil, "2026-11-28 17:00Z", waits},
		{"Tijuana, the night that is shorter", in("MX", "Baja California", "Tijuana"), "", "America/Tijuana", "2026-03-07 22:00", ForOrder, ninetonine, "", nil, "2026-03-08 16:00Z", waits},
		{"Hermosillo, UTC-7 all year", Place{}, "+526621234567", "America/Hermosillo", "2026-07-28 16:00Z", ForOrder, ninetonine, "", nil, "2026-07-28 09:00", ""},
		{"Cancún, UTC-5 all year", in("MX", "Quintana Roo", "Cancún"), "", "America/Cancun", "2026-07-28 13:59Z", ForOrder, ninetonine, "", nil, "2026-07-28 14:00Z", waits},
		{"Ciudad Juárez goes with Texas", in("MX", "Chihuahua", "Ciudad Juárez"), "", "America/Ciudad_Juarez", "2026-07-28 14:00Z", ForOrder, ninetonine, "", nil, "2026-07-28 15:00Z", waits},
		{"Chihuahua does not", in("MX", "Chihuahua", "Delicias"), "", "America/Chihuahua", "2026-07-28 14:00Z", ForOrder, ninetonine, "", nil, "2026-07-28 15:00Z", waits},

		// What restricts whom.
		{"an order without hours", city("Владивосток"), mobile, "Asia/Vladivostok", "2026-11-28 03:00", ForOrder, "", ninetonine, &weekdays, "2026-11-28 03:00", ""},
		{"an answer at night", city("Владивосток"), mobile, "Asia/Vladivostok", "2026-11-28 03:00", ForReply, ninetonine, ninetonine, &weekdays, "2026-11-28 03:00", ""},
		{"a test at night", city("Владивосток"), mobile, "Asia/Vladivostok", "2026-11-28 03:00", ForTest, ninetonine, ninetonine, &weekdays, "2026-11-28 03:00", ""},
		{"a question for marks, decency alone", city("Владивосток"), mobile, "Asia/Vladivostok", "2026-11-28 21:00", ForRating, "", ninetonine, &weekdays, "2026-11-29 09:00", waits},
		{"a question for marks, its own hours are narrower", city("Владивосток"), mobile, "Asia/Vladivostok", "2026-11-28 20:30", ForRating, day, ninetonine, &weekdays, "2026-11-29 10:00", waits},
		{"a question for marks does not mind a closed shop", city("Казань"), mobile, "Europe/Moscow", "2026-11-28 12:00", ForRating, day, ninetonine, &weekdays, "2026-11-28 12:00", ""},
		{"past midnight: the rule's evening and its night", city("Омск"), mobile, "Asia/Omsk", "2026-11-28 03:00", ForOrder, "18:00-02:00", "", nil, "2026-11-28 18:00", waits},
		{"past midnight: one in the morning is within", city("Омск"), mobile, "Asia/Omsk", "2026-11-28 01:00", ForOrder, "18:00-02:00", "", nil, "2026-11-28 01:00", ""},
		{"past midnight, but decent", city("Омск"), mobile, "Asia/Omsk", "2026-11-28 23:00", ForRating, "18:00-02:00", ninetonine, nil, "2026-11-29 18:00", waits},

		// Mailings leave while the shop is open, by its clock, and while it is day where they go.
		{"a mailing in Moscow on Saturday", city("Москва"), mobile, "Europe/Moscow", "2026-11-28 12:00", ForCampaign, "", ninetonine, &weekdays, "2026-11-30 09:00", closed},
		{"a mailing, and the shop's hours do not matter", city("Москва"), mobile, "Europe/Moscow", "2026-11-28 12:00", ForCampaign, "", ninetonine, nil, "2026-11-28 12:00", ""},
		{"Vladivostok: from the shop's nine, 16:00 there", city("Владивосток"), mobile, "Asia/Vladivostok", "2026-11-28 10:00", ForCampaign, "", ninetonine, &daily, "2026-11-28 16:00", closed},
		{"Vladivostok: until its own nine, 14:00 of the shop", city("Владивосток"), mobile, "Asia/Vladivostok", "2026-11-28 20:59", ForCampaign, "", ninetonine, &daily, "2026-11-28 20:59", ""},
		{"Vladivostok: the shop is open, and it is night there", city("Владивосток"), mobile, "Asia/Vladivostok", "2026-11-28 21:00", ForCampaign, "", ninetonine, &daily, "2026-11-29 16:00", waits},
		{"Vladivostok on Friday night: Monday", city("Владивосток"), mobile, "Asia/Vladivostok", "2026-11-27 21:00", ForCampaign, "", ninetonine, &weekdays, "2026-11-30 16:00", waits},
		{"Kamchatka: 18:00 is the shop's nine", city("Петропавловск-Камчатский"), mobile, "Asia/Kamchatka", "2026-11-28 09:00", ForCampaign, "", ninetonine, &daily, "2026-11-28 18:00", closed},
		{"Kamchatka, in the plan's hours until 18: never", city("Петропавловск-Камчатский"), mobile, "Asia/Kamchatka", "2026-11-28 12:00", ForCampaign, "10:00-18:00", ninetonine, &daily, "never", HeldNoHours},
		{"Tijuana: the shop's evening", in("MX", "Baja California", "Tijuana"), "", "America/Tijuana", "2026-11-28 12:00", ForCampaign, "", ninetonine, &daily, "never", HeldNoHours},
		{"Tijuana, and a shop that works at night", in("MX", "Baja California", "Tijuana"), "", "America/Tijuana", "2026-11-28 08:00", ForCampaign, "", ninetonine, &night, "2026-11-28 09:00", waits},
		{"a shop past midnight: its hours are over when the day begins there", city("Владивосток"), mobile, "Asia/Vladivostok", "2026-11-28 08:30", ForCampaign, "", ninetonine, &night, "never", HeldNoHours},
		{"a shop past midnight: from its eight in the evening", city("Калининград"), mobile, "Europe/Kaliningrad", "2026-11-28 12:00", ForCampaign, "", ninetonine, &night, "2026-11-28 19:00", closed},
		{"a shop past midnight: its Saturday lasts until two", city("Калининград"), mobile, "Europe/Kaliningrad", "2026-11-29 00:59", ForCampaign, "", "", &night, "2026-11-29 00:59", ""},
		{"a shop past midnight: at two it is over", city("Калининград"), mobile, "Europe/Kaliningrad", "2026-11-29 01:00", ForCampaign, "", "", &night, "2026-11-29 19:00", closed},
		{"a short day before the New Year", city("Москва"), mobile, "Europe/Moscow", "2026-12-31 14:00", ForCampaign, "", ninetonine, &newYear, "2027-01-11 09:00", closed},
		{"an hour before that", city("Москва"), mobile, "Europe/Moscow", "2026-12-31 13:00", ForCampaign, "", ninetonine, &newYear, "2026-12-31 13:00", ""},
		{"the New Year in Kaliningrad", city("Калининград"), mobile, "Europe/Kaliningrad", "2026-12-31 20:00", ForCampaign, "", ninetonine, &newYear, "2027-01-11 09:00", closed},
		{"a shop that is closed for a month", city("Москва"), mobile, "Europe/Moscow", "2026-11-28 12:00", ForCampaign, "", ninetonine, &holidays, "never", HeldNoHours},
	}
}

func TestDecencyTable(t *testing.T) {
	t.Parallel()
	hoursOf := func(s string) Hours {
		from, to, ok := strings.Cut(s, "-")
		if !ok {
			return Hours{}
		}
		f, err1 := ParseClock(from)
		u, err2 := ParseClock(to)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		return Hours{f, u}
	}
	for _, row := range decencyTable() {
		t.Run(row.who, func(t *testing.T) {
			t.Parallel()
			s := DefaultSettings()
			s.Shop = ShopSettings{Timezone: "Europe/Moscow", Region: "RU", Language: "ru"}
			s.Decency.Hours, s.Decency.WhenOpen = hoursOf(row.decent), row.open != nil
			m := Message{Purpose: row.purpose, Hours: hoursOf(row.rule), Channel: device.WhatsApp}
			if m.Zone, _ = ZoneOf(row.place, row.phone, s.Shop); m.Zone != row.zone {
				t.Fatalf("he lives in %q, want %q", m.Zone, row.zone)
			}
			his := mustZone(t, s.Shop.Timezone)
			if m.Zone != "" {
				his = mustZone(t, m.Zone)
			}
			at := func(clock string) time.Time {
				zone := his
				if utc, ok := strings.CutSuffix(clock, "Z"); ok {
					clock, zone = utc, time.UTC
				}
				v, err := time.ParseInLocation("2006-01-02 15:04", clock, zone)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			open := func() Week { return *row.open }
			now := at(row.now)
			h := holdOf(m, s, open, now)
			if h.reason != row.reason {
				t.Errorf("reason %q until %s, want %q", h.reason, h.until.In(his), row.reason)
			}
			if row.written == "never" {
				if !h.until.Equal(now.Add(hoursAgain)) {
					t.Errorf("looked at again %s", h.until.In(his))
				}
				return
			}
			leaves := now
			if h.reason != "" {
				leaves = h.until
			}
			if !leaves.Equal(at(row.written)) {
				t.Errorf("at %s of his clock: written at %s, want %s", now.In(his).Format("Mon 15:04 MST"), leaves.In(his).Format("Mon 2006-01-02 15:04 MST"), row.written)
			}
			if again := holdOf(m, s, open, leaves); again.reason != "" {
				t.Errorf("held again then: %s", again.reason)
			}
		})
	}
}
