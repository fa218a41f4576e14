package retailcrm

// field is an entry of the directory that every account has.
type field struct {
	path   string
	group  group
	ru, en string
	// value is the displayed text; "" when the order lacks it.
	value func(v view) string
}

// group is a subject of the directory.
type group struct{ ru, en string }

// The subjects, in the order in which pages show them.
var (
	inOrderGroup = group{"Заказ", "Order"}
	inClient     = group{"Клиент", "Customer"}
	inDelivery   = group{"Доставка", "Delivery"}
	inPickup     = group{"Самовывоз", "Pick-up"}
	inPayment    = group{"Оплата", "Payment"}
	inShop       = group{"Магазин", "Shop"}
	inManager    = group{"Менеджер", "Manager"}
	inOrderBox   = group{"Поля заказа", "Order fields"}
	inClientBox  = group{"Поля клиента", "Customer fields"}
)

// builtin lists the fields that every account has.
func builtin() []field {
	var all []field
	all = append(all, orderFields()...)
	all = append(all, clientFields()...)
	all = append(all, deliveryFields()...)
	all = append(all, storeFields()...)
	return append(all, officeFields()...)
}

func orderFields() []field {
	return []field{
		{"order.number", inOrderGroup, "Номер заказа", "Order number", func(v view) string { return string(v.o.Number) }},
		{"order.externalId", inOrderGroup, "Внешний номер", "External number", func(v view) string { return string(v.o.ExternalID) }},
		{"order.status", inOrderGroup, "Статус", "Status", func(v view) string { return v.w.statusName[string(v.o.Status)] }},
		{"order.statusComment", inOrderGroup, "Комментарий к статусу", "Status comment", func(v view) string { return string(v.o.StatusComment) }},
		{"order.createdAt", inOrderGroup, "Дата заказа", "Order date", func(v view) string { return v.moment(v.o.CreatedAt) }},
		{"order.items", inOrderGroup, "Состав заказа", "Items", view.items},
		{"order.summ", inOrderGroup, "Стоимость товаров", "Goods total", func(v view) string { return v.money(v.o.Summ) }},
		{"order.totalSumm", inOrderGroup, "Сумма заказа", "Order total", func(v view) string { return v.money(v.o.TotalSumm) }},
		{"order.prepaySum", inOrderGroup, "Оплачено", "Paid so far", func(v view) string { return v.l.sum(v.o.PrepaySum, v.currency()) }},
		{"order.toPay", inOrderGroup, "Осталось оплатить", "Left to pay", view.toPay},
		{"order.discount", inOrderGroup, "Скидка", "Discount", view.discount},
		{"order.bonusesCharge", inOrderGroup, "Списано бонусов", "Bonuses used", func(v view) string { return v.amount(v.o.BonusesCharge) }},
		{"order.bonusesCredit", inOrderGroup, "Начислено бонусов", "Bonuses earned", func(v view) string { return v.amount(v.o.BonusesCredit) }},
		{"order.type", inOrderGroup, "Тип заказа", "Order type", func(v view) string { return v.w.types[string(v.o.OrderType)] }},
		{"order.method", inOrderGroup, "Способ оформления", "Order method", func(v view) string { return v.w.methods[string(v.o.OrderMethod)] }},
		{"order.comment", inOrderGroup, "Комментарий клиента", "Customer's comment", func(v view) string { return string(v.o.CustomerComment) }},
	}
}

// The customer is whom the order names: its telephone is the one that is written to.
// The card serves when the order names nobody.
func clientFields() []field {
	return []field{
		{"customer.firstName", inClient, "Имя", "First name", func(v view) string { return v.who.first }},
		{"customer.lastName", inClient, "Фамилия", "Last name", func(v view) string { return v.who.last }},
		{"customer.patronymic", inClient, "Отчество", "Patronymic", func(v view) string { return v.who.middle }},
		{"customer.fullName", inClient, "Полное имя", "Full name", func(v view) string { return v.who.full() }},
		{"customer.phone", inClient, "Телефон", "Phone", func(v view) string { return first(v.phones()...) }},
		{"customer.email", inClient, "Эл. почта", "E-mail", func(v view) string { return first(string(v.o.Email), string(v.card.Email)) }},
		{"customer.company", inClient, "Компания", "Company", func(v view) string { return first(string(v.o.Company.T.Name), string(v.o.Customer.T.NickName)) }},
		{"customer.birthday", inClient, "День рождения", "Birthday", func(v view) string { return v.l.date(v.card.Birthday) }},
		{"customer.address", inClient, "Адрес", "Address", func(v view) string { return v.l.address(v.card.Address.T) }},
		{"customer.ordersCount", inClient, "Число заказов", "Number of orders", func(v view) string { return v.amount(v.card.OrdersCount) }},
		{"customer.totalSumm", inClient, "Сумма всех заказов", "Total of all orders", func(v view) string { return v.l.sum(v.card.TotalSumm, v.currency()) }},
		{"customer.personalDiscount", inClient, "Персональная скидка", "Personal discount", func(v view) string { return v.l.percent(v.card.PersonalDiscount) }},
		{"customer.discountCard", inClient, "Номер карты", "Card number", func(v view) string { return string(v.card.DiscountCard) }},
	}
}

