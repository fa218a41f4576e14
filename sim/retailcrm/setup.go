package retailcrm

import (
	"strconv"
	"time"
)

// setUpReferences fills the lists that every account has, with or without demo
// data: statuses, types, sites, users.
func (a *Account) setUpReferences() {
	a.sites = []site{{a.opt.Site, "Лавка на Лесной"}}
	a.groups = []StatusGroup{
		{Code: "new", Name: "Новый", Ordering: 10},
		{Code: "approval", Name: "Согласование", Ordering: 20, Process: true},
		{Code: "assembling", Name: "Комплектация", Ordering: 30, Process: true},
		{Code: "delivery", Name: "Доставка", Ordering: 40, Process: true},
		{Code: "complete", Name: "Выполнен", Ordering: 50},
		{Code: "cancel", Name: "Отменён", Ordering: 60},
	}
	for i, s := range [][3]string{
		{"new", "Новый", "new"},
		{"client-confirmed", "Подтверждён клиентом", "approval"},
		{"offer-analog", "Предложить замену", "approval"},
		{"prepayed", "Ждёт оплаты", "approval"},
		{"send-to-assembling", "Передан в комплектацию", "assembling"},
		{"assembling", "Комплектуется", "assembling"},
		{"ready-for-pickup", "Готов к выдаче", "delivery"},
		{"send-to-delivery", "Передан в доставку", "delivery"},
		{"delivering", "Доставляется", "delivery"},
		{"redirect", "Доставка перенесена", "delivery"},
		{"complete", "Выполнен", "complete"},
		{"no-call", "Недозвон", "cancel"},
		{"cancel-other", "Отменён", "cancel"},
	} {
		a.statuses = append(a.statuses, Status{Code: s[0], Name: s[1], Group: s[2], Ordering: (i + 1) * 10, Active: true})
	}
	a.setUpUsers()
	a.references = map[string]reference{}
	a.setUpTypes()
	a.setUpPayments()
	a.setUpPlaces()
	a.setUpGoods()
}

func (a *Account) setUpUsers() {
	hired := time.Date(2024, 3, 4, 10, 0, 0, 0, a.zone)
	for i, u := range []User{
		{FirstName: "Ольга", LastName: "Ветрова", Position: "Руководитель", Email: "o.vetrova@lavka.example", Phone: "+79030000101", IsAdmin: true, Online: true},
		{FirstName: "Игорь", LastName: "Соболев", Position: "Менеджер", Email: "i.sobolev@lavka.example", Phone: "+79030000102", Online: true},
		{FirstName: "Марина", LastName: "Лужина", Position: "Менеджер", Email: "m.luzhina@lavka.example", Phone: "+79030000103"},
	} {
		u.ID, u.CreatedAt, u.Active, u.IsManager, u.Status = 19+i, hired.AddDate(0, i, 0), true, true, "free"
		u.MGUserID = 300 + i
		a.users = append(a.users, u)
	}
}

