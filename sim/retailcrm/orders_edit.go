package retailcrm

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// notLoaded is what the API says of an order that it refuses to save.
const notLoaded = "Order is not loaded"

// editOrder changes the fields that are sent and leaves the others. Each changed
// field makes a record of its own; all carry one createdAt.
func (a *Account) editOrder(q *request) answer {
	doc, no := q.document("order")
	if no != nil {
		return *no
	}
	o, no := a.findOrder(q)
	if no != nil {
		return *no
	}
	next := o.clone()
	p := newPatch(doc)
	if list := a.patchOrder(q, &next, p); len(list) > 0 {
		return fail(http.StatusBadRequest, notLoaded, list)
	}
	if len(p.errs) > 0 {
		return fail(http.StatusBadRequest, notLoaded, p.errs)
	}
	a.saveOrder(o, next, p.changes, actor{source: "api", key: q.key.id})
	return ok(obj{"id": o.ID, "order": a.orderBody(o)})
}

func (a *Account) createOrder(q *request) answer {
	doc, no := q.document("order")
	if no != nil {
		return *no
	}
	if s, given := doc["site"].(string); given && q.text("site") == "" {
		q.form.set([]string{"site"}, s)
	}
	site, no := q.site(true)
	if no != nil {
		return *no
	}
	next := Order{Site: site, Status: "new", Method: "shopping-cart", Type: "eshop-individual", FromAPI: true}
	p := newPatch(doc)
	if list := a.patchOrder(q, &next, p); len(list) > 0 {
		return fail(http.StatusBadRequest, notLoaded, list)
	}
	if id := next.ExternalID; id != "" && a.takenOrder(site, id) {
		p.errs["externalId"] = "Order already exists."
	}
	if len(p.errs) > 0 {
		return fail(http.StatusBadRequest, notLoaded, p.errs)
	}
	o := a.insertOrder(next, actor{source: "api", key: q.key.id})
	return created(obj{"id": o.ID, "order": a.orderBody(o)})
}

func (a *Account) takenOrder(site, external string) bool {
	return slices.ContainsFunc(a.orders, func(o *Order) bool { return o.Site == site && o.ExternalID == external })
}

// insertOrder fills what is missing, stores the order and notes its creation.
func (a *Account) insertOrder(next Order, who actor) *Order {
	o := next.clone()
	if o.ID == 0 {
		o.ID = a.nextID("order")
	}
	a.lastID["order"] = max(a.lastID["order"], o.ID)
	if o.Number == "" {
		o.Number = strconv.Itoa(o.ID + 5400)
	}
	if o.Site == "" {
		o.Site = a.opt.Site
	}
	if o.Status == "" {
		o.Status = "new"
	}
	now := a.now()
	if o.CreatedAt.IsZero() {
		o.CreatedAt = now
	}
	if o.StatusUpdatedAt.IsZero() {
		o.StatusUpdatedAt = o.CreatedAt
	}
	for i := range o.Items {
		if o.Items[i].ID == 0 {
			o.Items[i].ID = a.nextID("item")
		}
		if o.Items[i].Status == "" {
			o.Items[i].Status = "new"
		}
	}
	for i := range o.Payments {
		if o.Payments[i].ID == 0 {
			o.Payments[i].ID = a.nextID("payment")
		}
	}
	i, _ := slices.BinarySearchFunc(a.orders, o.ID, func(have *Order, id int) int { return have.ID - id })
	a.orders = slices.Insert(a.orders, i, &o)
	a.shelve(&o)
	a.noteOrderCreated(&o, now, who)
	a.changed("order", o.ID)
	return &o
}

// saveOrder replaces the order and notes the changes in order, so that the stub
// of a record before a status change still shows the old status.
func (a *Account) saveOrder(o *Order, next Order, changes []change, who actor) {
	if len(changes) == 0 {
		return
	}
	now := a.now()
	status := o.Status
	a.unshelve(o)
	*o = next
	a.shelve(o)
	o.Status = status
	for _, c := range changes {
		if c.field == "status" {
			o.Status, o.StatusUpdatedAt = next.Status, now
		}
		a.noteOrder(o, now, who, c)
	}
	o.Status = next.Status
	a.changed("order", o.ID)
}