func deliveryFields() []field {
	data := func(key string) func(view) string {
		return func(v view) string { return v.o.Delivery.T.Data.Text(key) }
	}
	return []field{
		{"delivery.type", inDelivery, "Способ доставки", "Delivery type", func(v view) string { return v.w.deliveries[string(v.o.Delivery.T.Code)] }},
		{"delivery.service", inDelivery, "Служба доставки", "Delivery service", view.service},
		{"delivery.address", inDelivery, "Адрес доставки", "Delivery address", func(v view) string { return v.l.address(v.o.Delivery.T.Address.T) }},
		{"delivery.city", inDelivery, "Город доставки", "Delivery city", func(v view) string { return string(v.o.Delivery.T.Address.T.City) }},
		{"delivery.date", inDelivery, "Дата доставки", "Delivery date", func(v view) string { return v.l.date(v.o.Delivery.T.Date) }},
		{"delivery.time", inDelivery, "Время доставки", "Delivery time", view.deliveryTime},
		{"delivery.cost", inDelivery, "Стоимость доставки", "Delivery cost", func(v view) string { return v.money(v.o.Delivery.T.Cost) }},
		{"delivery.trackNumber", inDelivery, "Трек-номер", "Tracking number", data("trackNumber")},
		{"delivery.shipmentDate", inDelivery, "Дата отгрузки", "Shipment date", func(v view) string { return v.l.date(v.o.ShipmentDate) }},
		{"delivery.pointName", inPickup, "Пункт выдачи", "Pick-up point", data("pickuppointName")},
		{"delivery.pointAddress", inPickup, "Адрес пункта выдачи", "Pick-up point address", data("pickuppointAddress")},
		{"delivery.pointHours", inPickup, "График пункта выдачи", "Pick-up point hours", data("pickuppointSchedule")},
		{"delivery.pointPhone", inPickup, "Телефон пункта выдачи", "Pick-up point phone", data("pickuppointPhone")},
	}
}

// The store is the one that the order is shipped from: with pick-up, where the
// customer comes to.
func storeFields() []field {
	return []field{
		{"store.name", inPickup, "Магазин (склад)", "Store", func(v view) string { return string(v.store().Name) }},
		{"store.address", inPickup, "Адрес магазина", "Store address", func(v view) string { return v.l.address(v.store().Address.T) }},
		{"store.phone", inPickup, "Телефон магазина", "Store phone", func(v view) string { return string(v.store().Phone.T.Number) }},
		{"store.hours", inPickup, "Часы работы магазина", "Store hours", func(v view) string { return hours(v.store().WorkTime.T, v.l) }},
	}
}

func officeFields() []field {
	return []field{
		{"payment.type", inPayment, "Способ оплаты", "Payment type", func(v view) string { return v.w.payTypes[string(v.payment().Type)] }},
		{"payment.status", inPayment, "Статус оплаты", "Payment status", func(v view) string { return v.w.payStates[string(v.payment().Status)] }},
		{"payment.amount", inPayment, "Сумма оплаты", "Payment amount", func(v view) string { return v.money(v.payment().Amount) }},
		{"payment.paidAt", inPayment, "Дата оплаты", "Payment date", func(v view) string {
			return v.moment(text(first(string(v.o.FullPaidAt), string(v.payment().PaidAt))))
		}},
		{"shop.name", inShop, "Название магазина", "Shop name", func(v view) string { return string(v.site().Name) }},
		{"shop.url", inShop, "Сайт магазина", "Shop site", func(v view) string { return string(v.site().URL) }},
		{"shop.phone", inShop, "Телефон магазина (сайт)", "Shop phone", func(v view) string { return string(v.site().Phones) }},
		{"manager.name", inManager, "Менеджер", "Manager", func(v view) string {
			return v.manager().name()
		}},
		{"manager.firstName", inManager, "Имя менеджера", "Manager's first name", func(v view) string { return string(v.manager().FirstName) }},
		{"manager.phone", inManager, "Телефон менеджера", "Manager's phone", func(v view) string { return string(v.manager().Phone) }},
		{"manager.email", inManager, "Эл. почта менеджера", "Manager's e-mail", func(v view) string { return string(v.manager().Email) }},
	}
}

// first is the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