func (a *Account) setUpTypes() {
	named := func(key string, list [][2]string, more func(i int, code string) obj) reference {
		ref := reference{key: key, byCode: true}
		for i, e := range list {
			body := more(i, e[0])
			body["name"], body["active"] = e[1], true
			ref.add(e[0], body)
		}
		return ref
	}
	a.references["order-types"] = named("orderTypes", [][2]string{
		{"eshop-individual", "Физическое лицо"}, {"eshop-legal", "Юридическое лицо"},
	}, func(i int, _ string) obj {
		return obj{"defaultForCrm": i == 0, "defaultForApi": i == 0, "ordering": (i + 1) * 10}
	})
	a.references["order-methods"] = named("orderMethods", [][2]string{
		{"shopping-cart", "Через корзину"}, {"phone", "По телефону"}, {"one-click", "В один клик"}, {"messenger", "Мессенджер"},
	}, func(_ int, code string) obj {
		return obj{"defaultForCrm": code == "phone", "defaultForApi": code == "shopping-cart", "isFromPos": false}
	})
	costs := []float64{0, 350, 190, 420}
	integrations := map[string]string{"cdek": "cdek"}
	a.references["delivery-types"] = named("deliveryTypes", [][2]string{
		{"self-delivery", "Самовывоз"}, {"courier", "Курьер"}, {"pvz", "Пункт выдачи"}, {"cdek", "СДЭК"},
	}, func(i int, code string) obj {
		out := obj{
			"isDynamicCostCalculation": false, "isAutoCostCalculation": false, "isAutoNetCostCalculation": false,
			"isCostDependsOnRegionAndWeightAndSum": false, "isCostDependsOnDateTime": false, "currency": "RUB",
			"defaultCost": costs[i], "defaultNetCost": 0, "description": "", "paymentTypes": []string{"cash", "bank-card"},
			"deliveryServices": []string{}, "defaultForCrm": i == 0,
			"deliveryPaymentTypes": []any{obj{"code": "cash", "cod": true}, obj{"code": "bank-card", "cod": false}},
			"sites":                []string{a.opt.Site},
		}
		if code == "courier" {
			out["deliveryServices"] = []string{"day", "evening"}
		}
		texts(out, map[string]string{"integrationCode": integrations[code]})
		return out
	})
	a.references["delivery-services"] = named("deliveryServices", [][2]string{
		{"day", "Днём"}, {"evening", "Вечером"},
	}, func(int, string) obj { return obj{} })
	a.references["product-statuses"] = named("productStatuses", [][2]string{
		{"new", "Добавлен"}, {"in-reserve", "В резерве"}, {"cancelled", "Отменён"},
	}, func(i int, code string) obj {
		return obj{"ordering": (i + 1) * 10, "createdAt": "2024-03-04 10:00:00", "cancelStatus": code == "cancelled"}
	})
}

func (a *Account) setUpPayments() {
	types := reference{key: "paymentTypes", byCode: true}
	for i, e := range [][2]string{{"cash", "Наличными"}, {"bank-card", "Картой на сайте"}, {"bank-transfer", "Счёт для юрлиц"}} {
		types.add(e[0], obj{
			"name": e[1], "active": true, "defaultForCrm": i == 0, "defaultForApi": false, "description": "",
			"deliveryTypes": []string{"self-delivery", "courier"}, "paymentStatuses": []string{"not-paid", "paid"},
			"sites": []string{},
		})
	}
	a.references["payment-types"] = types
	statuses := reference{key: "paymentStatuses", byCode: true}
	for i, e := range [][2]string{{"not-paid", "Не оплачен"}, {"invoice", "Выставлен счёт"}, {"paid", "Оплачен"}, {"returned", "Возврат"}} {
		statuses.add(e[0], obj{
			"name": e[1], "active": true, "defaultForCrm": i == 0, "defaultForApi": i == 0, "paymentComplete": e[0] == "paid",
			"ordering": (i + 1) * 10, "paymentTypes": []string{"cash", "bank-card", "bank-transfer"},
		})
	}
	a.references["payment-statuses"] = statuses
}