// patchOrder applies a document to o. Wrong fields are kept in p.errs; wrong
// lines of goods are returned as a list of texts, the other form of "errors".
func (a *Account) patchOrder(q *request, o *Order, p *patch) (lines []string) {
	p.ignore("id", "site", "by", "slug", "statusUpdatedAt", "summ", "totalSumm", "prepaySum", "purchaseSumm", "fromApi",
		"countryIso", "currency", "applyRound", "privilegeType", "contragent", "source")
	p.text("number", "number", &o.Number)
	p.text("externalId", "external_id", &o.ExternalID)
	p.code("status", "status", &o.Status, func(code string) string {
		return unlessKnown("Status", code, a.knowsStatus(code))
	})
	p.text("statusComment", "status_comment", &o.StatusComment)
	p.code("orderType", "order_type", &o.Type, a.inReference("OrderType", "order-types"))
	p.code("orderMethod", "order_method", &o.Method, a.inReference("OrderMethod", "order-methods"))
	p.text("firstName", "first_name", &o.FirstName)
	p.text("lastName", "last_name", &o.LastName)
	p.text("patronymic", "patronymic", &o.Patronymic)
	p.text("phone", "phone", &o.Phone)
	p.text("additionalPhone", "additional_phone", &o.AdditionalPhone)
	p.text("email", "email", &o.Email)
	p.text("customerComment", "customer_comment", &o.CustomerComment)
	p.text("managerComment", "manager_comment", &o.ManagerComment)
	p.code("shipmentStore", "shipment_store", &o.ShipmentStore, a.inReference("Store", "stores"))
	p.textIf("shipmentDate", "shipment_date", &o.ShipmentDate, refuseDay)
	p.boolean("shipped", "shipped", &o.Shipped)
	p.boolean("call", "call", &o.Call)
	p.boolean("expired", "expired", &o.Expired)
	p.number("discountManualAmount", "discount_manual_amount", &o.Discount)
	p.integer("dialogId", "dialog_id", &o.DialogID)
	a.patchManager(p, &o.ManagerID)
	a.patchOrderCustomer(q, p, o)
	if d := p.object("delivery"); d != nil {
		a.patchDelivery(d, &o.Delivery)
		p.absorb("delivery", d)
		for _, name := range d.unknown() {
			q.puzzled("order.delivery." + name)
		}
	}
	o.CustomFields = a.patchCustomFields(p, "order", o.CustomFields)
	lines = a.patchItems(p, o)
	a.patchPayments(p, o)
	if v, given := p.take("createdAt"); given && o.ID == 0 {
		if s, isText := v.(string); isText {
			t, err := time.ParseInLocation(time.DateTime, s, a.zone)
			if err != nil {
				p.bad("createdAt")
			}
			o.CreatedAt = t
		}
	}
	for _, name := range p.unknown() {
		q.puzzled("order." + name)
	}
	return lines
}

func unlessKnown(what, code string, known bool) string {
	if known {
		return ""
	}
	return noSuch(what, "code", code)
}

// inReference refuses codes that the reference does not hold.
func (a *Account) inReference(what, name string) func(string) string {
	return func(code string) string { return unlessKnown(what, code, a.references[name].has(code)) }
}

// refuseDay refuses what is not Y-m-d.
func refuseDay(s string) string {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return notValid
	}
	return ""
}

func (a *Account) patchManager(p *patch, dst *int) {
	before, id := *dst, *dst
	mark := len(p.changes)
	p.integer("managerId", "manager", &id)
	if id != 0 && id != before && !slices.ContainsFunc(a.users, func(u User) bool { return u.ID == id }) {
		p.errs["managerId"] = noSuch("User", "id", strconv.Itoa(id))
		return
	}
	*dst = id
	if len(p.changes) > mark {
		p.changes[mark] = change{field: "manager", old: asID(before), new: asID(id)}
	}
}

// patchOrderCustomer ties the order to an existing customer.
func (a *Account) patchOrderCustomer(q *request, p *patch, o *Order) {
	sub := p.object("customer")
	if sub == nil {
		return
	}
	var who *Customer
	if v, given := sub.in["id"].(float64); given {
		who = a.customer(int(v))
	} else if v, given := sub.in["externalId"].(string); given {
		for _, c := range a.customers {
			if c.ExternalID == v && c.Site == o.Site {
				who = c
			}
		}
	} else {
		p.errs["customer"] = "Set one of the following fields: id, externalId"
		return
	}
	if who == nil || !q.key.sees(who.Site) {
		p.errs["customer"] = "Customer does not exist."
		return
	}
	ref := func(id int) any {
		if c := a.customer(id); c != nil {
			return obj{"id": c.ID, "site": c.Site}
		}
		return nil
	}
	p.change("customer", ref(o.CustomerID), ref(who.ID))
	o.CustomerID = who.ID
}
