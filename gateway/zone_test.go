package gateway

import (
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"vestnik/device"
)

var moscowShop = ShopSettings{Timezone: "Europe/Moscow", Region: "RU"}

func TestZoneOf(t *testing.T) {
	t.Parallel()
	almaty := ShopSettings{Timezone: "Asia/Almaty", Region: "KZ"}
	madrid := ShopSettings{Timezone: "Europe/Madrid", Region: "ES"}
	vladivostok := ShopSettings{Timezone: "Asia/Vladivostok", Region: "RU"}
	const mobile = device.Phone("+79161234567")
	for _, c := range []struct {
		place Place
		phone device.Phone
		shop  ShopSettings
		zone  string
		from  ZoneSource
	}{
		// Nothing, or nothing that tells.
		{Place{}, "", moscowShop, "", ZoneByShop},
		{Place{}, mobile, moscowShop, "", ZoneByShop},
		{Place{Country: "RU"}, mobile, moscowShop, "", ZoneByShop},
		{Place{City: "дом у реки"}, mobile, moscowShop, "", ZoneByShop},
		{Place{Country: "Атлантида", Region: "-", City: "?"}, mobile, moscowShop, "", ZoneByShop},
		{Place{Region: "обл.", City: "г."}, "", moscowShop, "", ZoneByShop},

		// Regions, as CRMs, couriers and people write them.
		{Place{Region: "Респ. Башкортостан"}, mobile, moscowShop, "Asia/Yekaterinburg", ZoneByRegion},
		{Place{Region: "Башкортостан"}, mobile, moscowShop, "Asia/Yekaterinburg", ZoneByRegion},
		{Place{Region: "Башкортостан Респ"}, mobile, moscowShop, "Asia/Yekaterinburg", ZoneByRegion},
		{Place{Region: "БАШКОРТОСТАН РЕСПУБЛИКА"}, mobile, moscowShop, "Asia/Yekaterinburg", ZoneByRegion},
		{Place{Region: "Приморский край"}, mobile, moscowShop, "Asia/Vladivostok", ZoneByRegion},
		{Place{Region: "Primorsky Krai"}, mobile, moscowShop, "Asia/Vladivostok", ZoneByRegion},
		{Place{Region: "ХМАО"}, mobile, moscowShop, "Asia/Yekaterinburg", ZoneByRegion},
		{Place{Region: "ХМАО-Югра"}, mobile, moscowShop, "Asia/Yekaterinburg", ZoneByRegion},
		{Place{Region: "Ханты-Мансийский АО - Югра"}, mobile, moscowShop, "Asia/Yekaterinburg", ZoneByRegion},
		{Place{Region: "Ханты-Мансийский Автономный округ - Югра АО"}, mobile, moscowShop, "Asia/Yekaterinburg", ZoneByRegion},
		{Place{Region: "Калининградская обл"}, mobile, moscowShop, "Europe/Kaliningrad", ZoneByRegion},
		{Place{Region: "Калининградская обл."}, mobile, moscowShop, "Europe/Kaliningrad", ZoneByRegion},
		{Place{Region: "обл. Калининградская"}, mobile, moscowShop, "Europe/Kaliningrad", ZoneByRegion},
		{Place{Region: "Кемеровская область — Кузбасс"}, mobile, moscowShop, "Asia/Novokuznetsk", ZoneByRegion},
		{Place{Region: "Чувашская Республика - Чувашия"}, mobile, moscowShop, "Europe/Moscow", ZoneByRegion},
		{Place{Region: "Республика Северная Осетия — Алания"}, mobile, moscowShop, "Europe/Moscow", ZoneByRegion},
		{Place{Region: "Еврейская АО"}, mobile, moscowShop, "Asia/Vladivostok", ZoneByRegion},
		{Place{Region: "Чукотский автономный округ"}, mobile, moscowShop, "Asia/Anadyr", ZoneByRegion},
		{Place{Region: "Москва город"}, mobile, vladivostok, "Europe/Moscow", ZoneByRegion},
		{Place{Region: "Республика Коми"}, mobile, vladivostok, "Europe/Moscow", ZoneByRegion},
		{Place{Region: "Коми-Пермяцкий округ"}, mobile, vladivostok, "Asia/Yekaterinburg", ZoneByRegion},
		{Place{Region: "Астраханская обл., Красноярский район"}, mobile, moscowShop, "Europe/Astrakhan", ZoneByRegion},
		{Place{Region: "Красноярский р-н, Астраханская обл"}, mobile, moscowShop, "Europe/Astrakhan", ZoneByRegion},
		{Place{Region: "Саха /Якутия/ Респ"}, mobile, moscowShop, "Asia/Yakutsk", ZoneByRegion},
		{Place{City: "Приморский край"}, mobile, moscowShop, "Asia/Vladivostok", ZoneByRegion},

		// The region goes before a town of another; towns of a region have their own clocks.
		{Place{Region: "Башкортостан", City: "Благовещенск"}, mobile, moscowShop, "Asia/Yekaterinburg", ZoneByRegion},
		{Place{Region: "Челябинская область", City: "Троицк"}, mobile, moscowShop, "Asia/Yekaterinburg", ZoneByRegion},
		{Place{Region: "Республика Саха (Якутия)", City: "г. Якутск"}, mobile, moscowShop, "Asia/Yakutsk", ZoneByRegion},
		{Place{Region: "Республика Саха (Якутия)", City: "пгт Усть-Нера"}, mobile, moscowShop, "Asia/Ust-Nera", ZoneByCity},
		{Place{Region: "Якутия", City: "п. Батагай"}, mobile, moscowShop, "Asia/Vladivostok", ZoneByCity},
		{Place{Region: "Саха", City: "г Среднеколымск"}, mobile, moscowShop, "Asia/Srednekolymsk", ZoneByCity},
		{Place{Region: "Сахалинская обл.", City: "Северо-Курильск"}, mobile, moscowShop, "Asia/Srednekolymsk", ZoneByCity},
		{Place{Region: "Сахалинская обл.", City: "Южно-Сахалинск"}, mobile, moscowShop, "Asia/Sakhalin", ZoneByRegion},

		// Towns alone.
		{Place{City: "г. Владивосток"}, mobile, moscowShop, "Asia/Vladivostok", ZoneByCity},
		{Place{City: "Владивосток г"}, mobile, moscowShop, "Asia/Vladivostok", ZoneByCity},
		{Place{City: "ВЛАДИВОСТОК (центр)"}, mobile, moscowShop, "Asia/Vladivostok", ZoneByCity},
		{Place{City: "Комсомольск-на-Амуре"}, mobile, moscowShop, "Asia/Vladivostok", ZoneByCity},
		{Place{City: "Петропавловск-Камчатский"}, mobile, moscowShop, "Asia/Kamchatka", ZoneByCity},
		{Place{City: "Орёл"}, mobile, vladivostok, "Europe/Moscow", ZoneByCity},
		{Place{City: "С.-Петербург"}, mobile, vladivostok, "Europe/Moscow", ZoneByCity},
		{Place{City: "СПб"}, mobile, vladivostok, "Europe/Moscow", ZoneByCity},
		{Place{City: "Н. Новгород"}, mobile, vladivostok, "Europe/Moscow", ZoneByCity},
		{Place{City: "Советский район г. Уфа"}, mobile, moscowShop, "Asia/Yekaterinburg", ZoneByCity},
		{Place{City: "Yekaterinburg"}, mobile, moscowShop, "Asia/Yekaterinburg", ZoneByCity},
		{Place{City: "Москва"}, "+74232123456", vladivostok, "Europe/Moscow", ZoneByCity},
		{Place{Region: "Владивосток"}, mobile, moscowShop, "Asia/Vladivostok", ZoneByCity},

		// Other countries; a CRM fills in its own by itself.
		{Place{Country: "KZ", City: "Алматы"}, mobile, moscowShop, "Asia/Almaty", ZoneByCity},
		{Place{Country: "RU", City: "Алма-Ата"}, mobile, moscowShop, "Asia/Almaty", ZoneByCity},
		{Place{Country: "RU", City: "Петропавловск"}, "+77011234567", moscowShop, "Asia/Almaty", ZoneByCity},
		{Place{Country: "Казахстан"}, mobile, moscowShop, "Asia/Almaty", ZoneByCountry},
		{Place{Country: "kz", City: "аул"}, mobile, moscowShop, "Asia/Almaty", ZoneByCountry},
		{Place{Country: "RU"}, mobile, almaty, "Europe/Moscow", ZoneByPhone},
		{Place{City: "Минск"}, mobile, moscowShop, "Europe/Minsk", ZoneByCity},
		{Place{City: "Бишкек"}, mobile, moscowShop, "Asia/Bishkek", ZoneByCity},
		{Place{City: "Ташкент"}, mobile, moscowShop, "Asia/Tashkent", ZoneByCity},
		{Place{City: "Ереван"}, mobile, moscowShop, "Asia/Yerevan", ZoneByCity},
		{Place{City: "Тбилиси"}, mobile, moscowShop, "Asia/Tbilisi", ZoneByCity},
		{Place{City: "Баку"}, mobile, moscowShop, "Asia/Baku", ZoneByCity},
		{Place{Country: "DE", City: "Berlin"}, mobile, moscowShop, "Europe/Berlin", ZoneByCountry},
		{Place{Region: "Казахстан", City: "село"}, mobile, moscowShop, "Asia/Almaty", ZoneByCountry},
		{Place{Country: "US", City: "Boston"}, mobile, moscowShop, "America/New_York", ZoneByCountry},
		{Place{Country: "US", City: "Denver"}, "+13035550123", moscowShop, "America/Denver", ZoneByPhone},

		{Place{Country: "ES", Region: "Cataluña", City: "Barcelona"}, "", moscowShop, "Europe/Madrid", ZoneByRegion},
		{Place{Country: "ES", Region: "Islas Canarias"}, "", madrid, "Atlantic/Canary", ZoneByRegion},
		{Place{Country: "ES", Region: "Santa Cruz de Tenerife", City: "Adeje"}, "", madrid, "Atlantic/Canary", ZoneByRegion},
		{Place{City: "Las Palmas de Gran Canaria"}, "", madrid, "Atlantic/Canary", ZoneByRegion},
		{Place{City: "Palma de Mallorca"}, "", moscowShop, "Europe/Madrid", ZoneByCity},
		{Place{City: "Mérida"}, "+34924123456", moscowShop, "Europe/Madrid", ZoneByCity},
		{Place{City: "Mérida"}, "+529991234567", moscowShop, "America/Merida", ZoneByCity},

		{Place{Country: "MX", Region: "Ciudad de México"}, "", moscowShop, "America/Mexico_City", ZoneByRegion},
		{Place{Country: "MX", Region: "Estado de México", City: "Toluca"}, "", moscowShop, "America/Mexico_City", ZoneByCity},
		{Place{Country: "MX", Region: "Sonora"}, "", moscowShop, "America/Hermosillo", ZoneByRegion},
		{Place{Country: "MX", Region: "Baja California"}, "", moscowShop, "America/Tijuana", ZoneByRegion},
		{Place{Country: "MX", Region: "Baja California Sur"}, "", moscowShop, "America/Mazatlan", ZoneByRegion},
		{Place{Country: "MX", Region: "Quintana Roo"}, "", moscowShop, "America/Cancun", ZoneByRegion},
		{Place{Country: "MX", Region: "Chihuahua", City: "Cd. Juárez"}, "", moscowShop, "America/Ciudad_Juarez", ZoneByCity},
		{Place{Country: "MX", Region: "Chihuahua", City: "Delicias"}, "", moscowShop, "America/Chihuahua", ZoneByRegion},
		{Place{Country: "MX", Region: "Tamaulipas", City: "Reynosa"}, "", moscowShop, "America/Matamoros", ZoneByCity},
		{Place{Country: "México", City: "Cancún"}, "", moscowShop, "America/Cancun", ZoneByCity},

		// Numbers.
		{Place{}, "+74232123456", moscowShop, "Asia/Vladivostok", ZoneByPhone},
		{Place{}, "+74012123456", moscowShop, "Europe/Kaliningrad", ZoneByPhone},
		{Place{}, "+79141234567", moscowShop, "Asia/Yakutsk", ZoneByPhone},
		{Place{}, "+79141234567", vladivostok, "", ZoneByShop},
		{Place{}, "+79161234567", vladivostok, "", ZoneByShop},
		{Place{}, "+79161234567", almaty, "Europe/Moscow", ZoneByPhone},
		{Place{}, "+79161234567", madrid, "Europe/Moscow", ZoneByPhone},
		{Place{}, "+77011234567", moscowShop, "Asia/Almaty", ZoneByPhone},
		{Place{}, "+375291234567", moscowShop, "Europe/Minsk", ZoneByPhone},
		{Place{}, "+34612345678", moscowShop, "Europe/Madrid", ZoneByPhone},
		{Place{}, "+34928123456", madrid, "Atlantic/Canary", ZoneByPhone},
		{Place{}, "+526641234567", moscowShop, "America/Tijuana", ZoneByPhone},
		{Place{City: "село Красное"}, "+74232123456", moscowShop, "Asia/Vladivostok", ZoneByPhone},
	} {
		zone, from := ZoneOf(c.place, c.phone, c.shop)
		if zone != c.zone || from != c.from {
			t.Errorf("%+v, %s, shop in %s: %q by %s, want %q by %s", c.place, string(c.phone), c.shop.Timezone, zone, from, c.zone, c.from)
		}
	}
}

