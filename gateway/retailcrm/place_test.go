package retailcrm_test

import (
	"testing"

	"vestnik/device"
	"vestnik/gateway"
	sim "vestnik/sim/retailcrm"
)

// Where an order's customer is told what time it is, by whatever the CRM has of addresses.
func TestPlaceOfAnOrder(t *testing.T) {
	t.Parallel()
	shop := gateway.ShopSettings{Timezone: "Europe/Moscow", Region: "RU"}
	for name, c := range map[string]struct {
		delivery, home sim.Address
		phone          device.Phone
		zone           string
		from           gateway.ZoneSource
	}{
		"no address":                {phone: "+79161234567", from: gateway.ZoneByShop},
		"no address, a city's code": {phone: "+74232123456", zone: "Asia/Vladivostok", from: gateway.ZoneByPhone},
		"delivered to a town":       {delivery: sim.Address{City: "г. Хабаровск", Text: "ул. Ленина, 1"}, zone: "Asia/Vladivostok", from: gateway.ZoneByCity},
		"delivered to a region":     {delivery: sim.Address{Region: "Сахалинская обл.", City: "Оха"}, zone: "Asia/Sakhalin", from: gateway.ZoneByRegion},
		"before his home":           {delivery: sim.Address{City: "Казань"}, home: sim.Address{City: "Омск"}, zone: "Europe/Moscow", from: gateway.ZoneByCity},
		"his home":                  {home: sim.Address{Region: "Омская область", City: "Омск"}, zone: "Asia/Omsk", from: gateway.ZoneByRegion},
		"one text":                  {delivery: sim.Address{Text: "г. Якутск, ул. Кирова, д. 5"}, zone: "Asia/Yakutsk", from: gateway.ZoneByCity},
		"a street, and his home":    {delivery: sim.Address{Text: "ул. Лесная, д. 12"}, home: sim.Address{City: "Омск"}, zone: "Asia/Omsk", from: gateway.ZoneByCity},
		"another country":           {delivery: sim.Address{Country: "KZ", Text: "ул. Абая, д. 12"}, phone: "+79161234567", zone: "Asia/Almaty", from: gateway.ZoneByCountry},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := seeded(t)
			client := a.AddCustomer(sim.Customer{FirstName: "Пётр", Phones: []string{string(c.phone)}, Address: c.home})
			o := a.AddOrder(sim.Order{CustomerID: client.ID, Phone: string(c.phone), Status: "new", Delivery: sim.Delivery{Type: "courier", Address: c.delivery}})
			got, err := connect(t, a).Order(t.Context(), gateway.OrderID(o.ID))
			must(t, err)
			if zone, from := gateway.ZoneOf(got.Place, c.phone, shop); zone != c.zone || from != c.from {
				t.Errorf("%+v: %q by %s, want %q by %s", got.Place, zone, from, c.zone, c.from)
			}
		})
	}
}
