package retailcrm

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// patchDelivery applies order.delivery.
func (a *Account) patchDelivery(p *patch, d *Delivery) {
	p.code("code", "delivery_type", &d.Type, a.inReference("DeliveryType", "delivery-types"))
	p.ignore("integrationCode", "vatRate")
	p.number("cost", "delivery_cost", &d.Cost)
	p.number("netCost", "delivery_net_cost", &d.NetCost)
	p.textIf("date", "delivery_date", &d.Date, refuseDay)
	if sub := p.object("service"); sub != nil {
		sub.ignore("name", "active")
		sub.code("code", "delivery_service", &d.Service, a.inReference("DeliveryService", "delivery-services"))
		p.absorb("service", sub)
	}
	if sub := p.object("time"); sub != nil {
		before := timeText(*d)
		sub.text("from", "", &d.TimeFrom)
		sub.text("to", "", &d.TimeTo)
		sub.text("custom", "", &d.TimeText)
		sub.changes = nil
		sub.change("delivery_time", orNull(before), orNull(timeText(*d)))
		p.absorb("time", sub)
	}
	if sub := p.object("address"); sub != nil {
		patchAddress(sub, "delivery_address.", &d.Address)
		p.absorb("address", sub)
	}
	if sub := p.object("data"); sub != nil {
		data := maps.Clone(d.Data)
		if data == nil {
			data = map[string]any{}
		}
		for _, name := range slices.Sorted(maps.Keys(sub.in)) {
			value := sub.in[name]
			sub.change("integration_delivery_data."+snake(name), data[name], value)
			data[name] = value
		}
		d.Data = data
		p.absorb("data", sub)
	}
}

func timeText(d Delivery) string {
	if d.TimeText != "" || d.TimeFrom == "" && d.TimeTo == "" {
		return d.TimeText
	}
	return d.TimeFrom + " - " + d.TimeTo
}

func patchAddress(p *patch, prefix string, ad *Address) {
	for _, part := range []struct {
		name string
		dst  *string
	}{
		{"index", &ad.Index},
		{"countryIso", &ad.Country},
		{"region", &ad.Region},
		{"city", &ad.City},
		{"street", &ad.Street},
		{"building", &ad.Building},
		{"flat", &ad.Flat},
		{"metro", &ad.Metro},
		{"notes", &ad.Notes},
		{"text", &ad.Text},
	} {
		p.text(part.name, prefix+snake(part.name), part.dst)
	}
	p.ignore("id", "regionId", "cityId", "cityType", "streetId", "streetType", "house", "housing", "block", "intercomCode")
	p.integer("floor", prefix+"floor", &ad.Floor)
}

// patchItems replaces the goods of an order. Lines that cannot be read are told
// as texts with their number.
func (a *Account) patchItems(p *patch, o *Order) (lines []string) {
	v, given := p.take("items")
	if !given {
		return nil
	}
	list, isList := v.([]any)
	if !isList {
		p.bad("items")
		return nil
	}
	var items []Item
	for i, raw := range list {
		doc, isDoc := raw.(obj)
		if !isDoc {
			lines = append(lines, fmt.Sprintf("items[%d]: %s", i, notValid))
			continue
		}
		it := Item{Quantity: 1, Status: "new"}
		line := newPatch(doc)
		if sub := line.object("offer"); sub != nil {
			sub.integer("id", "", &it.OfferID)
			sub.text("name", "", &it.Name)
			sub.text("article", "", &it.Article)
		}
		line.text("productName", "", &it.Name)
		line.number("initialPrice", "", &it.Price)
		line.number("quantity", "", &it.Quantity)
		line.number("discountManualAmount", "", &it.Discount)
		line.text("status", "", &it.Status)
		line.text("comment", "", &it.Comment)
		if it.OfferID != 0 {
			of, known := a.offer(it.OfferID)
			if !known {
				lines = append(lines, fmt.Sprintf("items[%d].offer.id: Offer with id %d not found.", i, it.OfferID))
				continue
			}
			it.Name, it.Article = of.name, of.article
			if it.Price == 0 {
				it.Price = of.price
			}
		}
		for key := range line.errs {
			lines = append(lines, fmt.Sprintf("items[%d].%s: %s", i, key, notValid))
		}
		it.ID = a.nextID("item")
		items = append(items, it)
	}
	if len(lines) > 0 {
		return lines
	}
	for _, it := range items {
		p.changes = append(p.changes, change{
			field: "order_product", new: obj{"id": it.ID},
			extra: obj{"item": obj{"id": it.ID, "offer": obj{"id": it.OfferID, "name": it.Name}}},
		})
	}
	o.Items = items
	return nil
}

// patchPayments takes payments as a list or as an object with any keys; in an
// edit RetailCRM ignores them, payments are edited by methods of their own.
func (a *Account) patchPayments(p *patch, o *Order) {
	v, given := p.take("payments")
	if !given || o.ID != 0 {
		return
	}
	var list []any
	switch v := v.(type) {
	case []any:
		list = v
	case obj:
		for _, one := range v {
			list = append(list, one)
		}
	default:
		p.bad("payments")
		return
	}
	for i, raw := range list {
		doc, isDoc := raw.(obj)
		if !isDoc {
			p.bad("payments[" + strconv.Itoa(i) + "]")
			continue
		}
		pay := Payment{Status: "not-paid", Amount: o.Total()}
		sub := newPatch(doc)
		sub.code("type", "", &pay.Type, a.inReference("PaymentType", "payment-types"))
		sub.code("status", "", &pay.Status, a.inReference("PaymentStatus", "payment-statuses"))
		sub.number("amount", "", &pay.Amount)
		sub.text("externalId", "", &pay.ExternalID)
		sub.text("comment", "", &pay.Comment)
		if s, isText := sub.in["paidAt"].(string); isText {
			pay.PaidAt, _ = time.ParseInLocation(time.DateTime, s, a.zone)
		}
		sub.changes = nil
		p.absorb("payments["+strconv.Itoa(i)+"]", sub)
		o.Payments = append(o.Payments, pay)
	}
}