func TestPlaceOfOneText(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"г. Владивосток, ул. Светланская, д. 10":                      "Asia/Vladivostok",
		"690000, Приморский край, г Владивосток, ул Светланская, 10":  "Asia/Vladivostok",
		"ул. Ленина, 5, г. Новосибирск":                               "Asia/Novosibirsk",
		"Россия, Респ. Саха (Якутия), пгт. Усть-Нера, ул. Полярная 3": "Asia/Ust-Nera",
		"Екатеринбург Малышева 51":                                    "Asia/Yekaterinburg",
		"Казахстан, г. Алматы, пр. Абая 10":                           "Asia/Almaty",
		"ул. Казанская, д. 3":                                         "",
		"Киевская улица, 4":                                           "",
		"Вокзальная площадь, д. 1":                                    "",
		"": "",
	} {
		if zone, _ := ZoneOf(PlaceOf(address), "", moscowShop); zone != want {
			t.Errorf("%q: %q, want %q (%+v)", address, zone, want, PlaceOf(address))
		}
	}
}

// Each line of the tables is one that ZoneOf finds again, in a zone that exists; no town
// stands under two zones of a country.
func TestTablesOfPlaces(t *testing.T) {
	t.Parallel()
	regions, towns := 0, 0
	for _, c := range placeTables().byCode {
		if ZoneNamed(c.zone) == nil || !device.KnownRegion(c.code) {
			t.Errorf("country %q, zone %q", c.code, c.zone)
		}
		regions += len(c.regions)
		towns += len(c.towns)
		for key, s := range c.regions {
			if zone, _ := ZoneOf(Place{Country: c.code, Region: key}, "", moscowShop); zone != s.zone || key == "" {
				t.Errorf("region %q: %q, want %q", key, zone, s.zone)
			}
		}
		for key, zone := range c.towns {
			if s, ok := c.regions[key]; ok && s.zone != zone {
				t.Errorf("%q is a region in %q and a town in %q", key, s.zone, zone)
			}
			if got, _ := ZoneOf(Place{Country: c.code, City: key}, "", moscowShop); got != zone || key == "" {
				t.Errorf("town %q: %q, want %q", key, got, zone)
			}
		}
	}
	seen := map[string]string{}
	country := ""
	for line := range strings.Lines(russia + neighbours) {
		if strings.HasPrefix(line, "[") {
			country = line[1:3]
		}
		parts := strings.Split(line, "|")
		if len(parts) != 3 {
			continue
		}
		for _, key := range keysOf(parts[2]) {
			zone := strings.TrimSpace(parts[0])
			if had, ok := seen[country+key]; ok && had != zone {
				t.Errorf("%s: %q is in %s and in %s", country, key, had, zone)
			}
			seen[country+key] = zone
		}
	}
	if regions < 300 || towns < 700 {
		t.Errorf("%d regions, %d towns", regions, towns)
	}
}