func (a *Account) setUpPlaces() {
	sites := reference{key: "sites", byCode: true}
	for i, s := range a.sites {
		sites.add(s.code, siteBody(s, i))
	}
	a.references["sites"] = sites
	stores := reference{key: "stores"}
	days := func() obj {
		out := obj{}
		for _, d := range []string{"mo", "tu", "we", "th", "fr", "sa", "su"} {
			out[d] = []any{obj{"startTime": "10:00", "endTime": "21:00"}}
		}
		return out
	}
	for _, s := range [][5]string{
		{"lesnaya", "Магазин на Лесной", "Лесная", "12", "+74950000112"},
		{"sadovaya", "Пункт выдачи на Садовой", "Садовая", "40", "+74950000140"},
		{"sklad", "Склад", "Складская", "3", ""},
	} {
		phone := obj{}
		texts(phone, map[string]string{"number": s[4]})
		stores.add(s[0], obj{
			"name": s[1], "description": s[1], "type": "store-type-warehouse", "inventoryType": "integer", "active": true,
			"phone": phone, "workTime": days(),
			"address": obj{
				"countryIso": "RU", "region": "Москва город", "regionId": 55, "city": "Москва", "cityId": 4995, "cityType": "г.",
				"street": s[2], "streetType": "ул.", "building": s[3], "text": "ул. " + s[2] + ", д. " + s[3],
				"coordinates": obj{"latitude": 55.78, "longitude": 37.59},
			},
		})
	}
	a.references["stores"] = stores
	couriers := reference{key: "couriers"}
	for i, name := range []string{"Артём", "Денис"} {
		couriers.entries = append(couriers.entries, refEntry{body: obj{
			"id": 3 + i, "firstName": name, "lastName": "Курьеров", "active": true, "phone": obj{"number": "+7903000020" + strconv.Itoa(i)},
		}})
	}
	a.references["couriers"] = couriers
	a.references["countries"] = reference{key: "countriesIso", plain: []string{"RU", "BY", "KZ"}}
}

func siteBody(s site, i int) obj {
	return obj{
		"id": 100 + i, "name": s.name, "url": "https://" + s.code + ".example", "description": s.name, "defaultForCrm": i == 0,
		"ymlUrl": "https://" + s.code + ".example/goods.xml", "loadFromYml": false, "catalogUpdatedAt": "2026-01-12 12:30:46",
		"catalogLoadingAt": "2026-01-12 12:31:02", "countryIso": "RU", "currency": "RUB", "phones": "+74950000112",
		"senderEmail": "shop@" + s.code + ".example", "senderName": s.name, "catalogId": strconv.Itoa(10 + i),
		"isCatalogMainSite": true, "ordering": 990 + i, "isDemo": false,
		"contragent": obj{"contragentType": "enterpreneur", "legalName": "ИП Пример", "code": "primer", "countryIso": "RU"},
	}
}

// setUpGoods fills the rest: lists that the official Go client reads as arrays,
// and what the shop sells. The public recordings hold none of price-types, units,
// legal-entities and currencies; arrays are what that client's types demand.
func (a *Account) setUpGoods() {
	array := func(key, code string, body obj) reference {
		ref := reference{key: key}
		ref.add(code, body)
		return ref
	}
	a.references["price-types"] = array("priceTypes", "base", obj{
		"id": 1, "name": "Базовая", "active": true, "default": true, "ordering": 10, "groups": []string{}, "geo": []any{}, "currency": "RUB",
	})
	a.references["units"] = array("units", "pc", obj{"name": "Штука", "sym": "шт.", "default": true, "active": true})
	a.references["legal-entities"] = array("legalEntities", "primer", obj{
		"contragentType": "enterpreneur", "legalName": "ИП Пример", "countryIso": "RU", "vatRate": "none",
	})
	a.references["currencies"] = array("currencies", "RUB", obj{
		"id": 1, "isBase": true, "isAutoConvert": false, "autoConvertExtraPercent": 0, "manualConvertNominal": 1, "manualConvertValue": 1,
	})
	for i, of := range []offer{
		{article: "CH-01", name: "Иван-чай, 100 г", price: 320},
		{article: "MD-05", name: "Мёд липовый, 500 г", price: 690},
		{article: "VR-02", name: "Варенье из шишек, 250 г", price: 450},
		{article: "KR-11", name: "Кружка «Лесная»", price: 890},
		{article: "SV-03", name: "Свеча восковая", price: 240},
		{article: "PL-07", name: "Плед шерстяной", price: 4990},
		{article: "NB-01", name: "Набор «Лавка»", price: 2350},
		{article: "MS-04", name: "Масло облепиховое, 100 мл", price: 560},
	} {
		of.id = 7001 + i
		a.offers = append(a.offers, of)
	}
}
