package retailcrm

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// orderBody is an order in full, as GET /orders/{id} shows it.
func (a *Account) orderBody(o *Order) obj {
	out := obj{
		"slug": o.ID, "id": o.ID, "number": o.Number, "site": o.Site, "status": o.Status,
		"bonusesCreditTotal": 0, "bonusesChargeTotal": 0, "privilegeType": "none", "countryIso": "RU", "currency": "RUB",
		"createdAt": a.stamp(o.CreatedAt), "statusUpdatedAt": a.stamp(o.StatusUpdatedAt),
		"markDatetime": a.stamp(o.CreatedAt),
		"summ":         money(o.Sum()), "totalSumm": money(o.Total()), "prepaySum": money(o.Paid()), "purchaseSumm": 0,
		"call": o.Call, "expired": o.Expired, "shipped": o.Shipped, "fromApi": o.FromAPI,
		"delivery": deliveryBody(o.Delivery), "items": a.itemBodies(o), "payments": a.paymentBodies(o),
		"customFields": customFieldsBody(o.CustomFields), "contragent": obj{"contragentType": "individual"},
	}
	texts(out, map[string]string{
		"externalId": o.ExternalID, "orderType": o.Type, "orderMethod": o.Method, "statusComment": o.StatusComment,
		"lastName": o.LastName, "firstName": o.FirstName, "patronymic": o.Patronymic, "phone": o.Phone,
		"additionalPhone": o.AdditionalPhone, "email": o.Email, "customerComment": o.CustomerComment,
		"managerComment": o.ManagerComment, "shipmentStore": o.ShipmentStore, "shipmentDate": o.ShipmentDate,
	})
	if o.Discount != 0 {
		out["discountManualAmount"] = money(o.Discount)
	}
	if o.ManagerID != 0 {
		out["managerId"] = o.ManagerID
	}
	if o.DialogID != 0 {
		out["dialogId"] = o.DialogID
	}
	if !o.FullPaidAt.IsZero() {
		out["fullPaidAt"] = a.stamp(o.FullPaidAt)
	}
	if c := a.customer(o.CustomerID); c != nil {
		body := a.customerBody(c)
		out["customer"], out["contact"] = body, body
	}
	return out
}

// texts adds the texts that are not empty: the API leaves empty ones out.
func texts(out obj, values map[string]string) {
	for key, value := range values {
		if value != "" {
			out[key] = value
		}
	}
}

// money rounds to kopecks.
func money(roubles float64) float64 { return math.Round(roubles*100) / 100 }

// customFieldsBody is an object, but an empty one is an empty array: PHP cannot
// tell the two apart.
func customFieldsBody(fields map[string]any) any {
	out := obj{}
	for code, value := range fields {
		if value != nil {
			out[code] = value
		}
	}
	if len(out) == 0 {
		return []any{}
	}
	return out
}

func (a *Account) itemBodies(o *Order) []any {
	out := []any{}
	for _, it := range o.Items {
		discounts := []any{}
		if it.Discount != 0 {
			discounts = append(discounts, obj{"type": "manual_product", "amount": money(it.Discount)})
		}
		offerBody := obj{
			"displayName": it.Name, "name": it.Name,
			"unit": obj{"code": "pc", "name": "Штука", "sym": "шт."},
		}
		if it.OfferID != 0 {
			offerBody["id"] = it.OfferID
			offerBody["externalId"], offerBody["xmlId"] = "of-"+strconv.Itoa(it.OfferID), "xml-"+strconv.Itoa(it.OfferID)
		}
		texts(offerBody, map[string]string{"article": it.Article})
		line := obj{
			"markingCodes": []any{}, "id": it.ID, "initialPrice": money(it.Price), "discountTotal": money(it.Discount),
			"prices":    []any{obj{"price": money(it.Price - it.Discount/max(it.Quantity, 1)), "quantity": it.Quantity}},
			"discounts": discounts, "createdAt": a.stamp(o.CreatedAt), "quantity": it.Quantity, "status": it.Status,
			"offer": offerBody, "properties": []any{}, "purchasePrice": 0,
		}
		texts(line, map[string]string{"comment": it.Comment})
		out = append(out, line)
	}
	return out
}

// paymentBodies is an object keyed by payment id, and an empty array without
// payments.
func (a *Account) paymentBodies(o *Order) any {
	if len(o.Payments) == 0 {
		return []any{}
	}
	out := obj{}
	for _, p := range o.Payments {
		out[strconv.Itoa(p.ID)] = a.paymentBody(p)
	}
	return out
}