func TestTablesOfPlacesTakeLittle(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	placeTables()
	if after := heap(); after > before+1<<20 {
		t.Errorf("%d KiB", (after-before)>>10)
	} else {
		t.Logf("%d KiB", (int(after)-int(before))>>10)
	}
}

func BenchmarkZoneOf(b *testing.B) {
	for name, place := range map[string]Place{
		"place": {Country: "RU", Region: "Приморский край", City: "г. Владивосток"}, "phone": {}, "odd": {Country: "RU", City: "Солнечное"},
	} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				ZoneOf(place, "+79161234567", moscowShop)
			}
		})
	}
}

// Whatever a CRM holds, a zone is one that exists, and the same names mean the same however
// they are spaced and in whatever case.
func FuzzZoneOf(f *testing.F) {
	for _, s := range []string{
		"г. Владивосток", "Респ. Башкортостан", "Саха /Якутия/", "Ханты-Мансийский АО - Югра", "район", "р-н", "Ё", "Cataluña", "", "г", ",;()", "\xff\xfe", "İ", "ул. Орёл",
	} {
		f.Add("RU", s, s, "+79161234567")
	}
	f.Fuzz(func(t *testing.T, country, region, city, phone string) {
		zone, from := ZoneOf(Place{Country: country, Region: region, City: city}, device.Phone(phone), moscowShop)
		if (zone == "") != (from == ZoneByShop) || zone != "" && ZoneNamed(zone) == nil {
			t.Fatalf("%q by %q", zone, from)
		}
		for _, key := range placeParts(city) {
			if key == "" || !utf8.ValidString(key) || strings.Contains(key, "  ") || key != strings.TrimSpace(key) || strings.ContainsRune(key, 'ё') {
				t.Fatalf("key %q", key)
			}
		}
		PlaceOf(city)
		loud := strings.ToUpper(city)
		if quiet := strings.ToLower(city); utf8.ValidString(city) && quiet == strings.ToLower(loud) {
			shouted, _ := ZoneOf(Place{Country: country, Region: region, City: "  " + loud + " "}, device.Phone(phone), moscowShop)
			if shouted != zone {
				t.Fatalf("%q: %q, in capitals %q", city, zone, shouted)
			}
		}
	})
}