func (a *Account) paymentBody(p Payment) obj {
	body := obj{"id": p.ID, "type": p.Type, "amount": money(p.Amount)}
	texts(body, map[string]string{"status": p.Status, "externalId": p.ExternalID, "comment": p.Comment})
	if !p.PaidAt.IsZero() {
		body["paidAt"] = a.stamp(p.PaidAt)
	}
	return body
}

func deliveryBody(d Delivery) obj {
	out := obj{"cost": money(d.Cost), "netCost": money(d.NetCost), "address": addressBody(d.Address)}
	texts(out, map[string]string{"code": d.Type, "date": d.Date})
	when := obj{}
	texts(when, map[string]string{"from": d.TimeFrom, "to": d.TimeTo, "custom": d.TimeText})
	if len(when) > 0 {
		out["time"] = when
	}
	if d.Service != "" {
		out["service"] = obj{"code": d.Service, "name": d.Service, "active": true}
	}
	if len(d.Data) > 0 {
		data := obj{}
		for k, v := range d.Data {
			data[k] = v
		}
		out["data"] = data
	}
	return out
}

func addressBody(ad Address) obj {
	out := obj{}
	if ad.ID != 0 {
		out["id"] = ad.ID
	}
	if ad.Floor != 0 {
		out["floor"] = ad.Floor
	}
	country := ad.Country
	if country == "" {
		country = "RU"
	}
	texts(out, map[string]string{
		"index": ad.Index, "countryIso": country, "region": ad.Region, "city": ad.City, "street": ad.Street,
		"building": ad.Building, "flat": ad.Flat, "metro": ad.Metro, "notes": ad.Notes, "text": ad.Text,
	})
	return out
}

// customer returns the card with the id, nil when there is none.
func (a *Account) customer(id int) *Customer {
	i, found := slices.BinarySearchFunc(a.customers, id, func(c *Customer, id int) int { return c.ID - id })
	if !found {
		return nil
	}
	return a.customers[i]
}

// order returns the order with the id, nil when there is none.
func (a *Account) order(id int) *Order {
	i, found := slices.BinarySearchFunc(a.orders, id, func(o *Order, id int) int { return o.ID - id })
	if !found {
		return nil
	}
	return a.orders[i]
}

// customerBody is a customer as it stands inside an order and in lists.
func (a *Account) customerBody(c *Customer) obj {
	count, total := a.bought(c.ID)
	average := 0.0
	if count > 0 {
		average = total / float64(count)
	}
	phones, tags, segments := []any{}, []any{}, []any{}
	for _, p := range c.Phones {
		phones = append(phones, obj{"number": p})
	}
	for _, t := range c.Tags {
		tags = append(tags, obj{"name": t, "color": "#3e89b6", "attached": false})
	}
	for _, s := range a.segments {
		if slices.Contains(c.Segments, s.Code) {
			segments = append(segments, a.segmentBody(s))
		}
	}
	out := obj{
		"type": "customer", "id": c.ID, "isContact": c.IsContact, "createdAt": a.stamp(c.CreatedAt),
		"vip": c.VIP, "bad": c.Bad, "site": c.Site, "contragent": obj{"contragentType": "individual"},
		"tags": tags, "phones": phones, "segments": segments, "ordersCount": count,
		"marginSumm": money(total), "totalSumm": money(total), "averageSumm": money(average), "costSumm": 0,
		"customFields": customFieldsBody(c.CustomFields), "personalDiscount": c.PersonalDiscount,
		"cumulativeDiscount": c.CumulativeDiscount,
	}
	if c.Address != (Address{}) {
		out["address"] = addressBody(c.Address)
	}
	if c.ManagerID != 0 {
		out["managerId"] = c.ManagerID
	}
	texts(out, map[string]string{
		"externalId": c.ExternalID, "firstName": c.FirstName, "lastName": c.LastName, "patronymic": c.Patronymic,
		"sex": c.Sex, "email": c.Email, "birthday": c.Birthday, "discountCardNumber": c.DiscountCard,
	})
	if !c.EmailOff.IsZero() {
		out["emailMarketingUnsubscribedAt"] = a.stamp(c.EmailOff)
	}
	return out
}

// ago is d before the account's now, whole seconds.
func (a *Account) ago(d time.Duration) time.Time { return a.now().Add(-d).Truncate(time.Second) }
